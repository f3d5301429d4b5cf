//! Memberships: joins, leaves, their races, and what they keep out.

use core::net::Ipv6Addr;

use super::*;
use crate::{Interface, RecvMeta};

const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(232, 0, 0, 251));
const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
const ANY: Interface = Interface::Default;

fn text<T>(result: Result<T, Error<'static>>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "ok".to_string())
}

#[test]
fn a_join_binds_and_listens() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.add_membership(GROUP, ANY).unwrap();
    socket
        .add_source_specific_membership(SOURCE, GROUP, ANY)
        .unwrap();
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["listening"]);
    let joins = ["join 232.0.0.251", "join 232.0.0.251 from 192.0.2.1"];
    assert_eq!(backend.log[0], "bind 0.0.0.0:0");
    assert_eq!(backend.log[1..], joins);
}

#[test]
fn what_no_stack_could_join_is_refused_at_once() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let group = IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1));
    // As Linux, which looks for an IPv4 membership before it looks at the group.
    let expected = [
        (SOURCE, "EINVAL", "EADDRNOTAVAIL"),
        (group, "ENOPROTOOPT", "ENOPROTOOPT"),
        (IpAddr::V4(Ipv4Addr::UNSPECIFIED), "EINVAL", "EADDRNOTAVAIL"),
    ];
    for (group, join, leave) in expected {
        let added = socket.add_membership(group, ANY);
        assert_eq!(text(added), format!("addMembership {join}"));
        let dropped = socket.drop_membership(group, ANY);
        assert_eq!(text(dropped), format!("dropMembership {leave}"));
    }
    let mixed = socket.add_source_specific_membership(SOURCE, group, ANY);
    assert_eq!(text(mixed), "addSourceSpecificMembership EINVAL");
    let unknown = socket.drop_membership(GROUP, ANY);
    assert_eq!(text(unknown), "dropMembership EADDRNOTAVAIL");
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert!(!socket.is_ready());
}

#[test]
fn joining_twice_and_leaving_twice_are_errors_that_change_nothing() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let mut backend = Backend::new();
    for is_driven in [false, true] {
        backend.log.clear();
        socket.add_membership(GROUP, ANY).unwrap();
        socket
            .add_source_specific_membership(SOURCE, GROUP, ANY)
            .unwrap();
        if is_driven {
            backend.drive(&mut socket);
        }
        let twice = socket.add_membership(GROUP, ANY);
        assert_eq!(text(twice), "addMembership EADDRINUSE");
        let twice = socket.add_source_specific_membership(SOURCE, GROUP, ANY);
        assert_eq!(text(twice), "addSourceSpecificMembership EADDRNOTAVAIL");
        // Another interface, or another source, is another membership.
        let elsewhere = Interface::Index(1);
        let dropped = socket.drop_membership(GROUP, elsewhere);
        assert_eq!(text(dropped), "dropMembership EADDRNOTAVAIL");
        let dropped = socket.drop_source_specific_membership(OTHER, GROUP, ANY);
        assert_eq!(text(dropped), "dropSourceSpecificMembership EADDRNOTAVAIL");
        socket.drop_membership(GROUP, ANY).unwrap();
        socket
            .drop_source_specific_membership(SOURCE, GROUP, ANY)
            .unwrap();
        let dropped = socket.drop_membership(GROUP, ANY);
        assert_eq!(text(dropped), "dropMembership EADDRNOTAVAIL");
        assert_eq!(backend.turn(&mut socket), [""; 0]);
        // A membership that comes and goes between two turns is none of the backend's business.
        assert_eq!(backend.log.len(), if is_driven { 4 } else { 0 });
    }
}

#[test]
fn the_list_of_memberships_is_bounded() {
    let mut storage = TinyStorage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    socket.add_membership(GROUP, ANY).unwrap();
    let second = socket.add_membership(GROUP, Interface::All);
    assert_eq!(text(second), "addMembership ENOBUFS");
    assert_eq!(Backend::new().turn(&mut socket), ["listening"]);
    // A leave under way still has its place.
    socket.drop_membership(GROUP, ANY).unwrap();
    let second = socket.add_membership(GROUP, Interface::All);
    assert_eq!(text(second), "addMembership ENOBUFS");
    Backend::new().drive(&mut socket);
    socket.add_membership(GROUP, Interface::All).unwrap();
}

