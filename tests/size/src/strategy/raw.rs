//! A raw socket of smoltcp for all UDP that comes in, and one for all that leaves.
//!
//! smoltcp makes an IP header for what comes in, and reads the one of what leaves to make it anew. UDP, with its checksums,
//! is ours.

use smoltcp::iface::{Interface, PollIngressSingleResult, SocketHandle, SocketSet, SocketStorage};
use smoltcp::phy::{ChecksumCapabilities, Device};
use smoltcp::socket::raw::{PacketBuffer, PacketMetadata, Socket};
use smoltcp::wire::{
    IpAddress, IpProtocol, IpRepr, IpVersion, Ipv4Packet, Ipv6Packet, UdpPacket, UdpRepr,
};

use super::{Datagram, LONGEST, PORT, Strategy, instant, interface};
use crate::memory;

/// The longest packet on an Ethernet.
const LONGEST_PACKET: usize = LONGEST + 28;

/// Two sockets, each with room for one datagram.
pub struct Raw {
    interface: Interface,
    sockets: SocketSet<'static>,
    received: SocketHandle,
    sent: SocketHandle,
}

impl Strategy for Raw {
    unsafe fn new<D: Device>(micros: u64, device: &mut D) -> Self {
        // SAFETY: by the caller.
        let (places, [received, sent], [received_bytes, sent_bytes]) = unsafe {
            (
                memory!(PLACES: [SocketStorage<'static>; 2] = [const { SocketStorage::EMPTY }; 2]),
                [
                    memory!(RECEIVED: [PacketMetadata; 1] = [PacketMetadata::EMPTY]),
                    memory!(SENT: [PacketMetadata; 1] = [PacketMetadata::EMPTY]),
                ],
                [
                    memory!(RECEIVED_BYTES: [u8; LONGEST_PACKET] = [0; LONGEST_PACKET]),
                    memory!(SENT_BYTES: [u8; LONGEST_PACKET] = [0; LONGEST_PACKET]),
                ],
            )
        };
        let mut sockets = SocketSet::new(&mut places[..]);
        let received = PacketBuffer::new(&mut received[..], &mut received_bytes[..]);
        let sent = PacketBuffer::new(&mut sent[..], &mut sent_bytes[..]);
        let nothing = || PacketBuffer::new(&mut [][..], &mut [][..]);
        let udp = Some(IpProtocol::Udp);
        let received = sockets.add(Socket::new(None, udp, received, nothing()));
        let sent = sockets.add(Socket::new(None, udp, nothing(), sent));
        Self {
            interface: interface(micros, device),
            sockets,
            received,
            sent,
        }
    }

    fn receive<D: Device>(
        &mut self,
        micros: u64,
        device: &mut D,
        mut look: impl FnMut(Datagram<'_>),
    ) -> bool {
        let result = self
            .interface
            .poll_ingress_single(instant(micros), device, &mut self.sockets);
        let socket = self.sockets.get_mut::<Socket<'_>>(self.received);
        if let Ok(packet) = socket.recv()
            && let Some(datagram) = parse(packet)
        {
            look(datagram);
        }
        result != PollIngressSingleResult::None
    }

    fn send<D: Device>(&mut self, micros: u64, device: &mut D, datagram: &Datagram<'_>) -> bool {
        let socket = self.sockets.get_mut::<Socket<'_>>(self.sent);
        let is_queued = write(socket, datagram).is_some();
        self.interface
            .poll_egress(instant(micros), device, &mut self.sockets);
        is_queued
    }

    fn poll<D: Device>(&mut self, micros: u64, device: &mut D) {
        self.interface.poll_maintenance(instant(micros));
        self.interface
            .poll_egress(instant(micros), device, &mut self.sockets);
    }
}

/// smoltcp has checked the IP header, and written it, but it has seen nothing of UDP.
fn parse(packet: &[u8]) -> Option<Datagram<'_>> {
    let (peer, local, udp): (IpAddress, IpAddress, _) = match IpVersion::of_packet(packet).ok()? {
        IpVersion::Ipv4 => {
            let packet = Ipv4Packet::new_checked(packet).ok()?;
            let (peer, local) = (packet.src_addr(), packet.dst_addr());
            (peer.into(), local.into(), packet.payload())
        }
        IpVersion::Ipv6 => {
            let packet = Ipv6Packet::new_checked(packet).ok()?;
            let (peer, local) = (packet.src_addr(), packet.dst_addr());
            (peer.into(), local.into(), packet.payload())
        }
    };
    let udp = UdpPacket::new_checked(udp).ok()?;
    let header = UdpRepr::parse(&udp, &peer, &local, &ChecksumCapabilities::default()).ok()?;
    (header.dst_port == PORT).then(|| Datagram {
        local: local.into(),
        peer: peer.into(),
        peer_port: header.src_port,
        hop_limit: 0,
        payload: udp.payload(),
    })
}

fn write(socket: &mut Socket<'_>, datagram: &Datagram<'_>) -> Option<()> {
    let udp = UdpRepr {
        src_port: PORT,
        dst_port: datagram.peer_port,
    };
    let (local, peer) = (datagram.local.into(), datagram.peer.into());
    let len = udp.header_len() + datagram.payload.len();
    let ip = IpRepr::new(local, peer, IpProtocol::Udp, len, datagram.hop_limit);
    let buffer = socket.send(ip.buffer_len()).ok()?;
    let (header, rest) = buffer.split_at_mut_checked(ip.header_len())?;
    // smoltcp fills its checksum in.
    ip.emit(header, &ChecksumCapabilities::ignored());
    udp.emit(
        &mut UdpPacket::new_unchecked(rest),
        &local,
        &peer,
        datagram.payload.len(),
        |payload| payload.copy_from_slice(datagram.payload),
        &ChecksumCapabilities::default(),
    );
    Some(())
}
