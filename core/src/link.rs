//! Frames: what is on the wire, checked and read, written, and brought to the right neighbour.
//!
//! For backends that see frames. A [`Link`] stands between a device and the small stack behind it: the datagrams of
//! the sockets it takes out of the stream of frames itself and writes into it itself, so that they are copied once,
//! with exact hop limits, and so that a neighbour that does not answer delays nobody; IPv4 datagrams longer than a
//! frame leave and come in fragments (feature `fragments`). Everything else, the stack gets, after the checks that the standards oblige a
//! host to make. No frame makes anything here panic.
//!
//! ```text
//!  device ──▶ Link::receive ──▶ Ingress::Datagram, Reassembled ──▶ Host
//!                           └─▶ Ingress::Other ──▶ the stack (ARP, ICMP, IGMP, MLD, DHCP, …)
//!  Host ── Outgoing ──▶ Link::transmit ──▶ Plan::Ready, written into the device's buffer
//!                            └─▶ waits for its neighbour, or leaves in fragments ──▶ Link::poll_transmit
//! ```
//!
//! | file | has |
//! |---|---|
//! | `bytes.rs` | numbers in frames |
//! | `checksum.rs` | the Internet checksum (RFC 1071) |
//! | `ingress.rs`, `ingress/` | the checks on what comes in, one file for each protocol |
//! | `egress.rs` | headers of what goes out |
//! | `mld_repair.rs` | what stacks like smoltcp get wrong of MLD |
//! | `neighbours.rs`, `neighbours/` | who has which hardware address (RFC 826, RFC 4861), and who waits for it |

mod bytes;
mod checksum;
mod egress;
mod ingress;
mod mld_repair;
mod neighbours;

use core::fmt;
use core::net::IpAddr;

pub use egress::Header;
use ingress::Assemblies;
pub use ingress::{AssemblySlot, Ingress, LinkDrops, Unreachable};
pub use mld_repair::MldRepair;
use neighbours::Neighbours;
pub use neighbours::{NeighbourSlot, Solicitation, Waiting, WaitingSlot};

use crate::error::Errno;
use crate::stack::{Groups, Interfaces, Outgoing};
use crate::time::Instant;

/// What a [`Link`] must know of its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct LinkOptions {
    /// The index of the device's interface.
    pub interface: u32,
    /// The device's address on an Ethernet; `None`: its frames are bare IP packets.
    pub hardware_address: Option<[u8; 6]>,
    /// The device has checked the checksums of what it receives.
    pub receives_checked: bool,
    /// The device fills the checksums in of what it sends.
    pub fills_checksums: bool,
    /// The most bytes of an IP packet in a frame: 1500 by default. It agrees with the interface's, and is at least 68
    /// (RFC 791 § 3.2). Longer IPv4 datagrams leave in fragments, see [`Link::longest_ipv4`].
    pub mtu: usize,
}

impl LinkOptions {
    /// An Ethernet device that knows nothing of checksums.
    #[must_use]
    pub const fn ethernet(interface: u32, hardware_address: [u8; 6]) -> Self {
        Self {
            interface,
            hardware_address: Some(hardware_address),
            receives_checked: false,
            fills_checksums: false,
            mtu: ETHERNET_MTU,
        }
    }

    /// A device of bare IP packets that knows nothing of checksums.
    #[must_use]
    pub const fn ip(interface: u32) -> Self {
        Self {
            interface,
            hardware_address: None,
            receives_checked: false,
            fills_checksums: false,
            mtu: ETHERNET_MTU,
        }
    }
}

/// What becomes of a datagram that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_enums, reason = "it leaves, it waits, or neither")]
pub enum Plan {
    /// It can leave now: a frame of [`Header::len`] bytes, which [`Header::write`] writes.
    Ready(Header),
    /// It was copied and waits for its neighbour, or leaves in fragments; [`Link::poll_transmit`] has it when it can.
    Waits,
    /// It cannot leave: the neighbour has not answered lately (`EHOSTUNREACH`), there is no room to wait (`ENOBUFS`), it
    /// is too long (`EMSGSIZE`), or it is no datagram of this link (`EINVAL`), as those of IPv6 without the feature `ipv6`.
    Failed(Errno),
}

/// One device's frames.
pub struct Link<'m> {
    options: LinkOptions,
    neighbours: Neighbours<'m>,
    assemblies: Assemblies<'m>,
    drops: LinkDrops,
    /// The identification of the next IPv4 packet (RFC 6864: it need not be unique for one that is never fragmented).
    identification: u16,
    /// That of the next one that leaves in fragments, which are counted apart so that it comes back late.
    fragmented: u16,
}

