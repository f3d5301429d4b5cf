//! The four ways of sending.

use anydgram_core::{
    Datagram as Given, Full, Misuse, Offer, Ready, SendToken, Socket, Transmit, Transmitted,
};

use super::end;
use crate::seen::Datagram;
use crate::step::{FAULT, Outcome, Way};

/// What became of a datagram that was not refused.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent {
    /// The socket has it, or had it: its token, unless it was part of a run.
    Accepted(Option<SendToken>),
    TakenBack,
}

/// Sends by a way, which decides what becomes of what is offered; that is put into `offered`.
pub(super) fn send(
    socket: &mut Socket<'_>,
    datagram: Given<'_>,
    way: Way,
    offered: &mut Option<Datagram>,
) -> Result<Sent, Misuse> {
    let accepted = |token| Sent::Accepted(Some(token));
    match way {
        Way::Queue => socket.send(datagram).map(accepted),
        Way::Run(outcome) if leaves_in_run(socket, &datagram, outcome, offered) => {
            Ok(Sent::Accepted(None))
        }
        Way::Now(outcome) | Way::Run(outcome) => {
            let sent = socket.send_now(datagram, |transmit| {
                *offered = Some(leaving(transmit));
                transmitted(outcome)
            });
            sent.map(accepted)
        }
        Way::Offer(outcome) => settle(socket, datagram, offered, |ready| {
            ready.settle(transmitted(outcome)).map(accepted)
        }),
        Way::TakeBack(None) => settle(socket, datagram, offered, |_| Ok(Sent::TakenBack)),
        Way::TakeBack(Some(full)) => settle(socket, datagram, offered, |ready| {
            ready.take_back(full);
            Ok(Sent::TakenBack)
        }),
    }
}

/// Sends a datagram as a run of one; whether that has it leave. If it has not, the socket knows nothing of it.
fn leaves_in_run(
    socket: &mut Socket<'_>,
    datagram: &Given<'_>,
    outcome: Outcome,
    offered: &mut Option<Datagram>,
) -> bool {
    let Some(run) = socket.offer_run() else {
        return false;
    };
    let Some(to) = run.destination(datagram) else {
        return false;
    };
    *offered = Some(Datagram {
        to: to.map(end),
        meta: datagram.meta,
        bytes: datagram.payload.pieces().concat(),
    });
    let is_sent = transmitted(outcome) == Transmitted::Sent;
    run.settle(usize::from(is_sent));
    is_sent
}

fn settle(
    socket: &mut Socket<'_>,
    datagram: Given<'_>,
    offered: &mut Option<Datagram>,
    end: impl FnOnce(Ready<'_, '_, '_>) -> Result<Sent, Misuse>,
) -> Result<Sent, Misuse> {
    match socket.offer(datagram)? {
        Offer::Accepted(token) => Ok(Sent::Accepted(Some(token))),
        Offer::Ready(ready) => {
            *offered = Some(leaving(ready.transmit()));
            end(ready)
        }
    }
}

pub(super) fn leaving(transmit: &Transmit<'_>) -> Datagram {
    Datagram {
        to: transmit.destination.map(end),
        meta: transmit.meta,
        bytes: transmit.payload.pieces().concat(),
    }
}

pub(super) const fn transmitted(outcome: Outcome) -> Transmitted {
    match outcome {
        Outcome::Good => Transmitted::Sent,
        Outcome::Odd => Transmitted::Blocked(Full::Buffer),
        Outcome::Dry => Transmitted::Blocked(Full::Memory),
        Outcome::Bad => Transmitted::Failed(FAULT),
    }
}
