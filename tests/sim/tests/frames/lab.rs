//! Hosts on one segment, each with a socket of either family at port 7, and what is seen of them.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Limits, Options, Socket, SocketId,
    SocketType, Sockets,
};
use anydgram_sim::{
    Fault, Happened, HostId, HostOptions, Level, SegmentId, SegmentOptions, Why, World,
    WorldOptions, simulate,
};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::{Block, PcapNgReader};

pub(crate) const PORT: u16 = 7;

pub(crate) struct Lab<'w, 'm> {
    pub(crate) world: &'w mut World<'m>,
    pub(crate) segment: SegmentId,
    hosts: Vec<(HostId, Diary)>,
}

/// Writes down what comes, and what else it is told.
#[derive(Clone, Default)]
struct Diary(Rc<RefCell<Written>>);

#[derive(Default)]
struct Written {
    came: Vec<Vec<u8>>,
    errors: Vec<String>,
}

impl Handler for Diary {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        let mut written = self.0.borrow_mut();
        if let Event::Message(message) = event {
            written.came.push(message.data.to_vec());
        } else if let Event::Error { error, .. } = event {
            written.errors.push(error.to_string());
        } else if let Event::Sent {
            result: Err(error), ..
        } = event
        {
            written.errors.push(format!("not sent: {error}"));
        }
    }
}

/// A frame in a capture.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) host: String,
    pub(crate) is_outbound: bool,
    pub(crate) comment: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn v4(host: usize) -> IpAddr {
    IpAddr::from([192, 0, 2, u8::try_from(host + 1).unwrap()])
}

pub(crate) fn v6(host: usize) -> IpAddr {
    let last = u16::try_from(host + 1).unwrap();
    IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last])
}

pub(crate) fn options() -> WorldOptions {
    WorldOptions::new(1).level(Level::Frames).keep_records()
}

pub(crate) fn script(lines: &[&str]) -> WorldOptions {
    let faults: Vec<Fault> = lines.iter().map(|line| line.parse().unwrap()).collect();
    options().script(faults)
}

/// Makes a world with so many hosts, and lets their sockets be bound.
pub(crate) fn lab<R>(
    options: &WorldOptions,
    hosts: usize,
    test: impl FnOnce(&mut Lab<'_, '_>) -> R,
) -> R {
    lab_of(options, hosts, HostOptions::new(), test)
}

pub(crate) fn lab_of<R>(
    options: &WorldOptions,
    hosts: usize,
    host_options: HostOptions,
    test: impl FnOnce(&mut Lab<'_, '_>) -> R,
) -> R {
    simulate(options, |world| {
        let segment = world.add_segment(SegmentOptions::new());
        let added = (0..hosts).map(|number| {
            let diary = Diary::default();
            let its = diary.clone();
            let name = format!("host{number}");
            let id = world.add_host(&name, host_options, move |start| {
                for kind in [SocketType::Udp4, SocketType::Udp6] {
                    let options = Options::new(kind).ipv6_only(kind == SocketType::Udp6);
                    let mut socket = Socket::with_heap(options, Limits::new());
                    socket.bind(BindOptions::port(PORT)).unwrap();
                    start.sockets.add(socket).unwrap();
                }
                Box::new(its.clone())
            });
            let addresses = [format!("{}/24", v4(number)), format!("{}/64", v6(number))];
            world.plug_in(id, segment, &addresses.each_ref().map(String::as_str));
            (id, diary)
        });
        let hosts = added.collect();
        let mut lab = Lab {
            world,
            segment,
            hosts,
        };
        lab.run(10);
        test(&mut lab)
    })
}

impl Lab<'_, '_> {
    pub(crate) fn run(&mut self, millis: u64) {
        self.world.run_for(Duration::from_millis(millis)).unwrap();
    }

    pub(crate) fn host(&self, host: usize) -> HostId {
        self.hosts[host].0
    }

    /// Works on the socket of a host that has the family of an address.
    pub(crate) fn with<R>(
        &mut self,
        host: usize,
        family: IpAddr,
        work: impl FnOnce(&mut Socket<'_>) -> R,
    ) -> R {
        let id = self.host(host);
        let worked = self.world.with(id, |sockets| {
            let ids: Vec<SocketId> = sockets.ids().collect();
            let id = ids[usize::from(family.is_ipv6())];
            work(sockets.get_mut(id).unwrap())
        });
        worked.unwrap()
    }

    pub(crate) fn send(&mut self, from: usize, to: IpAddr, payload: &[u8]) {
        self.with(from, to, |socket| {
            let to = Destination::new(to, PORT);
            socket.send(Datagram::new(payload).to(to)).unwrap();
        });
    }

    /// Sends a datagram to whom the socket of a family is connected to.
    pub(crate) fn say(&mut self, from: usize, family: IpAddr, payload: &[u8]) {
        self.with(from, family, |socket| {
            socket.send(Datagram::new(payload)).unwrap();
        });
    }

    /// What has come to a host since this was last asked.
    pub(crate) fn came(&self, host: usize) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.hosts[host].1.0.borrow_mut().came)
    }

    /// What else it was told.
    pub(crate) fn errors(&self, host: usize) -> Vec<String> {
        core::mem::take(&mut self.hosts[host].1.0.borrow_mut().errors)
    }

    /// How often something came to nobody, for a reason.
    pub(crate) fn drops(&self, why: Why) -> u64 {
        let mut drops = self.world.drops();
        drops.find(|drop| drop.0 == why).map_or(0, |drop| drop.1)
    }

    /// Why parts of a datagram came to nobody.
    pub(crate) fn fate(&self, datagram: u64) -> Vec<Why> {
        let records = self.world.records().iter();
        let fate = records.filter_map(|record| match record.what {
            Happened::Dropped {
                datagram: dropped,
                why,
                ..
            } if dropped == datagram => Some(why),
            _ => None,
        });
        fate.collect()
    }

    /// All that was captured.
    pub(crate) fn captured(&self) -> Vec<Seen> {
        let mut file = Vec::new();
        self.world.write_pcapng(&mut file).unwrap();
        let mut reader = PcapNgReader::new(&file[..]).unwrap();
        let (mut names, mut seen) = (Vec::new(), Vec::new());
        while let Some(block) = reader.next_block() {
            let block = block.unwrap();
            if let Block::InterfaceDescription(interface) = &block {
                let name = interface.options.iter().find_map(|option| {
                    use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption::IfName;
                    if let IfName(name) = option { Some(name.to_string()) } else { None }
                });
                names.push(name.unwrap());
            }
            let Block::EnhancedPacket(packet) = block else {
                continue;
            };
            let (mut is_outbound, mut comment) = (false, String::new());
            for option in &packet.options {
                if let EnhancedPacketOption::Flags(flags) = option {
                    is_outbound = *flags == 2;
                } else if let EnhancedPacketOption::Comment(text) = option {
                    comment = text.to_string();
                }
            }
            let name = &names[usize::try_from(packet.interface_id).unwrap()];
            seen.push(Seen {
                host: name.split('.').next().unwrap().to_owned(),
                is_outbound,
                comment,
                bytes: packet.data.to_vec(),
            });
        }
        seen
    }

    /// The frames that left a host, each once.
    pub(crate) fn sent(&self, host: usize) -> Vec<Seen> {
        let name = format!("host{host}");
        let mut seen = self.captured();
        seen.retain(|seen| {
            let is_loss = seen.comment.contains("did not get");
            seen.is_outbound && seen.host == name && !is_loss
        });
        seen
    }
}
