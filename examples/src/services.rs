//! Services that find each other as those of multicast DNS (RFC 6762) do: announced to a group, asked for, kept for as long as
//! they said, and taken back.
//!
//! ```text
//!  newcomer ── who is there? ──▶ group ──▶ everybody
//!           ◀──────── I am, at this port, for so long ── group ◀── each with a service, a while later
//! ```
//! A service says again and again that it is there; who has not heard it for as long as it said forgets it. A service that
//! starts anew has a higher incarnation, so that nothing that is late from before counts.
//!
//! It is a [`Handler`] that knows the core only, with a clock and without a heap: the same file runs on the operating
//! system's sockets, on a userspace stack, and in a simulated world. [`Trust::Anything`] is a bug, to be found there.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use anydgram_core::stack::{Random, Seed};
use anydgram_core::{
    BindOptions, Datagram, Destination, Errno, Error, Event, Handler, Instant, Interface,
    MulticastInterface, Socket, SocketId, Sockets, Syscall, SystemError,
};

use crate::rendezvous::Site;

/// The group: one of those for private use (RFC 2365).
pub const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 42, 98);
/// The port of everybody in the group.
pub const PORT: u16 = 4298;
/// How long a service is known that is not heard again.
pub const LIFETIME: Duration = Duration::from_secs(3);

/// A service, as it is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "all there is to know")]
pub struct Service {
    /// What it is called, by a number.
    pub name: u16,
    /// Where it listens.
    pub port: u16,
    /// How often it was started; what is announced with a lower one is old.
    pub incarnation: u32,
}

/// A service that somebody else has announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The service.
    pub service: Service,
    /// Whose it is.
    pub address: IpAddr,
    /// Until when it is known; `None`: it has just been heard.
    expires: Option<Instant>,
}

/// What is believed of an announcement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "right, and wrong")]
pub enum Trust {
    /// That of the highest incarnation.
    #[default]
    Newest,
    /// That which comes last. A bug, planted: it shows only where a datagram of a service comes after it has started anew.
    Anything,
}

/// A member of the group, which knows up to `N` services.
pub struct Services<const N: usize> {
    socket: SocketId,
    site: Site,
    own: Option<Service>,
    trust: Trust,
    known: [Option<Known>; N],
    random: Random,
    /// When it begins, again if something was in the way; when it says something, and when it asks.
    begins_at: Option<Instant>,
    announces_at: Option<Instant>,
    asks_at: Option<Instant>,
    /// The clock, when it was looked at last.
    now: Instant,
}

