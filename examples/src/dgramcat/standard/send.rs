//! `send`: binds, sets options, sends all there is, and waits for replies if asked to.

use core::cell::{Cell, RefCell};
use core::net::IpAddr;
use core::time::Duration;
use std::time::Instant;

use alloc::rc::Rc;

use anydgram_std::{
    BindOptions, Datagram, Destination, Error, EventLoop, Family, Message, Options, Socket,
};

use super::super::Failure;
use super::super::given::Usage;
use super::super::input::{Next, Source};
use super::super::interface::InterfaceName;
use super::super::plan::Send;
use super::session::Session;
use super::{FAREWELL, interfaces, now};

/// How many datagrams are on their way at a time, so that a long input does not fill the socket's queue.
const WINDOW: u64 = 32;

struct Sender {
    session: Session,
    plan: Send,
    interface: Option<MulticastInterface>,
    source: RefCell<Source>,
    stage: Cell<Stage>,
    in_flight: Cell<u64>,
    sent: Cell<u64>,
    replies: Cell<u64>,
}

/// An interface in the form in which the socket takes it.
enum MulticastInterface {
    Index(u32),
    /// The system finds the interface of an address.
    Address(String),
}

#[derive(Clone, Copy)]
enum Stage {
    /// The socket is being bound, or connected.
    Preparing,
    Sending,
    /// There is no input right now.
    Idle,
    /// All is sent, and replies may come until then (`None`: for ever).
    Waiting(Option<Instant>),
}

pub(super) fn run(
    event_loop: &EventLoop,
    session: Session,
    options: Options,
    plan: Send,
) -> Result<(), Failure> {
    let interface = match &plan.multicast_interface {
        Some(name) => Some(MulticastInterface::find(name, options.family())?),
        None => None,
    };
    let source = Source::new(&plan.data, plan.count, event_loop.waker())?;
    let sender = Rc::new(Sender {
        session,
        interface,
        source: RefCell::new(source),
        plan,
        stage: Cell::new(Stage::Preparing),
        in_flight: Cell::new(0),
        sent: Cell::new(0),
        replies: Cell::new(0),
    });
    let socket = event_loop.create_socket(options)?;
    sender.attach(&socket);
    let (host, port) = &sender.plan.bind;
    socket.bind(BindOptions::port(*port).address(host.as_str()))?;
    // First what is there to do, which decides how long nothing has to be done.
    while event_loop.turn(Some(Duration::ZERO))? && !sender.session.is_closing() {
        sender.go_on(&socket);
        event_loop.turn(sender.patience())?;
        sender.go_on(&socket);
    }
    event_loop.run_for(FAREWELL)?;
    sender.session.result()
}

impl Sender {
    fn attach(self: &Rc<Self>, socket: &Socket) {
        let this = Rc::clone(self);
        socket.on_listening(move |socket| {
            if this.session.is_json() {
                this.session.listening(socket);
            }
            if let Err(error) = this.prepare(socket) {
                this.session.fail(socket, &error);
            }
        });
        let this = Rc::clone(self);
        socket.on_message(move |socket, message| this.take(socket, message));
        let this = Rc::clone(self);
        socket.on_error(move |socket, error| this.session.fail(socket, error));
        let this = Rc::clone(self);
        socket.on_close(move |socket| this.session.closed(socket));
    }

    fn prepare(self: &Rc<Self>, socket: &Socket) -> Result<(), Error> {
        let plan = &self.plan;
        if let Some(hops) = plan.ttl {
            socket.set_ttl(hops)?;
        }
        if let Some(hops) = plan.multicast_ttl {
            socket.set_multicast_ttl(hops)?;
        }
        match &self.interface {
            Some(MulticastInterface::Index(index)) => {
                socket.set_multicast_interface_index(*index)?;
            }
            Some(MulticastInterface::Address(address)) => {
                socket.set_multicast_interface(address)?;
            }
            None => {}
        }
        if plan.no_loopback {
            socket.set_multicast_loopback(false)?;
        }
        if plan.broadcast {
            socket.set_broadcast(true)?;
        }
        if !plan.connect {
            self.send_all(socket);
            return Ok(());
        }
        let (this, connecting) = (Rc::clone(self), socket.clone());
        socket.connect_with(self.destination(), move |outcome| match outcome {
            Ok(()) => this.send_all(&connecting),
            Err(error) => this.session.fail(&connecting, &error),
        })
    }

