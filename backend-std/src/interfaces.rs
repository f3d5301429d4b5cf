//! Network interfaces: names, indexes, addresses and zones.
//!
//! Nothing is cached: interfaces come and go, and the operating system is the owner of these facts.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::{Address, Errno};

use crate::sys;

/// One network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InterfaceInfo {
    /// Its index (RFC 3493 § 4), never 0.
    pub(crate) index: u32,
    /// Its name: `eth0`.
    pub(crate) name: String,
    /// Its addresses of both families, in the operating system's order.
    pub(crate) addresses: Vec<Address>,
    /// Whether it is up.
    pub(crate) is_up: bool,
    /// Whether it can multicast.
    pub(crate) is_multicast: bool,
}

/// All interfaces, by ascending index.
pub(crate) fn list() -> Result<Vec<InterfaceInfo>, Errno> {
    let mut found = sys::interfaces()?;
    found.sort_by_key(|interface| interface.index);
    Ok(found)
}

/// The index of the interface that owns an IPv4 address; `ENODEV` if none does.
pub(crate) fn index_of_address(address: Ipv4Addr) -> Result<u32, Errno> {
    list()?
        .iter()
        .find(|interface| {
            interface
                .addresses
                .iter()
                .any(|own| own.ip() == IpAddr::V4(address))
        })
        .map(|interface| interface.index)
        .ok_or(Errno::ENODEV)
}

/// The scope id that a zone text stands for: an interface's name, or an index; 0 when it is neither.
///
/// Node knows only names here (only indexes on Windows); that an index is understood everywhere is an addition.
pub(crate) fn scope_id_of_zone(zone: &str) -> u32 {
    sys::interface_index(zone)
        .or_else(|| zone.parse().ok())
        .unwrap_or(0)
}

/// The index of the interface of this name; `None` if there is none.
///
/// # Examples
/// ```
/// use anydgram_std::{Interface, interface_index};
///
/// let wired = interface_index("eth0").map_or(Interface::Default, Interface::Index);
/// ```
#[must_use]
pub fn interface_index(name: &str) -> Option<u32> {
    sys::interface_index(name)
}

/// An address as Node prints it: a link-local one with the name of its interface, `fe80::1%eth0`.
///
/// The index stands in for an interface without a name, and on Windows always. No other address shows a zone.
///
/// # Examples
/// ```
/// use anydgram_std::{Address, Zoned};
///
/// let address = Address::parse("fe80::1%1").ok_or("no address")?;
/// # #[cfg(target_os = "linux")]
/// assert_eq!(Zoned(address).to_string(), "fe80::1%lo");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is an address, printed differently"
)]
pub struct Zoned(pub Address);

impl fmt::Display for Zoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ip, scope_id) = (self.0.ip(), self.0.scope_id());
        let is_link_local = matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
        if scope_id == 0 || !is_link_local {
            return Address::new(ip).fmt(f);
        }
        let mut name = [0; sys::INTERFACE_NAME_LEN];
        match sys::interface_name(scope_id, &mut name) {
            Some(name) => write!(f, "{ip}%{name}"),
            None => write!(f, "{ip}%{scope_id}"),
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use core::net::Ipv6Addr;

    use super::*;

    #[test]
    fn the_loopback_interface_is_listed_with_its_addresses() {
        let all = list().unwrap();
        let lo = all.iter().find(|one| one.name == "lo").unwrap();
        assert_eq!(lo.index, 1);
        assert!(lo.is_up);
        assert!(!lo.is_multicast);
        assert!(lo.addresses.contains(&Address::from(Ipv4Addr::LOCALHOST)));
        assert!(all.windows(2).all(|pair| pair[0].index < pair[1].index));
    }

    #[test]
    fn an_ipv4_address_leads_to_its_interface() {
        assert_eq!(index_of_address(Ipv4Addr::LOCALHOST), Ok(1));
        let nobody = Ipv4Addr::new(203, 0, 113, 77);
        assert_eq!(index_of_address(nobody), Err(Errno::ENODEV));
    }

    #[test]
    fn zones_are_names_or_indexes() {
        assert_eq!(scope_id_of_zone("lo"), 1);
        assert_eq!(scope_id_of_zone("7"), 7);
        for unknown in [
            "",
            "nosuch0",
            "-1",
            "4294967296",
            "l\0o",
            "a-name-longer-than-any",
        ] {
            assert_eq!(scope_id_of_zone(unknown), 0, "{unknown:?}");
        }
    }

    #[test]
    fn only_link_local_addresses_show_their_zone() {
        let link_local = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
        let text = |address| Zoned(address).to_string();
        assert_eq!(text(Address::scoped(link_local, 1)), "fe80::1%lo");
        assert_eq!(text(Address::scoped(link_local, 99_999)), "fe80::1%99999");
        assert_eq!(text(Address::scoped(link_local, 0)), "fe80::1");
        assert_eq!(text(Address::scoped(Ipv6Addr::LOCALHOST, 1)), "::1");
        assert_eq!(text(Address::from(Ipv4Addr::LOCALHOST)), "127.0.0.1");
    }
}
