//! What is measured.

use core::fmt;

use crate::frames;

/// Whose code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    Ours,
    Raw,
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ours => "anydgram",
            Self::Raw => "smoltcp",
        })
    }
}

/// What happens to each datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// It comes in, and the application looks at it.
    Receive,
    /// The application queues it, and it goes out with the next poll.
    Send,
    /// It goes out within the call; smoltcp, which has no such call, queues it.
    SendAtOnce,
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
    /// How many datagrams there are before the next poll.
    pub(crate) batch: usize,
    /// How many sockets are bound; each has its turn.
    pub(crate) sockets: usize,
}

impl Case {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let works = [Work::Receive, Work::Send, Work::SendAtOnce, Work::Echo];
        let one = works.into_iter().flat_map(|work| {
            [false, true].into_iter().flat_map(move |is_v6| {
                [(64, 32), (64, 1), (1400, 32), (1400, 1)].map(move |(size, batch)| Self {
                    work,
                    is_v6,
                    size,
                    batch,
                    sockets: 1,
                })
            })
        });
        let many = works.into_iter().map(|work| Self {
            work,
            is_v6: false,
            size: 64,
            batch: 32,
            sockets: 1000,
        });
        one.chain(many)
    }

    /// What comes in: a datagram for each socket.
    pub(crate) fn frames(self) -> Vec<Vec<u8>> {
        let ports = (frames::PORT..).take(self.sockets);
        let frames = ports.map(|port| frames::datagram(self.is_v6, self.size, port));
        frames.collect()
    }

    /// The same with one socket.
    pub(crate) const fn alone(self) -> Self {
        Self { sockets: 1, ..self }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = match self.work {
            Work::Receive => "receive",
            Work::Send => "send",
            Work::SendAtOnce => "send-at-once",
            Work::Echo => "echo",
        };
        let family = if self.is_v6 { "IPv6" } else { "IPv4" };
        let Self {
            size,
            batch,
            sockets,
            ..
        } = self;
        write!(
            f,
            "{work}, {family}, {size} bytes, {batch} in one go, {sockets} bound"
        )
    }
}
