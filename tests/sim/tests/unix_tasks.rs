//! Tasks with Unix sockets: what the calls return, and that nothing is lost with a future that is dropped.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::rc::Rc;
use core::cell::Cell;
use core::time::Duration;

use anydgram_core::{
    BindState, ConnectState, Limits, SocketType, UnixAddress, UnixBind, UnixDatagram,
};
use anydgram_sim::tasks::{Event, Host, UnixSocket};
use anydgram_sim::{Fault, HostOptions, Rates, World, WorldOptions, simulate};

const MILLI: Duration = Duration::from_millis(1);
const SERVER: &str = "/run/server";

/// Runs an application, and another beside it as a process, until the process is done.
fn run_beside<S, C>(options: &WorldOptions, application: S, process: C) -> u64
where
    S: AsyncFn(Host<'_>) + 'static,
    C: AsyncFn(Host<'_>) + 'static,
{
    simulate(options, |world| {
        let (application, process) = (Rc::new(application), Rc::new(process));
        let host = world.add_async_host("host", HostOptions::new(), move |host| {
            let application = Rc::clone(&application);
            async move { application(host).await }
        });
        let is_done = Rc::new(Cell::new(false));
        let done = Rc::clone(&is_done);
        world.add_async_process(host, "process", move |host| {
            let (process, done) = (Rc::clone(&process), Rc::clone(&done));
            async move {
                process(host).await;
                done.set(true);
            }
        });
        let is_over = world.run_until(Duration::from_secs(60), |_| is_done.get());
        assert!(is_over.unwrap(), "the process is done");
        world.drain().unwrap();
        world.hash()
    })
}

fn run<C>(process: C)
where
    C: AsyncFn(Host<'_>) + 'static,
{
    run_beside(&WorldOptions::new(1), async |_| (), process);
}

async fn bound<'m>(host: &Host<'m>, path: &str) -> UnixSocket<'m> {
    let socket = host.unix_socket();
    let address = socket.bind(path).await.unwrap();
    assert_eq!(address.address(), Some(UnixAddress::from(path)));
    socket
}

/// Sends everything back.
async fn echo(host: Host<'_>) {
    let socket = bound(&host, SERVER).await;
    let mut buffer = [0; 100];
    loop {
        let (length, sender) = socket.recv_from(&mut buffer).await.unwrap();
        let answer = buffer.get(..length).unwrap();
        socket.send_to(answer, &sender.unwrap()).await.unwrap();
    }
}

#[test]
fn an_application_and_a_process_talk() {
    let client = async |host: Host<'_>| {
        let socket = bound(&host, "@client").await;
        for text in ["hello", ""] {
            assert_eq!(socket.send_to(text, SERVER).await, Ok(text.len()));
            let mut buffer = [0; 100];
            let (length, sender) = socket.recv_from(&mut buffer).await.unwrap();
            assert_eq!(buffer.get(..length), Some(text.as_bytes()));
            assert_eq!(sender.unwrap().address(), Some(SERVER.into()));
        }
        assert_eq!(socket.stats().delivered, 2);
    };
    run_beside(&WorldOptions::new(1), echo, client);
}

#[test]
fn errors_name_what_the_caller_gave() {
    run(async |host: Host<'_>| {
        let socket = host.unix_socket();
        let text = |error: anydgram_core::Error<'_>| error.to_string();
        let nobody = socket.send_to("x", "/run/nobody").await;
        assert_eq!(nobody.map_err(text), Err("send ENOENT /run/nobody".into()));
        let nobody = socket.connect("@nobody").await;
        assert_eq!(
            nobody.map_err(text),
            Err("connect ECONNREFUSED @nobody".into())
        );
        assert_eq!(socket.connect_state(), ConnectState::Disconnected);
        let _other = bound(&host, "/run/other").await;
        let taken = socket.bind("/run/other").await;
        let taken = taken.map(drop).map_err(text);
        assert_eq!(taken, Err("bind EADDRINUSE /run/other".into()));
        assert_eq!(socket.bind_state(), BindState::Unbound);
        let mode = socket.bind(UnixBind::new("@name").mode(0o600)).await;
        assert_eq!(
            mode.map(drop).map_err(text),
            Err("bind EINVAL @name".into())
        );
        let unbound = socket.recv(&mut []).await.map_err(text);
        assert_eq!(unbound, Err("recvmsg EBADF".into()));
        assert_eq!(
            socket.address().map(drop).map_err(text),
            Err("getsockname EBADF".into())
        );
        let empty = socket
            .bind("")
            .await
            .map(drop)
            .map_err(|error| error.code());
        assert_eq!(empty, Err("ERR_SOCKET_DGRAM_BAD_PATH"));
        let to_peer = socket.send("x").await.map_err(|error| error.code());
        assert_eq!(to_peer, Err("ERR_SOCKET_DGRAM_NOT_CONNECTED"));
    });
}

