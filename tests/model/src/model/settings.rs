//! Options, memberships and block lists.

use core::net::IpAddr;

use anydgram_core::{Interface, Membership};

use super::calls::How;
use super::failure::{buffer_size, full, plain};
use super::{Bind, Done, Member, Model};
use crate::step::{GROUP, Setting, Target};

impl Setting {
    /// Node's name of the call.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Broadcast(_) => "setBroadcast",
            Self::Ttl(_) => "setTTL",
            Self::MulticastTtl(_) => "setMulticastTTL",
            Self::MulticastLoopback(_) => "setMulticastLoopback",
            Self::ReceiveBuffer(_) => "uv_recv_buffer_size",
        }
    }

    fn is_in_range(self) -> bool {
        match self {
            Self::Broadcast(_) | Self::MulticastLoopback(_) => true,
            Self::Ttl(hops) => (1..=255).contains(&hops),
            Self::MulticastTtl(hops) => hops <= 255,
            Self::ReceiveBuffer(bytes) => bytes <= 2_147_483_647,
        }
    }

    fn failure(self, errno: &'static str, text: &str) -> crate::seen::Failure {
        match self {
            Self::ReceiveBuffer(_) => buffer_size(errno, text),
            other => plain(other.label(), errno),
        }
    }
}

impl Model {
    pub(super) fn set(&mut self, setting: Setting) -> Done {
        self.check_running()?;
        if !setting.is_in_range() {
            return Err(setting.failure("EINVAL", "invalid argument"));
        }
        if self.bind != Bind::Bound {
            return Err(setting.failure("EBADF", "bad file descriptor"));
        }
        if setting != Setting::ReceiveBuffer(0) {
            self.settings
                .retain(|(other, _)| other.label() != setting.label());
            self.settings.push((setting, true));
        }
        Ok(())
    }

    pub(super) fn change_membership(&mut self, is_add: bool, source: Option<IpAddr>) -> Done {
        self.check_running()?;
        let membership = match source {
            Some(source) => Membership::source_specific(source, GROUP, Interface::Default),
            None => Membership::any_source(GROUP, Interface::Default),
        };
        let verb = if is_add { "add" } else { "drop" };
        let kind = source.map_or("Membership", |_| "SourceSpecificMembership");
        let fail = |errno| Err(plain(&format!("{verb}{kind}"), errno));
        let mut all = self.memberships.iter();
        let joined = all
            .find(|(other, _)| *other == membership)
            .map(|(_, joined)| *joined);
        let next = match (is_add, joined) {
            (true, None) => {
                if self.memberships.len() >= self.config.room.memberships {
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

    pub(super) fn block(&mut self, address: IpAddr, is_sending: bool) -> Done {
        let rules = if is_sending {
            &mut self.send_rules
        } else {
            &mut self.receive_rules
        };
        if rules.len() >= self.config.room.rules {
            return Err(full());
        }
        rules.push(address);
        Ok(())
    }
}
