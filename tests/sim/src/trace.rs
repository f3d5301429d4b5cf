//! What has happened, written down and summed up: the same seed makes the same bytes.

mod text;

use core::hash::Hasher as _;
use core::net::IpAddr;

use anydgram_core::{Endpoint, Event, Instant};
use twox_hash::XxHash64;

use crate::fault::Fault;

/// Something that happened, and when by the time of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "all there is to know")]
pub struct Record {
    /// When.
    pub at: Instant,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happened {
    /// A datagram left a host.
    Sent {
        /// Which one: they are numbered as they leave.
        datagram: u64,
        /// The host.
        host: u32,
        /// Its interface.
        interface: u32,
        /// Who sent it.
        source: Endpoint,
        /// To whom.
        destination: Endpoint,
        /// How many bytes it has.
        len: usize,
        /// A hash of them.
        digest: u64,
    },
    /// A copy of a datagram came to a host.
    Arrived {
        /// Which one.
        datagram: u64,
        /// The host.
        host: u32,
        /// Its interface.
        interface: u32,
    },
    /// A copy of a datagram, or all of it, came to nobody.
    Dropped {
        /// Which one.
        datagram: u64,
        /// The host that sent it, or that it was for.
        host: u32,
        /// Why.
        why: Why,
    },
    /// A socket was told something.
    Told {
        /// The host.
        host: u32,
        /// The index of the socket.
        socket: usize,
        /// What.
        event: Told,
    },
    /// Something went wrong, by the seed or the script.
    Fault(Fault),
    /// A host started, or goes on.
    Up {
        /// The host.
        host: u32,
    },
    /// A link is up again.
    LinkUp {
        /// The host.
        host: u32,
        /// Its interface.
        interface: u32,
    },
    /// A line of the application's own.
    Note {
        /// The host.
        host: u32,
        /// What it says.
        text: Box<str>,
    },
}

/// What a socket was told: an [`Event`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// [`Event::Listening`].
    Listening,
    /// [`Event::Connect`].
    Connect,
    /// [`Event::Message`]: who sent it, and how many bytes it has.
    Message(Option<Endpoint>, usize),
    /// [`Event::Sent`] with the number of bytes.
    Sent(usize),
    /// [`Event::Sent`] with an error, as text.
    NotSent(Box<str>),
    /// [`Event::Drained`].
    Drained,
    /// [`Event::Error`], as text.
    Error(Box<str>),
    /// [`Event::Close`].
    Close,
}

impl Told {
    #[expect(clippy::wildcard_enum_match_arm, reason = "there may be more events")]
    pub(crate) fn of(event: &Event<'_>) -> Self {
        match event {
            Event::Listening => Self::Listening,
            Event::Connect => Self::Connect,
            Event::Message(message) => Self::Message(message.meta.sender, message.data.len()),
            Event::Sent {
                result: Ok(bytes), ..
            } => Self::Sent(*bytes),
            Event::Drained => Self::Drained,
            Event::Error { error, .. } => Self::Error(error.to_string().into()),
            Event::Close => Self::Close,
            Event::Sent {
                result: Err(error), ..
            } => Self::NotSent(error.to_string().into()),
            // There is no other yet.
            _ => Self::Error(format!("{event:?}").into()),
        }
    }
}

/// Why a datagram came to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Why {
    /// It was lost on the way: a fault.
    Lost,
    /// Its bits were wrong: a fault.
    Corrupt,
    /// Its sender was told that nobody has the port: a fault.
    Refused,
    /// It was longer than the segment takes for a while: a fault.
    TooLong,
    /// The interface was down.
    LinkDown,
    /// The segment had fallen apart.
    Parted,
    /// The queue of the cable was full.
    QueueFull,
    /// Nobody on the segment has the address.
    NoNeighbour,
    /// The host was down.
    HostDown,
    /// The host has no use for it: a foreign address or group, a source that cannot be.
    NotOurs,
    /// No socket has the port.
    NoSocket,
}

impl Why {
    /// All reasons.
    pub const ALL: [Self; 11] = [
        Self::Lost,
        Self::Corrupt,
        Self::Refused,
        Self::TooLong,
        Self::LinkDown,
        Self::Parted,
        Self::QueueFull,
        Self::NoNeighbour,
        Self::HostDown,
        Self::NotOurs,
        Self::NoSocket,
    ];
}

