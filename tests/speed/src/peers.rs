//! Who is measured.

mod async_batches;
mod async_socket;
mod by_hand;
mod driver;
mod event_loop;
mod messages;
mod metadata;
mod programs;
mod quinn;
mod standard;
mod tokio;

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use crate::stage::{Role, Stage};

pub use programs::programs;

/// A way to send and to receive.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its name in tables and arguments.
    pub name: &'static str,
    /// What it is compared with.
    pub group: Group,
    player: Code,
}

/// Ways that do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Each datagram is sent by its own call.
    OneByOne,
    /// Datagrams of different lengths, sent together.
    Mixed,
    /// Datagrams of one length, sent together.
    Equal,
}

/// What a peer does in a role, for ever.
type Play = fn(&'static Stage);

#[derive(Clone, Debug)]
enum Code {
    /// A process of this program.
    Own(&'static [(Role, Play)]),
    /// Another program, with its first arguments, and the roles that it plays.
    Program(Vec<String>, &'static [Role]),
}

impl Peer {
    const fn own(name: &'static str, group: Group, roles: &'static [(Role, Play)]) -> Self {
        Self {
            name,
            group,
            player: Code::Own(roles),
        }
    }

    /// Whether it can play a role.
    pub fn plays(&self, role: Role) -> bool {
        match &self.player {
            Code::Own(roles) => roles.iter().any(|(of, _)| *of == role),
            Code::Program(_, roles) => roles.contains(&role),
        }
    }

    /// A process for one role, which is its next argument.
    pub fn command(&self) -> io::Result<Command> {
        Ok(match &self.player {
            Code::Own(_) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["play", self.name]);
                command
            }
            Code::Program(arguments, _) => {
                let mut command = Command::new(&arguments[0]);
                command.args(&arguments[1..]);
                command
            }
        })
    }

    /// Plays a role in this process.
    pub fn play(&self, role: Role, stage: Stage) {
        let Code::Own(roles) = &self.player else {
            return;
        };
        if let Some((_, play)) = roles.iter().find(|(of, _)| *of == role) {
            play(Box::leak(Box::new(stage)));
        }
    }
}

/// The peers that are in this program; the first of each group is what the others are compared with.
pub fn own() -> Vec<Peer> {
    use Group::{Equal, Mixed, OneByOne};
    vec![
        Peer::own(STD, OneByOne, standard::ROLES),
        Peer::own(TOKIO, OneByOne, tokio::ROLES),
        Peer::own(LOOP, OneByOne, event_loop::ROLES),
        Peer::own(LOOP_ASKING, OneByOne, metadata::LOOP),
        Peer::own(ASYNC, OneByOne, async_socket::ROLES),
        Peer::own(MMSG, Mixed, by_hand::MIXED),
        Peer::own(MMSG_WATCHED, Mixed, by_hand::MIXED_WATCHED),
        Peer::own(DRIVER_MIXED, Mixed, driver::MIXED),
        Peer::own(MANY_MIXED, Mixed, event_loop::MIXED),
        Peer::own(ASYNC_MIXED, Mixed, async_batches::MIXED),
        Peer::own(TOUCH, Equal, by_hand::TOUCH),
        Peer::own(TOUCH_MOST, Equal, by_hand::TOUCH_MOST),
        Peer::own(GSO, Equal, by_hand::GSO),
        Peer::own(QUINN, Equal, quinn::ROLES),
        Peer::own(DRIVER, Equal, driver::EQUAL),
        Peer::own(DRIVER_ASKING, Equal, metadata::DRIVER),
        Peer::own(MANY, Equal, event_loop::EQUAL),
        Peer::own(ASYNC_MANY, Equal, async_batches::EQUAL),
    ]
}

pub const STD: &str = "std";
pub const TOKIO: &str = "tokio";
pub const LOOP: &str = "anydgram event loop";
pub const ASYNC: &str = "anydgram tokio";
pub const MMSG: &str = "mmsg by hand";
pub const MMSG_WATCHED: &str = "mmsg by hand, epoll";
pub const DRIVER_MIXED: &str = "anydgram driver, mixed";
pub const MANY_MIXED: &str = "anydgram send_many, mixed";
pub const TOUCH: &str = "gso-touch by hand";
pub const TOUCH_MOST: &str = "gso-touch by hand, 128";
pub const GSO: &str = "gso by hand";
pub const QUINN: &str = "quinn-udp";
pub const DRIVER: &str = "anydgram driver";
pub const MANY: &str = "anydgram send_many";
pub const ASYNC_MIXED: &str = "anydgram tokio many, mixed";
pub const ASYNC_MANY: &str = "anydgram tokio many";
pub const NODE: &str = "node";
pub const BUN: &str = "Bun.udpSocket";
pub const BUN_MANY: &str = "Bun.udpSocket sendMany, mixed";
pub const LOOP_ASKING: &str = "anydgram event loop, metadata";
pub const DRIVER_ASKING: &str = "anydgram driver, metadata";

/// A socket on a port of the system's choice, with room for much.
fn bound() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a port");
    rustix::net::sockopt::set_socket_recv_buffer_size(&socket, BUFFER).expect("a size");
    rustix::net::sockopt::set_socket_send_buffer_size(&socket, BUFFER).expect("a size");
    socket
}

/// Looks at a datagram, as an application would.
#[inline(never)]
fn touch(datagram: &[u8]) -> u64 {
    u64::from(std::hint::black_box(datagram).first() == Some(&1))
}

/// The kernel buffers of every socket that sends or receives, as far as the system allows.
const BUFFER: usize = 4 << 20;
/// Room for the longest datagram.
const ROOM: usize = 65_536;
/// By how many bytes datagrams of different lengths differ at most.
const MIXED: usize = 64;
/// How long tasks that have been spawned are given to begin.
const PAUSE: Duration = Duration::from_millis(20);
