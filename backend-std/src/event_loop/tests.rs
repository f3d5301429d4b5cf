//! What only a test inside of the crate can see: allocations.

use core::cell::Cell;

use anydgram_core::{BindOptions, Datagram, Destination, SocketType};

use super::*;
use crate::sys::allocations;

#[test]
fn datagrams_cost_no_allocation() {
    let event_loop = EventLoop::new().unwrap();
    let received = Rc::new(Cell::new(0));
    let [left, right] = [(); 2].map(|()| {
        let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
        let count = Rc::clone(&received);
        socket.on_message(move |socket, message| {
            count.set(count.get() + 1);
            let back = Datagram::new(message.data).reply_to(message.meta);
            socket.send(back).unwrap();
        });
        let anywhere = BindOptions::port(0).address("127.0.0.1");
        socket.bind_sync(anywhere).unwrap();
        socket
    });
    let to = Destination::local(right.address().unwrap().port);
    left.send(Datagram::new("ball").to(to)).unwrap();
    let play = |count: usize| {
        received.set(0);
        while received.get() < count {
            assert!(event_loop.turn(Some(Duration::from_secs(5))).unwrap());
        }
    };
    play(100);
    let (allocated, ()) = allocations::count(|| play(1_000));
    assert_eq!(allocated, 0);
}
