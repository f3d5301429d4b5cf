//! The short way of a datagram that nothing can be said against: from its caller to the system, with nothing in between.

use anydgram_core::{Datagram, Endpoint, Payload, Socket, Transmitted};

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
    match datagram.payload {
        Payload::Slice(bytes) if datagram.meta.is_none() => {
            send_by(core, datagram, |to| os.send_slice(to, bytes))
        }
        Payload::Slice(_) | Payload::List(_) => send_asking(core, os, datagram),
    }
}

/// A datagram that asks for something, or is in several pieces: apart, so that nothing is prepared for it before.
#[inline(never)]
fn send_asking(
    core: &mut Socket<'_>,
    os: &OsSocket,
    datagram: &Datagram<'_>,
) -> Option<Transmitted> {
    send_by(core, datagram, |to| {
        os.send_datagram(to, &datagram.meta, &datagram.payload)
    })
}

#[inline]
fn send_by(
    core: &mut Socket<'_>,
    datagram: &Datagram<'_>,
    send: impl FnOnce(Option<Endpoint>) -> Transmitted,
) -> Option<Transmitted> {
    let run = core.offer_run()?;
    let outcome = send(run.destination(datagram)?);
    if outcome == Transmitted::Sent {
        run.settle(1);
    }
    Some(outcome)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
