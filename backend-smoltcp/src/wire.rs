//! An Ethernet in memory: a switch with any number of ports, for tests and demonstrations.
//!
//! A frame is in the other ports' queues as soon as it is sent. One to a port's own hardware address goes to that port,
//! any other to all. Queues are bounded and every frame that is lost is counted. All memory for frames is taken when
//! a port is added, so that traffic allocates nothing. One thread only: the handles are not [`Send`].

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt;

mod port;
#[cfg(test)]
mod tests;

pub use port::{Port, PortFrame, PortRoom};

/// A switch and its ports. A clone is another handle to the same one.
///
/// # Examples
/// ```
/// use anydgram_smoltcp::Segment;
///
/// let segment = Segment::new();
/// let one = segment.port([2, 0, 0, 0, 0, 1]);
/// let other = segment.port([2, 0, 0, 0, 0, 2]);
/// one.send(b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x88\xb5hello");
/// assert_eq!(other.receive_with(|frame| frame.len()), Some(19));
/// assert!(segment.is_idle());
/// ```
#[derive(Clone)]
pub struct Segment(Rc<RefCell<Switch>>);

impl Segment {
    /// A switch without ports, for IP packets of up to 1500 bytes, with room for 256 frames at each port.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(1500, 256)
    }

    /// A switch without ports, for IP packets of up to `mtu` bytes, with room for `queue` frames at each port.
    #[must_use]
    pub fn with_limits(mtu: usize, queue: usize) -> Self {
        Self(Rc::new(RefCell::new(Switch {
            frame_len: mtu.saturating_add(HEADER),
            queue,
            ports: Vec::new(),
            free: Vec::new(),
            capture: None,
        })))
    }

    /// Adds a port, which is up, for a host with this hardware address, which no other host has.
    #[must_use]
    pub fn port(&self, hardware_address: [u8; 6]) -> Port {
        let index = self.0.borrow_mut().add_port(hardware_address);
        Port::new(Rc::clone(&self.0), index)
    }

    /// Whether no frame waits at any port.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let switch = self.0.borrow();
        switch.ports.iter().all(|port| port.queue.is_empty())
    }

    /// Calls `capture` for every frame that a port sends, before anybody receives it, with the port's number in
    /// order of their adding. It replaces the one before.
    pub fn capture(&self, capture: impl FnMut(usize, &[u8]) + 'static) {
        // Dropped when nothing is borrowed any more: it may own other handles.
        let before = self.0.borrow_mut().capture.replace(Box::new(capture));
        drop(before);
    }
}

impl Default for Segment {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment")
            .field("ports", &self.0.borrow().ports.len())
            .finish_non_exhaustive()
    }
}

/// What a port has seen, in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct PortStats {
    /// Sent by the port's host.
    pub sent: u64,
    /// Put into the port's queue.
    pub received: u64,
    /// Lost because the port's queue was full.
    pub dropped_full: u64,
    /// Lost because the port was down: the host's own, those to it, and those that waited when it went down.
    pub dropped_down: u64,
    /// Not sent, because it was longer than the segment allows.
    pub dropped_long: u64,
}

/// What all handles share.
struct Switch {
    /// The longest frame in bytes.
    frame_len: usize,
    /// How many frames wait at a port at the most.
    queue: usize,
    ports: Vec<PortState>,
    /// Memory of frames that nobody uses: for every port its queue, and two that its host has in hand.
    free: Vec<Frame>,
    capture: Option<Box<Capture>>,
}

type Capture = dyn FnMut(usize, &[u8]);

struct PortState {
    hardware_address: [u8; 6],
    is_up: bool,
    /// Frames for the host, the oldest first.
    queue: VecDeque<Frame>,
    stats: PortStats,
}

/// A frame in memory that is used again; empty memory stands for none.
#[derive(Default)]
struct Frame {
    memory: Box<[u8]>,
    len: usize,
}

impl Frame {
    fn bytes(&self) -> &[u8] {
        self.memory.get(..self.len).unwrap_or(&[])
    }
}

impl Switch {
    fn add_port(&mut self, hardware_address: [u8; 6]) -> usize {
        let index = self.ports.len();
        self.ports.push(PortState {
            hardware_address,
            is_up: true,
            queue: VecDeque::with_capacity(self.queue),
            stats: PortStats::default(),
        });
        let count = self.queue.saturating_add(2);
        let memory = vec![0; self.frame_len].into_boxed_slice();
        self.free.extend((0..count).map(|_| Frame {
            memory: memory.clone(),
            len: 0,
        }));
        // All of it may come back.
        let all = count.saturating_mul(self.ports.len());
        self.free.reserve(all.saturating_sub(self.free.len()));
        index
    }

    /// Puts a port's frame into the queues of those it is for, and takes its memory back.
    fn forward(&mut self, from: usize, frame: Frame) {
        let Self {
            queue, ports, free, ..
        } = self;
        let receiver = frame.bytes().first_chunk().and_then(|address| {
            ports
                .iter()
                .position(|port| port.hardware_address == *address)
        });
        let mut original = Some(frame);
        for (index, port) in (0..).zip(ports) {
            let is_for_it = receiver.is_none_or(|receiver| receiver == index);
            if index == from || !is_for_it {
                continue;
            }
            if !port.is_up {
                port.stats.dropped_down += 1;
                continue;
            }
            let copy = if port.queue.len() >= *queue {
                None
            } else if receiver.is_some() {
                original.take()
            } else {
                original.as_ref().and_then(|frame| copy(free, frame))
            };
            match copy {
                Some(frame) => {
                    port.queue.push_back(frame);
                    port.stats.received += 1;
                }
                None => port.stats.dropped_full += 1,
            }
        }
        free.extend(original);
    }

    fn set_up(&mut self, index: usize, is_up: bool) {
        let Some(port) = self.ports.get_mut(index) else {
            return;
        };
        port.is_up = is_up;
        if !is_up {
            let lost = port.queue.len();
            port.stats.dropped_down += u64::try_from(lost).unwrap_or(u64::MAX);
            self.free.extend(port.queue.drain(..));
        }
    }
}

/// A copy of a frame, if there is memory left.
fn copy(free: &mut Vec<Frame>, frame: &Frame) -> Option<Frame> {
    let mut copy = free.pop()?;
    copy.len = frame.len;
    copy.memory
        .get_mut(..frame.len)?
        .copy_from_slice(frame.bytes());
    Some(copy)
}

/// The header of an Ethernet frame in bytes.
const HEADER: usize = 14;
