//! Block lists: rules that a datagram's address is checked against, as in Node's `net.BlockList`.
//!
//! Owns what one rule matches and how it reads. A list is a slice of rules, in any order: whoever holds
//! the slice owns capacity and change. Ports and scope ids play no part.
//!
//! IPv4 and v4-mapped IPv6 addresses (`::ffff:1.2.3.4`) are the same host, so each matches the other's
//! rules. Both ends of a range have one family; Node can mix them, by way of `SocketAddress` objects, into
//! ranges that hold for one family and print as the other.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{DisplayIp, Family};
use crate::error::Misuse;

/// One rule of a block list: an address, a range of addresses, or a subnet.
///
/// `Display` prints the rule as Node's `blockList.rules` does: `Subnet: IPv4 10.0.0.0/8`.
///
/// # Examples
/// ```
/// use anydgram_core::Rule;
///
/// let rule = Rule::subnet([10, 0, 0, 0].into(), 8)?;
/// assert!(rule.matches([10, 1, 2, 3].into()));
/// # Ok::<(), anydgram_core::Misuse>(())
/// ```
///
/// Node: `net.BlockList`
#[doc(alias = "BlockList")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rule(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Kind {
    Address(IpAddr),
    RangeV4(Ipv4Addr, Ipv4Addr),
    RangeV6(Ipv6Addr, Ipv6Addr),
    Subnet(IpAddr, u8),
}

impl Rule {
    /// Blocks one address.
    ///
    /// Node: `blockList.addAddress(address)`
    #[doc(alias = "addAddress")]
    #[must_use]
    pub const fn address(ip: IpAddr) -> Self {
        Self(Kind::Address(ip))
    }

    /// Blocks all addresses from `start` to `end`, both included.
    ///
    /// # Errors
    /// [`Misuse::InvalidAddress`] when the families differ, [`Misuse::ReversedRange`] when `start` is behind
    /// `end`.
    ///
    /// Node: `blockList.addRange(start, end)`
    #[doc(alias = "addRange")]
    pub fn range(start: IpAddr, end: IpAddr) -> Result<Self, Misuse> {
        if start > end && Family::of(start) == Family::of(end) {
            return Err(Misuse::ReversedRange { start });
        }
        match (start, end) {
            (IpAddr::V4(start), IpAddr::V4(end)) => Ok(Self(Kind::RangeV4(start, end))),
            (IpAddr::V6(start), IpAddr::V6(end)) => Ok(Self(Kind::RangeV6(start, end))),
            _ => Err(Misuse::InvalidAddress),
        }
    }

    /// Blocks all addresses whose first `prefix` bits are `network`'s; the bits behind them do not count.
    ///
    /// # Errors
    /// [`Misuse::BadPrefix`] when `prefix` is above 32 (IPv4) or 128 (IPv6).
    ///
    /// Node: `blockList.addSubnet(network, prefix)`
    #[doc(alias = "addSubnet")]
    pub fn subnet(network: IpAddr, prefix: u8) -> Result<Self, Misuse> {
        let max = Family::of(network).bits();
        if prefix > max {
            return Err(Misuse::BadPrefix { prefix, max });
        }
        Ok(Self(Kind::Subnet(network, prefix)))
    }

    /// Whether the rule blocks `ip`.
    ///
    /// Node: `blockList.check(address)`, for a list of one rule
    #[doc(alias = "check")]
    #[must_use]
    pub fn matches(&self, ip: IpAddr) -> bool {
        let bits = v6_bits(ip);
        let (start, end) = match self.0 {
            Kind::Address(address) => (address, address),
            // An IPv4 address is in the subnets that its mapped form is in, `::/0` for one.
            Kind::Subnet(network, prefix) => {
                let before = Family::V6.bits().saturating_sub(Family::of(network).bits());
                let shared = (v6_bits(network) ^ bits).leading_zeros();
                return shared >= u32::from(prefix.saturating_add(before));
            }
            Kind::RangeV4(start, end) => (start.into(), end.into()),
            Kind::RangeV6(start, end) => (start.into(), end.into()),
        };
        // An IPv4 address is in ranges of IPv6 addresses only if both ends are mapped.
        let is_comparable =
            ip.is_ipv6() || (start.to_canonical().is_ipv4() && end.to_canonical().is_ipv4());
        is_comparable && v6_bits(start) <= bits && bits <= v6_bits(end)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Address(ip) => {
                write!(f, "Address: {} {}", Family::of(ip).name(), DisplayIp(ip))
            }
            Kind::RangeV4(start, end) => range(f, start.into(), end.into()),
            Kind::RangeV6(start, end) => range(f, start.into(), end.into()),
            Kind::Subnet(ip, prefix) => write!(
                f,
                "Subnet: {} {}/{prefix}",
                Family::of(ip).name(),
                DisplayIp(ip)
            ),
        }
    }
}

fn range(f: &mut fmt::Formatter<'_>, start: IpAddr, end: IpAddr) -> fmt::Result {
    let family = Family::of(start).name();
    write!(f, "Range: {family} {}-{}", DisplayIp(start), DisplayIp(end))
}

/// Whether one of `rules` blocks `ip`.
///
/// Node: `blockList.check(address)`
#[doc(alias = "check")]
#[must_use]
pub fn is_blocked(rules: &[Rule], ip: IpAddr) -> bool {
    rules.iter().any(|rule| rule.matches(ip))
}

/// An address as IPv6 has it, IPv4 as a mapped one.
const fn v6_bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

const _: () = assert!(
    size_of::<Rule>() <= 36,
    "a rule is two addresses and a kind"
);

#[cfg(test)]
mod tests;
