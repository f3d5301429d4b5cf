//! A host whose stack is a real one: what its cables carry are frames of an Ethernet.
//!
//! Frames leave through the network after each thing that the stack does, so that the trace has both in their order. When
//! the stack has taken a frame in, its counters say what came of it.

use alloc::rc::Rc;
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::link::LinkDrops;
use anydgram_core::stack::{Cidr, Drops, Host, Interfaces, Seed};
use anydgram_core::{Datagram, Errno, Error, Instant, Misuse, SendToken, SocketId, Sockets};
use anydgram_smoltcp::{NicOptions, Stack};

use super::device::{Device, Inbound};
use super::engine::{Came, Engine, Turn};
use super::names::OwnNames;
use super::watch::{Expected, times};
use super::{HostOptions, INTERFACES, Memory, Nic, Port};
use crate::chance::{Dice, Site};
use crate::network::{ETHERNET, Header, Parcel, flipped, place};
use crate::trace::Why;

pub(super) struct Frames<'m> {
    stack: Stack<'m, Device, INTERFACES>,
    memory: &'m Memory,
    options: HostOptions,
    /// For what smoltcp draws by itself.
    dice: Dice,
    /// What each interface had dropped when it took its last frame.
    seen: Vec<LinkDrops>,
    /// When it wants a turn, while it is at rest and nothing has come from outside.
    resting: Option<Rest>,
}

/// A stack at rest.
struct Rest {
    /// When it wants its next turn.
    due: Option<Instant>,
}

