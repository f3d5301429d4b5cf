use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::{Ip, narrow, wide};

/// Any address, mostly one that some question is about.
fn any_v6() -> impl Strategy<Value = Ipv6Addr> {
    let near = prop_oneof![
        Just(Ipv6Addr::UNSPECIFIED),
        Just(Ipv6Addr::LOCALHOST),
        any::<u32>().prop_map(|ip| Ipv4Addr::from_bits(ip).to_ipv6_mapped()),
        any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(0xfe80 << 112 | bits >> 10)),
        any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(0xff << 120 | bits >> 8)),
        any::<u128>().prop_map(Ipv6Addr::from_bits),
    ];
    (near, 0..256_u32).prop_map(|(ip, bit)| {
        let flipped = 1_u128.checked_shl(bit).unwrap_or(0);
        Ipv6Addr::from_bits(ip.to_bits() ^ flipped)
    })
}

proptest! {
    #[test]
    fn both_ways_to_keep_an_address_say_what_the_standard_library_says(ip in any_v6(), other in any_v6()) {
        let wide = wide::Words::new(ip.octets());
        let narrow = narrow::Words::new(ip.octets());
        prop_assert_eq!([wide.octets(), narrow.octets()], [ip.octets(); 2]);
        prop_assert_eq!([wide.is_zero(), narrow.is_zero()], [ip.is_unspecified(); 2]);
        prop_assert_eq!([wide.is_loopback(), narrow.is_loopback()], [ip.is_loopback(); 2]);
        let is_mapped = ip.to_ipv4_mapped().is_some();
        prop_assert_eq!([wide.is_mapped(), narrow.is_mapped()], [is_mapped; 2]);
        let is_local = ip.is_unicast_link_local();
        prop_assert_eq!([wide.is_link_local(), narrow.is_link_local()], [is_local; 2]);
        prop_assert_eq!([wide.first(), narrow.first()], [ip.octets()[0]; 2]);
        let is_same = [wide == wide::Words::new(other.octets()), narrow == narrow::Words::new(other.octets())];
        prop_assert_eq!(is_same, [ip == other; 2]);
    }

    #[test]
    fn an_address_says_what_the_standard_librarys_says(v4: u32, v6 in any_v6()) {
        for ip in [IpAddr::V4(Ipv4Addr::from_bits(v4)), IpAddr::V6(v6)] {
            let kept = Ip::new(ip);
            prop_assert_eq!((kept.get(), kept.told(), kept.is_foreign()), (ip, ip, false));
            prop_assert_eq!((kept.is_ipv4(), kept.is_ipv6()), (ip.is_ipv4(), ip.is_ipv6()));
            prop_assert_eq!(kept.is_multicast(), ip.is_multicast());
            prop_assert_eq!(kept.is_unspecified(), ip.is_unspecified());
            prop_assert_eq!(kept.is_loopback(), ip.is_loopback());
            prop_assert_eq!(kept.to_canonical().get(), ip.to_canonical());
            let is_local = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
            prop_assert_eq!(kept.is_link_local_v6(), is_local);
        }
    }
}
