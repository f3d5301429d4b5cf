//! One call that is not done.

use core::net::IpAddr;

use crate::step::Target;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Bind,
    Connect,
    Send,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    NeedsLookup,
    LookingUp,
    Ready,
    /// Its event has not been polled, and says its name.
    Settled,
}

/// A call that is not done.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) what: What,
    pub(super) stage: Stage,
    pub(super) target: Target,
    pub(super) address: IpAddr,
    pub(super) port: u16,
    pub(super) payload: Vec<u8>,
    /// The payload's length, also of one that is too long to be kept.
    pub(super) length: usize,
    pub(super) is_too_long: bool,
    pub(super) report: bool,
    pub(super) to_peer: bool,
}

impl Item {
    pub(super) fn size(&self) -> usize {
        self.payload.len() + self.target.name().map_or(0, str::len)
    }

    pub(super) fn is_open(&self) -> bool {
        self.stage != Stage::Settled
    }

    pub(super) fn is_in_line(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Ready)
    }

    /// What this item's failure reads.
    pub(super) fn error(&self, why: Why) -> String {
        let syscall = match self.what {
            What::Bind => "bind",
            What::Connect => "connect",
            What::Send => "send",
        };
        match why {
            Why::Blocked => format!("IP({}) is blocked by net.BlockList", self.address),
            Why::Lookup(errno) => {
                let asked = self.given().unwrap_or_else(|| self.address.to_string());
                format!("getaddrinfo {errno} {asked}")
            }
            Why::System(errno) if self.to_peer => format!("{syscall} {errno}"),
            Why::System(errno) => {
                let given = self.given().unwrap_or_else(|| "undefined".into());
                format!("{syscall} {errno} {given}:{}", self.port)
            }
        }
    }

    /// The same without the name, for what is told when the name is gone.
    pub(super) fn nameless_error(&self, errno: &'static str) -> String {
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Lookup(&'static str),
    System(&'static str),
    Blocked,
}
