//! Computers on one segment, and the time that passes for them.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::link::{NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Family, Handler, Instant, Options, RecvMeta, Socket,
    SocketId, SocketSlot, SocketType, Sockets, Storage,
};
use anydgram_smoltcp::{NicMemory, NicOptions, Port, Segment, Stack};
use smoltcp::iface::SocketStorage;

/// The index of each computer's interface.
pub(crate) const ETH0: u32 = 2;

/// What a socket was told, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) id: SocketId,
    pub(crate) at: Instant,
    pub(crate) line: String,
}

/// Writes down what it is told.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) told: Vec<Told>,
    pub(crate) metas: Vec<RecvMeta>,
    /// The bytes of all messages.
    pub(crate) bytes: Vec<Vec<u8>>,
    now: Instant,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is only shown")]
impl Handler for Log {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let line = match event {
            Event::Message(message) => {
                self.metas.push(*message.meta);
                self.bytes.push(message.data.to_vec());
                format!("message {}", String::from_utf8_lossy(message.data))
            }
            Event::Listening => "listening".to_owned(),
            Event::Connect => "connect".to_owned(),
            Event::Sent { result, .. } => match result {
                Ok(bytes) => format!("sent {bytes}"),
                Err(error) => error.to_string(),
            },
            Event::Error { error, .. } => format!("error {error}"),
            Event::Close => "close".to_owned(),
            other => format!("{other:?}"),
        };
        let at = self.now;
        self.told.push(Told { id, at, line });
    }
}

pub(crate) struct Computer {
    pub(crate) stack: Stack<'static, Port>,
    pub(crate) sockets: Sockets<'static, 'static>,
    pub(crate) log: Log,
}

/// What tests use lives until the process ends.
fn leaked<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

impl Computer {
    fn new(segment: &Segment, number: u8) -> Self {
        let tables = leaked(TableStorage::<128, 16, 1, 8, 16, 16_384>::new()).tables();
        let mut stack = Stack::new(tables, Seed::new([number; 16]));
        let hardware_address = [2, 0, 0, 0, 0, number];
        let sockets: &'static mut [SocketStorage<'static>; 2] = leaked(Default::default());
        let memory = NicMemory {
            neighbours: leaked([const { NeighbourSlot::new() }; 128]),
            waiting: leaked([const { WaitingSlot::new() }; 16]),
            waiting_bytes: leaked([0; 16_384]),
            sockets,
        };
        let options = NicOptions::new("eth0", hardware_address, number.into());
        let port = segment.port(hardware_address);
        let index = stack.add_nic(Instant::from_micros(0), port, &options, memory);
        assert_eq!(index, Ok(ETH0));
        for (address, prefix) in [
            (format!("192.0.2.{number}"), 24),
            (format!("fe80::{number:x}"), 64),
        ] {
            let cidr = Cidr::new(address.parse().unwrap(), prefix);
            assert_eq!(stack.add_address(ETH0, cidr), Ok(()));
        }
        let slots: Vec<_> = (0..128).map(|_| SocketSlot::new()).collect();
        Self {
            stack,
            sockets: Sockets::new(slots.leak()),
            log: Log::default(),
        }
    }

    pub(crate) fn create(&mut self, options: Options) -> SocketId {
        let storage: &'static mut Storage<8192, 16, 4, 32, 0> = leaked(Storage::new());
        self.sockets.add(Socket::new(options, storage)).unwrap()
    }

    pub(crate) fn bound(&mut self, socket_type: SocketType, port: u16) -> SocketId {
        let id = self.create(Options::new(socket_type));
        self.socket(id).bind(BindOptions::port(port)).unwrap();
        id
    }

    pub(crate) fn socket(&mut self, id: SocketId) -> &mut Socket<'static> {
        self.sockets.get_mut(id).unwrap()
    }

    pub(crate) fn send(&mut self, id: SocketId, bytes: &[u8], host: &str, port: u16) {
        let datagram = Datagram::new(bytes).to(Destination::new(host, port));
        self.socket(id).send(datagram).unwrap();
    }

    /// What a socket was told since the last call.
    pub(crate) fn told(&mut self, id: SocketId) -> Vec<String> {
        let (of_it, others) = core::mem::take(&mut self.log.told)
            .into_iter()
            .partition(|told| told.id == id);
        self.log.told = others;
        let of_it: Vec<Told> = of_it;
        of_it.into_iter().map(|told| told.line).collect()
    }
}

/// Frames that crossed the segment, with the port they came from.
pub(crate) type Frames = Rc<RefCell<Vec<(usize, Vec<u8>)>>>;

pub(crate) struct Lab {
    pub(crate) segment: Segment,
    pub(crate) computers: Vec<Computer>,
    pub(crate) frames: Frames,
    pub(crate) now: Instant,
}

impl Lab {
    /// So many computers on one segment: 192.0.2.1, 192.0.2.2 and so on.
    pub(crate) fn new(count: u8) -> Self {
        let segment = Segment::new();
        let frames = Frames::default();
        let capture = Rc::clone(&frames);
        segment.capture(move |port, frame| capture.borrow_mut().push((port, frame.to_vec())));
        let computers = (1..=count).map(|number| Computer::new(&segment, number));
        Self {
            computers: computers.collect(),
            segment,
            frames,
            now: Instant::from_micros(0),
        }
    }

    /// Lets `limit` pass, with everything that happens meanwhile.
    pub(crate) fn pass(&mut self, limit: Duration) {
        let end = self.now.saturating_add(limit);
        for _ in 0..1_000_000 {
            let mut next: Option<Instant> = None;
            for computer in &mut self.computers {
                computer.log.now = self.now;
                let Computer {
                    stack,
                    sockets,
                    log,
                } = computer;
                let wanted = stack.poll(self.now, sockets, log);
                next = match (next, wanted) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
            if !self.segment.is_idle() || next.is_some_and(|at| at <= self.now) {
                continue;
            }
            match next {
                Some(at) if at <= end => self.now = at,
                _ => {
                    self.now = end;
                    return;
                }
            }
        }
        panic!("it never rests");
    }

    /// Lets happen what happens at once.
    pub(crate) fn settle(&mut self) {
        self.pass(Duration::ZERO);
    }

    /// All that was told since the last call is forgotten.
    pub(crate) fn forget(&mut self) {
        for computer in &mut self.computers {
            computer.log.told.clear();
            computer.log.metas.clear();
            computer.log.bytes.clear();
        }
        self.frames.borrow_mut().clear();
    }

    /// Two computers with a bound socket each, at port 7.
    pub(crate) fn pair(socket_type: SocketType) -> (Self, SocketId, SocketId) {
        let mut lab = Self::new(2);
        let a = lab.computers[0].bound(socket_type, 7);
        let b = lab.computers[1].bound(socket_type, 7);
        lab.settle();
        for (at, id) in [a, b].into_iter().enumerate() {
            assert_eq!(lab.computers[at].told(id), ["listening"]);
        }
        lab.forget();
        (lab, a, b)
    }
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) const V4: Family = Family::V4;
