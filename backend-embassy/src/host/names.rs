//! Host names, by embassy-net's DNS client.

use anydgram_core::{Address, Errno, Family};
use embassy_net::dns::DnsQueryType;

use super::Host;

impl<H> Host<'_, H> {
    /// The first address of a name: `EAI_AGAIN` before [`run`](Host::run) runs, `ENOTFOUND` if nobody knows it.
    pub(crate) async fn ask(&self, name: &str, family: Family) -> Result<Address, Errno> {
        let stack = self.stack.get().ok_or(Errno::EAIAGAIN)?;
        let query = match family {
            Family::V4 => DnsQueryType::A,
            Family::V6 => DnsQueryType::Aaaa,
        };
        let found = stack.dns_query(name, query).await;
        // There is one reason only: it failed.
        let found = found.map_err(|_| Errno::ENOTFOUND)?;
        let first = found.first().ok_or(Errno::ENOTFOUND)?;
        Ok(Address::new((*first).into()))
    }
}
