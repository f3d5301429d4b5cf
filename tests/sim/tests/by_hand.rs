//! A host that is stepped does one thing at a time, and answers calls within them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Errno, Error, Event, Handler, Interface, Limits,
    Options, Socket, SocketId, SocketType, Sockets,
};
use anydgram_sim::{HostOptions, SegmentOptions, WorldOptions, simulate};

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Diary(Rc<RefCell<Vec<String>>>);

impl Handler for Diary {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        let line = if let Event::Message(message) = event {
            String::from_utf8_lossy(message.data).into_owned()
        } else {
            let text = format!("{event:?}");
            text.split([' ', '(']).next().unwrap().to_owned()
        };
        self.0.borrow_mut().push(line);
    }
}

#[test]
fn a_stepped_host_does_nothing_by_itself() {
    let diary = Diary::default();
    let its = diary.clone();
    simulate(&WorldOptions::new(0), |world| {
        let segment = world.add_segment(SegmentOptions::new());
        let mut options = HostOptions::new();
        options.is_stepped = true;
        options.interfaces = "lan";
        let host = world.add_host("one", options, move |_| Box::new(its.clone()));
        let interface = world.plug_in(host, segment, &["192.0.2.1/24"]);
        let interfaces = world.stack(host).unwrap().interfaces();
        assert_eq!(interfaces.index_of("lan0"), Some(interface));

        let socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        let added = world.with(host, |sockets| sockets.add(socket).ok());
        let id = added.unwrap().unwrap();
        let bind = |sockets: &mut Sockets<'_, '_>| {
            let socket = sockets.get_mut(id).unwrap();
            socket.bind_sync(BindOptions::port(7)).unwrap();
        };
        world.with(host, bind).unwrap();
        world.carry_out(host, id).unwrap();
        for text in ["a", "b"] {
            let to = Destination::local(7);
            let datagram = Datagram::new(text).to(to).unreported();
            world.send(host, id, datagram).unwrap();
        }
        world.run_for(Duration::from_secs(1)).unwrap();
        assert!(diary.0.borrow().is_empty());

        let mut told = Vec::new();
        while world.step_host(host) {
            told.push(diary.0.take());
            assert!(told.last().unwrap().len() <= 1, "{told:?}");
        }
        assert_eq!(told.concat(), ["Listening", "a", "b"]);
    });
}

#[test]
fn a_call_is_answered_within_it() {
    simulate(&WorldOptions::new(0), |world| {
        let host = world.add_host("one", HostOptions::new(), |_| {
            Box::new(anydgram_sim::Nobody)
        });
        let socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        let added = world.with(host, |sockets| sockets.add(socket).ok());
        let id = added.unwrap().unwrap();
        let join = |sockets: &mut Sockets<'_, '_>| {
            let socket = sockets.get_mut(id).unwrap();
            let group = IpAddr::from([239, 1, 2, 3]);
            let nobodys = Interface::Address([192, 0, 2, 9].into());
            socket.add_membership(group, nobodys).unwrap();
        };
        world.with(host, join).unwrap();
        let outcome = world.carry_out(host, id);
        let Err(Error::System(error)) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(error.errno, Errno::ENODEV);
    });
}

#[test]
fn a_resolver_of_its_own_answers_a_host() {
    let diary = Diary::default();
    let its = diary.clone();
    simulate(&WorldOptions::new(0), |world| {
        let host = world.add_host("one", HostOptions::new(), move |start| {
            let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
            socket.bind(BindOptions::port(7)).unwrap();
            let to = Destination::new("me.example", 7);
            socket.send(Datagram::new("hello").to(to)).unwrap();
            start.sockets.add(socket).unwrap();
            Box::new(its.clone())
        });
        world.add_name("me.example", &[IpAddr::from([192, 0, 2, 9])]);
        world.set_resolver(host, |lookup| {
            Some(Ok(Address::from(lookup.family.loopback().ip())))
        });
        world.run_for(Duration::from_secs(1)).unwrap();
    });
    assert_eq!(diary.0.take(), ["Listening", "Sent", "hello"]);
}
