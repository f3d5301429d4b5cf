//! Running many scenarios, and telling what came of them.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use crate::judge::{Judge, Verdict};

/// How many scenarios came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Like Node.
    pub ok: usize,
    /// Not like Node, by the support table.
    pub excused: usize,
    /// Not possible on this machine.
    pub skipped: usize,
    /// Not as they should be.
    pub failed: usize,
}

/// How a suite is run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Manner {
    /// How many scenarios run at a time. They wait most of the time.
    pub jobs: usize,
    /// What the machine cannot run is a failure.
    pub is_strict: bool,
}

impl Manner {
    /// As many jobs as the machine bears; strict in CI, which says so by `CI=true`.
    #[must_use]
    pub fn of_environment() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            jobs: processors.saturating_mul(2).min(8),
            is_strict: std::env::var_os("CI").is_some_and(|value| value == "true"),
        }
    }

    /// The same with another number of jobs, at least 1.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }
}

impl Tally {
    /// Whether nothing failed.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.failed == 0
    }

    fn count(&mut self, verdict: &Verdict) {
        let counter = match verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Excused(_) => &mut self.excused,
            Verdict::Skipped(_) => &mut self.skipped,
            Verdict::Failed(_) => &mut self.failed,
        };
        *counter += 1;
    }
}

/// Judges scenarios, and prints a line for each in their order, then the sum.
///
/// # Errors
/// An output that cannot be written to.
pub fn run(
    judge: &Judge,
    paths: &[PathBuf],
    manner: Manner,
    out: &mut impl Write,
) -> io::Result<Tally> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..manner.jobs.min(paths.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(index) else { return };
                    if sender.send((index, judge.judge(path))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        tell(paths, &receiver, manner, out)
    })
}

fn tell(
    paths: &[PathBuf],
    verdicts: &mpsc::Receiver<(usize, Verdict)>,
    manner: Manner,
    out: &mut impl Write,
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut waiting: Vec<Option<Verdict>> = paths.iter().map(|_| None).collect();
    let mut told = 0;
    for (done, (index, verdict)) in verdicts.iter().enumerate() {
        if let Some(place) = waiting.get_mut(index) {
            *place = Some(verdict);
        }
        while let Some(path) = paths.get(told)
            && let Some(verdict) = waiting.get_mut(told).and_then(Option::take)
        {
            let verdict = strict(verdict, manner.is_strict);
            tally.count(&verdict);
            print(path, &verdict, out)?;
            told += 1;
        }
        progress(done + 1, paths.len())?;
    }
    writeln!(
        out,
        "{} scenarios: {} ok, {} excused, {} failed, {} skipped",
        paths.len(),
        tally.ok,
        tally.excused,
        tally.failed,
        tally.skipped
    )?;
    Ok(tally)
}

fn strict(verdict: Verdict, is_strict: bool) -> Verdict {
    if let Verdict::Skipped(reason) = &verdict
        && is_strict
    {
        return Verdict::Failed(vec![format!("must not be skipped in CI: {reason}")]);
    }
    verdict
}

fn print(path: &Path, verdict: &Verdict, out: &mut impl Write) -> io::Result<()> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    match verdict {
        Verdict::Ok => writeln!(out, "ok {name}"),
        Verdict::Excused(reason) => writeln!(out, "excused {name}: {reason}"),
        Verdict::Skipped(reason) => writeln!(out, "skipped {name}: {reason}"),
        Verdict::Failed(texts) => {
            writeln!(out, "FAILED {name}")?;
            texts
                .iter()
                .try_for_each(|text| writeln!(out, "    {text}"))
        }
    }
}

/// Says on the standard error how far a long run is, where that does not mix with the output.
fn progress(done: usize, all: usize) -> io::Result<()> {
    const STEP: usize = 50;
    let mut err = io::stderr();
    if done.is_multiple_of(STEP) && done < all && !(err.is_terminal() && io::stdout().is_terminal())
    {
        writeln!(err, "{done} of {all} scenarios")?;
    }
    Ok(())
}
