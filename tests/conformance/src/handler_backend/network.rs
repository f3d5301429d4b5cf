//! Hosts on a network, as commands and steps see them, and what they tell.

use alloc::collections::VecDeque;
use core::fmt;
use core::time::Duration;

use anydgram_conformance_agent::{Answer, Call, Happened, Reply, SocketNumber, Told};
use anydgram_core::{Family, Host, Instant, Options};

use super::events::{self, Owned};

/// A host, and the time there.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct At {
    /// The host, by its number.
    pub host: usize,
    /// The time of the network.
    pub now: Instant,
}

/// Hosts on a network, each with sockets of its own.
pub trait Network {
    /// How many hosts there are.
    fn hosts(&self) -> usize;

    /// Creates a socket.
    fn create(&mut self, at: At, options: Options) -> Answer;

    /// Carries a call out.
    ///
    /// # Errors
    /// What the call says against it.
    fn execute(&mut self, at: At, socket: SocketNumber, call: Call<'_>) -> Reply;

    /// Does one thing that a host has to do now; whether there may be more.
    fn step(&mut self, at: At) -> bool;

    /// What a host has told first, of all that nobody has taken.
    fn take_news(&mut self, host: usize) -> Option<(SocketNumber, News)>;

    /// Whether no frame is under way.
    fn is_idle(&self) -> bool;

    /// Lets time pass until there may be something to do, `limit` at most; the time then.
    fn wait(&mut self, now: Instant, limit: Duration) -> Instant;
}

/// Something that a host tells.
pub struct News(pub(super) Kind);

pub(super) enum Kind {
    Happened(Owned),
    Asked(Question),
}

/// What a socket asks of a scenario's lookup.
pub(super) struct Question {
    pub(super) number: u32,
    pub(super) text: String,
    pub(super) family: Family,
}

/// What a host has told, until it is taken.
#[derive(Debug, Default)]
pub struct Queue(VecDeque<(SocketNumber, News)>);

impl Queue {
    /// Takes what was told first.
    pub fn take(&mut self) -> Option<(SocketNumber, News)> {
        self.0.pop_front()
    }
}

impl Told for Queue {
    fn told(&mut self, socket: SocketNumber, happened: Happened<'_>) {
        self.0.push_back((socket, News::of(happened)));
    }
}

impl News {
    fn of(happened: Happened<'_>) -> Self {
        let Happened::Asked {
            number,
            host,
            family,
        } = happened
        else {
            return Self(Kind::Happened(events::owned(happened)));
        };
        let text = match host {
            Host::Name(name) => name.to_owned(),
            Host::Ip(address) => address.to_string(),
            Host::Default => family.loopback().to_string(),
        };
        Self(Kind::Asked(Question {
            number,
            text,
            family,
        }))
    }
}

impl fmt::Debug for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Happened(_) => "Happened",
            Kind::Asked(_) => "Asked",
        })
    }
}

/// The time when something is due, seen from a host that has nothing more to do now.
pub(crate) fn later(now: Instant, next: Option<Instant>, limit: Duration) -> Instant {
    let end = now.saturating_add(limit);
    // What is overdue is due as soon as time passes.
    let soon = now.saturating_add(Duration::from_micros(1));
    next.map_or(end, |next| next.clamp(soon, end.max(soon)))
}
