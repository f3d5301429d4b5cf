//! The table against a model: a list in the order of the binds, and addresses tried one by one.

use proptest::prelude::*;

use super::*;
use crate::stack::packet::Incoming;

/// What is done to the table.
#[derive(Clone, Debug)]
enum Step {
    Bind(SocketId, Binding),
    Release(SocketId),
    /// Connects to one of [`PEERS`].
    Connect(SocketId, usize),
    Disconnect(SocketId),
    /// Finds out who gets a unicast datagram to one of [`CONCRETE`] from one of [`PEERS`], and whose an error is.
    Select(u16, usize, usize),
    /// Selects all for such a datagram, but for the sockets with this index.
    SelectAll(u16, usize, usize, u32),
    /// Takes so many of the selected.
    Take(usize),
}

const SLOTS: u32 = 5;

/// Every address that a datagram can be sent to, in every scope.
const CONCRETE: [&str; 10] = [
    "10.0.0.1",
    "10.0.0.2",
    "224.0.0.251",
    "fd00::1",
    "fe80::1%1",
    "fe80::1%2",
    "ff02::fb%1",
    "ff02::fb%2",
    "ff05::fb",
    "fd00::2",
];

/// Addresses to bind to.
const BOUND: [&str; 12] = [
    "0.0.0.0",
    "::",
    "::ffff:0.0.0.0",
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "224.0.0.251",
    "fd00::1",
    "fe80::1%1",
    "fe80::1%2",
    "ff02::fb",
    "ff02::fb%1",
    "ff05::fb",
];

/// Senders, with the address that a socket is connected to them from.
const PEERS: [(&str, u16, &str); 6] = [
    ("10.0.0.9", 5, "10.0.0.1"),
    ("10.0.0.9", 6, "10.0.0.1"),
    ("fd00::9", 5, "fd00::1"),
    ("fe80::9%1", 5, "fe80::1%1"),
    ("fe80::9%2", 5, "fe80::1%2"),
    ("fd00::9", 6, "fd00::1"),
];

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn peer(index: usize) -> Endpoint {
    end(PEERS[index].0, PEERS[index].1)
}

struct Entry {
    id: SocketId,
    binding: Binding,
    /// An index into `PEERS`.
    peer: Option<usize>,
}

impl Entry {
    /// Whether a socket with this binding has an address of `CONCRETE`.
    fn covers(binding: &Binding, to: Address) -> bool {
        match binding.address.canonical() {
            at if at == address("::") => to.ip().is_ipv6() || !binding.ipv6_only,
            at if at == address("0.0.0.0") => to.ip().is_ipv4(),
            at if at == address("ff02::fb") => at.ip() == to.ip(),
            at => at == to,
        }
    }

    /// Where the socket is reached, as text; `None` for a wildcard address.
    fn point(&self) -> Option<Address> {
        let at = self.binding.address.canonical();
        match (at.is_unspecified(), self.peer) {
            (false, _) => Some(at),
            (true, Some(peer)) => Some(address(PEERS[peer].2)),
            (true, None) => None,
        }
    }

    fn gets(&self, port: u16, to: Address, sender: usize) -> bool {
        let is_at = match (self.point(), self.binding.address.canonical()) {
            (Some(point), at) if at.is_unspecified() => point == to,
            _ => Self::covers(&self.binding, to),
        };
        is_at && self.binding.port == port && self.peer.is_none_or(|peer| peer == sender)
    }

    /// In the order in which Linux prefers: the greatest wins.
    fn rank(&self, to: Address) -> (bool, bool, bool, bool) {
        let has_interface = self.point().is_some_and(|point| point.scope_id() != 0);
        let is_own_family = self.binding.family == to.family();
        let is_connected = self.peer.is_some();
        (
            self.point().is_some(),
            is_connected,
            has_interface,
            is_own_family,
        )
    }
}

#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    selected: Vec<SocketId>,
}

