//! The three ways of sending.

use anydgram_core::{
    Datagram as Given, Full, Misuse, Offer, Ready, SendToken, Socket, Transmit, Transmitted,
};

use super::end;
use crate::seen::Datagram;
use crate::step::{FAULT, Outcome, Way};

/// Sends by a way, which decides what becomes of what is offered; that is put into `offered`. `None`: it was taken back.
pub(super) fn send(
    socket: &mut Socket<'_>,
    datagram: Given<'_>,
    way: Way,
    offered: &mut Option<Datagram>,
) -> Result<Option<SendToken>, Misuse> {
    match way {
        Way::Queue => socket.send(datagram).map(Some),
        Way::Now(outcome) => {
            let sent = socket.send_now(datagram, |transmit| {
                *offered = Some(leaving(transmit));
                transmitted(outcome)
            });
            sent.map(Some)
        }
        Way::Offer(outcome) => settle(socket, datagram, offered, |ready| {
            ready.settle(transmitted(outcome)).map(Some)
        }),
        Way::TakeBack(None) => settle(socket, datagram, offered, |_| Ok(None)),
        Way::TakeBack(Some(full)) => settle(socket, datagram, offered, |ready| {
            ready.take_back(full);
            Ok(None)
        }),
    }
}

fn settle(
    socket: &mut Socket<'_>,
    datagram: Given<'_>,
    offered: &mut Option<Datagram>,
    end: impl FnOnce(Ready<'_, '_, '_>) -> Result<Option<SendToken>, Misuse>,
) -> Result<Option<SendToken>, Misuse> {
    match socket.offer(datagram)? {
        Offer::Accepted(token) => Ok(Some(token)),
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
