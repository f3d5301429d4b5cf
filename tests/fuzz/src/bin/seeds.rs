//! Makes the inputs that a corpus begins with: what a host on the same Ethernet sends to the one under test.
//!
//! `cargo run -p anydgram-fuzz --bin seeds`, in the repository; existing files of the same names are replaced.

extern crate alloc;

use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::IpAddr;
use std::path::Path;
use std::{fs, io};

use anydgram_core::link::{NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Interface, Limits, Options,
    Socket, SocketId, SocketSlot, SocketType, Sockets,
};
use anydgram_fuzz::entry;
use anydgram_model::UnixSymbol;
use anydgram_smoltcp::{NicMemory, NicOptions, Segment, Stack};
use smoltcp::iface::SocketStorage;

struct Nobody;

impl Handler for Nobody {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, _: Event<'_>) {}
}

fn main() -> io::Result<()> {
    let mut frames = talk();
    frames.extend(queries());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, prefix) in [
        ("gate", &[][..]),
        ("stack", &[0][..]),
        ("stack", &[0x80][..]),
    ] {
        let folder = root.join(target);
        fs::create_dir_all(&folder)?;
        let kind = prefix.first().copied().unwrap_or_default();
        let all: Vec<u8> = frames.iter().flat_map(|frame| entry(20, frame)).collect();
        fs::write(
            folder.join(format!("seed-{kind:02x}-all")),
            [prefix, &all].concat(),
        )?;
        for (number, frame) in frames.iter().enumerate() {
            let name = format!("seed-{kind:02x}-{number:02}");
            fs::write(folder.join(name), [prefix, &entry(0, frame)].concat())?;
        }
    }
    sequences(&root)?;
    unix_sequences(&root)
}

/// What a Unix socket, its application and its backend do.
fn unix_sequences(root: &Path) -> io::Result<()> {
    use anydgram_model::UnixCapacity::{Large, Small};

    let folder = root.join("unix_calls");
    fs::create_dir_all(&folder)?;
    for (sequence, number) in UNIX_SEQUENCES.iter().zip(0_u8..) {
        for (capacity, name) in [(Small, "small"), (Large, "large")] {
            let bytes = anydgram_model::unix_calls_bytes(capacity, sequence);
            fs::write(folder.join(format!("seed-{number:02}-{name}")), bytes)?;
        }
    }
    Ok(())
}

/// What two sockets, their applications and their backends do, for the targets that have a model.
fn sequences(root: &Path) -> io::Result<()> {
    for (text, number) in SEQUENCES.iter().zip(0_u8..) {
        let moves = anydgram_model::moves_of(text).map_err(io::Error::other)?;
        let configs = [number, number.wrapping_mul(7)];
        for (target, bytes) in [
            ("calls", anydgram_model::calls_bytes(configs, &moves)),
            ("backend", anydgram_model::backend_bytes(configs, &moves)),
        ] {
            let folder = root.join(target);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(format!("seed-{number:02}")), bytes)?;
        }
    }
    Ok(())
}

const UNIX_SEQUENCES: [&[UnixSymbol]; 6] = {
    use UnixSymbol::{
        Action, Again, Bind, Blocked, Bound, Close, Connect, Connected, Datagram, Disconnect,
        Event, Failed, Failure, NotBound, NotConnected, NotParted, Parted, Send, SendQuietly,
        SendTo, Sent,
    };

    [
        &[
            Bind, Action, Bound, Event, Datagram, SendTo, Sent, Event, Close,
        ],
        &[
            Connect, Action, Connected, Event, Send, Blocked, Sent, Again, Event,
        ],
        &[
            Bind, SendTo, SendTo, Action, NotBound, Event, Event, Event, Event,
        ],
        &[
            Connect,
            SendTo,
            Action,
            NotConnected,
            Sent,
            Event,
            Event,
            SendQuietly,
            Failed,
        ],
        &[
            Connect, Action, Connected, Send, Disconnect, Action, NotParted, Sent, Disconnect,
            Action, Parted, Failure, Event,
        ],
        &[
            SendTo, SendTo, SendTo, Failed, Sent, Event, Event, Event, SendTo, Close, Action,
        ],
    ]
};

