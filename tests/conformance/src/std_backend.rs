//! `anydgram-std` under test: the sockets of the operating system, on one event loop.

mod calls;
mod events;
mod membership;
mod ports;
mod warnings;

use alloc::collections::BTreeMap;
use alloc::rc::{Rc, Weak};
use core::cell::RefCell;
use core::time::Duration;
use std::time::Instant;

use anydgram_core::dynamic::{Call, CreateSocket, Signal, State, Value};
use anydgram_core::{Address, ErrorAddress, Family, SocketType};
use anydgram_std::{
    AbortController, AbortSignal, BlockList, Error, EventLoop, Listener, LookupReply, Socket,
    SocketOptions, Zoned,
};

use crate::backend::{Backend, BlockRule, EmitterCall, Reply, Script, SocketId, Uncaught};
use crate::clock;
use crate::errors;

/// The operating system's sockets.
pub(crate) struct StdBackend {
    event_loop: EventLoop,
    /// Keeps the loop running, as the timers of a program that waits do.
    waiting: Socket,
    sockets: RefCell<Vec<Socket>>,
    script: Weak<dyn Script>,
    /// Listeners by the ids of their functions: equal ids are one listener.
    listeners: Rc<RefCell<BTreeMap<u64, Listener>>>,
    block_lists: RefCell<BTreeMap<u64, BlockList>>,
    controllers: RefCell<BTreeMap<u64, AbortController>>,
    start: Instant,
}

impl StdBackend {
    pub(crate) fn new(script: Weak<dyn Script>) -> std::io::Result<Self> {
        warnings::catch();
        let event_loop = EventLoop::new()?;
        let waiting = event_loop.create_socket(SocketType::Udp4);
        let waiting = waiting.map_err(std::io::Error::from)?;
        let address = Address::from(core::net::Ipv4Addr::LOCALHOST);
        waiting
            .bind_sync(anydgram_std::BindOptions::default().address(address))
            .map_err(std::io::Error::from)?;
        Ok(Self {
            event_loop,
            waiting,
            sockets: RefCell::default(),
            script,
            listeners: Rc::default(),
            block_lists: RefCell::default(),
            controllers: RefCell::default(),
            start: clock::now(),
        })
    }

    fn socket(&self, id: SocketId) -> Socket {
        let sockets = self.sockets.borrow();
        sockets
            .get(id)
            .cloned()
            .expect("ids come from `create` only")
    }

    fn block_list(&self, id: u64) -> BlockList {
        self.block_lists.borrow_mut().entry(id).or_default().clone()
    }

    fn signal(&self, id: u64) -> AbortSignal {
        let mut controllers = self.controllers.borrow_mut();
        controllers.entry(id).or_default().signal()
    }

    fn options(&self, call: &CreateSocket<'_>) -> SocketOptions {
        let mut options = SocketOptions::from(call.options);
        if let Some(lookup) = call.lookup {
            let script = Weak::clone(&self.script);
            options = options.lookup(move |host, family, reply| {
                ask(&script, lookup, (host, family), reply);
            });
        }
        options = match call.signal {
            Some(Signal::Signal(id)) => options.signal(self.signal(id)),
            Some(Signal::Aborted) => options.signal(AbortSignal::abort()),
            // Nothing that a typed program could give aborts it.
            Some(Signal::Object(_)) | None => options,
        };
        if let Some(id) = call.receive_block_list {
            options = options.receive_block_list(self.block_list(id));
        }
        if let Some(id) = call.send_block_list {
            options = options.send_block_list(self.block_list(id));
        }
        options
    }
}

fn ask(script: &Weak<dyn Script>, lookup: u64, question: (&str, Family), reply: LookupReply) {
    let (host, family) = question;
    let reply: Reply = Box::new(move |outcome| reply.answer(outcome));
    if let Some(script) = script.upgrade() {
        script.ask(lookup, host, family, reply);
    }
}

impl Backend for StdBackend {
    fn create(&self, _host: usize, call: &CreateSocket<'_>) -> Result<SocketId, Value> {
        let options = self.options(call);
        let socket = match call.listener {
            None => self.event_loop.create_socket(options),
            Some(function) => {
                let listener = self.listener(function);
                let created = self.event_loop.create_socket(options);
                created.inspect(|socket| {
                    socket.on_listener("message", &listener);
                })
            }
        };
        let socket = socket.map_err(|error| thrown(&error))?;
        let mut sockets = self.sockets.borrow_mut();
        sockets.push(socket);
        Ok(sockets.len() - 1)
    }

    fn socket_type(&self, socket: SocketId) -> SocketType {
        self.socket(socket).socket_type()
    }

    fn state(&self, socket: SocketId) -> State {
        let socket = self.socket(socket);
        State::new()
            .running(!socket.is_closed())
            .bind(socket.bind_state())
            .connect(socket.connect_state())
    }

    fn call(&self, socket: SocketId, call: Call<'_>) -> Result<Value, Value> {
        self.carry_out(&self.socket(socket), call)
    }

    fn call_emitter(&self, socket: SocketId, call: &EmitterCall<'_>) -> Result<Value, Value> {
        self.carry_out_emitter(&self.socket(socket), call)
    }

    fn port(&self, socket: SocketId) -> Option<u16> {
        let address = self.socket(socket).address().ok()?;
        Some(address.port)
    }

    fn descriptor(&self, socket: SocketId) -> Option<i32> {
        self.socket(socket).raw_fd()
    }

    fn free_port(&self, taken: &[u16]) -> Option<u16> {
        ports::free(taken)
    }

    fn block(&self, list: u64, rule: BlockRule) {
        let list = self.block_list(list);
        let outcome = match rule {
            BlockRule::Address(address) => {
                list.add_address(address.ip());
                Ok(())
            }
            BlockRule::Range(start, end) => list.add_range(start.ip(), end.ip()),
            BlockRule::Subnet(network, prefix) => list.add_subnet(network.ip(), prefix),
        };
        outcome.expect("scenarios have sound rules");
    }

    fn abort(&self, signal: u64) {
        let controller = self
            .controllers
            .borrow_mut()
            .entry(signal)
            .or_default()
            .clone();
        controller.abort();
    }

    fn take_warnings(&self) -> Vec<String> {
        warnings::take()
    }

    fn now(&self) -> Duration {
        clock::now().saturating_duration_since(self.start)
    }

    fn advance(&self, limit: Duration) -> Result<(), Uncaught> {
        let outcome = self.event_loop.turn(Some(limit));
        outcome.map(drop).map_err(|error| self.uncaught(&error))
    }

    fn would_end(&self, limit: Duration) -> Result<bool, Uncaught> {
        self.waiting.unreference();
        let outcome = self.event_loop.run_for(limit);
        self.waiting.reference();
        outcome.map_err(|error| self.uncaught(&error))
    }
}

impl StdBackend {
    /// The loop does not say whose error it was: it must be of a socket without a listener for it.
    fn uncaught(&self, error: &Error) -> Uncaught {
        let sockets = self.sockets.borrow();
        let deaf = |socket: &Socket| socket.listener_count("error", None) == 0;
        Uncaught::new(sockets.iter().position(deaf), thrown(error))
    }
}

/// An error as a call throws it.
fn thrown(error: &Error) -> Value {
    errors::from_core(
        error.as_core(),
        &error.to_string(),
        |address| match address {
            ErrorAddress::Ip(address) => Zoned(address).to_string().into(),
            ErrorAddress::Name(name) => name.into(),
            // The enum may grow.
            ErrorAddress::None | ErrorAddress::Undefined | _ => Value::Undefined,
        },
    )
}
