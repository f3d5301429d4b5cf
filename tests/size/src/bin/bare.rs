#![no_std]
#![no_main]
//! The same echo server on smoltcp's own UDP socket.

use core::mem::MaybeUninit;

use anydgram_size::chip::{self, Chip};
use anydgram_size::memory;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, Ipv4Address};

/// The echo's socket and smoltcp's own.
const SOCKETS: usize = 1 + cfg!(feature = "dns") as usize + cfg!(feature = "dhcp") as usize;
/// Datagrams that wait at most, on each side.
const DATAGRAMS: usize = 4;
/// Their bytes: one of the longest.
const BYTES: usize = 1_472;

#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: the program begins here, once.
    let (mut chip, interface, storage, mut socket, copy) = unsafe {
        (
            Chip::take(),
            memory!(INTERFACE: MaybeUninit<Interface> = MaybeUninit::uninit()),
            memory!(SOCKET_STORAGE: [SocketStorage<'static>; SOCKETS] = [SocketStorage::EMPTY; SOCKETS]),
            udp::Socket::new(
                udp::PacketBuffer::new(
                    &mut memory!(RECEIVED: [udp::PacketMetadata; DATAGRAMS] = [udp::PacketMetadata::EMPTY; DATAGRAMS])
                        [..],
                    &mut memory!(RECEIVED_BYTES: [u8; BYTES] = [0; BYTES])[..],
                ),
                udp::PacketBuffer::new(
                    &mut memory!(SENT: [udp::PacketMetadata; DATAGRAMS] = [udp::PacketMetadata::EMPTY; DATAGRAMS])
                        [..],
                    &mut memory!(SENT_BYTES: [u8; BYTES] = [0; BYTES])[..],
                ),
            ),
            memory!(COPY: [u8; BYTES] = [0; BYTES]),
        )
    };
    let interface = interface.write(interface_of(&mut chip));
    let mut sockets = SocketSet::new(&mut storage[..]);
    let _ = socket.bind(7);
    let echo = sockets.add(socket);
    #[cfg(feature = "dns")]
    let dns = {
        use smoltcp::socket::dns;
        // SAFETY: as above.
        let queries = unsafe { memory!(QUERIES: [Option<dns::DnsQuery>; 4] = [const { None }; 4]) };
        let server = Ipv4Address::new(192, 0, 2, 2).into();
        let mut socket = dns::Socket::new(&[server], &mut queries[..]);
        let query = socket.start_query(
            interface.context(),
            "example.org",
            smoltcp::wire::DnsQueryType::A,
        );
        (sockets.add(socket), query)
    };
    #[cfg(feature = "dhcp")]
    let dhcp = sockets.add(smoltcp::socket::dhcpv4::Socket::new());
    loop {
        let now = now();
        interface.poll(now, &mut chip, &mut sockets);
        send_back(sockets.get_mut(echo), copy);
        #[cfg(feature = "dns")]
        if let (handle, Ok(query)) = dns
            && let Ok(found) = sockets
                .get_mut::<smoltcp::socket::dns::Socket<'_>>(handle)
                .get_query_result(query)
        {
            core::hint::black_box(found);
        }
        #[cfg(feature = "dhcp")]
        configure(interface, sockets.get_mut(dhcp));
    }
}

fn now() -> Instant {
    Instant::from_micros(chip::micros() as i64)
}

fn interface_of(chip: &mut Chip) -> Interface {
    let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress(chip::ADDRESS)));
    config.random_seed = chip::micros();
    let mut interface = Interface::new(config, chip, now());
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(Ipv4Address::new(192, 0, 2, 1).into(), 24));
        #[cfg(feature = "ipv6")]
        let _ = addresses.push(IpCidr::new(
            smoltcp::wire::Ipv6Address::new(0xfe80, 0, 0, 0, 0, 0, 0, 1).into(),
            64,
        ));
    });
    #[cfg(all(feature = "multicast", not(feature = "ipv6")))]
    let _ = interface.join_multicast_group(Ipv4Address::new(224, 0, 1, 114));
    #[cfg(all(feature = "multicast", feature = "ipv6"))]
    let _ = interface.join_multicast_group(smoltcp::wire::Ipv6Address::new(
        0xff02, 0, 0, 0, 0, 0, 0, 0x114,
    ));
    interface
}

fn send_back(socket: &mut udp::Socket<'_>, copy: &mut [u8]) {
    while let Ok((length, meta)) = socket.recv_slice(copy) {
        // A full queue loses the answer.
        let _ = socket.send_slice(&copy[..length], meta.endpoint);
    }
}

#[cfg(feature = "dhcp")]
fn configure(interface: &mut Interface, socket: &mut smoltcp::socket::dhcpv4::Socket<'_>) {
    use smoltcp::socket::dhcpv4::Event;
    let Some(event) = socket.poll() else { return };
    let config = match event {
        Event::Configured(config) => Some((config.address, config.router)),
        Event::Deconfigured => None,
    };
    interface.update_ip_addrs(|addresses| {
        addresses.retain(|cidr| !matches!(cidr, IpCidr::Ipv4(_)));
        if let Some((address, _)) = config {
            let _ = addresses.push(IpCidr::Ipv4(address));
        }
    });
    match config.and_then(|(_, router)| router) {
        Some(router) => drop(interface.routes_mut().add_default_ipv4_route(router)),
        None => drop(interface.routes_mut().remove_default_ipv4_route()),
    }
}
