//! A host of ours with one interface: a stack, sockets, and a handler that writes down what it is told.

use core::net::IpAddr;

use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Options, RecvMeta, Socket,
    SocketId, SocketSlot, SocketType, Sockets, Storage,
};
use anydgram_smoltcp::{NicMemory, NicOptions, Stack};
use smoltcp::iface::SocketStorage;
use smoltcp::phy::Device;

/// The index of a host's interface.
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

/// A host, with room for 128 sockets, neighbours and datagrams that wait, and for two of the longest in fragments.
pub(crate) struct Computer<D: Device> {
    pub(crate) stack: Stack<'static, D>,
    pub(crate) sockets: Sockets<'static, 'static>,
    pub(crate) log: Log,
}

impl<D: Device> Computer<D> {
    /// The host of this number, whose hardware address ends in it, with an interface `eth0` of these addresses, each with
    /// the length of its prefix.
    pub(crate) fn new(number: u8, device: D, addresses: &[(&str, u8)]) -> Self {
        let tables = leaked(TableStorage::<128, 16, 1, 8, 16, 16_384>::new()).tables();
        let mut stack = Stack::new(tables, Seed::new([number; 16]));
        let sockets: &'static mut [SocketStorage<'static>; 2] = leaked(Default::default());
        let memory = NicMemory {
            neighbours: leaked([const { NeighbourSlot::new() }; 128]),
            waiting: leaked([const { WaitingSlot::new() }; 128]),
            waiting_bytes: vec![0; 2 * 65_507].leak(),
            assemblies: leaked([const { AssemblySlot::new() }; 2]),
            assembly_bytes: vec![0; 2 * 65_515].leak(),
            sockets,
        };
        let hardware_address = [2, 0, 0, 0, 0, number];
        let options = NicOptions::new("eth0", hardware_address, number.into());
        let index = stack.add_nic(Instant::from_micros(0), device, &options, memory);
        assert_eq!(index, Ok(ETH0));
        for (address, prefix) in addresses {
            let cidr = Cidr::new(ip(address), *prefix);
            assert_eq!(stack.add_address(ETH0, cidr), Ok(()));
        }
        let slots: Vec<_> = (0..128).map(|_| SocketSlot::new()).collect();
        Self {
            stack,
            sockets: Sockets::new(slots.leak()),
            log: Log::default(),
        }
    }

    /// Does what is there to do, and returns when to call it again.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<Instant> {
        self.log.now = now;
        self.stack.poll(now, &mut self.sockets, &mut self.log)
    }

    pub(crate) fn create(&mut self, options: Options) -> SocketId {
        let storage: &'static mut Storage<65_536, 16, 4, 32, 0> = leaked(Storage::new());
        self.sockets.add(Socket::new(options, storage)).unwrap()
    }

    /// A socket for one family, which is about to listen.
    pub(crate) fn bound(&mut self, socket_type: SocketType, port: u16) -> SocketId {
        let is_ipv6 = socket_type == SocketType::Udp6;
        let id = self.create(Options::new(socket_type).ipv6_only(is_ipv6));
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
        let told = self.log.told.extract_if(.., |told| told.id == id);
        told.map(|told| told.line).collect()
    }

    /// All that was told since the last call is forgotten.
    pub(crate) fn forget(&mut self) {
        self.log.told.clear();
        self.log.metas.clear();
        self.log.bytes.clear();
    }
}

/// What tests use lives until the process ends.
fn leaked<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
