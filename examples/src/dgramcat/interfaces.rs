//! The interfaces of a backend: what names mean, and how addresses are printed.

use core::net::IpAddr;
use std::io;

use anydgram_core::{Address, Error, ErrorAddress, Interface, SystemError};

use super::given::Usage;
use super::interface::InterfaceName;

/// An address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) ip: IpAddr,
}

/// What a backend knows of its interfaces.
pub(super) trait Interfaces {
    /// All addresses of all interfaces.
    ///
    /// # Errors
    /// What the system has against it.
    fn list(&self) -> io::Result<Vec<Known>>;

    /// An address as Node prints it: a link-local one with its interface's name, `fe80::1%eth0`.
    fn address_text(&self, address: Address) -> String;
}

/// What a membership takes for an interface.
///
/// # Errors
/// There is no such interface.
pub(super) fn of_membership(
    interfaces: &dyn Interfaces,
    name: &InterfaceName,
    group: IpAddr,
) -> Result<Interface, Usage> {
    match (name, group) {
        // As Node does it: the stack finds the interface.
        (InterfaceName::Address(IpAddr::V4(address)), IpAddr::V4(_)) => {
            Ok(Interface::Address(*address))
        }
        _ => index(interfaces, name).map(Interface::Index),
    }
}

/// The index of an interface.
///
/// # Errors
/// There is no such interface.
pub(super) fn index(interfaces: &dyn Interfaces, name: &InterfaceName) -> Result<u32, Usage> {
    let all = interfaces
        .list()
        .map_err(|error| Usage(format!("the interfaces cannot be listed: {error}")))?;
    let found = match name {
        InterfaceName::Index(index) => return Ok(*index),
        InterfaceName::Address(address) => all.iter().find(|one| one.ip == *address),
        InterfaceName::Name(name) => all.iter().find(|one| one.name == *name),
    };
    found
        .map(|one| one.index)
        .ok_or_else(|| unknown(name, &all))
}

/// The text of an error, whose address may have a zone.
pub(super) fn error_text(interfaces: &dyn Interfaces, error: &Error<'_>) -> String {
    if let Error::System(system) = error
        && let ErrorAddress::Ip(address) = system.address
        && address.scope_id() != 0
    {
        let text = interfaces.address_text(address);
        let named = ErrorAddress::Name(&text);
        return SystemError::at(system.syscall, system.errno, named, system.port).to_string();
    }
    error.to_string()
}

fn unknown(name: &InterfaceName, all: &[Known]) -> Usage {
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
