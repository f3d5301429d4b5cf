//! The addresses that a binding stands for: whether two have one in common, and whether one is among them.

use core::net::IpAddr;

use super::Binding;
use crate::address::Address;

/// One address, or all of a family, or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// With IPv4 as IPv4; the wildcard address for all, `::` for those of both families.
    pub(super) ip: IpAddr,
    /// 0 for an address that needs none, and for a group on all interfaces.
    pub(super) scope_id: u32,
    /// No IPv4 for `::`.
    pub(super) ipv6_only: bool,
}

impl Span {
    pub(super) fn of(binding: &Binding) -> Self {
        let ip = binding.address.ip.to_canonical();
        Self {
            ip,
            scope_id: if Address::new(ip).needs_scope() {
                binding.address.scope_id
            } else {
                0
            },
            ipv6_only: binding.ipv6_only,
        }
    }

    /// Whether an address is in both.
    ///
    /// Linux: `inet_rcv_saddr_equal`
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.has(other.ip, other.scope_id) || other.has_all_like(self.ip)
    }

    /// Whether `ip` on the interface `scope_id` is in it. A scope counts if both have one.
    pub(super) fn has(&self, ip: IpAddr, scope_id: u32) -> bool {
        let is_in_scope = self.scope_id == 0 || scope_id == 0 || self.scope_id == scope_id;
        self.has_all_like(ip) || (self.ip == ip && is_in_scope)
    }

    /// Whether all addresses of the family of `ip` are in it.
    const fn has_all_like(&self, ip: IpAddr) -> bool {
        self.ip.is_unspecified() && (self.ip.is_ipv6() == ip.is_ipv6() || self.has_both_families())
    }

    const fn has_both_families(&self) -> bool {
        self.ip.is_ipv6() && !self.ipv6_only
    }
}
