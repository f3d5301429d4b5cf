//! What is on a network: the datagrams in frames, as far as both sides must have them the same.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::{Address, Endpoint};

use crate::told::Names;

/// A datagram on a network; of one in fragments, what the first says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    lan: usize,
    source: Endpoint,
    destination: Endpoint,
    hop_limit: u8,
    len: u16,
}

impl Packet {
    /// The datagram that begins in a frame, if one does.
    pub(crate) fn read(lan: usize, frame: &[u8]) -> Option<Self> {
        let (ethernet, packet) = frame.split_first_chunk::<14>()?;
        let (source, destination, hop_limit, udp): (IpAddr, IpAddr, u8, &[u8]) = match *ethernet {
            [.., 0x08, 0x00] => {
                let header = packet.first_chunk::<20>()?;
                let [version, _, _, _, _, _, f0, f1, hop_limit, protocol, ..] = *header;
                let [.., s0, s1, s2, s3, d0, d1, d2, d3] = *header;
                let is_first = u16::from_be_bytes([f0, f1]) & 0x1fff == 0;
                let udp = packet.get(usize::from(version & 0x0f) * 4..)?;
                (protocol == UDP && is_first).then_some(())?;
                let source = Ipv4Addr::new(s0, s1, s2, s3);
                let destination = Ipv4Addr::new(d0, d1, d2, d3);
                (source.into(), destination.into(), hop_limit, udp)
            }
            [.., 0x86, 0xdd] => {
                let (header, payload) = packet.split_first_chunk::<40>()?;
                let [_, _, _, _, _, _, next, hop_limit, addresses @ ..] = header;
                let (source, destination) = addresses.split_first_chunk::<16>()?;
                let udp = match *next {
                    UDP => payload,
                    FRAGMENT => {
                        let (fragment, udp) = payload.split_first_chunk::<8>()?;
                        let [next, _, o0, o1, ..] = *fragment;
                        let is_first = u16::from_be_bytes([o0, o1]) & 0xfff8 == 0;
                        (next == UDP && is_first).then_some(udp)?
                    }
                    _ => return None,
                };
                let destination = destination.first_chunk::<16>()?;
                let [source, destination] = [source, destination].map(|ip| Ipv6Addr::from(*ip));
                (source.into(), destination.into(), *hop_limit, udp)
            }
            _ => return None,
        };
        let [s0, s1, d0, d1, l0, l1, ..] = *udp.first_chunk::<8>()?;
        let [from, to, len] = [[s0, s1], [d0, d1], [l0, l1]].map(u16::from_be_bytes);
        Some(Self {
            lan,
            source: Endpoint::new(Address::new(source), from),
            destination: Endpoint::new(Address::new(destination), to),
            hop_limit,
            len,
        })
    }

    pub(crate) fn text(&self, names: &Names<'_>) -> String {
        let [from, to] = [self.source, self.destination].map(|end| names.endpoint(end));
        format!(
            "{from} to {to}, hop limit {}, {} bytes",
            self.hop_limit, self.len
        )
    }

    /// Whom a line is about.
    pub(crate) fn place(&self) -> String {
        format!("network {}", self.lan)
    }
}

const UDP: u8 = 17;
const FRAGMENT: u8 = 44;
