//! Host names: the same few threads for all async sockets of the process, with Node's errors.

use std::sync::OnceLock;

use anydgram_core::{
    Address, Destination, Errno, ErrorAddress, Family, Host, Syscall, SystemError,
};
use tokio::sync::oneshot;

use crate::error::Error;
use crate::lookup::{Resolver, immediate};

#[cfg(test)]
use super::tests::ask;
#[cfg(not(test))]
use crate::sys::resolve as ask;

/// Who waits for an answer; gone if it does not any more.
type Waiting = oneshot::Sender<Result<Address, Errno>>;

static RESOLVER: OnceLock<Resolver<Waiting>> = OnceLock::new();

/// The host with its name, if it has one, looked up. An answer that nobody waits for any more is dropped.
pub(crate) async fn resolve(host: Host<'_>, family: Family) -> Result<Host<'static>, Error> {
    let name = match host {
        Host::Default => return Ok(Host::Default),
        Host::Ip(address) => return Ok(Host::Ip(address)),
        Host::Name(name) => name,
    };
    host.check()?;
    if let Some(address) = immediate(name) {
        return Ok(Host::Ip(address));
    }
    let outcome = look_up(name, family).await;
    outcome.map(Host::Ip).map_err(|errno| {
        let address = ErrorAddress::Name(name);
        SystemError::at(Syscall::GetAddrInfo, errno, address, 0).into()
    })
}

/// The host if it needs no lookup.
pub(super) fn numeric(host: Host<'_>) -> Option<Host<'static>> {
    match host {
        Host::Default => Some(Host::Default),
        Host::Ip(address) => Some(Host::Ip(address)),
        Host::Name(name) => immediate(name).map(Host::Ip),
    }
}

/// The first address of a name.
pub(super) async fn look_up(name: &str, family: Family) -> Result<Address, Errno> {
    let (sender, receiver) = oneshot::channel();
    let resolver = RESOLVER.get_or_init(|| Resolver::with_lookup(ask, deliver));
    if resolver.look_up(sender, name, family).is_err() {
        return Err(Errno::ENOTFOUND);
    }
    receiver.await.unwrap_or(Err(Errno::ECANCELED))
}

/// The failure with the host as the caller gave it, as Node has it.
pub(super) fn as_given(error: Error, given: Destination<'_>) -> Error {
    match (given.host, error.as_core()) {
        (Host::Name(name), anydgram_core::Error::System(system))
            if matches!(system.address, ErrorAddress::Ip(_)) && system.syscall != Syscall::Bind =>
        {
            let name = ErrorAddress::Name(name);
            SystemError::at(system.syscall, system.errno, name, system.port).into()
        }
        _ => error,
    }
}

/// Hands the answers out, on the resolver's threads.
fn deliver() {
    while let Some(answer) = RESOLVER.get().and_then(Resolver::poll_answer) {
        if answer.key.send(answer.result).is_err() {
            log::trace!("nobody waits for a lookup any more");
        }
    }
}
