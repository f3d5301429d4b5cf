//! Reading addresses: the texts that the standard library accepts, and zones.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Address;

/// Splits the zone from an address text at the first `%`.
///
/// The zone may be empty and may contain more `%`; no such text is an address.
///
/// RFC 4007 § 11.
///
/// # Examples
/// ```
/// use anydgram_core::split_zone;
///
/// assert_eq!(split_zone("fe80::1%eth0"), ("fe80::1", Some("eth0")));
/// assert_eq!(split_zone("fe80::1"), ("fe80::1", None));
/// ```
#[must_use]
pub fn split_zone(text: &str) -> (&str, Option<&str>) {
    match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    }
}

/// An address with a numeric zone or none.
pub(super) fn address(text: &str) -> Option<Address> {
    let (text, zone) = split_zone(text);
    match (ip(text.as_bytes())?, zone) {
        (ip, None) => Some(Address::new(ip)),
        (IpAddr::V6(ip), Some(zone)) => Some(Address::scoped(ip, decimal(zone.as_bytes())?)),
        // Only IPv6 addresses have zones (RFC 4007 § 1).
        (IpAddr::V4(_), Some(_)) => None,
    }
}

/// An interface's index as a zone: a number.
pub(crate) fn index(zone: &str) -> Option<u32> {
    decimal(zone.as_bytes())
}

/// An address without a zone: the texts of [`IpAddr`]'s `FromStr`.
pub(super) fn ip(text: &[u8]) -> Option<IpAddr> {
    v4(text)
        .map(IpAddr::V4)
        .or_else(|| v6(text).map(IpAddr::V6))
}

/// Strict dotted decimal: four numbers without leading zeros, so that none can be meant as octal.
fn v4(text: &[u8]) -> Option<Ipv4Addr> {
    let (a, text) = split(text, b'.')?;
    let (b, text) = split(text, b'.')?;
    let (c, d) = split(text, b'.')?;
    Some(Ipv4Addr::new(octet(a)?, octet(b)?, octet(c)?, octet(d)?))
}

fn octet(text: &[u8]) -> Option<u8> {
    match text {
        [b'0', _, ..] => None,
        _ => u8::try_from(decimal(text)?).ok(),
    }
}

/// Digits only: no sign, no space, not empty.
fn decimal(text: &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for byte in text {
        let digit = char::from(*byte).to_digit(10)?;
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    (!text.is_empty()).then_some(value)
}

/// Eight groups, or fewer around one `::` that stands for at least one (RFC 4291 § 2.2).
fn v6(text: &[u8]) -> Option<Ipv6Addr> {
    let Some((head, tail)) = split_gap(text) else {
        let all = Groups::read(text)?;
        return (all.count == 8).then_some(Ipv6Addr::from_bits(all.bits));
    };
    let head = Groups::read_or_none(head)?;
    let tail = Groups::read_or_none(tail)?;
    // An embedded IPv4 address is the end of the text, so never in front of `::`.
    if head.ends_in_v4 || head.count.saturating_add(tail.count) > 7 {
        return None;
    }
    let shift = 128_u32.checked_sub(head.count.checked_mul(16)?)?;
    let head_bits = head.bits.checked_shl(shift).unwrap_or(0);
    Some(Ipv6Addr::from_bits(head_bits | tail.bits))
}

/// Groups that have been read, the last one in the lowest bits.
#[derive(Clone, Copy, Default)]
struct Groups {
    bits: u128,
    count: u32,
    /// The last two groups were written as an IPv4 address (RFC 4291 § 2.2, form 3).
    ends_in_v4: bool,
}

impl Groups {
    /// Nothing, or one to eight groups.
    fn read_or_none(text: &[u8]) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        Self::read(text)
    }

    /// One to eight groups.
    fn read(mut text: &[u8]) -> Option<Self> {
        let mut groups = Self::default();
        while let Some((group, rest)) = split(text, b':') {
            groups.push(16, u128::from(hex(group)?))?;
            text = rest;
        }
        if text.contains(&b'.') {
            groups.ends_in_v4 = true;
            groups.push(32, u128::from(v4(text)?.to_bits()))?;
        } else {
            groups.push(16, u128::from(hex(text)?))?;
        }
        Some(groups)
    }

    /// Appends a group of 16 bits, or two in 32.
    fn push(&mut self, bits: u32, value: u128) -> Option<()> {
        self.bits = self.bits.checked_shl(bits)? | value;
        self.count = self.count.checked_add(bits / 16)?;
        (self.count <= 8).then_some(())
    }
}

/// One to four hexadecimal digits.
fn hex(text: &[u8]) -> Option<u16> {
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    let mut value = 0_u32;
    for byte in text {
        value = (value << 4) | char::from(*byte).to_digit(16)?;
    }
    u16::try_from(value).ok()
}

/// What stands before and behind the first `separator`.
fn split(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
    Some((text.get(..at)?, text.get(at.checked_add(1)?..)?))
}

/// What stands before and behind the first `::`.
fn split_gap(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.windows(2).position(|pair| pair == b"::")?;
    Some((text.get(..at)?, text.get(at.checked_add(2)?..)?))
}