#[test]
fn a_connected_sender_waits_for_room_and_another_is_told() {
    run(async |host: Host<'_>| {
        let server = bound(&host, SERVER).await;
        let other = host.unix_socket();
        for _ in 0..11 {
            assert_eq!(other.send_to("x", SERVER).await, Ok(1));
        }
        let full = other.send_to("x", SERVER).await.unwrap_err();
        assert_eq!(full.to_string(), "send EAGAIN /run/server");
        let client = host.unix_socket();
        client.connect(SERVER).await.unwrap();
        let peer = client.remote_address().unwrap();
        assert_eq!(peer.address(), Some(SERVER.into()));
        // It waits, also when nobody waits for it any more.
        assert!(host.timeout(MILLI, client.send("late")).await.is_err());
        assert_eq!(
            (client.send_queue_count(), client.send_queue_size()),
            (1, 4)
        );
        let mut buffer = [0; 10];
        for _ in 0..11 {
            assert_eq!(server.recv(&mut buffer).await, Ok(1));
        }
        assert_eq!(server.recv(&mut buffer).await, Ok(4));
        assert_eq!(client.send_queue_count(), 0);
        let none = server.try_recv_from(&mut buffer).map(drop).unwrap_err();
        assert_eq!(none.to_string(), "recvmsg EAGAIN");
    });
}

#[test]
fn nothing_is_lost_with_a_receive_that_is_dropped() {
    run(async |host: Host<'_>| {
        let server = bound(&host, SERVER).await;
        let client = host.unix_socket();
        let mut buffer = [0; 10];
        for text in ["one", "three"] {
            let nothing = host.timeout(MILLI, server.recv(&mut buffer)).await;
            assert!(nothing.is_err());
            client.send_to(text, SERVER).await.unwrap();
            assert_eq!(server.recv(&mut buffer).await, Ok(text.len()));
        }
    });
}

#[test]
fn what_is_longer_than_the_buffer_loses_its_tail() {
    run(async |host: Host<'_>| {
        let server = bound(&host, SERVER).await;
        let client = host.unix_socket();
        for text in ["hello", "you"] {
            let datagram = UnixDatagram::new(text).to(SERVER);
            client.queue(datagram).unwrap();
        }
        let mut buffer = [0; 3];
        for text in ["hel", "you"] {
            assert_eq!(server.recv(&mut buffer).await, Ok(3));
            assert_eq!(buffer, text.as_bytes());
        }
    });
}

#[test]
fn what_the_queue_cannot_hold_is_refused_and_room_is_waited_for() {
    run(async |host: Host<'_>| {
        let server = bound(&host, SERVER).await;
        let mut limits = Limits::new();
        limits.bytes = 100;
        let client = host.unix_socket_with(limits);
        let long = client.send_to(&[0; 101], SERVER).await.unwrap_err();
        assert_eq!(long.to_string(), "send EMSGSIZE /run/server");
        client.connect(SERVER).await.unwrap();
        for _ in 0..11 {
            client.send(&[0; 60]).await.unwrap();
        }
        // One waits in the queue, and one for the queue.
        let first = client.queue(UnixDatagram::new(&[1; 60]));
        assert_eq!(first, Ok(()));
        let reader = host.spawn({
            let host = host.clone();
            async move {
                host.sleep(MILLI).await;
                let mut buffer = [0; 100];
                for _ in 0..13 {
                    server.recv(&mut buffer).await.unwrap();
                }
                buffer.first().copied()
            }
        });
        assert_eq!(client.send(&[2; 60]).await, Ok(60));
        assert_eq!(reader.await, Some(Some(2)));
    });
}

