use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsFd as _, AsRawFd as _, IntoRawFd as _, RawFd};
use std::os::unix::net::{UnixDatagram, UnixStream};

use anydgram_core::{Error, Misuse, Syscall, SystemError};

use super::*;
use crate::sys::options::Buffer;
use crate::test_namespace;

const REUSE_ADDRESS: BindFlags = BindFlags {
    reuse_address: true,
    reuse_port: false,
    ipv6_only: false,
};
const REUSE_PORT: BindFlags = BindFlags {
    reuse_address: false,
    reuse_port: true,
    ipv6_only: false,
};
const IPV6_ONLY: BindFlags = BindFlags {
    reuse_address: false,
    reuse_port: false,
    ipv6_only: true,
};

fn refusal(family: Family, at: Endpoint, flags: BindFlags) -> String {
    OsSocket::bind(family, at, flags).unwrap_err().to_string()
}

#[test]
fn a_bound_socket_knows_its_address() {
    let socket = bound(LOCALHOST);
    let local = socket.local_address().unwrap();
    assert_eq!(local.address, LOCALHOST);
    assert_ne!(local.port, 0);
    assert_eq!(socket.family, Family::V4);
    assert_eq!(socket.peer_address(), Err(Errno::ENOTCONN));
    let any = wildcard(Family::V6).local_address().unwrap();
    assert_eq!(any.address, Family::V6.wildcard());
}

#[test]
fn a_socket_is_close_on_exec_and_does_not_block() {
    let socket = bound(LOCALHOST);
    let flags = kernel_flags(&socket);
    assert!(flags.contains("flags:\t02004002"), "{flags}");
}

