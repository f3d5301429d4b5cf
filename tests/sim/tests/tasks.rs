//! Async applications: what tasks and their sockets promise.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::{
    BindState, Datagram, Destination, Endpoint, Error, Interface, Limits, MulticastInterface,
    Options, SocketType,
};
use anydgram_sim::tasks::{Event, Host, SocketOptions};
use anydgram_sim::{
    Fault, Happened, HostOptions, Level, Rates, SegmentOptions, World, WorldOptions, simulate,
};

const MILLI: Duration = Duration::from_millis(1);

fn server() -> Destination<'static> {
    Destination::new(IpAddr::from([192, 0, 2, 1]), 7)
}

/// A world of a server, 192.0.2.1, and a client, 192.0.2.2.
fn add_pair<'m, S, C>(
    world: &mut World<'m>,
    server: impl FnMut(Host<'m>) -> S + 'm,
    client: impl FnMut(Host<'m>) -> C + 'm,
) where
    S: Future<Output = ()> + 'm,
    C: Future<Output = ()> + 'm,
{
    let segment = world.add_segment(SegmentOptions::new());
    let host = world.add_async_host("server", HostOptions::new(), server);
    world.plug_in(host, segment, &["192.0.2.1/24"]);
    let host = world.add_async_host("client", HostOptions::new(), client);
    world.plug_in(host, segment, &["192.0.2.2/24"]);
}

/// Sends everything back.
async fn echo(host: Host<'_>) {
    let socket = host.bound(SocketType::Udp4, 7).await.unwrap();
    let mut buffer = [0; 100];
    loop {
        let (length, meta) = socket.recv_from(&mut buffer).await.unwrap();
        // What finds no room is asked for again.
        let answer = buffer.get(..length).unwrap();
        socket.send_to(answer, meta.sender.unwrap()).await.ok();
    }
}

/// Runs a client beside an echo server until the client is done; the hash of what happened.
fn run<F>(options: &WorldOptions, client: F) -> u64
where
    F: AsyncFn(Host<'_>) + 'static,
{
    run_beside(options, echo, client)
}

fn run_beside<S, F>(options: &WorldOptions, server: S, client: F) -> u64
where
    S: AsyncFn(Host<'_>) + 'static,
    F: AsyncFn(Host<'_>) + 'static,
{
    simulate(options, |world| {
        let (server, client) = (Rc::new(server), Rc::new(client));
        let is_done = Rc::new(Cell::new(false));
        let done = Rc::clone(&is_done);
        let server = move |host| {
            let server = Rc::clone(&server);
            async move { server(host).await }
        };
        let client = move |host| {
            let (client, done) = (Rc::clone(&client), Rc::clone(&done));
            async move {
                client(host).await;
                done.set(true);
            }
        };
        add_pair(world, server, client);
        let limit = Duration::from_secs(60);
        let was_done = world.run_until(limit, |_| is_done.get()).unwrap();
        assert!(was_done, "the client is not done");
        world.hash()
    })
}

fn calm() -> WorldOptions {
    WorldOptions::new(1)
}

fn script(lines: &[&str]) -> WorldOptions {
    let faults = lines.iter().map(|line| line.parse().unwrap());
    calm().script(faults.collect::<Vec<Fault>>())
}

/// Asks until there is an answer, ten times.
async fn ask(host: Host<'_>) {
    let socket = host.socket(SocketType::Udp4).unwrap();
    let mut buffer = [0; 100];
    for question in 0..10_u8 {
        loop {
            let wait = 50 + host.random_below(50);
            socket.send_to(&[question][..], server()).await.ok();
            let answer = async {
                loop {
                    // A host that was cut off is told so.
                    let received = socket.recv_from(&mut buffer).await;
                    if received.is_ok_and(|(length, _)| buffer.get(..length) == Some(&[question])) {
                        return;
                    }
                }
            };
            if host.timeout(wait * MILLI, answer).await.is_ok() {
                break;
            }
        }
    }
}

#[test]
fn questions_are_answered_whatever_goes_wrong_and_the_same_each_time() {
    let mut hashes = Vec::new();
    for seed in 0..50 {
        let options = WorldOptions::new(seed).rates(Rates::all());
        let hash = run(&options, ask);
        assert_eq!(run(&options, ask), hash, "seed {seed}");
        assert_eq!(run(&options.keep_records(), ask), hash, "seed {seed}");
        hashes.push(hash);
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 50);
}

#[test]
fn each_datagram_goes_to_one_of_many_tasks() {
    run(&calm(), async |host| {
        let socket = Rc::new(host.socket(SocketType::Udp4).unwrap());
        socket.bind(0).await.unwrap();
        let received = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..5)
            .map(|task| {
                let (socket, received) = (Rc::clone(&socket), Rc::clone(&received));
                host.spawn(async move {
                    for _ in 0..4 {
                        let mut buffer = [0; 10];
                        socket.recv_from(&mut buffer).await.unwrap();
                        received.borrow_mut().push((task, buffer[0]));
                    }
                })
            })
            .collect();
        for number in 0..20 {
            socket.send_to(&[number][..], server()).await.unwrap();
        }
        for task in tasks {
            assert_eq!(task.await, Some(()));
        }
        // In the order in which they came, and to whoever has waited longest.
        let expected: Vec<_> = (0..20).map(|number| (number % 5, number)).collect();
        assert_eq!(*received.borrow(), expected);
    });
}

#[test]
fn a_receive_that_is_dropped_loses_nothing() {
    let count = 200;
    let sender = async move |host: Host<'_>| {
        let socket = host.bound(SocketType::Udp4, 7).await.unwrap();
        let mut buffer = [0; 10];
        let (_, meta) = socket.recv_from(&mut buffer).await.unwrap();
        for number in 0..count {
            let payload = [number];
            let sent = socket.send_to(&payload[..], meta.sender.unwrap());
            sent.await.unwrap();
            host.sleep(Duration::from_micros(host.random() % 3_000))
                .await;
        }
    };
    run_beside(&calm(), sender, async move |host| {
        let socket = host.socket(SocketType::Udp4).unwrap();
        socket.send_to("go", server()).await.unwrap();
        let mut buffer = [0; 10];
        let (mut elapsed, mut next) = (0, 0);
        while next < count {
            let wait = Duration::from_micros(host.random() % 2_000);
            let received = host.timeout(wait, socket.recv_from(&mut buffer)).await;
            let readable = host.timeout(wait, socket.readable()).await;
            elapsed += usize::from(received.is_err()) + usize::from(readable.is_err());
            if let Ok(received) = received {
                assert_eq!((received.unwrap().0, buffer[0]), (1, next));
                next += 1;
            }
        }
        assert!(elapsed > 100, "{elapsed}");
        assert_eq!(
            socket.try_recv_from(&mut buffer).unwrap_err().to_string(),
            "recvmsg EAGAIN"
        );
        assert_eq!((socket.stats().delivered, socket.lost()), (count.into(), 0));
    });
}

#[test]
fn what_is_in_the_queue_leaves_without_whoever_sent_it() {
    run(&script(&["up 1 0 block 20000"]), async |host| {
        let socket = host.bound(SocketType::Udp4, 0).await.unwrap();
        let sent = host.timeout(MILLI, socket.send_to("hello", server())).await;
        assert!(sent.is_err());
        assert_eq!(socket.send_queue_count(), 1);
        let mut buffer = [0; 10];
        let (length, _) = socket.recv_from(&mut buffer).await.unwrap();
        assert_eq!((length, host.now().as_micros()), (5, 20_200));
        assert_eq!(socket.stats().sent, 1);
    });
}

#[test]
fn a_send_waits_for_room() {
    run(&script(&["up 1 0 block 20000"]), async |host| {
        let limits = Limits::new().send_queue(8, 4);
        let options = SocketOptions::from(SocketType::Udp4).limits(limits);
        let socket = Rc::new(host.bound(options, 0).await.unwrap());
        let too_long = socket.send_to("123456789", server());
        let too_long = host.timeout(100 * MILLI, too_long).await.unwrap();
        assert_eq!(too_long.unwrap_err().to_string(), "send EMSGSIZE");
        let tasks: Vec<_> = (0..6_u8)
            .map(|number| {
                let socket = Rc::clone(&socket);
                host.spawn(async move { socket.send_to(&[number; 4][..], server()).await })
            })
            .collect();
        for (task, number) in tasks.into_iter().zip(0..) {
            assert_eq!(task.await.unwrap(), Ok(4));
            let mut buffer = [0; 10];
            socket.recv_from(&mut buffer).await.unwrap();
            assert_eq!(buffer[0], number);
        }
    });
}

#[test]
fn a_crash_drops_all_tasks_and_the_host_starts_anew() {
    /// Counts how often it is dropped.
    struct Dropped(Rc<Cell<u32>>);

    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    let (boots, dropped) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (known, counter) = (Rc::clone(&boots), Rc::clone(&dropped));
    let server = async move |host: Host<'_>| {
        known.set(host.boots() + 1);
        let guard = Dropped(Rc::clone(&counter));
        let task = host.clone();
        drop(host.spawn(async move {
            let _guard = guard;
            task.sleep(Duration::from_secs(100)).await;
        }));
        let _guard = Dropped(Rc::clone(&counter));
        // The port is free again.
        echo(host).await;
    };
    let crash = ["host 0 @20000 crash 300000", "host 0 @600000 crash 100000"];
    run_beside(&script(&crash), server, async |host| {
        for _ in 0..10 {
            ask(host.clone()).await;
            host.sleep(100 * MILLI).await;
        }
    });
    assert_eq!(boots.get(), 3);
    assert_eq!(dropped.get(), 6, "two of each life");
}

#[test]
fn tasks_run_in_the_order_in_which_they_were_woken() {
    run(&calm(), async |host| {
        let order = Rc::new(RefCell::new(Vec::new()));
        for (name, wait) in [("c", 3), ("a", 1), ("b", 2), ("d", 3), ("now", 0)] {
            let (order, task) = (Rc::clone(&order), host.clone());
            drop(host.spawn(async move {
                task.sleep(wait * MILLI).await;
                order.borrow_mut().push(name);
                task.yield_now().await;
                order.borrow_mut().push(name);
            }));
        }
        host.sleep(10 * MILLI).await;
        let order = order.borrow().join(" ");
        assert_eq!(order, "now now a a b b c d c d");
        assert_eq!(host.now().as_micros(), 10_000);
    });
}

#[test]
fn a_task_is_joined_or_aborted() {
    run(&calm(), async |host| {
        assert_eq!(host.spawn(async { 7 }).await, Some(7));
        let (sleeper, child) = (host.clone(), host.clone());
        let socket = host.bound(SocketType::Udp4, 4_000).await.unwrap();
        let task = host.spawn(async move {
            drop(socket);
            let _socket = sleeper.bound(SocketType::Udp4, 4_000).await.unwrap();
            sleeper.sleep(Duration::from_secs(100)).await;
        });
        host.sleep(MILLI).await;
        assert!(!task.is_finished());
        let early = child.bound(SocketType::Udp4, 4_000).await.unwrap_err();
        assert_eq!(early.to_string(), "bind EADDRINUSE 0.0.0.0:4000");
        task.abort();
        assert_eq!(task.await, None);
        child.bound(SocketType::Udp4, 4_000).await.unwrap();
        let never = host.spawn(async {});
        never.abort();
        assert_eq!(never.await, None, "before it ran");
    });
}

#[test]
fn a_close_ends_what_waits_and_frees_the_port() {
    run(&calm(), async |host| {
        let socket = Rc::new(host.bound(SocketType::Udp4, 4_000).await.unwrap());
        let waits = Rc::clone(&socket);
        let task = host.spawn(async move { waits.recv(&mut [0; 10]).await });
        host.sleep(MILLI).await;
        socket.close().await.unwrap();
        let not_running = |error: Error<'_>| error.to_string() == "Not running";
        assert!(task.await.unwrap().is_err_and(not_running));
        assert!(socket.close().await.is_err_and(not_running));
        let sent = socket.send_to("x", server()).await;
        assert!(sent.is_err_and(not_running));
        assert!(
            socket
                .add_membership(IpAddr::from([239, 1, 1, 1]), Interface::Default)
                .is_err_and(not_running)
        );
        assert_eq!(socket.next_event().await, Some(Event::Listening));
        assert_eq!(socket.next_event().await, Some(Event::Close));
        assert_eq!(socket.next_event().await, None);
        host.bound(SocketType::Udp4, 4_000).await.unwrap();
    });
}

#[test]
fn sockets_that_are_dropped_make_room() {
    run(&calm(), async |host| {
        for _ in 0..100 {
            let socket = host.bound(SocketType::Udp4, 4_000).await.unwrap();
            socket.send_to("x", server()).await.unwrap();
        }
        // The last one is not closed yet.
        host.yield_now().await;
        let all: Vec<_> = (0..16)
            .map_while(|_| host.socket(SocketType::Udp4).ok())
            .collect();
        assert_eq!(all.len(), 16);
        let full = host.socket(SocketType::Udp4).unwrap_err();
        assert_eq!(full.to_string(), "open ENOBUFS");
    });
}

#[test]
fn failures_are_told_with_the_call_or_as_an_event() {
    for level in Level::ALL {
        run(&calm().level(level), fail);
    }
}

async fn fail(host: Host<'_>) {
    let socket = host.socket(SocketType::Udp4).unwrap();
    let mut buffer = [0; 10];
    let received = socket.recv_from(&mut buffer).await;
    assert_eq!(received.unwrap_err().to_string(), "recvmsg EBADF");
    let named = socket.connect(Destination::new("nobody", 7)).await;
    assert_eq!(
        named.unwrap_err().to_string(),
        "getaddrinfo ENOTFOUND nobody"
    );
    let named = socket.send_to("x", Destination::new("nobody", 7)).await;
    assert_eq!(
        named.unwrap_err().to_string(),
        "getaddrinfo ENOTFOUND nobody"
    );
    assert_eq!(socket.bind_state(), BindState::Bound);
    assert_eq!(socket.next_event().await, Some(Event::Listening));

    socket
        .drop_membership(IpAddr::from([239, 1, 1, 1]), Interface::Default)
        .unwrap_err();
    let group = IpAddr::from([239, 1, 1, 1]);
    let refused = socket.add_membership(group, Interface::Index(9));
    assert_eq!(refused.unwrap_err().to_string(), "addMembership ENODEV");
    let nobodys = MulticastInterface::V4([192, 0, 2, 9].into());
    let refused = socket.set_multicast_interface(nobodys);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "setMulticastInterface EADDRNOTAVAIL"
    );
    socket.add_membership(group, Interface::Default).unwrap();
    let again = socket.add_membership(group, Interface::Index(2));
    assert_eq!(again.unwrap_err().to_string(), "addMembership EADDRINUSE");
    socket.drop_membership(group, Interface::Default).unwrap();

    socket
        .connect(Destination::new(IpAddr::from([192, 0, 2, 1]), 9))
        .await
        .unwrap();
    assert_eq!(socket.send("x").await, Ok(1));
    let refused = socket.recv(&mut buffer).await;
    assert_eq!(refused.unwrap_err().to_string(), "recvmsg ECONNREFUSED");
    socket.disconnect().unwrap();
    socket.connect(server()).await.unwrap();
    let again = socket.connect(server()).await;
    assert_eq!(again.unwrap_err().to_string(), "Already connected");
    assert_eq!(socket.remote_address().unwrap().port, 7);
    assert_eq!(socket.send("hello").await, Ok(5));
    assert_eq!(socket.recv(&mut buffer).await, Ok(5));
}

