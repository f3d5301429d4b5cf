//! One application for every backend: two hosts find each other through a multicast group, and talk.
//!
//! ```text
//!  Seeker ── anybody there? ──▶ group ──▶ Greeter     to the port that the greeter has
//!         ◀──────── I am here ───────────             to whoever asked
//!         ── goodbye ──▶  ◀── goodbye ──              the seeker is connected by now; both close
//! ```
//! Each host is a [`Handler`] that knows the core only: no operating system, no clock, no heap. `demo` runs them on the
//! operating system's sockets and on a userspace stack, and they tell the same. A second socket of the greeter's host
//! wants a port that is taken, so that an error is told, too.

use core::fmt;
use core::net::Ipv4Addr;

use anydgram_core::{
    BindOptions, Datagram, Destination, Endpoint, Errno, Error, Event, Handler, Interface,
    MulticastInterface, Options, Socket, SocketId, SocketType, Sockets, Storage, Syscall,
    SystemError,
};

/// The group where the hosts meet: one of those for private use (RFC 2365).
pub const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 42, 99);

const QUESTION: &[u8] = b"anybody there?";
const ANSWER: &[u8] = b"I am here";
const GOODBYE: &[u8] = b"goodbye";

/// Is told who does what.
pub type Tell<'a> = &'a dyn Fn(&str, fmt::Arguments<'_>);

/// Memory for one socket.
pub type Memory = Storage<256, 4, 1, 8, 0>;

/// Where a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "all there is to know")]
pub struct Site {
    /// Its address, which also names the interface that the group is on.
    pub address: Ipv4Addr,
    /// How far its question to the group goes; 0 stays on this host.
    pub hops: u32,
}

/// Waits in the group, and answers.
pub struct Greeter<'a> {
    tell: Tell<'a>,
    site: Site,
    socket: SocketId,
    /// Wants the port of the other one.
    rival: SocketId,
}

impl<'a> Greeter<'a> {
    /// Begins to listen on `port`, with 0 on one that the stack chooses.
    ///
    /// # Errors
    /// `ENOBUFS`: there is no room for two sockets.
    pub fn start<'s>(
        sockets: &mut Sockets<'_, 's>,
        [memory, more]: [&'s mut Memory; 2],
        (site, port): (Site, u16),
        tell: Tell<'a>,
    ) -> Result<Self, Error<'static>> {
        let mut socket = Socket::new(Options::new(SocketType::Udp4), memory);
        socket.bind(BindOptions::port(port))?;
        let rival = Socket::new(Options::new(SocketType::Udp4), more);
        Ok(Self {
            tell,
            site,
            socket: add(sockets, socket)?,
            rival: add(sockets, rival)?,
        })
    }

    /// The port it listens on, once it does.
    #[must_use]
    pub fn port(&self, sockets: &Sockets<'_, '_>) -> Option<u16> {
        let own = sockets.get(self.socket)?.address().ok()?;
        Some(own.port)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is only told")]
    fn react(
        &self,
        sockets: &mut Sockets<'_, '_>,
        id: SocketId,
        event: Event<'_>,
    ) -> Result<(), Error<'static>> {
        let Some(socket) = sockets.get_mut(id) else {
            return Ok(());
        };
        match event {
            Event::Listening if id == self.socket => {
                let port = socket.address()?.port;
                socket.add_membership(GROUP.into(), Interface::Address(self.site.address))?;
                if let Some(rival) = sockets.get_mut(self.rival) {
                    rival.bind(BindOptions::port(port))?;
                }
            }
            Event::Message(message) => {
                let answer = match message.data {
                    QUESTION => ANSWER,
                    GOODBYE => GOODBYE,
                    _ => return Ok(()),
                };
                socket.send(Datagram::new(answer).reply_to(message.meta))?;
            }
            // Its last word has left.
            Event::Sent { result, .. } if result == Ok(GOODBYE.len()) => socket.close()?,
            // The rival, which must not get the port; or what keeps the greeter from its work.
            Event::Listening | Event::Error { .. } => socket.close()?,
            _ => {}
        }
        Ok(())
    }
}