    /// Sends as much as there is and may be on its way.
    fn send_all(self: &Rc<Self>, socket: &Socket) {
        self.stage.set(Stage::Sending);
        while !self.session.is_closing() && self.in_flight.get() < WINDOW {
            let mut source = self.source.borrow_mut();
            let outcome = match source.next() {
                Next::Datagram(data) => self.send(socket, data),
                Next::Later => return self.stage.set(Stage::Idle),
                Next::End => {
                    drop(source);
                    return self.end_if_all_sent(socket);
                }
                Next::Failed(error) => {
                    self.session.disappoint(&format!("standard input: {error}"));
                    return self.session.close(socket);
                }
            };
            if let Err(error) = outcome {
                self.session.fail(socket, &error);
            }
        }
    }

    fn send(self: &Rc<Self>, socket: &Socket, data: &[u8]) -> Result<(), Error> {
        let mut datagram = Datagram::new(data);
        if !self.plan.connect {
            datagram = datagram.to(self.destination());
        }
        let (this, sending) = (Rc::clone(self), socket.clone());
        socket.send_with(datagram, move |outcome| {
            this.in_flight.set(this.in_flight.get().saturating_sub(1));
            match outcome {
                Ok(len) => {
                    this.sent.set(this.sent.get().saturating_add(1));
                    this.session.sent(&sending, len);
                    this.send_all(&sending);
                }
                Err(error) => this.session.fail(&sending, &error),
            }
        })?;
        self.in_flight.set(self.in_flight.get().saturating_add(1));
        Ok(())
    }

    fn end_if_all_sent(&self, socket: &Socket) {
        if self.in_flight.get() > 0 {
            return;
        }
        match self.plan.reply {
            Some(limit) if self.sent.get() > 0 => {
                self.stage.set(Stage::Waiting(now().checked_add(limit)));
                self.end_if_all_answered(socket);
            }
            _ => self.session.close(socket),
        }
    }

    fn take(&self, socket: &Socket, message: &Message<'_>) {
        if self.plan.reply.is_none() || self.session.is_closing() {
            return;
        }
        self.replies.set(self.replies.get().saturating_add(1));
        self.session.message(socket, message);
        self.end_if_all_answered(socket);
    }

    fn end_if_all_answered(&self, socket: &Socket) {
        let is_waiting = matches!(self.stage.get(), Stage::Waiting(_));
        if is_waiting && self.is_unicast() && self.replies.get() >= self.sent.get() {
            self.session.close(socket);
        }
    }

    /// What time does to the sender, and input that has come meanwhile.
    fn go_on(self: &Rc<Self>, socket: &Socket) {
        match self.stage.get() {
            Stage::Idle => self.send_all(socket),
            Stage::Waiting(Some(deadline)) if now() >= deadline => {
                if self.replies.get() == 0 && !self.session.is_closing() {
                    self.session.disappoint("the time is up, without a reply");
                }
                self.session.close(socket);
            }
            Stage::Preparing | Stage::Sending | Stage::Waiting(_) => {}
        }
    }

    /// How long nothing has to be done but what the socket tells.
    fn patience(&self) -> Option<Duration> {
        match self.stage.get() {
            // New input ends the wait.
            Stage::Preparing | Stage::Sending | Stage::Idle => None,
            Stage::Waiting(deadline) => {
                deadline.map(|deadline| deadline.saturating_duration_since(now()))
            }
        }
    }

    fn destination(&self) -> Destination<'_> {
        Destination::new(self.plan.host.as_str(), self.plan.port)
    }

    /// Whether each datagram reaches one socket, so that there is one reply to it.
    fn is_unicast(&self) -> bool {
        let address: Option<IpAddr> = self.plan.host.parse().ok();
        !self.plan.broadcast && !address.is_some_and(|address| address.is_multicast())
    }
}

impl MulticastInterface {
    /// An address counts for its own family only: a udp6 socket gets the index of the interface that has an IPv4 one.
    fn find(name: &InterfaceName, family: Family) -> Result<Self, Usage> {
        match name {
            InterfaceName::Address(address)
                if Family::of(*address) == family
                    && (address.is_ipv4() || address.is_unspecified()) =>
            {
                Ok(Self::Address(address.to_string()))
            }
            InterfaceName::Index(_) | InterfaceName::Address(_) | InterfaceName::Name(_) => {
                interfaces::index(name).map(Self::Index)
            }
        }
    }
}
