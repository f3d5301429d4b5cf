//! Frames to spoil.

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{OUR_MAC, PEER_MAC, ip};

/// Where things are in a frame with the shortest headers.
pub(in crate::link) const IP: usize = 14;
pub(in crate::link) const V4_BODY: usize = IP + 20;
pub(in crate::link) const V6_BODY: usize = IP + 40;

/// The words of a sum, one by one (RFC 1071).
fn sum(bytes: &[u8]) -> u32 {
    bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum()
}

fn folded(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap()
}

fn set(bytes: &mut [u8], place: usize, number: u16) {
    bytes[place..place + 2].copy_from_slice(&number.to_be_bytes());
}

/// What is behind an Ethernet header.
pub(in crate::link) fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = [OUR_MAC, PEER_MAC].concat();
    frame.extend(ether_type.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A packet in an Ethernet frame, with checksums; in one to many if its destination is a group.
pub(in crate::link) fn packet(from: &str, to: &str, protocol: u8, body: &[u8]) -> Vec<u8> {
    let (from, to) = (ip(from), ip(to));
    let len = u16::try_from(body.len()).unwrap();
    let mut frame = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0];
            set(&mut packet, 2, len + 20);
            packet.extend(from.octets());
            packet.extend(to.octets());
            ethernet(0x0800, &packet)
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let mut packet = vec![0x60, 0, 0, 0, 0, 0, protocol, 64];
            set(&mut packet, 4, len);
            packet.extend(from.octets());
            packet.extend(to.octets());
            ethernet(0x86dd, &packet)
        }
        _ => panic!("two families"),
    };
    frame.extend(body);
    if to.is_multicast() {
        frame[..6].copy_from_slice(&[0x33, 0x33, 0, 0, 0, 1]);
    }
    repaired(frame)
}

/// A datagram with ports 4000 and 5000.
pub(in crate::link) fn datagram(from: &str, to: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = vec![0x0f, 0xa0, 0x13, 0x88, 0, 0, 0, 0];
    set(&mut body, 4, u16::try_from(payload.len() + 8).unwrap());
    body.extend(payload);
    packet(from, to, 17, &body)
}

/// A fragment of an IPv4 packet, with no checksum but that of its header.
pub(in crate::link) fn fragment(
    ends: (&str, &str),
    protocol: u8,
    identification: u16,
    (start, is_last): (usize, bool),
    bytes: &[u8],
) -> Vec<u8> {
    let mut frame = packet(ends.0, ends.1, 0xfd, bytes);
    let packet = &mut frame[IP..V4_BODY];
    packet[9] = protocol;
    set(packet, 4, identification);
    let more = if is_last { 0 } else { 0x2000 };
    set(packet, 6, more | u16::try_from(start / 8).unwrap());
    set(packet, 10, 0);
    let checksum = folded(sum(packet));
    set(packet, 10, checksum);
    frame
}

/// The frame with other bytes at some places; checksums as they were.
pub(in crate::link) fn spoilt(frame: &[u8], edits: &[(usize, u8)]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    for &(place, byte) in edits {
        assert_ne!(frame[place], byte, "nothing is spoilt at {place}");
        frame[place] = byte;
    }
    frame
}

/// The frame with other bytes at some places, and right checksums again.
pub(in crate::link) fn edited(frame: &[u8], edits: &[(usize, u8)]) -> Vec<u8> {
    repaired(spoilt(frame, edits))
}

/// Makes all checksums right, as far as the frame is whole.
pub(in crate::link) fn repaired(mut frame: Vec<u8>) -> Vec<u8> {
    let ether_type = u16::from_be_bytes([frame[12], frame[13]]);
    let packet = &mut frame[IP..];
    match ether_type {
        0x0800 if packet.len() >= 20 => repair_v4(packet),
        0x86dd if packet.len() >= 40 => repair_v6(packet),
        _ => {}
    }
    frame
}

fn repair_v4(packet: &mut [u8]) {
    let header_len = usize::from(packet[0] & 15) * 4;
    let len = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
    if header_len < 20 || header_len > packet.len() {
        return;
    }
    set(packet, 10, 0);
    let checksum = folded(sum(&packet[..header_len]));
    set(packet, 10, checksum);
    if len < header_len || len > packet.len() {
        return;
    }
    let pseudo = sum(&packet[12..20]);
    let protocol = packet[9];
    repair_body(&mut packet[header_len..len], protocol, pseudo);
}

fn repair_v6(packet: &mut [u8]) {
    let len = usize::from(u16::from_be_bytes([packet[4], packet[5]]));
    if 40 + len > packet.len() {
        return;
    }
    let pseudo = sum(&packet[8..40]);
    let (mut protocol, mut start) = (packet[6], 40);
    while matches!(protocol, 0 | 43 | 60) && start + 8 <= 40 + len {
        protocol = packet[start];
        start += usize::from(packet[start + 1]) * 8 + 8;
    }
    if start <= 40 + len {
        repair_body(&mut packet[start..40 + len], protocol, pseudo);
    }
}

fn repair_body(body: &mut [u8], protocol: u8, pseudo: u32) {
    let (place, pseudo, summed) = match protocol {
        17 if body.len() >= 8 => {
            let len = u16::from_be_bytes([body[4], body[5]]);
            (6, pseudo + 17 + u32::from(len), usize::from(len))
        }
        58 => (
            2,
            pseudo + 58 + u32::try_from(body.len()).unwrap(),
            body.len(),
        ),
        1 | 2 => (2, 0, body.len()),
        _ => return,
    };
    if body.len() < place + 2 || summed > body.len() {
        return;
    }
    set(body, place, 0);
    let checksum = folded(pseudo + sum(&body[..summed]));
    // UDP's way to say zero; the others do not mind.
    set(body, place, if checksum == 0 { 0xffff } else { checksum });
}
