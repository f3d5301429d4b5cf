//! Host names by DNS, through smoltcp's socket for it.
//!
//! smoltcp asks one server after the other, ten seconds each, and checks name, port and identifier of the answers.

use core::fmt;
use core::net::IpAddr;

use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Errno, Family, LookupToken, SocketId};
use heapless::Vec;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::dns::{DnsQuery, GetQueryResultError, QueryHandle, Socket, StartQueryError};
use smoltcp::wire::{DnsQueryType, IpAddress};

use crate::resolver::Answer;

/// How many lookups can be under way at the same time.
pub const QUERIES: usize = 4;

/// Memory for a DNS client, lent for as long as its interface lives.
pub struct DnsMemory([Option<DnsQuery>; QUERIES]);

impl DnsMemory {
    /// Empty memory, fit for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self([const { None }; QUERIES])
    }
}

impl Default for DnsMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DnsMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DnsMemory").finish_non_exhaustive()
    }
}

/// The lookups of one interface.
pub(crate) struct Dns {
    handle: SocketHandle,
    pending: Vec<Pending, QUERIES>,
}

struct Pending {
    query: QueryHandle,
    id: SocketId,
    token: LookupToken,
    family: Family,
}

impl Dns {
    /// A client that asks `servers`, of which smoltcp takes as many as its `SMOLTCP_DNS_MAX_SERVER_COUNT` says. There
    /// must be room for its socket.
    pub(crate) fn new<'m>(
        sockets: &mut SocketSet<'m>,
        servers: &[IpAddr],
        memory: &'m mut DnsMemory,
    ) -> Self {
        let handle = sockets.add(Socket::new(&known(servers), &mut memory.0[..]));
        Self {
            handle,
            pending: Vec::new(),
        }
    }

    /// Asks others from now on: those of a lease.
    #[cfg(feature = "dhcp")]
    pub(crate) fn set_servers(&self, sockets: &mut SocketSet<'_>, servers: &[IpAddr]) {
        sockets
            .get_mut::<Socket<'_>>(self.handle)
            .update_servers(&known(servers));
    }

    pub(crate) fn look_up(
        &mut self,
        smoltcp: &mut Interface,
        sockets: &mut SocketSet<'_>,
        lookup: &Lookup<'_>,
        name: &str,
    ) -> Result<(), Errno> {
        if self.pending.is_full() {
            return Err(Errno::EAIAGAIN);
        }
        let query_type = match lookup.family {
            Family::V4 => DnsQueryType::A,
            Family::V6 => DnsQueryType::Aaaa,
        };
        let socket = sockets.get_mut::<Socket<'_>>(self.handle);
        let query = socket
            .start_query(smoltcp.context(), name, query_type)
            .map_err(|error| match error {
                StartQueryError::NoFreeSlot => Errno::EAIAGAIN,
                StartQueryError::InvalidName | StartQueryError::NameTooLong => Errno::ENOTFOUND,
            })?;
        let pending = Pending {
            query,
            id: lookup.id,
            token: lookup.token,
            family: lookup.family,
        };
        let pushed = self.pending.push(pending);
        debug_assert!(pushed.is_ok(), "there is room");
        Ok(())
    }

    /// The next answer.
    pub(crate) fn poll(&mut self, sockets: &mut SocketSet<'_>) -> Option<Answer> {
        let socket = sockets.get_mut::<Socket<'_>>(self.handle);
        for at in 0..self.pending.len() {
            let Some(pending) = self.pending.get(at) else {
                continue;
            };
            let result = match socket.get_query_result(pending.query) {
                Err(GetQueryResultError::Pending) => continue,
                Err(GetQueryResultError::Failed) => Err(Errno::ENOTFOUND),
                Ok(found) => found
                    .into_iter()
                    .map(IpAddr::from)
                    .find(|&ip| Family::of(ip) == pending.family)
                    .map(Address::from)
                    .ok_or(Errno::ENOTFOUND),
            };
            let Pending { id, token, .. } = self.pending.swap_remove(at);
            return Some(Answer { id, token, result });
        }
        None
    }
}

/// As many servers as smoltcp has room for, as it has addresses.
fn known(servers: &[IpAddr]) -> Vec<IpAddress, SERVERS> {
    let servers = servers.iter().take(SERVERS);
    servers.copied().map(IpAddress::from).collect()
}

/// For how many servers smoltcp has room.
const SERVERS: usize = smoltcp::config::DNS_MAX_SERVER_COUNT;
