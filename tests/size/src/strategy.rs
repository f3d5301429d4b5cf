//! Three ways from sockets like Node's to the wire, each as small as it can be.
//!
//! None has what sockets need above it, which is the same for all: port tables, groups, queues, errors. None takes care of
//! more than one port, or of a neighbour that does not answer, unless it comes with the way. So what is measured of the
//! first two is the least that they can cost.

#[cfg(feature = "direct")]
pub mod direct;
#[cfg(feature = "ports")]
pub mod ports;
#[cfg(feature = "raw")]
pub mod raw;

use core::net::IpAddr;

use smoltcp::iface::{Config, Interface};
use smoltcp::phy::Device;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, Ipv4Address, Ipv6Address};

/// The addresses of the host, and how long their network prefixes are.
pub const ADDRESSES: [(IpAddr, u8); 2] = [
    (IpAddr::V4(Ipv4Address::new(192, 0, 2, 1)), 24),
    (
        IpAddr::V6(Ipv6Address::new(0xfe80, 0, 0, 0, 0, 0, 0, 1)),
        64,
    ),
];
/// The only port that is listened to.
pub const PORT: u16 = 7;
/// The longest datagram.
pub const LONGEST: usize = 1_472;

/// A datagram that has come in, or that leaves.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'p> {
    /// This host's address. Its port is [`PORT`].
    pub local: IpAddr,
    /// The other's address.
    pub peer: IpAddr,
    /// The other's port.
    pub peer_port: u16,
    /// On its way out, the hop limit.
    pub hop_limit: u8,
    /// The bytes.
    pub payload: &'p [u8],
}

/// A way to the wire.
pub trait Strategy {
    /// Makes it.
    ///
    /// # Safety
    /// Its memory is there once: to be called once.
    unsafe fn new<D: Device>(micros: u64, device: &mut D) -> Self;

    /// Takes a frame, and shows what it has for [`PORT`]; whether there was one.
    fn receive<D: Device>(
        &mut self,
        micros: u64,
        device: &mut D,
        look: impl FnMut(Datagram<'_>),
    ) -> bool;

    /// Sends a datagram; whether it could.
    fn send<D: Device>(&mut self, micros: u64, device: &mut D, datagram: &Datagram<'_>) -> bool;

    /// Sends what nobody has asked for: reports, questions, retries.
    fn poll<D: Device>(&mut self, micros: u64, device: &mut D);
}

/// smoltcp with all of [`ADDRESSES`], in a group.
fn interface<D: Device>(micros: u64, device: &mut D) -> Interface {
    let address = EthernetAddress(crate::chip::ADDRESS);
    let mut config = Config::new(HardwareAddress::Ethernet(address));
    config.random_seed = micros;
    let mut interface = Interface::new(config, device, instant(micros));
    interface.update_ip_addrs(|addresses| {
        for (ip, prefix) in ADDRESSES {
            let _ = addresses.push(IpCidr::new(ip.into(), prefix));
        }
    });
    let group = Ipv6Address::new(0xff02, 0, 0, 0, 0, 0, 0, 0x114);
    let _ = interface.join_multicast_group(group);
    interface
}

fn instant(micros: u64) -> Instant {
    Instant::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}
