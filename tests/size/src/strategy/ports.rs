//! A UDP socket of smoltcp for each port that is listened to, and others, the lanes, to send by.
//!
//! A lane is bound anew for each datagram, as port and hop limit are the socket's. Here are one port and one lane; a lane
//! that is bound to the port of another socket would have to be listened to as well.

use smoltcp::iface::{Interface, PollIngressSingleResult, SocketHandle, SocketSet, SocketStorage};
use smoltcp::phy::Device;
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket, UdpMetadata};
use smoltcp::wire::IpEndpoint;

use super::{Datagram, LONGEST, PORT, Strategy, instant, interface};
use crate::memory;

/// One port, one lane, each with room for one datagram.
pub struct Ports {
    interface: Interface,
    sockets: SocketSet<'static>,
    port: SocketHandle,
    lane: SocketHandle,
}

impl Strategy for Ports {
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
                    memory!(RECEIVED_BYTES: [u8; LONGEST] = [0; LONGEST]),
                    memory!(SENT_BYTES: [u8; LONGEST] = [0; LONGEST]),
                ],
            )
        };
        let mut sockets = SocketSet::new(&mut places[..]);
        let received = PacketBuffer::new(&mut received[..], &mut received_bytes[..]);
        let sent = PacketBuffer::new(&mut sent[..], &mut sent_bytes[..]);
        let mut port = Socket::new(received, nothing());
        let _ = port.bind(PORT);
        let port = sockets.add(port);
        let lane = sockets.add(Socket::new(nothing(), sent));
        Self {
            interface: interface(micros, device),
            sockets,
            port,
            lane,
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
        let socket = self.sockets.get_mut::<Socket<'_>>(self.port);
        if let Ok((payload, meta)) = socket.recv()
            && let Some(local) = meta.local_address
        {
            look(Datagram {
                local: local.into(),
                peer: meta.endpoint.addr.into(),
                peer_port: meta.endpoint.port,
                hop_limit: 0,
                payload,
            });
        }
        result != PollIngressSingleResult::None
    }

    fn send<D: Device>(&mut self, micros: u64, device: &mut D, datagram: &Datagram<'_>) -> bool {
        let lane = self.sockets.get_mut::<Socket<'_>>(self.lane);
        if lane.send_queue() > 0 {
            return false;
        }
        lane.close();
        lane.set_hop_limit(Some(datagram.hop_limit));
        let mut meta = UdpMetadata::from(IpEndpoint::new(datagram.peer.into(), datagram.peer_port));
        meta.local_address = Some(datagram.local.into());
        let is_queued = lane.bind(PORT).is_ok() && lane.send_slice(datagram.payload, meta).is_ok();
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

fn nothing() -> PacketBuffer<'static> {
    PacketBuffer::new(&mut [][..], &mut [][..])
}