impl Model {
    /// What binding must give; any port where it says 0.
    fn bind(&self, id: SocketId, binding: &Binding) -> Result<u16, Errno> {
        if id.index >= SLOTS {
            return Err(Errno::ENOBUFS);
        }
        let occupant = self.entries.iter().find(|entry| entry.id.index == id.index);
        if let Some(entry) = occupant {
            let is_bound = entry.id == id;
            return Err(if is_bound {
                Errno::EINVAL
            } else {
                Errno::ENOBUFS
            });
        }
        let is_mapped = binding.family == Family::V6 && binding.address.canonical().ip().is_ipv4();
        if is_mapped && binding.ipv6_only {
            return Err(Errno::EINVAL);
        }
        let clashes = |entry: &Entry| {
            let other = &entry.binding;
            other.port == binding.port
                && !(other.reuse_address && binding.reuse_address)
                && !(other.reuse_port && binding.reuse_port)
                && Self::is_common(other, binding)
        };
        if self.entries.iter().any(clashes) {
            return Err(Errno::EADDRINUSE);
        }
        Ok(binding.port)
    }

    fn is_common(one: &Binding, other: &Binding) -> bool {
        CONCRETE
            .map(address)
            .iter()
            .any(|&to| Entry::covers(one, to) && Entry::covers(other, to))
    }