impl<'m> Link<'m> {
    /// A link that knows no neighbours yet. As many are known at the same time as there are `neighbours`; as many
    /// datagrams can wait, for one or to leave in fragments, as there are places in `waiting`, with so many `bytes` in all.
    #[must_use]
    pub fn new(
        options: LinkOptions,
        neighbours: &'m mut [NeighbourSlot],
        waiting: &'m mut [WaitingSlot],
        bytes: &'m mut [u8],
    ) -> Self {
        Self {
            options,
            neighbours: Neighbours::new(neighbours, waiting, bytes),
            assemblies: Assemblies::new(&mut [], &mut []),
            drops: LinkDrops::default(),
            identification: 0,
            fragmented: 0,
        }
    }

    /// The link with memory for IPv4 datagrams that come in fragments: for as many at the same time as there are `slots`,
    /// each of which has an equal share of `bytes` for a UDP header of 8 bytes and the payload, 65,515 bytes at most.
    /// Without, fragments are dropped and counted.
    ///
    /// The rest of a datagram may take 60 seconds (RFC 1122 § 3.3.2). Nobody is told of one that is lost, by ICMP neither.
    #[must_use]
    pub fn with_assemblies(self, slots: &'m mut [AssemblySlot], bytes: &'m mut [u8]) -> Self {
        Self {
            assemblies: Assemblies::new(slots, bytes),
            ..self
        }
    }

    /// What the link was made with.
    #[must_use]
    pub const fn options(&self) -> &LinkOptions {
        &self.options
    }

    /// What was dropped, by reason.
    #[must_use]
    pub const fn drops(&self) -> &LinkDrops {
        &self.drops
    }

    /// Checks and reads a frame, and learns what it tells of neighbours. A datagram is lent out of the frame, or out of the
    /// link's memory if it came in fragments.
    #[must_use]
    pub fn receive<'f>(
        &'f mut self,
        now: Instant,
        frame: &'f [u8],
        interfaces: &Interfaces<'_>,
        groups: &Groups<'_>,
    ) -> Ingress<'f> {
        ingress::receive(self, now, frame, interfaces, groups)
    }

    /// Decides what becomes of a datagram. Nothing is kept of one that is [`Plan::Ready`].
    #[inline]
    #[must_use]
    pub fn transmit(&mut self, now: Instant, datagram: &Outgoing<'_>) -> Plan {
        egress::plan(self, now, datagram)
    }

    /// The next frame that the link itself has to send: a question for a neighbour, or a datagram that has waited for
    /// one. It is gone when it is dropped: take it when the device has room.
    #[must_use]
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        interfaces: &Interfaces<'_>,
    ) -> Option<Waiting<'_>> {
        neighbours::poll(self, now, interfaces)
    }

    /// The next frame of a datagram that has waited, as [`poll_transmit`](Self::poll_transmit) has it before any question.
    #[must_use]
    pub fn poll_datagram(&mut self) -> Option<Waiting<'_>> {
        neighbours::poll_datagram(self)
    }

    /// Whether a datagram that has waited can leave, and needs only room in the device.
    #[must_use]
    pub fn has_datagram(&self) -> bool {
        self.neighbours.has_datagram()
    }

    /// Whether a datagram waits that was taken for sent: for its neighbour, or for room to leave in fragments.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        self.neighbours.has_waiting()
    }

    /// How long an IPv4 packet may be, in bytes: what [`LinkOptions::mtu`] says, or more if it can wait to leave in
    /// fragments, with its payload in the memory for datagrams that wait; at most 65,535.
    #[must_use]
    pub fn longest_ipv4(&self) -> usize {
        egress::longest_ipv4(self)
    }

    /// The next datagram whose neighbour never answered; it is lost.
    #[inline]
    #[must_use]
    pub fn poll_unreachable(&mut self) -> Option<Unreachable> {
        self.neighbours.poll_unreachable()
    }

    /// When [`poll_transmit`](Self::poll_transmit) has something again, if nothing comes in until then.
    #[inline]
    #[must_use]
    pub fn poll_at(&self) -> Option<Instant> {
        self.neighbours.poll_at()
    }

    /// Forgets all neighbours, and drops and counts what waits for them, and fragments that wait for others: the cable was
    /// pulled.
    pub fn reset(&mut self) {
        self.neighbours.reset(&mut self.drops);
        self.assemblies.reset(&mut self.drops);
    }

    /// The hardware address of a neighbour, if it is known.
    #[must_use]
    pub fn neighbour(&self, ip: IpAddr) -> Option<[u8; 6]> {
        self.neighbours.known(ip.into())
    }
}

impl fmt::Debug for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("options", &self.options)
            .field("drops", &self.drops)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Link<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Link {{ interface: {=u32} }}", self.options.interface);
    }
}

/// The most bytes of an IP packet on an Ethernet (RFC 894).
const ETHERNET_MTU: usize = 1500;
