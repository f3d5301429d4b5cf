//! The network card of a host: what has come in and has not been taken, and what is to leave.

use alloc::collections::VecDeque;
use alloc::rc::Rc;

use smoltcp::phy::{self, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

use crate::network::Id;

/// A frame that has come in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inbound {
    pub(super) id: Id,
    pub(super) is_corrupt: bool,
}

/// A network card with two rings of frames.
#[derive(Debug)]
pub(super) struct Device {
    /// The longest frame, in bytes.
    frame_len: usize,
    /// How many frames each ring has room for.
    ring: usize,
    received: VecDeque<(Inbound, Rc<[u8]>)>,
    leaving: VecDeque<Rc<[u8]>>,
    /// The cable takes nothing now.
    is_blocked: bool,
    /// The last frame that the stack has taken, until that is asked for.
    taken: Option<(Inbound, Rc<[u8]>)>,
}

impl Device {
    pub(super) const fn new(frame_len: usize, ring: usize) -> Self {
        Self {
            frame_len,
            ring,
            received: VecDeque::new(),
            leaving: VecDeque::new(),
            is_blocked: false,
            taken: None,
        }
    }

    /// Takes a frame from the cable; whether there is room for it.
    pub(super) fn put(&mut self, frame: Inbound, bytes: Rc<[u8]>) -> bool {
        let has_room = self.received.len() < self.ring;
        if has_room {
            self.received.push_back((frame, bytes));
        }
        has_room
    }

    /// The frame that the stack takes next, if it takes one.
    pub(super) fn next(&self) -> Option<(Inbound, &Rc<[u8]>)> {
        let (frame, bytes) = self.received.front()?;
        (self.leaving.len() < self.ring).then_some((*frame, bytes))
    }

    /// The last frame that the stack has taken, once.
    pub(super) fn taken(&mut self) -> Option<(Inbound, Rc<[u8]>)> {
        self.taken.take()
    }

    /// Has `send` take all frames that are to leave, up to one that it does not take. Whether there is room again where there
    /// was none.
    pub(super) fn flush(&mut self, mut send: impl FnMut(&Rc<[u8]>) -> bool) -> bool {
        let had_room = self.has_room();
        self.is_blocked = false;
        while let Some(frame) = self.leaving.front() {
            if !send(frame) {
                self.is_blocked = true;
                break;
            }
            self.leaving.pop_front();
        }
        !had_room && self.has_room()
    }

    /// Whether nothing is to leave, so that what comes next can.
    pub(super) fn is_free(&self) -> bool {
        self.leaving.is_empty() && !self.is_blocked
    }

    fn has_room(&self) -> bool {
        !self.is_blocked && self.leaving.len() < self.ring
    }
}

impl phy::Device for Device {
    type RxToken<'a> = Taken;
    type TxToken<'a> = Room<'a>;

    /// Nothing while there is no room for an answer, which may wait even where the cable takes nothing.
    fn receive(&mut self, _: Instant) -> Option<(Taken, Room<'_>)> {
        if self.leaving.len() >= self.ring {
            return None;
        }
        let (frame, bytes) = self.received.pop_front()?;
        self.taken = Some((frame, Rc::clone(&bytes)));
        Some((Taken(bytes), Room(&mut self.leaving)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Room<'_>> {
        self.has_room().then_some(Room(&mut self.leaving))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = self.frame_len;
        capabilities
    }
}

/// A frame that the stack takes.
pub(super) struct Taken(Rc<[u8]>);

impl RxToken for Taken {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

/// Room for a frame that leaves.
pub(super) struct Room<'d>(&'d mut VecDeque<Rc<[u8]>>);

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame: Rc<[u8]> = core::iter::repeat_n(0, len).collect();
        let result = f(Rc::get_mut(&mut frame).expect("it is new"));
        self.0.push_back(frame);
        result
    }
}
