//! Datagrams that came together to a driver: what its handler does in the middle counts for the rest.

#![expect(clippy::unwrap_used, reason = "a test's way to fail")]

use core::net::Ipv4Addr;
use core::time::Duration;

use anydgram_core::{
    Datagram, Destination, Event, Handler, Limits, Options, Rule, Socket, SocketId, SocketSlot,
    SocketType, Sockets, Stats,
};
use anydgram_std::Driver;

const LIMIT: Duration = Duration::from_secs(30);
/// So many datagrams come before, to have the system hand those together that come together.
const BEFORE: u32 = 8;
/// So many come together.
const COUNT: u8 = 20;
/// At this one, something is done.
const MIDDLE: u8 = 4;
const LAST: u8 = COUNT - 1;

/// What a test does in the middle.
type Act = fn(&mut Sockets<'_, '_>, Ids);

#[derive(Clone, Copy)]
struct Ids {
    sender: SocketId,
    receiver: SocketId,
}

/// Logs what comes, and acts.
struct Application {
    ids: Ids,
    act: Act,
    before: u32,
    log: Vec<String>,
    /// How many of the datagrams had come together with others.
    together: u8,
}

impl Handler for Application {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            assert_eq!(id, self.ids.receiver);
            let Some(&index) = message.data.first() else {
                self.before += 1;
                return;
            };
            self.log.push(index.to_string());
            self.together += u8::from(message.meta.segment_stride.is_some());
            if index == MIDDLE {
                (self.act)(sockets, self.ids);
            }
        } else if !matches!(event, Event::Listening) {
            self.log.push(format!("{event:?}"));
        }
    }
}

/// What has happened when a handler has done something in the middle, and what the socket has counted if it is there.
fn when(act: Act) -> (Application, Option<Stats>) {
    let mut slots = [SocketSlot::new(), SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let mut add = || {
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        socket.bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        sockets.add(socket).unwrap()
    };
    let ids = Ids {
        sender: add(),
        receiver: add(),
    };
    let mut application = Application {
        ids,
        act,
        before: 0,
        log: Vec::new(),
        together: 0,
    };
    let mut driver = Driver::new().unwrap();
    driver.poll(driver.now(), &mut sockets, &mut application);
    let port = sockets.get(ids.receiver).unwrap().address().unwrap().port;
    let to = Destination::new(Ipv4Addr::LOCALHOST, port);
    let send = |sockets: &mut Sockets<'_, '_>, payload: &[u8]| {
        let sender = sockets.get_mut(ids.sender).unwrap();
        sender
            .send(Datagram::new(payload).to(to).unreported())
            .unwrap();
    };
    for _ in 0..BEFORE {
        send(&mut sockets, &[]);
    }
    while application.before < BEFORE {
        driver
            .run_for(Duration::ZERO, &mut sockets, &mut application)
            .unwrap();
    }
    for index in 0..COUNT {
        send(&mut sockets, &[index]);
    }
    // Until a last one has come, or it is clear that none will.
    let end = driver.now().saturating_add(LIMIT);
    let total = BEFORE + u32::from(COUNT);
    let is_over = |sockets: &Sockets<'_, '_>| {
        let receiver = sockets.get(ids.receiver);
        receiver.is_none_or(|socket| socket.stats().received == total || socket.is_finished())
    };
    while !is_over(&sockets) {
        assert!(driver.now() < end, "it does not happen");
        driver
            .run_for(Duration::ZERO, &mut sockets, &mut application)
            .unwrap();
    }
    let stats = sockets.get(ids.receiver).map(Socket::stats);
    (application, stats)
}

fn numbers(last: u8) -> Vec<String> {
    (0..=last).map(|index| index.to_string()).collect()
}

#[test]
fn datagrams_of_one_length_come_together() {
    let (application, stats) = when(|_, _| {});
    assert_eq!(application.log, numbers(LAST));
    let all = BEFORE + u32::from(COUNT);
    let stats = stats.unwrap();
    assert_eq!((stats.received, stats.delivered), (all, all));
    if cfg!(target_os = "linux") {
        assert_eq!(application.together, COUNT);
    }
}

#[test]
fn each_is_counted_before_it_is_told() {
    let (application, _) = when(|sockets, ids| {
        let stats = sockets.get(ids.receiver).unwrap().stats();
        let told = BEFORE + u32::from(MIDDLE) + 1;
        assert_eq!((stats.received, stats.delivered), (told, told));
    });
    assert_eq!(application.log, numbers(LAST));
}

#[test]
fn a_socket_that_is_closed_hears_no_more() {
    let (application, stats) = when(|sockets, ids| {
        sockets.get_mut(ids.receiver).unwrap().close().unwrap();
    });
    let expected = [numbers(MIDDLE), vec!["Close".into()]].concat();
    assert_eq!(application.log, expected);
    let stats = stats.unwrap();
    assert_eq!(stats.received, stats.delivered + stats.dropped_not_running);
    assert_eq!(stats.delivered, BEFORE + u32::from(MIDDLE) + 1);
}

#[test]
fn a_socket_that_is_removed_hears_no_more_nor_does_the_next_in_its_place() {
    let (application, stats) = when(|sockets, ids| {
        drop(sockets.remove(ids.receiver));
    });
    assert_eq!((application.log, stats), (numbers(MIDDLE), None));
    let (application, stats) = when(|sockets, ids| {
        let socket = sockets.remove(ids.receiver).unwrap();
        let options = *socket.options();
        let added = sockets.add(socket.renew(options)).unwrap();
        assert_ne!(added, ids.receiver);
        assert_eq!(added.index(), ids.receiver.index());
    });
    assert_eq!((application.log, stats), (numbers(MIDDLE), None));
}

#[test]
fn a_sender_that_is_blocked_is_heard_no_more() {
    let (application, stats) = when(|sockets, ids| {
        let receiver = sockets.get_mut(ids.receiver).unwrap();
        let rule = Rule::address(Ipv4Addr::LOCALHOST.into());
        receiver.block_receiving(rule).unwrap();
    });
    assert_eq!(application.log, numbers(MIDDLE));
    assert_eq!(stats.unwrap().dropped_blocked, u32::from(LAST - MIDDLE));
}

#[test]
fn turns_come_before_the_next_datagram() {
    let (application, stats) = when(|sockets, ids| {
        sockets.get_mut(ids.sender).unwrap().close().unwrap();
        let receiver = sockets.get_mut(ids.receiver).unwrap();
        let nobody = Destination::new(Ipv4Addr::LOCALHOST, 9);
        receiver.connect(nobody).unwrap();
    });
    // The connect is made before the next datagram, too.
    let expected = [numbers(MIDDLE), vec!["Close".into(), "Connect".into()]].concat();
    assert_eq!(application.log, expected);
    assert_eq!(stats.unwrap().dropped_peer, u32::from(LAST - MIDDLE));
}
