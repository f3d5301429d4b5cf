//! A device that has no room for a while.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use anydgram_core::SocketType::Udp4;
use anydgram_core::{Instant, SocketId};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant as SmoltcpInstant;

use crate::computer::Computer;

/// A device for packets, which nobody receives. It has room for so many.
#[derive(Clone, Default)]
struct Narrow {
    room: Rc<Cell<usize>>,
    /// How long those were that it has taken.
    lengths: Rc<RefCell<Vec<usize>>>,
}

struct Never;

impl RxToken for Never {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&[])
    }
}

impl TxToken for Narrow {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        self.room.update(|room| room - 1);
        self.lengths.borrow_mut().push(len);
        f(&mut vec![0; len])
    }
}

impl Device for Narrow {
    type RxToken<'a> = Never;
    type TxToken<'a> = Self;

    fn receive(&mut self, _: SmoltcpInstant) -> Option<(Never, Self)> {
        None
    }

    fn transmit(&mut self, _: SmoltcpInstant) -> Option<Self> {
        (self.room.get() > 0).then(|| self.clone())
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = 1500;
        capabilities
    }
}

/// A host that has said what it has to say of itself, with a socket, and its device, which is full.
fn full() -> (Computer<Narrow>, SocketId, Narrow) {
    let device = Narrow::default();
    device.room.set(100);
    let mut computer = Computer::new(1, device.clone(), &[("192.0.2.1", 24)]);
    let id = computer.bound(Udp4, 7);
    computer.poll(NOW);
    computer.forget();
    device.room.set(0);
    device.lengths.take();
    (computer, id, device)
}

#[test]
fn polls_send_what_has_waited_for_room() {
    let (mut computer, id, device) = full();
    for _ in 0..3 {
        computer.send(id, b"x", "192.0.2.2", 7);
    }
    assert!(computer.poll(NOW).is_some_and(|at| at > NOW));
    assert!(computer.told(id).is_empty());
    device.room.set(2);
    computer.poll(NOW);
    assert_eq!(computer.told(id), ["sent 1", "sent 1"]);
}

#[test]
fn steps_send_what_has_waited_for_room() {
    let (mut computer, id, device) = full();
    for _ in 0..3 {
        computer.send(id, b"x", "192.0.2.2", 7);
    }
    for (given, told) in [(0, 0), (2, 2), (0, 0), (2, 1)] {
        device.room.update(|room| room + given);
        let steps = (0..100).take_while(|_| {
            let Computer {
                stack,
                sockets,
                log,
            } = &mut computer;
            stack.step(NOW, sockets, log)
        });
        assert!(steps.count() < 100, "it never rests");
        assert_eq!(computer.told(id).len(), told);
    }
    assert_eq!(device.room.get(), 1);
}

#[test]
fn fragments_leave_as_there_is_room() {
    let (mut computer, id, device) = full();
    computer.send(id, &[0; 4000], "192.0.2.2", 7);
    computer.send(id, b"x", "192.0.2.2", 7);
    for leaving in 1..=4 {
        device.room.set(1);
        computer.poll(NOW);
        assert_eq!(device.lengths.borrow().len(), leaving);
    }
    assert_eq!(computer.told(id), ["sent 4000", "sent 1"]);
    // Three fragments of 4,008 bytes; nothing overtakes them.
    assert_eq!(*device.lengths.borrow(), [1500, 1500, 1068, 29]);
}

const NOW: Instant = Instant::from_micros(1);
