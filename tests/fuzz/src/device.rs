//! A device that receives what it is given, and counts what it sends.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

#[derive(Debug)]
pub(crate) struct Fed {
    medium: Medium,
    received: Option<Vec<u8>>,
    buffer: Vec<u8>,
    pub(crate) sent: usize,
}

impl Fed {
    pub(crate) const fn new(medium: Medium) -> Self {
        Self {
            medium,
            received: None,
            buffer: Vec::new(),
            sent: 0,
        }
    }

    pub(crate) fn feed(&mut self, frame: &[u8]) {
        self.received = Some(frame.to_vec());
    }
}

impl Device for Fed {
    type RxToken<'a> = Received;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received, Room<'_>)> {
        let frame = self.received.take()?;
        Some((Received(frame), Room(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Room<'_>> {
        Some(Room(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = self.medium;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

#[derive(Debug)]
pub(crate) struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

#[derive(Debug)]
pub(crate) struct Room<'a>(&'a mut Fed);

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        assert!(len <= 1514, "no frame is longer than the device can take");
        self.0.sent += 1;
        self.0.buffer.clear();
        self.0.buffer.resize(len, 0);
        f(&mut self.0.buffer)
    }
}
