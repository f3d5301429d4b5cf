use core::net::{Ipv4Addr, Ipv6Addr};

use anydgram_core::{Address, Endpoint, Instant, RecvMeta};

use super::{packed, whole};

fn metas() -> [RecvMeta; 3] {
    let v6 = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
    let mut all = [
        Endpoint::new(Ipv4Addr::new(192, 0, 2, 7).into(), 7),
        Endpoint::new(Address::scoped(v6, 2), u16::MAX),
        Endpoint::new(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(), 1),
    ]
    .map(RecvMeta::from_sender);
    for (meta, index) in all.iter_mut().zip(1..) {
        meta.local = meta.sender.map(|sender| sender.address);
        meta.interface = Some(index);
        meta.wire_len = Some(9);
    }
    let [first, second, _] = &mut all;
    first.hop_limit = Some(0);
    first.timestamp = Some(Instant::from_micros(0));
    second.traffic_class = Some(255);
    second.timestamp = Some(Instant::from_micros(u64::MAX - 1));
    second.reply_from_local = true;
    all
}

#[test]
fn both_ways_to_keep_it_give_back_what_a_host_tells() {
    let (mut packed, mut whole) = (packed::Known::NONE, whole::Known::NONE);
    for meta in metas() {
        assert!(packed.set(&meta, 9) && whole.set(&meta, 9));
        assert_eq!((packed.len(), packed.meta()), (9, meta));
        assert_eq!((whole.len(), whole.meta()), (9, meta));
    }
}

#[test]
fn the_longest_datagram_is_kept_and_no_longer_one() {
    let mut packed = packed::Known::NONE;
    for (len, is_kept) in [(65_527, true), (65_535, true), (65_536, false)] {
        let [mut meta, ..] = metas();
        meta.wire_len = Some(len);
        assert_eq!(packed.set(&meta, len), is_kept);
    }
}
