//! Nothing together.

use anydgram_core::Transmit;

use super::Run;
use crate::sys::OsSocket;

/// Takes none: each is sent alone.
pub(super) fn send_run(_: &OsSocket, _: &mut dyn Iterator<Item = Transmit<'_>>) -> Run {
    Run::default()
}
