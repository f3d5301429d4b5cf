//! Devices for smoltcp that stand for a part of the real one.
//!
//! smoltcp gets only the frames that are left for it, one at a time ([`OneShot`]), and sends on its own account through
//! [`Egress`]. Both say what the real device can do, and put right what smoltcp gets wrong ([`MldRepair`]).

use anydgram_core::link::MldRepair;
use smoltcp::phy::{Device, DeviceCapabilities, PacketMeta, RxToken, TxToken};
use smoltcp::time::Instant;

use crate::mld::{LONGEST, repair};

#[cfg(test)]
mod tests;

/// A device that has received one frame, and has room for one frame in answer.
#[derive(Debug)]
pub(crate) struct OneShot<'f, T> {
    received: Option<(&'f [u8], T)>,
    capabilities: DeviceCapabilities,
}

impl<'f, T: TxToken> OneShot<'f, T> {
    /// A device like the one with these capabilities, whose answer leaves through `tx`.
    pub(crate) const fn new(frame: &'f [u8], tx: T, capabilities: DeviceCapabilities) -> Self {
        Self {
            received: Some((frame, tx)),
            capabilities,
        }
    }
}

impl<'f, T: TxToken> Device for OneShot<'f, T> {
    type RxToken<'a>
        = Repaired<Frame<'f>>
    where
        Self: 'a;
    type TxToken<'a>
        = Repaired<T>
    where
        Self: 'a;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Repaired<Frame<'f>>, Repaired<T>)> {
        let (frame, tx) = self.received.take()?;
        let repair = repair(&self.capabilities);
        let rx = Repaired {
            token: Frame(frame),
            repair,
        };
        Some((rx, Repaired { token: tx, repair }))
    }

    /// Never: the room is for the answer.
    fn transmit(&mut self, _timestamp: Instant) -> Option<Repaired<T>> {
        None
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.capabilities.clone()
    }
}

/// A device that sends through another one, and never receives.
#[derive(Debug)]
pub(crate) struct Egress<'d, D: ?Sized> {
    device: &'d mut D,
    repair: MldRepair,
    /// There was no room for something.
    pub(crate) lacked_room: bool,
}

impl<'d, D: Device + ?Sized> Egress<'d, D> {
    /// The sending half of `device`.
    pub(crate) fn new(device: &'d mut D) -> Self {
        let repair = repair(&device.capabilities());
        Self {
            device,
            repair,
            lacked_room: false,
        }
    }
}

impl<D: Device + ?Sized> Device for Egress<'_, D> {
    type RxToken<'a>
        = Frame<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Repaired<D::TxToken<'a>>
    where
        Self: 'a;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Frame<'_>, Self::TxToken<'_>)> {
        None
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Self::TxToken<'_>> {
        let repair = self.repair;
        let token = self.device.transmit(timestamp);
        self.lacked_room |= token.is_none();
        token.map(|token| Repaired { token, repair })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A frame that somebody else owns.
#[derive(Debug)]
pub(crate) struct Frame<'f>(&'f [u8]);

impl RxToken for Frame<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// A frame that is put right before smoltcp sees it, or room for one that is before it leaves.
#[derive(Debug)]
pub(crate) struct Repaired<T> {
    token: T,
    repair: MldRepair,
}

impl RxToken for Repaired<Frame<'_>> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        let Self { token, repair } = self;
        token.consume(|frame| match repair.lengthened(frame, &mut [0; LONGEST]) {
            Some(query) => f(query),
            None => f(frame),
        })
    }
}

impl<T: TxToken> TxToken for Repaired<T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Self { token, repair } = self;
        token.consume(len, |frame| {
            let result = f(frame);
            repair.apply(frame);
            result
        })
    }

    fn set_meta(&mut self, meta: PacketMeta) {
        self.token.set_meta(meta);
    }
}
