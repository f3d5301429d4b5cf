//! Scripts in the simulator.

use core::time::Duration;

use anydgram_core::{Limits, Socket, SocketId};
use anydgram_sim::{Happened, HostId, HostOptions, OfFrame, SegmentOptions, World};

use crate::plan::{HOSTS, LANS, addresses};
use crate::script::Planned;
use crate::side::Side;
use crate::told::Notebook;
use crate::wire::Packet;

pub(crate) struct Simulated<'w, 'm> {
    world: &'w mut World<'m>,
    hosts: Vec<(HostId, Notebook)>,
    sockets: Vec<(HostId, SocketId)>,
    /// How much of what has happened was looked at.
    looked: usize,
}

impl<'w, 'm> Simulated<'w, 'm> {
    pub(crate) fn new(world: &'w mut World<'m>) -> Self {
        let mut options = SegmentOptions::new();
        // Datagrams are as long as they may be: what a kernel does with fragments is no concern of sockets.
        options.mtu = 65_575;
        let segments = [(); LANS].map(|()| world.add_segment(options));
        let mut options = HostOptions::new();
        options.local_bytes = 1_048_576;
        let add = |host: usize| {
            let notebook = Notebook::default();
            let its = notebook.clone();
            let name = format!("host {host}");
            let id = world.add_host(&name, options, move |_| Box::new(its.clone()));
            for (lan, segment) in segments.into_iter().enumerate() {
                let texts = addresses(host, lan).map(|(ip, prefix)| format!("{ip}/{prefix}"));
                world.plug_in(id, segment, &texts.each_ref().map(String::as_str));
            }
            (id, notebook)
        };
        Self {
            hosts: (0..HOSTS).map(add).collect(),
            world,
            sockets: Vec::new(),
            looked: 0,
        }
    }

    /// Does all that there is to do.
    pub(crate) fn rest(&mut self) {
        // A neighbour that nobody is takes three seconds to find out about.
        let done = self.world.run_for(Duration::from_secs(5));
        done.expect("no socket is told what must not be");
    }
}

impl Side for Simulated<'_, '_> {
    fn add(&mut self, planned: &Planned) {
        let (host, _) = *self.hosts.get(planned.host).expect("it is there");
        let socket = Socket::with_heap(planned.options(), Limits::new());
        let added = self.world.with(host, |sockets| sockets.add(socket).ok());
        let id = added.flatten().expect("there is room");
        self.sockets.push((host, id));
    }

    fn with<R>(&mut self, socket: usize, work: impl FnOnce(&mut Socket<'_>) -> R) -> R {
        let (host, id) = *self.sockets.get(socket).expect("it was added");
        let result = self
            .world
            .with(host, |sockets| sockets.get_mut(id).map(work));
        result.flatten().expect("sockets stay where they are")
    }

    fn index(&self, _: usize, lan: usize) -> u32 {
        // Behind the loopback interface.
        u32::try_from(lan).map_or(0, |lan| lan + 2)
    }

    fn take_packets(&mut self) -> Vec<Packet> {
        let records = self.world.records();
        let new = records.get(self.looked..).unwrap_or_default();
        let packets = new.iter().filter_map(|record| {
            let Happened::Frame {
                frame,
                what: OfFrame::Sent { interface, .. },
                ..
            } = record.what
            else {
                return None;
            };
            let lan = usize::try_from(interface).ok()?.checked_sub(2)?;
            Packet::read(lan, self.world.frame(frame)?)
        });
        let packets = packets.collect();
        self.looked = records.len();
        packets
    }

    fn notebook(&self, host: usize) -> &Notebook {
        let (_, notebook) = self.hosts.get(host).expect("it is there");
        notebook
    }

    fn id(&self, socket: usize) -> SocketId {
        let (_, id) = *self.sockets.get(socket).expect("it was added");
        id
    }
}
