//! The short way of a datagram that nothing can be said against: from its caller to the system, with nothing in between.

use anydgram_core::{Datagram, Socket, Transmitted};

use crate::sys::OsSocket;

/// Sends a datagram that is not reported and could leave at once.
///
/// What became of it; the socket knows only of one that was sent, and has to be given any other outcome with the
/// datagram. `None`: it is another datagram, and has gone nowhere.
#[inline]
pub(crate) fn send_plainly(
    core: &mut Socket<'_>,
    os: &OsSocket,
    datagram: &Datagram<'_>,
) -> Option<Transmitted> {
    let run = core.offer_run()?;
    let destination = run.destination(datagram)?;
    let outcome = os.send_datagram(destination, &datagram.meta, &datagram.payload);
    if outcome == Transmitted::Sent {
        run.settle(1);
    }
    Some(outcome)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
