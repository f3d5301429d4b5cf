//! Frames that nobody would send.

use super::frames::{datagram, packet, repaired};
use super::*;
use etherparse::checksum::Sum16BitWords;
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use proptest::collection::vec as any_vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// One right frame of each kind, to be spoilt.
fn seeds() -> Vec<Vec<u8>> {
    let quoted_v4 = datagram(OUR_V4, PEER_V4, b"hi").split_off(frames::IP);
    let quoted_v6 = datagram(OUR_V6, PEER_V6, b"hi").split_off(frames::IP);
    let hop_by_hop = [
        &[17, 0, 5, 2, 0, 0, 1, 0][..],
        &datagram(PEER_V6, OUR_V6, b"behind")[frames::V6_BODY..],
    ]
    .concat();
    let options = [
        &[17, 0, 1, 4, 0, 0, 0, 0][..],
        &datagram(PEER_V6, OUR_V6, b"behind")[frames::V6_BODY..],
    ]
    .concat();
    vec![
        datagram(PEER_V4, OUR_V4, b"hello"),
        datagram(PEER_V4, GROUP_V4, b""),
        datagram(PEER_V4, "255.255.255.255", b"hello there"),
        datagram(PEER_V6, OUR_V6, b"hello"),
        datagram(PEER_LINK_LOCAL, GROUP_V6, b"hello"),
        packet(PEER_V6, OUR_V6, 0, &hop_by_hop),
        packet(PEER_V6, OUR_V6, 60, &options),
        packet(
            PEER_V4,
            OUR_V4,
            1,
            &[&[3, 3, 0, 0, 0, 0, 0, 0], &quoted_v4[..]].concat(),
        ),
        packet(
            PEER_V6,
            OUR_V6,
            58,
            &[&[1, 4, 0, 0, 0, 0, 0, 0], &quoted_v6[..]].concat(),
        ),
        packet(
            PEER_V4,
            "224.0.0.1",
            2,
            &[0x11, 1, 0, 0, 0, 0, 0, 0, 2, 125, 0, 0],
        ),
        arp::message(1, PEER_V4, OUR_V4),
        ndp::message(
            PEER_V6,
            OUR_V6,
            &ndp::body(136, 0x60, PEER_V6, &[2, 1, 2, 0, 0, 0, 0, 2]),
        ),
    ]
}

/// A right frame, changed at some places, cut or lengthened, and maybe with right checksums.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let seed = (0..seeds().len()).prop_map(|index| seeds().swap_remove(index));
    let edits = any_vec((any::<Index>(), any::<u8>()), 0..4);
    (seed, edits, -4_isize..8, any::<bool>()).prop_map(|(mut frame, edits, more, repairs)| {
        for (index, byte) in edits {
            // Headers are hit more often than payloads.
            let end = frame.len().min(70);
            frame[index.index(end)] = byte;
        }
        let len = frame.len().saturating_add_signed(more.max(-4));
        frame.resize(len, 0xee);
        if repairs { repaired(frame) } else { frame }
    })
}

/// All counters together, read from how they are printed.
fn total(drops: &LinkDrops) -> u32 {
    let text = alloc::format!("{drops:?}");
    let values = text.split(": ").skip(1);
    values
        .filter_map(|rest| rest.split([',', ' ']).next()?.parse::<u32>().ok())
        .sum()
}

/// Checks a frame that was read against another reader.
fn compare(frame: &[u8], segment: &Segment) -> Result<(), TestCaseError> {
    let (ingress, drops) = segment.receive(frame);
    let Ingress::Datagram(datagram) = ingress else {
        return Ok(());
    };
    prop_assert_eq!(drops, LinkDrops::default());
    let parsed = match segment.options.hardware_address {
        Some(_) => SlicedPacket::from_ethernet(frame),
        None => SlicedPacket::from_ip(frame),
    };
    let parsed = parsed.map_err(|error| TestCaseError::fail(alloc::format!("{error}")))?;
    let Some(TransportSlice::Udp(udp)) = parsed.transport else {
        return Err(TestCaseError::fail("no UDP"));
    };
    prop_assert_eq!(udp.payload(), datagram.payload);
    prop_assert_eq!(udp.source_port(), datagram.source.port);
    prop_assert_eq!(udp.destination_port(), datagram.destination.port);
    let header = udp.to_header();
    let (source, destination, hop_limit, class, checksum) = match parsed.net {
        Some(NetSlice::Ipv4(v4)) => {
            let ip = v4.header().to_header();
            // Over the bytes as they came: the other reader's header has no place for the reserved flag.
            let sum = Sum16BitWords::new().add_slice(v4.header().slice());
            prop_assert_eq!(sum.ones_complement(), 0);
            let checksum = header.calc_checksum_ipv4(&ip, udp.payload());
            (
                IpAddr::from(ip.source),
                IpAddr::from(ip.destination),
                ip.time_to_live,
                (ip.dscp.value() << 2) | ip.ecn.value(),
                checksum.ok().filter(|_| udp.checksum() != 0),
            )
        }
        Some(NetSlice::Ipv6(v6)) => {
            let ip = v6.header().to_header();
            let checksum = header.calc_checksum_ipv6(&ip, udp.payload());
            (
                IpAddr::from(ip.source),
                IpAddr::from(ip.destination),
                ip.hop_limit,
                ip.traffic_class,
                checksum.ok(),
            )
        }
        other => return Err(TestCaseError::fail(alloc::format!("no IP: {other:?}"))),
    };
    prop_assert_eq!(source, datagram.source.address.ip());
    prop_assert_eq!(destination, datagram.destination.address.ip());
    prop_assert_eq!(Some(hop_limit), datagram.hop_limit);
    prop_assert_eq!(Some(class), datagram.traffic_class);
    prop_assert!(checksum.is_none_or(|checksum| checksum == udp.checksum()));
    Ok(())
}

#[test]
fn the_seeds_are_right() {
    for frame in seeds() {
        let (ingress, drops) = Segment::ethernet().receive(&frame);
        // A query has a TTL of 1, and an answer a hop limit of 255: the seeds are made without.
        let is_right = ingress != Ingress::Dropped || drops.igmp == 1;
        assert!(is_right, "{frame:x?} {drops:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_dropped_is_counted_once(frame in mutated()) {
        let (ingress, drops) = Segment::ethernet().receive(&frame);
        let expected = u32::from(ingress == Ingress::Dropped);
        prop_assert_eq!(total(&drops), expected);
    }

    #[test]
    fn another_reader_reads_the_same(frame in mutated()) {
        compare(&frame, &Segment::ethernet())?;
        compare(&frame[frame.len().min(frames::IP)..], &Segment::ip())?;
        compare(&frame, &Segment::ethernet().without(IpAddr::is_ipv4))?;
    }

    #[test]
    fn noise_does_no_harm(frame: Vec<u8>, mut bytes in any_vec(any::<u8>(), 60..100)) {
        Segment::ethernet().receive(&frame);
        Segment::ip().receive(&frame);
        bytes[0] = 0x45;
        Segment::ip().receive(&bytes);
        bytes[0] = 0x60;
        Segment::ip().receive(&bytes);
    }
}
