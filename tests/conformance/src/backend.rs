//! What a backend has to offer so that scenarios run on it.
//!
//! The interpreter of steps knows no backend, and a backend no scenario. What a scenario's functions are called with
//! comes back through [`Script`], at the moment it happens: their steps call the backend again.

use alloc::rc::Weak;
use core::time::Duration;

use anydgram_core::dynamic::{Call, CreateSocket, EventName, State, Value};
use anydgram_core::{Address, Capabilities, Errno, Family, Feature, SocketType};
use anydgram_sim::Level;

use crate::handler_backend::{Embassy, HandlerBackend, Sim, Smoltcp};
use crate::need::Need;
use crate::scenario::Scenario;
use crate::std_backend::StdBackend;

/// The description by which the symbol `events.errorMonitor` is known.
pub const ERROR_MONITOR: &str = "events.errorMonitor";

/// A socket, by the order of creation.
pub type SocketId = usize;

/// The answer to a lookup; dropping it leaves the question open.
pub type Reply = Box<dyn FnOnce(Result<Address, Errno>)>;

/// The functions of a scenario, as a backend calls them.
pub trait Script {
    /// Calls a function: a listener, or the callback of a call.
    fn call(&self, function: u64, args: &[Value]);

    /// Asks a scripted lookup.
    fn ask(&self, lookup: u64, host: &str, family: Family, reply: Reply);
}

/// A rule of a block list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new rule must reach every backend"
)]
pub enum BlockRule {
    /// One address.
    Address(Address),
    /// All addresses from one to another.
    Range(Address, Address),
    /// All addresses with these first bits.
    Subnet(Address, u8),
}

