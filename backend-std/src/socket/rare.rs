//! What few sockets have: it is in memory of its own, so that the many others are small.

use core::mem;

use anydgram_core::{Operation, SendToken, Socket as CoreSocket};

use super::State;
use super::connect::ConnectCalls;
use crate::abort::Registration;
use crate::block_list::BlockLists;
use crate::error::Error;
use crate::event::Listener;
use crate::options::{Lookup, SocketOptions};
use crate::send_calls::{SendCallback, SendCalls};

/// What a socket may have beside its state.
#[derive(Default)]
pub(crate) struct Rare {
    pub(super) calls: Calls,
    pub(super) block_lists: BlockLists,
    pub(super) lookup: Option<Lookup>,
    pub(super) signal: Option<Registration>,
    /// The number that no other socket of the loop has, if somebody has asked for it.
    serial: Option<u64>,
}

/// The application's functions that wait for results.
#[derive(Default)]
pub(crate) struct Calls {
    pub(super) bind: Option<Listener>,
    /// The address of the bind, where it has a zone that no interface has.
    pub(super) bind_zoned: Option<Box<str>>,
    pub(super) connects: ConnectCalls,
    pub(super) sent: SendCalls,
}

impl Rare {
    /// What options ask for, if it is anything.
    pub(super) fn new(options: &mut SocketOptions) -> Option<Box<Self>> {
        let receive = options.receive_block_list.take();
        let send = options.send_block_list.take();
        let lookup = options.lookup.take();
        if receive.is_none() && send.is_none() && lookup.is_none() {
            return None;
        }
        Some(Box::new(Self {
            block_lists: BlockLists::new(receive, send),
            lookup,
            ..Self::default()
        }))
    }

    /// Whether each datagram that is sent has to be looked at.
    pub(super) fn asks_for_each(&self) -> bool {
        self.lookup.is_some() || !self.block_lists.is_empty()
    }

    /// Gives the core the block lists as they are now.
    pub(super) fn sync_block_lists(&mut self, core: &mut CoreSocket<'_>) {
        if !self.block_lists.is_empty() {
            self.block_lists.sync(core);
        }
    }

    fn is_none(&self) -> bool {
        let Self {
            calls,
            block_lists,
            lookup,
            signal,
            serial,
        } = self;
        calls.is_none()
            && block_lists.is_empty()
            && (lookup.is_none() && signal.is_none() && serial.is_none())
    }
}

impl Calls {
    fn is_none(&self) -> bool {
        let is_binding = self.bind.is_some() || self.bind_zoned.is_some();
        !is_binding && self.connects.is_empty() && self.sent.is_empty()
    }
}

impl State {
    /// What is rare, which the socket has from now on.
    pub(super) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The calls that wait, if there may be some.
    pub(super) fn calls_in_use(&mut self) -> Option<&mut Calls> {
        self.rare.as_mut().map(|rare| &mut rare.calls)
    }

    /// Lets go of the memory for what is rare, if there is nothing in it.
    pub(super) fn rest(&mut self) {
        drop(self.rare.take_if(|rare| rare.is_none()));
    }

    /// The number that no other socket of the loop has, if somebody has asked for it.
    pub(super) fn known_serial(&self) -> Option<u64> {
        self.rare.as_ref()?.serial
    }

    /// The number that no other socket of the loop has, which `next` gives if it has none yet.
    pub(crate) fn serial(rare: &mut Option<Box<Rare>>, next: impl FnOnce() -> u64) -> u64 {
        *rare.get_or_insert_default().serial.get_or_insert_with(next)
    }

    /// The error of an operation, naming the host as it was given where the core does not know that.
    pub(crate) fn name_host(&mut self, operation: Operation, error: Error) -> Error {
        if operation != Operation::Bind {
            return error;
        }
        let given = self
            .calls_in_use()
            .and_then(|calls| calls.bind_zoned.take());
        match given {
            Some(given) => error.naming(&given),
            None => error,
        }
    }

    /// The callback of a send, once.
    pub(crate) fn take_sent(&mut self, token: SendToken) -> Option<SendCallback> {
        self.calls_in_use()?.sent.take(token)
    }

    /// Everything that is rare, to be dropped where nothing is borrowed.
    pub(super) fn take_rare(&mut self) -> Option<Box<Rare>> {
        mem::take(&mut self.rare)
    }
}
