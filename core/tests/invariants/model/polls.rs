//! What the backend and the application poll.

use core::net::IpAddr;

use anydgram_core::{Membership, MembershipChange, SocketOption};

use super::{Asked, Bind, Connection, Life, Member, Model, Parting, Stage, Text, What, Why};

impl Model {
    /// Checks an action: `text` is what the socket has handed out, `id` the lookup that it is, and
    /// `option` and `membership` what it is about.
    pub(crate) fn poll_action(&mut self) -> Expected {
        if core::mem::take(&mut self.must_close) {
            return Expected::Action("close".into());
        }
        if self.life == Life::Closed {
            return Expected::Nothing;
        }
        if self.bind == Bind::Requested {
            self.bind = Bind::Opening;
            let (address, port) = self.local;
            let (fd, is_exclusive) = (self.fd, self.is_exclusive);
            return Expected::Action(format!("bind {address}:{port} {fd:?} {is_exclusive}"));
        }
        if self.bind == Bind::Bound {
            if self.parting == Parting::Due {
                self.parting = Parting::Issued;
                return Expected::Action("disconnect".into());
            }
            let due = self.options.iter().filter(|(_, is_due)| *is_due);
            let due: Vec<_> = due.map(|(option, _)| *option).collect();
            if !due.is_empty() {
                return Expected::OneOption(due);
            }
            let due = self
                .memberships
                .iter()
                .filter(|(_, joined)| joined.is_due());
            let due: Vec<_> = due
                .map(|(membership, joined)| match joined {
                    Member::Wanted => (MembershipChange::Add, *membership),
                    _ => (MembershipChange::Drop, *membership),
                })
                .collect();
            if !due.is_empty() {
                return Expected::OneMembership(due);
            }
            if let Some((address, port)) = self.poll_connect() {
                return Expected::Action(format!("connect {address}:{port}"));
            }
        }
        let Some(item) = self
            .items
            .iter_mut()
            .find(|item| item.stage == Stage::NeedsLookup)
        else {
            return Expected::Nothing;
        };
        item.stage = Stage::LookingUp;
        let host = item
            .target
            .name()
            .map_or_else(|| item.address.to_string(), String::from);
        Expected::LookUp(item.id, host)
    }

    /// One of the options that were due was handed out.
    pub(crate) fn took_option(&mut self, taken: SocketOption) {
        for (option, is_due) in &mut self.options {
            *is_due &= *option != taken;
        }
    }

    /// One of the memberships that were due was handed out.
    pub(crate) fn took_membership(&mut self, change: MembershipChange, taken: &Membership) {
        let next = match change {
            MembershipChange::Add => Member::Joining,
            MembershipChange::Drop => Member::Leaving,
        };
        self.set_membership(taken, Some(next));
    }

    fn poll_connect(&mut self) -> Option<(IpAddr, u16)> {
        if let Connection::Due(asked) = self.connection {
            self.connection = Connection::Issued(asked);
            self.parting = Parting::No;
            return Some(self.peer);
        }
        let first = self.items.iter().find(|item| item.is_in_line())?.clone();
        if first.what != What::Connect || self.connection != Connection::Queued {
            return None;
        }
        self.peer = (first.address, first.port);
        let why = if self.send_rules.contains(&first.address) {
            Why::Blocked
        } else if first.address.is_ipv6() {
            Why::System("EINVAL")
        } else {
            self.connection = Connection::Issued(Asked::Call);
            self.parting = Parting::No;
            return Some(self.peer);
        };
        self.connection = Connection::Disconnected;
        self.tell_failure(&first, why, "Connect error");
        None
    }

    /// The datagram that leaves next: its id and what it is.
    pub(crate) fn poll_transmit(&mut self) -> Option<(u64, Text)> {
        loop {
            if self.life == Life::Closed || self.bind != Bind::Bound || self.must_act() {
                return None;
            }
            let first = self.items.iter().find(|item| item.is_in_line())?.clone();
            if first.what != What::Send {
                return None;
            }
            match self.refusal(&first) {
                Some(why) => self.fail_send(&first, why),
                None => return Some((first.id, self.transmit_text(&first))),
            }
        }
    }

    /// The next event.
    pub(crate) fn poll_event(&mut self) -> Option<Text> {
        while let Some(told) = self.told.pop_front() {
            if let Some(told) = told {
                if let Some(id) = told.item {
                    self.remove(id);
                }
                return Some(told.text);
            }
        }
        let is_drained = self.is_drained();
        self.owes_drained &= !is_drained;
        is_drained.then(|| "drained".into())
    }
}

/// What `poll_action` may hand out.
#[derive(Debug)]
pub(crate) enum Expected {
    Nothing,
    Action(Text),
    /// The item and the host.
    LookUp(u64, Text),
    OneOption(Vec<SocketOption>),
    OneMembership(Vec<(MembershipChange, Membership)>),
}
