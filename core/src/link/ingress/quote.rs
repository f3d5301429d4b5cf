//! The packets that ICMP errors quote. No more of a datagram is demanded than its ports (RFC 792).

use core::net::{Ipv4Addr, Ipv6Addr};

use super::drops::Reason;
use super::{Gate, Ingress, UDP, Unreachable};
use crate::address::{Endpoint, Ip};
use crate::error::Errno;

/// An IPv4 packet that did not arrive.
pub(super) fn v4<'f>(
    gate: &Gate<'_, '_>,
    quoted: &[u8],
    errno: Errno,
) -> Result<Ingress<'f>, Reason> {
    let header = quoted.first_chunk::<20>().ok_or(Reason::IcmpQuote)?;
    let [version, _, _, _, _, _, f0, f1, _, protocol, ..] = *header;
    let [.., s0, s1, s2, s3, d0, d1, d2, d3] = *header;
    let header_len = usize::from(version & 0x0f) << 2;
    let is_first = u16::from_be_bytes([f0, f1]) & 0x1fff == 0;
    if version >> 4 != 4 || header_len < header.len() || !is_first {
        return Err(Reason::IcmpQuote);
    }
    let quote = Quote {
        source: Ipv4Addr::new(s0, s1, s2, s3).into(),
        destination: Ipv4Addr::new(d0, d1, d2, d3).into(),
        protocol,
        payload: quoted.get(header_len..).ok_or(Reason::IcmpQuote)?,
    };
    quote.read(gate, errno)
}

/// An IPv6 packet that did not arrive. Datagrams of this host have no extension headers.
pub(super) fn v6<'f>(
    gate: &Gate<'_, '_>,
    quoted: &[u8],
    errno: Errno,
) -> Result<Ingress<'f>, Reason> {
    let (header, payload) = quoted.split_first_chunk::<40>().ok_or(Reason::IcmpQuote)?;
    let (numbers, addresses) = header.split_first_chunk::<8>().ok_or(Reason::IcmpQuote)?;
    let (source, addresses) = addresses.split_first_chunk().ok_or(Reason::IcmpQuote)?;
    let destination = addresses.first_chunk().ok_or(Reason::IcmpQuote)?;
    let [version, _, _, _, _, _, protocol, _] = *numbers;
    if version >> 4 != 6 {
        return Err(Reason::IcmpQuote);
    }
    let quote = Quote {
        source: Ipv6Addr::from(*source).into(),
        destination: Ipv6Addr::from(*destination).into(),
        protocol,
        payload,
    };
    quote.read(gate, errno)
}

struct Quote<'q> {
    source: Ip,
    destination: Ip,
    protocol: u8,
    payload: &'q [u8],
}

impl Quote<'_> {
    fn read<'f>(&self, gate: &Gate<'_, '_>, errno: Errno) -> Result<Ingress<'f>, Reason> {
        let local = gate.scoped(self.source);
        if !gate.is_own(&local) {
            return Err(Reason::IcmpQuote);
        }
        if self.protocol != UDP {
            return Ok(Ingress::Other);
        }
        let header = self.payload.first_chunk::<8>().ok_or(Reason::IcmpQuote)?;
        let [s0, s1, d0, d1, ..] = *header;
        let (source, destination) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        if source == 0 || destination == 0 {
            return Err(Reason::IcmpQuote);
        }
        Ok(Ingress::Unreachable(Unreachable::new(
            Endpoint::new(local, source),
            Endpoint::new(gate.scoped(self.destination), destination),
            errno,
        )))
    }
}
