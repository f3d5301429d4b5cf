//! What happened to processes and their Unix sockets: what is kept of it, its text, and its part of the hash.

use core::fmt;

use super::Told;
use super::sum::{Sum, long};

/// What happened to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfProcess {
    /// It started.
    Began,
    /// A task of it ran that had been woken: they are numbered as they are spawned, anew with each start of the process.
    Ran(u32),
    /// A line of its own.
    Note(Box<str>),
    /// Something happened to the Unix socket of this [number](crate::unix::UnixId::number).
    Unix(u64, OfUnix),
}

/// What happened to a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfUnix {
    /// It has sent a datagram: another socket has it.
    Sent {
        /// Which one: the Unix datagrams of a host are numbered as they are sent.
        datagram: u64,
        /// The number of the socket that has it.
        to: u64,
        /// The address of the sender, if it has one.
        source: Option<Box<str>>,
        /// The address that it was sent to.
        destination: Box<str>,
        /// How many bytes it has.
        len: usize,
        /// A hash of them.
        digest: u64,
    },
    /// It was told of a datagram.
    Arrived {
        /// Which one.
        datagram: u64,
    },
    /// It will not be told of a datagram that it has: it is closed, has crashed or has let the sender go.
    Dropped {
        /// Which one.
        datagram: u64,
    },
    /// It was told something else.
    Told(Told),
    /// It is gone, with its process.
    Gone,
}

impl fmt::Display for OfProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Began => f.write_str(" is up"),
            Self::Ran(task) => write!(f, " ran task {task}"),
            Self::Note(text) => write!(f, ": {text}"),
            Self::Unix(socket, what) => write!(f, " socket {socket} {what}"),
        }
    }
}

impl fmt::Display for OfUnix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent {
                datagram,
                to,
                source,
                destination,
                len,
                digest,
            } => {
                let source = source.as_deref().unwrap_or("nobody");
                write!(
                    f,
                    "sent ~{datagram} to socket {to}: {source} to {destination}, {len} bytes, {digest:016x}"
                )
            }
            Self::Arrived { datagram } => write!(f, "got ~{datagram}"),
            Self::Dropped { datagram } => write!(f, "will not read ~{datagram}"),
            Self::Told(event) => write!(f, "was told: {event}"),
            Self::Gone => f.write_str("is gone"),
        }
    }
}

impl Sum {
    pub(super) fn of_process(&mut self, host: u32, process: u32, what: &OfProcess) {
        self.words(&[13, u64::from(host), u64::from(process)]);
        match what {
            OfProcess::Began => self.word(1),
            OfProcess::Ran(task) => self.words(&[2, u64::from(*task)]),
            OfProcess::Note(text) => {
                self.word(3);
                self.text(text);
            }
            OfProcess::Unix(socket, what) => {
                self.words(&[4, *socket]);
                self.of_unix(what);
            }
        }
    }

    fn of_unix(&mut self, what: &OfUnix) {
        match what {
            OfUnix::Sent {
                datagram,
                to,
                source,
                destination,
                len,
                digest,
            } => {
                self.words(&[1, *datagram, *to, long(*len), *digest]);
                // No address is empty.
                self.text(source.as_deref().unwrap_or_default());
                self.text(destination);
            }
            OfUnix::Arrived { datagram } => self.words(&[2, *datagram]),
            OfUnix::Dropped { datagram } => self.words(&[3, *datagram]),
            OfUnix::Told(event) => {
                self.word(4);
                self.told(event);
            }
            OfUnix::Gone => self.word(5),
        }
    }
}
