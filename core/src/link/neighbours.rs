//! Who has which hardware address, and who waits for it.

use core::marker::PhantomData;
use core::net::IpAddr;

use super::{Link, LinkDrops, Unreachable};
use crate::stack::{Interfaces, Outgoing};
use crate::time::Instant;

/// The place of one neighbour.
#[derive(Clone, Debug, Default)]
pub struct NeighbourSlot;
/// A question.
#[derive(Clone, Debug, Default)]
pub struct Solicitation;
/// The place of one datagram.
#[derive(Clone, Debug, Default)]
pub struct WaitingSlot;
/// A frame.
#[derive(Clone, Debug, Default)]
pub struct Waiting<'w>(PhantomData<&'w u8>);

impl Waiting<'_> {
    /// How many bytes the frame has.
    #[expect(clippy::len_without_is_empty, reason = "a frame has a header")]
    #[must_use]
    pub const fn len(&self) -> usize {
        0
    }

    /// Writes the frame.
    #[must_use]
    pub const fn write(self, frame: &mut [u8]) -> bool {
        let _ = frame;
        false
    }
}

pub(super) enum Resolution {
    Known([u8; 6]),
    Unknown,
    Failed,
}

pub(super) struct Neighbours<'m>(PhantomData<&'m mut u8>);

impl<'m> Neighbours<'m> {
    pub(super) fn new(_: &'m mut [NeighbourSlot], _: &'m mut [WaitingSlot], _: &'m mut [u8]) -> Self {
        Self(PhantomData)
    }
    pub(super) fn poll_unreachable(&mut self) -> Option<Unreachable> {
        None
    }
    pub(super) fn poll_at(&self) -> Option<Instant> {
        None
    }
    pub(super) fn reset(&mut self, _: &mut LinkDrops) {}
    pub(super) fn known(&self, _: IpAddr) -> Option<[u8; 6]> {
        None
    }
    pub(super) fn resolve(&mut self, _: Instant, _: IpAddr) -> Resolution {
        Resolution::Known([2; 6])
    }
    pub(super) fn enqueue(&mut self, _: Instant, _: &Outgoing<'_>) -> bool {
        false
    }
    pub(super) fn learn(&mut self, _: Instant, _: IpAddr, _: [u8; 6], _: bool) {}
}

pub(super) fn poll<'l>(_: &'l mut Link<'_>, _: Instant, _: &Interfaces<'_>) -> Option<Waiting<'l>> {
    None
}
