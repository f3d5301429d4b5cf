//! What each kind of fault does, from scripts that are written by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Limits, Options, Socket, SocketId,
    SocketType, Sockets,
};
use anydgram_sim::{
    Fault, Happened, HostOptions, Rates, SegmentOptions, Site, Why, World, WorldOptions, simulate,
};

/// Sends a datagram each 100 ms, ten in all, the first at 100 ms; long ones, to a peer or to all. Writes down what it is told.
struct Sender {
    socket: SocketId,
    next: u8,
    to: Destination<'static>,
    told: Rc<RefCell<Vec<String>>>,
}

const TICK: u64 = 100_000;
const COUNT: u8 = 10;
const LEN: usize = 1_000;

impl Handler for Sender {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let socket = sockets.get_mut(id).unwrap();
        if event == Event::Listening {
            socket.set_broadcast(true).unwrap();
            if self.to != everybody() {
                socket.connect(self.to).unwrap();
            }
        }
        let text = if let Event::Sent {
            result: Err(error), ..
        } = event
        {
            format!("{} not sent: {error}", self.next - 1)
        } else if let Event::Error { error, .. } = event {
            format!("error: {error}")
        } else {
            return;
        };
        self.told.borrow_mut().push(text);
    }

    fn wake_at(&self) -> Option<Instant> {
        let at = (u64::from(self.next) + 1) * TICK;
        (self.next < COUNT).then_some(Instant::from_micros(at))
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, _: Instant) {
        let socket = sockets.get_mut(self.socket).unwrap();
        let payload = [self.next; LEN];
        let mut datagram = Datagram::new(&payload);
        if self.to == everybody() {
            datagram = datagram.to(self.to);
        }
        socket.send(datagram).unwrap();
        self.next += 1;
    }
}

/// Writes down what comes, and when.
struct Receiver(Rc<RefCell<Vec<(u8, u64)>>>);

impl Handler for Receiver {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            let at = message.meta.timestamp.unwrap().as_micros();
            let which = *message.data.first().unwrap();
            self.0.borrow_mut().push((which, at));
        }
    }
}

fn socket(sockets: &mut Sockets<'_, 'static>) -> SocketId {
    let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
    socket.bind(BindOptions::port(7)).unwrap();
    sockets.add(socket).unwrap()
}

/// What came of ten datagrams.
#[derive(Debug, Default)]
struct Outcome {
    /// Which came, and how many microseconds after they were sent.
    came: Vec<(u8, u64)>,
    /// What the sender was told.
    told: Vec<String>,
    /// Why others did not come.
    drops: Vec<Why>,
}

/// Has ten datagrams sent from host 0, by cable 0, to host 1, by cable 1, with the faults of a script.
fn send(
    script: &[&str],
    to: Destination<'static>,
    prepare: impl FnOnce(&mut World<'_>),
) -> Outcome {
    let faults: Vec<Fault> = script.iter().map(|line| line.parse().unwrap()).collect();
    let mut options = WorldOptions::new(1).keep_records();
    if !faults.is_empty() {
        options = options.script(faults.clone());
    }
    let (came, told) = (Rc::default(), Rc::default());
    let drops = simulate(&options, |world| {
        let segment = world.add_segment(SegmentOptions::new());
        let told = Rc::clone(&told);
        let sender = world.add_host("sender", HostOptions::new(), move |start| {
            Box::new(Sender {
                socket: socket(start.sockets),
                next: 0,
                to,
                told: Rc::clone(&told),
            })
        });
        world.plug_in(sender, segment, &["192.0.2.1/24"]);
        let came = Rc::clone(&came);
        let receiver = world.add_host("receiver", HostOptions::new(), move |start| {
            socket(start.sockets);
            Box::new(Receiver(Rc::clone(&came)))
        });
        world.plug_in(receiver, segment, &["192.0.2.2/24"]);
        prepare(world);
        world.run_for(Duration::from_secs(5)).unwrap();
        let happened = world.faults().to_vec();
        assert!(faults.iter().all(|fault| happened.contains(fault)));
        let drops = world.records().iter().filter_map(|record| {
            if let Happened::Dropped { why, .. } = record.what {
                Some(why)
            } else {
                None
            }
        });
        drops.collect()
    });
    let since = |(which, at): &(u8, u64)| (*which, at - (u64::from(*which) + 1) * TICK);
    let came: Rc<RefCell<Vec<_>>> = came;
    let told: Rc<RefCell<Vec<_>>> = told;
    Outcome {
        came: came.borrow().iter().map(since).collect(),
        told: told.take(),
        drops,
    }
}

fn everybody() -> Destination<'static> {
    Destination::new(IpAddr::from([192, 0, 2, 255]), 7)
}

