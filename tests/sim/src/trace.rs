//! What has happened, written down and summed up: the same seed makes the same bytes.

mod process;
mod sum;
mod text;

use anydgram_core::{Endpoint, Event, Instant};
use twox_hash::XxHash64;

use crate::fault::Fault;
pub use process::{OfProcess, OfUnix};
use sum::Sum;

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
        /// A hash of them; of one that leaves in fragments, of those in the first.
        digest: u64,
    },
    /// A copy of a datagram came to a host; in a world of frames, a part of one.
    Arrived {
        /// Which one.
        datagram: u64,
        /// The host.
        host: u32,
        /// Its interface.
        interface: u32,
    },
    /// A copy of a datagram, or all of it, came to nobody; in a world of frames, a part of it.
    Dropped {
        /// Which one.
        datagram: u64,
        /// The host that sent it, or that it was for.
        host: u32,
        /// Why.
        why: Why,
    },
    /// A frame left a host, or a copy of it came to one, or did not.
    Frame {
        /// Which one: they are numbered as they leave.
        frame: u64,
        /// The host that it left, came to, or was for.
        host: u32,
        /// What became of it.
        what: OfFrame,
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
    /// A task ran that had been woken.
    Ran {
        /// The host.
        host: u32,
        /// The task: they are numbered as they are spawned, anew with each start of the host.
        task: u32,
    },
    /// Something happened to a process, or to a Unix socket, of the host's application, too.
    Process {
        /// The host.
        host: u32,
        /// The process.
        process: u32,
        /// What.
        what: OfProcess,
    },
    /// A line of the application's own.
    Note {
        /// The host.
        host: u32,
        /// What it says.
        text: Box<str>,
    },
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfFrame {
    /// It left its host.
    Sent {
        /// The datagram in it, or that of which it has a fragment.
        datagram: Option<u64>,
        /// The interface of the host.
        interface: u32,
        /// How many bytes it has.
        len: usize,
        /// A hash of them.
        digest: u64,
    },
    /// A copy of it came to a host.
    Arrived {
        /// The interface of the host.
        interface: u32,
        /// What is wrong of it, since its way up and its way down.
        flips: [Option<Flip>; 2],
    },
    /// A copy of it, or all of it, came to nobody.
    Dropped(Why),
}

/// A bit of a frame that is wrong, as it is 1: a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "all there is to know")]
pub struct Flip {
    /// The byte.
    pub at: usize,
    /// The bit of it.
    pub mask: u8,
}

impl Flip {
    /// Has the bit wrong.
    pub(crate) fn apply(self, frame: &mut [u8]) {
        if let Some(byte) = frame.get_mut(self.at) {
            *byte |= self.mask;
        }
    }
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
    /// Its bits were wrong, as a check of its receiver has shown: a fault.
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
    /// The device had no room for it, on the way out (a fault) or in: the host takes nothing, or too little.
    RingFull,
    /// A check of the host's stack failed, on a frame that came as it was sent.
    Unfit,
}

impl Why {
    /// All reasons.
    pub const ALL: [Self; 13] = [
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
        Self::RingFull,
        Self::Unfit,
    ];
}

/// What is kept of a run.
#[derive(Debug)]
pub(crate) struct Trace {
    sum: Sum,
    records: Option<Vec<Record>>,
    /// The bytes of all datagrams by their numbers, if records are kept.
    payloads: Vec<Vec<u8>>,
    /// Those of all frames.
    frames: Vec<Box<[u8]>>,
    count: u64,
}

impl Trace {
    pub(crate) fn new(keeps_records: bool) -> Self {
        Self {
            sum: Sum::new(),
            records: keeps_records.then(Vec::new),
            payloads: Vec::new(),
            frames: Vec::new(),
            count: 0,
        }
    }

    pub(crate) fn add(&mut self, at: u64, what: Happened) {
        self.count = self.count.wrapping_add(1);
        self.sum.word(at);
        self.sum.add(&what);
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

    /// Keeps more bytes of a datagram, if records are kept.
    pub(crate) fn keep_more(&mut self, datagram: u64, bytes: &[u8]) {
        let at = usize::try_from(datagram).ok();
        if let Some(payload) = at.and_then(|at| self.payloads.get_mut(at)) {
            payload.extend_from_slice(bytes);
        }
    }

    /// Keeps the bytes of the next frame, if records are kept.
    pub(crate) fn keep_frame(&mut self, bytes: &[u8]) {
        if self.records.is_some() {
            self.frames.push(bytes.into());
        }
    }

    /// The bytes of a frame, if they are kept.
    pub(crate) fn frame(&self, frame: u64) -> Option<&[u8]> {
        let at = usize::try_from(frame).ok()?;
        self.frames.get(at).map(AsRef::as_ref)
    }

    /// The bytes of a datagram, if they are kept.
    pub(crate) fn payload(&self, datagram: u64) -> Option<&[u8]> {
        let at = usize::try_from(datagram).ok()?;
        self.payloads.get(at).map(AsRef::as_ref)
    }

    /// A hash of all that has happened.
    pub(crate) fn hash(&self) -> u64 {
        self.sum.finish()
    }

    /// How much has happened.
    pub(crate) const fn len(&self) -> u64 {
        self.count
    }

    pub(crate) fn records(&self) -> &[Record] {
        self.records.as_deref().unwrap_or_default()
    }
}

/// A hash of bytes.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(0, bytes)
}
