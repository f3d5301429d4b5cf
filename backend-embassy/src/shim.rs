//! The driver that embassy-net is given: the user's own, with the sockets of a host in front.
//!
//! Datagrams of our sockets never get to embassy-net: the link takes them out of the stream of frames and writes them into
//! it, while embassy-net asks for a frame. What is left, embassy-net gets, one frame at a time, out of a buffer of the
//! user's. Invariant: the first `waiting` bytes of that buffer are a frame that embassy-net has not got.

use core::fmt;
use core::future::Future as _;
use core::pin::pin;
use core::task::Context;

use anydgram_core::link::MldRepair;
use anydgram_core::{Handler, Instant};
use embassy_net::driver::{
    Capabilities, Checksum, Driver, HardwareAddress, LinkState, RxToken, TxToken,
};
use embassy_time::{Duration, Timer};

use crate::host::{Host, now};
use crate::inbox::Inbox;

/// A driver for [`embassy_net::new`], made by [`Host::shim`]; or by [`Host::stepped_shim`], then it is `STEPPED`.
pub struct Shim<'m, D, H = Inbox<'m>, const STEPPED: bool = false> {
    host: &'m Host<'m, H>,
    driver: D,
    /// What embassy-net gets wrong, for this driver.
    repair: MldRepair,
    /// Room for a frame that is for embassy-net.
    frame: &'m mut [u8],
    /// Its length, 0 for none.
    waiting: usize,
    /// Frames that may still be taken in this poll; `None` before the first one.
    budget: Option<u32>,
    /// Something is left to do at once.
    has_more: bool,
    /// The driver had no room for what the link has to send, and wakes the runner when it has.
    lacks_room: bool,
    is_up: bool,
}

impl<'m, D: Driver, H: Handler, const STEPPED: bool> Shim<'m, D, H, STEPPED> {
    pub(crate) fn new(host: &'m Host<'m, H>, driver: D, frame: &'m mut [u8]) -> Self {
        let is_ethernet = matches!(driver.hardware_address(), HardwareAddress::Ethernet(_));
        let checksum = driver.capabilities().checksum.icmpv6;
        let has_checksum = matches!(checksum, Checksum::Both | Checksum::Tx);
        Self {
            host,
            driver,
            repair: MldRepair::new(is_ethernet, has_checksum),
            frame,
            waiting: 0,
            budget: None,
            has_more: false,
            lacks_room: false,
            is_up: false,
        }
    }

    /// Does what the sockets want, and takes frames until one is for embassy-net, there are no more, or there were too
    /// many.
    fn pump(&mut self, context: &mut Context<'_>) {
        let repair = self.repair;
        let inner = &mut *self.host.inner().borrow_mut();
        let now = now();
        let mut budget = match self.budget {
            Some(budget) => budget,
            None => {
                inner.keep_runner(context.waker());
                if STEPPED {
                    self.has_more = false;
                    inner.take_step(now, &mut self.driver, context);
                } else {
                    self.has_more = inner.poll(now, &mut self.driver, context);
                }
                BUDGET
            }
        };
        while budget > 0 {
            let Some((rx, room)) = self.driver.receive(context) else {
                break;
            };
            drop(room);
            budget -= 1;
            let buffer = &mut *self.frame;
            let waiting = rx.consume(|frame| {
                let is_for_stack = inner.receive(now, frame);
                is_for_stack.then(|| hand_over(frame, repair, buffer))
            });
            if !STEPPED {
                self.has_more |= inner.take_turns(now, &mut self.driver, context);
            }
            match waiting {
                None => {}
                Some(0) => inner.too_long = inner.too_long.saturating_add(1),
                Some(len) => {
                    self.waiting = len;
                    if self.frame.get(..len).is_some_and(may_configure) {
                        inner.wake_keeper();
                    }
                    break;
                }
            }
        }
        self.budget = Some(budget);
        inner.wake_for_news();
        if self.waiting == 0 {
            self.lacks_room = !inner.send_waiting(now, &mut self.driver, context);
            // What was blocked by what waited in front of it, in the link and not in the driver, would wait for ever.
            let can_retry = inner.host.is_blocked()
                && !self.lacks_room
                && self.driver.transmit(context).is_some();
            let is_left = inner.tell_unreachable() | can_retry;
            self.has_more |= (is_left && !STEPPED) | (budget == 0);
        }
    }
}

