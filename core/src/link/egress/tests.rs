extern crate alloc;

use super::*;
use crate::address::Endpoint;
use crate::link::ingress::tests::{
    ELSEWHERE, GROUP_V4, GROUP_V6, HERE, NOW, OUR_LINK_LOCAL, OUR_MAC, OUR_V4, OUR_V6,
    PEER_LINK_LOCAL, PEER_MAC, PEER_V4, PEER_V6, Segment, ip,
};
use crate::payload::Payload;
use crate::stack::{Cidr, scoped};
use alloc::vec;
use alloc::vec::Vec;
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use proptest::collection::vec as any_vec;
use proptest::prelude::*;

fn end(text: &str, port: u16) -> Endpoint {
    Endpoint::new(scoped(ip(text).into(), HERE), port)
}

fn outgoing<'p>(source: &str, destination: &str, payload: Payload<'p>) -> Outgoing<'p> {
    Outgoing::new(HERE, end(source, 4000), end(destination, 5000), payload)
}

/// Where a datagram of each kind goes, as far as the link knows.
fn kinds() -> Vec<(&'static str, &'static str, bool, [u8; 6])> {
    vec![
        (OUR_V4, PEER_V4, false, PEER_MAC),
        (OUR_V4, GROUP_V4, false, [1, 0, 0x5e, 1, 2, 3]),
        (OUR_V4, "224.129.2.3", false, [1, 0, 0x5e, 1, 2, 3]),
        (OUR_V4, "255.255.255.255", true, [0xff; 6]),
        (OUR_V4, "192.0.2.255", true, [0xff; 6]),
        (OUR_V6, PEER_V6, false, PEER_MAC),
        (OUR_LINK_LOCAL, PEER_LINK_LOCAL, false, PEER_MAC),
        (OUR_V6, GROUP_V6, false, [0x33, 0x33, 0, 2, 0, 3]),
    ]
}

/// Plans a datagram on a link that knows the peer, and writes it.
fn frame(segment: &Segment, datagram: &Outgoing<'_>) -> Result<Vec<u8>, Plan> {
    segment.with_link(|link, _, _| {
        if link.options.hardware_address.is_some() {
            for peer in [PEER_V4, PEER_V6, PEER_LINK_LOCAL] {
                link.neighbours.learn(NOW, ip(peer).into(), PEER_MAC, false);
            }
        }
        match link.transmit(NOW, datagram) {
            Plan::Ready(header) => {
                let mut frame = vec![0xaa; header.len()];
                assert!(header.write(datagram, &mut frame));
                Ok(frame)
            }
            other @ (Plan::Waits | Plan::Failed(_)) => Err(other),
        }
    })
}

/// The other end of the wire.
fn peer(of: &Segment) -> Segment {
    let mut peer = Segment::new(of.options);
    peer.options.hardware_address = of.options.hardware_address.map(|_| PEER_MAC);
    peer.addresses = [PEER_V4, PEER_V6, PEER_LINK_LOCAL]
        .map(|text| (HERE, Cidr::new(ip(text), 24)))
        .into();
    peer.groups.push((HERE, ip("224.129.2.3")));
    peer
}

/// What the other end reads.
fn arrives(segment: &Segment, datagram: &Outgoing<'_>, frame: &[u8]) {
    let peer = peer(segment);
    let incoming = peer.takes(frame);
    assert_eq!(incoming.source, datagram.source);
    assert_eq!(incoming.destination, datagram.destination);
    assert_eq!(incoming.hop_limit, Some(datagram.hop_limit));
    assert_eq!(incoming.traffic_class, Some(datagram.traffic_class));
    assert_eq!(incoming.payload, datagram.payload.pieces().concat());
}

#[test]
fn each_kind_goes_to_its_hardware_address() {
    for (source, destination, is_broadcast, hardware) in kinds() {
        let mut datagram = outgoing(source, destination, Payload::Slice(b"hello"));
        datagram.is_broadcast = is_broadcast;
        let frame = frame(&Segment::ethernet(), &datagram).unwrap();
        assert_eq!(frame[..6], hardware, "{destination}");
        assert_eq!(frame[6..12], OUR_MAC, "{destination}");
        arrives(&Segment::ethernet(), &datagram, &frame);
    }
}

