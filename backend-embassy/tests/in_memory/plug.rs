//! A driver for embassy-net at a port of an Ethernet in memory.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::task::{Context, Waker};

use anydgram_smoltcp::Port;
use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};

/// Whoever wants to know that something has happened on the Ethernet, with its hardware address.
#[derive(Clone, Default)]
pub(crate) struct Wakers(Rc<RefCell<Vec<Waiting>>>);

type Waiting = ([u8; 6], Waker);

impl Wakers {
    pub(crate) fn register(&self, hardware_address: [u8; 6], waker: &Waker) {
        let mut wakers = self.0.borrow_mut();
        let is_known = |(_, known): &Waiting| known.will_wake(waker);
        if !wakers.iter().any(is_known) {
            wakers.push((hardware_address, waker.clone()));
        }
    }

    /// Wakes all but the one with this address: nobody hears what he says himself.
    pub(crate) fn wake_but(&self, sender: &[u8]) {
        let mut wakers = self.0.borrow_mut();
        for (_, waker) in wakers.extract_if(.., |(address, _)| *address != sender) {
            waker.wake();
        }
    }
}

/// What a test can do to a driver that embassy-net has.
#[derive(Default)]
pub(crate) struct Cable {
    pub(crate) is_down: Cell<bool>,
    /// How many frames there is room for; `None`: any number.
    pub(crate) room: Cell<Option<usize>>,
    /// How many frames are still handed over; `None`: any number.
    pub(crate) frames: Cell<Option<usize>>,
}

pub(crate) struct Plug {
    pub(crate) port: Port,
    pub(crate) wakers: Wakers,
    pub(crate) cable: Rc<Cable>,
}

impl Driver for Plug {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Space<'a>;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(Frame, Space<'_>)> {
        self.register(context);
        if self.cable.room.get() == Some(0) || self.cable.frames.get() == Some(0) {
            return None;
        }
        let frame = self.port.receive_with(<[u8]>::to_vec)?;
        let frames = &self.cable.frames;
        frames.set(frames.get().map(|frames| frames - 1));
        Some((Frame(frame), Space(self)))
    }

    fn transmit(&mut self, context: &mut Context<'_>) -> Option<Space<'_>> {
        self.register(context);
        (self.cable.room.get() != Some(0)).then_some(Space(self))
    }

    fn link_state(&mut self, context: &mut Context<'_>) -> LinkState {
        self.register(context);
        if self.cable.is_down.get() {
            LinkState::Down
        } else {
            LinkState::Up
        }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.port.hardware_address())
    }
}

impl Plug {
    fn register(&self, context: &Context<'_>) {
        self.wakers
            .register(self.port.hardware_address(), context.waker());
    }
}

pub(crate) struct Frame(Vec<u8>);

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, f: F) -> R {
        f(&mut self.0)
    }
}

pub(crate) struct Space<'a>(&'a Plug);

impl TxToken for Space<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        assert!(len <= 1514, "a frame of {len} bytes");
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        let room = &self.0.cable.room;
        room.set(room.get().map(|frames| frames.checked_sub(1).unwrap()));
        self.0.port.send(&frame);
        result
    }
}
