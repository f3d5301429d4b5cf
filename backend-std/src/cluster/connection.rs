//! A worker's end of the channel: what it has asked the primary for, and which of its sockets are shared.
//!
//! When the channel has ended, what is asked for fails with `ENOTCONN`, and the sockets that are shared stay.

use std::io;
use std::os::fd::OwnedFd;

use alloc::collections::BTreeMap;

use anydgram_core::{Address, BindRequest, Errno, Family};
use mio::{Interest, Registry, Token};

use super::channel::{Channel, Received};
use super::frame::{Reply, Request, VERSION, Wanted};
use crate::errno;
use crate::event_loop::SocketKey;

/// What a worker knows of its primary.
#[derive(Debug)]
pub(crate) struct Connection {
    /// `None` once it has ended.
    channel: Option<Channel>,
    /// Everything has been said; only what waits for room keeps the channel.
    is_leaving: bool,
    asked: BTreeMap<u32, Asked>,
    /// By the serial number of the socket.
    held: BTreeMap<u64, Held>,
    counters: Counters,
    next_number: u32,
}

/// A bind that the primary has been asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) socket: SocketKey,
    pub(crate) request: BindRequest,
    counted: Option<Counted>,
}

/// A shared socket.
#[derive(Debug)]
struct Held {
    /// The primary's name of it.
    share: u64,
    counted: Option<Counted>,
    place: usize,
}

/// What the primary has said.
#[derive(Debug)]
pub(crate) enum Said {
    /// The end of a bind. A socket that is granted counts as held until [`Connection::close`], if there is one for it.
    Answer {
        asked: Asked,
        outcome: Result<Granted, Errno>,
    },
    /// Close all shared sockets and leave.
    Disconnect,
    /// The channel has ended.
    Lost,
}

/// A socket of the primary.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) descriptor: OwnedFd,
    pub(crate) share: u64,
}

impl Connection {
    /// The connection on a channel that has welcomed this worker; tells the primary that it is there.
    pub(super) fn new(mut channel: Channel) -> io::Result<Self> {
        channel.send(Request::Online { version: VERSION }.encode(), None)?;
        Ok(Self {
            channel: Some(channel),
            is_leaving: false,
            asked: BTreeMap::new(),
            held: BTreeMap::new(),
            counters: Counters::default(),
            next_number: 0,
        })
    }

    /// Whether binds can succeed.
    pub(crate) fn is_open(&self) -> bool {
        self.channel.is_some() && !self.is_leaving
    }

