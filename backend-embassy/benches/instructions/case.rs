//! What is measured.

use core::fmt;

/// Whose code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    /// embassy-net's own sockets.
    Plain,
    /// Ours, with a handler.
    Handler,
    /// Ours, with a task that receives and queues.
    Queue,
    /// Ours, with a task that receives, sends, and waits until each datagram has left.
    Await,
}

impl Contestant {
    pub(crate) const ALL: [Self; 4] = [Self::Plain, Self::Handler, Self::Queue, Self::Await];
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "embassy-net",
            Self::Handler => "handler",
            Self::Queue => "queue",
            Self::Await => "send.await",
        })
    }
}

/// What happens to each datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// It comes in, and the application looks at it.
    Receive,
    /// The application sends it, and it goes out.
    Send,
    /// It comes in and goes back.
    Echo,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) work: Work,
    pub(crate) is_v6: bool,
    /// Bytes of payload.
    pub(crate) size: usize,
    /// How many datagrams there are before anybody is polled.
    pub(crate) batch: usize,
}

impl Case {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let works = [Work::Receive, Work::Send, Work::Echo].into_iter();
        let families = works.flat_map(|work| [(work, false), (work, true)]);
        let sizes = families.flat_map(|family| [16, 64, 1400].map(|size| (family, size)));
        sizes.flat_map(|((work, is_v6), size)| {
            [32, 1].map(|batch| Self {
                work,
                is_v6,
                size,
                batch,
            })
        })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = match self.work {
            Work::Receive => "receive",
            Work::Send => "send",
            Work::Echo => "echo",
        };
        let family = if self.is_v6 { "IPv6" } else { "IPv4" };
        let Self { size, batch, .. } = self;
        write!(f, "{work}, {family}, {size} bytes, {batch} in one go")
    }
}
