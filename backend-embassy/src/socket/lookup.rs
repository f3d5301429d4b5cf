//! Host names, asked of embassy-net before the core sees them.

use anydgram_core::{
    Address, Errno, Error, ErrorAddress, Family, Host as GivenHost, Syscall, SystemError,
    split_zone,
};

use crate::host::Host;

impl Host<'_> {
    /// The host with its name, if it has one, looked up.
    pub(crate) async fn resolve<'a>(
        &self,
        host: GivenHost<'a>,
        family: Family,
    ) -> Result<GivenHost<'static>, Error<'a>> {
        let name = match host {
            GivenHost::Default => return Ok(GivenHost::Default),
            GivenHost::Ip(address) => return Ok(GivenHost::Ip(address)),
            GivenHost::Name(name) => name,
        };
        host.check()?;
        let outcome = if !NAMES {
            Err(Errno::ENOTFOUND)
        } else if let Some(known) = self.known(name, family) {
            known
        } else {
            self.ask(name, family).await
        };
        outcome.map(GivenHost::Ip).map_err(|errno| {
            let address = ErrorAddress::Name(name);
            SystemError::at(Syscall::GetAddrInfo, errno, address, 0).into()
        })
    }

    /// What the host knows itself: addresses, also with the name of the interface as their zone (RFC 4007 § 11), and
    /// `localhost` (RFC 6761 § 6.3).
    fn known(&self, name: &str, family: Family) -> Option<Result<Address, Errno>> {
        if name.eq_ignore_ascii_case("localhost") {
            return Some(Ok(family.loopback()));
        }
        let (address, zone) = split_zone(name);
        let address = Address::parse(address);
        let Some(zone) = zone else {
            return address.map(Ok);
        };
        // As in Node, a zone that no interface has is none.
        let scope_id = {
            let inner = self.inner().borrow();
            inner.host.interfaces().index_of(zone).unwrap_or(0)
        };
        let address = address.filter(|address| address.family() == Family::V6);
        let address = address.ok_or(Errno::ENOTFOUND);
        Some(address.map(|address| address.with_scope_id(scope_id)))
    }
}

/// There are names.
const NAMES: bool = cfg!(feature = "names");
