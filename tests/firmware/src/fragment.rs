//! Fragments of IPv4: datagrams that are longer than a frame, RFC 791 § 3.2.

use core::fmt;

use etherparse::defrag::IpDefragPool;
use etherparse::{IpFragOffset, Ipv4Header, NetSlice, SlicedPacket};

/// The longest payload of a packet, a multiple of eight bytes.
const LONGEST: usize = 1480;
const ETHERNET: usize = 14;

/// The frames that a frame becomes; one that is short enough, or not of IPv4, stays as it is.
pub(crate) fn split(frame: &[u8], identification: u16) -> Vec<Vec<u8>> {
    let whole = || vec![frame.to_owned()];
    let Some((ethernet, packet)) = frame.split_at_checked(ETHERNET) else {
        return whole();
    };
    let Ok((header, payload)) = Ipv4Header::from_slice(packet) else {
        return whole();
    };
    if payload.len() <= LONGEST {
        return whole();
    }
    let last = (payload.len() - 1) / LONGEST;
    let parts = (0..).zip(payload.chunks(LONGEST));
    let frames = parts.map(|(count, part)| {
        let units = u16::try_from(count * LONGEST / 8).expect("a packet is short enough");
        let mut header = header.clone();
        header.identification = identification;
        header.dont_fragment = false;
        header.more_fragments = count < last;
        header.fragment_offset = IpFragOffset::try_new(units).expect("a packet is short enough");
        header
            .set_payload_len(part.len())
            .expect("a fragment is short");
        header.header_checksum = header.calc_header_checksum();
        [ethernet, &header.to_bytes(), part].concat()
    });
    frames.collect()
}

/// The fragments that have come, of packets that are not complete.
pub(crate) struct Fragments(IpDefragPool);

impl Fragments {
    pub(crate) fn new() -> Self {
        Self(IpDefragPool::new())
    }

    /// The whole frame, once all of it has come; one that is no fragment is whole.
    pub(crate) fn join(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let Ok(packet) = SlicedPacket::from_ethernet(frame) else {
            return Some(frame.to_owned());
        };
        let Some(NetSlice::Ipv4(ip)) = &packet.net else {
            return Some(frame.to_owned());
        };
        if !ip.header().is_fragmenting_payload() {
            return Some(frame.to_owned());
        }
        let whole = self.0.process_sliced_packet(&packet, (), ()).ok()??;
        let mut header = ip.header().to_header();
        header.more_fragments = false;
        header.fragment_offset = IpFragOffset::ZERO;
        header.set_payload_len(whole.payload.len()).ok()?;
        header.header_checksum = header.calc_header_checksum();
        let ethernet = frame.get(..ETHERNET)?;
        Some([ethernet, &header.to_bytes(), &whole.payload].concat())
    }
}

impl fmt::Debug for Fragments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fragments").finish_non_exhaustive()
    }
}
