//! All interfaces of a world as a pcapng file, which Wireshark opens: what left and what came, and in comments why something
//! did not.
//!
//! In a world of datagrams, each is an IP packet of its own there (link type RAW), with checksums that are right, whatever
//! became of it. In a world of frames, there are these (link type ETHERNET), and of one that was corrupted what came.

use alloc::collections::BTreeMap;
use core::net::IpAddr;
use core::time::Duration;
use std::io::{self, Write};

use anydgram_core::Endpoint;
use etherparse::PacketBuilder;
use pcap_file::DataLink;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};

use crate::trace::{Happened, OfFrame};
use crate::world::{Level, World};

impl World<'_> {
    /// Writes all that left and came by the interfaces of all hosts as pcapng: an interface `HOST.INDEX` for each, and for
    /// what came to nobody a comment that says why. Of a world that keeps no records there is nothing to write.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_pcapng(&self, out: impl Write) -> io::Result<()> {
        let mut file = File {
            world: self,
            writer: PcapNgWriter::new(out).map_err(io::Error::other)?,
            interfaces: BTreeMap::new(),
            sent: BTreeMap::new(),
            frames: BTreeMap::new(),
        };
        for record in self.records() {
            let at = Duration::from_micros(record.at.as_micros());
            match self.level() {
                Level::Datagrams => file.write(at, &record.what)?,
                Level::Frames => file.write_frame(at, &record.what)?,
            }
        }
        Ok(())
    }
}

/// A file that is being written.
struct File<'w, 'm, W: Write> {
    world: &'w World<'m>,
    writer: PcapNgWriter<W>,
    /// By host and index.
    interfaces: BTreeMap<(u32, u32), u32>,
    /// How datagrams left, by their numbers.
    sent: BTreeMap<u64, Sent>,
    /// By which interfaces of which hosts frames left, by their numbers.
    frames: BTreeMap<u64, (u32, u32)>,
}

#[derive(Clone, Copy)]
struct Sent {
    host: u32,
    interface: u32,
    source: Endpoint,
    destination: Endpoint,
}

/// Which way a packet goes (pcapng § 4.3, `epb_flags`).
const INBOUND: u32 = 1;
const OUTBOUND: u32 = 2;

impl<W: Write> File<'_, '_, W> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only what is about a datagram is in a capture"
    )]
    fn write(&mut self, at: Duration, what: &Happened) -> io::Result<()> {
        match *what {
            Happened::Sent {
                datagram,
                host,
                interface,
                source,
                destination,
                ..
            } => {
                let sent = Sent {
                    host,
                    interface,
                    source,
                    destination,
                };
                self.sent.insert(datagram, sent);
                let comment = format!("#{datagram}");
                self.packet((at, datagram), (host, interface), OUTBOUND, comment)
            }
            Happened::Arrived {
                datagram,
                host,
                interface,
            } => {
                let comment = format!("#{datagram}");
                self.packet((at, datagram), (host, interface), INBOUND, comment)
            }
            Happened::Dropped {
                datagram,
                host,
                why,
            } => {
                let Some(sent) = self.sent.get(&datagram) else {
                    return Ok(());
                };
                // By the interface that it left by; where it was lost is in the comment.
                let place = (sent.host, sent.interface);
                let name = self.world.host_name(host);
                let comment = format!("#{datagram} did not get to {name}: {why}");
                self.packet((at, datagram), place, OUTBOUND, comment)
            }
            _ => Ok(()),
        }
    }

    fn write_frame(&mut self, at: Duration, what: &Happened) -> io::Result<()> {
        let Happened::Frame { frame, host, what } = *what else {
            return Ok(());
        };
        let mut bytes = self.world.frame(frame).unwrap_or_default().to_vec();
        let (place, way, comment) = match what {
            OfFrame::Sent {
                datagram,
                interface,
                ..
            } => {
                self.frames.insert(frame, (host, interface));
                let datagram = datagram.map(|number| format!(" of #{number}"));
                let comment = format!("frame {frame}{}", datagram.unwrap_or_default());
                ((host, interface), OUTBOUND, comment)
            }
            OfFrame::Arrived { interface, flips } => {
                let mut comment = format!("frame {frame}");
                for flip in flips.into_iter().flatten() {
                    flip.apply(&mut bytes);
                    comment.push_str(&format!(", {flip}"));
                }
                ((host, interface), INBOUND, comment)
            }
            OfFrame::Dropped(why) => {
                let Some(&place) = self.frames.get(&frame) else {
                    return Ok(());
                };
                // By the interface that it left by, as it left; where it was lost is in the comment.
                let name = self.world.host_name(host);
                let comment = format!("frame {frame} did not get to {name}: {why}");
                (place, OUTBOUND, comment)
            }
        };
        self.block(at, place, bytes, (way, comment))
    }

    fn packet(
        &mut self,
        (at, datagram): (Duration, u64),
        place: (u32, u32),
        direction: u32,
        comment: String,
    ) -> io::Result<()> {
        let Some(sent) = self.sent.get(&datagram).copied() else {
            return Ok(());
        };
        let Some(packet) = packet(&sent, self.world.payload(datagram).unwrap_or_default()) else {
            return Ok(());
        };
        self.block(at, place, packet, (direction, comment))
    }

    /// Writes a packet or a frame, as it was seen at an interface of a host.
    fn block(
        &mut self,
        at: Duration,
        (host, interface): (u32, u32),
        packet: Vec<u8>,
        (direction, comment): (u32, String),
    ) -> io::Result<()> {
        let interface_id = self.interface(host, interface)?;
        let block = EnhancedPacketBlock {
            interface_id,
            timestamp: at,
            original_len: u32::try_from(packet.len()).unwrap_or(u32::MAX),
            data: packet.into(),
            options: vec![
                EnhancedPacketOption::Flags(direction),
                EnhancedPacketOption::Comment(comment.into()),
            ],
        };
        let written = self.writer.write_pcapng_block(block);
        written.map(drop).map_err(io::Error::other)
    }

    /// The number of an interface in the file.
    fn interface(&mut self, host: u32, interface: u32) -> io::Result<u32> {
        let count = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        if let Some(known) = self.interfaces.get(&(host, interface)) {
            return Ok(*known);
        }
        let name = format!("{}.{interface}", self.world.host_name(host));
        let block = InterfaceDescriptionBlock {
            linktype: match self.world.level() {
                Level::Datagrams => DataLink::RAW,
                Level::Frames => DataLink::ETHERNET,
            },
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName(name.into()),
                InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
            ],
        };
        let written = self.writer.write_pcapng_block(block);
        written.map_err(io::Error::other)?;
        self.interfaces.insert((host, interface), count);
        Ok(count)
    }
}

/// A datagram as an IP packet.
fn packet(sent: &Sent, payload: &[u8]) -> Option<Vec<u8>> {
    let (from, to) = (sent.source, sent.destination);
    let builder = match (from.address.ip(), to.address.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64),
        (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), 64),
        _ => return None,
    };
    let builder = builder.udp(from.port, to.port);
    let mut packet = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut packet, payload).ok()?;
    Some(packet)
}

/// The resolution of time in the file.
const NANOSECONDS: u8 = 9;

#[cfg(test)]
mod tests;