#[test]
fn a_join_that_fails_is_no_membership() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let mut backend = Backend::new();
    backend.membership = Err(Errno::ENODEV);
    socket.add_membership(GROUP, ANY).unwrap();
    backend.drive(&mut socket);
    let dropped = socket.drop_membership(GROUP, ANY);
    assert_eq!(text(dropped), "dropMembership EADDRNOTAVAIL");
    socket.add_membership(GROUP, ANY).unwrap();
}

#[test]
fn the_failure_has_nodes_label() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    for (is_add, has_source, label) in [
        (true, false, "addMembership ENODEV"),
        (false, false, "dropMembership ENODEV"),
        (true, true, "addSourceSpecificMembership ENODEV"),
        (false, true, "dropSourceSpecificMembership ENODEV"),
    ] {
        let result = match (is_add, has_source) {
            (true, false) => socket.add_membership(GROUP, ANY),
            (false, false) => socket.drop_membership(GROUP, ANY),
            (true, true) => socket.add_source_specific_membership(SOURCE, GROUP, ANY),
            (false, true) => socket.drop_source_specific_membership(SOURCE, GROUP, ANY),
        };
        assert_eq!(text(result), "ok");
        let Some(Action::Membership(change, membership)) = socket.poll_action() else {
            panic!("it is an action");
        };
        let failed = socket.handle_membership(change, membership, Err(Errno::ENODEV));
        assert_eq!(failed.unwrap_err().to_string(), label);
        if is_add {
            // Joined at the second attempt, for the row below.
            let result = match has_source {
                false => socket.add_membership(GROUP, ANY),
                true => socket.add_source_specific_membership(SOURCE, GROUP, ANY),
            };
            assert_eq!(text(result), "ok");
            Backend::new().drive(&mut socket);
        }
    }
}

#[test]
fn a_change_of_mind_while_the_backend_is_at_it_is_made_good_afterwards() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.add_membership(GROUP, ANY).unwrap();
    let Some(Action::Membership(change, membership)) = socket.poll_action() else {
        panic!("it is an action");
    };
    socket.drop_membership(GROUP, ANY).unwrap();
    let again = socket.drop_membership(GROUP, ANY);
    assert_eq!(text(again), "dropMembership EADDRNOTAVAIL");
    assert_eq!(socket.poll_action(), None);
    assert_eq!(socket.handle_membership(change, membership, Ok(())), Ok(()));
    let Some(Action::Membership(MembershipChange::Drop, _)) = socket.poll_action() else {
        panic!("what was joined has to be left");
    };
    socket.add_membership(GROUP, ANY).unwrap();
    let again = socket.add_membership(GROUP, ANY);
    assert_eq!(text(again), "addMembership EADDRINUSE");
    let drop = MembershipChange::Drop;
    assert_eq!(socket.handle_membership(drop, membership, Ok(())), Ok(()));
    let mut backend = Backend::new();
    backend.drive(&mut socket);
    assert_eq!(backend.log, ["join 232.0.0.251"]);
    // Nobody waits for these any more.
    for change in [MembershipChange::Add, MembershipChange::Drop] {
        let late = socket.handle_membership(change, membership, Err(Errno::EIO));
        assert_eq!(late, Ok(()));
    }
    assert_eq!(socket.stats().stale, 2);
}