#[test]
fn a_close_ends_what_waits_and_frees_the_name() {
    run(async |host: Host<'_>| {
        let server = bound(&host, SERVER).await;
        let client = host.unix_socket();
        client.connect(SERVER).await.unwrap();
        for _ in 0..11 {
            client.send("x").await.unwrap();
        }
        let client = Rc::new(client);
        let waiting = Rc::clone(&client);
        let waiting = host.spawn(async move { waiting.send("late").await });
        host.sleep(MILLI).await;
        client.close().await.unwrap();
        let canceled = waiting.await.unwrap().unwrap_err();
        assert_eq!(canceled.to_string(), "send ECANCELED");
        let again = client.close().await.map_err(|error| error.code());
        assert_eq!(again, Err("ERR_SOCKET_DGRAM_NOT_RUNNING"));
        assert!(client.is_closed());
        drop(server);
        host.yield_now().await;
        let server = bound(&host, SERVER).await;
        for expected in [Some(Event::Listening), Some(Event::Close), None] {
            if expected == Some(Event::Close) {
                server.close().await.unwrap();
            }
            assert_eq!(server.next_event().await, expected);
        }
    });
}

#[test]
fn a_process_that_is_done_keeps_nothing() {
    simulate(&WorldOptions::new(1), |world| {
        let host = world.add_host("host", HostOptions::new(), |_| {
            Box::new(anydgram_sim::Nobody)
        });
        world.add_async_process(host, "brief", |host| async move {
            let socket = bound(&host, SERVER).await;
            host.sleep(MILLI).await;
            drop(socket);
        });
        let has_file = |world: &World<'_>| world.unix(host).has_file(SERVER);
        world.run_for(Duration::ZERO).unwrap();
        assert!(has_file(world));
        world.run_for(MILLI * 2).unwrap();
        assert!(!has_file(world));
        assert_eq!(world.unix(host).ids(), []);
    });
}

#[test]
fn a_process_has_no_place_for_other_sockets() {
    run(async |host: Host<'_>| {
        let error = host.socket(SocketType::Udp4).unwrap_err();
        assert_eq!(error.to_string(), "open ENOBUFS");
    });
}

#[test]
fn a_script_of_what_the_seed_says_plays_the_same() {
    let talk = |options: &WorldOptions| {
        let client = async |host: Host<'_>| {
            for number in 0..50_u8 {
                let socket = host.unix_socket();
                let path = format!("/run/client{}", number % 3);
                // What fails is of no matter here.
                if socket.bind(path.as_str()).await.is_ok()
                    && socket.send_to(&[number], SERVER).await.is_ok()
                {
                    let mut answer = [0];
                    let waited = host.timeout(MILLI, socket.recv(&mut answer)).await;
                    assert!(waited.is_err() || answer == [number]);
                }
            }
        };
        let server = async |host: Host<'_>| {
            let socket = host.unix_socket();
            while socket.bind(SERVER).await.is_err() {
                host.sleep(MILLI).await;
            }
            let mut buffer = [0; 100];
            loop {
                let (length, sender) = socket.recv_from(&mut buffer).await.unwrap();
                let answer = buffer.get(..length).unwrap();
                if let Some(sender) = &sender {
                    socket.send_to(answer, sender).await.ok();
                }
            }
        };
        run_beside(options, server, client)
    };
    let mut rates = Rates::none();
    rates.foreign_file = 200_000;
    rates.read_only = 200_000;
    rates.no_buffers = 200_000;
    rates.outage_up_to = MILLI;
    let options = WorldOptions::new(3).rates(rates);
    assert_eq!(talk(&options), talk(&options));
    assert_ne!(talk(&options), talk(&options.clone().seed(4)));
    // The third bind of the process finds a file; the script says so and nothing else.
    let fault: Fault = "unix 1 4 foreign-file 500".parse().unwrap();
    let script = WorldOptions::new(3).script(vec![fault]);
    assert_ne!(talk(&script), talk(&WorldOptions::new(3)));
}