fn peer() -> Destination<'static> {
    Destination::new(IpAddr::from([192, 0, 2, 2]), 7)
}

/// The datagrams that come when those of `lost` do not, with the latency of a segment.
fn without(lost: &[u8]) -> Vec<(u8, u64)> {
    let others = (0..COUNT).filter(|which| !lost.contains(which));
    others.map(|which| (which, 100)).collect()
}

#[test]
fn without_faults_everything_comes() {
    for to in [peer(), everybody()] {
        let outcome = send(&[], to, |_| ());
        assert_eq!(outcome.came, without(&[]));
        assert_eq!((outcome.told, outcome.drops), (vec![], vec![]));
    }
}

#[test]
fn a_burst_takes_so_many_in_a_row_one_way() {
    for to in [peer(), everybody()] {
        for script in [
            &["up 0 3 burst 4"],
            &["down 1 3 burst 4"],
            &["up 0 @350000 burst 4"],
        ] {
            let outcome = send(script, to, |_| ());
            assert_eq!(outcome.came, without(&[3, 4, 5, 6]), "{script:?}");
            assert_eq!(outcome.drops, [Why::Lost; 4]);
        }
    }
}

#[test]
fn a_narrow_segment_drops_what_is_long_for_a_while() {
    // 1,000 bytes and the headers of IPv4 and UDP.
    let outcome = send(&["segment 0 @250000 mtu 1027 300000"], peer(), |_| ());
    assert_eq!(outcome.came, without(&[2, 3, 4]));
    assert_eq!(outcome.drops, [Why::TooLong; 3]);
    assert_eq!(outcome.told, [""; 0]);
    let outcome = send(&["segment 0 @250000 mtu 1028 300000"], peer(), |_| ());
    assert_eq!(outcome.came, without(&[]));
}

#[test]
fn a_spike_delays_everything_for_a_while_and_keeps_the_order() {
    let outcome = send(&["segment 0 @250000 spike 70000 300000"], peer(), |_| ());
    let late = |(which, after)| {
        (
            which,
            if (2..5).contains(&which) {
                after + 70_000
            } else {
                after
            },
        )
    };
    let expected: Vec<_> = without(&[]).into_iter().map(late).collect();
    assert_eq!(outcome.came, expected);
}

#[test]
fn a_refusal_reaches_a_connected_sender_although_the_peer_is_there() {
    let outcome = send(&["down 1 3 refuse"], peer(), |_| ());
    assert_eq!(outcome.came, without(&[3]));
    assert_eq!(outcome.drops, [Why::Refused]);
    assert_eq!(outcome.told, ["error: recvmsg ECONNREFUSED"]);
}

#[test]
fn what_goes_to_all_is_not_refused() {
    let outcome = send(&["down 1 3 refuse"], everybody(), |_| ());
    assert_eq!(outcome.came, without(&[]));
    assert_eq!(outcome.told, [""; 0]);
}

