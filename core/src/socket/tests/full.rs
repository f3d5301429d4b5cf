//! No room: what is told of it, and counted.

use super::*;
use crate::{Offer, Storage};

const BUFFER: Transmitted = Transmitted::Blocked(Full::Buffer);
const MEMORY: Transmitted = Transmitted::Blocked(Full::Memory);

/// How often the buffer, the memory and the queue were full.
fn full(socket: &Socket<'_>) -> (u32, u32, u32) {
    let stats = socket.stats();
    (stats.buffer_full, stats.memory_full, stats.overflowed)
}

#[test]
fn each_lack_of_room_is_counted_apart() {
    let mut storage: Storage<8, 2, 0, 8, 0> = Storage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    let mut backend = Backend::new();
    socket.bind(BindOptions::default()).unwrap();
    backend.turn(&mut socket);
    socket.send_now(hello("a"), |_| BUFFER).unwrap();
    assert_eq!(full(&socket), (1, 0, 0));
    assert_eq!(socket.transmit_next(|_| MEMORY), Some(MEMORY));
    let token = socket.poll_transmit().unwrap().token;
    socket.handle_transmit(token, MEMORY);
    assert_eq!(full(&socket), (1, 2, 0));
    socket
        .send_now(hello("b"), |_| panic!("one is before it"))
        .unwrap();
    assert_eq!(socket.send(hello("c")), Err(Misuse::QueueFull));
    assert_eq!(full(&socket), (1, 2, 1));
    backend.turn(&mut socket);
    assert_eq!((full(&socket), socket.stats().sent), ((1, 2, 1), 2));
}

#[test]
fn a_send_that_is_taken_back_is_counted_and_was_never_asked_for() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let mut backend = Backend::new();
    socket.bind(BindOptions::default()).unwrap();
    backend.turn(&mut socket);
    for what in [Full::Buffer, Full::Memory, Full::Memory] {
        let Ok(Offer::Ready(ready)) = socket.offer(hello("a")) else {
            panic!("it could leave");
        };
        ready.take_back(what);
    }
    assert_eq!(full(&socket), (1, 2, 0));
    assert_eq!(events(&mut socket), [""; 0]);
    assert_eq!((socket.send_queue_count(), socket.stats().sent), (0, 0));
}
