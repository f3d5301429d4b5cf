//! Processes of a host: what each kind of fault does to Unix datagrams, from scripts that are written by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::rc::Rc;
use core::cell::RefCell;
use core::time::Duration;

use anydgram_core::{Event, Instant, UnixDatagram, UnixMessage};
use anydgram_sim::scenario::explore;
use anydgram_sim::unix::{UnixHandler, UnixHost, UnixId};
use anydgram_sim::{
    Fault, Happened, HostId, HostOptions, Nobody, OfProcess, OfUnix, Rates, Scenario, World,
    WorldOptions, simulate,
};

const SERVER: &str = "/run/server";
const TICK: u64 = 100_000;

type Log = Rc<RefCell<Vec<String>>>;

/// Sends a datagram each 100 ms, the first at 100 ms, connected or not; writes down what it is told.
struct Client {
    socket: UnixId,
    next: u8,
    count: u8,
    is_connected: bool,
    log: Log,
}

impl Client {
    fn log(&self, text: &str) {
        self.log.borrow_mut().push(text.to_owned());
    }
}

impl UnixHandler for Client {
    fn handle(&mut self, _: &mut UnixHost, _: UnixId, event: Event<'_>) {
        match event {
            Event::Sent {
                result: Ok(len), ..
            } => self.log(&format!("sent {len}")),
            Event::Sent {
                result: Err(error), ..
            }
            | Event::Error { error, .. } => self.log(&error.to_string()),
            Event::Connect => self.log("connected"),
            Event::Listening | Event::Message(_) | Event::Drained | Event::Close | _ => {}
        }
    }

    fn message(&mut self, _: &mut UnixHost, _: UnixId, _: UnixMessage<'_>) {}

    fn wake_at(&self) -> Option<Instant> {
        let at = (u64::from(self.next) + 1) * TICK;
        (self.next < self.count).then_some(Instant::from_micros(at))
    }

    fn wake(&mut self, host: &mut UnixHost, _: Instant) {
        let socket = host.get_mut(self.socket).unwrap();
        let payload = vec![self.next; usize::from(self.next) + 1];
        let mut datagram = UnixDatagram::new(&payload[..]);
        if !self.is_connected {
            datagram = datagram.to(SERVER);
        }
        socket.send(datagram).unwrap();
        self.next += 1;
    }
}

/// Is bound to a path as soon as it can be, and writes down what comes.
struct Server {
    socket: UnixId,
    again_at: Option<Instant>,
    came: Rc<RefCell<Vec<u8>>>,
    log: Log,
    now: Instant,
}

impl Server {
    fn bind(&self, host: &mut UnixHost) {
        host.get_mut(self.socket).unwrap().bind(SERVER).unwrap();
    }
}

impl UnixHandler for Server {
    fn handle(&mut self, _: &mut UnixHost, _: UnixId, event: Event<'_>) {
        if let Event::Error { error, .. } = event {
            self.log.borrow_mut().push(error.to_string());
            self.again_at = Some(self.now.saturating_add(Duration::from_micros(TICK)));
        }
    }

    fn message(&mut self, _: &mut UnixHost, _: UnixId, message: UnixMessage<'_>) {
        let which = *message.data.first().unwrap();
        assert_eq!(message.data.len(), usize::from(which) + 1);
        self.came.borrow_mut().push(which);
    }

    fn wake_at(&self) -> Option<Instant> {
        self.again_at
    }

