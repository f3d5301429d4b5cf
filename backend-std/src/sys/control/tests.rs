use super::write::put;
use super::*;

fn read_from(control: &[u8]) -> RecvMeta {
    let mut meta = RecvMeta::default();
    read(control, &mut meta);
    meta
}

#[test]
fn the_layout_is_that_of_the_system() {
    assert_eq!(size_of::<libc::cmsghdr>(), HEADER_LEN);
    assert_eq!(size_of::<libc::in_pktinfo>(), 12);
    assert_eq!(size_of::<libc::in6_pktinfo>(), 20);
    assert_eq!(size_of::<libc::timespec>(), 2 * size_of::<libc::c_long>());
    let link_local: Ipv6Addr = "fe80::7".parse().unwrap();
    let mut control = Control::new();
    control.source(Address::scoped(link_local, 3));
    let meta = read_from(control.bytes());
    assert_eq!(meta.local, Some(Address::scoped(link_local, 3)));
    assert_eq!(meta.interface, Some(3));
}

#[test]
fn messages_are_told_one_after_the_other() {
    let mut control = Control::new();
    control.add(libc::IPPROTO_IP, libc::IP_TTL, &63_i32.to_ne_bytes());
    control.add(libc::IPPROTO_IP, libc::IP_TOS, &[0b1011_1001]);
    control.add(libc::SOL_UDP, libc::UDP_GRO, &1200_i32.to_ne_bytes());
    let mut time = [0; 2 * size_of::<libc::c_long>()];
    put(&mut time, 0, &libc::c_long::to_ne_bytes(7));
    put(
        &mut time,
        size_of::<libc::c_long>(),
        &libc::c_long::to_ne_bytes(8_999),
    );
    control.add(libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS, &time);
    let meta = read_from(control.bytes());
    assert_eq!(
        (meta.hop_limit, meta.traffic_class),
        (Some(63), Some(0b1011_1001))
    );
    assert_eq!(meta.segment_stride, Some(1200));
    assert_eq!(meta.timestamp, Some(Instant::from_micros(7_000_008)));
}

#[test]
fn what_is_cut_or_unknown_tells_nothing() {
    let mut control = Control::new();
    control.source(Address::from(Ipv6Addr::LOCALHOST));
    for length in 0..HEADER_LEN + 20 {
        let cut = control.bytes().get(..length).unwrap();
        assert_eq!(read_from(cut), RecvMeta::default(), "{length}");
    }
    let mut other = Control::new();
    other.add(99, 99, &[1, 2, 3]);
    // A length of 0, which must not be read for ever, and one that is more than there is.
    for garbage in [other.bytes(), &[0; CONTROL_LEN], &[0xff; CONTROL_LEN]] {
        assert_eq!(read_from(garbage), RecvMeta::default());
    }
}
