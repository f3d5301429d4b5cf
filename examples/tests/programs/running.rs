//! A program that runs, and what it prints line by line.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

pub(crate) const DGRAMCAT: &str = env!("CARGO_BIN_EXE_dgramcat");

/// A program, killed if the test ends before it does.
pub(crate) struct Running {
    child: Child,
    /// `None`: nobody reads it any more.
    out: Option<BufReader<ChildStdout>>,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// What it printed after the lines that were read.
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Running {
    pub(crate) fn start<A: AsRef<OsStr>>(
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            out: Some(out),
        }
    }

    /// The next line, without its end; empty if there is none.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end_matches('\n').to_owned()
    }

    pub(crate) fn json(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Writes to the program's standard input, which stays open. A program that does not read all of it has ended, which
    /// is for [`end`](Self::end) to tell.
    pub(crate) fn write(&mut self, text: &[u8]) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(text).ok();
        input.flush().ok();
    }

    /// Waits for the end, with standard input closed.
    pub(crate) fn end(mut self) -> Ended {
        drop(self.child.stdin.take());
        let (mut out, mut err) = (String::new(), String::new());
        self.out.as_mut().unwrap().read_to_string(&mut out).unwrap();
        let mut errors = self.child.stderr.take().unwrap();
        errors.read_to_string(&mut err).unwrap();
        let code = self.child.wait().unwrap().code();
        Ended { code, out, err }
    }

    /// Stops reading what the program prints, and waits for its end after `meanwhile`.
    pub(crate) fn end_unread(mut self, meanwhile: impl FnOnce()) -> Option<i32> {
        self.out = None;
        meanwhile();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Of no use when it has ended, which is as it should be.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
