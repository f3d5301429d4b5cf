//! A socket's capacities and options.

use anydgram_core::{FullQueue, Limits, Options, Socket, SocketType, Storage};

/// How much memory a socket has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "these are all")]
pub enum Capacity {
    /// One send, membership and rule of each kind; 8 bytes, and no event more than each operation needs.
    One,
    /// Two of each, one event more, 16 bytes.
    Two,
    /// Three sends, two memberships and rules, two events more, 24 bytes.
    Three,
    /// One send, and nothing else.
    Nothing,
    /// Two sends with room for names, one event more, 64 bytes.
    Wide,
}

impl Capacity {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::One, Self::Two, Self::Three, Self::Nothing, Self::Wide];
}

/// Room for bytes, sends, memberships, events and rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Room {
    pub(crate) bytes: usize,
    pub(crate) sends: usize,
    pub(crate) memberships: usize,
    pub(crate) events: usize,
    pub(crate) rules: usize,
}

/// What a socket is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    capacity: Capacity,
    pub(crate) room: Room,
    pub(crate) full_queue: FullQueue,
    pub(crate) look_up_always: bool,
    on_heap: bool,
}

impl Config {
    /// A `udp4` socket with so much fixed memory, which refuses a send that finds the queue full.
    #[must_use]
    pub const fn new(capacity: Capacity) -> Self {
        let (bytes, sends, memberships, events, rules) = match capacity {
            Capacity::One => (8, 1, 1, 4, 1),
            Capacity::Two => (16, 2, 2, 5, 2),
            Capacity::Three => (24, 3, 2, 6, 2),
            Capacity::Nothing => (0, 1, 0, 4, 0),
            Capacity::Wide => (64, 2, 2, 5, 1),
        };
        Self {
            capacity,
            room: Room {
                bytes,
                sends,
                memberships,
                events,
                rules,
            },
            full_queue: FullQueue::Reject,
            look_up_always: false,
            on_heap: false,
        }
    }

    /// What becomes of a send that finds the queue full.
    #[must_use]
    pub const fn full_queue(mut self, policy: FullQueue) -> Self {
        self.full_queue = policy;
        self
    }

    /// Looks every host up.
    #[must_use]
    pub const fn look_up_always(mut self, on: bool) -> Self {
        self.look_up_always = on;
        self
    }

    /// Memory on the heap, that grows as far as the fixed one reaches.
    #[must_use]
    pub const fn on_heap(mut self) -> Self {
        self.on_heap = true;
        self
    }

    /// A configuration for each number.
    #[must_use]
    pub fn from_byte(byte: u8) -> Self {
        let capacity = Capacity::ALL[usize::from(byte) % Capacity::ALL.len()];
        let rest = usize::from(byte) / Capacity::ALL.len();
        let policies = [
            FullQueue::Reject,
            FullQueue::DropOldest,
            FullQueue::DropNewest,
        ];
        let config = Self::new(capacity).full_queue(policies[rest % policies.len()]);
        config.look_up_always(rest / policies.len() % 5 == 4)
    }

    /// A socket with memory on the heap, if it is to have that.
    pub(crate) fn socket_on_heap(&self) -> Option<Socket<'static>> {
        let mut limits = Limits::new();
        limits.bytes = self.room.bytes;
        limits.sends = self.room.sends;
        limits.memberships = self.room.memberships;
        limits.events = self.room.events;
        limits.rules = self.room.rules;
        self.on_heap
            .then(|| Socket::with_heap(self.options(), limits))
    }

    pub(crate) fn options(&self) -> Options {
        Options::new(SocketType::Udp4)
            .full_queue(self.full_queue)
            .look_up_always(self.look_up_always)
    }
}

/// The fixed memory of one socket.
#[derive(Debug)]
pub(crate) enum Memory {
    One(Storage<8, 1, 1, 4, 1>),
    Two(Storage<16, 2, 2, 5, 2>),
    Three(Storage<24, 3, 2, 6, 2>),
    Nothing(Storage<0, 1, 0, 4, 0>),
    Wide(Storage<64, 2, 2, 5, 1>),
}

impl Memory {
    pub(crate) const fn new(config: &Config) -> Self {
        match config.capacity {
            Capacity::One => Self::One(Storage::new()),
            Capacity::Two => Self::Two(Storage::new()),
            Capacity::Three => Self::Three(Storage::new()),
            Capacity::Nothing => Self::Nothing(Storage::new()),
            Capacity::Wide => Self::Wide(Storage::new()),
        }
    }

    pub(crate) fn socket(&mut self, config: &Config) -> Socket<'_> {
        let options = config.options();
        match self {
            Self::One(storage) => Socket::new(options, storage),
            Self::Two(storage) => Socket::new(options, storage),
            Self::Three(storage) => Socket::new(options, storage),
            Self::Nothing(storage) => Socket::new(options, storage),
            Self::Wide(storage) => Socket::new(options, storage),
        }
    }
}
