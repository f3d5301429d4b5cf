//! `listen`: joins when it is bound, prints what comes in, and answers if asked to.

use core::net::IpAddr;

use anydgram_core::{
    BindOptions, Datagram, Error, Event, Handler, Instant, Interface, Message, Misuse, Options,
    Socket, SocketId, Sockets,
};

use super::given::Usage;
use super::interfaces::{self, Interfaces};
use super::plan::Listen;
use super::run::Task;
use super::session::Session;

pub(super) struct Listener<'i> {
    session: Session<'i>,
    plan: Listen,
    groups: Vec<(IpAddr, Interface)>,
    stage: Stage,
    /// How many datagrams are still wanted; `None`: all.
    left: Option<u64>,
    received: u64,
    /// Answers on their way.
    echoes: u64,
    /// When the time is up.
    deadline: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Binding,
    /// Whether the groups could be joined is not known yet.
    Joining,
    Listening,
}

impl<'i> Listener<'i> {
    /// # Errors
    /// There is no interface of a name that is given.
    pub(super) fn new(
        session: Session<'i>,
        interfaces: &dyn Interfaces,
        plan: Listen,
    ) -> Result<Self, Usage> {
        let groups = plan.joins.iter().map(|join| {
            let interface = match &join.interface {
                Some(name) => interfaces::of_membership(interfaces, name, join.group)?,
                None => Interface::Default,
            };
            Ok((join.group, interface))
        });
        Ok(Self {
            session,
            groups: groups.collect::<Result<_, Usage>>()?,
            stage: Stage::Binding,
            left: plan.count,
            plan,
            received: 0,
            echoes: 0,
            deadline: None,
        })
    }

    fn join(&self, socket: &mut Socket<'_>) -> Result<(), Error<'static>> {
        for &(group, interface) in &self.groups {
            match self.plan.source {
                Some(source) => socket.add_source_specific_membership(source, group, interface)?,
                None => socket.add_membership(group, interface)?,
            }
        }
        Ok(())
    }

    /// Says that the socket listens, when nothing has been said against the groups.
    fn joined(&mut self, socket: &mut Socket<'_>) {
        if self.stage == Stage::Joining && !self.session.is_closing() {
            self.stage = Stage::Listening;
            self.session.listening(socket);
        }
    }

    fn take(&mut self, socket: &mut Socket<'_>, message: &Message<'_>) {
        self.joined(socket);
        if self.session.is_closing() || self.left == Some(0) {
            return;
        }
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.received = self.received.saturating_add(1);
        self.session.message(socket, message);
        if self.plan.echo {
            self.answer(socket, message);
        }
        self.close_when_done(socket);
    }

    /// Sends a datagram back. That one sender cannot be answered does not end the service for the others.
    fn answer(&mut self, socket: &mut Socket<'_>, message: &Message<'_>) {
        match socket.send(Datagram::new(message.data).reply_to(message.meta)) {
            Ok(_) => self.echoes = self.echoes.saturating_add(1),
            Err(misuse) => self.not_answered(socket, &misuse.into()),
        }
    }

    fn not_answered(&mut self, socket: &mut Socket<'_>, error: &Error<'_>) {
        if !self.session.is_closing() {
            self.session.report(socket, error);
        }
    }

    /// Closes the socket when all that was wanted is here, and answered.
    fn close_when_done(&mut self, socket: &mut Socket<'_>) {
        if self.left == Some(0) && self.echoes == 0 {
            self.session.close(socket);
        }
    }
}

impl Handler for Listener<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else is of interest"
    )]
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Some(socket) = sockets.get_mut(id) else {
            return;
        };
        match event {
            Event::Listening => match self.join(socket) {
                Ok(()) => self.stage = Stage::Joining,
                Err(error) => self.session.fail(socket, &error),
            },
            Event::Message(message) => self.take(socket, &message),
            Event::Sent { result, .. } => {
                self.echoes = self.echoes.saturating_sub(1);
                match result {
                    Ok(len) => self.session.sent(socket, len),
                    Err(error) => self.not_answered(socket, &error),
                }
                self.close_when_done(socket);
            }
            Event::Error { error, .. } => self.session.fail(socket, &error),
            Event::Close => self.session.closed(),
            _ => {}
        }
    }
}

impl<'i> Task<'i> for Listener<'i> {
    fn options(&self, options: Options) -> Options {
        options
            .reuse_address(self.plan.reuse_address)
            .reuse_port(self.plan.reuse_port)
            .ipv6_only(self.plan.ipv6_only)
    }

    fn bind(&self, socket: &mut Socket<'_>) -> Result<(), Misuse> {
        let Listen { port, address, .. } = &self.plan;
        socket.bind(BindOptions::port(*port).address(address.as_str()))
    }

    fn go_on(&mut self, now: Instant, sockets: &mut Sockets<'_, '_>, id: SocketId) {
        if self.stage == Stage::Joining
            && let Some(socket) = sockets.get_mut(id)
        {
            self.joined(socket);
        }
        let Some(timeout) = self.plan.timeout else {
            return;
        };
        let deadline = *self
            .deadline
            .get_or_insert_with(|| now.saturating_add(timeout));
        if now < deadline || self.session.is_closing() {
            return;
        }
        if let Some(wanted) = self.plan.count
            && self.left != Some(0)
        {
            let received = self.received;
            let text = format!("the time is up, with {received} of {wanted} datagrams");
            self.session.disappoint(&text);
        }
        if let Some(socket) = sockets.get_mut(id) {
            self.session.close(socket);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn session(&self) -> &Session<'i> {
        &self.session
    }
}