#[test]
fn a_gateway_gets_what_is_for_others() {
    let mut datagram = outgoing(OUR_V4, "203.0.113.5", Payload::Slice(b""));
    datagram.next_hop = ip(PEER_V4).into();
    let frame = frame(&Segment::ethernet(), &datagram).unwrap();
    assert_eq!(frame[..6], PEER_MAC);
    assert_eq!(frame[30..34], [203, 0, 113, 5]);
}

#[test]
fn a_bare_packet_needs_no_neighbour() {
    for (source, destination, is_broadcast, _) in kinds() {
        let mut datagram = outgoing(source, destination, Payload::Slice(b"hello"));
        datagram.is_broadcast = is_broadcast;
        let frame = frame(&Segment::ip(), &datagram).unwrap();
        arrives(&Segment::ip(), &datagram, &frame);
    }
}

#[test]
fn an_unknown_neighbour_is_waited_for() {
    let datagram = outgoing(OUR_V4, "192.0.2.77", Payload::Slice(b""));
    assert_eq!(frame(&Segment::ethernet(), &datagram), Err(Plan::Waits));
}

#[test]
fn nonsense_fails() {
    let mut cases = [outgoing(OUR_V4, PEER_V4, Payload::Slice(b"")); 7];
    cases[0].interface = ELSEWHERE;
    cases[1].source = end(OUR_V6, 4000);
    cases[2].destination = end(PEER_V6, 5000);
    cases[3].next_hop = ip(PEER_V6).into();
    cases[4].hop_limit = 0;
    cases[5].destination = end("0.0.0.0", 5000);
    cases[6].destination.port = 0;
    let to_nobody = outgoing(OUR_V6, "::", Payload::Slice(b""));
    for datagram in cases.iter().chain([&to_nobody]) {
        for segment in [Segment::ethernet(), Segment::ip()] {
            let expected = Err(Plan::Failed(Errno::EINVAL));
            assert_eq!(frame(&segment, datagram), expected, "{datagram:?}");
        }
    }
}

#[test]
fn the_longest_datagram_leaves() {
    let bytes = vec![7; 65_528];
    let mut segment = Segment::ethernet();
    segment.options.mtu = 65_575;
    for (source, destination, longest) in [(OUR_V4, PEER_V4, 65_507), (OUR_V6, PEER_V6, 65_527)] {
        let datagram = outgoing(source, destination, Payload::Slice(&bytes[..longest]));
        let frame = frame(&segment, &datagram).unwrap();
        arrives(&segment, &datagram, &frame);
        let datagram = outgoing(source, destination, Payload::Slice(&bytes[..=longest]));
        let expected = Err(Plan::Failed(Errno::EMSGSIZE));
        assert_eq!(self::frame(&segment, &datagram), expected);
    }
}

#[test]
fn a_frame_has_its_length_and_its_datagram() {
    let options = LinkOptions::ethernet(HERE, OUR_MAC);
    let datagram = outgoing(OUR_V4, PEER_V4, Payload::Slice(b"hello"));
    let header = Header::for_datagram(&options, PEER_MAC, 0, &datagram);
    assert_eq!(header.len(), 14 + 20 + 8 + 5);
    for len in [0, 13, 46, 48, 100] {
        assert!(!header.write(&datagram, &mut vec![0; len]), "{len}");
    }
    let v6 = outgoing(OUR_V6, PEER_V6, Payload::Slice(b"hello"));
    let others = [
        outgoing(OUR_V4, PEER_V4, Payload::Slice(b"hell")),
        outgoing(OUR_V4, PEER_V4, Payload::Slice(b"hello!")),
        Outgoing {
            source: v6.source,
            ..datagram
        },
        v6,
    ];
    for other in others {
        assert!(!header.write(&other, &mut [0; 47]), "{other:?}");
    }
    let long = vec![0; 70_000];
    let datagram = outgoing(OUR_V6, PEER_V6, Payload::Slice(&long));
    let header = Header::for_datagram(&options, PEER_MAC, 0, &datagram);
    assert!(!header.write(&datagram, &mut vec![0; header.len()]));
}

#[test]
fn identifications_differ() {
    Segment::ip().with_link(|link, _, _| {
        let datagram = outgoing(OUR_V4, PEER_V4, Payload::Slice(b""));
        let mut identification = || match link.transmit(NOW, &datagram) {
            Plan::Ready(header) => header.identification,
            other @ (Plan::Waits | Plan::Failed(_)) => panic!("{other:?}"),
        };
        assert_ne!(identification(), identification());
    });
}

