//! Nothing together.

use core::marker::PhantomData;

use anydgram_core::{Address, Datagram, Endpoint, Payload, SendMeta, Waiting};

use super::Run;
use crate::sys::OsSocket;

/// Nothing to find out.
#[derive(Debug)]
pub(in crate::sys) struct Together;

/// Where a datagram goes: an address and a port; `None`: to the peer.
pub(crate) type To<'t> = Option<(&'t Address, u16)>;

/// A bundle that takes nothing.
#[derive(Debug)]
pub(crate) struct Bundle<'a>(PhantomData<&'a [u8]>);

impl Together {
    pub(in crate::sys) const fn new() -> Self {
        Self
    }

    /// None is taken: each is sent alone.
    fn none(&self) -> Run {
        let Self = self;
        Run::default()
    }
}

#[expect(
    clippy::unused_self,
    reason = "where there are bundles, there is something in them"
)]
impl<'a> Bundle<'a> {
    #[expect(clippy::needless_pass_by_ref_mut, reason = "as above")]
    pub(crate) const fn len(&mut self) -> usize {
        0
    }

    pub(crate) const fn meta(&self) -> SendMeta {
        SendMeta::new()
    }

    #[expect(clippy::needless_pass_by_ref_mut, reason = "as above")]
    pub(crate) const fn add(&mut self, _: To<'_>, _: &SendMeta, _: &Payload<'a>) -> bool {
        false
    }

    #[expect(clippy::needless_pass_by_ref_mut, reason = "as above")]
    pub(crate) const fn add_expected(&mut self, _: &Datagram<'a>) -> bool {
        false
    }

    pub(crate) fn destinations(&self) -> impl Iterator<Item = Option<Endpoint>> {
        core::iter::empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Option<Endpoint>, &[u8])> {
        core::iter::empty()
    }

    #[expect(clippy::needless_pass_by_ref_mut, reason = "as above")]
    pub(crate) const fn clear(&mut self) {}
}

pub(super) const fn bundle<'a>(_: &OsSocket) -> Bundle<'a> {
    Bundle(PhantomData)
}

pub(super) fn send_run(os: &OsSocket, _: &mut Waiting<'_>) -> Run {
    os.together.none()
}

pub(super) fn send_bundle(os: &OsSocket, _: &mut Bundle<'_>) -> Run {
    os.together.none()
}
