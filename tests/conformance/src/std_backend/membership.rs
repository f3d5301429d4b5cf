//! Memberships: texts become addresses and interfaces, or fail as the system would.

use core::net::IpAddr;

use anydgram_core::dynamic::{Membership, Value};
use anydgram_core::{Address, Errno, Interface, Syscall, SystemError, split_zone};
use anydgram_std::{Error, Socket, interface_index};

use super::thrown;

/// Joins or leaves, by the same arguments.
pub(super) fn change(socket: &Socket, call: &Membership<'_>, is_add: bool) -> Result<Value, Value> {
    let syscall = match (is_add, call.source) {
        (true, None) => Syscall::AddMembership,
        (false, None) => Syscall::DropMembership,
        (true, Some(_)) => Syscall::AddSourceSpecificMembership,
        (false, Some(_)) => Syscall::DropSourceSpecificMembership,
    };
    let invalid = || thrown(&SystemError::new(syscall, Errno::EINVAL).into());
    let group = ip(&call.group).ok_or_else(invalid)?;
    let source = match call.source {
        None => None,
        Some(source) => Some(ip(source).ok_or_else(invalid)?),
    };
    let interface = interface(group, call.interface.as_deref()).ok_or_else(invalid)?;
    let outcome: Result<(), Error> = match (is_add, source) {
        (true, None) => socket.add_membership(group, interface),
        (false, None) => socket.drop_membership(group, interface),
        (true, Some(source)) => socket.add_source_specific_membership(source, group, interface),
        (false, Some(source)) => socket.drop_source_specific_membership(source, group, interface),
    };
    outcome
        .map(|()| Value::Undefined)
        .map_err(|error| thrown(&error))
}

/// An address; the zone of an IPv6 one does not count.
fn ip(text: &str) -> Option<IpAddr> {
    Address::parse(split_zone(text).0).map(|address| address.ip())
}

/// For IPv4 the interface's address, for IPv6 the zone of any address.
fn interface(group: IpAddr, text: Option<&str>) -> Option<Interface> {
    let Some(text) = text else {
        return Some(Interface::Default);
    };
    match (group, ip(text)?) {
        (IpAddr::V4(_), IpAddr::V4(address)) if address.is_unspecified() => {
            Some(Interface::Default)
        }
        (IpAddr::V4(_), IpAddr::V4(address)) => Some(Interface::Address(address)),
        (IpAddr::V6(_), IpAddr::V6(_)) => Some(match split_zone(text).1 {
            None => Interface::Default,
            Some(zone) => {
                let index = interface_index(zone).or_else(|| zone.parse().ok());
                index.map_or(Interface::Default, Interface::Index)
            }
        }),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}
