//! Nothing together.

use anydgram_core::Transmit;

use super::Run;
use crate::sys::OsSocket;

/// Nothing to find out.
#[derive(Debug)]
pub(in crate::sys) struct Together;

impl Together {
    pub(in crate::sys) const fn new() -> Self {
        Self
    }

    /// None is taken: each is sent alone.
    fn none(&self) -> Run {
        let Self = self;
        Run::default()
    }
}

pub(super) fn send_run<'a>(os: &OsSocket, _: &mut dyn Iterator<Item = Transmit<'a>>) -> Run {
    os.together.none()
}