    fn wake(&mut self, host: &mut UnixHost, now: Instant) {
        self.now = now;
        self.again_at = None;
        self.bind(host);
    }
}

#[derive(Debug, Default)]
struct Outcome {
    /// Which datagrams came.
    came: Vec<u8>,
    /// What the client was told.
    client: Vec<String>,
    /// What the server was told.
    server: Vec<String>,
    trace: Vec<String>,
}

/// Has so many datagrams sent by process 2, the client, to process 1, the server, with the faults of a script.
fn send(script: &[&str], is_connected: bool, count: u8) -> Outcome {
    let faults: Vec<Fault> = script.iter().map(|line| line.parse().unwrap()).collect();
    let mut options = WorldOptions::new(1).keep_records();
    if !faults.is_empty() {
        options = options.script(faults.clone());
    }
    let came: Rc<RefCell<Vec<u8>>> = Rc::default();
    let (client, server) = (Log::default(), Log::default());
    let trace = simulate(&options, |world| {
        let host = world.add_host("host", HostOptions::new(), |_| Box::new(Nobody));
        add_server(world, host, &came, &server);
        let log = Rc::clone(&client);
        world.add_process(host, "client", move |start| {
            let socket = start.host.open();
            if is_connected {
                start.host.get_mut(socket).unwrap().connect(SERVER).unwrap();
            }
            let log = Rc::clone(&log);
            Box::new(Client {
                socket,
                next: 0,
                count,
                is_connected,
                log,
            })
        });
        world.run_for(Duration::from_secs(5)).unwrap();
        let happened = world.faults().to_vec();
        assert!(faults.iter().all(|fault| happened.contains(fault)));
        world.drain().unwrap();
        world.records().iter().map(ToString::to_string).collect()
    });
    Outcome {
        came: came.take(),
        client: client.take(),
        server: server.take(),
        trace,
    }
}

fn add_server(world: &mut World<'_>, host: HostId, came: &Rc<RefCell<Vec<u8>>>, log: &Log) {
    let (came, log) = (Rc::clone(came), Rc::clone(log));
    world.add_process(host, "server", move |start| {
        let server = Server {
            socket: start.host.open(),
            again_at: None,
            came: Rc::clone(&came),
            log: Rc::clone(&log),
            now: start.now,
        };
        server.bind(start.host);
        Box::new(server)
    });
}

fn sent(count: usize) -> Vec<String> {
    (1..=count).map(|len| format!("sent {len}")).collect()
}

#[test]
fn without_faults_everything_comes_in_order() {
    let outcome = send(&[], false, 5);
    assert_eq!(outcome.came, [0, 1, 2, 3, 4]);
    assert_eq!(outcome.client, sent(5));
    assert_eq!(outcome.server, [""; 0]);
}

#[test]
fn a_paused_receiver_fills_up_and_a_stranger_is_told() {
    let script = ["process 1 @150000 pause 1400000"];
    let outcome = send(&script, false, 16);
    // The first came before; 11 have room, the sixteenth is sent when there is room again.
    let mut told = sent(12);
    told.extend(["send EAGAIN /run/server"; 3].map(str::to_owned));
    told.push("sent 16".to_owned());
    assert_eq!(outcome.client, told);
    let came = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15];
    assert_eq!(outcome.came, came);
}

#[test]
fn a_paused_receiver_is_waited_for_when_connected() {
    let script = ["process 1 @150000 pause 1400000"];
    let outcome = send(&script, true, 16);
    let told = [vec!["connected".to_owned()], sent(16)].concat();
    assert_eq!(outcome.client, told);
    assert_eq!(outcome.came, (0..16).collect::<Vec<u8>>());
}

#[test]
fn a_full_receiver_refuses_or_is_waited_for() {
    let script = ["unix 2 1 block 20000"];
    let outcome = send(&script, false, 3);
    assert_eq!(
        outcome.client,
        ["sent 1", "send EAGAIN /run/server", "sent 3"]
    );
    assert_eq!(outcome.came, [0, 2]);
    let outcome = send(&script, true, 3);
    assert_eq!(outcome.came, [0, 1, 2]);
    let at = |text: &str| {
        let mut lines = outcome.trace.iter();
        lines.any(|line| line.trim_start().starts_with(text) && line.contains("was told: sent 2"))
    };
    assert!(at("0.220000"), "when there is room again: {outcome:#?}");
}

#[test]
fn without_memory_a_send_fails() {
    let outcome = send(&["unix 2 1 no-buffers"], true, 3);
    assert_eq!(
        outcome.client,
        ["connected", "sent 1", "send ENOBUFS", "sent 3"]
    );
    assert_eq!(outcome.came, [0, 2]);
}

#[test]
fn a_process_that_crashes_leaves_a_file_that_its_next_start_replaces() {
    let script = ["process 1 @150000 crash 100000"];
    let outcome = send(&script, false, 3);
    assert_eq!(
        outcome.client,
        ["sent 1", "send ECONNREFUSED /run/server", "sent 3"]
    );
    assert_eq!((outcome.came, outcome.server), (vec![0, 2], vec![]));
    let outcome = send(&script, true, 3);
    let refused = "send ECONNREFUSED";
    assert_eq!(
        outcome.client,
        ["connected", "sent 1", refused, "send ENOTCONN"]
    );
}

#[test]
fn a_host_that_crashes_takes_all_processes_and_leaves_files() {
    let outcome = send(&["host 0 @150000 crash 100000"], false, 3);
    // The client begins anew, and is late: all that was due is sent at once.
    assert_eq!(outcome.came, [0, 0, 1, 2]);
    let gone = outcome
        .trace
        .iter()
        .filter(|line| line.ends_with(" is gone"));
    assert_eq!(gone.count(), 2);
    assert_eq!(outcome.server, [""; 0]);
}

