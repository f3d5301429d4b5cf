//! What goes wrong in a world, as a file: the seed, what cables carry, and a fault in each line.

use core::fmt;
use core::fmt::Write as _;

use crate::fault::{Fault, NoFault};
use crate::world::{Level, WorldOptions};

/// A text that is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoScript {
    /// The first line is not `seed NUMBER`.
    Seed,
    /// What cables carry has another name.
    Level(String),
    /// A line is no fault.
    Fault(NoFault),
}

impl fmt::Display for NoScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed => f.write_str("the first line is not 'seed NUMBER'"),
            Self::Level(name) => write!(f, "there is no level '{name}': datagrams or frames"),
            Self::Fault(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for NoScript {}

impl WorldOptions {
    /// The same with the seed, the level and the faults of a script. How far ticks are apart, at which hosts and segments
    /// fail, stays as it is in the [rates](Self::rates).
    ///
    /// # Errors
    /// It is none.
    ///
    /// # Examples
    /// ```
    /// use anydgram_sim::{Rates, WorldOptions};
    ///
    /// let text = "seed 7\nlevel datagrams\ndown 0 4 lose\n";
    /// let options = WorldOptions::new(0).rates(Rates::all()).read_script(text)?;
    /// assert_eq!(options.seed, 7);
    /// assert_eq!(options.to_script(), text);
    /// # Ok::<(), anydgram_sim::NoScript>(())
    /// ```
    pub fn read_script(self, text: &str) -> Result<Self, NoScript> {
        let mut lines = text.lines().peekable();
        let seed = lines.next().and_then(|line| line.strip_prefix("seed "));
        let seed = seed.and_then(|seed| seed.parse().ok());
        let mut options = self.seed(seed.ok_or(NoScript::Seed)?);
        if let Some(name) = lines.peek().and_then(|line| line.strip_prefix("level ")) {
            let level = Level::named(name);
            options = options.level(level.ok_or_else(|| NoScript::Level(name.to_owned()))?);
            lines.next();
        }
        let faults = lines.filter(|line| !line.is_empty()).map(str::parse);
        let faults: Result<Vec<Fault>, _> = faults.collect();
        Ok(options.script(faults.map_err(NoScript::Fault)?))
    }

    /// The seed, the level and the faults, if there is a script of them, as [`read_script`](Self::read_script) reads them.
    #[must_use]
    pub fn to_script(&self) -> String {
        let mut text = format!("seed {}\nlevel {}\n", self.seed, self.level.name());
        for fault in self.script.iter().flatten() {
            let written = writeln!(text, "{fault}");
            debug_assert!(written.is_ok(), "a string takes everything");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_script_is_refused() {
        let read = |text: &str| WorldOptions::new(0).read_script(text).map(|_| ());
        assert_eq!(read(""), Err(NoScript::Seed));
        assert_eq!(read("seed x"), Err(NoScript::Seed));
        let level = NoScript::Level("atoms".to_owned());
        assert_eq!(read("seed 1\nlevel atoms"), Err(level));
        let fault = "up 1 2 sing".parse::<Fault>().unwrap_err();
        assert_eq!(read("seed 1\n\nup 1 2 sing"), Err(NoScript::Fault(fault)));
        assert_eq!(read("seed 1\n\nup 1 2 lose\n"), Ok(()));
    }

    #[test]
    fn frames_stay_frames() {
        let text = "seed 1\nlevel frames\nup 1 2 lose\n";
        let options = WorldOptions::new(0).read_script(text).unwrap();
        assert_eq!(options.level, Level::Frames);
        assert_eq!(options.to_script(), text);
    }
}