impl<D: Driver, H: Handler, const STEPPED: bool> Driver for Shim<'_, D, H, STEPPED> {
    type RxToken<'t>
        = Frame<'t>
    where
        Self: 't;
    type TxToken<'t>
        = Room<D::TxToken<'t>>
    where
        Self: 't;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(Frame<'_>, Self::TxToken<'_>)> {
        if self.waiting == 0 {
            self.pump(context);
            if self.waiting == 0 {
                return None;
            }
        }
        let repair = self.repair;
        let token = self.driver.transmit(context)?;
        let waiting = core::mem::take(&mut self.waiting);
        let frame = self.frame.get_mut(..waiting)?;
        Some((Frame(frame), Room { token, repair }))
    }

    fn transmit(&mut self, context: &mut Context<'_>) -> Option<Self::TxToken<'_>> {
        let repair = self.repair;
        let token = self.driver.transmit(context)?;
        Some(Room { token, repair })
    }

    /// What ends a poll: embassy-net asks for nothing else afterwards.
    fn link_state(&mut self, context: &mut Context<'_>) -> LinkState {
        let state = self.driver.link_state(context);
        let is_up = state == LinkState::Up;
        self.budget = None;
        let mut inner = self.host.inner().borrow_mut();
        if core::mem::replace(&mut self.is_up, is_up) != is_up {
            inner.set_link_up(is_up);
        }
        inner.end_poll();
        if self.has_more {
            context.waker().wake_by_ref();
        } else {
            // What waits for room is offered again when there is some.
            let link = inner.link.poll_at().filter(|_| !self.lacks_room);
            let times = [link, inner.handler.wake_at()];
            if let Some(at) = times.into_iter().flatten().min() {
                wake_at(at, context);
            }
        }
        state
    }

    fn capabilities(&self) -> Capabilities {
        self.driver.capabilities()
    }

    fn hardware_address(&self) -> HardwareAddress {
        self.driver.hardware_address()
    }
}

impl<D, H, const STEPPED: bool> fmt::Debug for Shim<'_, D, H, STEPPED> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shim").finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<D, H, const STEPPED: bool> defmt::Format for Shim<'_, D, H, STEPPED> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Shim");
    }
}

/// A frame that embassy-net gets.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Frame<'t>(&'t mut [u8]);

impl RxToken for Frame<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// Room for a frame of embassy-net's, which is [put right](MldRepair) before it leaves.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Room<T> {
    token: T,
    repair: MldRepair,
}

impl<T: TxToken> TxToken for Room<T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Self { token, repair } = self;
        token.consume(len, |frame| {
            let result = f(frame);
            repair.apply(frame);
            result
        })
    }
}

/// Copies a frame for embassy-net, put right; its length, 0 if there is no room for it.
fn hand_over(frame: &[u8], repair: MldRepair, buffer: &mut [u8]) -> usize {
    if let Some(query) = repair.lengthened(frame, buffer) {
        return query.len();
    }
    let Some(place) = buffer.get_mut(..frame.len()) else {
        return 0;
    };
    place.copy_from_slice(frame);
    frame.len()
}

/// Whether a frame may change the addresses of the interface: from a DHCP server, or a router's advertisement.
fn may_configure(frame: &[u8]) -> bool {
    match frame {
        // RFC 2131 § 4.1, behind an IPv4 header without options.
        [
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            0x08,
            0x00,
            0x45,
            packet @ ..,
        ] => packet.get(8) == Some(&17) && packet.get(21..23) == Some(&[0, 68]),
        // RFC 4861 § 4.2
        [
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            0x86,
            0xdd,
            _,
            packet @ ..,
        ] => packet.get(5) == Some(&58) && packet.get(39) == Some(&134),
        _ => false,
    }
}

/// Has the runner woken at a time, by the timer of embassy's executor, which keeps its waker.
fn wake_at(at: Instant, context: &mut Context<'_>) {
    // Ticks may be longer than microseconds: not before.
    let at = embassy_time::Instant::from_micros(at.as_micros()) + Duration::from_ticks(1);
    if pin!(Timer::at(at)).poll(context).is_ready() {
        context.waker().wake_by_ref();
    }
}

/// How many frames are taken in one poll before other tasks have their turn.
const BUDGET: u32 = 32;