#[test]
fn a_drop_taken_back_before_the_backend_knows_costs_nothing() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.add_membership(GROUP, ANY).unwrap();
    Backend::new().drive(&mut socket);
    socket.drop_membership(GROUP, ANY).unwrap();
    socket.add_membership(GROUP, ANY).unwrap();
    assert!(!socket.is_ready());
    assert_eq!(socket.poll_action(), None);
    // The same while it is being joined.
    socket.drop_membership(GROUP, ANY).unwrap();
    Backend::new().drive(&mut socket);
    socket.add_membership(GROUP, ANY).unwrap();
    let Some(Action::Membership(change, membership)) = socket.poll_action() else {
        panic!("it is an action");
    };
    socket.drop_membership(GROUP, ANY).unwrap();
    socket.add_membership(GROUP, ANY).unwrap();
    assert_eq!(socket.handle_membership(change, membership, Ok(())), Ok(()));
    assert_eq!(socket.poll_action(), None);
}

#[test]
fn a_failed_bind_and_a_close_end_all_memberships() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.add_membership(GROUP, ANY).unwrap();
    let mut backend = Backend::new();
    backend.bind = Err(Errno::EACCES);
    assert_eq!(backend.turn(&mut socket).len(), 1);
    let dropped = socket.drop_membership(GROUP, ANY);
    assert_eq!(text(dropped), "dropMembership EADDRNOTAVAIL");

    let mut backend = Backend::new();
    socket.add_membership(GROUP, ANY).unwrap();
    backend.drive(&mut socket);
    socket.close().unwrap();
    assert_eq!(backend.turn(&mut socket), ["listening", "close"]);
    assert_eq!(backend.log[2..], ["close"], "which leaves all groups");
}

#[test]
fn a_datagram_to_a_group_is_received_from_wanted_sources_only() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let from = |sender: IpAddr, local: Option<IpAddr>| {
        let mut meta = RecvMeta::from_sender(Endpoint::new(sender.into(), 9));
        meta.local = local.map(Address::from);
        meta
    };
    let takes = |socket: &mut Socket<'_>, sender, local| {
        socket.handle_datagram(&from(sender, local), b"x").is_some()
    };
    // Without a membership, the stack decides alone.
    assert!(takes(&mut socket, OTHER, Some(GROUP)));
    socket
        .add_source_specific_membership(SOURCE, GROUP, ANY)
        .unwrap();
    assert!(takes(&mut socket, SOURCE, Some(GROUP)));
    assert!(!takes(&mut socket, OTHER, Some(GROUP)));
    // Other destinations have nothing to do with it.
    assert!(takes(&mut socket, OTHER, None));
    assert!(takes(&mut socket, OTHER, Some(SOURCE)));
    socket
        .add_source_specific_membership(OTHER, GROUP, ANY)
        .unwrap();
    assert!(takes(&mut socket, OTHER, Some(GROUP)));
    socket
        .drop_source_specific_membership(OTHER, GROUP, ANY)
        .unwrap();
    assert!(!takes(&mut socket, OTHER, Some(GROUP)));
    socket.add_membership(GROUP, Interface::All).unwrap();
    assert!(takes(&mut socket, OTHER, Some(GROUP)));
    assert_eq!(socket.stats().dropped_source, 2);
}

#[test]
fn leaving_without_an_interface_leaves_the_first_membership_of_the_group() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let mut backend = Backend::new();
    socket.add_membership(GROUP, Interface::Index(7)).unwrap();
    backend.drive(&mut socket);
    // A named interface means that one.
    let other = socket.drop_membership(GROUP, Interface::Index(8));
    assert_eq!(text(other), "dropMembership EADDRNOTAVAIL");
    socket.drop_membership(GROUP, ANY).unwrap();
    backend.drive(&mut socket);
    let gone = socket.drop_membership(GROUP, ANY);
    assert_eq!(text(gone), "dropMembership EADDRNOTAVAIL");
}

#[test]
fn a_source_is_unknown_in_another_way_where_nothing_was_joined() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let nothing = socket.drop_source_specific_membership(SOURCE, GROUP, ANY);
    assert_eq!(text(nothing), "dropSourceSpecificMembership EINVAL");
    socket
        .add_source_specific_membership(OTHER, GROUP, ANY)
        .unwrap();
    let missing = socket.drop_source_specific_membership(SOURCE, GROUP, ANY);
    assert_eq!(text(missing), "dropSourceSpecificMembership EADDRNOTAVAIL");
}
