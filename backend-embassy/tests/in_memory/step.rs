//! Hosts whose sockets take a turn when they are asked to, and lookups of the application's own.

use core::cell::RefCell;
use core::net::Ipv4Addr;

use anydgram_core::stack::Lookup;
use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Endpoint, Errno, Event, Handler,
    Host as GivenHost, Limits, LookupToken, Options, Socket, SocketId, SocketType, Sockets,
};

use crate::lab::{Computer, Lab, leaked};

/// Keeps what happens, as text.
#[derive(Default)]
struct Told(Vec<String>);

impl Handler for Told {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        self.0.push(if let Event::Message(message) = event {
            format!("message {}", message.data.len())
        } else if let Event::Sent { result, .. } = event {
            format!("sent {result:?}")
        } else {
            format!("{event:?}")
        });
    }
}

impl Computer<Told> {
    fn add(&self, options: Options) -> SocketId {
        let socket = Socket::with_heap(options, Limits::new());
        self.host.with(|sockets, _| sockets.add(socket).unwrap())
    }

    fn step(&self, lab: &mut Lab) -> bool {
        lab.wait_for(0, self.host.step())
            .expect("the runner is there")
    }

    fn told(&self) -> Vec<String> {
        self.host.with(|_, told| core::mem::take(&mut told.0))
    }

    fn work<T>(&self, id: SocketId, work: impl FnOnce(&mut Socket<'static>) -> T) -> T {
        self.host
            .with(|sockets, _| work(sockets.get_mut(id).unwrap()))
    }

    /// Steps until there is nothing more to do; what was told in each step.
    fn steps(&self, lab: &mut Lab) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        while self.step(lab) {
            all.push(self.told());
        }
        all.retain(|told| !told.is_empty());
        all
    }
}

fn to(number: u8, port: u16) -> Endpoint {
    Endpoint::new(Address::new(Ipv4Addr::new(192, 0, 2, number).into()), port)
}

#[test]
fn nothing_happens_before_a_step_and_one_thing_within() {
    let mut lab = Lab::new();
    let a = lab.stepped(1, Told::default());
    let id = a.add(Options::new(SocketType::Udp4));
    a.work(id, |socket| socket.bind(BindOptions::port(7)).unwrap());
    lab.pass(1_000);
    assert_eq!(a.told(), [""; 0]);
    assert_eq!(a.steps(&mut lab), [["Listening"]]);
    for bytes in [1, 2] {
        let datagram = Datagram::new(&[0; 2][..bytes]).to(to(1, 7));
        a.host.send(id, datagram).unwrap();
    }
    assert_eq!(
        a.work(id, |socket| socket.send_queue_count()),
        0,
        "it stays here"
    );
    lab.pass(1_000);
    assert_eq!(a.told(), [""; 0]);
    assert!(a.host.poll_at().is_some());
    assert_eq!(
        a.steps(&mut lab),
        [["sent Ok(1)"], ["sent Ok(2)"], ["message 1"], ["message 2"]]
    );
    assert_eq!(a.host.poll_at(), None);
    assert!(!a.step(&mut lab));
}

#[test]
fn what_leaves_the_host_leaves_with_a_step_and_what_comes_is_told_at_once() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.stepped(number, Told::default()));
    let [from, at] = [&a, &b].map(|computer| {
        let id = computer.add(Options::new(SocketType::Udp4));
        computer.work(id, |socket| socket.bind(BindOptions::port(9)).unwrap());
        assert_eq!(computer.steps(&mut lab), [["Listening"]]);
        id
    });
    a.host
        .send(from, Datagram::new("hello").to(to(2, 9)))
        .unwrap();
    lab.pass(1_000);
    assert_eq!(b.told(), [""; 0]);
    assert_eq!(a.work(from, |socket| socket.send_queue_count()), 1);
    assert_eq!(a.steps(&mut lab), [["sent Ok(5)"]]);
    lab.settle();
    assert_eq!(b.told(), ["message 5"]);
    let closed = b.work(at, |socket| socket.close());
    assert_eq!(closed, Ok(()));
    assert_eq!(b.steps(&mut lab), [["Close"]]);
}

#[test]
fn what_found_no_room_leaves_when_there_is_some() {
    let mut lab = Lab::new();
    let a = lab.stepped(1, Told::default());
    let id = a.add(Options::new(SocketType::Udp4));
    let broadcast = Destination::from(to(255, 9));
    a.work(id, |socket| socket.bind(BindOptions::port(9)).unwrap());
    a.steps(&mut lab);
    a.work(id, |socket| socket.set_broadcast(true).unwrap());
    a.cable.room.set(Some(0));
    a.host.send(id, Datagram::new("x").to(broadcast)).unwrap();
    assert_eq!(a.steps(&mut lab), [[""; 0]; 0]);
    a.cable.room.set(None);
    assert!(a.step(&mut lab), "it may go on");
    assert_eq!(a.steps(&mut lab).concat()[0], "sent Ok(1)");
}

#[test]
fn the_applications_own_lookup_is_asked() {
    let mut lab = Lab::new();
    let a = lab.stepped(1, Told::default());
    let asked: &RefCell<Vec<(LookupToken, String)>> = leaked(RefCell::default());
    a.host.set_resolver(leaked(|lookup: &Lookup<'_>| {
        let GivenHost::Name(name) = lookup.host else {
            return Some(Err(Errno::EAIFAIL));
        };
        asked.borrow_mut().push((lookup.token, name.to_owned()));
        None
    }));
    let always = Options::new(SocketType::Udp4).look_up_always(true);
    let numeric = a.add(always);
    a.work(numeric, |socket| socket.bind(("192.0.2.1", 7)).unwrap());
    let told = a.steps(&mut lab).concat().concat();
    assert!(told.contains("EAIFAIL"), "{told}");
    let named = a.add(always);
    a.work(named, |socket| socket.bind(("here", 7)).unwrap());
    assert_eq!(a.steps(&mut lab), [[""; 0]; 0]);
    let (token, name) = asked.borrow_mut().pop().unwrap();
    assert_eq!(name, "here");
    a.work(named, |socket| {
        socket.handle_lookup(token, Ok(to(1, 0).address));
    });
    assert_eq!(a.steps(&mut lab), [["Listening"]]);
}
