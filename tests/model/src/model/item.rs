//! One call that is not done.

use core::hash::{Hash, Hasher};
use core::net::IpAddr;

use anydgram_core::{Operation, SendMeta};

use super::failure::{blocked, system};
use crate::seen::{Failure, Told};
use crate::step::Target;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Bind,
    Connect,
    Send,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// For the bind.
    Waiting,
    NeedsLookup,
    /// The so-manieth look-up is under way.
    LookingUp(u64),
    Ready,
    /// Its event has not been polled, and says its name.
    Settled,
}

/// A call that is not done.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) what: What,
    /// Which of the sends it is.
    pub(super) send: u64,
    pub(super) stage: Stage,
    pub(super) target: Target,
    pub(super) address: IpAddr,
    pub(super) port: u16,
    pub(super) meta: SendMeta,
    pub(super) payload: Vec<u8>,
    /// The payload's length, also of one that is too long to be kept.
    pub(super) length: usize,
    pub(super) is_too_long: bool,
    pub(super) report: bool,
    pub(super) to_peer: bool,
}

impl Item {
    pub(super) fn size(&self) -> usize {
        self.payload.len() + self.target.name().map_or(0, str::len) + self.meta_size()
    }

    /// What is asked for takes room, too: what it is, a hop limit, a traffic class, an interface, and a source.
    fn meta_size(&self) -> usize {
        if self.meta.is_none() {
            return 0;
        }
        let source = self.meta.source();
        1 + 1 + 1 + 4 + source.map_or(0, |ip| if ip.is_ipv4() { 4 } else { 16 })
    }

    pub(super) fn is_open(&self) -> bool {
        self.stage != Stage::Settled
    }

    pub(super) fn is_in_line(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Ready)
    }

    /// Whether it is a datagram that could leave but for the stack.
    pub(super) fn is_queued(&self) -> bool {
        self.what == What::Send && self.stage == Stage::Ready
    }

    /// The event that tells of its failure.
    pub(super) fn told(&self, failure: Failure) -> Told {
        match self.what {
            What::Bind => Told::Error(Operation::Bind, failure),
            What::Connect => Told::Error(Operation::Connect, failure),
            What::Send if self.report => Told::Sent(self.send, Err(failure)),
            What::Send => Told::Error(Operation::Send, failure),
        }
    }

    /// What this item's failure reads.
    pub(super) fn error(&self, why: Why) -> Failure {
        let syscall = match self.what {
            What::Bind => "bind",
            What::Connect => "connect",
            What::Send => "send",
        };
        match why {
            Why::Blocked => blocked(self.address),
            Why::Lookup(errno) => {
                let asked = self.given().unwrap_or_else(|| self.address.to_string());
                system(errno, format!("getaddrinfo {errno} {asked}"))
            }
            Why::System(errno) if self.to_peer => system(errno, format!("{syscall} {errno}")),
            Why::System(errno) => {
                let given = self.given().unwrap_or_else(|| "undefined".into());
                let port = self.port;
                system(errno, format!("{syscall} {errno} {given}:{port}"))
            }
        }
    }

    /// The same without the name, for what is told when the name is gone.
    pub(super) fn nameless_error(&self, errno: &'static str) -> Failure {
        let mut nameless = self.clone();
        if nameless.target.name().is_some() {
            nameless.target = Target::Default;
        }
        nameless.error(Why::System(errno))
    }

    fn given(&self) -> Option<String> {
        match self.target {
            Target::Default => None,
            Target::A | Target::B | Target::OtherFamily => Some(self.address.to_string()),
            Target::ShortName | Target::LongName | Target::BadName => {
                self.target.name().map(String::from)
            }
        }
    }

    pub(super) fn hash_without_numbers<H: Hasher>(&self, state: &mut H) {
        (self.what, self.target, self.address, self.port).hash(state);
        (self.length, self.is_too_long, self.report, self.to_peer).hash(state);
        self.meta_size().hash(state);
        core::mem::discriminant(&self.stage).hash(state);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Lookup(&'static str),
    System(&'static str),
    Blocked,
}
