//! What a call may do to memberships (M3 of the reliability bar): one that fails changes nothing, one that joins adds what was
//! asked for and nothing else, and one that leaves takes just that away.

use alloc::collections::BTreeSet;
use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::SocketId;
use anydgram_core::stack::Host as Stack;

/// The memberships of a socket: interface, group, and source; `None` for any source.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Members(BTreeSet<(u32, IpAddr, Option<IpAddr>)>);

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    Join,
    Leave,
}

impl Members {
    /// Those that a stack knows of a socket.
    pub(super) fn of(stack: &Stack<'_>, id: SocketId) -> Self {
        let groups = stack.groups();
        let mut members = BTreeSet::new();
        for interface in stack.interfaces().indexes() {
            for group in groups.of_interface(interface) {
                // No source is asked for by this address.
                let nobody = IpAddr::from(Ipv4Addr::UNSPECIFIED);
                if groups.wants(id, interface, group, nobody) == Some(true) {
                    members.insert((interface, group, None));
                    continue;
                }
                let sources = groups.sources(interface, group);
                let own = sources
                    .filter(|source| groups.wants(id, interface, group, *source) == Some(true));
                members.extend(own.map(|source| (interface, group, Some(source))));
            }
        }
        Self(members)
    }

    /// Whether a call may have made `after` of these.
    pub(super) fn judge(
        &self,
        after: &Self,
        (asked, group, source): (Asked, IpAddr, Option<IpAddr>),
        is_ok: bool,
    ) -> Result<(), String> {
        if !is_ok {
            return if self == after {
                Ok(())
            } else {
                Err(format!(
                    "a call for {group} failed, and changed {self:?} to {after:?}"
                ))
            };
        }
        let (fewer, more) = match asked {
            Asked::Join => (self, after),
            Asked::Leave => (after, self),
        };
        let mut changed = more.0.difference(&fewer.0).peekable();
        let is_done = changed.peek().is_some();
        let is_asked =
            |&(_, of, from): &(u32, IpAddr, Option<IpAddr>)| (of, from) == (group, source);
        // A source takes the place of the membership for all sources.
        let is_replaced = |&(_, of, from): &(u32, IpAddr, Option<IpAddr>)| {
            of == group && from.is_none() && source.is_some() && matches!(asked, Asked::Join)
        };
        let mut lost = fewer.0.difference(&more.0);
        if is_done && changed.all(is_asked) && lost.all(is_replaced) {
            Ok(())
        } else {
            Err(format!(
                "{asked:?} {group} was fine, and changed {self:?} to {after:?}"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 1, 2, 3));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 1, 2, 4));
    const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

    fn members(all: &[(u32, IpAddr, Option<IpAddr>)]) -> Members {
        Members(all.iter().copied().collect())
    }

    #[test]
    fn what_fails_changes_nothing() {
        let one = members(&[(2, GROUP, None)]);
        let none = members(&[]);
        for asked in [Asked::Join, Asked::Leave] {
            let asked = (asked, GROUP, None);
            assert_eq!(
                one.judge(&members(&[(2, GROUP, None)]), asked, false),
                Ok(())
            );
            for (before, after) in [(&one, &none), (&none, &one)] {
                let found = before.judge(after, asked, false).unwrap_err();
                assert!(found.contains("failed, and changed"), "{found}");
            }
        }
    }

    #[test]
    fn what_is_joined_or_left_is_what_was_asked_for() {
        let none = members(&[]);
        let one = members(&[(2, GROUP, None)]);
        let both = members(&[(2, GROUP, None), (2, OTHER, None)]);
        let (join, leave) = ((Asked::Join, GROUP, None), (Asked::Leave, GROUP, None));
        assert_eq!(none.judge(&one, join, true), Ok(()));
        assert_eq!(one.judge(&none, leave, true), Ok(()));
        for (before, after, asked) in [
            // What is not there is left, what is there joined.
            (&none, &none, leave),
            (&one, &one, join),
            // The other way round.
            (&one, &none, join),
            (&none, &one, leave),
            // Another one, too, or alone.
            (&none, &both, join),
            (&both, &none, leave),
            (&both, &one, leave),
            (&one, &both, join),
        ] {
            let found = before.judge(after, asked, true).unwrap_err();
            assert!(found.contains("was fine, and changed"), "{found}");
        }
    }

    #[test]
    fn a_source_takes_the_place_of_all_sources() {
        let all = members(&[(2, GROUP, None)]);
        let one = members(&[(2, GROUP, Some(SOURCE))]);
        let join = (Asked::Join, GROUP, Some(SOURCE));
        assert_eq!(all.judge(&one, join, true), Ok(()));
        let leave = (Asked::Leave, GROUP, Some(SOURCE));
        assert_eq!(one.judge(&members(&[]), leave, true), Ok(()));
        assert!(one.judge(&all, leave, true).is_err(), "the other way round");
    }
}
