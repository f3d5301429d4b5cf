//! The driver: frames that are there already, and room that is always free. Nothing is copied or allocated.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::{Context, Poll, Waker};

use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};

use crate::case::Case;
use crate::frames;
use crate::program::Moved;

pub(crate) const MTU: usize = 1_514;

/// What a driver, an application and the bench have in common.
#[derive(Debug, Default)]
pub(crate) struct Control {
    /// Whether it is datagrams that come in.
    has_begun: Cell<bool>,
    /// Frames that have come in.
    pending: Cell<usize>,
    /// Datagrams that the application is to send.
    ordered: Cell<usize>,
    received: Cell<usize>,
    sent: Cell<usize>,
    /// Who waits for frames.
    runner: RefCell<Option<Waker>>,
    /// Who waits for orders.
    application: RefCell<Option<Waker>>,
}

impl Control {
    /// The peer asks who we are.
    pub(crate) fn ask(&self) {
        self.bring(1);
    }

    /// What has been is not counted, and datagrams come in from now on.
    pub(crate) fn begin(&self) {
        self.has_begun.set(true);
        self.sent.set(0);
    }

    /// So many frames come in.
    pub(crate) fn bring(&self, count: usize) {
        self.pending.set(count);
        wake(&self.runner);
    }

    /// The application is to send so many datagrams.
    pub(crate) fn order(&self, count: usize) {
        self.ordered.set(count);
        wake(&self.application);
    }

    /// Waits for orders: how many datagrams are to be sent.
    pub(crate) async fn orders(&self) -> usize {
        poll_fn(|context| {
            let ordered = self.ordered.take();
            if ordered > 0 {
                return Poll::Ready(ordered);
            }
            keep(&self.application, context);
            Poll::Pending
        })
        .await
    }

    /// The application has received a datagram.
    pub(crate) fn count_received(&self) {
        self.received.set(self.received.get() + 1);
    }

    pub(crate) fn moved(&self) -> Moved {
        Moved {
            received: self.received.get(),
            sent: self.sent.get(),
        }
    }
}

fn wake(place: &RefCell<Option<Waker>>) {
    if let Some(waker) = &*place.borrow() {
        waker.wake_by_ref();
    }
}

fn keep(place: &RefCell<Option<Waker>>, context: &Context<'_>) {
    let place = &mut *place.borrow_mut();
    match place {
        Some(kept) => kept.clone_from(context.waker()),
        None => *place = Some(context.waker().clone()),
    }
}

#[derive(Debug)]
pub(crate) struct Ring {
    question: Vec<u8>,
    datagram: Vec<u8>,
    room: Vec<u8>,
    pub(crate) control: Rc<Control>,
}

impl Ring {
    pub(crate) fn new(case: Case, control: &Rc<Control>) -> Self {
        Self {
            question: frames::question(case.is_v6),
            datagram: frames::datagram(case.is_v6, case.size, frames::PORT),
            room: vec![0; MTU],
            control: Rc::clone(control),
        }
    }
}

impl Driver for Ring {
    type RxToken<'a> = Frame<'a>;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(Frame<'_>, Room<'_>)> {
        let Self {
            question,
            datagram,
            room,
            control,
        } = self;
        let Some(pending) = control.pending.get().checked_sub(1) else {
            keep(&control.runner, context);
            return None;
        };
        control.pending.set(pending);
        let frame = if control.has_begun.get() {
            datagram
        } else {
            question
        };
        let sent = &control.sent;
        Some((Frame(frame), Room { room, sent }))
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<Room<'_>> {
        let (room, sent) = (&mut self.room[..], &self.control.sent);
        Some(Room { room, sent })
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MTU;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(frames::HERE)
    }
}

#[derive(Debug)]
pub(crate) struct Frame<'a>(&'a mut [u8]);

impl RxToken for Frame<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

#[derive(Debug)]
pub(crate) struct Room<'a> {
    room: &'a mut [u8],
    sent: &'a Cell<usize>,
}

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        self.sent.set(self.sent.get() + 1);
        let frame = self.room.get_mut(..len);
        f(frame.expect("a frame of the MTU at most"))
    }
}