#[test]
fn a_foreign_file_is_in_the_way_of_a_bind_for_a_while() {
    let outcome = send(&["unix 1 0 foreign-file 50000"], false, 2);
    assert_eq!(outcome.server, ["bind EADDRINUSE /run/server"]);
    assert_eq!(outcome.client, sent(2));
}

#[test]
fn nobody_binds_in_a_folder_that_cannot_be_written_to() {
    let outcome = send(&["unix 1 0 read-only 150000"], false, 3);
    let denied = "bind EACCES /run/server";
    assert_eq!(outcome.server, [denied, denied]);
    assert_eq!(
        outcome.client,
        ["send ENOENT /run/server", "sent 2", "sent 3"]
    );
}

#[test]
fn nothing_else_goes_wrong_with_unix_datagrams() {
    let script = [
        "unix 2 0 lose",
        "unix 2 1 duplicate 10",
        "unix 2 2 delay 10",
        "unix 2 3 corrupt",
        "unix 2 4 refuse",
    ];
    let outcome = send(&script, false, 5);
    assert_eq!(outcome.came, [0, 1, 2, 3, 4]);
    assert_eq!(outcome.client, sent(5));
}

#[test]
fn the_application_of_a_host_fails_with_it_alone() {
    let outcome = send(&["process 0 @150000 crash 1"], false, 3);
    assert_eq!(outcome.came, [0, 1, 2]);
}

#[test]
fn a_place_has_rates_of_its_own() {
    let all = |world: &mut World<'_>, site| {
        let mut rates = Rates::none();
        rates.no_buffers = 1_000_000;
        world.set_rates(site, rates);
    };
    for (site, is_hit) in [
        (anydgram_sim::Site::Unix(2), true),
        (anydgram_sim::Site::Host(0), true),
        (anydgram_sim::Site::Unix(1), false),
    ] {
        let options = WorldOptions::new(1).keep_records();
        simulate(&options, |world| {
            let host = world.add_host("host", HostOptions::new(), |_| Box::new(Nobody));
            all(world, site);
            let (came, log) = (Rc::default(), Log::default());
            add_server(world, host, &came, &log);
            let log = Rc::clone(&log);
            world.add_process(host, "client", move |start| {
                Box::new(Client {
                    socket: start.host.open(),
                    next: 0,
                    count: 1,
                    is_connected: false,
                    log: Rc::clone(&log),
                })
            });
            world.run_for(Duration::from_secs(1)).unwrap();
            assert_eq!(came.borrow().is_empty(), is_hit, "{site:?}");
            let sent = world.records().iter().filter(|record| {
                matches!(
                    record.what,
                    Happened::Process {
                        what: OfProcess::Unix(_, OfUnix::Sent { .. }),
                        ..
                    }
                )
            });
            assert_eq!(sent.count() == 0, is_hit);
        });
    }
}

/// A client whose application reckons with no failure.
const TRUSTING: Scenario = Scenario::new("trusting", "a client that is never refused", |world| {
    let host = world.add_host("host", HostOptions::new(), |_| Box::new(Nobody));
    let (came, server, client) = (Rc::default(), Log::default(), Log::default());
    add_server(world, host, &came, &server);
    let log = Rc::clone(&client);
    world.add_process(host, "client", move |start| {
        Box::new(Client {
            socket: start.host.open(),
            next: 0,
            count: 20,
            is_connected: false,
            log: Rc::clone(&log),
        })
    });
    world.add_invariant("everything is sent", move |_| {
        let log = client.borrow();
        let failure = log.iter().find(|line| line.contains("ENOBUFS"));
        failure.map_or(Ok(()), |line| Err(line.clone()))
    });
    world.run_for(Duration::from_secs(3))
});

#[test]
fn a_failure_is_found_shrunk_and_played_again() {
    let options = WorldOptions::new(0).rates(Rates::all());
    let explored = explore(&TRUSTING, &options, 100, |so_far| so_far.failed == 0);
    let failure = explored.failures.first().unwrap();
    let options = options.seed(failure.seed);
    let least = TRUSTING.shrink(&options, &failure.outcome.faults);
    let lines: Vec<String> = least.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = lines.first().unwrap();
    assert!(line.starts_with("unix 2 ") && line.ends_with(" no-buffers"));
    let script = options.script(least).to_script();
    let options = WorldOptions::new(0).read_script(&script).unwrap();
    let violation = TRUSTING.run(&options).violation.unwrap();
    assert_eq!(
        violation.what,
        "everything is sent: send ENOBUFS /run/server"
    );
}
