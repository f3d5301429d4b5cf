//! What we say of groups, on an Ethernet in memory, in a time of its own.

use core::mem;
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::Interface::Index;
use anydgram_core::SocketType::{Udp4, Udp6};
use anydgram_core::{Instant, SocketId};
use anydgram_smoltcp::{Port, Segment};

use crate::computer::{Computer, ETH0};
use crate::recorder::Recorder;
use crate::said::{Said, about};

/// A host of ours, one socket of which joins and leaves a group.
pub(crate) struct Ours {
    /// What else is on the Ethernet.
    other: Port,
    computer: Computer<Recorder<Port>>,
    now: Instant,
    id: SocketId,
    group: IpAddr,
}

impl Ours {
    /// A host with this address.
    pub(crate) fn new(address: (&str, u8), group: IpAddr) -> Self {
        let segment = Segment::new();
        let [other, own] = [1, 2].map(|number| segment.port([2, 0, 0, 0, 0, number]));
        let device = Recorder::new(own);
        let mut computer = Computer::new(2, device, &[address]);
        let socket_type = if group.is_ipv4() { Udp4 } else { Udp6 };
        let mut ours = Self {
            other,
            id: computer.bound(socket_type, 7),
            computer,
            now: Instant::from_micros(0),
            group,
        };
        ours.pass();
        ours
    }

    /// Joins the group for all sources, or for one.
    pub(crate) fn join(&mut self, source: Option<IpAddr>) {
        let group = self.group;
        let socket = self.computer.socket(self.id);
        let joined = match source {
            None => socket.add_membership(group, Index(ETH0)),
            Some(source) => socket.add_source_specific_membership(source, group, Index(ETH0)),
        };
        joined.unwrap();
        self.pass();
    }

    /// Leaves the group for all sources, or for one.
    pub(crate) fn leave(&mut self, source: Option<IpAddr>) {
        let group = self.group;
        let socket = self.computer.socket(self.id);
        let left = match source {
            None => socket.drop_membership(group, Index(ETH0)),
            Some(source) => socket.drop_source_specific_membership(source, group, Index(ETH0)),
        };
        left.unwrap();
        self.pass();
    }

    /// A frame comes in.
    pub(crate) fn hear(&mut self, frame: &[u8]) {
        self.other.send(frame);
        self.pass();
    }

    /// The link goes down, and comes up again.
    pub(crate) fn reconnect(&mut self) {
        for is_up in [false, true] {
            self.computer.stack.set_link_up(ETH0, is_up);
            self.pass();
        }
    }

    /// What was said of the group since the last call.
    pub(crate) fn said(&mut self) -> Vec<Said> {
        let told = self.computer.told(self.id);
        assert!(told.iter().all(|line| line == "listening"), "{told:?}");
        let device = self.computer.stack.device_mut(ETH0).unwrap();
        about(self.group, &mem::take(&mut device.sent))
    }

    /// Lets a long time pass.
    fn pass(&mut self) {
        let end = self.now.saturating_add(LONG);
        while self.now < end {
            let next = self.computer.poll(self.now);
            self.now = next.map_or(end, |at| at.min(end));
        }
    }
}

/// More than anybody waits before it says something again (RFC 2236 § 8.10, RFC 3376 § 8.11, RFC 3810 § 9.11).
const LONG: Duration = Duration::from_secs(20);