#[test]
fn groups_and_broadcasts_reach_tasks() {
    let group = IpAddr::from([239, 255, 42, 98]);
    let server = async move |host: Host<'_>| {
        let socket = host.bound(SocketType::Udp4, 7).await.unwrap();
        socket.add_membership(group, Interface::Default).unwrap();
        let mut buffer = [0; 10];
        for to in [group, IpAddr::from([192, 0, 2, 255])] {
            let (length, meta) = socket.recv_from(&mut buffer).await.unwrap();
            assert_eq!((length, meta.local.unwrap().ip()), (0, to));
            let sender: Endpoint = meta.sender.unwrap();
            socket.queue(Datagram::new("yes").to(sender)).unwrap();
        }
        // What has not left is canceled with the socket.
        host.sleep(MILLI).await;
    };
    run_beside(&calm(), server, async move |host| {
        let options = Options::new(SocketType::Udp4).reuse_address(true);
        let socket = host.bound(options, 0).await.unwrap();
        socket.set_broadcast(true).unwrap();
        let mut buffer = [0; 10];
        for to in [group, IpAddr::from([192, 0, 2, 255])] {
            socket.send_to("", Destination::new(to, 7)).await.unwrap();
            let (length, _) = socket.recv_from(&mut buffer).await.unwrap();
            assert_eq!(buffer.get(..length), Some(&b"yes"[..]));
        }
    });
}

