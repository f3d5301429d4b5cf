extern crate alloc;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::*;

/// Splitmix64: the same addresses and texts in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn ip(&mut self) -> IpAddr {
        let random = u128::from(self.next()) << 64 | u128::from(self.next());
        let low = random & 0xffff_ffff;
        match self.below(8) {
            0 | 1 => Ipv4Addr::from_bits(u32::try_from(low).unwrap()).into(),
            2 => Ipv6Addr::from_bits(random).into(),
            3 => Ipv6Addr::from_bits(0xffff_0000_0000 | low).into(),
            4 => Ipv6Addr::from_bits(low).into(),
            _ => Ipv6Addr::from(core::array::from_fn::<u16, 8, _>(|_| {
                self.of(&[0, 0, 0, 1, 0xab, 0xf00, 0xffff])
            }))
            .into(),
        }
    }

    /// A text that is, or nearly is, an address.
    fn text(&mut self) -> String {
        let mut text: Vec<char> = match (self.below(4), self.ip()) {
            (0, IpAddr::V6(ip)) => ip.segments().map(|group| format!("{group:x}")).join(":"),
            (1, IpAddr::V6(ip)) => ip.segments().map(|group| format!("{group:04X}")).join(":"),
            (2, IpAddr::V6(ip)) => {
                let [a, b, c, d, e, f, ..] = ip.segments();
                format!(
                    "{a:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}:192.0.2.{}",
                    self.below(300)
                )
            }
            (_, ip) => ip.to_string(),
        }
        .chars()
        .collect();
        for _ in 0..self.below(4) {
            let at = self.below(text.len() + 1);
            let other = self.below(text.len() + 1);
            match self.below(4) {
                0 => text.insert(
                    at,
                    self.of(&['0', '1', '9', 'a', 'F', 'g', ' ', '-', '+', 'é']),
                ),
                1 => text.insert(at, self.of(&[':', '.', ':', '.', '%', '[', '\0'])),
                2 => drop(text.drain(at.min(other)..at.max(other))),
                _ => text.extend_from_within(at.min(other)..at.max(other)),
            }
        }
        text.into_iter().collect()
    }
}

fn same_parse(text: &str) {
    let expected = text.parse::<IpAddr>().ok();
    assert_eq!(parse::ip(text.as_bytes()), expected, "{text:?}");
}

#[test]
fn printed_as_the_standard_library_does() {
    let mut random = Random(1);
    for _ in 0..200_000 {
        let ip = random.ip();
        assert_eq!(DisplayIp(ip).to_string(), ip.to_string());
    }
    // Every pattern of zero groups.
    for pattern in 0..256_u16 {
        let ip = Ipv6Addr::from(core::array::from_fn::<u16, 8, _>(|group| {
            (pattern >> group & 1) * 0x1f0
        }));
        assert_eq!(DisplayIp(ip.into()).to_string(), ip.to_string());
    }
}

#[test]
fn the_same_texts_are_addresses_as_in_the_standard_library() {
    let mut random = Random(2);
    let mut addresses = 0;
    for _ in 0..200_000 {
        let text = random.text();
        same_parse(&text);
        addresses += usize::from(text.parse::<IpAddr>().is_ok());
    }
    assert!((20_000..180_000).contains(&addresses), "{addresses}");
    for ip in core::iter::repeat_with(|| random.ip()).take(50_000) {
        assert_eq!(Address::parse(&ip.to_string()), Some(Address::new(ip)));
    }
}

#[test]
fn short_texts_are_read_as_in_the_standard_library() {
    const ALPHABET: &[char] = &['0', '1', 'f', ':', '.'];
    for len in 0..9_u32 {
        for number in 0..5_usize.pow(len) {
            let text: String = (0..len)
                .map(|digit| ALPHABET[number / 5_usize.pow(digit) % 5])
                .collect();
            same_parse(&text);
        }
    }
}

#[test]
fn texts_at_the_limits_are_read_as_in_the_standard_library() {
    for text in [
        "255.255.255.255",
        "256.0.0.1",
        "0255.0.0.1",
        "00.0.0.0",
        "1.2.3",
        "1.2.3.4.5",
        "0x7f.0.0.1",
        "4294967296.0.0.0",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4",
        "1:2:3:4:5::1.2.3.4",
        "1:2:3:4:5:6::1.2.3.4",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "::01.2.3.4",
        "::1::",
        ":::",
        ":1::",
        "::1:",
        "00001::",
        "[::1]",
        "::1%1",
    ] {
        same_parse(text);
    }
    same_parse(&"1".repeat(1000));
    same_parse(&"0:".repeat(1000));
    same_parse(&":".repeat(1000));
    same_parse(&"0.".repeat(1000));
}

