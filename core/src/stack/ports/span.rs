//! The addresses that a binding stands for: whether two have one in common, and whether one is among them.

use super::Binding;
use crate::address::{Address, Ip, Scope};

/// One address, or all of a family, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// With IPv4 as IPv4; the wildcard address for all, `::` for those of both families.
    pub(super) ip: Ip,
    /// None for an address that needs none, and for a group on all interfaces.
    pub(super) scope: Scope,
    /// No IPv4 for `::`.
    pub(super) ipv6_only: bool,
}

impl Span {
    pub(super) fn of(binding: &Binding) -> Self {
        let ip = binding.address.ip.to_canonical();
        Self {
            ip,
            scope: if Address::of(ip).needs_scope() {
                binding.address.scope
            } else {
                Scope::NONE
            },
            ipv6_only: binding.ipv6_only,
        }
    }

    /// Whether an address is in both.
    ///
    /// Linux: `inet_rcv_saddr_equal`
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        has_all_like(&self.ip, self.ipv6_only, &other.ip)
            || has_all_like(&other.ip, other.ipv6_only, &self.ip)
            || (self.ip == other.ip && is_same_scope(self.scope, other.scope))
    }
}

/// Whether all addresses of the family of `ip` are in the span at `own`.
pub(super) const fn has_all_like(own: &Ip, ipv6_only: bool, ip: &Ip) -> bool {
    own.is_unspecified() && (own.is_ipv6() == ip.is_ipv6() || (own.is_ipv6() && !ipv6_only))
}

/// Whether two scopes can mean one interface: a scope counts if both have one.
pub(super) fn is_same_scope(one: Scope, other: Scope) -> bool {
    one == Scope::NONE || other == Scope::NONE || one == other
}
