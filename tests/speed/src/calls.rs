//! How many system calls datagrams and sockets cost, counted: the figures that no neighbour changes.

use std::error::Error;
use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::peers::{self, Peer};
use crate::stage::Role;
use crate::traced::Traced;

/// What is counted.
struct Case {
    /// In the table.
    unit: &'static str,
    role: Role,
    /// Who sends to it, and its number.
    other: Option<(Role, usize)>,
    /// The system calls of which each unit has one.
    one: &'static [libc::c_long],
    /// Peers, with the most that each may make, if that is settled.
    peers: &'static [(&'static str, Option<f64>)],
}

const RECEIVES: &[libc::c_long] = &[libc::SYS_recvfrom, libc::SYS_recvmsg, libc::SYS_recvmmsg];
const WAITS: &[libc::c_long] = &[
    // Which newer architectures do without.
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
];
const SENDS: &[libc::c_long] = &[libc::SYS_sendto, libc::SYS_sendmsg, libc::SYS_sendmmsg];

const CASES: &[Case] = &[
    Case {
        unit: "datagram, 1000 a second",
        role: Role::Receive,
        other: Some((Role::Pace, 1_000)),
        one: RECEIVES,
        peers: &[
            (peers::STD, Some(1.05)),
            (peers::LOOP, Some(2.05)),
            (peers::DRIVER, None),
            (peers::ASYNC, None),
        ],
    },
    Case {
        unit: "wake-up, 1000 datagrams a second",
        role: Role::Receive,
        other: Some((Role::Pace, 1_000)),
        one: WAITS,
        peers: &[
            (peers::LOOP, Some(2.05)),
            (peers::ASYNC, None),
            (peers::ASYNC_MANY, Some(2.05)),
        ],
    },
    Case {
        unit: "round trip, 1 outstanding",
        role: Role::Echo,
        other: Some((Role::Ping, 1)),
        one: SENDS,
        peers: &[
            (peers::STD, Some(2.05)),
            (peers::LOOP, Some(3.05)),
            (peers::DRIVER, None),
            (peers::ASYNC, None),
        ],
    },
    Case {
        unit: "socket, created, bound and closed",
        role: Role::Churn,
        other: None,
        one: &[libc::SYS_socket],
        peers: &[
            (peers::STD, Some(3.05)),
            (peers::LOOP, Some(4.1)),
            (peers::ASYNC, None),
        ],
    },
];

/// Counts all, and prints a table.
///
/// # Errors
/// Somebody makes more calls than settled.
pub fn count() -> Result<(), Box<dyn Error>> {
    println!("| one | way | system calls | at most |\n|---|---|---|---|");
    let mut failed = Vec::new();
    for case in CASES {
        for (name, most) in case.peers {
            let calls = case.count(name)?;
            let limit = most.map_or("–".into(), |most| most.to_string());
            println!("| {} | {name} | {calls:.2} | {limit} |", case.unit);
            if most.is_some_and(|most| calls > most) {
                failed.push(format!("{name}: {calls:.2} for one {}", case.unit));
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("too many system calls: {}", failed.join("; ")).into())
}

impl Case {
    /// How many a peer makes for one.
    fn count(&self, name: &str) -> io::Result<f64> {
        let mut traced = Traced::start(&mut command(name, self.role, 0)?)?;
        // It is asked nothing, and ends with its input.
        let _input = traced.child.stdin.take();
        let output = traced.child.stdout.take().expect("it is piped");
        let (tell, others) = mpsc::channel();
        let other = self.other;
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(output).read_line(&mut line);
            let port = read.map(|_| line.trim().trim_start_matches("ready ").to_string());
            let other = port.and_then(|port| other.map(|other| start(other, &port)).transpose());
            // Who has given up needs it no more.
            let _ = tell.send(other);
        });
        let calls = self.count_calls(&mut traced);
        if let Ok(Ok(Some(mut other))) = others.recv() {
            other.kill()?;
            other.wait()?;
        }
        calls
    }

    fn count_calls(&self, traced: &mut Traced) -> io::Result<f64> {
        let mut next = || {
            let call = traced.next()?;
            let is_one = |one: &libc::c_long| u64::try_from(*one) == Ok(call);
            io::Result::Ok(self.one.iter().any(is_one))
        };
        let mut ones = 0;
        while ones < WARM_UP {
            ones += u32::from(next()?);
        }
        let mut calls = 0;
        while ones < WARM_UP + COUNT {
            ones += u32::from(next()?);
            calls += 1;
        }
        Ok(f64::from(calls) / f64::from(COUNT))
    }
}

/// Starts std as the one that sends.
fn start((role, number): (Role, usize), port: &str) -> io::Result<Child> {
    let mut command = command(peers::STD, role, number)?;
    command.args(["127.0.0.1", port]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null());
    child.spawn()
}

fn command(name: &str, role: Role, number: usize) -> io::Result<Command> {
    let own = peers::own();
    let peer: &Peer = own
        .iter()
        .find(|peer| peer.name == name)
        .expect("it is there");
    let mut command = peer.command()?;
    command.args([role.name(), SIZE, &number.to_string()]);
    Ok(command)
}

/// Bytes of a datagram.
const SIZE: &str = "64";
/// How many are not counted, at the beginning.
const WARM_UP: u32 = 64;
/// How many are.
const COUNT: u32 = 256;