#[test]
fn scope_ids_and_ports_are_printed() {
    let longest = Address::scoped(Ipv6Addr::from_bits(u128::MAX), u32::MAX);
    let text = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535";
    let endpoint = Endpoint::new(longest, u16::MAX);
    assert_eq!(endpoint.to_string(), text);
    assert_eq!(format!("{endpoint:>60}"), format!("  {text}"));
    assert_eq!(Address::parse(&longest.to_string()), Some(longest));

    let endpoint = Endpoint::new(Ipv4Addr::LOCALHOST.into(), 9);
    assert_eq!(endpoint.to_string(), "127.0.0.1:9");
    assert_eq!(format!("{endpoint:-<13}|"), "127.0.0.1:9--|");
    assert_eq!(format!("{endpoint:^14}|"), " 127.0.0.1:9  |");
    assert_eq!(format!("{endpoint:1}|"), "127.0.0.1:9|");
    assert_eq!(format!("{:5}|", Family::V6.wildcard()), "::   |");
}

#[test]
fn kinds_of_addresses() {
    let address = |text| Address::parse(text).unwrap();
    assert!(address("239.255.0.1").is_multicast() && address("ff02::1%2").is_multicast());
    assert!(!address("::ffff:224.0.0.1").is_multicast());
    assert!(address("0.0.0.0").is_unspecified() && address("::").is_unspecified());
    assert!(address("127.1.2.3").is_loopback() && address("::1").is_loopback());
    assert!(!address("::ffff:127.0.0.1").is_loopback());
    assert!(address("::ffff:127.0.0.1").canonical().is_loopback());
    assert!(address("169.254.0.1").is_link_local() && address("febf::1").is_link_local());
    assert!(!address("fec0::1").is_link_local() && !address("ff02::1").is_link_local());
}

#[test]
fn only_v4_mapped_addresses_become_v4() {
    for text in ["1.2.3.4", "::1.2.3.4", "::fffe:1.2.3.4", "fe80::1%2", "::"] {
        let address = Address::parse(text).unwrap();
        assert_eq!(address.canonical(), address);
    }
    let mapped = Address::parse("::ffff:1.2.3.4%7").unwrap();
    assert_eq!(mapped.canonical(), Ipv4Addr::new(1, 2, 3, 4).into());
}

#[test]
fn ends_convert_to_and_from_socket_addresses() {
    for text in ["1.2.3.4:5", "[fe80::1%6]:7", "[::ffff:1.2.3.4]:0"] {
        let address: SocketAddr = text.parse().unwrap();
        let endpoint = Endpoint::from(address);
        assert_eq!(SocketAddr::from(endpoint), address);
        assert_eq!(endpoint.to_string(), address.to_string());
    }
}

#[test]
fn pairs_are_ends() {
    let loopback = Ipv4Addr::LOCALHOST;
    let end = Endpoint::new(loopback.into(), 9);
    assert_eq!(Endpoint::from((loopback, 9)), end);
    assert_eq!(Endpoint::from((IpAddr::V4(loopback), 9)), end);
    for destination in [
        crate::Destination::from(end),
        crate::Destination::from(SocketAddr::from(end)),
        crate::Destination::from(("127.0.0.1", 9)),
        crate::Destination::from((loopback, 9)),
    ] {
        assert_eq!(destination, crate::Destination::new(loopback, 9));
    }
    for options in [
        crate::BindOptions::from(end),
        crate::BindOptions::from(SocketAddr::from(end)),
        crate::BindOptions::from(("127.0.0.1", 9)),
        crate::BindOptions::from((loopback, 9)),
    ] {
        assert_eq!(options, crate::BindOptions::port(9).address(loopback));
    }
}

#[test]
fn only_addresses_of_one_link_or_interface_need_a_scope() {
    for (text, wanted) in [
        ("fe80::1", true),
        ("ff01::1", true),
        ("ff02::fb", true),
        ("ff31::1", true),
        ("ff05::2", false),
        ("2001:db8::1", false),
        ("::1", false),
        ("169.254.0.1", false),
        ("224.0.0.251", false),
    ] {
        let address = Address::parse(text).unwrap();
        assert_eq!(address.needs_scope(), wanted, "{text}");
    }
}
