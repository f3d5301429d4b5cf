//! What a frame is: which datagram it has, or has a part of.

use alloc::collections::BTreeMap;
use core::net::IpAddr;

use anydgram_core::stack::Incoming;
use anydgram_core::{Address, Endpoint};
use etherparse::{IpNumber, NetSlice, SlicedPacket, UdpHeaderSlice};

use super::{Cable, Id, Network, reports, scoped};
use crate::host::Wired;
use crate::trace::{Happened, OfFrame, digest};

/// The numbers of datagrams by the cable, the addresses and the identification of their fragments.
pub(super) type Fragments = BTreeMap<(u32, IpAddr, IpAddr, u16), u64>;

/// What a frame has of a datagram.
struct Part<'f> {
    source: IpAddr,
    destination: IpAddr,
    identification: u16,
    is_first: bool,
    is_last: bool,
    hop_limit: u8,
    bytes: &'f [u8],
}

/// A datagram that leaves in fragments.
#[derive(Debug)]
pub(super) struct Letter {
    source: Endpoint,
    destination: Endpoint,
    hop_limit: u8,
    bytes: Vec<u8>,
}

impl<'f> Part<'f> {
    fn read(frame: &'f [u8]) -> Option<Self> {
        let packet = SlicedPacket::from_ethernet(frame).ok()?;
        let net = packet.net?;
        let payload = net.ip_payload_ref()?;
        if payload.ip_number != IpNumber::UDP {
            return None;
        }
        let bytes = payload.payload;
        match &net {
            NetSlice::Ipv4(packet) => {
                let header = packet.header();
                Some(Self {
                    source: header.source_addr().into(),
                    destination: header.destination_addr().into(),
                    identification: header.identification(),
                    is_first: header.fragments_offset().value() == 0,
                    is_last: !header.more_fragments(),
                    hop_limit: header.ttl(),
                    bytes,
                })
            }
            NetSlice::Ipv6(packet) => Some(Self {
                source: packet.header().source_addr().into(),
                destination: packet.header().destination_addr().into(),
                identification: 0,
                is_first: true,
                is_last: true,
                hop_limit: packet.header().hop_limit(),
                bytes,
            }),
            NetSlice::Arp(_) => None,
        }
    }
}

impl Network {
    /// Numbers a frame that leaves, and the datagram that begins with it.
    pub(super) fn identify(&mut self, now: u64, cable: u32, bytes: &[u8]) -> Id {
        let frame = self.frames;
        self.frames = frame.wrapping_add(1);
        let part = Part::read(bytes);
        let datagram = part.as_ref().and_then(|part| self.number(now, cable, part));
        let Cable {
            host, interface, ..
        } = *self.cable(cable);
        if part.is_none() {
            let said = reports::read(bytes).into_iter();
            self.wired.extend(said.map(|(group, is_member)| {
                if is_member {
                    Wired::Joined(interface, group)
                } else {
                    Wired::Left(interface, group)
                }
            }));
        }
        let what = OfFrame::Sent {
            datagram,
            interface,
            len: bytes.len(),
            digest: digest(bytes),
        };
        self.trace.add(now, Happened::Frame { frame, host, what });
        self.trace.keep_frame(bytes);
        Id {
            frame: Some(frame),
            datagram,
            is_whole: part.is_some_and(|part| part.is_first && part.is_last),
        }
    }

    /// The number of a datagram.
    fn number(&mut self, now: u64, cable: u32, part: &Part<'_>) -> Option<u64> {
        let Part {
            source,
            destination,
            identification,
            is_first,
            is_last,
            hop_limit,
            bytes,
        } = *part;
        let key = (cable, source, destination, identification);
        if !is_first {
            return self.go_on(key, is_last, bytes);
        }
        let header = UdpHeaderSlice::from_slice(bytes).ok()?;
        let (_, payload) = bytes.split_at_checked(header.slice().len())?;
        let datagram = self.datagrams;
        self.datagrams = datagram.wrapping_add(1);
        let Cable {
            host, interface, ..
        } = *self.cable(cable);
        let endpoint = |ip, port| scoped(Endpoint::new(Address::new(ip), port), interface);
        let (source, destination) = (
            endpoint(source, header.source_port()),
            endpoint(destination, header.destination_port()),
        );
        let digest = digest(payload);
        self.wired.push(Wired::Sent {
            source,
            destination,
            digest: is_last.then_some(digest),
        });
        if !is_last {
            self.fragments.insert(key, datagram);
            let bytes = payload.to_vec();
            self.keep_letter(
                datagram,
                Letter {
                    source,
                    destination,
                    hop_limit,
                    bytes,
                },
            );
        }
        let sent = Happened::Sent {
            datagram,
            host,
            interface,
            source,
            destination,
            len: usize::from(header.length()).saturating_sub(header.slice().len()),
            digest,
        };
        self.trace.add(now, sent);
        self.trace.keep(payload);
        Some(datagram)
    }

    /// The number of a datagram of which another fragment leaves.
    fn go_on(
        &mut self,
        key: (u32, IpAddr, IpAddr, u16),
        is_last: bool,
        bytes: &[u8],
    ) -> Option<u64> {
        let number = if is_last {
            self.fragments.remove(&key)?
        } else {
            *self.fragments.get(&key)?
        };
        self.trace.keep_more(number, bytes);
        if let Some(letter) = self.letters.get_mut(&number) {
            letter.bytes.extend_from_slice(bytes);
            if is_last {
                self.wired.push(Wired::Sent {
                    source: letter.source,
                    destination: letter.destination,
                    digest: Some(digest(&letter.bytes)),
                });
            }
        }
        Some(number)
    }

    /// Keeps what leaves in fragments, of which the first is there, in place of what has left longest ago.
    fn keep_letter(&mut self, datagram: u64, letter: Letter) {
        self.letters.insert(datagram, letter);
        if self.letters.len() > LETTERS {
            self.letters.pop_first();
        }
    }

    /// The datagram that a host has with a frame that it takes, if that is known: if all of it is in the frame, or no more
    /// than [`LETTERS`] others have left in fragments since.
    pub(crate) fn datagram_in<'f>(
        &'f self,
        id: Id,
        frame: &'f [u8],
        interface: u32,
    ) -> Option<Incoming<'f>> {
        let incoming = |source, destination, payload, hop_limit| {
            let (source, destination) = (scoped(source, interface), scoped(destination, interface));
            let mut incoming = Incoming::new(interface, source, destination, payload);
            incoming.hop_limit = Some(hop_limit);
            incoming
        };
        let Part {
            source,
            destination,
            is_first,
            is_last,
            hop_limit,
            bytes,
            ..
        } = Part::read(frame)?;
        if is_first && is_last {
            let header = UdpHeaderSlice::from_slice(bytes).ok()?;
            let payload = bytes.get(header.slice().len()..usize::from(header.length()))?;
            let at = |ip, port| Endpoint::new(Address::new(ip), port);
            let source = at(source, header.source_port());
            let destination = at(destination, header.destination_port());
            return Some(incoming(source, destination, payload, hop_limit));
        }
        let letter = self.letters.get(&id.datagram?)?;
        Some(incoming(
            letter.source,
            letter.destination,
            &letter.bytes,
            letter.hop_limit,
        ))
    }
}

/// How many datagrams in fragments are kept.
const LETTERS: usize = 256;