    /// Whether binds wait for their end, or leaving does.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.asked.is_empty() || (self.is_leaving && self.channel.is_some())
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match &mut self.channel {
            Some(channel) => registry.register(
                &mut channel.stream,
                token,
                Interest::READABLE | Interest::WRITABLE,
            ),
            None => Ok(()),
        }
    }

    /// Asks the primary for the socket of a bind; [`Said::Answer`] follows in any case. Whether the loop has to be woken
    /// for that.
    pub(crate) fn ask(&mut self, socket: SocketKey, request: &BindRequest) -> bool {
        let counts = request.fd.is_none() && request.port == 0;
        let counted = counts.then(|| self.counters.take(request.family, request.address));
        let wanted = Wanted {
            family: request.family,
            address: request.address,
            port: request.port,
            fd: request.fd,
            index: counted.map_or(0, |counted| counted.index),
            reuse_address: request.reuse_address,
            ipv6_only: request.ipv6_only,
        };
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        let asked = Asked {
            socket,
            request: *request,
            counted,
        };
        self.asked.insert(number, asked);
        let is_asked = self.is_open() && self.say(Request::Ask { number, wanted });
        !is_asked
    }

    /// The next thing that the primary has said; `None` when there is nothing yet.
    pub(crate) fn hear(&mut self) -> Option<Said> {
        if !self.is_open()
            && let Some((_, asked)) = self.asked.pop_first()
        {
            self.counters.give_back(asked.counted);
            let outcome = Err(Errno::ENOTCONN);
            return Some(Said::Answer { asked, outcome });
        }
        while let Some(channel) = &mut self.channel {
            let message = match Self::exchange(channel) {
                Ok(Some(message)) => message,
                Ok(None) if self.is_leaving && !channel.is_blocked() => return self.lose(),
                Ok(None) => return None,
                Err(_) => return self.lose(),
            };
            match (Reply::decode(&message.frame), message.descriptor) {
                (Some(Reply::Granted { number, share }), Some(descriptor)) => {
                    if let Some(asked) = self.asked.remove(&number) {
                        let outcome = Ok(Granted { descriptor, share });
                        return Some(Said::Answer { asked, outcome });
                    }
                    self.say(Request::Close { share });
                }
                // The system had no number left for it.
                (Some(Reply::Granted { number, share }), None) => {
                    self.say(Request::Close { share });
                    if let Some(asked) = self.asked.remove(&number) {
                        self.counters.give_back(asked.counted);
                        let outcome = Err(Errno::EMFILE);
                        return Some(Said::Answer { asked, outcome });
                    }
                }
                (Some(Reply::Refused { number, errno }), None) => {
                    if let Some(asked) = self.asked.remove(&number) {
                        self.counters.give_back(asked.counted);
                        let outcome = Err(errno::from_number(errno));
                        return Some(Said::Answer { asked, outcome });
                    }
                }
                (Some(Reply::Disconnect), None) => return Some(Said::Disconnect),
                _ => {
                    log::warn!("the primary has said what makes no sense");
                    return self.lose();
                }
            }
        }
        None
    }

    /// The socket has moved in.
    pub(crate) fn hold(&mut self, asked: &Asked, share: u64) {
        let held = Held {
            share,
            counted: asked.counted,
            place: asked.socket.place,
        };
        self.held.insert(asked.socket.serial, held);
    }

    /// The socket of a bind is not wanted any more.
    pub(crate) fn decline(&mut self, asked: &Asked, share: u64) {
        self.counters.give_back(asked.counted);
        self.say(Request::Close { share });
    }

    /// A socket has been told that it listens; nothing to say if it is not shared.
    pub(crate) fn listening(&mut self, serial: u64) {
        if let Some(held) = self.held.get(&serial) {
            let share = held.share;
            self.say(Request::Listening { share });
        }
    }

    /// A socket has been closed; nothing to say if it was not shared.
    pub(crate) fn close(&mut self, serial: u64) {
        if let Some(held) = self.held.remove(&serial) {
            self.counters.give_back(held.counted);
            self.say(Request::Close { share: held.share });
        }
    }

    /// The sockets that are shared.
    pub(crate) fn held(&self) -> Vec<SocketKey> {
        let key = |(serial, held): (&u64, &Held)| SocketKey {
            place: held.place,
            serial: *serial,
        };
        self.held.iter().map(key).collect()
    }

    /// Leaves: the channel ends when all is said. Whether there was one.
    pub(crate) fn leave(&mut self) -> bool {
        let was_open = self.is_open();
        if was_open {
            self.say(Request::Leave);
            self.is_leaving = true;
        }
        was_open
    }

    /// Says something; whether the primary may hear it.
    fn say(&mut self, request: Request) -> bool {
        let Some(channel) = &mut self.channel else {
            return false;
        };
        let sent = channel.send(request.encode(), None);
        if let Err(error) = &sent {
            // Reading tells the same, and in its place among the answers.
            log::debug!("the primary does not listen: {error}");
        }
        sent.is_ok()
    }

    /// Says what waits, and hears what was said: also what a primary has said before it ended.
    fn exchange(channel: &mut Channel) -> io::Result<Option<Received>> {
        if let Err(error) = channel.flush() {
            log::debug!("the primary does not listen: {error}");
        }
        channel.receive()
    }

    fn lose(&mut self) -> Option<Said> {
        self.channel = None;
        Some(Said::Lost)
    }
}

/// Numbers a worker's sockets on port 0 of one address, so that the first one shares with the first ones of others.
#[derive(Debug, Default)]
struct Counters(Vec<Counter>);

#[derive(Debug)]
struct Counter {
    family: Family,
    address: Address,
    next: u32,
    /// How many sockets have a number of it; it ends with the last one.
    users: usize,
}

/// A number that was taken.
#[derive(Clone, Copy, Debug)]
struct Counted {
    family: Family,
    address: Address,
    index: u32,
}

impl Counters {
    fn take(&mut self, family: Family, address: Address) -> Counted {
        let of = |counter: &&mut Counter| counter.family == family && counter.address == address;
        let index = if let Some(counter) = self.0.iter_mut().find(of) {
            counter.users = counter.users.saturating_add(1);
            let index = counter.next;
            counter.next = index.wrapping_add(1);
            index
        } else {
            self.0.push(Counter {
                family,
                address,
                next: 1,
                users: 1,
            });
            0
        };
        Counted {
            family,
            address,
            index,
        }
    }

    fn give_back(&mut self, counted: Option<Counted>) {
        let Some(counted) = counted else { return };
        self.0.retain_mut(|counter| {
            if counter.family == counted.family && counter.address == counted.address {
                counter.users = counter.users.saturating_sub(1);
            }
            counter.users > 0
        });
    }
}
