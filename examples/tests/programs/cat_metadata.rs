//! dgramcat on loopback: what datagrams ask for, and what is told of them.

use serde_json::json;

use crate::cat_messages::{cat, events, listen};

#[test]
fn what_a_datagram_asks_for_arrives_and_is_told() {
    let (mut listener, port) = listen("--bind 127.0.0.1 --verbose --count 2");
    let asked = "--hop-limit 7 --ecn 2 --source 127.0.0.2 --interface lo";
    let sender = cat(&format!("send 127.0.0.1 {port} a {asked}")).end();
    assert_eq!((sender.code, sender.err.as_str()), (Some(0), ""));
    let message = listener.json();
    let told = |name: &str| message[name].clone();
    assert_eq!(told("address"), json!("127.0.0.2"));
    assert_eq!(told("local"), json!("127.0.0.1"));
    assert_eq!(
        (told("interface"), told("interfaceIndex")),
        (json!("lo"), json!(1))
    );
    assert_eq!((told("hopLimit"), told("missing")), (json!(7), json!(0)));
    assert_eq!((told("trafficClass"), told("ecn")), (json!(2), json!(2)));
    let seconds: f64 = told("timestamp").as_str().unwrap().parse().unwrap();
    assert!(seconds > 1.7e9, "{seconds}");

    let sender = cat(&format!("send 127.0.0.1 {port} b --tos 184")).end();
    assert_eq!((sender.code, sender.err.as_str()), (Some(0), ""));
    let message = listener.json();
    assert_eq!(
        (&message["address"], &message["trafficClass"]),
        (&json!("127.0.0.1"), &json!(184))
    );
    assert_eq!(listener.end().code, Some(0));
}

#[test]
fn people_are_told_on_a_line_below() {
    let mut listener = cat("listen 0 --bind ::1 --type udp6 --count 1 --timeout 10 -v");
    let listening = listener.line();
    let port = listening.rsplit(':').next().unwrap().to_owned();
    let options = "--type udp6 --traffic-class 185 --source ::1 --hop-limit 3";
    let sender = cat(&format!("send ::1 {port} x {options}")).end();
    assert_eq!((sender.code, sender.err.as_str()), (Some(0), ""));
    let first = listener.line();
    assert!(
        first.starts_with("1 byte from [::1]:") && first.ends_with(": x"),
        "{first}"
    );
    let second = listener.line();
    assert!(
        second.starts_with("  to ::1, on lo, hop limit 3, ECN 1, DSCP 46, at "),
        "{second}"
    );
    assert_eq!(listener.end().code, Some(0));
}

#[test]
fn replies_tell_what_is_known_of_them() {
    let (listener, port) = listen("--echo --count 1");
    let ended = cat(&format!(
        "--json -v send 127.0.0.1 {port} x --reply 10 --ecn 1"
    ))
    .end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let events = events(&ended);
    let reply = &events[events.len() - 2];
    assert_eq!(
        (&reply["event"], &reply["ecn"]),
        (&json!("message"), &json!(0))
    );
    assert_eq!(listener.end().code, Some(0));
}

#[test]
fn what_is_not_there_is_said_with_what_to_do() {
    let ended = cat("send 127.0.0.1 9 x --interface nowhere0").end();
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.err.contains("is called 'nowhere0': there are"),
        "{}",
        ended.err
    );
    let ended = cat("--type unix listen @x --verbose").end();
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("--verbose is not for"), "{}", ended.err);
    // An address that is somebody else's.
    let ended = cat("send 127.0.0.1 9 x --source 192.0.2.1").end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.starts_with("send E"), "{}", ended.err);
    assert!(ended.err.ends_with("is 192.0.2.1 one?\n"), "{}", ended.err);
}
