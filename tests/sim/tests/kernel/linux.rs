//! Scripts on the kernel: a driver in each host's namespace, all on one thread.

use core::time::Duration;

use anydgram_core::{Instant, Limits, Socket, SocketId, SocketSlot, Sockets};
use anydgram_std::Driver;

use crate::lab::Lab;
use crate::plan::HOSTS;
use crate::script::Planned;
use crate::side::Side;
use crate::told::Notebook;
use crate::wire::Packet;

pub(crate) struct Linux<'l> {
    lab: &'l Lab,
    hosts: Vec<Host>,
    sockets: Vec<(usize, SocketId)>,
}

struct Host {
    driver: Driver,
    sockets: Sockets<'static, 'static>,
    notebook: Notebook,
}

impl<'l> Linux<'l> {
    pub(crate) fn new(lab: &'l Lab) -> Self {
        let add = |_| Host {
            driver: Driver::new().expect("the system has room for it"),
            // They last as long as the process.
            sockets: Sockets::new(Vec::leak((0..16).map(|_| SocketSlot::new()).collect())),
            notebook: Notebook::default(),
        };
        Self {
            lab,
            hosts: (0..HOSTS).map(add).collect(),
            sockets: Vec::new(),
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> Instant {
        self.hosts.first().expect("there are some").driver.now()
    }

    /// Does what there is to do now, and waits for more, a moment.
    pub(crate) fn round(&mut self) {
        for (host, at) in self.hosts.iter_mut().zip(0..) {
            self.lab.host(at).enter();
            let now = host.driver.now();
            let mut is_busy = true;
            while is_busy {
                let next = host.driver.poll(now, &mut host.sockets, &mut host.notebook);
                is_busy = next.is_some_and(|next| next <= now);
            }
        }
        let host = self.hosts.first_mut().expect("there are some");
        let waited = host.driver.wait(Some(MOMENT));
        waited.expect("the system tells what is ready");
    }
}

impl Side for Linux<'_> {
    fn add(&mut self, planned: &Planned) {
        let host = self.hosts.get_mut(planned.host).expect("it is there");
        let socket = Socket::with_heap(planned.options(), Limits::new());
        let id = host.sockets.add(socket).expect("there is room");
        self.sockets.push((planned.host, id));
    }

    fn with<R>(&mut self, socket: usize, work: impl FnOnce(&mut Socket<'_>) -> R) -> R {
        let (host, id) = *self.sockets.get(socket).expect("it was added");
        let host = self.hosts.get_mut(host).expect("it is there");
        let socket = host.sockets.get_mut(id);
        work(socket.expect("sockets stay where they are"))
    }

    fn index(&self, host: usize, lan: usize) -> u32 {
        self.lab.host(host).index(lan)
    }

    fn take_packets(&mut self) -> Vec<Packet> {
        self.lab.take_packets()
    }

    fn notebook(&self, host: usize) -> &Notebook {
        &self.hosts.get(host).expect("it is there").notebook
    }

    fn id(&self, socket: usize) -> SocketId {
        let (_, id) = *self.sockets.get(socket).expect("it was added");
        id
    }
}

const MOMENT: Duration = Duration::from_micros(500);
