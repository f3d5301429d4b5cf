//! Groups: what a frame says about them, their hardware addresses, and questions for them. IGMP and MLD.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::{
    Icmpv6Slice, IgmpSlice, IgmpType, IpHeaders, IpNumber, Ipv4Slice, Ipv6Extensions, Ipv6Header,
    Ipv6RawExtHeader, Ipv6Slice, NetSlice, PacketBuilder, SlicedPacket, TransportSlice, igmp,
};

use crate::frame::HardwareAddress;

/// What a host says about one group: a report of IGMP 2 or a leave, or a record of MLD 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Membership {
    /// Who says so.
    pub host: IpAddr,
    /// The group.
    pub group: IpAddr,
    /// Whether the host is a member.
    pub is_member: bool,
}

impl Membership {
    /// What `host` says about `group`.
    #[must_use]
    pub const fn new(host: IpAddr, group: IpAddr, is_member: bool) -> Self {
        Self {
            host,
            group,
            is_member,
        }
    }
}

/// What a frame says about groups.
pub(crate) fn memberships(frame: &[u8]) -> Vec<Membership> {
    let Ok(packet) = SlicedPacket::from_ethernet(frame) else {
        return Vec::new();
    };
    match (packet.net, packet.transport) {
        (Some(NetSlice::Ipv4(ip)), Some(TransportSlice::Igmp(igmp))) => {
            igmp_membership(&ip, &igmp).into_iter().collect()
        }
        (Some(NetSlice::Ipv6(ip)), Some(TransportSlice::Icmpv6(icmp))) => {
            mld_memberships(&ip, &icmp)
        }
        _ => Vec::new(),
    }
}

fn igmp_membership(ip: &Ipv4Slice<'_>, igmp: &IgmpSlice<'_>) -> Option<Membership> {
    let header = ip.header().to_header();
    let (group, is_member) = match igmp.igmp_type() {
        IgmpType::MembershipReportV2(report) => (report.group_address.octets, true),
        IgmpType::LeaveGroup(leave) => (leave.group_address.octets, false),
        IgmpType::MembershipQuery(_)
        | IgmpType::MembershipQueryWithSources(_)
        | IgmpType::MembershipReportV1(_)
        | IgmpType::MembershipReportV3(_)
        | IgmpType::Unknown(_) => return None,
    };
    let is_right =
        igmp.is_checksum_valid() && header.header_checksum == header.calc_header_checksum();
    is_right.then(|| Membership {
        host: header.source.into(),
        group: group.into(),
        is_member,
    })
}

/// RFC 3810 § 5.2; of records with sources, none.
fn mld_memberships(ip: &Ipv6Slice<'_>, icmp: &Icmpv6Slice<'_>) -> Vec<Membership> {
    let header = ip.header();
    if icmp.type_u8() != REPORT_V2 || !icmp.is_checksum_valid(header.source(), header.destination())
    {
        return Vec::new();
    }
    let (records, _) = icmp.payload().as_chunks::<20>();
    let records = records.iter().map(|record| {
        let [kind, _, _, _, group @ ..] = *record;
        Membership {
            host: header.source().into(),
            group: group.into(),
            // MODE_IS_EXCLUDE and CHANGE_TO_EXCLUDE_MODE: from all sources but none.
            is_member: matches!(kind, 2 | 4),
        }
    });
    records.collect()
}

/// The hardware address of a group, RFC 1112 § 6.4 and RFC 2464 § 7.
pub(crate) const fn hardware_address(group: IpAddr) -> HardwareAddress {
    match group {
        IpAddr::V4(group) => {
            let [_, b, c, d] = group.octets();
            [1, 0, 0x5E, b & 0x7F, c, d]
        }
        IpAddr::V6(group) => {
            let [.., a, b, c, d] = group.octets();
            [0x33, 0x33, a, b, c, d]
        }
    }
}

/// Asks all hosts for all their groups, to be told within a second: a query of IGMP 2 (RFC 2236 § 2) or MLD 2
/// (RFC 3810 § 5.1).
pub(crate) fn question(by: IpAddr, from: HardwareAddress) -> Vec<u8> {
    let mut frame = Vec::new();
    match by {
        IpAddr::V4(by) => {
            let all = Ipv4Addr::new(224, 0, 0, 1);
            let query = igmp::MembershipQueryType {
                max_response_time: 10,
                group_address: igmp::GroupAddress::new([0; 4]),
            };
            PacketBuilder::ethernet2(from, hardware_address(all.into()))
                .ipv4(by.octets(), all.octets(), 1)
                .igmp(IgmpType::MembershipQuery(query))
                .write(&mut frame, &[])
        }
        IpAddr::V6(by) => {
            let all = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 1);
            let header = Ipv6Header {
                hop_limit: 1,
                source: by.octets(),
                destination: all.octets(),
                ..Ipv6Header::default()
            };
            // A router alert, RFC 2711 § 2.1.
            let alert = Ipv6RawExtHeader::new_raw(IpNumber::IPV6_ICMP, &[5, 2, 0, 0, 1, 0]);
            let extensions = Ipv6Extensions {
                hop_by_hop_options: alert.ok(),
                ..Ipv6Extensions::default()
            };
            // No group; robustness 2, no suppression; the interval; no sources.
            let message = [&[0; 16][..], &[2, 125, 0, 0]].concat();
            PacketBuilder::ethernet2(from, hardware_address(all.into()))
                .ip(IpHeaders::Ipv6(header, extensions))
                .icmpv6_raw(QUERY, 0, [0x03, 0xE8, 0, 0])
                .write(&mut frame, &message)
        }
    }
    .expect("a vector takes all");
    frame
}

const QUERY: u8 = 130;
const REPORT_V2: u8 = 143;
