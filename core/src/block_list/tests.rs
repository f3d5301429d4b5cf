//! What Node's `net.BlockList` says, recorded from Node 20.20 and 25.8, which agree.

extern crate alloc;

use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn range(start: &str, end: &str) -> Rule {
    Rule::range(ip(start), ip(end)).unwrap()
}

fn subnet(network: &str, prefix: u8) -> Rule {
    Rule::subnet(ip(network), prefix).unwrap()
}

/// Every case of [`blocks`] is checked against all of these.
const ADDRESSES: &[&str] = &[
    "1.2.3.4",
    "1.2.3.10",
    "0.0.0.0",
    "255.255.255.255",
    "::ffff:1.2.3.4",
    "::ffff:1.2.3.10",
    "::1.2.3.4",
    "::",
    "::1",
    "2001:db8::1",
    "2001:db8:8000::1",
    "2001:db9::1",
    "ffff::",
    "ffff::1",
    "64:ff9b::1.2.3.4",
];

const ALL_V4: &[&str] = &[
    "1.2.3.4",
    "1.2.3.10",
    "0.0.0.0",
    "255.255.255.255",
    "::ffff:1.2.3.4",
    "::ffff:1.2.3.10",
];

fn blocks(rule: Rule, expected: &[&str]) {
    let blocked: Vec<_> = ADDRESSES
        .iter()
        .copied()
        .filter(|address| rule.matches(ip(address)))
        .collect();
    assert_eq!(blocked, expected, "{rule}");
}

#[test]
fn addresses_match_in_both_forms() {
    let both = ["1.2.3.4", "::ffff:1.2.3.4"];
    blocks(Rule::address(ip("1.2.3.4")), &both);
    blocks(Rule::address(ip("::ffff:1.2.3.4")), &both);
    blocks(Rule::address(ip("::1.2.3.4")), &["::1.2.3.4"]);
}

#[test]
fn v4_ranges_match_in_both_forms() {
    let both = ["1.2.3.4", "::ffff:1.2.3.4"];
    blocks(range("1.2.3.0", "1.2.3.9"), &both);
    blocks(range("::ffff:1.2.3.0", "::ffff:1.2.3.9"), &both);
    blocks(range("1.2.3.4", "1.2.3.4"), &both);
}

#[test]
fn v6_ranges_match_v4_only_between_two_mapped_ends() {
    let low = ["::ffff:1.2.3.4", "::1.2.3.4", "::1"];
    blocks(range("::1", "::ffff:1.2.3.9"), &low);
    blocks(
        range("::ffff:1.2.3.0", "2001::"),
        &["::ffff:1.2.3.4", "::ffff:1.2.3.10", "64:ff9b::1.2.3.4"],
    );
    let all_but_v4 = &ADDRESSES[4..13];
    assert_eq!(all_but_v4.last(), Some(&"ffff::"));
    let rule = range("::", "ffff::");
    for address in all_but_v4 {
        assert!(rule.matches(ip(address)), "{address}");
    }
    for address in ["1.2.3.4", "0.0.0.0", "ffff::1"] {
        assert!(!rule.matches(ip(address)), "{address}");
    }
}

#[test]
fn v4_subnets_match_in_both_forms() {
    let both = ["1.2.3.4", "1.2.3.10", "::ffff:1.2.3.4", "::ffff:1.2.3.10"];
    blocks(subnet("1.2.3.0", 24), &both);
    blocks(subnet("1.2.2.99", 23), &both);
    blocks(subnet("1.2.3.4", 32), &["1.2.3.4", "::ffff:1.2.3.4"]);
    blocks(subnet("1.2.3.5", 31), &["1.2.3.4", "::ffff:1.2.3.4"]);
    blocks(subnet("0.0.0.0", 0), ALL_V4);
    blocks(subnet("9.9.9.9", 0), ALL_V4);
}

