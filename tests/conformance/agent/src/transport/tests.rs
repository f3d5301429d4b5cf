//! A runner and a board, with datagrams that get lost and come twice.

use alloc::vec;
use alloc::vec::Vec;

use anydgram_core::{Errno, Misuse, Operation, Syscall, SystemError};

use super::*;
use crate::{Bytes, Call};

/// What was told, as it was written.
#[derive(Default)]
struct Kept(Vec<(SocketNumber, Vec<u8>)>);

impl Told for Kept {
    fn told(&mut self, socket: SocketNumber, happened: Happened<'_>) {
        let mut room = vec![0; 4_096];
        let written = postcard::to_slice(&happened, &mut room).expect("there is room");
        self.0.push((socket, written.to_vec()));
    }
}

/// Crosses the wire.
fn over(packet: Packet<'_>) -> Vec<u8> {
    packet.write(&mut [0; LONGEST]).to_vec()
}

/// What the board sends back, if anything; executes at most once.
fn send(
    server: &mut Server<'_>,
    datagram: &[u8],
    execute: &mut dyn FnMut(Command<'_>, &mut Log<'_>) -> Reply,
) -> Option<Vec<u8>> {
    let packet = Packet::read(datagram).expect("it is one");
    match server.receive(packet) {
        Turn::Answer(packet) => return Some(over(packet)),
        Turn::Ignore => return None,
        Turn::Execute => {}
    }
    let mut bytes = [0; 2_000];
    let mut log = Log::new(&mut bytes);
    let reply = execute(server.command().expect("it is one"), &mut log);
    match server.finish(&reply, &mut log) {
        Turn::Answer(packet) => Some(over(packet)),
        Turn::Ignore | Turn::Execute => None,
    }
}

/// Sends a command, each datagram `times` times, and reads the reply.
fn ask(
    server: &mut Server<'_>,
    number: u32,
    command: &Command<'_>,
    times: usize,
    execute: &mut dyn FnMut(Command<'_>, &mut Log<'_>) -> Reply,
) -> Option<(Reply, Kept)> {
    let mut room = vec![0; 10_000];
    let written = write_command(command, &mut room)
        .expect("there is room")
        .to_vec();
    let mut wanted = over(Packet::part(number, &written, 0)?);
    let mut reply = Vec::new();
    for _ in 0..100 {
        let mut answer = None;
        for _ in 0..times {
            answer = send(server, &wanted, execute);
        }
        match Packet::read(&answer?)? {
            Packet::Next { offset, .. } => wanted = over(Packet::part(number, &written, offset)?),
            Packet::Part { total, bytes, .. } => {
                reply.extend(bytes);
                let offset = u32::try_from(reply.len()).ok()?;
                if offset == total {
                    let mut kept = Kept::default();
                    return Some((read_reply(&reply, &mut kept)?, kept));
                }
                wanted = over(Packet::Next { number, offset });
            }
        }
    }
    None
}

#[test]
fn a_command_of_many_parts_is_executed_once_and_so_is_its_reply() {
    let (mut command, mut reply) = ([0; 8_000], [0; 4_000]);
    let mut server = Server::new(&mut command, &mut reply);
    let payload: Vec<u8> = (0..=255).cycle().take(7_000).collect();
    let to = None;
    let number = None;
    let bytes = Bytes::Slice(&payload);
    let sent = Command::Call(3, Call::Send { bytes, to, number });
    let data = [7; 1_900];
    let mut executed = 0;
    for (at, times) in [(1, 1), (2, 3)] {
        let execute = &mut |command: Command<'_>, log: &mut Log<'_>| {
            executed += 1;
            assert_eq!(command, sent);
            let sender = (core::net::IpAddr::from([192, 0, 2, 1]), 9).into();
            log.told(
                4,
                Happened::Message {
                    data: &data,
                    sender,
                },
            );
            log.told(5, Happened::Close);
            Err(Misuse::NotRunning.into())
        };
        let (reply, kept) = ask(&mut server, at, &sent, times, execute).expect("it is answered");
        assert_eq!(reply, Err(Misuse::NotRunning.into()));
        let sockets: Vec<_> = kept.0.iter().map(|(socket, _)| *socket).collect();
        assert_eq!(sockets, [4, 5]);
        assert!(kept.0[0].1.len() > data.len());
    }
    assert_eq!(executed, 2);
}

#[test]
fn what_finds_no_room_is_said_to_be_impossible() {
    let (mut command, mut reply) = ([0; 100], [0; 1_000]);
    let mut server = Server::new(&mut command, &mut reply);
    let execute = &mut |_: Command<'_>, log: &mut Log<'_>| {
        let data = &[0; 1_990];
        let sender = (core::net::IpAddr::from([192, 0, 2, 1]), 9).into();
        log.told(0, Happened::Message { data, sender });
        Ok(Answer::Done)
    };
    let (reply, kept) = ask(&mut server, 1, &Command::Step, 1, execute).expect("it is answered");
    assert_eq!(reply, Ok(Answer::Impossible));
    assert!(kept.0.is_empty());
    // The next one is not concerned.
    let execute = &mut |_: Command<'_>, log: &mut Log<'_>| {
        let error = SystemError::new(Syscall::Bind, Errno::EADDRINUSE).into();
        log.told(
            0,
            Happened::Error {
                operation: Operation::Bind,
                error,
            },
        );
        Ok(Answer::More(true))
    };
    let (reply, kept) = ask(&mut server, 2, &Command::Step, 1, execute).expect("it is answered");
    assert_eq!(reply, Ok(Answer::More(true)));
    assert_eq!(kept.0.len(), 1);
}

#[test]
fn a_command_without_room_is_never_executed() {
    let (mut command, mut reply) = ([0; 100], [0; 100]);
    let mut server = Server::new(&mut command, &mut reply);
    let (to, number) = (None, None);
    let bytes = Bytes::Slice(&[0; 200]);
    let sent = Command::Call(3, Call::Send { bytes, to, number });
    let execute = &mut |_: Command<'_>, _: &mut Log<'_>| panic!("it did not fit");
    assert!(ask(&mut server, 1, &sent, 1, execute).is_none());
}

#[test]
fn what_nobody_asked_for_is_ignored() {
    let (mut command, mut reply) = ([0; 100], [0; 100]);
    let mut server = Server::new(&mut command, &mut reply);
    let early = Packet::Next {
        number: 1,
        offset: 0,
    };
    assert_eq!(server.receive(early), Turn::Ignore);
    // Out of order: the board says what it wants.
    let late = Packet::Part {
        number: 1,
        total: 9,
        offset: 4,
        bytes: b"x",
    };
    let wanted = Packet::Next {
        number: 1,
        offset: 0,
    };
    assert_eq!(server.receive(late), Turn::Answer(wanted));
    assert_eq!(Packet::read(&[]), None);
    assert_eq!(Packet::read(&[9]), None);
}
