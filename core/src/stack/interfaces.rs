//! Interfaces, their addresses, routes, and the choice of a source.

use core::net::IpAddr;

use crate::address::{Address, Family};
use crate::error::Errno;

/// An address with the prefix length of its network, as in `192.0.2.1/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// `address` in a network whose prefix has `prefix` bits; at most as many as the family has.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Self {
        Self {
            address,
            prefix: prefix.min(Family::of(address).bits()),
        }
    }

    /// The address.
    #[must_use]
    pub const fn address(self) -> IpAddr {
        self.address
    }

    /// The length of the prefix in bits.
    #[must_use]
    pub const fn prefix(self) -> u8 {
        self.prefix
    }
}

/// The place of one interface.
#[derive(Clone, Debug, Default)]
pub struct InterfaceSlot {
    is_taken: bool,
}

impl InterfaceSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self { is_taken: false }
    }
}

/// The place of one address.
#[derive(Clone, Debug, Default)]
pub struct AddressSlot {
    entry: Option<(u32, Cidr)>,
}

impl AddressSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self { entry: None }
    }
}

/// How a datagram gets to its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Route {
    /// By this interface; the loopback interface for an address of this host.
    pub interface: u32,
    /// To this neighbour: the destination itself, or a gateway.
    pub next_hop: IpAddr,
    /// From this address, unless the socket has one.
    pub source: IpAddr,
}

/// The interfaces of one host: the loopback interface, which is always there, and those that were added.
pub struct Interfaces<'m> {
    slots: &'m mut [InterfaceSlot],
    addresses: &'m mut [AddressSlot],
}

impl<'m> Interfaces<'m> {
    /// The index of the loopback interface, `lo`: 127.0.0.0/8 and `::1`.
    pub const LOOPBACK: u32 = 1;

    /// Only the loopback interface, and room for as many others, and their addresses, as there are slots.
    #[must_use]
    pub fn new(slots: &'m mut [InterfaceSlot], addresses: &'m mut [AddressSlot]) -> Self {
        Self { slots, addresses }
    }

    /// Adds an interface, which is up, and returns its index: 2, 3, and so on. Datagrams with their IP headers may have
    /// `mtu` bytes on it.
    ///
    /// # Errors
    /// `EEXIST` if the name is taken, `EINVAL` if it is empty, longer than 15 bytes, or has a `%`, a `/` or white space;
    /// `ENOBUFS` if there is no room.
    pub fn add(&mut self, name: &str, mtu: u32) -> Result<u32, Errno> {
        let _ = (&mut self.slots, &mut self.addresses, name, mtu);
        Err(Errno::ENOTSUP)
    }

    /// Says whether an interface can carry datagrams; whether that is news.
    pub fn set_up(&mut self, interface: u32, is_up: bool) -> bool {
        let _ = (interface, is_up);
        false
    }

    /// Whether an interface can carry datagrams.
    #[must_use]
    pub fn is_up(&self, interface: u32) -> bool {
        let _ = interface;
        false
    }

    /// How many bytes a datagram may have with its IP header: 65,536 on the loopback interface, 0 on one that is not
    /// there.
    #[must_use]
    pub fn mtu(&self, interface: u32) -> u32 {
        let _ = interface;
        0
    }

    /// Gives an interface an address.
    ///
    /// # Errors
    /// `ENODEV` if there is no such interface, `EEXIST` if it has the address, `EINVAL` if it is no unicast address,
    /// `ENOBUFS` if there is no room.
    pub fn add_address(&mut self, interface: u32, cidr: Cidr) -> Result<(), Errno> {
        let _ = (interface, cidr);
        Err(Errno::ENOTSUP)
    }

    /// Takes an address from an interface.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL` if it does not have it.
    pub fn remove_address(&mut self, interface: u32, address: IpAddr) -> Result<(), Errno> {
        let _ = (interface, address);
        Err(Errno::ENOTSUP)
    }

    /// Sends what is for no network of this host to `gateway`, by this interface; `None`: nowhere.
    ///
    /// # Errors
    /// `ENODEV` if there is no such interface, `EINVAL` if the gateway is of another family or no unicast address.
    pub fn set_gateway(
        &mut self,
        interface: u32,
        family: Family,
        gateway: Option<IpAddr>,
    ) -> Result<(), Errno> {
        let _ = (interface, family, gateway);
        Err(Errno::ENOTSUP)
    }

    /// All indexes in ascending order, the loopback interface's first.
    pub fn indexes(&self) -> impl Iterator<Item = u32> {
        core::iter::empty()
    }

    /// The index of the interface of this name, which may be its index as a number.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<u32> {
        let _ = name;
        None
    }

    /// The name of an interface.
    #[must_use]
    pub fn name(&self, interface: u32) -> Option<&str> {
        let _ = interface;
        None
    }

    /// The addresses of an interface, in the order in which it was given them.
    pub fn addresses(&self, interface: u32) -> impl Iterator<Item = Cidr> {
        let _ = interface;
        core::iter::empty()
    }

    /// The interface that has an address; the scope id, if there is one, must be right.
    #[must_use]
    pub fn owner(&self, address: Address) -> Option<u32> {
        let _ = address;
        None
    }

    /// Whether an address is a broadcast address: 255.255.255.255, or the last one of a network that `interface`
    /// (`None`: any interface) is in.
    #[must_use]
    pub fn is_broadcast(&self, interface: Option<u32>, ip: IpAddr) -> bool {
        let _ = (interface, ip);
        false
    }

    /// How datagrams get to `destination`: a unicast or a broadcast address, or a group. The interface can be demanded.
    ///
    /// # Errors
    /// `ENETUNREACH` if there is no way, `ENODEV` if the demanded interface is not there, `EADDRNOTAVAIL` if the
    /// interface has no address of the family, `EINVAL` for a link-local IPv6 address without a scope.
    pub fn route(&self, destination: Address, interface: Option<u32>) -> Result<Route, Errno> {
        let _ = (destination, interface);
        Err(Errno::ENETUNREACH)
    }

    /// The address of an interface that datagrams to `destination` should come from.
    #[must_use]
    pub fn source(&self, interface: u32, destination: IpAddr) -> Option<IpAddr> {
        let _ = (interface, destination);
        None
    }
}