#[test]
fn v6_subnets_match_the_mapped_form_of_v4() {
    let both = ["1.2.3.4", "1.2.3.10", "::ffff:1.2.3.4", "::ffff:1.2.3.10"];
    blocks(subnet("::ffff:1.2.3.99", 120), &both);
    blocks(subnet("::ffff:0:0", 96), ALL_V4);
    blocks(subnet("::", 96), &["::1.2.3.4", "::", "::1"]);
    blocks(subnet("::", 80), &ADDRESSES[..9]);
    blocks(subnet("::", 0), ADDRESSES);
    blocks(subnet("9::", 0), ADDRESSES);
    blocks(
        subnet("::ffff:1.2.3.4", 128),
        &["1.2.3.4", "::ffff:1.2.3.4"],
    );
}

#[test]
fn prefixes_count_bits() {
    let (low, high, next) = ("2001:db8::1", "2001:db8:8000::1", "2001:db9::1");
    blocks(subnet("2001:db8::", 33), &[low]);
    blocks(subnet("2001:db8::", 32), &[low, high]);
    blocks(subnet("2001:db8::", 31), &[low, high, next]);
}

#[test]
fn rules_read_as_nodes() {
    let text = |rule: Rule| rule.to_string();
    assert_eq!(text(Rule::address(ip("1.2.3.4"))), "Address: IPv4 1.2.3.4");
    assert_eq!(
        text(range("1.1.1.1", "1.1.1.9")),
        "Range: IPv4 1.1.1.1-1.1.1.9"
    );
    assert_eq!(
        text(range("::ffff:1.2.3.0", "2001::")),
        "Range: IPv6 ::ffff:1.2.3.0-2001::"
    );
    assert_eq!(text(subnet("1.2.3.99", 24)), "Subnet: IPv4 1.2.3.99/24");
    assert_eq!(
        text(subnet("::ffff:0:0", 96)),
        "Subnet: IPv6 ::ffff:0.0.0.0/96"
    );
}

#[test]
fn bad_rules_are_refused_with_nodes_errors() {
    let check = |rule: Result<Rule, Misuse>, code, class, text| {
        let misuse = rule.unwrap_err();
        assert_eq!((misuse.code(), misuse.class()), (code, class));
        assert_eq!(misuse.to_string(), text);
    };
    check(
        Rule::range(ip("2.2.2.2"), ip("1.1.1.1")),
        "ERR_INVALID_ARG_VALUE",
        "TypeError",
        "The argument 'start' must come before end. Received SocketAddress { address: '2.2.2.2', port: 0, family: 'ipv4', flowlabel: 0 }",
    );
    check(
        Rule::range(ip("::2"), ip("::1")),
        "ERR_INVALID_ARG_VALUE",
        "TypeError",
        "The argument 'start' must come before end. Received SocketAddress { address: '::2', port: 0, family: 'ipv6', flowlabel: 0 }",
    );
    for (start, end) in [("1.1.1.1", "::1"), ("::1", "1.1.1.1")] {
        check(
            Rule::range(ip(start), ip(end)),
            "ERR_INVALID_ADDRESS",
            "Error",
            "Invalid socket address",
        );
    }
    check(
        Rule::subnet(ip("1.1.1.1"), 33),
        "ERR_OUT_OF_RANGE",
        "RangeError",
        "The value of \"prefix\" is out of range. It must be >= 0 && <= 32. Received 33",
    );
    check(
        Rule::subnet(ip("::"), 129),
        "ERR_OUT_OF_RANGE",
        "RangeError",
        "The value of \"prefix\" is out of range. It must be >= 0 && <= 128. Received 129",
    );
}

#[test]
fn a_list_blocks_what_one_of_its_rules_blocks() {
    assert!(!is_blocked(&[], ip("1.2.3.4")));
    let rules = [Rule::address(ip("::1")), subnet("1.2.3.0", 24)];
    assert!(is_blocked(&rules, ip("::ffff:1.2.3.4")));
    assert!(is_blocked(&rules, ip("::1")));
    assert!(!is_blocked(&rules, ip("::2")));
}
