//! Descriptors that scenarios bind to: sockets that the process inherits from its parent.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::fs::File;
use std::os::fd::{AsRawFd as _, IntoRawFd as _};
use std::process::Command;

use socket2::{Domain, Socket, Type};

use crate::interpreter::Descriptors;
use crate::mistake::Mistake;

/// Tells a process which descriptors it has inherited: `udp4=5,tcp=6`.
const VARIABLE: &str = "ANYDGRAM_DESCRIPTORS";

/// Sockets for a child; they live as long as it runs.
#[derive(Debug)]
pub(crate) struct Bequest(Vec<(&'static str, Socket)>);

impl Bequest {
    pub(crate) fn new() -> Result<Self, Mistake> {
        let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, 0));
        let failed = |error| Mistake::new(format!("no sockets to pass on: {error}"));
        let mut sockets = vec![("udp4", bound(Type::DGRAM, v4).map_err(failed)?)];
        let tcp = bound(Type::STREAM, v4).map_err(failed)?;
        tcp.listen(1).map_err(failed)?;
        sockets.push(("tcp", tcp));
        // A machine without IPv6 has none to pass on.
        sockets.extend(bound(Type::DGRAM, v6).ok().map(|socket| ("udp6", socket)));
        Ok(Self(sockets))
    }

    /// Has `command` inherit the sockets.
    pub(crate) fn pass_to(&self, command: &mut Command) {
        let listed = self.0.iter();
        let listed = listed.map(|(name, socket)| format!("{name}={}", socket.as_raw_fd()));
        command.env(VARIABLE, listed.collect::<Vec<_>>().join(","));
    }
}

fn bound(kind: Type, address: SocketAddr) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    socket.bind(&address.into())?;
    socket.set_cloexec(false)?;
    Ok(socket)
}

/// The descriptors that this process has inherited; `None` if it was not started for that.
pub(crate) fn inherited() -> Option<Descriptors> {
    let listed = std::env::var(VARIABLE).ok()?;
    let entries = listed.split(',').filter_map(|entry| {
        let (name, descriptor) = entry.split_once('=')?;
        Some((name.to_owned(), descriptor.parse().ok()?))
    });
    Some(entries.collect())
}

/// A descriptor that is no socket. It stays open until the process ends.
pub(crate) fn open_file() -> Result<i32, Mistake> {
    let file = File::open("/dev/zero")
        .map_err(|error| Mistake::new(format!("/dev/zero cannot be opened: {error}")))?;
    Ok(file.into_raw_fd())
}
