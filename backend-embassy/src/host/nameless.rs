//! Host names, without anybody to ask.

use core::future::pending;
use core::marker::PhantomData;

use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Errno, Family, Host as GivenHost};
use embassy_net::Stack;

use super::Host;

/// A place for a name in the memory of a host. Without feature `dns` it has no use, and no size.
#[derive(Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LookupSlot(());

impl LookupSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

/// Nobody knows a name.
#[derive(Debug)]
pub(crate) struct Names<'m>(PhantomData<&'m ()>);

impl<'m> Names<'m> {
    pub(crate) const fn new(_: &'m mut [LookupSlot]) -> Self {
        Self(PhantomData)
    }

    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "whoever knows names remembers them"
    )]
    pub(crate) const fn look_up(&mut self, lookup: &Lookup<'_>) -> Option<Result<Address, Errno>> {
        Some(match lookup.host {
            GivenHost::Ip(address) => Ok(address),
            GivenHost::Default => Ok(lookup.family.loopback()),
            GivenHost::Name(_) => Err(Errno::ENOTFOUND),
        })
    }

    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "whoever knows names remembers them"
    )]
    pub(crate) const fn take_news(&mut self) -> bool {
        false
    }
}

impl<'m, H> Host<'m, H> {
    /// `ENOTFOUND`.
    #[expect(clippy::unused_async, reason = "whoever asks waits for the answer")]
    pub(crate) async fn ask(&self, _: &str, _: Family) -> Result<Address, Errno> {
        Err(Errno::ENOTFOUND)
    }

    /// There is nothing to answer.
    pub(super) async fn answer(&self, _: Stack<'m>) -> ! {
        pending().await
    }
}
