//! How many instructions a board has executed: a plugin of QEMU counts, and a file has its count.

use core::time::Duration;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::firmware::answer;
use crate::guest::QEMU;
use crate::time::Deadline;

/// The count of a board's instructions.
#[derive(Debug)]
pub(crate) struct Counter {
    plugin: PathBuf,
    count: PathBuf,
}

impl Counter {
    /// Compiles the plugin into a folder, where the board of this number will have its count.
    ///
    /// # Errors
    /// If that is not possible: it needs a C compiler.
    pub(crate) fn new(folder: &Path, number: u8) -> io::Result<Self> {
        let plugin = folder.join(format!("plugin-{number}.so"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugin/instructions.c");
        let api = if major_version()? < 9 { 1 } else { 2 };
        let mut compile = Command::new("cc");
        compile
            .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"])
            .args(["-fPIC", "-shared", "-fvisibility=hidden"])
            .arg(format!("-DPLUGIN_API={api}"))
            .arg("-o")
            .args([&plugin, &source]);
        answer(&mut compile)?;
        let count = folder.join(format!("count-{number}"));
        Ok(Self { plugin, count })
    }

    /// What QEMU is told, behind `-plugin`.
    pub(crate) fn argument(&self) -> String {
        format!("{},out={}", self.plugin.display(), self.count.display())
    }

    /// The count, once the board does nothing any more.
    ///
    /// # Errors
    /// `TimedOut` if it never rests.
    pub(crate) fn at_rest(&self, within: Duration) -> io::Result<u64> {
        let mut before = None;
        Deadline::after(within).poll("a board at rest", || {
            let count = fs::read(&self.count)?;
            let count = count.first_chunk().copied().map(u64::from_ne_bytes);
            // Some looks in a row: one alone may come while a datagram is on its way.
            let times = match before {
                Some((same, times)) if count == Some(same) => times + 1,
                _ => 0,
            };
            before = count.map(|count| (count, times));
            Ok(count.filter(|_| times == LOOKS))
        })
    }
}

/// How many looks find a board at rest that is: each is some milliseconds after the other.
const LOOKS: u32 = 10;

/// The first number of QEMU's version.
fn major_version() -> io::Result<u32> {
    let text = answer(Command::new(QEMU).arg("--version"))?;
    let version = text.split_once("version ").map(|(_, version)| version);
    version
        .and_then(|version| version.split('.').next()?.parse().ok())
        .ok_or_else(|| io::Error::other(format!("what version is this? {text}")))
}