impl<'m> Frames<'m> {
    pub(super) fn new(
        (memory, names): (&'m Memory, &'m OwnNames<'m>),
        options: HostOptions,
        seed: Seed,
        dice: Dice,
    ) -> Self {
        let mut stack = Stack::new(memory.tables(&options), seed);
        stack.set_resolver(memory.by_name(names));
        Self {
            stack,
            memory,
            options,
            dice,
            seen: Vec::new(),
            resting: None,
        }
    }

    /// Has the network take what is to leave; whether a device has room again.
    fn flush(&mut self, port: &mut Port<'_>) -> bool {
        let mut has_room = false;
        for (nic, interface) in port.nics.iter().zip(FIRST..) {
            if let Some(device) = self.stack.device_mut(interface) {
                let Port { now, network, .. } = port;
                has_room |= device.flush(|frame| network.transmit_frame(*now, nic.cable, frame));
            }
        }
        has_room
    }

    /// Whether there is room for whatever is to leave.
    fn has_room(&mut self) -> bool {
        let devices = 0..u32::try_from(INTERFACES).unwrap_or(u32::MAX);
        let mut devices =
            devices.filter_map(|at| Some(self.stack.device_mut(FIRST + at)?.is_free()));
        devices.all(|is_free| is_free) && !self.stack.host().is_blocked()
    }

    /// Whom the frame is for that the stack takes next, if that is for many.
    fn expect(&mut self, turn: &mut Turn<'_, 'm>) -> Option<Expected> {
        let interfaces = FIRST..FIRST + u32::try_from(turn.port.nics.len()).unwrap_or(0);
        let (interface, frame, bytes) = interfaces.into_iter().find_map(|interface| {
            let (frame, bytes) = self.stack.device_mut(interface)?.next()?;
            Some((interface, frame, Rc::clone(bytes)))
        })?;
        // Its hardware address is that of one host.
        if bytes.first().is_none_or(|byte| byte & 1 == 0) {
            return None;
        }
        let incoming = turn.port.network.datagram_in(frame.id, &bytes, interface)?;
        let expected = turn
            .watch
            .expect(self.stack.host(), turn.sockets, &incoming);
        expected.is_for_many().then_some(expected)
    }

    /// Says what came of the frame that the stack has taken, if it has: `before` was counted of datagrams before.
    fn judge(&mut self, before: Drops, expected: Option<&Expected>, turn: &mut Turn<'_, 'm>) {
        let mut is_any = false;
        for (seen, interface) in self.seen.iter_mut().zip(FIRST..) {
            let device = self.stack.device_mut(interface);
            let Some((taken, bytes)) = device.and_then(Device::taken) else {
                continue;
            };
            is_any = true;
            let network = &mut *turn.port.network;
            let incoming = network.datagram_in(taken.id, &bytes, interface);
            turn.watch.look_at_frame(incoming.as_ref(), false);
            let link = self.stack.link_drops(interface).copied();
            let link = link.unwrap_or_default();
            let why = of_host(before, *self.stack.drops()).or_else(|| of_link(*seen, link));
            *seen = link;
            if let Some(expected) = expected {
                let is_whole = taken.id.is_whole;
                turn.watch
                    .look_at_arrival_in(expected, turn.sockets, why.is_some(), is_whole);
            }
            if let Some(why) = why {
                let why = if taken.is_corrupt { Why::Corrupt } else { why };
                network.lose(turn.port.now, turn.host, taken.id, why);
            }
        }
        if !is_any {
            turn.watch.look_at_frame(None, true);
        }
    }
}

impl<'m> Engine<'m> for Frames<'m> {
    fn stack(&self) -> &Host<'m> {
        self.stack.host()
    }

    fn link_drops(&self, interface: u32) -> Option<&LinkDrops> {
        self.stack.link_drops(interface)
    }

    fn add_nic(&mut self, local: Instant, nic: &Nic) -> u32 {
        let [c3, c2, c1, c0] = nic.cable.to_be_bytes();
        // Locally administered.
        let hardware_address = [2, 0, c3, c2, c1, c0];
        let options = NicOptions::new(&nic.name, hardware_address, self.dice.below(u64::MAX));
        let frame_len = place(nic.mtu).saturating_add(ETHERNET);
        let device = Device::new(frame_len, self.options.ring);
        let memory = self.memory.nic(&self.options);
        self.resting = None;
        let added = self.stack.add_nic(local, device, &options, memory);
        self.seen.push(LinkDrops::default());
        added.expect("a host has room for its interfaces")
    }

    fn add_address(&mut self, interface: u32, cidr: Cidr) -> Result<(), Errno> {
        self.resting = None;
        self.stack.add_address(interface, cidr)
    }

    fn remove_address(&mut self, interface: u32, ip: IpAddr) -> Result<(), Errno> {
        self.resting = None;
        self.stack.remove_address(interface, ip)
    }

    fn set_link(&mut self, interface: u32, is_up: bool, _: &mut Port<'_>) {
        self.resting = None;
        self.stack.set_link_up(interface, is_up);
    }

    fn receive(&mut self, turn: &mut Turn<'_, 'm>, came: &Came<'_>) {
        let Parcel {
            id, bytes, header, ..
        } = came.parcel;
        let Header::Frame(up) = *header else { return };
        let Port { now, network, .. } = &mut turn.port;
        let site = Site::Down(came.cable);
        let bytes = flipped(bytes, up);
        let down = came
            .corrupt
            .and_then(|ordinal| network.flip(site, ordinal, &bytes));
        let bytes = flipped(&bytes, down);
        let flips = [up, down];
        network.arrive(*now, came.cable, *id, flips);
        let frame = Inbound {
            id: *id,
            is_corrupt: flips != [None; 2],
        };
        self.resting = None;
        let device = self.stack.device_mut(came.interface);
        let has_room = device.is_some_and(|device| device.put(frame, bytes));
        if !has_room {
            network.lose(*now, turn.host, *id, Why::RingFull);
        }
    }

    fn poll(&mut self, turn: &mut Turn<'_, 'm>) -> bool {
        // What had no room may have now.
        self.flush(&mut turn.port);
        let before = *self.stack.drops();
        let expected = self.expect(turn);
        let Port { now, network, .. } = &mut turn.port;
        let trace = &mut network.trace;
        let mut watched = turn.watch.over(turn.application, turn.host, *now, trace);
        let has_more = self.stack.step(turn.local, turn.sockets, &mut watched);
        self.judge(before, expected.as_ref(), turn);
        self.flush(&mut turn.port) || has_more
    }

    fn step(&mut self, turn: &mut Turn<'_, 'm>) -> bool {
        self.poll(turn)
    }

    fn retry(&mut self, turn: &mut Turn<'_, 'm>) {
        self.flush(&mut turn.port);
    }

    fn carry_out(&mut self, turn: &mut Turn<'_, 'm>, id: SocketId) -> Result<(), Error<'static>> {
        self.resting = None;
        let result = self.stack.carry_out(turn.local, turn.sockets, id);
        self.flush(&mut turn.port);
        result
    }

    fn command(
        &mut self,
        local: Instant,
        sockets: &mut Sockets<'m, 'static>,
        id: SocketId,
    ) -> Result<(), Error<'static>> {
        self.resting = None;
        self.stack.carry_out(local, sockets, id)
    }

    fn send(
        &mut self,
        turn: &mut Turn<'_, 'm>,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        self.resting = None;
        let result = self.stack.send(turn.local, turn.sockets, id, datagram);
        self.flush(&mut turn.port);
        result
    }

    fn is_free(&mut self, local: Instant, sockets: &Sockets<'_, '_>) -> bool {
        // What had no room is tried again soon.
        let soon = local.saturating_add(RETRY);
        self.has_room()
            && self
                .stack
                .poll_at(local, sockets)
                .is_none_or(|due| due > soon)
    }

    fn rest(&mut self, local: Instant, sockets: &Sockets<'_, '_>) -> Result<(), String> {
        let has_room = self.has_room();
        let due = self.stack.poll_at(local, sockets);
        self.resting = has_room.then_some(Rest { due });
        times::is_later(due, local, has_room)
    }

    fn begin(&mut self, turn: &mut Turn<'_, 'm>) -> Result<(), String> {
        let Some(Rest { due }) = self.resting.take() else {
            return Ok(());
        };
        if turn.sockets.has_ready() || due.is_some_and(|due| due <= turn.local) {
            return Ok(());
        }
        let before = turn.port.network.trace.len();
        let has_more = self.poll(turn);
        if has_more || turn.port.network.trace.len() != before {
            return times::is_punctual(due, turn.local);
        }
        Ok(())
    }

    fn poll_at(&self, local: Instant, sockets: &Sockets<'_, '_>) -> Option<Instant> {
        let at = self.stack.poll_at(local, sockets)?;
        // It has just been polled: what it wants at once has no room.
        Some(if at > local {
            at
        } else {
            local.saturating_add(RETRY)
        })
    }
}