const SEQUENCES: [&str; 16] = [
    "bind, action, done, event, send, action, sent, event, close, action, event",
    "send, send, action, fail, event, event, send, action, done, sent, event, event",
    "connect, action, done, action, done, send-peer, sent, from-peer, from-stranger, disconnect, action, done, event",
    "connect-name, action, done, action, odd, action, fail, event, event, connect-name, close, event",
    "bind, send, close, action, done, event, event, event",
    "bind-name, action, close, done, event, again, turn",
    "join, action, done, action, leave, join, done, action, again, leave, action, fail, to-group",
    "bind, 2:bind, action, done, 2:action, 2:done, 2:event, close, action, 2:bind, 2:action, 2:done",
    "bind-sync, action, done, close, event, renew, bind-fd, action, done, event",
    "connect-sync, action, done, action, done, rebind, action, done, action, fail, event, disconnect, action, done-last",
    "bind, action, done, offer-blocked, send-quiet, send-empty, blocked, failed, sent, event, event, event, rest",
    "bind, action, done, ttl, ttl-0, broadcast, buffer, action, fail, action, done, rebind, action, done, action, action",
    "send-name, send-long-name, action, done, action, action, done-last, fail, sent, event, event, event, event",
    "bind, action, done, block-send, send, connect, action, event, unblock, block-receive, from-stranger, from-v6",
    "send-too-long, send-longer, send-long, send-quiet-v6, send-bad-name, action, done, sent, sent, event, icmp, event",
    "bind, action, rebind, done, transmit, send, transmit, done, again, again-fail, moved, 2:close, turn, turn, turn",
];

