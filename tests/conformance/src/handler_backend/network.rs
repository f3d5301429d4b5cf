//! Hosts on a network, as commands and steps see them, and what they tell.

use alloc::collections::VecDeque;
use core::time::Duration;

use anydgram_conformance_agent::{Answer, Call, Happened, Reply, SocketNumber, Told};
use anydgram_core::{Family, Host, Instant, Options};

use super::events::{self, Owned};

/// A host, and the time there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) host: usize,
    pub(crate) now: Instant,
}

/// Hosts on a network, each with sockets of its own.
pub(crate) trait Network {
    /// How many hosts there are.
    fn hosts(&self) -> usize;

    /// Creates a socket.
    fn create(&mut self, at: At, options: Options) -> Answer;

    /// Carries a call out.
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
pub(crate) enum News {
    Happened(Owned),
    Asked(Question),
}

/// What a socket asks of a scenario's lookup.
pub(crate) struct Question {
    pub(crate) number: u32,
    pub(crate) text: String,
    pub(crate) family: Family,
}

/// What a host has told, until it is taken.
#[derive(Default)]
pub(crate) struct Queue(VecDeque<(SocketNumber, News)>);

impl Queue {
    pub(crate) fn take(&mut self) -> Option<(SocketNumber, News)> {
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
            return Self::Happened(events::owned(happened));
        };
        let text = match host {
            Host::Name(name) => name.to_owned(),
            Host::Ip(address) => address.to_string(),
            Host::Default => family.loopback().to_string(),
        };
        Self::Asked(Question {
            number,
            text,
            family,
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
