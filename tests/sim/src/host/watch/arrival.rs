//! One datagram (R4, R6, M4): of those that a group or a broadcast address is for, each socket that can be told apart as a member
//! is shown it once, and no other one at all; one to an own address comes to one socket at most.
//!
//! What the rule cannot tell apart, it leaves to others: sockets that are connected, or bound to an address of their own. Of what
//! leaves in fragments, it looks at the frame with which the datagram is there. Whether a sender has its own groups' datagrams come
//! back is not seen here; scripts that also play on the Linux kernel choose it.

use anydgram_core::stack::{Arrival, Host as Stack, Incoming};
use anydgram_core::{BindState, ConnectState, Family, Socket, SocketId, Sockets};

use super::{Verdict, Watch};

/// What a datagram may do to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum May {
    /// It has to be shown once.
    Must,
    /// It may be shown once.
    Can,
    /// It may not be shown.
    Not,
}

/// Which sockets a datagram is for, and how many each had been shown before.
#[derive(Debug)]
pub(crate) struct Expected {
    /// `None`: it is for one.
    pub(super) sockets: Option<Vec<(SocketId, May, u32)>>,
    /// What the host has dropped as nobody's before.
    pub(super) dropped: u32,
}

impl Expected {
    fn of(stack: &Stack<'_>, sockets: &Sockets<'_, '_>, incoming: &Incoming<'_>) -> Self {
        let destination = incoming.destination.address;
        let interface = incoming.interface;
        let is_group = destination.is_multicast();
        let is_for_many = is_group
            || stack
                .interfaces()
                .is_broadcast(Some(interface), destination.ip());
        let each = sockets.ids().filter_map(|id| {
            let socket = sockets.get(id)?;
            let wants = if is_group {
                let source = incoming.source.address.ip();
                stack
                    .groups()
                    .wants(id, interface, destination.ip(), source)
            } else {
                (socket.family() == Family::V4).then_some(true)
            };
            let may = may_get(socket, incoming.destination.port, wants);
            Some((id, may, socket.stats().received))
        });
        Self {
            sockets: is_for_many.then(|| each.collect()),
            dropped: dropped(stack),
        }
    }

    /// It is for a group or for all.
    pub(in crate::host) const fn is_for_many(&self) -> bool {
        self.sockets.is_some()
    }

    /// What became of the datagram: `told` sockets were told of it.
    fn look(
        &self,
        stack: &Stack<'_>,
        sockets: &Sockets<'_, '_>,
        arrival: Arrival,
        told: u32,
    ) -> Verdict {
        let rule = Rule {
            is_nobodys: dropped(stack) != self.dropped,
            is_shown: arrival == Arrival::Shown,
        };
        match self.shown(sockets) {
            Some(shown) => rule.judge_many(shown),
            None => rule.judge_one(told),
        }
    }

    /// What became of the frame that had the datagram, if that is for many: the stack may have dropped it, and if it was not
    /// whole, it may wait for other parts.
    pub(super) fn look_at_frame(
        &self,
        sockets: &Sockets<'_, '_>,
        is_dropped: bool,
        is_whole: bool,
    ) -> Verdict {
        let counts = || self.shown(sockets).into_iter().flatten();
        let is_shown = counts().any(|(_, shown)| shown.is_some_and(|count| count > 0));
        let is_any_gone = counts().any(|(_, shown)| shown.is_none());
        if !is_shown && (is_any_gone || !is_dropped && !is_whole) {
            return Ok(());
        }
        let rule = Rule {
            is_nobodys: is_dropped,
            is_shown,
        };
        rule.judge_many(counts())
    }

    /// How often sockets were shown a datagram for many, of each that may be; `None` for one that is gone since.
    fn shown(&self, sockets: &Sockets<'_, '_>) -> Option<impl Iterator<Item = (May, Option<u32>)>> {
        let expected = self.sockets.as_ref()?;
        // An application may have closed it in between.
        let is_there =
            |socket: &&Socket<'_>| socket.bind_state() == BindState::Bound && !socket.is_closed();
        let now = move |id| {
            let socket = sockets.get(id).filter(is_there)?;
            Some(socket.stats().received)
        };
        Some(expected.iter().map(move |&(id, may, before)| {
            let shown = now(id).map(|now| now.wrapping_sub(before));
            (may, shown)
        }))
    }
}