/// `O_RDWR`, `O_NONBLOCK` and `O_CLOEXEC`, as the kernel shows them.
fn kernel_flags(socket: &OsSocket) -> String {
    let path = format!("/proc/self/fdinfo/{}", socket.as_raw_fd());
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn bind_errors_name_the_resolved_address() {
    let first = bound(LOCALHOST);
    let at = first.local_address().unwrap();
    let expected = format!("bind EADDRINUSE 127.0.0.1:{}", at.port);
    assert_eq!(refusal(Family::V4, at, BindFlags::default()), expected);

    let elsewhere = Endpoint::new(v4(203, 0, 113, 9).into(), 0);
    assert_eq!(
        refusal(Family::V4, elsewhere, BindFlags::default()),
        "bind EADDRNOTAVAIL 203.0.113.9"
    );
}

#[test]
fn impossible_bindings_are_invalid() {
    let none = BindFlags::default();
    let at = |address| Endpoint::new(address, 0);
    let v6_loopback = Family::V6.loopback();
    assert_eq!(
        refusal(Family::V4, at(v6_loopback), none),
        "bind EINVAL ::1"
    );
    assert_eq!(
        refusal(Family::V6, Endpoint::new(LOCALHOST, 9), none),
        "bind EINVAL 127.0.0.1:9"
    );
    assert_eq!(
        refusal(Family::V4, at(LOCALHOST), IPV6_ONLY),
        "bind EINVAL 127.0.0.1"
    );
    let link_local = v6("fe80::1").into();
    assert_eq!(
        refusal(Family::V6, at(link_local), none),
        "bind EINVAL fe80::1"
    );
    let mapped = v6("::ffff:127.0.0.1").into();
    assert!(OsSocket::bind(Family::V6, at(mapped), none).is_ok());
}

#[test]
fn an_address_is_shared_by_sockets_that_all_agree() {
    for flags in [REUSE_ADDRESS, REUSE_PORT] {
        let at = Endpoint::new(LOCALHOST, 0);
        let first = OsSocket::bind(Family::V4, at, flags).unwrap();
        let at = first.local_address().unwrap();
        assert!(OsSocket::bind(Family::V4, at, flags).is_ok());
        let alone = OsSocket::bind(Family::V4, at, BindFlags::default());
        assert_eq!(alone.unwrap_err().errno, Errno::EADDRINUSE);
    }
}

#[test]
fn the_ipv6_wildcard_takes_ipv4_unless_told_not_to() {
    test_namespace::run(|| {
        let both = wildcard(Family::V6);
        let at = Endpoint::new(Family::V4.wildcard(), port_of(&both));
        let taken = OsSocket::bind(Family::V4, at, BindFlags::default());
        assert_eq!(taken.unwrap_err().errno, Errno::EADDRINUSE);

        let at = Endpoint::new(Family::V6.wildcard(), 0);
        let only = OsSocket::bind(Family::V6, at, IPV6_ONLY).unwrap();
        let at = Endpoint::new(Family::V4.wildcard(), port_of(&only));
        assert!(OsSocket::bind(Family::V4, at, BindFlags::default()).is_ok());
    });
}

#[test]
fn a_refused_buffer_size_leaves_the_socket_bound() {
    let socket = bound(LOCALHOST);
    assert_eq!(socket.set_buffer_sizes(Some(10_000), Some(20_000)), Ok(()));
    assert_eq!(socket.buffer_size(Buffer::Receive), Ok(20_000));
    assert_eq!(socket.buffer_size(Buffer::Send), Ok(40_000));
    let too_much = Some(1 << 31);
    let expected = SystemError::new(Syscall::ReceiveBufferSize, Errno::EINVAL);
    assert_eq!(socket.set_buffer_sizes(too_much, Some(1)), Err(expected));
    assert_eq!(socket.buffer_size(Buffer::Send), Ok(40_000));
    let expected = SystemError::new(Syscall::SendBufferSize, Errno::EINVAL);
    assert_eq!(socket.set_buffer_sizes(None, too_much), Err(expected));
    assert!(socket.local_address().is_ok());
}

#[test]
fn a_udp_descriptor_is_adopted() {
    test_namespace::run(|| {
        for (address, family) in [("127.0.0.1:0", Family::V4), ("[::1]:0", Family::V6)] {
            let original = UdpSocket::bind(address).unwrap();
            let local = Endpoint::from(original.local_addr().unwrap());
            let fd = original.into_raw_fd();
            let socket = OsSocket::adopt(fd).unwrap();
            assert_eq!(socket.family, family);
            assert_eq!(socket.local_address(), Ok(local));
            assert_eq!(socket.receive(&mut [0]).unwrap_err(), Errno::EAGAIN);
            assert!(OsSocket::bind(family, local, REUSE_ADDRESS).is_ok());
            drop(socket);
            let alone = OsSocket::bind(family, local, BindFlags::default());
            assert!(alone.is_ok(), "dropping has closed it");
        }
    });
}

fn kind(fd: RawFd) -> &'static str {
    let error = OsSocket::adopt(fd).unwrap_err();
    let Error::Misuse(Misuse::InvalidFdType { kind }) = error else {
        panic!("{error}");
    };
    kind
}

#[test]
fn other_descriptors_are_refused_by_their_type_and_stay_open() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(kind(tcp.as_raw_fd()), "TCP");
    let file = File::open("/proc/self/exe").unwrap();
    assert_eq!(kind(file.as_raw_fd()), "FILE");
    let device = File::open("/dev/null").unwrap();
    assert_eq!(kind(device.as_raw_fd()), "FILE");
    let (reader, _writer) = io::pipe().unwrap();
    assert_eq!(kind(reader.as_raw_fd()), "PIPE");
    let (stream, _other) = UnixStream::pair().unwrap();
    assert_eq!(kind(stream.as_raw_fd()), "PIPE");
    let datagram = UnixDatagram::unbound().unwrap();
    assert_eq!(kind(datagram.as_raw_fd()), "UNKNOWN");
    let folder = File::open("/").unwrap();
    assert_eq!(kind(folder.as_raw_fd()), "UNKNOWN");
    assert_eq!(kind(-1), "UNKNOWN");
    assert!(tcp.as_fd().try_clone_to_owned().is_ok());
    if let Ok(terminal) = File::open("/dev/ptmx") {
        assert_eq!(kind(terminal.as_raw_fd()), "TTY");
    }
}
