//! IPv6 extension headers (RFC 8200 § 4).

use super::drops::Reason;

/// What is behind all headers of an IPv6 packet.
pub(super) struct Rest<'f> {
    pub(super) protocol: u8,
    pub(super) payload: &'f [u8],
    /// Whether routers are asked to look at it for MLD (RFC 2711).
    pub(super) has_router_alert: bool,
}

impl<'f> Rest<'f> {
    /// What is behind no extension header.
    pub(super) const fn of(protocol: u8, payload: &'f [u8]) -> Self {
        Self {
            protocol,
            payload,
            has_router_alert: false,
        }
    }
}

/// Walks the headers from the first one on. `None`: the stack has to say that an option is unknown. Nobody puts
/// fragments together.
pub(super) fn walk(first: u8, packet: &[u8]) -> Result<Option<Rest<'_>>, Reason> {
    let mut rest = Rest::of(first, packet);
    for place in 0..LONGEST_CHAIN {
        match rest.protocol {
            // Only in front (RFC 8200 § 4.1).
            HOP_BY_HOP if place != 0 => return Err(Reason::Ipv6Extension),
            HOP_BY_HOP | DESTINATION => {
                let (next, body, payload) = split(rest.payload)?;
                match options(body)? {
                    Verdict::Fine { has_router_alert } => {
                        rest.has_router_alert |= has_router_alert && rest.protocol == HOP_BY_HOP;
                    }
                    Verdict::Tell => return Ok(None),
                }
                (rest.protocol, rest.payload) = (next, payload);
            }
            ROUTING => {
                let (next, body, payload) = split(rest.payload)?;
                // Type 0 is gone; of others, a host only may be the end (RFC 5095, RFC 8200 § 4.4).
                match body.first_chunk() {
                    None | Some([0, _] | [_, 1..=255]) => return Err(Reason::Ipv6Routing),
                    Some([_, _]) => (rest.protocol, rest.payload) = (next, payload),
                }
            }
            FRAGMENT => return Err(Reason::Fragment),
            NOTHING => return Err(Reason::Ipv6Extension),
            _ => return Ok(Some(rest)),
        }
    }
    Err(Reason::Ipv6Extension)
}

/// An extension header: the number of the next, its own body, and what is behind it.
fn split(packet: &[u8]) -> Result<(u8, &[u8], &[u8]), Reason> {
    let [next, len] = *packet.first_chunk().ok_or(Reason::Ipv6Extension)?;
    // In units of 8 bytes, without the first one.
    let len = usize::from(len).saturating_add(1) << 3;
    let (header, behind) = packet.split_at_checked(len).ok_or(Reason::Ipv6Extension)?;
    let (_, body) = header
        .split_first_chunk::<2>()
        .ok_or(Reason::Ipv6Extension)?;
    Ok((next, body, behind))
}

enum Verdict {
    Fine {
        has_router_alert: bool,
    },
    /// The sender has to be told that an option is unknown.
    Tell,
}

/// Reads options: those that may be skipped are (RFC 8200 § 4.2).
fn options(mut options: &[u8]) -> Result<Verdict, Reason> {
    let mut has_router_alert = false;
    while let Some((&kind, behind)) = options.split_first() {
        if kind == PAD1 {
            options = behind;
            continue;
        }
        let (&len, behind) = behind.split_first().ok_or(Reason::Ipv6Extension)?;
        let data = behind.split_at_checked(usize::from(len));
        let (data, behind) = data.ok_or(Reason::Ipv6Extension)?;
        options = behind;
        match (kind, kind >> 6) {
            (ROUTER_ALERT, _) => has_router_alert |= data == ALERT_MLD,
            (_, 0) => {}
            (_, 1) => return Err(Reason::Ipv6Extension),
            _ => return Ok(Verdict::Tell),
        }
    }
    Ok(Verdict::Fine { has_router_alert })
}

/// More headers than any packet needs: each kind at most once, and options twice (RFC 8200 § 4.1).
const LONGEST_CHAIN: u8 = 8;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const NOTHING: u8 = 59;
const DESTINATION: u8 = 60;

const PAD1: u8 = 0;
const ROUTER_ALERT: u8 = 5;
const ALERT_MLD: &[u8] = &[0, 0];
