//! What the network is told by a host: each thing is looked at by the rule that it is a matter of.

use anydgram_core::Endpoint;
use anydgram_core::stack::Host as Stack;

use super::{Verdict, Watch, Wired};

impl Watch {
    /// What the network was told since this was last asked.
    pub(in crate::host) fn wire(&mut self, stack: &Stack<'_>, wired: impl Iterator<Item = Wired>) {
        for wired in wired {
            let verdict = match wired {
                Wired::Joined(interface, group) => self.joined.join(interface, group),
                Wired::Left(interface, group) => self.joined.leave(interface, group),
                Wired::Sent {
                    source,
                    destination,
                    digest,
                } => self.look_at_departure(stack, (source, destination), digest),
            };
            if !matches!(wired, Wired::Sent { .. }) {
                self.looks = 0;
            }
            if let Err(what) = verdict {
                self.find(&what);
            }
        }
    }

    /// A datagram left, from one end to the other.
    fn look_at_departure(
        &mut self,
        stack: &Stack<'_>,
        ends: (Endpoint, Endpoint),
        digest: Option<u64>,
    ) -> Verdict {
        if let Some(digest) = digest
            && !self.is_by_hand
        {
            self.departures.leave(ends, digest, self.is_wired)?;
        }
        // Mostly it is the same again.
        if self.last_sent == Some(ends) {
            return Ok(());
        }
        self.last_sent = Some(ends);
        let (source, destination) = ends;
        self.sent.add(source, destination);
        self.look_at_source(stack, source)
    }

    fn look_at_source(&self, stack: &Stack<'_>, source: Endpoint) -> Verdict {
        let interfaces = stack.interfaces();
        // Frames wait for their neighbours, with the address that they were given.
        let is_own = interfaces.owner(source.address).is_some()
            || (!self.is_wired && self.own.contains(&source.address.ip()));
        let is_broadcast = |ip| interfaces.is_broadcast(None, ip);
        self.homes.is_source(source, is_own, is_broadcast)
    }
}
