//! Datagrams taken out of frames and written into frames by `anydgram_core::link`; smoltcp gets the rest.

use anydgram_core::link::{Ingress, Link, LinkOptions, NeighbourSlot, Plan, WaitingSlot};
use anydgram_core::stack::{
    AddressSlot, Cidr, GroupSlot, Groups, InterfaceSlot, Interfaces, Outgoing,
};
use anydgram_core::{Address, Endpoint, Instant, Payload};
use smoltcp::iface::{Interface, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, RxToken, TxToken};

use super::{ADDRESSES, Datagram, LONGEST, PORT, Strategy, instant, interface};
use crate::memory;

/// A link, with room for one datagram that waits for its neighbour.
pub struct Direct {
    smoltcp: Interface,
    sockets: SocketSet<'static>,
    capabilities: DeviceCapabilities,
    link: Link<'static>,
    interfaces: Interfaces<'static>,
    groups: Groups<'static>,
}

/// The first interface but the loopback interface.
const INTERFACE: u32 = Interfaces::LOOPBACK + 1;

impl Strategy for Direct {
    unsafe fn new<D: Device>(micros: u64, device: &mut D) -> Self {
        // SAFETY: by the caller.
        let (mut interfaces, groups, neighbours, waiting, bytes) = unsafe {
            (
                Interfaces::new(
                    memory!(INTERFACES: [InterfaceSlot; 1] = [InterfaceSlot::new()]),
                    memory!(ADDRESS_SLOTS: [AddressSlot; 2] = [const { AddressSlot::new() }; 2]),
                ),
                Groups::new(memory!(GROUPS: [GroupSlot; 1] = [GroupSlot::new()])),
                memory!(NEIGHBOURS: [NeighbourSlot; 8] = [const { NeighbourSlot::new() }; 8]),
                memory!(WAITING: [WaitingSlot; 1] = [WaitingSlot::new()]),
                memory!(WAITING_BYTES: [u8; LONGEST] = [0; LONGEST]),
            )
        };
        let _ = interfaces.add("eth0", 1_500);
        for (ip, prefix) in ADDRESSES {
            let _ = interfaces.add_address(INTERFACE, Cidr::new(ip, prefix));
        }
        Self {
            smoltcp: interface(micros, device),
            sockets: SocketSet::new(&mut [][..]),
            capabilities: device.capabilities(),
            link: Link::new(
                LinkOptions::ethernet(INTERFACE, crate::chip::ADDRESS),
                neighbours,
                waiting,
                bytes,
            ),
            interfaces,
            groups,
        }
    }

    fn receive<D: Device>(
        &mut self,
        micros: u64,
        device: &mut D,
        mut look: impl FnMut(Datagram<'_>),
    ) -> bool {
        let now = Instant::from_micros(micros);
        let Some((rx, tx)) = device.receive(instant(micros)) else {
            return false;
        };
        rx.consume(|frame| {
            match self
                .link
                .receive(now, frame, &self.interfaces, &self.groups)
            {
                Ingress::Datagram(datagram) if datagram.destination.port == PORT => {
                    look(Datagram {
                        local: datagram.destination.address.ip(),
                        peer: datagram.source.address.ip(),
                        peer_port: datagram.source.port,
                        hop_limit: 0,
                        payload: datagram.payload,
                    });
                }
                Ingress::Datagram(_) | Ingress::Other => {
                    let mut device = OneShot(Some((frame, tx)), &self.capabilities);
                    self.smoltcp.poll_ingress_single(
                        instant(micros),
                        &mut device,
                        &mut self.sockets,
                    );
                }
                Ingress::Reassembled(_)
                | Ingress::Fragment
                | Ingress::Unreachable(_)
                | Ingress::Dropped => (),
            }
        });
        self.send_waiting(micros, device);
        true
    }

    fn send<D: Device>(&mut self, micros: u64, device: &mut D, datagram: &Datagram<'_>) -> bool {
        let Some(tx) = device.transmit(instant(micros)) else {
            return false;
        };
        let source = Endpoint::new(Address::new(datagram.local), PORT);
        let destination = Endpoint::new(Address::new(datagram.peer), datagram.peer_port);
        let payload = Payload::from(datagram.payload);
        let mut outgoing = Outgoing::new(INTERFACE, source, destination, payload);
        outgoing.hop_limit = datagram.hop_limit;
        match self.link.transmit(Instant::from_micros(micros), &outgoing) {
            Plan::Ready(header) => tx.consume(header.len(), |frame| header.write(&outgoing, frame)),
            Plan::Waits => true,
            Plan::Failed(_) => false,
        }
    }

    fn poll<D: Device>(&mut self, micros: u64, device: &mut D) {
        self.send_waiting(micros, device);
        while self.link.poll_unreachable().is_some() {}
        self.smoltcp.poll_maintenance(instant(micros));
        self.smoltcp
            .poll_egress(instant(micros), device, &mut self.sockets);
    }
}

impl Direct {
    fn send_waiting<D: Device>(&mut self, micros: u64, device: &mut D) {
        let now = Instant::from_micros(micros);
        while self.link.poll_at().is_some_and(|at| at <= now) {
            let Some(tx) = device.transmit(instant(micros)) else {
                return;
            };
            let Some(waiting) = self.link.poll_transmit(now, &self.interfaces) else {
                return;
            };
            tx.consume(waiting.len(), |frame| waiting.write(frame));
        }
    }
}

/// A device that has received one frame, and has room for one in answer.
struct OneShot<'f, T>(Option<(&'f [u8], T)>, &'f DeviceCapabilities);

struct Frame<'f>(&'f [u8]);

impl RxToken for Frame<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl<'f, T: TxToken> Device for OneShot<'f, T> {
    type RxToken<'a>
        = Frame<'f>
    where
        Self: 'a;
    type TxToken<'a>
        = T
    where
        Self: 'a;

    fn receive(&mut self, _: smoltcp::time::Instant) -> Option<(Frame<'f>, T)> {
        let (frame, tx) = self.0.take()?;
        Some((Frame(frame), tx))
    }

    fn transmit(&mut self, _: smoltcp::time::Instant) -> Option<T> {
        None
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.1.clone()
    }
}