impl<const N: usize> Services<N> {
    /// Begins to listen on `socket`, and announces `own`, if there is one. Several members on one computer need sockets that
    /// [share](anydgram_core::Options::reuse_address) the port.
    ///
    /// # Errors
    /// `ENOBUFS`: there is no room for the socket.
    pub fn start<'s>(
        sockets: &mut Sockets<'_, 's>,
        mut socket: Socket<'s>,
        (site, own): (Site, Option<Service>),
        (now, seed): (Instant, Seed),
    ) -> Result<Self, Error<'static>> {
        socket.bind(BindOptions::port(PORT))?;
        let full = |_| SystemError::new(Syscall::Bind, Errno::ENOBUFS);
        Ok(Self {
            socket: sockets.add(socket).map_err(full)?,
            site,
            own,
            trust: Trust::Newest,
            known: [None; N],
            random: Random::new(seed),
            begins_at: None,
            announces_at: None,
            asks_at: None,
            now,
        })
    }

    /// The same with other [trust](Trust).
    #[must_use]
    pub const fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// The service of this member.
    #[must_use]
    pub const fn own(&self) -> Option<Service> {
        self.own
    }

    /// What is known of others.
    pub fn known(&self) -> impl Iterator<Item = &Known> {
        self.known.iter().flatten()
    }

    /// Moves the service to another port, and says so.
    pub fn move_to(&mut self, port: u16) {
        if let Some(own) = &mut self.own {
            own.port = port;
            own.incarnation = own.incarnation.saturating_add(1);
            self.announces_at = self.announces_at.map(|_| self.now);
        }
    }

    /// Takes the service back, and leaves.
    pub fn stop(&mut self, sockets: &mut Sockets<'_, '_>) {
        if let Some(own) = self.own.take() {
            self.say(sockets, GOODBYE, own);
        }
        if let Some(socket) = sockets.get_mut(self.socket) {
            // One that is closed stays so.
            socket.close().ok();
        }
        (self.begins_at, self.announces_at, self.asks_at) = (None, None, None);
        self.known = [None; N];
    }

    fn begin(&mut self, sockets: &mut Sockets<'_, '_>) -> Result<(), Error<'static>> {
        let Some(socket) = sockets.get_mut(self.socket) else {
            return Ok(());
        };
        let Site { address, hops } = self.site;
        socket.add_membership(GROUP.into(), Interface::Address(address))?;
        socket.set_multicast_interface(MulticastInterface::V4(address))?;
        socket.set_multicast_ttl(hops)?;
        self.asks_at = Some(self.now);
        self.announces_at = self.own.map(|_| self.now);
        Ok(())
    }

    /// Some time from now, between a tenth of `longest` and all of it.
    fn soon(&mut self, longest: Duration) -> Instant {
        let longest = u32::try_from(longest.as_millis()).unwrap_or(u32::MAX);
        let shortest = longest / 10;
        let more = self.random.below(longest.saturating_sub(shortest));
        let wait = Duration::from_millis(shortest.saturating_add(more).into());
        self.now.saturating_add(wait)
    }

    fn say(&self, sockets: &mut Sockets<'_, '_>, kind: u8, service: Service) {
        let Service {
            name,
            port,
            incarnation,
        } = service;
        let ([a, b], [c, d]) = (name.to_be_bytes(), port.to_be_bytes());
        let [e, f, g, h] = incarnation.to_be_bytes();
        let message = [kind, a, b, c, d, e, f, g, h];
        if let Some(socket) = sockets.get_mut(self.socket) {
            let to = Destination::new(GROUP, PORT);
            let datagram = Datagram::new(&message).to(to).unreported();
            // What finds no room is said again.
            socket.send(datagram).ok();
        }
    }

    fn hear(&mut self, address: IpAddr, message: &[u8]) {
        let &[kind, a, b, c, d, e, f, g, h] = message else {
            return;
        };
        let service = Service {
            name: u16::from_be_bytes([a, b]),
            port: u16::from_be_bytes([c, d]),
            incarnation: u32::from_be_bytes([e, f, g, h]),
        };
        let is_own = self.own.is_some_and(|own| own.name == service.name);
        match kind {
            QUESTION if self.own.is_some() => {
                let soon = self.soon(Duration::from_millis(120));
                let planned = self.announces_at.unwrap_or(soon);
                self.announces_at = Some(planned.min(soon));
            }
            ANNOUNCEMENT if !is_own => self.learn(address, service),
            GOODBYE if !is_own => self.forget(service),
            _ => {}
        }
    }

    /// Whether what is known of a service is older than, or as old as, what is said of it.
    fn believes(&self, known: &Known, service: &Service) -> bool {
        known.service.name == service.name
            && (self.trust == Trust::Anything || known.service.incarnation <= service.incarnation)
    }

    fn learn(&mut self, address: IpAddr, service: Service) {
        let heard = Known {
            service,
            address,
            expires: None,
        };
        let place =
            |known: &Option<Known>| known.is_some_and(|known| known.service.name == service.name);
        let at = self.known.iter().position(place);
        let at = at.or_else(|| self.known.iter().position(Option::is_none));
        // Without room, it is one that nobody here looks for, until another one is forgotten.
        let Some(at) = at else { return };
        let is_believed = match self.known.get(at) {
            Some(Some(known)) => self.believes(known, &service),
            _ => true,
        };
        if let Some(known) = self.known.get_mut(at).filter(|_| is_believed) {
            *known = Some(heard);
        }
    }

    fn forget(&mut self, service: Service) {
        for at in 0..N {
            let is_gone = match self.known.get(at) {
                Some(Some(known)) => self.believes(known, &service),
                _ => false,
            };
            if let Some(known) = self.known.get_mut(at).filter(|_| is_gone) {
                *known = None;
            }
        }
    }

    /// What has just been heard is known for as long as it may be, and what was not heard again is forgotten.
    fn age(&mut self) {
        let now = self.now;
        for known in &mut self.known {
            if let Some(Known { expires, .. }) = known {
                expires.get_or_insert_with(|| now.saturating_add(LIFETIME));
            }
            if known.is_some_and(|known| known.expires.is_some_and(|at| at <= now)) {
                *known = None;
            }
        }
    }
}

impl<const N: usize> Handler for Services<N> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is nothing to it")]
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        match event {
            Event::Message(message) => {
                if let Some(sender) = message.meta.sender {
                    self.hear(sender.address.ip(), message.data);
                }
            }
            Event::Listening => self.begins_at = Some(self.now),
            // The address may come later, and its interface with it.
            Event::Error { error, .. } if !is_in_group_already(&error) => {
                self.begins_at = Some(self.now.saturating_add(AGAIN));
            }
            _ => {}
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let ends = self.known.iter().flatten();
        // What has just been heard is looked at as soon as there is a clock.
        let ends = ends.map(|known| known.expires.unwrap_or(self.now));
        let own = [self.begins_at, self.announces_at, self.asks_at];
        ends.chain(own.into_iter().flatten()).min()
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.now = now;
        self.age();
        if self.begins_at.is_some_and(|at| at <= now) {
            let is_begun = self.begin(sockets).is_ok();
            self.begins_at = (!is_begun).then(|| now.saturating_add(AGAIN));
        }
        if self.asks_at.is_some_and(|at| at <= now) {
            self.asks_at = Some(self.soon(LIFETIME));
            let nobody = Service {
                name: 0,
                port: 0,
                incarnation: 0,
            };
            self.say(sockets, QUESTION, nobody);
        }
        if let (Some(own), Some(at)) = (self.own, self.announces_at)
            && at <= now
        {
            self.announces_at = Some(self.soon(LIFETIME / 3));
            self.say(sockets, ANNOUNCEMENT, own);
        }
    }
}

impl<const N: usize> fmt::Debug for Services<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("own", &self.own)
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

/// Whether this is only about a group that the socket is a member of.
fn is_in_group_already(error: &Error<'_>) -> bool {
    matches!(error, Error::System(error) if error.errno == Errno::EADDRINUSE)
}

/// How long until it begins again, if something was in the way.
const AGAIN: Duration = Duration::from_secs(1);

const QUESTION: u8 = b'?';
const ANNOUNCEMENT: u8 = b'!';
const GOODBYE: u8 = b'.';
