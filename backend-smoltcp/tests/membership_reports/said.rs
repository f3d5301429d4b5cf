//! What a frame says about groups, decoded by somebody else's code, or by hand.

use core::net::IpAddr;

use etherparse::igmp::ReportGroupRecordType;
use etherparse::{
    Icmpv6Slice, IgmpSlice, IgmpType, Ipv4Slice, Ipv6Slice, NetSlice, SlicedPacket, TransportSlice,
};

/// One thing that a host says about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) how: How,
    pub(crate) what: What,
    pub(crate) group: IpAddr,
    pub(crate) sources: Vec<IpAddr>,
}

/// The headers of its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct How {
    pub(crate) hardware_destination: [u8; 6],
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) hop_limit: u8,
    /// The byte of DSCP and ECN.
    pub(crate) class: u8,
    /// The options of IPv4, or those of the hop-by-hop header.
    pub(crate) options: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A report of IGMP 2 (RFC 2236 § 2.1).
    Report,
    /// A leave of IGMP 2.
    Leave,
    /// A record in a report of IGMP 3 (RFC 3376 § 4.2.12) or MLD 2 (RFC 3810 § 5.2.12), which have the same numbers.
    Record(ReportGroupRecordType),
}

/// All that is said about a group in these frames, none of which is broken.
pub(crate) fn about(group: IpAddr, frames: &[Vec<u8>]) -> Vec<Said> {
    let all = frames.iter().flat_map(|frame| said(frame));
    all.filter(|said| said.group == group).collect()
}

/// What is said, without how.
pub(crate) fn what(said: &[Said]) -> Vec<What> {
    said.iter().map(|said| said.what).collect()
}

fn said(frame: &[u8]) -> Vec<Said> {
    let packet = SlicedPacket::from_ethernet(frame).unwrap();
    let hardware_destination = *frame.first_chunk().unwrap();
    let (how, records) = match (packet.net, packet.transport) {
        (Some(NetSlice::Ipv4(ip)), Some(TransportSlice::Igmp(message))) => {
            (how_v4(hardware_destination, &ip), igmp(&message))
        }
        (Some(NetSlice::Ipv6(ip)), Some(TransportSlice::Icmpv6(message))) => {
            (how_v6(hardware_destination, &ip), mld(&ip, &message))
        }
        _ => return Vec::new(),
    };
    let said = records.into_iter().map(|(what, group, sources)| Said {
        how: how.clone(),
        what,
        group,
        sources,
    });
    said.collect()
}

fn how_v4(hardware_destination: [u8; 6], ip: &Ipv4Slice<'_>) -> How {
    let slice = ip.header();
    let header = slice.to_header();
    assert_eq!(header.header_checksum, header.calc_header_checksum());
    How {
        hardware_destination,
        source: header.source.into(),
        destination: header.destination.into(),
        hop_limit: header.time_to_live,
        class: slice.slice()[1],
        options: slice.options().to_vec(),
    }
}

fn how_v6(hardware_destination: [u8; 6], ip: &Ipv6Slice<'_>) -> How {
    let header = ip.header();
    // Its first two bytes say what is behind it, and how long it is.
    let options = ip.extensions().slice().get(2..);
    How {
        hardware_destination,
        source: header.source().into(),
        destination: header.destination().into(),
        hop_limit: header.hop_limit(),
        class: header.traffic_class(),
        options: options.unwrap_or_default().to_vec(),
    }
}

type Record = (What, IpAddr, Vec<IpAddr>);

fn igmp(message: &IgmpSlice<'_>) -> Vec<Record> {
    assert!(message.is_checksum_valid());
    match message.igmp_type() {
        IgmpType::MembershipReportV2(report) => {
            vec![(What::Report, report.group_address.octets.into(), Vec::new())]
        }
        IgmpType::LeaveGroup(leave) => {
            vec![(What::Leave, leave.group_address.octets.into(), Vec::new())]
        }
        IgmpType::MembershipReportV3(_) => records::<4>(message.slice()),
        IgmpType::MembershipQuery(_)
        | IgmpType::MembershipQueryWithSources(_)
        | IgmpType::MembershipReportV1(_)
        | IgmpType::Unknown(_) => Vec::new(),
    }
}

fn mld(ip: &Ipv6Slice<'_>, message: &Icmpv6Slice<'_>) -> Vec<Record> {
    let header = ip.header();
    assert!(message.is_checksum_valid(header.source(), header.destination()));
    // RFC 3810 § 5.2
    if message.type_u8() == 143 {
        records::<16>(message.slice())
    } else {
        Vec::new()
    }
}

/// The records of a report of IGMP 3 (RFC 3376 § 4.2) or MLD 2, which differ in the length of an address only.
fn records<const ADDRESS: usize>(report: &[u8]) -> Vec<Record>
where
    [u8; ADDRESS]: Into<IpAddr>,
{
    let (header, mut rest) = report.split_first_chunk::<8>().unwrap();
    let count = u16::from_be_bytes([header[6], header[7]]);
    let records = (0..count).map(|_| {
        let [kind, auxiliary, n0, n1] = *take(&mut rest);
        assert_eq!(auxiliary, 0, "there is none yet");
        let group: &[u8; ADDRESS] = take(&mut rest);
        let sources = (0..u16::from_be_bytes([n0, n1])).map(|_| {
            let source: &[u8; ADDRESS] = take(&mut rest);
            (*source).into()
        });
        let sources = sources.collect();
        (
            What::Record(ReportGroupRecordType(kind)),
            (*group).into(),
            sources,
        )
    });
    let records = records.collect();
    assert!(rest.is_empty(), "bytes behind the last record");
    records
}

/// Takes bytes off the front.
fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> &'a [u8; N] {
    let (taken, rest) = bytes.split_first_chunk().unwrap();
    *bytes = rest;
    taken
}

/// A group is joined, for all sources.
pub(crate) const JOINED: What = What::Record(ReportGroupRecordType::CHANGE_TO_EXCLUDE_MODE);
/// A group is left.
pub(crate) const LEFT: What = What::Record(ReportGroupRecordType::CHANGE_TO_INCLUDE_MODE);
/// A group that was joined before, for all sources.
pub(crate) const PRESENT: What = What::Record(ReportGroupRecordType::MODE_IS_EXCLUDE);