/// A call of the emitter that takes no listener to add or remove.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new call must reach every backend"
)]
pub enum EmitterCall<'a> {
    /// `emit`: whether anyone listened.
    Emit(EventName<'a>, &'a [Value]),
    /// `listeners`: an array of functions.
    Listeners(EventName<'a>),
    /// `rawListeners`: an array of functions.
    RawListeners(EventName<'a>),
    /// `listenerCount`, of one function if there is one.
    Count(EventName<'a>, Option<u64>),
    /// `eventNames`: an array of texts and symbols.
    EventNames,
    /// `removeAllListeners`, of one event if there is one.
    RemoveAll(Option<EventName<'a>>),
    /// `getMaxListeners`.
    MaxListeners,
}

/// An `error` that nobody handled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Uncaught {
    /// Whose event it was, where the backend knows.
    pub socket: Option<SocketId>,
    /// The error.
    pub error: Value,
}

impl Uncaught {
    /// An `error` of a socket that nobody handled.
    #[must_use]
    pub fn new(socket: Option<SocketId>, error: Value) -> Self {
        Self { socket, error }
    }
}

/// A stack under test. Errors are JavaScript's error objects, see [`crate::errors`].
pub trait Backend {
    /// Creates a socket on a host. Functions, block lists and signals are known by their ids from here on; a block
    /// list or signal exists as soon as it is named.
    ///
    /// # Errors
    /// What the creation throws.
    fn create(&self, host: usize, call: &CreateSocket<'_>) -> Result<SocketId, Value>;

    /// The property `type`.
    fn socket_type(&self, socket: SocketId) -> SocketType;

    /// What arguments mean now.
    fn state(&self, socket: SocketId) -> State;

    /// Carries a call out. What it returns, if that is not the socket itself or one of its arguments.
    ///
    /// # Errors
    /// What the call throws.
    fn call(&self, socket: SocketId, call: Call<'_>) -> Result<Value, Value>;

    /// Carries a call of the emitter out.
    ///
    /// # Errors
    /// What the call throws.
    fn call_emitter(&self, socket: SocketId, call: &EmitterCall<'_>) -> Result<Value, Value>;

    /// The port of a bound socket.
    fn port(&self, socket: SocketId) -> Option<u16>;

    /// The system's descriptor of a socket.
    fn descriptor(&self, socket: SocketId) -> Option<i32>;

    /// A port that nobody uses, and that nobody gets by chance.
    fn free_port(&self, taken: &[u16]) -> Option<u16>;

    /// Adds a rule to a block list.
    fn block(&self, list: u64, rule: BlockRule);

    /// Aborts a signal.
    fn abort(&self, signal: u64);

    /// Takes the warnings about too many listeners that came with the last call.
    fn take_warnings(&self) -> Vec<String>;

    /// The backend's time, from any point. It need not be the machine's: in a simulated network, waiting passes it.
    fn now(&self) -> Duration;

    /// Does what there is to do, after waiting for it for `limit` at most. One round: what comes of it stays for the
    /// next one.
    ///
    /// # Errors
    /// An `error` that nobody handled; what was left to do is still there.
    fn advance(&self, limit: Duration) -> Result<(), Uncaught>;

    /// Whether the event loop would end now, or within `limit`.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    fn would_end(&self, limit: Duration) -> Result<bool, Uncaught>;
}

/// The backends, by their names on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `anydgram-std`: the sockets of the operating system.
    Std,
    /// `anydgram-smoltcp`: hosts on an Ethernet in memory.
    Smoltcp,
    /// `anydgram-embassy`: hosts with embassy-net on an Ethernet in memory.
    Embassy,
    /// `anydgram-sim`: hosts in a world in which nothing goes wrong.
    Sim,
    /// The same in a world of frames.
    SimFrames,
    /// `anydgram-embassy` on boards in QEMU.
    Qemu,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Std,
        Self::Smoltcp,
        Self::Embassy,
        Self::Sim,
        Self::SimFrames,
        Self::Qemu,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::Smoltcp => "smoltcp",
            Self::Embassy => "embassy",
            Self::Sim => "sim",
            Self::SimFrames => "sim-frames",
            Self::Qemu => "qemu",
        }
    }

    /// The backend of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether its sockets are the machine's own: scenarios with a network run in a private namespace then.
    #[must_use]
    pub const fn is_of_machine(self) -> bool {
        match self {
            Self::Std => true,
            Self::Smoltcp | Self::Embassy | Self::Sim | Self::SimFrames | Self::Qemu => false,
        }
    }

    /// What it can do; scenarios that need more are excused.
    #[must_use]
    pub const fn capabilities(self) -> Capabilities {
        match self {
            Self::Std => anydgram_std::capabilities(),
            Self::Smoltcp => anydgram_smoltcp::capabilities(),
            Self::Sim | Self::SimFrames => anydgram_sim::capabilities(),
            Self::Embassy | Self::Qemu => anydgram_embassy::capabilities(),
        }
    }

    /// Whether scenarios can have this of it.
    #[must_use]
    pub const fn has(self, need: Need) -> bool {
        let feature = match need {
            Need::Multicast => Feature::Multicast,
            Need::SourceSpecific => Feature::SourceSpecificMulticast,
            Need::Broadcast => Feature::Broadcast,
            Need::LinkLocal => Feature::Zones,
            Need::Ipv6 => Feature::Ipv6,
            Need::HostNames => Feature::HostNames,
            Need::Fd => Feature::AdoptDescriptor,
            Need::BufferSizes => Feature::BufferSizes,
            Need::ReuseAddr => Feature::ReuseAddress,
            Need::ReusePort => Feature::ReusePort,
            Need::Icmp => Feature::PeerErrors,
            // Rust's listeners return, and its arguments have types.
            Need::Exceptions | Need::JavaScript => return false,
            Need::Network | Need::Emitter => return true,
            Need::SeveralInterfaces | Need::SeveralAddresses => {
                return matches!(
                    self,
                    Self::Std | Self::Smoltcp | Self::Sim | Self::SimFrames
                );
            }
            // A handler has no listeners, and its driver runs as long as somebody polls it.
            Need::SendBacklog | Need::EventLoop => {
                return matches!(self, Self::Std);
            }
        };
        self.capabilities().has(feature)
    }

    /// The name in the support table and in difference files: the same for the same stack.
    #[must_use]
    pub const fn stack(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::Smoltcp => "smoltcp",
            Self::Sim | Self::SimFrames => "sim",
            Self::Embassy | Self::Qemu => "embassy",
        }
    }

    /// Starts the backend with the hosts of a scenario.
    ///
    /// # Errors
    /// What the machine has against it; `Unsupported` for boards, which `tests/firmware` has.
    pub fn start(
        self,
        scenario: &Scenario,
        script: Weak<dyn Script>,
    ) -> std::io::Result<Box<dyn Backend>> {
        match self {
            Self::Std => {
                // All hosts' addresses belong to one namespace.
                Ok(Box::new(StdBackend::new(script)?))
            }
            Self::Smoltcp => {
                let network = Smoltcp::new(scenario.hosts);
                Ok(Box::new(HandlerBackend::new(script, network)))
            }
            Self::Embassy => {
                let network =
                    Embassy::new(scenario.hosts, scenario.needs.contains(&Need::LinkLocal));
                Ok(Box::new(HandlerBackend::new(script, network)))
            }
            Self::Sim => {
                let network = Sim::new(scenario.hosts, Level::Datagrams);
                Ok(Box::new(HandlerBackend::new(script, network)))
            }
            Self::SimFrames => {
                let network = Sim::new(scenario.hosts, Level::Frames);
                Ok(Box::new(HandlerBackend::new(script, network)))
            }
            Self::Qemu => Err(std::io::Error::new(
                std::io::ErrorKind::Unsupported,
                "boards are started by anydgram-firmware-conformance, in tests/firmware",
            )),
        }
    }
}
