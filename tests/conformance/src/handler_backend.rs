//! Backends that run a `Handler`: hosts of their own on a network in memory, in a time of their own.
//!
//! A [`Handler`] has no listeners, and this is no emitter: it keeps just the listeners of a
//! scenario, and calls them. Things happen one at a time ([`Network::step`]), and nothing is borrowed while a scenario's
//! functions run.

mod calls;
mod events;
mod listeners;
mod names;
mod smoltcp;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell, RefMut};
use core::time::Duration;

use anydgram_core::dynamic::Call;
use anydgram_core::dynamic::{CreateSocket, Signal, State, Value};
use anydgram_core::{
    Address, BindState, Datagram, Endpoint, Errno, Error, Handler, Instant, Limits, LookupToken,
    Misuse, Rule, SendToken, Socket, SocketId as CoreId, SocketType, Sockets,
};

use crate::backend::{Backend, BlockRule, EmitterCall, Script, SocketId, Uncaught};
use events::Happened;
use listeners::Listeners;
use names::{Names, Question};
pub(crate) use smoltcp::Smoltcp;

/// A host, and the time there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    host: usize,
    now: Instant,
}

/// Hosts on a network, each with a driver of its own.
pub(crate) trait Network {
    /// Does one thing that a host has to do now; whether there may be more.
    fn step(
        &mut self,
        at: At,
        sockets: &mut Sockets<'static, 'static>,
        handler: &mut dyn Handler,
    ) -> bool;

    /// Does at once what a socket asks for; its first failure.
    fn carry_out(
        &mut self,
        at: At,
        sockets: &mut Sockets<'static, 'static>,
        id: CoreId,
    ) -> Result<(), Error<'static>>;

    /// Sends a datagram, within the call if that is possible.
    fn send(
        &mut self,
        at: At,
        sockets: &mut Sockets<'static, 'static>,
        id: CoreId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse>;

    /// When a host has something to do.
    fn poll_at(&self, at: At, sockets: &Sockets<'static, 'static>) -> Option<Instant>;

    /// Whether no frame is under way.
    fn is_idle(&self) -> bool;
}

/// A socket of a scenario.
struct Record {
    host: usize,
    id: CoreId,
    listeners: Listeners,
    /// Callbacks of sends by their tokens.
    sends: RefCell<Vec<(SendToken, u64)>>,
    /// The callbacks of the connects under way, in order; `None` for one without.
    connects: RefCell<VecDeque<Option<u64>>>,
    /// The callback of a connect that waits for a bind: it listens from then on.
    waiting_connects: RefCell<Vec<Option<u64>>>,
    has_lookup: bool,
    /// How many ends of binds were told.
    told_binds: Cell<u32>,
    receive_list: Option<u64>,
    send_list: Option<u64>,
}

pub(crate) struct HandlerBackend<N> {
    network: RefCell<N>,
    sockets: Vec<RefCell<Sockets<'static, 'static>>>,
    records: RefCell<Vec<Rc<Record>>>,
    script: Weak<dyn Script>,
    myself: Weak<Self>,
    names: Rc<RefCell<Names>>,
    block_lists: RefCell<BTreeMap<u64, Vec<Rule>>>,
    /// The sockets that a signal closes, and the signals that were aborted.
    signals: RefCell<BTreeMap<u64, Vec<SocketId>>>,
    aborted: RefCell<BTreeSet<u64>>,
    happened: RefCell<VecDeque<(SocketId, Happened)>>,
    uncaught: RefCell<VecDeque<Uncaught>>,
    now: Cell<Instant>,
}

/// How many sockets a host can have.
const SOCKETS: usize = 256;

impl<N: Network + 'static> HandlerBackend<N> {
    pub(crate) fn new(
        hosts: usize,
        script: Weak<dyn Script>,
        network: impl FnOnce(usize, &Rc<RefCell<Names>>) -> N,
    ) -> Rc<Self> {
        let names = Rc::new(RefCell::new(Names::default()));
        let sockets = (0..hosts).map(|_| {
            let slots: Vec<_> = (0..SOCKETS)
                .map(|_| anydgram_core::SocketSlot::new())
                .collect();
            RefCell::new(Sockets::new(slots.leak()))
        });
        Rc::new_cyclic(|myself| Self {
            network: RefCell::new(network(hosts, &names)),
            sockets: sockets.collect(),
            records: RefCell::default(),
            script,
            myself: Weak::clone(myself),
            names,
            block_lists: RefCell::default(),
            signals: RefCell::default(),
            aborted: RefCell::default(),
            happened: RefCell::default(),
            uncaught: RefCell::default(),
            now: Cell::new(Instant::from_micros(0)),
        })
    }