#[test]
fn no_room_makes_wait_and_so_does_no_memory() {
    let outcome = send(&["up 0 3 block 20000"], peer(), |_| ());
    let mut expected = without(&[]);
    expected[3].1 += 20_000;
    assert_eq!((outcome.came, outcome.told), (expected, vec![]));
    let outcome = send(&["up 0 3 no-buffers"], peer(), |_| ());
    let mut expected = without(&[]);
    // Nobody tells when there is some.
    expected[3].1 += 10_000;
    assert_eq!((outcome.came, outcome.told), (expected, vec![]));
}

#[test]
fn a_lost_address_comes_back() {
    let outcome = send(&["host 1 @250000 address-lost 5 300000"], peer(), |_| ());
    assert_eq!(outcome.came, without(&[2, 3, 4]));
    assert_eq!(outcome.drops, [Why::NoNeighbour; 3]);
}

#[test]
fn another_address_stands_in_for_a_while() {
    simulate(
        &script(&["host 0 @250000 address-other 0 300000"]),
        |world| {
            let segment = world.add_segment(SegmentOptions::new());
            let host = world.add_host("host", HostOptions::new(), |_| {
                Box::new(anydgram_sim::Nobody)
            });
            world.plug_in(host, segment, &["192.0.2.1/24"]);
            let other = world.add_host("other", HostOptions::new(), |_| {
                Box::new(anydgram_sim::Nobody)
            });
            world.plug_in(other, segment, &["192.0.2.2/24"]);
            let addresses = |world: &World<'_>| -> Vec<String> {
                let stack = world.stack(host).unwrap();
                let known = stack.interfaces().addresses(2);
                known.map(|cidr| cidr.address().to_string()).collect()
            };
            for (millis, expected) in [(200, "192.0.2.1"), (100, "192.0.2.3"), (300, "192.0.2.1")] {
                world.run_for(Duration::from_millis(millis)).unwrap();
                assert_eq!(addresses(world), [expected]);
            }
        },
    );
}

#[test]
fn a_host_that_crashes_without_an_address_gets_it_back() {
    let script = script(&[
        "host 0 @250000 address-other 0 300000",
        "host 0 @300000 crash 100000",
        "host 0 @350000 address-lost 0 10000",
    ]);
    simulate(&script, |world| {
        let segment = world.add_segment(SegmentOptions::new());
        let host = world.add_host("host", HostOptions::new(), |_| {
            Box::new(anydgram_sim::Nobody)
        });
        world.plug_in(host, segment, &["192.0.2.1/24", "2001:db8::1/64"]);
        world.run_for(Duration::from_secs(1)).unwrap();
        let stack = world.stack(host).unwrap();
        let known = stack.interfaces().addresses(2);
        let mut known: Vec<_> = known.map(|cidr| cidr.address().to_string()).collect();
        known.sort();
        assert_eq!(known, ["192.0.2.1", "2001:db8::1"]);
    });
}

fn script(lines: &[&str]) -> WorldOptions {
    let faults = lines.iter().map(|line| line.parse().unwrap());
    WorldOptions::new(1).script(faults.collect())
}

#[test]
fn a_place_has_rates_of_its_own() {
    let lossy = || {
        let mut rates = Rates::none();
        rates.lose = 1_000_000;
        rates
    };
    let lost = |site| send(&[], peer(), |world| world.set_rates(site, lossy())).came;
    assert_eq!(lost(Site::Up(0)), []);
    assert_eq!(lost(Site::Down(1)), []);
    assert_eq!(lost(Site::Host(0)), []);
    assert_eq!(lost(Site::Host(1)), []);
    assert_eq!(lost(Site::Down(0)), without(&[]));
    assert_eq!(lost(Site::Up(1)), without(&[]));
    // The direction goes before the host.
    let outcome = send(&[], peer(), |world| {
        world.set_rates(Site::Host(0), lossy());
        world.set_rates(Site::Up(0), Rates::none());
    });
    assert_eq!(outcome.came, without(&[]));
}
