//! ARP (RFC 826), between Ethernet and IPv4.

use core::net::{IpAddr, Ipv4Addr};

use super::drops::Reason;
use super::{Gate, IPV4, Ingress, is_group};

/// Checks a message, learns from it, and leaves those about this host to the stack.
pub(super) fn receive<'f>(
    gate: &mut Gate<'_, '_>,
    hardware_source: [u8; 6],
    message: &[u8],
) -> Result<Ingress<'f>, Reason> {
    let message = message.first_chunk::<28>().ok_or(Reason::Arp)?;
    let [
        h0, h1, p0, p1, hardware_len, protocol_len, o0, o1,
        m0, m1, m2, m3, m4, m5, s0, s1, s2, s3,
        _, _, _, _, _, _, t0, t1, t2, t3,
    ] = *message;
    let operation = u16::from_be_bytes([o0, o1]);
    let is_known = u16::from_be_bytes([h0, h1]) == ETHERNET
        && u16::from_be_bytes([p0, p1]) == IPV4
        && (hardware_len, protocol_len) == (6, 4)
        && matches!(operation, REQUEST | REPLY);
    let hardware = [m0, m1, m2, m3, m4, m5];
    let sender = Ipv4Addr::new(s0, s1, s2, s3);
    let target = IpAddr::V4(Ipv4Addr::new(t0, t1, t2, t3));
    // A probe has no sender yet (RFC 5227 § 2.1.1).
    let is_probe = sender.is_unspecified() && operation == REQUEST;
    if !is_known
        || hardware != hardware_source
        || is_group(hardware)
        || !(is_probe || is_host(gate, sender))
    {
        return Err(Reason::Arp);
    }
    let is_for_us = gate.is_here(target);
    if !is_probe {
        gate.neighbours
            .learn(gate.now, sender.into(), hardware, is_for_us);
    }
    if is_for_us {
        Ok(Ingress::Other)
    } else {
        Err(Reason::ArpForeign)
    }
}

/// Whether an address can be another host's.
fn is_host(gate: &Gate<'_, '_>, sender: Ipv4Addr) -> bool {
    let ip = IpAddr::V4(sender);
    let is_nobodys = sender.octets()[0] == 0 || sender.is_loopback() || sender.is_multicast();
    !is_nobodys && !gate.is_broadcast(ip) && !gate.is_own(ip)
}

const ETHERNET: u16 = 1;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;
