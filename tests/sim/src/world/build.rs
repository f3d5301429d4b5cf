//! Hosts, segments and addresses, as a world is made, and changed.

use core::net::IpAddr;

use anydgram_core::stack::Cidr;
use anydgram_core::{Errno, Handler};

use super::{HostId, SegmentId, World};
use crate::agenda::Due;
use crate::application::{Program, Start};
use crate::host::{HostOptions, Machine};
use crate::network::{SegmentOptions, place};
use crate::tasks::{self, Executor};

impl<'m> World<'m> {
    /// Adds a segment: a switch that hosts are plugged in.
    pub fn add_segment(&mut self, options: SegmentOptions) -> SegmentId {
        SegmentId(self.network.add_segment(options))
    }

    /// Adds a host, and starts it: `boot` makes its application, with its first sockets, and again after each crash.
    ///
    /// # Panics
    /// With more than 2³² hosts.
    pub fn add_host(
        &mut self,
        name: &str,
        options: HostOptions,
        mut boot: impl FnMut(&mut Start<'_, 'm>) -> Box<dyn Handler + 'm> + 'm,
    ) -> HostId {
        self.add_program(name, options, move |start| Program::Handler(boot(start)))
    }

    /// Adds a host that runs tasks, and starts it: `boot` makes its first task, and again after each crash.
    ///
    /// # Panics
    /// With more than 2³² hosts.
    pub fn add_async_host<F>(
        &mut self,
        name: &str,
        options: HostOptions,
        mut boot: impl FnMut(tasks::Host<'m>) -> F + 'm,
    ) -> HostId
    where
        F: Future<Output = ()> + 'm,
    {
        self.add_program(name, options, move |start| {
            Program::Tasks(Executor::new(start, &mut boot))
        })
    }

    fn add_program(
        &mut self,
        name: &str,
        options: HostOptions,
        boot: impl FnMut(&mut Start<'_, 'm>) -> Program<'m> + 'm,
    ) -> HostId {
        let number = u32::try_from(self.hosts.len()).expect("a world is not that large");
        let process = self.network.add_process(number);
        let numbers = (number, process);
        let mut host = Machine::new(self.memory, numbers, name, options, Box::new(boot));
        host.start(self.now, &mut self.network);
        self.hosts.push(host);
        self.network.agenda.push(self.now, Due::Wake(number));
        HostId(number)
    }

    /// Plugs a host in, by a new interface with these addresses, as in `192.0.2.1/24`; the index of the interface.
    ///
    /// # Panics
    /// If an address is none, or there is no room for it: 8 interfaces and 32 addresses, or fewer in a world of
    /// [frames](super::Level::Frames).
    pub fn plug_in(&mut self, host: HostId, segment: SegmentId, addresses: &[&str]) -> u32 {
        let mtu = self.network.mtu(segment.0);
        // The cable knows its interface once the host has it.
        let cable = self.network.add_cable(segment.0, host.0, 0);
        let now = self.now;
        let interface = self.host_mut(host).add_nic(now, cable, mtu);
        self.network.cable_mut(cable).interface = interface;
        for text in addresses {
            let (ip, prefix) = text.split_once('/').expect("an address has a prefix");
            let ip = ip.parse().expect("it is an address");
            let prefix = prefix.parse().expect("a prefix is a number");
            let added = self.add_address(host, interface, Cidr::new(ip, prefix));
            added.expect("there is room for the address");
        }
        interface
    }

    /// Gives an interface of a host an address, for good.
    ///
    /// # Errors
    /// As [`Interfaces::add_address`](anydgram_core::stack::Interfaces::add_address).
    pub fn add_address(&mut self, host: HostId, interface: u32, cidr: Cidr) -> Result<(), Errno> {
        let machine = self.host_mut(host);
        machine.add_address(interface, cidr)?;
        let cable = machine.nics[place(interface) - 2].cable;
        self.network.claim(cable, cidr.address());
        self.network.agenda.push(self.now, Due::Wake(host.0));
        Ok(())
    }

    /// Takes an address from an interface of a host.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL` if it does not have it.
    pub fn remove_address(
        &mut self,
        host: HostId,
        interface: u32,
        ip: IpAddr,
    ) -> Result<(), Errno> {
        let machine = self.host_mut(host);
        machine.remove_address(interface, ip)?;
        let cable = machine.nics[place(interface) - 2].cable;
        self.network.release(cable, ip);
        Ok(())
    }

    /// Has a name mean these addresses, for all hosts.
    pub fn add_name(&mut self, name: &str, addresses: &[IpAddr]) {
        self.memory.names.insert(name, addresses);
    }
}
