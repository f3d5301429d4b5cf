//! `listen`: binds, joins, prints what comes in, and answers if asked to.

use core::cell::Cell;
use core::net::IpAddr;

use alloc::rc::Rc;

use anydgram_std::{BindOptions, Datagram, Error, EventLoop, Interface, Message, Options, Socket};

use super::super::Failure;
use super::super::plan::Listen;
use super::session::Session;
use super::{FAREWELL, interfaces};

struct Listener {
    session: Session,
    groups: Vec<(IpAddr, Interface)>,
    source: Option<IpAddr>,
    echo: bool,
    /// How many datagrams are still wanted; `None`: all.
    left: Cell<Option<u64>>,
    received: Cell<u64>,
    /// Answers on their way.
    echoes: Cell<u64>,
}

pub(super) fn run(
    event_loop: &EventLoop,
    session: Session,
    options: Options,
    plan: &Listen,
) -> Result<(), Failure> {
    let options = options
        .reuse_address(plan.reuse_address)
        .reuse_port(plan.reuse_port)
        .ipv6_only(plan.ipv6_only);
    let mut groups = Vec::new();
    for join in &plan.joins {
        let interface = match &join.interface {
            Some(name) => interfaces::of_membership(name, join.group)?,
            None => Interface::Default,
        };
        groups.push((join.group, interface));
    }
    let listener = Rc::new(Listener {
        session,
        groups,
        source: plan.source,
        echo: plan.echo,
        left: Cell::new(plan.count),
        received: Cell::new(0),
        echoes: Cell::new(0),
    });
    let socket = event_loop.create_socket(options)?;
    listener.attach(&socket);
    let address = BindOptions::port(plan.port).address(plan.address.as_str());
    socket.bind(address)?;
    let Some(timeout) = plan.timeout else {
        event_loop.run()?;
        return listener.session.result();
    };
    if !event_loop.run_for(timeout)? {
        listener.time_out(&socket, plan.count);
        event_loop.run_for(FAREWELL)?;
    }
    listener.session.result()
}

impl Listener {
    fn attach(self: &Rc<Self>, socket: &Socket) {
        let this = Rc::clone(self);
        socket.on_listening(move |socket| match this.join(socket) {
            Ok(()) => this.session.listening(socket),
            Err(error) => this.session.fail(socket, &error),
        });
        let this = Rc::clone(self);
        socket.on_message(move |socket, message| this.take(socket, message));
        let this = Rc::clone(self);
        socket.on_error(move |socket, error| this.session.fail(socket, error));
        let this = Rc::clone(self);
        socket.on_close(move |socket| this.session.closed(socket));
    }

    fn join(&self, socket: &Socket) -> Result<(), Error> {
        for (group, interface) in &self.groups {
            match self.source {
                Some(source) => {
                    socket.add_source_specific_membership(source, *group, *interface)?;
                }
                None => socket.add_membership(*group, *interface)?,
            }
        }
        Ok(())
    }

    fn take(self: &Rc<Self>, socket: &Socket, message: &Message<'_>) {
        if self.left.get() == Some(0) || self.session.is_closing() {
            return;
        }
        self.left
            .set(self.left.get().map(|left| left.saturating_sub(1)));
        self.received.set(self.received.get().saturating_add(1));
        self.session.message(socket, message);
        if self.echo {
            self.answer(socket, message);
        }
        self.close_when_done(socket);
    }

    /// Sends a datagram back. That one sender cannot be answered does not end the service for the others.
    fn answer(self: &Rc<Self>, socket: &Socket, message: &Message<'_>) {
        let this = Rc::clone(self);
        let answering = socket.clone();
        let answer = Datagram::new(message.data).reply_to(message.meta);
        let outcome = socket.send_with(answer, move |result| {
            this.echoes.set(this.echoes.get().saturating_sub(1));
            match result {
                Ok(len) => this.session.sent(&answering, len),
                Err(error) if !this.session.is_closing() => {
                    this.session.report(&answering, &error);
                }
                Err(_) => {}
            }
            this.close_when_done(&answering);
        });
        match outcome {
            Ok(()) => self.echoes.set(self.echoes.get().saturating_add(1)),
            Err(error) if !self.session.is_closing() => self.session.report(socket, &error),
            Err(_) => {}
        }
    }

    /// Closes the socket when all that was wanted is here, and answered.
    fn close_when_done(&self, socket: &Socket) {
        if self.left.get() == Some(0) && self.echoes.get() == 0 {
            self.session.close(socket);
        }
    }

    fn time_out(&self, socket: &Socket, wanted: Option<u64>) {
        if let Some(wanted) = wanted
            && self.left.get() != Some(0)
        {
            let received = self.received.get();
            let text = format!("the time is up, with {received} of {wanted} datagrams");
            self.session.disappoint(&text);
        }
        self.session.close(socket);
    }
}
