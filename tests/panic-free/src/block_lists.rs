//! Block lists.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::{Rule, is_blocked};

use crate::probe::{any, keep, print};

#[inline(never)]
pub fn drive() {
    let v4 = any(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let v6 = any(IpAddr::V6(Ipv6Addr::LOCALHOST));
    let rule = any(Rule::address(v4));
    keep(Rule::range(v4, v6));
    keep(Rule::subnet(v6, any(64)));
    keep(Rule::matches(&rule, v6));
    let rules = [rule, rule];
    let rules: &[Rule] = any(&rules);
    keep(is_blocked(rules, v4));
    print(&rule);
}