/// What is kept of a run.
#[derive(Debug)]
pub(crate) struct Trace {
    hasher: XxHash64,
    records: Option<Vec<Record>>,
    /// The bytes of all datagrams by their numbers, if records are kept.
    payloads: Vec<Box<[u8]>>,
    count: u64,
}

impl Trace {
    pub(crate) fn new(keeps_records: bool) -> Self {
        Self {
            hasher: XxHash64::with_seed(0),
            records: keeps_records.then(Vec::new),
            payloads: Vec::new(),
            count: 0,
        }
    }

    pub(crate) fn add(&mut self, at: u64, what: Happened) {
        self.count = self.count.wrapping_add(1);
        self.word(at);
        self.sum(&what);
        if let Some(records) = &mut self.records {
            let at = Instant::from_micros(at);
            records.push(Record { at, what });
        }
    }

    /// Keeps the bytes of the next datagram, if records are kept.
    pub(crate) fn keep(&mut self, bytes: &[u8]) {
        if self.records.is_some() {
            self.payloads.push(bytes.into());
        }
    }

    /// The bytes of a datagram, if they are kept.
    pub(crate) fn payload(&self, datagram: u64) -> Option<&[u8]> {
        let at = usize::try_from(datagram).ok()?;
        self.payloads.get(at).map(AsRef::as_ref)
    }

    /// A hash of all that has happened.
    pub(crate) fn hash(&self) -> u64 {
        self.hasher.finish()
    }

    /// How much has happened.
    pub(crate) const fn len(&self) -> u64 {
        self.count
    }

    pub(crate) fn records(&self) -> &[Record] {
        self.records.as_deref().unwrap_or_default()
    }

    fn word(&mut self, word: u64) {
        self.hasher.write(&word.to_le_bytes());
    }

    fn words(&mut self, words: &[u64]) {
        for &word in words {
            self.word(word);
        }
    }

    fn endpoint(&mut self, endpoint: &Endpoint) {
        match endpoint.address.ip {
            IpAddr::V4(ip) => self.hasher.write(&ip.octets()),
            IpAddr::V6(ip) => self.hasher.write(&ip.octets()),
        }
        self.word(u64::from(endpoint.address.scope_id) << 16 | u64::from(endpoint.port));
    }

    /// Whatever is told apart by the values is told apart by the words.
    fn sum(&mut self, what: &Happened) {
        match what {
            Happened::Sent {
                datagram,
                host,
                interface,
                source,
                destination,
                len,
                digest,
            } => {
                let len = u64::try_from(*len).unwrap_or(u64::MAX);
                self.words(&[1, *datagram, u64::from(*host), u64::from(*interface), len]);
                self.endpoint(source);
                self.endpoint(destination);
                self.word(*digest);
            }
            Happened::Arrived {
                datagram,
                host,
                interface,
            } => self.words(&[2, *datagram, u64::from(*host), u64::from(*interface)]),
            Happened::Dropped {
                datagram,
                host,
                why,
            } => self.words(&[3, *datagram, u64::from(*host), *why as u64]),
            Happened::Told {
                host,
                socket,
                event,
            } => {
                let socket = u64::try_from(*socket).unwrap_or(u64::MAX);
                self.words(&[4, u64::from(*host), socket]);
                self.told(event);
            }
            Happened::Fault(fault) => {
                self.word(5);
                self.text(&fault.to_string());
            }
            Happened::Up { host } => self.words(&[6, u64::from(*host)]),
            Happened::LinkUp { host, interface } => {
                self.words(&[7, u64::from(*host), u64::from(*interface)]);
            }
            Happened::Note { host, text } => {
                self.words(&[8, u64::from(*host)]);
                self.text(text);
            }
        }
    }

    fn told(&mut self, event: &Told) {
        let long = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
        match event {
            Told::Listening => self.word(1),
            Told::Connect => self.word(2),
            Told::Message(sender, len) => {
                self.words(&[3, long(*len), u64::from(sender.is_some())]);
                if let Some(sender) = sender {
                    self.endpoint(sender);
                }
            }
            Told::Sent(bytes) => self.words(&[4, long(*bytes)]),
            Told::NotSent(text) => {
                self.word(5);
                self.text(text);
            }
            Told::Drained => self.word(6),
            Told::Error(text) => {
                self.word(7);
                self.text(text);
            }
            Told::Close => self.word(8),
        }
    }

    fn text(&mut self, text: &str) {
        self.word(u64::try_from(text.len()).unwrap_or(u64::MAX));
        self.hasher.write(text.as_bytes());
    }
}

/// A hash of a datagram's bytes.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(0, bytes)
}
