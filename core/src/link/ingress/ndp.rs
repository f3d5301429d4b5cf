//! Neighbour discovery (RFC 4861): the checks of §§ 6.1, 7.1 and 8.1.

use core::net::{IpAddr, Ipv6Addr};

use super::drops::Reason;
use super::{Gate, Ingress, Packet, is_group};
use crate::address::Ip;

/// Checks a message, learns from it, and leaves those about this host to the stack.
pub(super) fn receive<'f>(
    gate: &mut Gate<'_, '_>,
    packet: &Packet<'f>,
    kind: u8,
    code: u8,
) -> Result<Ingress<'f>, Reason> {
    // One that a router has passed on is not from this link.
    if packet.hop_limit != 255 || code != 0 {
        return Err(Reason::Ndp);
    }
    match kind {
        ROUTER_SOLICITATION => {
            options(packet.payload, 8)?;
            Ok(Ingress::Other)
        }
        ROUTER_ADVERTISEMENT => {
            options(packet.payload, 16)?;
            if is_link_local(packet.source.ip) {
                Ok(Ingress::Other)
            } else {
                Err(Reason::Ndp)
            }
        }
        NEIGHBOUR_SOLICITATION => solicitation(gate, packet),
        NEIGHBOUR_ADVERTISEMENT => advertisement(gate, packet),
        _ => Err(Reason::Redirect),
    }
}

/// RFC 4861 § 7.1.1
fn solicitation<'f>(gate: &mut Gate<'_, '_>, packet: &Packet<'f>) -> Result<Ingress<'f>, Reason> {
    let (_, target) = target(packet)?;
    let options = options(packet.payload, 24)?;
    if packet.source.is_unspecified() {
        // Somebody asks whether an address is free, in its group, and has no other yet.
        if !packet.destination.is_multicast() || options.source.is_some() {
            return Err(Reason::Ndp);
        }
    }
    if !gate.is_here(target) {
        return Err(Reason::NdpForeign);
    }
    if let Some(hardware) = options.source {
        gate.neighbours
            .learn(gate.now, packet.source.ip, hardware, false);
    }
    Ok(Ingress::Other)
}

/// RFC 4861 §§ 7.1.2, 7.2.5
fn advertisement<'f>(gate: &mut Gate<'_, '_>, packet: &Packet<'f>) -> Result<Ingress<'f>, Reason> {
    let (flags, target) = target(packet)?;
    let options = options(packet.payload, 24)?;
    if flags & SOLICITED != 0 && packet.destination.is_multicast() {
        return Err(Reason::Ndp);
    }
    if let Some(hardware) = options
        .target
        .filter(|_| !gate.is_own(&gate.scoped(target)))
    {
        // Without the flag, what is known is not replaced.
        let known = gate.neighbours.known(target);
        let may_replace = flags & OVERRIDE != 0 || known.is_none_or(|known| known == hardware);
        if may_replace {
            gate.neighbours.learn(gate.now, target, hardware, true);
        }
    }
    Ok(Ingress::Other)
}

/// The flags and the target behind the header.
fn target(packet: &Packet<'_>) -> Result<(u8, Ip), Reason> {
    let body = packet.payload.get(4..).ok_or(Reason::Ndp)?;
    let ([flags, ..], body) = body.split_first_chunk::<4>().ok_or(Reason::Ndp)?;
    let target = body.first_chunk::<16>().ok_or(Reason::Ndp)?;
    let target = Ipv6Addr::from(*target);
    if target.is_multicast() {
        Err(Reason::Ndp)
    } else {
        Ok((*flags, target.into()))
    }
}

/// Hardware addresses in the options.
#[derive(Default)]
struct Options {
    /// The sender's.
    source: Option<[u8; 6]>,
    /// The target's.
    target: Option<[u8; 6]>,
}

/// Reads the options behind the first `len` bytes of a message. None may be empty (RFC 4861 § 4.6).
fn options(message: &[u8], len: usize) -> Result<Options, Reason> {
    let mut found = Options::default();
    let mut rest = message.get(len..).ok_or(Reason::Ndp)?;
    while !rest.is_empty() {
        let option = rest.first_chunk::<8>().ok_or(Reason::Ndp)?;
        let [kind, units, m0, m1, m2, m3, m4, m5] = *option;
        // In units of 8 bytes.
        let len = usize::from(units) << 3;
        let (_, behind) = rest.split_at_checked(len).ok_or(Reason::Ndp)?;
        if units == 0 {
            return Err(Reason::Ndp);
        }
        rest = behind;
        let place = match kind {
            SOURCE_ADDRESS => &mut found.source,
            TARGET_ADDRESS => &mut found.target,
            _ => continue,
        };
        let hardware = [m0, m1, m2, m3, m4, m5];
        if units != 1 || is_group(hardware) {
            return Err(Reason::Ndp);
        }
        *place = Some(hardware);
    }
    Ok(found)
}

const fn is_link_local(ip: Ip) -> bool {
    matches!(ip.get(), IpAddr::V6(ip) if ip.is_unicast_link_local())
}

pub(super) const FIRST: u8 = ROUTER_SOLICITATION;
pub(super) const LAST: u8 = 137;
const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
pub(super) const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;

const SOURCE_ADDRESS: u8 = 1;
const TARGET_ADDRESS: u8 = 2;
const SOLICITED: u8 = 0x40;
const OVERRIDE: u8 = 0x20;