impl Handler for Greeter<'_> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let who = if id == self.socket {
            "greeter"
        } else {
            "rival"
        };
        report(self.tell, who, sockets.get(id), &event);
        if let Err(error) = self.react(sockets, id, event) {
            (self.tell)(who, format_args!("{error}"));
        }
    }
}

impl fmt::Debug for Greeter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Greeter")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

/// Asks the group, and talks to whoever answers first.
pub struct Seeker<'a> {
    tell: Tell<'a>,
    site: Site,
    /// Where in the group somebody may be.
    port: u16,
    has_found: bool,
}

impl<'a> Seeker<'a> {
    /// Begins to look for somebody at `port` of the group.
    ///
    /// # Errors
    /// `ENOBUFS`: there is no room for a socket.
    pub fn start<'s>(
        sockets: &mut Sockets<'_, 's>,
        memory: &'s mut Memory,
        (site, port): (Site, u16),
        tell: Tell<'a>,
    ) -> Result<Self, Error<'static>> {
        let mut socket = Socket::new(Options::new(SocketType::Udp4), memory);
        socket.bind(BindOptions::port(0).address(site.address))?;
        add(sockets, socket)?;
        Ok(Self {
            tell,
            site,
            port,
            has_found: false,
        })
    }

    /// Whether somebody has answered.
    #[must_use]
    pub const fn has_found(&self) -> bool {
        self.has_found
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is only told")]
    fn react(&mut self, socket: &mut Socket<'_>, event: Event<'_>) -> Result<(), Error<'static>> {
        match event {
            Event::Listening => {
                socket.set_multicast_interface(MulticastInterface::V4(self.site.address))?;
                socket.set_multicast_ttl(self.site.hops)?;
                let group = Destination::new(GROUP, self.port);
                socket.send(Datagram::new(QUESTION).to(group))?;
            }
            Event::Message(message) if message.data == ANSWER => {
                self.has_found = true;
                if let Some(sender) = message.meta.sender {
                    socket.connect(sender)?;
                }
            }
            Event::Connect => {
                socket.send(Datagram::new(GOODBYE))?;
            }
            Event::Message(_) | Event::Error { .. } => socket.close()?,
            _ => {}
        }
        Ok(())
    }
}

impl Handler for Seeker<'_> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        report(self.tell, "seeker", sockets.get(id), &event);
        if let Some(socket) = sockets.get_mut(id)
            && let Err(error) = self.react(socket, event)
        {
            (self.tell)("seeker", format_args!("{error}"));
        }
    }
}

impl fmt::Debug for Seeker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seeker")
            .field("has_found", &self.has_found)
            .finish_non_exhaustive()
    }
}

fn add<'s>(
    sockets: &mut Sockets<'_, 's>,
    socket: Socket<'s>,
) -> Result<SocketId, SystemError<'static>> {
    let added = sockets.add(socket);
    added.map_err(|_| SystemError::new(Syscall::Bind, Errno::ENOBUFS))
}

/// Tells what has happened to a socket.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else happens here")]
fn report(tell: Tell<'_>, who: &str, socket: Option<&Socket<'_>>, event: &Event<'_>) {
    match event {
        Event::Listening => {
            if let Some(own) = socket.and_then(|socket| socket.address().ok()) {
                tell(who, format_args!("listening on {}", Show(own)));
            }
        }
        Event::Connect => {
            if let Some(peer) = socket.and_then(|socket| socket.remote_address().ok()) {
                tell(who, format_args!("connected to {}", Show(peer)));
            }
        }
        Event::Message(message) => {
            let text = str::from_utf8(message.data).unwrap_or("?");
            if let Some(sender) = message.meta.sender {
                tell(who, format_args!("got {text:?} from {}", Show(sender)));
            }
        }
        Event::Sent { result, .. } => match result {
            Ok(bytes) => tell(who, format_args!("sent {bytes} bytes")),
            Err(error) => tell(who, format_args!("{error}")),
        },
        Event::Error { error, .. } => tell(who, format_args!("error event: {error}")),
        Event::Close => tell(who, format_args!("closed")),
        _ => {}
    }
}

/// An IPv4 address and its port as people write them.
struct Show(Endpoint);

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.address, self.0.port)
    }
}
