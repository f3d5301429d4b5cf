//! Backends that run a `Handler`: hosts of their own on a network, in memory or of boards, in a time of their own.
//!
//! A [`Handler`](anydgram_core::Handler) has no listeners, and this is no emitter: it keeps just the listeners of a
//! scenario, and calls them. Things happen one at a time ([`Network::step`]), and nothing is borrowed while a scenario's
//! functions run.

mod calls;
mod embassy;
mod events;
mod listeners;
mod lookups;
mod network;
mod sim;
mod smoltcp;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, RefCell};
use core::fmt;
use core::time::Duration;

use anydgram_conformance_agent::{Answer, Blocked, Call as AgentCall, Reply, SocketNumber};
use anydgram_core::dynamic::Call;
use anydgram_core::dynamic::{CreateSocket, Signal, State, Value};
use anydgram_core::{Address, BindState, Errno, Instant, SocketType};

use crate::backend::{Backend, BlockRule, EmitterCall, Script, SocketId, Uncaught};
pub(crate) use embassy::Embassy;
use events::Owned;
use listeners::Listeners;
pub use network::{At, Network, News, Queue};
use network::{Kind, Question};
pub(crate) use sim::Sim;
pub(crate) use smoltcp::Smoltcp;

/// The names of interfaces by their indexes.
const INTERFACES: [(u32, &str); 3] = [(1, "lo"), (2, "any0"), (3, "any1")];

/// A socket of a scenario.
struct Record {
    host: usize,
    /// Which one of its host's.
    number: SocketNumber,
    socket_type: SocketType,
    listeners: Listeners,
    /// Callbacks of sends by their numbers.
    sends: RefCell<Vec<(u32, u64)>>,
    /// The callbacks of the connects under way, in order; `None` for one without.
    connects: RefCell<VecDeque<Option<u64>>>,
    /// The callback of a connect that waits for a bind: it listens from then on.
    waiting_connects: RefCell<Vec<Option<u64>>>,
    lookup: Option<u64>,
    /// How many ends of binds were told.
    told_binds: Cell<u32>,
    receive_list: Option<u64>,
    send_list: Option<u64>,
}

/// A backend on a network: the listeners of a scenario, and what it has its hosts do.
pub struct HandlerBackend<N> {
    network: RefCell<N>,
    records: RefCell<Vec<Rc<Record>>>,
    script: Weak<dyn Script>,
    myself: Weak<Self>,
    block_lists: RefCell<BTreeMap<u64, Vec<Blocked>>>,
    /// The sockets that a signal closes, and the signals that were aborted.
    signals: RefCell<BTreeMap<u64, Vec<SocketId>>>,
    aborted: RefCell<BTreeSet<u64>>,
    asked: RefCell<VecDeque<(SocketId, Question)>>,
    answers: Rc<RefCell<VecDeque<Given>>>,
    happened: RefCell<VecDeque<(SocketId, Owned)>>,
    uncaught: RefCell<VecDeque<Uncaught>>,
    next_send: Cell<u32>,
    now: Cell<Instant>,
}

/// The answer to a question, by its number.
type Given = (SocketId, u32, Result<Address, Errno>);

