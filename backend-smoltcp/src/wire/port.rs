//! A host's end of the wire.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt;
use core::mem;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

use super::{Frame, PortState, PortStats, Switch};

/// A port of a [`Segment`](crate::Segment): the device of one host. A clone is another handle to the same port, with
/// which a test pulls the cable of a device that it has given away.
#[derive(Clone)]
pub struct Port {
    switch: Rc<RefCell<Switch>>,
    index: usize,
}

impl Port {
    pub(super) const fn new(switch: Rc<RefCell<Switch>>, index: usize) -> Self {
        Self { switch, index }
    }

    /// The hardware address of the port's host.
    #[must_use]
    pub fn hardware_address(&self) -> [u8; 6] {
        self.with(|port| port.hardware_address)
    }

    /// Whether the cable is plugged in.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.with(|port| port.is_up)
    }

    /// Plugs the cable in, or pulls it: then what waits for the host is lost, and nothing comes or goes.
    pub fn set_up(&self, is_up: bool) {
        self.switch.borrow_mut().set_up(self.index, is_up);
    }

    /// What the port has seen.
    #[must_use]
    pub fn stats(&self) -> PortStats {
        self.with(|port| port.stats)
    }

    /// Sends a frame as it is. It is lost, and counted, when it is longer than the segment allows, or the port is down.
    pub fn send(&self, frame: &[u8]) {
        if let Some(room) = self.room() {
            room.consume(frame.len(), |bytes| bytes.copy_from_slice(frame));
        }
    }

    /// Takes the oldest frame that waits for the host.
    pub fn receive_with<R>(&self, f: impl FnOnce(&[u8]) -> R) -> Option<R> {
        self.received().map(|received| received.consume(f))
    }

    fn received(&self) -> Option<PortFrame<'_>> {
        let frame = self.with(|port| port.queue.pop_front())?;
        Some(PortFrame(Lease {
            switch: &self.switch,
            frame,
        }))
    }

    fn room(&self) -> Option<PortRoom<'_>> {
        let switch = &self.switch;
        let frame = switch.borrow_mut().free.pop()?;
        Some(PortRoom {
            lease: Lease { switch, frame },
            index: self.index,
        })
    }

    fn with<R>(&self, f: impl FnOnce(&mut PortState) -> R) -> R {
        let mut switch = self.switch.borrow_mut();
        let port = switch.ports.get_mut(self.index);
        f(port.expect("ports are never taken away"))
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Port")
            .field("index", &self.index)
            .field("is_up", &self.is_up())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl Device for Port {
    type RxToken<'a> = PortFrame<'a>;
    type TxToken<'a> = PortRoom<'a>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(PortFrame<'_>, PortRoom<'_>)> {
        let room = self.room()?;
        Some((self.received()?, room))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<PortRoom<'_>> {
        self.room()
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = self.switch.borrow().frame_len;
        capabilities
    }
}

/// A frame that a [`Port`] has received. It is lost if it is dropped.
pub struct PortFrame<'a>(Lease<'a>);

impl RxToken for PortFrame<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0.frame.bytes())
    }
}

impl fmt::Debug for PortFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PortFrame").field(&self.0.frame.len).finish()
    }
}

/// Room for a frame at a [`Port`]. Its bytes are those of an earlier frame.
pub struct PortRoom<'a> {
    lease: Lease<'a>,
    index: usize,
}

impl TxToken for PortRoom<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, len: usize, f: F) -> R {
        let Some(bytes) = self.lease.frame.memory.get_mut(..len) else {
            let result = f(&mut vec![0; len]);
            self.count(|stats| stats.dropped_long += 1);
            return result;
        };
        let result = f(bytes);
        self.lease.frame.len = len;
        self.leave();
        result
    }
}

impl PortRoom<'_> {
    /// Sends the frame.
    fn leave(&mut self) {
        let is_up = |switch: &Switch| switch.ports.get(self.index).is_some_and(|port| port.is_up);
        if !is_up(&self.lease.switch.borrow()) {
            self.count(|stats| stats.dropped_down += 1);
            return;
        }
        self.count(|stats| stats.sent += 1);
        // Nothing is borrowed while it runs: it may use other handles.
        let capture = self.lease.switch.borrow_mut().capture.take();
        if let Some(mut capture) = capture {
            capture(self.index, self.lease.frame.bytes());
            let mut switch = self.lease.switch.borrow_mut();
            switch.capture.get_or_insert(capture);
        }
        let frame = mem::take(&mut self.lease.frame);
        self.lease.switch.borrow_mut().forward(self.index, frame);
    }

    fn count(&self, change: impl FnOnce(&mut PortStats)) {
        let mut switch = self.lease.switch.borrow_mut();
        if let Some(port) = switch.ports.get_mut(self.index) {
            change(&mut port.stats);
        }
    }
}

impl fmt::Debug for PortRoom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortRoom")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

/// Memory of a frame that goes back to the switch when it is dropped, unless it was taken out.
struct Lease<'a> {
    switch: &'a RefCell<Switch>,
    frame: Frame,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if !self.frame.memory.is_empty() {
            let frame = mem::take(&mut self.frame);
            self.switch.borrow_mut().free.push(frame);
        }
    }
}
