use core::net::Ipv4Addr;
use std::sync::mpsc::{Receiver, channel};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// A resolver over the operating system, and what hears its notifications.
fn resolver() -> (Resolver<u32>, Receiver<()>) {
    let (sender, receiver) = channel();
    let notify = move || sender.send(()).unwrap_or_default();
    (Resolver::new(notify), receiver)
}

#[test]
fn addresses_need_no_lookup() {
    let v6 = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
    assert_eq!(
        immediate("192.0.2.1"),
        Some(Ipv4Addr::new(192, 0, 2, 1).into())
    );
    assert_eq!(immediate("fe80::1"), Some(v6.into()));
    assert_eq!(immediate("fe80::1%9"), Some(Address::scoped(v6, 9)));
    assert_eq!(immediate("fe80::1%nosuch0"), Some(Address::scoped(v6, 0)));
    let too_long = format!("fe80::1%{}", "9".repeat(253));
    for name in [
        "",
        "localhost",
        "fe80::1%",
        "fe80::1%1%2",
        "127.0.0.1%lo",
        "fe80::1%\0",
        &too_long,
    ] {
        assert_eq!(immediate(name), None, "{name:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_zone_is_the_name_of_an_interface() {
    assert_eq!(
        immediate("::1%lo"),
        Some(Address::scoped(Ipv6Addr::LOCALHOST, 1))
    );
}

#[test]
fn an_empty_zone_is_none_for_multicast_interfaces() {
    assert_eq!(multicast_interface("::%"), Ok(MulticastInterface::V6(0)));
    for text in ["", "%", "1.2.3.4%", "::%%", "eth0"] {
        assert!(multicast_interface(text).is_err(), "{text}");
    }
}

#[test]
fn localhost_is_found_for_ipv4() {
    let (resolver, notified) = resolver();
    assert_eq!(resolver.look_up(7, "localhost", Family::V4), Ok(()));
    notified.recv_timeout(PATIENCE).unwrap();
    let answer = resolver.poll_answer().unwrap();
    assert_eq!(answer.key, 7);
    assert_eq!(answer.result, Ok(Ipv4Addr::LOCALHOST.into()));
    assert_eq!(resolver.poll_answer(), None);
}

/// None of these can be asked of a name server, so the test needs none.
#[test]
fn what_cannot_exist_is_not_found() {
    let (resolver, notified) = resolver();
    let long_label = "a".repeat(64);
    let questions = [
        ("127.1", Family::V6),
        ("two..dots", Family::V4),
        (&long_label, Family::V4),
    ];
    for (key, (host, family)) in (0..).zip(questions) {
        assert_eq!(resolver.look_up(key, host, family), Ok(()));
        notified.recv_timeout(PATIENCE).unwrap();
        let answer = resolver.poll_answer().unwrap();
        assert_eq!(answer.key, key);
        assert_eq!(answer.result, Err(Errno::ENOTFOUND), "{host}");
    }
}

#[test]
fn impossible_names_are_refused_at_once() {
    let (resolver, _notified) = resolver();
    let longest = "a".repeat(254);
    for host in ["local\0host", &longest] {
        let refused = resolver.look_up(0, host, Family::V4);
        assert_eq!(refused, Err(Misuse::BadHostName));
    }
    assert_eq!(resolver.shared.lock().threads, 0);
}

#[test]
fn at_most_four_lookups_run_at_a_time_and_idle_threads_are_used_again() {
    let (entered, entries) = channel();
    let (open, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let (notify, notified) = channel();
    let look_up = move |_: &str, family: Family| {
        entered.send(()).unwrap_or_default();
        let _opened = gate.lock().map(|gate| gate.recv());
        Ok(family.loopback())
    };
    let resolver = Resolver::with_lookup(look_up, move || notify.send(()).unwrap_or_default());
    for key in 0..6 {
        assert_eq!(resolver.look_up(key, "name", Family::V6), Ok(()));
    }
    assert_eq!(resolver.shared.lock().threads, 4);
    let mut keys = Vec::new();
    for _ in 0..6 {
        entries.recv_timeout(PATIENCE).unwrap();
        open.send(()).unwrap();
        notified.recv_timeout(PATIENCE).unwrap();
        keys.push(resolver.poll_answer().unwrap().key);
    }
    keys.sort_unstable();
    assert_eq!(keys, [0, 1, 2, 3, 4, 5]);
    open.send(()).unwrap();
    assert_eq!(resolver.look_up(6, "name", Family::V6), Ok(()));
    notified.recv_timeout(PATIENCE).unwrap();
    assert_eq!(resolver.poll_answer().unwrap().key, 6);
    assert!(resolver.shared.lock().threads <= 4);
}

#[test]
fn dropping_the_resolver_ends_its_threads() {
    let (resolver, notified) = resolver();
    assert_eq!(resolver.look_up(0, "localhost", Family::V4), Ok(()));
    notified.recv_timeout(PATIENCE).unwrap();
    let shared = Arc::downgrade(&resolver.shared);
    drop(resolver);
    // The notification's sender goes with the last thread.
    assert!(notified.recv_timeout(PATIENCE).is_err());
    assert!(shared.upgrade().is_none());
}
