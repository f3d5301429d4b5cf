//! A device that duplicates and reorders datagrams, always in the same way.

use alloc::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};

use smoltcp::phy::{Device, DeviceCapabilities, RxToken, TxToken};
use smoltcp::time::Instant;

/// What becomes of all datagrams if they make whole batches.
pub(crate) fn scrambled<T: Clone>(all: &[T]) -> Vec<T> {
    let batches = all.chunks_exact(BATCH);
    batches
        .flat_map(|batch| ORDER.map(|at| batch[at].clone()))
        .collect()
}

/// Passes frames on in both directions: datagrams in batches, [`scrambled`], and any other frame at once.
pub(crate) struct Scrambler<D> {
    device: D,
    incoming: Pipe,
    outgoing: Pipe,
}

impl<D> Scrambler<D> {
    pub(crate) fn new(device: D) -> Self {
        Self {
            device,
            incoming: Pipe::default(),
            outgoing: Pipe::default(),
        }
    }
}

impl<D: AsFd> AsFd for Scrambler<D> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }
}

impl<D: Device> Device for Scrambler<D> {
    type RxToken<'a>
        = Frame
    where
        D: 'a;
    type TxToken<'a>
        = Room<'a, D>
    where
        D: 'a;

    fn receive(&mut self, timestamp: Instant) -> Option<(Frame, Room<'_, D>)> {
        while let Some((rx, _)) = self.device.receive(timestamp) {
            rx.consume(|frame| self.incoming.push(frame));
        }
        let frame = self.incoming.ready.pop_front()?;
        Some((Frame(frame), self.transmit(timestamp)?))
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Room<'_, D>> {
        let Self {
            device, outgoing, ..
        } = self;
        Some(Room {
            device,
            outgoing,
            timestamp,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

pub(crate) struct Frame(Vec<u8>);

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

pub(crate) struct Room<'a, D> {
    device: &'a mut D,
    outgoing: &'a mut Pipe,
    timestamp: Instant,
}

impl<D: Device> TxToken for Room<'_, D> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.outgoing.push(&frame);
        while let Some(frame) = self.outgoing.ready.pop_front() {
            let tx = self.device.transmit(self.timestamp).unwrap();
            tx.consume(frame.len(), |room| room.copy_from_slice(&frame));
        }
        result
    }
}

/// One direction.
#[derive(Default)]
struct Pipe {
    kept: Vec<Vec<u8>>,
    ready: VecDeque<Vec<u8>>,
}

impl Pipe {
    fn push(&mut self, frame: &[u8]) {
        if !is_datagram(frame) {
            self.ready.push_back(frame.to_vec());
            return;
        }
        self.kept.push(frame.to_vec());
        if self.kept.len() == BATCH {
            self.ready.extend(scrambled(&self.kept));
            self.kept.clear();
        }
    }
}

/// Whether a frame has a datagram in it, behind a header without options.
fn is_datagram(frame: &[u8]) -> bool {
    let protocol_at = match frame[12..14] {
        [0x08, 0x00] => 23,
        [0x86, 0xdd] => 20,
        _ => return false,
    };
    frame[protocol_at] == 17
}

/// How many datagrams are kept before they go on.
const BATCH: usize = 4;
/// In which order they do, by their places among those that were kept.
const ORDER: [usize; 6] = [2, 0, 0, 3, 1, 2];
