//! Addresses that hosts lose for a while.

use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::stack::Cidr;

use super::{HostId, World};
use crate::agenda::Due;
use crate::network::{micros, place};

/// An address that comes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost {
    host: HostId,
    interface: u32,
    cidr: Cidr,
    /// What the host has in its place.
    other: Option<IpAddr>,
}

impl World<'_> {
    /// Takes one of a host's addresses away for a while: the one of this number, counted round, by interfaces and in the order
    /// in which they were given. With `has_other`, the host has another address of the same prefix meanwhile, one that
    /// nobody on the segment has ever had. A host without addresses loses none.
    pub fn change_address(&mut self, host: HostId, number: u32, has_other: bool, time: Duration) {
        let nics = self.host(host).nics.iter().zip(FIRST..);
        let known = nics.flat_map(|(nic, interface)| {
            let addresses = nic.addresses.iter();
            addresses.map(move |cidr| (interface, *cidr))
        });
        // What stands in for another address goes with it.
        let stands_in = |interface: u32, ip: IpAddr| {
            let mut lost = self.lost.iter().flatten();
            lost.any(|lost| (lost.host, lost.interface, lost.other) == (host, interface, Some(ip)))
        };
        let known = known.filter(|(interface, cidr)| !stands_in(*interface, cidr.address()));
        let known: Vec<(u32, Cidr)> = known.collect();
        let Some(at) = place(number).checked_rem(known.len()) else {
            return;
        };
        let (interface, cidr) = known[at];
        let other = has_other.then(|| self.unused(host, interface, cidr));
        let other = other.flatten();
        if self
            .remove_address(host, interface, cidr.address())
            .is_err()
        {
            return;
        }
        let number = u32::try_from(self.lost.len()).unwrap_or(u32::MAX);
        let added = other.map(|other| self.add_address(host, interface, other));
        let other = other.filter(|_| added == Some(Ok(())));
        self.lost.push(Some(Lost {
            host,
            interface,
            cidr,
            other: other.map(Cidr::address),
        }));
        let until = self.now.saturating_add(micros(time));
        self.network.agenda.push(until, Due::Address(number));
    }

    /// An address comes back.
    pub(super) fn give_back(&mut self, number: u32) {
        let Some(lost) = self.lost[place(number)].take() else {
            return;
        };
        let Lost {
            host,
            interface,
            cidr,
            other,
        } = lost;
        if let Some(other) = other {
            self.remove_address(host, interface, other).ok();
        }
        // Unless somebody has given it the address meanwhile, it gets it back.
        self.add_address(host, interface, cidr).ok();
        let machine = &mut self.hosts[place(host.0)];
        let is_up = self
            .network
            .cable(machine.nics[place(interface - FIRST)].cable)
            .is_up;
        // Its groups are told to the network again.
        machine.set_link(self.now, interface, is_up, &mut self.network);
    }

    /// An address of the same prefix that nobody on the segment has had, if there is one near.
    fn unused(&self, host: HostId, interface: u32, cidr: Cidr) -> Option<Cidr> {
        let cable = self.host(host).nics[place(interface - FIRST)].cable;
        let others =
            (1..=TRIED).map(|step| Cidr::new(step_on(cidr.address(), step), cidr.prefix()));
        let mut others = others.filter(|other| {
            let ip = other.address();
            let is_broadcast = cidr.broadcast().map(IpAddr::V4) == Some(ip);
            cidr.contains(ip) && !is_broadcast && !self.network.was_claimed(cable, ip)
        });
        others.next()
    }
}

/// The address so many steps behind another.
fn step_on(ip: IpAddr, step: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => IpAddr::V4(ip.to_bits().wrapping_add(step.into()).into()),
        IpAddr::V6(ip) => IpAddr::V6(ip.to_bits().wrapping_add(step.into()).into()),
    }
}

/// The index of a host's first interface: the one before is the loopback interface.
const FIRST: u32 = 2;
/// How many addresses behind an address are tried in its place.
const TRIED: u8 = 100;
