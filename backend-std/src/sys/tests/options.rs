use anydgram_core::{MulticastInterface, SocketOption};

use super::*;
use crate::sys::options::Buffer;
use crate::test_namespace;

fn set_interface(socket: &OsSocket, interface: MulticastInterface) -> Result<(), Errno> {
    socket.set_option(SocketOption::MulticastInterface(interface))
}

#[test]
fn options_go_to_the_level_of_the_family() {
    for family in [Family::V4, Family::V6] {
        let socket = wildcard(family);
        for option in [
            SocketOption::Broadcast(true),
            SocketOption::Ttl(42),
            SocketOption::MulticastTtl(0),
            SocketOption::MulticastTtl(255),
            SocketOption::MulticastLoopback(false),
        ] {
            assert_eq!(socket.set_option(option), Ok(()), "{family:?} {option:?}");
        }
        let raw = SockRef::from(&socket.inner);
        assert!(raw.broadcast().unwrap());
        let (ttl, multicast_ttl, loopback) = match family {
            Family::V4 => (
                raw.ttl_v4(),
                raw.multicast_ttl_v4(),
                raw.multicast_loop_v4(),
            ),
            Family::V6 => (
                raw.unicast_hops_v6(),
                raw.multicast_hops_v6(),
                raw.multicast_loop_v6(),
            ),
        };
        assert_eq!(ttl.unwrap(), 42);
        assert_eq!(multicast_ttl.unwrap(), 255);
        assert!(!loopback.unwrap());
    }
}

#[test]
fn buffer_sizes_are_the_kernels() {
    let socket = wildcard(Family::V4);
    let before = socket.buffer_size(Buffer::Receive).unwrap();
    let set = |size| socket.set_option(SocketOption::ReceiveBufferSize(size));
    assert_eq!(set(0), Ok(()));
    assert_eq!(socket.buffer_size(Buffer::Receive), Ok(before));
    assert_eq!(set(10_000), Ok(()));
    assert_eq!(socket.buffer_size(Buffer::Receive), Ok(20_000));
    assert_eq!(set(1), Ok(()));
    assert_eq!(socket.buffer_size(Buffer::Receive), Ok(2304));
    assert_eq!(set(i32::MAX as u32), Ok(()));
    assert_eq!(set(i32::MAX as u32 + 1), Err(Errno::EINVAL));
    let set = |size| socket.set_option(SocketOption::SendBufferSize(size));
    assert_eq!(set(1), Ok(()));
    assert_eq!(socket.buffer_size(Buffer::Send), Ok(4608));
}

#[test]
fn the_multicast_interface_is_of_the_texts_family() {
    let socket = wildcard(Family::V4);
    let unspecified = MulticastInterface::V4(Ipv4Addr::UNSPECIFIED);
    assert_eq!(set_interface(&socket, unspecified), Ok(()));
    for wrong in [v4(203, 0, 113, 5), v4(224, 0, 0, 2)] {
        assert_eq!(
            set_interface(&socket, MulticastInterface::V4(wrong)),
            Err(Errno::EADDRNOTAVAIL)
        );
    }
    assert_eq!(
        set_interface(&socket, MulticastInterface::V6(0)),
        Err(Errno::ENOPROTOOPT)
    );
    let socket = wildcard(Family::V6);
    assert_eq!(set_interface(&socket, unspecified), Ok(()));
    assert_eq!(set_interface(&socket, MulticastInterface::V6(0)), Ok(()));
}

#[test]
fn an_interface_index_is_of_the_sockets_family() {
    test_namespace::run(|| {
        let index = interface_index("any1").unwrap();
        for family in [Family::V4, Family::V6] {
            let socket = wildcard(family);
            let set = |index| set_interface(&socket, MulticastInterface::Index(index));
            assert_eq!(set(index), Ok(()));
            let raw = SockRef::from(&socket.inner);
            match family {
                // Linux shows the address of an interface that was named by one, and nothing for an index.
                Family::V4 => assert!(raw.multicast_if_v4().unwrap().is_unspecified()),
                Family::V6 => assert_eq!(raw.multicast_if_v6().unwrap(), index),
            }
            assert!(set(9_999).is_err());
            assert_eq!(set(0), Ok(()));
        }
    });
}