#[test]
fn a_device_may_fill_checksums_in() {
    let mut segment = Segment::ethernet();
    segment.options.fills_checksums = true;
    let datagram = outgoing(OUR_V4, PEER_V4, Payload::Slice(b"hello"));
    let v4 = frame(&segment, &datagram).unwrap();
    assert_eq!((&v4[24..26], &v4[40..42]), (&[0, 0][..], &[0, 0][..]));
    let datagram = outgoing(OUR_V6, PEER_V6, Payload::Slice(b"hello"));
    let v6 = frame(&segment, &datagram).unwrap();
    assert_eq!(v6[60..62], [0, 0]);
}

#[test]
fn a_checksum_of_zero_is_sent_as_ones() {
    for (source, destination, place) in [(OUR_V4, PEER_V4, 40), (OUR_V6, PEER_V6, 60)] {
        let checksum = |payload: [u8; 2]| {
            let datagram = outgoing(source, destination, Payload::Slice(&payload));
            let frame = frame(&Segment::ethernet(), &datagram).unwrap();
            arrives(&Segment::ethernet(), &datagram, &frame);
            u16::from_be_bytes([frame[place], frame[place + 1]])
        };
        // What is left of the sum, as payload, makes the checksum zero.
        let rest = checksum([0, 0]);
        assert_eq!(checksum(rest.to_be_bytes()), 0xffff);
    }
}

/// What another reader says of a frame.
fn compare(datagram: &Outgoing<'_>, frame: &[u8]) {
    let parsed = SlicedPacket::from_ethernet(frame).unwrap();
    let Some(TransportSlice::Udp(udp)) = parsed.transport else {
        panic!("no UDP");
    };
    assert_eq!(udp.payload(), datagram.payload.pieces().concat());
    let header = udp.to_header();
    let checksum = match parsed.net {
        Some(NetSlice::Ipv4(v4)) => {
            let ip = v4.header().to_header();
            assert_eq!(ip.calc_header_checksum(), ip.header_checksum);
            assert!(ip.dont_fragment && !ip.more_fragments);
            let class = (ip.dscp.value() << 2) | ip.ecn.value();
            let told = (datagram.hop_limit, datagram.traffic_class);
            assert_eq!((ip.time_to_live, class), told);
            assert_eq!(IpAddr::from(ip.source), datagram.source.address.ip());
            assert_eq!(
                IpAddr::from(ip.destination),
                datagram.destination.address.ip()
            );
            header.calc_checksum_ipv4(&ip, udp.payload())
        }
        Some(NetSlice::Ipv6(v6)) => {
            let ip = v6.header().to_header();
            let told = (datagram.hop_limit, datagram.traffic_class);
            assert_eq!((ip.hop_limit, ip.traffic_class), told);
            assert_eq!(ip.flow_label.value(), 0);
            assert_eq!(IpAddr::from(ip.source), datagram.source.address.ip());
            assert_eq!(
                IpAddr::from(ip.destination),
                datagram.destination.address.ip()
            );
            header.calc_checksum_ipv6(&ip, udp.payload())
        }
        other => panic!("no IP: {other:?}"),
    };
    assert_eq!(udp.checksum(), checksum.unwrap());
}

proptest! {
    #[test]
    fn frames_are_read_as_they_were_meant(
        kind in 0..kinds().len(),
        ports in (1_u16.., 1_u16..),
        hop_limit in 1_u8..,
        traffic_class in any::<u8>(),
        pieces in any_vec(any_vec(any::<u8>(), 0..40), 0..6),
    ) {
        let (source, destination, is_broadcast, _) = kinds()[kind];
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let mut datagram = outgoing(source, destination, Payload::List(&pieces));
        datagram.is_broadcast = is_broadcast;
        datagram.hop_limit = hop_limit;
        datagram.traffic_class = traffic_class;
        datagram.source.port = ports.0;
        datagram.destination.port = ports.1;
        let frame = frame(&Segment::ethernet(), &datagram).unwrap();
        arrives(&Segment::ethernet(), &datagram, &frame);
        compare(&datagram, &frame);
    }
}