    fn record(&self, socket: SocketId) -> Rc<Record> {
        let records = self.records.borrow();
        let record = records.get(socket).expect("ids come from `create` only");
        Rc::clone(record)
    }

    fn sockets_of(&self, host: usize) -> RefMut<'_, Sockets<'static, 'static>> {
        let sockets = self.sockets.get(host);
        sockets
            .expect("scenarios name hosts that are there")
            .borrow_mut()
    }

    fn at(&self, host: usize) -> At {
        let now = self.now.get();
        At { host, now }
    }

    /// Works on a socket.
    fn with<T>(&self, record: &Record, work: impl FnOnce(&mut Socket<'static>) -> T) -> T {
        let mut sockets = self.sockets_of(record.host);
        let socket = sockets.get_mut(record.id);
        work(socket.expect("sockets are never removed"))
    }

    /// Does at once what a socket asks for, with the questions that it has.
    fn carry_out(&self, record: &Record) -> Result<(), Value> {
        self.sync_block_lists(record);
        let mut sockets = self.sockets_of(record.host);
        let mut network = self.network.borrow_mut();
        let outcome = network.carry_out(self.at(record.host), &mut sockets, record.id);
        drop((sockets, network));
        self.ask();
        outcome.map_err(events::thrown)
    }

    /// Gives a socket its block lists as they are now.
    fn sync_block_lists(&self, record: &Record) {
        let lists = self.block_lists.borrow();
        let rules =
            |list: Option<u64>| list.and_then(|list| lists.get(&list)).into_iter().flatten();
        if record.receive_list.is_none() && record.send_list.is_none() {
            return;
        }
        self.with(record, |socket| {
            socket.clear_block_lists();
            for rule in rules(record.receive_list) {
                socket.block_receiving(*rule).expect("there is room");
            }
            for rule in rules(record.send_list) {
                socket.block_sending(*rule).expect("there is room");
            }
        });
    }

    /// Hands the questions of sockets with a lookup of their own to the scenario.
    fn ask(&self) {
        loop {
            let question = self.names.borrow_mut().asked.pop_front();
            let Some(question) = question else { return };
            let Question {
                host,
                id,
                token,
                lookup,
                text,
                family,
            } = question;
            let names = Rc::clone(&self.names);
            let myself = Weak::clone(&self.myself);
            let reply = Box::new(move |outcome: Result<Address, Errno>| {
                let answer = (host, id, token, outcome);
                names.borrow_mut().answers.push_back(answer);
                if let Some(backend) = myself.upgrade() {
                    backend.answer();
                }
            });
            if let Some(script) = self.script.upgrade() {
                script.ask(lookup, &text, family, reply);
            }
        }
    }

    /// Takes the answers that the scenario has given.
    fn answer(&self) {
        loop {
            let answer = self.names.borrow_mut().answers.pop_front();
            let Some((host, id, token, outcome)): Option<(usize, CoreId, LookupToken, _)> = answer
            else {
                return;
            };
            let records = self.records.borrow().clone();
            let is_it = |record: &Rc<Record>| record.host == host && record.id == id;
            let Some(socket) = records.iter().position(is_it) else {
                continue;
            };
            self.answer_now(socket, |core| core.handle_lookup(token, outcome));
        }
    }

    /// Works on a socket, and does at once what it asks for. A bind that ends within that is told within it, as in Node.
    fn answer_now(&self, socket: SocketId, work: impl FnOnce(&mut Socket<'static>)) {
        let record = self.record(socket);
        let was_binding = self.with(&record, |core| {
            let was_binding = core.bind_state() == BindState::Binding;
            work(core);
            was_binding
        });
        let told = record.told_binds.get();
        let carried_out = self.carry_out(&record);
        debug_assert!(carried_out.is_ok(), "what fails is an event");
        let is_binding = self.with(&record, |core| core.bind_state() == BindState::Binding);
        if was_binding && !is_binding && record.told_binds.get() == told {
            let next = self.with(&record, |core| core.poll_event().map(events::owned));
            if let Some(happened) = next.flatten() {
                self.call_listeners(socket, happened);
            }
        }
    }

    fn close_if_open(&self, socket: SocketId) {
        let record = self.record(socket);
        if !self.with(&record, |socket| socket.is_closed()) {
            let closed = self.with(&record, |socket| socket.close());
            closed.expect("it is open");
            let carried_out = self.carry_out(&record);
            debug_assert!(
                carried_out.is_ok(),
                "closing asks for nothing that can fail"
            );
        }
    }

    /// Does everything that there is to do now, and calls whom that concerns; whether there was anything.
    fn work(&self) -> bool {
        let mut has_worked = false;
        for _ in 0..100_000 {
            self.answer();
            let mut is_busy = false;
            for host in 0..self.sockets.len() {
                let mut collector = events::Collector::new(self, host);
                let mut network = self.network.borrow_mut();
                let mut sockets = self.sockets_of(host);
                is_busy |= network.step(self.at(host), &mut sockets, &mut collector);
                drop((network, sockets));
                self.ask();
                is_busy |= self.tell();
            }
            is_busy |= !self.network.borrow().is_idle();
            if !is_busy || !self.uncaught.borrow().is_empty() {
                return has_worked;
            }
            has_worked = true;
        }
        panic!("it never rests");
    }

    /// Calls whom what has happened concerns; whether anything has.
    fn tell(&self) -> bool {
        let mut has_told = false;
        loop {
            let next = self.happened.borrow_mut().pop_front();
            let Some((socket, happened)) = next else {
                return has_told;
            };
            has_told = true;
            self.call_listeners(socket, happened);
        }
    }
}

impl<N: Network + 'static> Backend for Rc<HandlerBackend<N>> {
    fn create(&self, host: usize, call: &CreateSocket<'_>) -> Result<SocketId, Value> {
        let options = call.options.look_up_always(call.lookup.is_some());
        let socket = Socket::with_heap(options, Limits::new());
        let id = self.sockets_of(host).add(socket);
        let id = id.expect("scenarios have few sockets");
        if let Some(lookup) = call.lookup {
            self.names.borrow_mut().lookups.insert((host, id), lookup);
        }
        let record = Record {
            host,
            id,
            listeners: Listeners::default(),
            sends: RefCell::default(),
            connects: RefCell::default(),
            waiting_connects: RefCell::default(),
            has_lookup: call.lookup.is_some(),
            told_binds: Cell::new(0),
            receive_list: call.receive_block_list,
            send_list: call.send_block_list,
        };
        if let Some(function) = call.listener {
            record.listeners.add("message", function, false, false);
        }
        let mut records = self.records.borrow_mut();
        records.push(Rc::new(record));
        let socket = records.len() - 1;
        drop(records);
        self.sync_block_lists(&self.record(socket));
        match call.signal {
            Some(Signal::Aborted) => self.close_if_open(socket),
            Some(Signal::Signal(signal)) if self.aborted.borrow().contains(&signal) => {
                self.close_if_open(socket);
            }
            Some(Signal::Signal(signal)) => {
                let mut signals = self.signals.borrow_mut();
                signals.entry(signal).or_default().push(socket);
            }
            Some(Signal::Object(_)) | None => {}
        }
        Ok(socket)
    }

    fn socket_type(&self, socket: SocketId) -> SocketType {
        let record = self.record(socket);
        self.with(&record, |socket| socket.options().socket_type)
    }

    fn state(&self, socket: SocketId) -> State {
        let record = self.record(socket);
        self.with(&record, |socket| State::of(socket))
    }

    fn call(&self, socket: SocketId, call: Call<'_>) -> Result<Value, Value> {
        calls::carry_out(self, socket, call)
    }

    fn call_emitter(&self, socket: SocketId, call: &EmitterCall<'_>) -> Result<Value, Value> {
        if let EmitterCall::Emit(event, args) = call {
            return self.emit_own(socket, &listeners::name(event), args);
        }
        self.record(socket).listeners.call(call)
    }

    fn port(&self, socket: SocketId) -> Option<u16> {
        let record = self.record(socket);
        let address: Option<Endpoint> = self.with(&record, |socket| socket.address().ok());
        address.map(|address| address.port)
    }

    fn descriptor(&self, _: SocketId) -> Option<i32> {
        None
    }

    fn free_port(&self, taken: &[u16]) -> Option<u16> {
        // Below those that are given by chance, and scenarios begin with none in use.
        (20_000..30_000).find(|port| !taken.contains(port))
    }

    fn block(&self, list: u64, rule: BlockRule) {
        let rule = match rule {
            BlockRule::Address(address) => Ok(Rule::address(address.ip)),
            BlockRule::Range(start, end) => Rule::range(start.ip, end.ip),
            BlockRule::Subnet(network, prefix) => Rule::subnet(network.ip, prefix),
        };
        let rule = rule.expect("scenarios have sound rules");
        self.block_lists
            .borrow_mut()
            .entry(list)
            .or_default()
            .push(rule);
        let records = self.records.borrow().clone();
        for record in records {
            if record.receive_list == Some(list) || record.send_list == Some(list) {
                self.sync_block_lists(&record);
            }
        }
    }

    fn abort(&self, signal: u64) {
        if self.aborted.borrow_mut().insert(signal) {
            let sockets = self.signals.borrow_mut().remove(&signal);
            for socket in sockets.into_iter().flatten() {
                self.close_if_open(socket);
            }
        }
    }

    fn take_warnings(&self) -> Vec<String> {
        Vec::new()
    }

    fn now(&self) -> Duration {
        Duration::from_micros(self.now.get().as_micros())
    }

    fn advance(&self, limit: Duration) -> Result<(), Uncaught> {
        if let Some(uncaught) = self.uncaught.borrow_mut().pop_front() {
            return Err(uncaught);
        }
        let has_worked = self.work();
        if let Some(uncaught) = self.uncaught.borrow_mut().pop_front() {
            return Err(uncaught);
        }
        if has_worked || limit.is_zero() {
            return Ok(());
        }
        // Nothing is left to do now: time passes until something is.
        let now = self.now.get();
        let network = self.network.borrow();
        let next = (0..self.sockets.len())
            .filter_map(|host| network.poll_at(self.at(host), &self.sockets_of(host)))
            .min();
        drop(network);
        let end = now.saturating_add(limit);
        // What is overdue is due as soon as time passes.
        let soon = now.saturating_add(Duration::from_micros(1));
        self.now
            .set(next.map_or(end, |next| next.clamp(soon, end.max(soon))));
        self.work();
        match self.uncaught.borrow_mut().pop_front() {
            Some(uncaught) => Err(uncaught),
            None => Ok(()),
        }
    }

    fn would_end(&self, _: Duration) -> Result<bool, Uncaught> {
        Ok(false)
    }
}
