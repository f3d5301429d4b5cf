//! Host names: addresses that need no lookup, and a small pool of threads for those that do.
//!
//! Nothing is cached and nothing is ordered: every lookup is one question to the operating system, as `dns.lookup`'s.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::fmt;
use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anydgram_core::{
    Address, Errno, Error, Family, Misuse, MulticastInterface, Syscall, SystemError, split_zone,
};

use crate::{errno, interfaces, sys};

/// The address that a host text stands for without a lookup, `None` for names.
///
/// Besides plain addresses these are IPv6 addresses with a zone, `fe80::1%eth0` and `fe80::1%2`; a zone that
/// no interface has means no scope, as in Node. The family is the text's: a socket of another one fails when
/// it uses the address.
pub(crate) fn immediate(text: &str) -> Option<Address> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(Address::new(ip));
    }
    if !is_acceptable(text) {
        return None;
    }
    let (address, zone) = split_zone(text);
    let zone = zone.filter(|zone| !zone.is_empty() && !zone.contains('%'))?;
    let ip = address.parse::<Ipv6Addr>().ok()?;
    Some(Address::scoped(ip, interfaces::scope_id_of_zone(zone)))
}

/// The interface that a text stands for in `setMulticastInterface`: the owner of an IPv4 address, or the zone of an IPv6
/// address.
///
/// # Errors
/// `setMulticastInterface EINVAL` for a text that is no address.
pub(crate) fn multicast_interface(text: &str) -> Result<MulticastInterface, Error<'static>> {
    // An empty zone is no zone here: libuv reads the text, not the resolver.
    let zoneless = || {
        let address = text.strip_suffix('%')?.parse::<Ipv6Addr>().ok()?;
        Some(Address::from(address))
    };
    match immediate(text).or_else(zoneless) {
        Some(address) => Ok(match address.ip() {
            IpAddr::V4(ip) => MulticastInterface::V4(ip),
            IpAddr::V6(_) => MulticastInterface::V6(address.scope_id()),
        }),
        None => Err(SystemError::new(Syscall::SetMulticastInterface, Errno::EINVAL).into()),
    }
}

/// Host names are at most 253 bytes long (RFC 1035 § 2.3.4, in text) and end at no NUL.
fn is_acceptable(host: &str) -> bool {
    host.len() <= MAX_HOST_LEN && !host.contains('\0')
}

/// What became of one lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer<K> {
    /// The key that the lookup was started with.
    pub(crate) key: K,
    /// The first address of the wanted family.
    pub(crate) result: Result<Address, Errno>,
}

/// Looks host names up on at most four threads.
///
/// Threads start with the first lookups and end after ten idle seconds, or when the resolver is dropped. A lookup
/// that is under way then cannot be stopped: its thread ends with it, and nobody hears of the answer.
pub(crate) struct Resolver<K> {
    shared: Arc<Shared<K>>,
}

impl<K: Send + 'static> Resolver<K> {
    /// A resolver that asks the operating system, and calls `notify` from its threads after each answer.
    pub(crate) fn new(notify: impl Fn() + Send + Sync + 'static) -> Self {
        Self::with_lookup(sys::resolve, notify)
    }

    /// A resolver that asks `look_up`, from its threads.
    pub(crate) fn with_lookup(
        look_up: impl Fn(&str, Family) -> Result<Address, Errno> + Send + Sync + 'static,
        notify: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::default()),
                work: Condvar::new(),
                look_up: Box::new(look_up),
                notify: Box::new(notify),
            }),
        }
    }

    /// Starts to look `host` up; the answer comes out of [`poll_answer`](Self::poll_answer) under `key`.
    ///
    /// # Errors
    /// [`Misuse::BadHostName`] for a host of more than 253 bytes, or with a NUL byte.
    pub(crate) fn look_up(&self, key: K, host: &str, family: Family) -> Result<(), Misuse> {
        if !is_acceptable(host) {
            return Err(Misuse::BadHostName);
        }
        let host = host.into();
        let mut state = self.shared.lock();
        state.questions.push_back(Question { key, host, family });
        if state.idle >= state.questions.len() || state.threads >= MAX_THREADS {
            self.shared.work.notify_one();
            return Ok(());
        }
        state.threads += 1;
        drop(state);
        self.start_thread();
        Ok(())
    }

    /// The next answer, in the order in which the lookups ended.
    #[must_use]
    pub(crate) fn poll_answer(&self) -> Option<Answer<K>> {
        self.shared.lock().answers.pop_front()
    }

    fn start_thread(&self) {
        let shared = Arc::clone(&self.shared);
        let started = thread::Builder::new()
            .name("anydgram-lookup".into())
            .spawn(move || shared.work());
        let Err(error) = started else { return };
        // The threads there are will do the work. Without any, this lookup fails now rather than never.
        let mut state = self.shared.lock();
        state.threads -= 1;
        if state.threads > 0 {
            return;
        }
        let result = Err(errno::from_io(&error));
        while let Some(Question { key, .. }) = state.questions.pop_front() {
            state.answers.push_back(Answer { key, result });
        }
        drop(state);
        (self.shared.notify)();
    }
}

impl<K> Drop for Resolver<K> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        state.questions.clear();
        drop(state);
        self.shared.work.notify_all();
    }
}

impl<K> fmt::Debug for Resolver<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("Resolver")
            .field("questions", &state.questions.len())
            .field("answers", &state.answers.len())
            .field("threads", &state.threads)
            .finish_non_exhaustive()
    }
}

/// What the resolver and its threads share.
struct Shared<K> {
    state: Mutex<State<K>>,
    /// Signalled for each new question, and at the end.
    work: Condvar,
    look_up: Box<LookUp>,
    notify: Box<dyn Fn() + Send + Sync>,
}

type LookUp = dyn Fn(&str, Family) -> Result<Address, Errno> + Send + Sync;

struct State<K> {
    /// Not yet taken by a thread.
    questions: VecDeque<Question<K>>,
    /// Not yet taken by the resolver's owner.
    answers: VecDeque<Answer<K>>,
    /// Threads that run, or are about to.
    threads: usize,
    /// Those of them that wait for a question.
    idle: usize,
    /// The resolver is gone.
    is_closed: bool,
}

struct Question<K> {
    key: K,
    host: Box<str>,
    family: Family,
}

impl<K> Shared<K> {
    /// A panic cannot leave the state half changed, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of one thread.
    fn work(&self) {
        while let Some(Question { key, host, family }) = self.next_question() {
            let result = (self.look_up)(&host, family);
            let mut state = self.lock();
            if state.is_closed {
                return;
            }
            state.answers.push_back(Answer { key, result });
            drop(state);
            (self.notify)();
        }
    }

    /// Waits for a question; `None` ends the thread.
    fn next_question(&self) -> Option<Question<K>> {
        let mut state = self.lock();
        state.idle += 1;
        let (mut state, _) = self
            .work
            .wait_timeout_while(state, IDLE_TIME, |state| {
                state.questions.is_empty() && !state.is_closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        let question = state.questions.pop_front();
        if question.is_none() {
            state.threads -= 1;
        }
        question
    }
}

impl<K> Default for State<K> {
    fn default() -> Self {
        Self {
            questions: VecDeque::new(),
            answers: VecDeque::new(),
            threads: 0,
            idle: 0,
            is_closed: false,
        }
    }
}

/// As many as libuv's thread pool has.
const MAX_THREADS: usize = 4;
const IDLE_TIME: Duration = Duration::from_secs(10);
const MAX_HOST_LEN: usize = 253;

#[cfg(test)]
mod tests;
