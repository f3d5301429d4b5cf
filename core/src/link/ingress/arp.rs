//! ARP (RFC 826), between Ethernet and IPv4.

use core::net::Ipv4Addr;

use super::drops::Reason;
use super::{Gate, IPV4, Ingress};
use crate::address::Ip;

/// Checks a message, learns from it, and leaves those about this host to the stack.
pub(super) fn receive<'f>(
    gate: &mut Gate<'_, '_>,
    hardware_source: [u8; 6],
    message: &[u8],
) -> Result<Ingress<'f>, Reason> {
    let (kinds, message) = message.split_first_chunk::<8>().ok_or(Reason::Arp)?;
    let (hardware, message) = message.split_first_chunk::<6>().ok_or(Reason::Arp)?;
    let (sender, message) = message.split_first_chunk::<4>().ok_or(Reason::Arp)?;
    let (_, message) = message.split_first_chunk::<6>().ok_or(Reason::Arp)?;
    let target = message.first_chunk::<4>().ok_or(Reason::Arp)?;
    let (sender, target) = (Ipv4Addr::from(*sender), Ip::from(Ipv4Addr::from(*target)));
    let [h0, h1, p0, p1, hardware_len, protocol_len, o0, o1] = *kinds;
    let operation = u16::from_be_bytes([o0, o1]);
    let is_known = u16::from_be_bytes([h0, h1]) == ETHERNET
        && u16::from_be_bytes([p0, p1]) == IPV4
        && (hardware_len, protocol_len) == (6, 4)
        && matches!(operation, REQUEST | REPLY);
    // A probe has no sender yet (RFC 5227 § 2.1.1).
    let is_probe = sender.is_unspecified() && operation == REQUEST;
    if !is_known || *hardware != hardware_source || !(is_probe || is_host(gate, sender)) {
        return Err(Reason::Arp);
    }
    let is_for_us = gate.is_here(target);
    if !is_probe {
        // Of whoever asks for others, only what was known before is replaced, as of an answer.
        let is_answer = !is_for_us || operation == REPLY;
        gate.neighbours
            .learn(gate.now, sender.into(), *hardware, is_answer);
    }
    if is_for_us {
        Ok(Ingress::Other)
    } else {
        Err(Reason::ArpForeign)
    }
}

/// Whether an address can be another host's.
fn is_host(gate: &Gate<'_, '_>, sender: Ipv4Addr) -> bool {
    let ip = Ip::from(sender);
    let is_nobodys = sender.octets()[0] == 0 || sender.is_loopback() || sender.is_multicast();
    !is_nobodys && !gate.is_broadcast(ip) && !gate.is_own(&ip.into())
}

const ETHERNET: u16 = 1;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;
