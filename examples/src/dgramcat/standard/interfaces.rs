//! Which interface of the operating system a name means, and how its addresses are printed.

use core::net::IpAddr;

use anydgram_std::{Endpoint, Interface};

use super::super::given::Usage;
use super::super::interface::InterfaceName;

/// What a membership takes for an interface.
///
/// # Errors
/// There is no such interface.
pub(super) fn of_membership(name: &InterfaceName, group: IpAddr) -> Result<Interface, Usage> {
    match (name, group) {
        // As Node does it: the system finds the interface.
        (InterfaceName::Address(IpAddr::V4(address)), IpAddr::V4(_)) => {
            Ok(Interface::Address(*address))
        }
        _ => index(name).map(Interface::Index),
    }
}

/// The index of an interface.
///
/// # Errors
/// There is no such interface.
pub(super) fn index(name: &InterfaceName) -> Result<u32, Usage> {
    let all = if_addrs::get_if_addrs()
        .map_err(|error| Usage(format!("the interfaces cannot be listed: {error}")))?;
    let found = match name {
        InterfaceName::Index(index) => return Ok(*index),
        InterfaceName::Address(address) => all.iter().find(|one| one.ip() == *address),
        InterfaceName::Name(name) => all.iter().find(|one| one.name == *name),
    };
    found
        .and_then(|one| one.index)
        .ok_or_else(|| unknown(name, &all))
}

fn unknown(name: &InterfaceName, all: &[if_addrs::Interface]) -> Usage {
    let mut known: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    let known = known.join(", ");
    Usage(match name {
        InterfaceName::Name(name) => {
            format!(
                "no interface with an address is called '{name}': there are {known}; others go by index"
            )
        }
        InterfaceName::Address(address) => {
            format!("no interface has the address {address}: name one of {known}")
        }
        InterfaceName::Index(index) => format!("there is no interface {index}"),
    })
}

/// An address as Node prints it: a link-local one with its interface's name, `fe80::1%eth0`.
pub(super) fn address_text(endpoint: Endpoint) -> String {
    let address = endpoint.address;
    if address.scope_id == 0 || !address.is_link_local() {
        return address.ip.to_string();
    }
    let name = if_addrs::get_if_addrs().ok().and_then(|all| {
        let one = all
            .into_iter()
            .find(|one| one.index == Some(address.scope_id))?;
        Some(format!("{}%{}", address.ip, one.name))
    });
    name.unwrap_or_else(|| address.to_string())
}
