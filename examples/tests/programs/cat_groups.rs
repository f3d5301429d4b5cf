//! dgramcat with groups and broadcasts, in a private network namespace.

use serde_json::Value;

use crate::cat_messages::{cat, events, listen};
use crate::namespace::inside;

/// Sends a datagram and expects success.
fn send(line: &str) {
    let ended = cat(line).end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{line}");
}

fn data(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| event["data"].as_str())
        .collect()
}

#[test]
fn a_group_is_joined_on_an_interface_by_name_index_or_address() {
    inside(|| {
        let all = if_addrs::get_if_addrs().unwrap();
        let any1 = all.iter().find(|one| one.name == "any1").unwrap();
        let index = any1.index.unwrap().to_string();
        for interface in ["any1", &index, "198.51.100.10"] {
            let (member, port) = listen(&format!("--join 239.1.2.3@{interface} --count 1"));
            send(&format!("send 239.1.2.3 {port} elsewhere"));
            send(&format!(
                "send 239.1.2.3 {port} here --multicast-interface {interface} --multicast-ttl 1"
            ));
            assert_eq!(data(&events(&member.end())), ["here"], "{interface}");
        }
    });
}

#[test]
fn a_group_is_joined_on_the_systems_choice_and_several_are() {
    inside(|| {
        let (member, port) = listen("--join 239.1.2.3 --join 239.1.2.4@any1 --count 2");
        send(&format!("send 239.1.2.3 {port} default"));
        send(&format!(
            "send 239.1.2.4 {port} second --multicast-interface any1"
        ));
        assert_eq!(data(&events(&member.end())), ["default", "second"]);
    });
}

#[test]
fn an_ipv6_group_is_joined_on_an_interface() {
    inside(|| {
        for interface in ["any1", "fe80::20", "198.51.100.10", "2001:db8:1::10"] {
            let options = format!("--type udp6 --join ff02::1234@{interface} --count 1");
            let (member, port) = listen(&options);
            let to = format!("--type udp6 send ff02::1234 {port} here");
            send(&format!("{to} --multicast-interface {interface}"));
            let events = events(&member.end());
            assert_eq!(data(&events), ["here"], "{interface}");
            assert_eq!(events[0]["address"], "fe80::20%any1");
        }
    });
}

#[test]
fn only_the_source_that_was_asked_for_is_heard() {
    inside(|| {
        let (member, port) = listen("--join 232.1.2.3@192.0.2.10 --source 192.0.2.11 --count 1");
        let to = format!("send 232.1.2.3 {port}");
        send(&format!(
            "{to} wrong --bind 192.0.2.10:0 --multicast-interface any0"
        ));
        send(&format!(
            "{to} right --bind 192.0.2.11:0 --multicast-interface any0"
        ));
        let events = events(&member.end());
        assert_eq!(data(&events), ["right"]);
        assert_eq!(events[0]["address"], "192.0.2.11");
    });
}

#[test]
fn without_loopback_this_host_hears_nothing() {
    inside(|| {
        let (member, port) = listen("--join 239.1.2.3@any0 --count 1");
        send(&format!(
            "send 239.1.2.3 {port} silent --multicast-interface any0 --no-loopback"
        ));
        send(&format!(
            "send 239.1.2.3 {port} loud --multicast-interface 192.0.2.10"
        ));
        assert_eq!(data(&events(&member.end())), ["loud"]);
    });
}

#[test]
fn everybody_hears_a_broadcast_and_all_replies_are_waited_for() {
    inside(|| {
        let (first, port) = listen("--reuse-addr --echo --count 1");
        let mut second = cat(&format!(
            "listen {port} --reuse-addr --echo --count 1 --timeout 10"
        ));
        second.line();
        let sender = cat(&format!(
            "--json send 192.0.2.255 {port} all --broadcast --reply 1"
        ))
        .end();
        assert_eq!(sender.code, Some(0), "{}", sender.err);
        assert_eq!(data(&events(&sender)), ["all", "all"]);
        assert_eq!(data(&events(&first.end())), ["all"]);
        assert_eq!(second.end().code, Some(0));
    });
}

#[test]
fn what_cannot_be_joined_is_nodes_error() {
    inside(|| {
        for (options, message) in [
            ("--join 192.0.2.1", "addMembership EINVAL"),
            ("--join 239.1.2.3@99", "addMembership ENODEV"),
            (
                "--join 239.1.2.3@any0 --join 239.1.2.3@any0",
                "addMembership EADDRINUSE",
            ),
            (
                "--join 232.1.2.3 --source ::1",
                "addSourceSpecificMembership EINVAL",
            ),
        ] {
            let ended = cat(&format!("--json listen 0 {options}")).end();
            assert_eq!(ended.code, Some(1), "{options}");
            assert_eq!(ended.err, format!("{message}\n"), "{options}");
            assert_eq!(events(&ended)[0]["message"], message);
        }
    });
}

#[test]
fn link_local_addresses_have_their_zone() {
    inside(|| {
        let mut listener =
            cat("--json --type udp6 listen 0 --bind fe80::10%any0 --echo --count 1 --timeout 10");
        let listening = listener.json();
        assert_eq!(listening["address"], "fe80::10%any0");
        let port = &listening["port"];
        let line = format!(
            "--json --type udp6 send fe80::10%any0 {port} x --bind [fe80::11%any0]:0 --reply 10"
        );
        let sender = cat(&line).end();
        assert_eq!(sender.code, Some(0), "{}", sender.err);
        assert_eq!(events(&sender)[2]["address"], "fe80::10%any0");
        assert_eq!(events(&listener.end())[0]["address"], "fe80::11%any0");
    });
}