/// Why a datagram came to nobody, if it did, by what its host had dropped before it and has now.
fn of_host(before: Drops, now: Drops) -> Option<Why> {
    if before.no_socket != now.no_socket {
        return Some(Why::NoSocket);
    }
    (before != now).then_some(Why::NotOurs)
}

/// Why a frame came to nobody, if it did, by what its link had dropped before it and has now.
fn of_link(before: LinkDrops, mut now: LinkDrops) -> Option<Why> {
    // These are of other frames, or of none.
    now.assembly_expired = before.assembly_expired;
    now.assembly_overflowed = before.assembly_overflowed;
    now.assembly_lost = before.assembly_lost;
    now.waiting_overflowed = before.waiting_overflowed;
    now.waiting_lost = before.waiting_lost;
    now.neighbour_moved = before.neighbour_moved;
    let is_foreign = before.hardware_destination != now.hardware_destination
        || before.arp_foreign != now.arp_foreign
        || before.ndp_foreign != now.ndp_foreign
        || before.destination != now.destination;
    if is_foreign {
        return Some(Why::NotOurs);
    }
    (before != now).then_some(Why::Unfit)
}

/// The index of a host's first interface.
const FIRST: u32 = Interfaces::LOOPBACK + 1;
/// How long what has no room waits before it is tried again.
const RETRY: Duration = Duration::from_millis(1);
