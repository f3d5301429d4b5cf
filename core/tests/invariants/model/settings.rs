//! Options, memberships and block lists.

use core::net::IpAddr;

use anydgram_core::{Interface, Membership, SocketOption};

use super::calls::{FULL, How, Outcome, no};
use super::{Bind, Member, Model};
use crate::step::{GROUP, Target};

impl Model {
    pub(crate) fn change_membership(&mut self, is_add: bool, source: Option<IpAddr>) -> Outcome {
        self.check_running()?;
        let membership = match source {
            Some(source) => Membership::source_specific(source, GROUP, Interface::Default),
            None => Membership::any_source(GROUP, Interface::Default),
        };
        let verb = if is_add { "add" } else { "drop" };
        let kind = source.map_or("Membership", |_| "SourceSpecificMembership");
        let fail = |errno| no(format!("{verb}{kind} {errno}"));
        let at = self.memberships.iter().position(|(m, _)| *m == membership);
        let joined = at
            .and_then(|at| self.memberships.get(at))
            .map(|(_, joined)| *joined);
        let next = match (is_add, joined) {
            (true, None) => {
                if self.memberships.len() >= self.room.memberships {
                    return fail("ENOBUFS");
                }
                if self.bind == Bind::Unbound {
                    self.start_bind(Target::Default, 0, How::IMPLICIT)?;
                }
                self.memberships.push((membership, Member::Wanted));
                return Ok(());
            }
            (true, Some(joined)) if joined.is_member() && source.is_none() => {
                return fail("EADDRINUSE");
            }
            (true, Some(joined)) if joined.is_member() => return fail("EADDRNOTAVAIL"),
            (true, Some(Member::Dropped)) => Some(Member::In),
            (true, Some(Member::JoiningButDropped)) => Some(Member::Joining),
            (true, Some(_)) => Some(Member::LeavingButAdded),
            (false, Some(Member::Wanted)) => None,
            (false, Some(Member::Joining)) => Some(Member::JoiningButDropped),
            (false, Some(Member::In)) => Some(Member::Dropped),
            (false, Some(Member::LeavingButAdded)) => Some(Member::Leaving),
            (false, _) => {
                let mut joined = self.memberships.iter().map(|(_, joined)| joined);
                let is_in_group = joined.any(|joined| joined.is_member());
                let knows_nothing = source.is_some() && !is_in_group;
                return fail(if knows_nothing {
                    "EINVAL"
                } else {
                    "EADDRNOTAVAIL"
                });
            }
        };
        self.set_membership(&membership, next);
        Ok(())
    }

    pub(super) fn set_membership(&mut self, membership: &Membership, next: Option<Member>) {
        self.memberships.retain_mut(|(other, joined)| {
            if other == membership {
                *joined = next.unwrap_or(*joined);
                next.is_some()
            } else {
                true
            }
        });
    }

    pub(crate) fn set_ttl(&mut self, hops: u32) -> Outcome {
        self.check_running()?;
        match u8::try_from(hops) {
            Ok(hops @ 1..) => self.set_option(SocketOption::Ttl(hops), "setTTL"),
            _ => no("setTTL EINVAL"),
        }
    }

    pub(crate) fn set_broadcast(&mut self, on: bool) -> Outcome {
        self.set_option(SocketOption::Broadcast(on), "setBroadcast")
    }

    fn set_option(&mut self, option: SocketOption, label: &str) -> Outcome {
        self.check_running()?;
        if self.bind != Bind::Bound {
            return no(format!("{label} EBADF"));
        }
        let kind = core::mem::discriminant(&option);
        self.options
            .retain(|(other, _)| core::mem::discriminant(other) != kind);
        self.options.push((option, true));
        Ok(())
    }

    pub(crate) fn block(&mut self, address: IpAddr, is_sending: bool) -> Outcome {
        let rules = if is_sending {
            &mut self.send_rules
        } else {
            &mut self.receive_rules
        };
        if rules.len() >= self.room.rules {
            return no(FULL);
        }
        rules.push(address);
        Ok(())
    }

    pub(crate) fn clear_block_lists(&mut self) {
        self.send_rules.clear();
        self.receive_rules.clear();
    }
}
