//! What hosts tell routers of groups: reports and leaves of IGMP and MLD, in frames.
//!
//! RFC 1112, RFC 2236, RFC 3376; RFC 2710, RFC 3810. Only what is sent with a hop limit of 1 counts. Which sources a group is
//! wanted of is not looked at.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::{IpNumber, NetSlice, SlicedPacket};

/// What a frame says of groups: each, and whether its sender wants what is sent to it.
pub(super) fn read(frame: &[u8]) -> Vec<(IpAddr, bool)> {
    parts(frame).unwrap_or_default()
}

fn parts(frame: &[u8]) -> Option<Vec<(IpAddr, bool)>> {
    let net = SlicedPacket::from_ethernet(frame).ok()?.net?;
    let hop_limit = match &net {
        NetSlice::Ipv4(packet) => packet.header().ttl(),
        NetSlice::Ipv6(packet) => packet.header().hop_limit(),
        NetSlice::Arp(_) => return None,
    };
    let payload = net.ip_payload_ref().filter(|_| hop_limit == 1)?;
    match payload.ip_number {
        IpNumber::IGMP => igmp(payload.payload),
        IpNumber::IPV6_ICMP => mld(payload.payload),
        _ => None,
    }
}

fn igmp(message: &[u8]) -> Option<Vec<(IpAddr, bool)>> {
    let address = |bytes: [u8; 4]| IpAddr::V4(Ipv4Addr::from(bytes));
    match message.first()? {
        0x12 | 0x16 => Some(vec![(address(*part(message, 4)?), true)]),
        0x17 => Some(vec![(address(*part(message, 4)?), false)]),
        0x22 => records(message, address),
        _ => None,
    }
}

fn mld(message: &[u8]) -> Option<Vec<(IpAddr, bool)>> {
    let address = |bytes: [u8; 16]| IpAddr::V6(Ipv6Addr::from(bytes));
    match message.first()? {
        131 => Some(vec![(address(*part(message, 8)?), true)]),
        132 => Some(vec![(address(*part(message, 8)?), false)]),
        143 => records(message, address),
        _ => None,
    }
}

/// The records of a report of IGMP 3 or MLD 2, whose addresses have `N` bytes.
fn records<const N: usize>(
    message: &[u8],
    address: impl Fn([u8; N]) -> IpAddr,
) -> Option<Vec<(IpAddr, bool)>> {
    let count = u16::from_be_bytes(*part(message, 6)?);
    let mut said = Vec::new();
    let mut rest = message.get(8..)?;
    for _ in 0..count {
        let [kind, words, high, low] = *part(rest, 0)?;
        let sources = usize::from(u16::from_be_bytes([high, low]));
        let group = address(*part(rest, 4)?);
        let is_member = match kind {
            // All but some, or some.
            2 | 4 => Some(true),
            1 | 3 | 5 if sources > 0 => Some(true),
            3 => Some(false),
            _ => None,
        };
        said.extend(is_member.map(|is_member| (group, is_member)));
        let len = 4 + N + N * sources + 4 * usize::from(words);
        rest = rest.get(len..)?;
    }
    Some(said)
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An Ethernet frame with a packet of IPv4.
    fn v4(ttl: u8, message: &[u8]) -> Vec<u8> {
        let len = u8::try_from(20 + message.len()).expect("it is short");
        let header = [0x45, 0, 0, len, 0, 0, 0, 0, ttl, 2, 0, 0];
        let addresses = [192, 0, 2, 1, 224, 0, 0, 22];
        let ethernet = [1, 0, 0x5e, 0, 0, 22, 2, 0, 0, 0, 0, 1, 8, 0];
        [ethernet.as_slice(), &header, &addresses, message].concat()
    }

    /// One with a packet of IPv6, with a hop-by-hop header as MLD has it.
    fn v6(message: &[u8]) -> Vec<u8> {
        let len = u8::try_from(8 + message.len()).expect("it is short");
        let ethernet = [0x33, 0x33, 0, 0, 0, 22, 2, 0, 0, 0, 0, 1, 0x86, 0xdd];
        let header = [0x60, 0, 0, 0, 0, len, 0, 1];
        let hop_by_hop = [58, 0, 5, 2, 0, 0, 1, 0];
        let addresses = [
            [0; 16],
            "ff02::16".parse::<Ipv6Addr>().expect("it is one").octets(),
        ];
        [
            &ethernet,
            header.as_slice(),
            &addresses.concat(),
            &hop_by_hop,
            message,
        ]
        .concat()
    }

    fn group4(last: u8, is_member: bool) -> (IpAddr, bool) {
        (IpAddr::from([239, 255, 0, last]), is_member)
    }

    const G: [u8; 4] = [239, 255, 0, 7];
    const S: [u8; 4] = [192, 0, 2, 9];

    #[test]
    fn igmp_is_read_in_all_its_versions() {
        let short = |kind: u8| v4(1, &[[kind, 0, 0, 0], G].concat());
        for kind in [0x12, 0x16] {
            assert_eq!(read(&short(kind)), [group4(7, true)]);
        }
        assert_eq!(read(&short(0x17)), [group4(7, false)]);
        assert_eq!(read(&short(0x11)), [], "a query");
        let report = [
            [0x22, 0, 0, 0].as_slice(),
            &[0, 0, 0, 5],
            &[[4, 0, 0, 0], G].concat(),
            // With a word that nobody knows, and a source.
            &[[3, 1, 0, 1], [239, 255, 0, 8], S, [0; 4]].concat(),
            &[[3, 0, 0, 0], [239, 255, 0, 9]].concat(),
            &[[6, 0, 0, 1], [239, 255, 0, 10], S].concat(),
            &[[5, 0, 0, 1], [239, 255, 0, 11], S].concat(),
        ];
        let report = v4(1, &report.concat());
        let said = [
            group4(7, true),
            group4(8, true),
            group4(9, false),
            group4(11, true),
        ];
        assert_eq!(read(&report), said);
        assert_eq!(read(&report[..report.len() - 1]), [], "cut off");
    }

    #[test]
    fn mld_is_read_in_all_its_versions() {
        let group: Ipv6Addr = "ff15::7".parse().expect("it is one");
        let short =
            |kind: u8| v6(&[[kind, 0, 0, 0, 0, 0, 0, 0].as_slice(), &group.octets()].concat());
        assert_eq!(read(&short(131)), [(group.into(), true)]);
        assert_eq!(read(&short(132)), [(group.into(), false)]);
        assert_eq!(read(&short(130)), [], "a query");
        for (kind, said) in [
            (4, Some(true)),
            (3, Some(false)),
            (2, Some(true)),
            (1, None),
        ] {
            let report = [143, 0, 0, 0, 0, 0, 0, 1, kind, 0, 0, 0];
            let report = v6(&[report.as_slice(), &group.octets()].concat());
            let said = said.map(|is_member| (group.into(), is_member));
            assert!(read(&report).into_iter().eq(said), "{kind}");
        }
    }

    #[test]
    fn what_has_come_further_is_no_report() {
        assert_eq!(read(&v4(2, &[[0x16, 0, 0, 0], G].concat())), []);
        assert_eq!(read(&[]), []);
    }
}