impl<N: Network + 'static> HandlerBackend<N> {
    /// The backend that calls the functions of `script`.
    pub fn new(script: Weak<dyn Script>, network: N) -> Rc<Self> {
        Rc::new_cyclic(|myself| Self {
            network: RefCell::new(network),
            records: RefCell::default(),
            script,
            myself: Weak::clone(myself),
            block_lists: RefCell::default(),
            signals: RefCell::default(),
            aborted: RefCell::default(),
            asked: RefCell::default(),
            answers: Rc::default(),
            happened: RefCell::default(),
            uncaught: RefCell::default(),
            next_send: Cell::new(0),
            now: Cell::new(Instant::from_micros(0)),
        })
    }

    fn record(&self, socket: SocketId) -> Rc<Record> {
        let records = self.records.borrow();
        let record = records.get(socket).expect("ids come from `create` only");
        Rc::clone(record)
    }

    fn at(&self, host: usize) -> At {
        let now = self.now.get();
        At { host, now }
    }

    /// Has a call of a socket carried out.
    fn execute(&self, record: &Record, call: AgentCall<'_>) -> Reply {
        let mut network = self.network.borrow_mut();
        let reply = network.execute(self.at(record.host), record.number, call);
        drop(network);
        self.take_news(record.host);
        assert_ne!(reply, Ok(Answer::Impossible), "{call:?}");
        reply
    }

    fn bind_state(&self, record: &Record) -> BindState {
        self.state_of(record).bind
    }

    fn state_of(&self, record: &Record) -> State {
        let Ok(Answer::State {
            is_running,
            bind,
            connect,
        }) = self.execute(record, AgentCall::State)
        else {
            unreachable!("each socket has a state")
        };
        State::new().running(is_running).bind(bind).connect(connect)
    }

    /// Takes what a host has told.
    fn take_news(&self, host: usize) {
        loop {
            let news = self.network.borrow_mut().take_news(host);
            let Some((number, news)) = news else { return };
            let records = self.records.borrow();
            let is_it = |record: &Rc<Record>| (record.host, record.number) == (host, number);
            let Some(socket) = records.iter().position(is_it) else {
                continue;
            };
            match news.0 {
                Kind::Happened(happened) => {
                    self.happened.borrow_mut().push_back((socket, happened));
                }
                Kind::Asked(question) => self.asked.borrow_mut().push_back((socket, question)),
            }
        }
    }

    /// Does at once what a socket asks for, with the questions that it has.
    fn carry_out(&self, record: &Record) -> Result<(), Value> {
        self.sync_block_lists(record);
        let outcome = self.execute(record, AgentCall::CarryOut);
        self.ask();
        outcome.map(drop).map_err(events::thrown)
    }

    /// Gives a socket its block lists as they are now.
    fn sync_block_lists(&self, record: &Record) {
        let lists = self.block_lists.borrow();
        let rules =
            |list: Option<u64>| list.and_then(|list| lists.get(&list)).into_iter().flatten();
        if record.receive_list.is_none() && record.send_list.is_none() {
            return;
        }
        let receiving = rules(record.receive_list).map(|rule| AgentCall::BlockReceiving(*rule));
        let sending = rules(record.send_list).map(|rule| AgentCall::BlockSending(*rule));
        let calls = core::iter::once(AgentCall::ClearBlockLists);
        for call in calls.chain(receiving).chain(sending) {
            let outcome = self.execute(record, call);
            outcome.expect("scenarios have sound rules, and there is room");
        }
    }

    fn close_if_open(&self, socket: SocketId) {
        let record = self.record(socket);
        if self.state_of(&record).running {
            let closed = self.execute(&record, AgentCall::Close);
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
            let hosts = self.network.borrow().hosts();
            for host in 0..hosts {
                is_busy |= self.network.borrow_mut().step(self.at(host));
                self.take_news(host);
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

impl<N> fmt::Debug for HandlerBackend<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerBackend").finish_non_exhaustive()
    }
}

impl<N: Network + 'static> Backend for Rc<HandlerBackend<N>> {
    fn create(&self, host: usize, call: &CreateSocket<'_>) -> Result<SocketId, Value> {
        let options = call.options.look_up_always(call.lookup.is_some());
        let answer = self.network.borrow_mut().create(self.at(host), options);
        let Answer::Socket(number) = answer else {
            panic!("there is no room for a socket")
        };
        let record = Record {
            host,
            number,
            socket_type: options.socket_type,
            listeners: Listeners::default(),
            sends: RefCell::default(),
            connects: RefCell::default(),
            waiting_connects: RefCell::default(),
            lookup: call.lookup,
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
        self.record(socket).socket_type
    }

    fn state(&self, socket: SocketId) -> State {
        self.state_of(&self.record(socket))
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
        match self.execute(&self.record(socket), AgentCall::Address) {
            Ok(Answer::Endpoint(address)) => Some(address.port),
            Ok(_) | Err(_) => None,
        }
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
            BlockRule::Address(address) => Blocked::Address(address.ip()),
            BlockRule::Range(start, end) => Blocked::Range(start.ip(), end.ip()),
            BlockRule::Subnet(network, prefix) => Blocked::Subnet(network.ip(), prefix),
        };
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
        let now = self.network.borrow_mut().wait(self.now.get(), limit);
        self.now.set(now);
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
