//! What only a test inside of the crate can see: allocations, and a system without room.

#[cfg(target_os = "linux")]
mod room;

use core::net::Ipv4Addr;

use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Limits, Options, Socket, SocketSlot, SocketType,
};

use super::*;
use crate::backlog::RETRY;
use crate::sys::allocations;

/// Two sockets that send one datagram to and fro.
#[derive(Default)]
struct Rally {
    received: usize,
    sent: usize,
}

impl Handler for Rally {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.received += 1;
            let back = Datagram::new(message.data).reply_to(message.meta);
            sockets.get_mut(id).unwrap().send(back).unwrap();
        }
        if let Event::Sent { result, .. } = event {
            assert!(result.is_ok());
            self.sent += 1;
        }
    }
}

fn bound_to(address: Ipv4Addr, options: Options) -> Socket<'static> {
    bound_with(address, options, Limits::new())
}

fn bound_with(address: Ipv4Addr, options: Options, limits: Limits) -> Socket<'static> {
    let mut socket = Socket::with_heap(options, limits);
    socket.bind(BindOptions::port(0).address(address)).unwrap();
    socket
}

#[test]
fn datagrams_cost_no_allocation() {
    let mut slots = [SocketSlot::new(), SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let options = Options::new(SocketType::Udp4);
    let [left, right] =
        [(); 2].map(|()| sockets.add(bound_to(Ipv4Addr::LOCALHOST, options)).unwrap());
    let (mut driver, mut rally) = (Driver::new().unwrap(), Rally::default());
    driver.poll(driver.now(), &mut sockets, &mut rally);
    let port = sockets.get(right).unwrap().address().unwrap().port;
    let serve = Datagram::new("ball").to(Destination::local(port));
    sockets.get_mut(left).unwrap().send(serve).unwrap();
    let mut play = |count: usize| {
        rally = Rally::default();
        while rally.received < count {
            driver.poll(driver.now(), &mut sockets, &mut rally);
            driver.wait(Some(Duration::from_secs(5))).unwrap();
        }
        rally.sent
    };
    play(100);
    let (allocated, sent) = allocations::count(|| play(1_000));
    assert_eq!(allocated, 0);
    assert!(sent >= 999);
}

#[cfg(target_os = "linux")]
#[test]
fn datagrams_wait_for_room_in_the_system() {
    crate::test_namespace::run(|| {
        const COUNT: usize = 64;
        let mut slots = [SocketSlot::new()];
        let mut sockets = Sockets::new(&mut slots);
        let options = Options::new(SocketType::Udp4).send_buffer_size(1);
        let socket = bound_to(Ipv4Addr::new(192, 0, 2, 10), options);
        let id = sockets.add(socket).unwrap();
        // Until somebody knows this neighbour, datagrams for it stay in the socket's buffer.
        let to = Destination::new(Ipv4Addr::new(192, 0, 2, 99), 9);
        for number in 0..COUNT {
            let socket = sockets.get_mut(id).unwrap();
            // Each longer than the one before it, so that the system cannot be given them as one.
            let payload = &[0; 1000 + COUNT][..1000 + number];
            socket.send(Datagram::new(payload).to(to)).unwrap();
        }
        let (mut driver, mut rally) = (Driver::new().unwrap(), Rally::default());
        let now = driver.now();
        let next = driver.poll(now, &mut sockets, &mut rally);
        assert_eq!(next, Some(now.saturating_add(RETRY)));
        assert!(rally.sent < COUNT, "{}", rally.sent);
        let waiting = sockets.get_mut(id).unwrap().send_queue_count();
        assert_eq!(waiting + rally.sent, COUNT);
        // Nothing to do before then, and nothing has changed by then.
        let again = driver.poll(now, &mut sockets, &mut rally);
        assert_eq!(again, next);
        driver.poll(now.saturating_add(RETRY), &mut sockets, &mut rally);
        assert!(rally.sent < COUNT, "{}", rally.sent);
        crate::test_namespace::introduce("192.0.2.99");
        let limit = Duration::from_millis(20);
        for _ in 0..250 {
            driver.run_for(limit, &mut sockets, &mut rally).unwrap();
            if rally.sent == COUNT {
                break;
            }
        }
        assert_eq!(rally.sent, COUNT);
        let now = driver.now();
        let room = now.saturating_add(RETRY);
        driver.poll(room, &mut sockets, &mut rally);
        assert_eq!(driver.poll(room, &mut sockets, &mut rally), None);
        sockets.get_mut(id).unwrap().close().unwrap();
        driver.run(&mut sockets, &mut rally).unwrap();
    });
}