    fn entry(&mut self, id: SocketId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// All that may get a unicast datagram.
    fn winners(&self, port: u16, to: Address, sender: usize) -> Vec<SocketId> {
        let fit = |entry: &&Entry| entry.gets(port, to, sender);
        let best = self.entries.iter().filter(fit).map(|e| e.rank(to)).max();
        let mut equals: Vec<&Entry> = self.entries.iter().filter(fit).collect();
        equals.retain(|entry| Some(entry.rank(to)) == best);
        match equals.last() {
            Some(last) if last.binding.reuse_port => {
                equals.retain(|entry| entry.binding.reuse_port);
            }
            Some(_) => drop(equals.drain(..equals.len() - 1)),
            None => {}
        }
        equals.iter().map(|entry| entry.id).collect()
    }
}

/// A datagram by the interface of its addresses, which need not say it.
fn incoming<'p>(port: u16, to: Address, sender: usize) -> Incoming<'p> {
    let mut destination = Endpoint::new(to, port);
    let interface = match to.scope_id() {
        0 => 2,
        scope_id => scope_id,
    };
    if port.is_multiple_of(2) {
        destination.address = destination.address.with_scope_id(0);
    }
    Incoming::new(interface, peer(sender), destination, &[])
}

fn check_select(ports: &Ports<'_>, model: &Model, port: u16, to: Address, sender: usize) {
    let datagram = incoming(port, to, sender);
    let winner = ports.select(&datagram);
    let expected = model.winners(port, to, sender);
    match winner {
        Some(winner) => assert!(expected.contains(&winner), "{winner:?} {expected:?}"),
        None => assert_eq!(expected, []),
    }
    assert_eq!(ports.select(&datagram), winner, "the same again");

    let local = Endpoint::new(to, port);
    let is_connected = |entry: &&Entry| entry.peer.is_some() && entry.gets(port, to, sender);
    let connected = model.entries.iter().rfind(is_connected);
    let found = ports.connected(local, peer(sender));
    assert_eq!(found, connected.map(|entry| entry.id));
}

/// Every bound socket is in one chain once, each chain has the order of the binds, and the model's sockets are there.
fn check_table(ports: &Ports<'_>, model: &Model) {
    let mut seen = 0;
    for slot in ports.slots.iter() {
        let mut link = slot.head;
        let mut last = None;
        while let Some(member) = ports.slots.get(link.index()) {
            let id = link.id(member);
            let place = model.entries.iter().position(|entry| entry.id == id);
            assert!(place.is_some() && place > last, "{id:?}");
            last = place;
            seen += 1;
            link = member.next;
        }
    }
    assert_eq!(seen, model.entries.len());
    for index in 0..SLOTS {
        let entry = model.entries.iter().find(|entry| entry.id.index == index);
        assert_eq!(ports.occupant(index as usize), entry.map(|entry| entry.id));
    }
    for entry in &model.entries {
        let slot = ports.get(entry.id).unwrap();
        let binding = &entry.binding;
        assert_eq!(slot.local(), Endpoint::new(binding.address, binding.port));
        assert_eq!(slot.family(), binding.family);
        assert_eq!(slot.ipv6_only(), binding.ipv6_only);
        assert_eq!(slot.peer(), entry.peer.map(peer));
        assert!(ports.has(binding.port));
    }
    for port in [6, 7, 8] {
        let is_there = |entry: &Entry| entry.binding.port == port;
        assert_eq!(ports.has(port), model.entries.iter().any(is_there));
    }
}

fn carry_out(ports: &mut Ports<'_>, model: &mut Model, step: &Step) {
    match *step {
        Step::Bind(id, mut binding) => {
            let (expected, result) = (model.bind(id, &binding), ports.bind(id, binding));
            if let (Ok(0), Ok(port)) = (expected, result) {
                assert!(port >= 49_152);
                let taken = |entry: &Entry| {
                    entry.binding.port == port && Model::is_common(&entry.binding, &binding)
                };
                assert!(!model.entries.iter().any(taken), "{port} is taken");
                binding.port = port;
            } else {
                assert_eq!(result, expected);
            }
            if result.is_ok() {
                let peer = None;
                model.entries.push(Entry { id, binding, peer });
            }
        }
        Step::Release(id) => {
            ports.release(id);
            model.entries.retain(|entry| entry.id != id);
            model.selected.retain(|&selected| selected != id);
        }
        Step::Connect(id, to) => {
            let source = address(PEERS[to].2);
            // A host connects where there is a way.
            if let Some(entry) = model.entry(id) {
                if !Entry::covers(&entry.binding, source) {
                    return;
                }
                entry.peer = Some(to);
            }
            ports.connect(id, peer(to), source.ip());
        }
        Step::Disconnect(id) => {
            ports.disconnect(id);
            if let Some(entry) = model.entry(id) {
                entry.peer = None;
            }
        }
        Step::Select(port, to, sender) => {
            check_select(ports, model, port, address(CONCRETE[to]), sender);
        }
        Step::SelectAll(port, to, sender, refused) => {
            let to = address(CONCRETE[to]);
            let datagram = incoming(port, to, sender);
            ports.select_all(&datagram, |id, _| id.index != refused);
            let fit = |entry: &&Entry| entry.gets(port, to, sender) && entry.id.index != refused;
            let selected = model.entries.iter().filter(fit).map(|entry| entry.id);
            model.selected = selected.collect();
        }
        Step::Take(count) => {
            for _ in 0..count {
                let expected = (!model.selected.is_empty()).then(|| model.selected.remove(0));
                assert_eq!(ports.next_selected(), expected);
            }
        }
    }
}

fn ids() -> impl Strategy<Value = SocketId> {
    (0..=SLOTS, 0..2_u32).prop_map(|(index, generation)| SocketId { index, generation })
}

fn bindings() -> impl Strategy<Value = Binding> {
    let port = prop_oneof![4 => Just(7_u16), 2 => Just(8), 1 => Just(0)];
    let reuse = prop_oneof![
        Just((true, false)),
        Just((false, true)),
        any::<(bool, bool)>()
    ];
    let text = prop::sample::select(&BOUND[..]);
    (text, port, reuse, any::<bool>()).prop_map(|(text, port, reuse, ipv6_only)| {
        let binding = at(text, port);
        Binding {
            reuse_address: reuse.0,
            reuse_port: reuse.1,
            ipv6_only: ipv6_only && binding.family == Family::V6,
            ..binding
        }
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let port = || 7..=8_u16;
    let (to, sender) = (|| 0..CONCRETE.len(), || 0..PEERS.len());
    prop_oneof![
        8 => (ids(), bindings()).prop_map(|(id, binding)| Step::Bind(id, binding)),
        2 => ids().prop_map(Step::Release),
        3 => (ids(), sender()).prop_map(|(id, peer)| Step::Connect(id, peer)),
        1 => ids().prop_map(Step::Disconnect),
        4 => (port(), to(), sender()).prop_map(|(port, to, sender)| Step::Select(port, to, sender)),
        3 => (port(), to(), sender(), 0..9_u32)
            .prop_map(|(port, to, sender, refused)| Step::SelectAll(port, to, sender, refused)),
        3 => (0..4_usize).prop_map(Step::Take),
    ]
}

proptest! {
    #[test]
    fn the_table_does_what_the_model_does(steps in prop::collection::vec(steps(), 0..80)) {
        let mut slots = slots(SLOTS as usize);
        let mut ports = Ports::new(&mut slots, SEED);
        let mut model = Model::default();
        for step in &steps {
            carry_out(&mut ports, &mut model, step);
            check_table(&ports, &model);
        }
        for port in [7, 8] {
            for to in CONCRETE.map(address) {
                for sender in 0..PEERS.len() {
                    check_select(&ports, &model, port, to, sender);
                }
            }
        }
        while let Some(id) = model.entries.first().map(|entry| entry.id) {
            carry_out(&mut ports, &mut model, &Step::Release(id));
            check_table(&ports, &model);
        }
    }
}
