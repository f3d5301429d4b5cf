//! Where a board is: everything follows from its hardware address, so that many boards need no settings.

use core::net::{Ipv4Addr, Ipv6Addr};

use anydgram_firmware_board::Ethernet;
use embassy_net::driver::{Driver as _, HardwareAddress};
use embassy_net::{Config, ConfigV6, Ipv4Cidr, Ipv6Cidr, StaticConfigV4, StaticConfigV6};

/// The groups that the echo service is a member of; both are for local use (RFC 2365 § 6.2, RFC 4291 § 2.7).
pub const GROUPS: (Ipv4Addr, Ipv6Addr) = (
    Ipv4Addr::new(239, 99, 0, 1),
    Ipv6Addr::new(0xFF12, 0, 0, 0, 0, 0, 0, 0x99),
);

/// The way out of the boards' network.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);

/// Who knows names; where QEMU's user network has its server.
pub const DNS_SERVER: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 3);

/// The hardware address of a board's chip.
///
/// # Panics
/// If that is no Ethernet.
#[must_use]
pub fn hardware_address(ethernet: &Ethernet) -> [u8; 6] {
    let HardwareAddress::Ethernet(address) = ethernet.hardware_address() else {
        unreachable!("an Ethernet chip has an Ethernet address");
    };
    address
}

/// The IPv4 address of a board: the last byte is that of its hardware address.
#[must_use]
pub const fn ipv4_address(hardware_address: [u8; 6]) -> Ipv4Addr {
    Ipv4Addr::new(10, 99, 0, hardware_address[5])
}

/// The IPv6 link-local address of a board, RFC 4291 appendix A.
#[must_use]
pub const fn ipv6_address(hardware_address: [u8; 6]) -> Ipv6Addr {
    let [a, b, c, d, e, f] = hardware_address;
    let identifier = [
        u16::from_be_bytes([a ^ 2, b]),
        u16::from_be_bytes([c, 0xFF]),
        u16::from_be_bytes([0xFE, d]),
        u16::from_be_bytes([e, f]),
    ];
    let [g, h, i, j] = identifier;
    Ipv6Addr::new(0xFE80, 0, 0, 0, g, h, i, j)
}

/// Both addresses for embassy-net, and in the log.
#[must_use]
pub fn config(hardware_address: [u8; 6]) -> Config {
    let address = ipv4_address(hardware_address);
    defmt::info!("address {=[u8; 4]}", address.octets());
    let mut v4 = StaticConfigV4 {
        address: Ipv4Cidr::new(address, 24),
        gateway: Some(GATEWAY),
        dns_servers: Default::default(),
    };
    // Without a DNS client there is room for a server all the same.
    v4.dns_servers.push(DNS_SERVER).ok();
    let mut config = Config::ipv4_static(v4);
    config.ipv6 = ConfigV6::Static(StaticConfigV6 {
        address: Ipv6Cidr::new(ipv6_address(hardware_address), 64),
        gateway: None,
        dns_servers: Default::default(),
    });
    config
}

/// A seed that is the same for a board each time: nothing here has to be unpredictable. What is sold needs a seed that
/// nobody can tell.
#[must_use]
pub const fn seed(hardware_address: [u8; 6]) -> u64 {
    let [a, b, c, d, e, f] = hardware_address;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}
