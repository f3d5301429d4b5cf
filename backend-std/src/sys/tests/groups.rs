use anydgram_core::{Interface, Membership, MembershipChange, MulticastInterface, SocketOption};

use super::*;
use crate::test_namespace;

const ADD: MembershipChange = MembershipChange::Add;
const DROP: MembershipChange = MembershipChange::Drop;

fn group(text: &str, interface: Interface) -> Membership {
    Membership::any_source(ip(text), interface)
}

fn channel(source: &str, text: &str, interface: Interface) -> Membership {
    Membership::source_specific(ip(source), ip(text), interface)
}

/// Every way to name the interface `any0` for a family.
fn any0(family: Family) -> Vec<Interface> {
    let index = Interface::Index(interface_index("any0").unwrap());
    match family {
        Family::V4 => vec![
            Interface::Default,
            Interface::Address(v4(192, 0, 2, 10)),
            index,
        ],
        Family::V6 => vec![Interface::Default, index],
    }
}

#[test]
fn a_membership_comes_and_goes_once() {
    test_namespace::run(|| {
        for (family, address) in [(Family::V4, "239.1.2.3"), (Family::V6, "ff15::1:2")] {
            for interface in any0(family) {
                let socket = wildcard(family);
                let member = group(address, interface);
                assert_eq!(socket.membership(DROP, &member), Err(Errno::EADDRNOTAVAIL));
                assert_eq!(socket.membership(ADD, &member), Ok(()), "{member:?}");
                assert_eq!(socket.membership(ADD, &member), Err(Errno::EADDRINUSE));
                assert_eq!(socket.membership(DROP, &member), Ok(()));
                assert_eq!(socket.membership(DROP, &member), Err(Errno::EADDRNOTAVAIL));
            }
        }
    });
}

#[test]
fn a_source_comes_and_goes_once() {
    test_namespace::run(|| {
        for (family, source, address) in [
            (Family::V4, "192.0.2.11", "232.1.2.3"),
            (Family::V6, "2001:db8::11", "ff3e::1:2"),
        ] {
            for interface in any0(family) {
                let socket = wildcard(family);
                let member = channel(source, address, interface);
                assert_eq!(socket.membership(ADD, &member), Ok(()), "{member:?}");
                assert_eq!(
                    socket.membership(ADD, &member),
                    Err(Errno::EADDRNOTAVAIL),
                    "{member:?}"
                );
                assert_eq!(socket.membership(DROP, &member), Ok(()));
                assert!(socket.membership(DROP, &member).is_err());
            }
        }
    });
}

#[test]
fn impossible_memberships_are_refused() {
    test_namespace::run(|| {
        let v4_socket = wildcard(Family::V4);
        let v6_socket = wildcard(Family::V6);
        let default = Interface::Default;
        let nowhere = Interface::Address(v4(203, 0, 113, 9));
        let no_index = Interface::Index(9_999);
        let join_v4 = |member| v4_socket.membership(ADD, &member);
        let join_v6 = |member| v6_socket.membership(ADD, &member);
        assert_eq!(join_v4(group("192.0.2.1", default)), Err(Errno::EINVAL));
        assert_eq!(join_v6(group("2001:db8::1", default)), Err(Errno::EINVAL));
        assert_eq!(
            join_v4(group("ff15::1:2", default)),
            Err(Errno::ENOPROTOOPT)
        );
        assert_eq!(
            join_v4(channel("2001:db8::10", "ff3e::1:2", default)),
            Err(Errno::ENOPROTOOPT)
        );
        assert_eq!(join_v6(group("239.1.2.3", default)), Ok(()));
        assert_eq!(join_v6(channel("192.0.2.11", "232.1.2.3", default)), Ok(()));
        assert_eq!(
            join_v4(channel("2001:db8::10", "232.1.2.3", default)),
            Err(Errno::EINVAL)
        );
        assert_eq!(
            join_v6(channel("192.0.2.10", "ff3e::1:2", default)),
            Err(Errno::EINVAL)
        );
        assert_eq!(join_v4(group("239.1.2.3", nowhere)), Err(Errno::ENODEV));
        assert_eq!(
            join_v4(channel("192.0.2.11", "232.1.2.3", nowhere)),
            Err(Errno::ENODEV)
        );
        assert_eq!(join_v4(group("239.1.2.3", no_index)), Err(Errno::ENODEV));
        assert_eq!(join_v6(group("ff15::1:2", no_index)), Err(Errno::ENODEV));
        let any0 = Interface::Address(v4(192, 0, 2, 10));
        assert_eq!(join_v6(group("ff15::1:2", any0)), Err(Errno::EINVAL));
    });
}

#[test]
fn the_twenty_first_group_is_one_too_many() {
    test_namespace::run(|| {
        let socket = wildcard(Family::V4);
        let join = |last| {
            let address = IpAddr::V4(v4(239, 9, 9, last));
            socket.membership(ADD, &Membership::any_source(address, Interface::Default))
        };
        for last in 1..=20 {
            assert_eq!(join(last), Ok(()));
        }
        assert_eq!(join(21), Err(Errno::ENOBUFS));
    });
}

#[test]
fn all_interfaces_means_those_that_can_multicast() {
    test_namespace::run(|| {
        for (address, via) in [("239.1.2.3", Family::V4), ("ff15::1:2", Family::V6)] {
            let mut receiver = wildcard(via);
            let all = group(address, Interface::All);
            assert_eq!(receiver.membership(ADD, &all), Ok(()));
            assert_eq!(receiver.membership(ADD, &all), Err(Errno::EADDRINUSE));
            for name in ["any0", "any1"] {
                let sender = wildcard(via);
                let index = interface_index(name).unwrap();
                let leave_by = MulticastInterface::Index(index);
                sender
                    .set_option(SocketOption::MulticastInterface(leave_by))
                    .unwrap();
                let to = Endpoint::new(ip(address).into(), port_of(&receiver));
                sent(&sender, to, name);
                let mut buffer = [0; 8];
                let (len, _) = receive(&mut receiver, &mut buffer).unwrap();
                assert_eq!(&buffer[..len], name.as_bytes());
            }
            assert_eq!(receiver.membership(DROP, &all), Ok(()));
            assert_eq!(receiver.membership(DROP, &all), Err(Errno::EADDRNOTAVAIL));
        }
    });
}

#[test]
fn a_channel_lets_only_its_source_through() {
    test_namespace::run(|| {
        for (good, bad, address) in [
            ("192.0.2.10", "192.0.2.11", "232.1.2.3"),
            ("2001:db8::10", "2001:db8::11", "ff3e::1:2"),
        ] {
            let family = Family::of(ip(address));
            let mut receiver = wildcard(family);
            let member = channel(good, address, Interface::Default);
            assert_eq!(receiver.membership(ADD, &member), Ok(()));
            let to = Endpoint::new(ip(address).into(), port_of(&receiver));
            sent(&bound(ip(bad).into()), to, "bad");
            sent(&bound(ip(good).into()), to, "good");
            let mut buffer = [0; 8];
            let (len, _) = receive(&mut receiver, &mut buffer).unwrap();
            assert_eq!(&buffer[..len], b"good");
        }
    });
}