/// What the second of two hosts sends to the first.
#[expect(
    clippy::too_many_lines,
    reason = "two hosts have much memory to be given"
)]
fn talk() -> Vec<Vec<u8>> {
    let segment = Segment::new();
    let frames = Rc::new(RefCell::new(Vec::new()));
    let capture = Rc::clone(&frames);
    segment.capture(move |port, frame| {
        if port == 1 {
            capture.borrow_mut().push(frame.to_vec());
        }
    });
    let mut tables = [(); 2].map(|()| TableStorage::<2, 4, 1, 2, 4, 4096>::new());
    let mut neighbours = [(); 2].map(|()| [const { NeighbourSlot::new() }; 4]);
    let mut waiting = [(); 2].map(|()| [const { WaitingSlot::new() }; 4]);
    let mut bytes = [[0; 4096]; 2];
    let mut own: [[SocketStorage<'_>; 1]; 2] = Default::default();
    let mut slots = [(); 2].map(|()| [const { SocketSlot::new() }; 2]);
    let mut hosts = Vec::new();
    let parts = tables.iter_mut().zip(&mut neighbours).zip(&mut waiting);
    let parts = parts.zip(&mut bytes).zip(&mut own).zip(&mut slots);
    for (number, (((((tables, neighbours), waiting), bytes), own), slots)) in (1_u8..).zip(parts) {
        let mut stack: Stack<'_, _> = Stack::new(tables.tables(), Seed::new([number; 16]));
        let hardware_address = [2, 0, 0, 0, 0, number];
        let memory = NicMemory {
            neighbours,
            waiting,
            waiting_bytes: bytes,
            assemblies: &mut [],
            assembly_bytes: &mut [],
            sockets: own,
        };
        let options = NicOptions::new("eth0", hardware_address, 7);
        let start = Instant::from_micros(0);
        let port = segment.port(hardware_address);
        let nic = stack
            .add_nic(start, port, &options, memory)
            .expect("there is room");
        for (text, prefix) in [("192.0.2.", 24), ("fe80::", 64)] {
            let ip: IpAddr = format!("{text}{number}").parse().expect("it is an address");
            stack
                .add_address(nic, Cidr::new(ip, prefix))
                .expect("there is room");
        }
        let mut sockets = Sockets::new(slots);
        let mut ids = Vec::new();
        for socket_type in [SocketType::Udp4, SocketType::Udp6] {
            let options = Options::new(socket_type).ipv6_only(socket_type == SocketType::Udp6);
            let mut socket = Socket::with_heap(options, Limits::new());
            socket.bind(BindOptions::port(7)).expect("it is open");
            ids.push(sockets.add(socket).expect("there is room"));
        }
        hosts.push((stack, sockets, ids));
    }
    let mut now = Instant::from_micros(0);
    for step in 0..9 {
        for (number, (_, sockets, ids)) in hosts.iter_mut().enumerate() {
            let [four, six] = ids[..] else { continue };
            act(sockets, step, number, four, six);
        }
        for _ in 0..20 {
            for (stack, sockets, _) in &mut hosts {
                stack.poll(now, sockets, &mut Nobody);
            }
        }
        now = now.saturating_add(core::time::Duration::from_millis(700));
    }
    frames.take()
}

fn act(sockets: &mut Sockets<'_, '_>, step: usize, number: usize, four: SocketId, six: SocketId) {
    let mut send = |id, bytes: &[u8], host: &str, port| {
        let socket = sockets.get_mut(id).expect("it is there");
        let datagram = Datagram::new(bytes).to(Destination::new(host, port));
        socket.send(datagram.unreported()).expect("there is room");
    };
    let other = 2 - number;
    match step {
        0 => send(four, b"hello", &format!("192.0.2.{other}"), 7),
        1 => send(six, b"hello", &format!("fe80::{other}%eth0"), 7),
        2 => send(four, &[b'x'; 1400], &format!("192.0.2.{other}"), 7),
        3 => send(four, b"", "239.1.2.3", 7),
        4 => send(six, b"group", "ff12::1234%eth0", 7),
        // Nobody has the port: the other one answers with ICMP.
        5 => send(four, b"closed", &format!("192.0.2.{other}"), 9),
        6 => send(six, b"closed", &format!("fe80::{other}%eth0"), 9),
        // In fragments.
        7 => send(four, &[b'y'; 1800], &format!("192.0.2.{other}"), 7),
        _ => {
            for (id, group) in [(four, "239.9.9.9"), (six, "ff12::9")] {
                let socket = sockets.get_mut(id).expect("it is there");
                let group = group.parse().expect("it is an address");
                socket
                    .add_membership(group, Interface::Default)
                    .expect("it is a group");
                socket.set_broadcast(true).expect("it is bound");
            }
            let socket = sockets.get_mut(four).expect("it is there");
            let datagram = Datagram::new("all").to(Destination::new("192.0.2.255", 7));
            socket.send(datagram.unreported()).expect("there is room");
        }
    }
}

/// What a router asks: IGMP and MLD queries, and a ping.
fn queries() -> Vec<Vec<u8>> {
    let ethernet = |to: [u8; 6], kind: u16| {
        let kind = kind.to_be_bytes();
        [&to[..], &[2, 0, 0, 0, 0, 2], &kind].concat()
    };
    let igmp = |body: &[u8]| {
        let mut body = body.to_vec();
        fill(&mut body, 2, &[]);
        let length = 24 + u8::try_from(body.len()).expect("it is short");
        let mut header = vec![0x46, 0xc0, 0, length, 0, 0, 0, 0, 1, 2, 0, 0];
        header.extend([192, 0, 2, 2, 224, 0, 0, 1, 0x94, 4, 0, 0]);
        fill(&mut header, 10, &[]);
        [ethernet([1, 0, 0x5e, 0, 0, 1], 0x0800), header, body].concat()
    };
    let v2 = igmp(&[0x11, 100, 0, 0, 0, 0, 0, 0]);
    let v3 = igmp(&[0x11, 100, 0, 0, 239, 1, 2, 3, 0x02, 125, 0, 0]);
    let mut mld = vec![130, 0, 0, 0, 0x27, 0x10, 0, 0];
    mld.extend([0; 16]);
    mld.extend([0x02, 125, 0, 0]);
    let mut ends = vec![0xfe, 0x80];
    ends.extend([0; 13]);
    ends.extend([2, 0xff, 2]);
    ends.extend([0; 13]);
    ends.push(1);
    let mut pseudo = ends.clone();
    pseudo.extend([0, 0, 0, 28, 0, 0, 0, 58]);
    fill(&mut mld, 2, &pseudo);
    let header = [
        &[0x60, 0, 0, 0, 0, 36, 0, 1][..],
        &ends,
        &[58, 0, 5, 2, 0, 0, 1, 0],
    ]
    .concat();
    let mld = [ethernet([0x33, 0x33, 0, 0, 0, 1], 0x86dd), header, mld].concat();
    let mut echo = vec![8, 0, 0, 0, 0, 1, 0, 1, b'p', b'i', b'n', b'g'];
    fill(&mut echo, 2, &[]);
    let mut header = vec![
        0x45, 0, 0, 32, 0, 1, 0, 0, 64, 1, 0, 0, 192, 0, 2, 2, 192, 0, 2, 1,
    ];
    fill(&mut header, 10, &[]);
    let echo = [ethernet([2, 0, 0, 0, 0, 1], 0x0800), header, echo].concat();
    vec![v2, v3, mld, echo]
}

/// Writes the Internet checksum of `bytes` and what is before them to a place that is 0.
fn fill(bytes: &mut [u8], at: usize, before: &[u8]) {
    let words = before.chunks(2).chain(bytes.chunks(2));
    let sum: u32 = words
        .map(|word| {
            let byte = |at| word.get(at).copied().map_or(0, u32::from);
            byte(0) << 8 | byte(1)
        })
        .sum();
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = (sum & 0xffff) + (sum >> 16);
    let [high, low] = u16::try_from(!sum & 0xffff)
        .expect("it is cut")
        .to_be_bytes();
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&[high, low]);
    }
}
