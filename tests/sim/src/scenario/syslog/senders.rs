//! Clients by tasks: a process, and the application of the host, which logs what a sensor on another host has to say.

use alloc::rc::Rc;
use core::net::IpAddr;

use anydgram_core::{
    Datagram, Destination, Event, Handler, Instant, Limits, Options, Socket, SocketId, SocketType,
    Sockets,
};

use super::book::{Book, Line};
use super::{HOST, LOG, PERIOD, PORT, RELAY};
use crate::application::Start;
use crate::tasks;

/// Logs by a connected socket, and by a new one when a line was refused, or waits for too long.
pub(super) async fn log_by_tasks(host: tasks::Host<'_>, book: Rc<Book>) {
    let mut line = Line {
        client: 2,
        life: host.boots(),
        number: 0,
    };
    while !book.is_done_with(line.client) {
        let socket = host.unix_socket();
        if socket.connect(LOG).await.is_err() {
            host.sleep(PERIOD).await;
            continue;
        }
        let mut is_connected = true;
        while is_connected && !book.is_done_with(line.client) {
            host.sleep(PERIOD).await;
            let sent = host
                .timeout(PERIOD * 10, socket.send(&line.bytes()[..]))
                .await;
            is_connected = matches!(sent, Ok(Ok(_)));
            // Of what waits for too long nothing is heard: it is lost with its socket, or not.
            if let Ok(sent) = sent {
                book.tell(line, sent.is_ok());
            }
            line.number += 1;
        }
    }
}

/// Logs a line for each datagram of the sensor.
pub(super) async fn relay(host: tasks::Host<'_>, book: Rc<Book>) {
    let mut line = Line {
        client: RELAY,
        life: host.boots(),
        number: 0,
    };
    let socket = host.unix_socket();
    let Ok(sensor) = host.bound(SocketType::Udp4, PORT).await else {
        return;
    };
    let mut buffer = [0; 100];
    while !book.is_done_with(line.client) {
        // A refusal is of nothing that it has sent.
        if sensor.recv(&mut buffer).await.is_ok() {
            let sent = socket.send_to(&line.bytes()[..], LOG).await;
            book.tell(line, sent.is_ok());
            line.number += 1;
        }
    }
}

/// Tells the host something now and then.
pub(super) struct Sensor {
    socket: SocketId,
    book: Rc<Book>,
    wakes_at: Instant,
}

impl Sensor {
    pub(super) fn start(start: &mut Start<'_, '_>, book: Rc<Book>) -> Self {
        let socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        Self {
            socket: start.sockets.add(socket).expect("there is room"),
            book,
            wakes_at: start.now,
        }
    }
}

impl Handler for Sensor {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, _: Event<'_>) {}

    fn wake_at(&self) -> Option<Instant> {
        (!self.book.is_done_with(RELAY)).then_some(self.wakes_at)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.wakes_at = now.saturating_add(PERIOD);
        if let Some(socket) = sockets.get_mut(self.socket) {
            let host = Destination::new(IpAddr::from(HOST), PORT);
            // There is another one soon.
            socket
                .send(Datagram::new("21 °C").to(host).unreported())
                .ok();
        }
    }
}
