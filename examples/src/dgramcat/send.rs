//! `send`: sets options when it is bound, sends all there is, and waits for replies if asked to.

use core::net::IpAddr;

use anydgram_core::{
    BindOptions, Datagram, Destination, Error, Event, Family, Handler, Instant, Message, Misuse,
    MulticastInterface, SendMeta, Socket, SocketId, Sockets,
};

use super::complain;
use super::given::Usage;
use super::input::{Next, Source};
use super::interface::InterfaceName;
use super::interfaces::{self, Interfaces};
use super::plan::Send;
use super::run::Task;
use super::session::Session;

/// How many datagrams are on their way at a time, so that a long input does not fill the socket's queue.
const WINDOW: u64 = 32;

pub(super) struct Sender<'i> {
    session: Session<'i>,
    plan: Send,
    interface: Option<MulticastInterface>,
    /// What each datagram asks for.
    meta: SendMeta,
    source: Source,
    stage: Stage,
    in_flight: u64,
    sent: u64,
    replies: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The socket is being bound.
    Binding,
    /// Whether its options could be set is not known yet.
    Preparing,
    Connecting,
    Sending,
    /// There is no input right now.
    Idle,
    /// All is sent, and replies may come.
    Sent,
    /// They may come until then.
    Waiting(Instant),
}

impl<'i> Sender<'i> {
    /// # Errors
    /// There is no interface of the name that is given.
    pub(super) fn new(
        session: Session<'i>,
        interfaces: &dyn Interfaces,
        (plan, family): (Send, Family),
        source: Source,
    ) -> Result<Self, Usage> {
        let interface = plan.multicast_interface.as_ref();
        let interface = interface.map(|name| multicast_interface(interfaces, name, family));
        let mut meta = plan.asked.meta;
        if let Some(name) = &plan.asked.interface {
            meta = meta.with_interface(interfaces::index(interfaces, name)?);
        }
        Ok(Self {
            session,
            interface: interface.transpose()?,
            meta,
            plan,
            source,
            stage: Stage::Binding,
            in_flight: 0,
            sent: 0,
            replies: 0,
        })
    }