/// What is known of a datagram as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// The host has counted it as nobody's.
    pub(super) is_nobodys: bool,
    /// The host says that it was shown to a socket.
    pub(super) is_shown: bool,
}

impl Rule {
    /// A datagram to an own address: so many sockets were told of it.
    pub(super) fn judge_one(self, told: u32) -> Verdict {
        match told {
            0 => self.judge(),
            1 if self.is_shown && !self.is_nobodys => Ok(()),
            1 => Err("a message came of a datagram that was nobody's".into()),
            _ => Err(format!("{told} sockets were told of a datagram for one")),
        }
    }

    /// A datagram to several: how often each socket was shown it; `None` for one that is gone since.
    pub(super) fn judge_many(self, shown: impl Iterator<Item = (May, Option<u32>)>) -> Verdict {
        let (mut total, mut is_any_gone) = (0_u32, false);
        for (may, shown) in shown {
            let Some(shown) = shown else {
                is_any_gone = true;
                continue;
            };
            total = total.saturating_add(shown);
            match (may, shown) {
                (_, 2..) => return Err(format!("a socket was shown a datagram {shown} times")),
                (May::Not, 1) => {
                    return Err("a socket was shown a datagram that is not for it".into());
                }
                (May::Must, 0) if !self.is_nobodys => {
                    return Err("a socket was not shown a datagram that is for it".into());
                }
                _ => {}
            }
        }
        if self.is_nobodys && total > 0 {
            return Err("a datagram was shown, and counted as nobody's".into());
        }
        if !is_any_gone && self.is_shown != (total > 0) {
            return Err(format!(
                "{total} sockets were shown a datagram, unlike the host says"
            ));
        }
        self.judge()
    }

    fn judge(self) -> Verdict {
        if self.is_shown == self.is_nobodys {
            Err("a datagram was either not shown and not counted, or both".into())
        } else {
            Ok(())
        }
    }
}

/// Whether a socket gets a datagram; `wants` of one to a group or to all, as far as is known.
fn may_get(socket: &Socket<'_>, port: u16, wants: Option<bool>) -> May {
    let Ok(local) = socket.address() else {
        // It may be closing, and has its port still.
        return May::Can;
    };
    if local.port != port || wants == Some(false) {
        return May::Not;
    }
    let is_plain =
        local.address.is_unspecified() && socket.connect_state() == ConnectState::Disconnected;
    if wants == Some(true) && is_plain {
        May::Must
    } else {
        May::Can
    }
}

/// Datagrams that the host has counted as nobody's.
fn dropped(stack: &Stack<'_>) -> u32 {
    let drops = stack.drops();
    drops
        .martian
        .wrapping_add(drops.not_ours)
        .wrapping_add(drops.no_socket)
}

impl Watch {
    /// A datagram is about to come in: which sockets it is for.
    pub(in crate::host) fn expect(
        &mut self,
        stack: &Stack<'_>,
        sockets: &Sockets<'_, '_>,
        incoming: &Incoming<'_>,
    ) -> Expected {
        self.told = 0;
        Expected::of(stack, sockets, incoming)
    }

    /// The frame that it was in, or a part of it, has been taken.
    pub(in crate::host) fn look_at_arrival_in(
        &mut self,
        expected: &Expected,
        sockets: &Sockets<'_, '_>,
        is_dropped: bool,
        is_whole: bool,
    ) {
        if let Err(what) = expected.look_at_frame(sockets, is_dropped, is_whole) {
            self.find(&what);
        }
    }

    /// It has come in.
    pub(in crate::host) fn look_at_arrival(
        &mut self,
        expected: &Expected,
        stack: &Stack<'_>,
        sockets: &Sockets<'_, '_>,
        arrival: Arrival,
    ) {
        let told = core::mem::take(&mut self.told);
        if let Err(what) = expected.look(stack, sockets, arrival, told) {
            self.find(&what);
        }
    }
}