#[test]
fn what_nobody_receives_is_lost_and_counted() {
    run(&calm(), async |host| {
        let socket = host.bound(SocketType::Udp4, 0).await.unwrap();
        for _ in 0..1_000 {
            socket.send_to(&[7; 100][..], server()).await.unwrap();
        }
        host.sleep(MILLI).await;
        let mut waiting = 0;
        while socket.try_recv_from(&mut [0; 10]).is_ok() {
            waiting += 1;
        }
        // 212,992 bytes, of which each takes 356.
        assert_eq!((waiting, socket.lost()), (598, 402));
    });
}

#[test]
fn the_trace_has_every_turn_of_a_task_and_what_it_says() {
    let options = calm().keep_records();
    simulate(&options, |world| {
        let host = world.add_async_host("host", HostOptions::new(), |host| async move {
            host.sleep(MILLI).await;
            host.note("awake");
        });
        world.run_for(10 * MILLI).unwrap();
        let records = world.records().iter().filter_map(|record| {
            let at = record.at.as_micros();
            if let Happened::Ran { task, .. } = &record.what {
                Some(format!("{at} ran {task}"))
            } else if let Happened::Note { text, .. } = &record.what {
                Some(format!("{at} {text}"))
            } else {
                None
            }
        });
        let records: Vec<_> = records.collect();
        assert_eq!(records, ["0 ran 0", "1000 ran 0", "1000 awake"]);
        assert!(world.sockets(host).is_some());
    });
}