    fn prepare(&self, socket: &mut Socket<'_>) -> Result<(), Error<'static>> {
        let plan = &self.plan;
        if let Some(hops) = plan.ttl {
            socket.set_ttl(hops)?;
        }
        if let Some(hops) = plan.multicast_ttl {
            socket.set_multicast_ttl(hops)?;
        }
        if let Some(interface) = self.interface {
            socket.set_multicast_interface(interface)?;
        }
        if plan.no_loopback {
            socket.set_multicast_loopback(false)?;
        }
        if plan.broadcast {
            socket.set_broadcast(true)?;
        }
        Ok(())
    }

    /// Connects or sends, when nothing has been said against the options.
    fn prepared(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId) {
        if !self.plan.connect {
            return self.send_all(sockets, id);
        }
        self.stage = Stage::Connecting;
        if let Some(socket) = sockets.get_mut(id)
            && let Err(misuse) = socket.connect(destination(&self.plan))
        {
            self.session.fail(socket, &misuse.into());
        }
    }

    /// Sends as much as there is and may be on its way. Without anything to send, it does not touch the socket.
    fn send_all(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId) {
        self.stage = Stage::Sending;
        while !self.session.is_closing() && self.in_flight < WINDOW {
            let next = self.source.next();
            if let Next::Later = next {
                self.stage = Stage::Idle;
                return;
            }
            let Some(socket) = sockets.get_mut(id) else {
                return;
            };
            let data = match next {
                Next::Datagram(data) => data,
                Next::Later | Next::End => return self.end_if_all_sent(socket),
                Next::Failed(error) => {
                    self.session.disappoint(&format!("standard input: {error}"));
                    return self.session.close(socket);
                }
            };
            let mut datagram = Datagram::new(data).with(self.meta);
            if !self.plan.connect {
                datagram = datagram.to(destination(&self.plan));
            }
            match socket.send(datagram) {
                Ok(_) => self.in_flight = self.in_flight.saturating_add(1),
                Err(misuse) => self.session.fail(socket, &misuse.into()),
            }
        }
    }

    /// Says why a datagram was not sent, and what may help.
    fn not_sent(&mut self, socket: &mut Socket<'_>, error: &Error<'_>) {
        let hint = self.meta.source().filter(|_| !self.session.is_closing());
        self.session.fail(socket, error);
        if let Some(source) = hint {
            complain(&format!(
                "dgramcat: --source takes an address of this host: is {source} one?"
            ));
        }
    }

    fn end_if_all_sent(&mut self, socket: &mut Socket<'_>) {
        if self.in_flight > 0 {
            return;
        }
        if self.plan.reply.is_some() && self.sent > 0 {
            self.stage = Stage::Sent;
            self.end_if_all_answered(socket);
        } else {
            self.session.close(socket);
        }
    }

    fn take(&mut self, socket: &mut Socket<'_>, message: &Message<'_>) {
        if self.plan.reply.is_none() || self.session.is_closing() {
            return;
        }
        self.replies = self.replies.saturating_add(1);
        self.session.message(socket, message);
        self.end_if_all_answered(socket);
    }

    fn end_if_all_answered(&mut self, socket: &mut Socket<'_>) {
        let is_waiting = matches!(self.stage, Stage::Sent | Stage::Waiting(_));
        if is_waiting && self.is_unicast() && self.replies >= self.sent {
            self.session.close(socket);
        }
    }

    /// Whether each datagram reaches one socket, so that there is one reply to it.
    fn is_unicast(&self) -> bool {
        let address: Option<IpAddr> = self.plan.host.parse().ok();
        !self.plan.broadcast && !address.is_some_and(|address| address.is_multicast())
    }
}

impl Handler for Sender<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else is of interest"
    )]
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Some(socket) = sockets.get_mut(id) else {
            return;
        };
        match event {
            Event::Listening => {
                if self.session.is_json() {
                    self.session.listening(socket);
                }
                match self.prepare(socket) {
                    Ok(()) => self.stage = Stage::Preparing,
                    Err(error) => self.session.fail(socket, &error),
                }
            }
            Event::Connect => self.send_all(sockets, id),
            Event::Message(message) => self.take(socket, &message),
            Event::Sent { result, .. } => {
                self.in_flight = self.in_flight.saturating_sub(1);
                match result {
                    Ok(len) => {
                        self.sent = self.sent.saturating_add(1);
                        self.session.sent(socket, len);
                        self.send_all(sockets, id);
                    }
                    Err(error) => self.not_sent(socket, &error),
                }
            }
            Event::Error { error, .. } => self.session.fail(socket, &error),
            Event::Close => self.session.closed(),
            _ => {}
        }
    }
}

impl<'i> Task<'i> for Sender<'i> {
    fn bind(&self, socket: &mut Socket<'_>) -> Result<(), Misuse> {
        let (host, port) = &self.plan.bind;
        socket.bind(BindOptions::port(*port).address(host.as_str()))
    }

    fn go_on(&mut self, now: Instant, sockets: &mut Sockets<'_, '_>, id: SocketId) {
        if self.session.is_closing() {
            return;
        }
        match (self.stage, self.plan.reply) {
            (Stage::Preparing, _) => self.prepared(sockets, id),
            (Stage::Idle, _) => self.send_all(sockets, id),
            (Stage::Sent, Some(limit)) => self.stage = Stage::Waiting(now.saturating_add(limit)),
            (Stage::Waiting(deadline), _) if now >= deadline => {
                if self.replies == 0 {
                    self.session.disappoint("the time is up, without a reply");
                }
                if let Some(socket) = sockets.get_mut(id) {
                    self.session.close(socket);
                }
            }
            _ => {}
        }
    }

    fn deadline(&self) -> Option<Instant> {
        if let Stage::Waiting(deadline) = self.stage {
            Some(deadline)
        } else {
            None
        }
    }

    fn session(&self) -> &Session<'i> {
        &self.session
    }
}

fn destination(plan: &Send) -> Destination<'_> {
    Destination::new(plan.host.as_str(), plan.port)
}

/// An address counts for its own family only: a udp6 socket gets the index of the interface that has an IPv4 one.
fn multicast_interface(
    interfaces: &dyn Interfaces,
    name: &InterfaceName,
    family: Family,
) -> Result<MulticastInterface, Usage> {
    match (family, name) {
        (Family::V4, InterfaceName::Address(IpAddr::V4(address))) => {
            Ok(MulticastInterface::V4(*address))
        }
        (Family::V6, InterfaceName::Address(IpAddr::V6(address))) if address.is_unspecified() => {
            Ok(MulticastInterface::V6(0))
        }
        _ => interfaces::index(interfaces, name).map(MulticastInterface::Index),
    }
}
