//! Several tasks on one socket, and tasks that end before their futures do.

use alloc::rc::Rc;
use core::cell::RefCell;

use anydgram_core::{Destination, SocketType};
use anydgram_embassy::Event;

use crate::lab::{Lab, leaked};

#[test]
fn several_tasks_share_a_socket_and_nothing_is_lost() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let server = &*leaked(a.bound(&mut lab, SocketType::Udp4, 7));
    let client = &*leaked(b.bound(&mut lab, SocketType::Udp4, 7));
    let received = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..5 {
        let received = Rc::clone(&received);
        lab.spawn(async move {
            let mut buffer = [0; 16];
            loop {
                let (length, meta) = server.recv_from(&mut buffer).await.unwrap();
                received.borrow_mut().push(buffer[0]);
                let answered = server
                    .send_to(&buffer[..length], meta.sender.unwrap())
                    .await;
                assert_eq!(answered, Ok(length));
            }
        });
    }
    let answers = Rc::new(RefCell::new(Vec::new()));
    for _ in 0..3 {
        let answers = Rc::clone(&answers);
        lab.spawn(async move {
            let mut buffer = [0; 16];
            loop {
                client.recv_from(&mut buffer).await.unwrap();
                answers.borrow_mut().push(buffer[0]);
            }
        });
    }
    for task in 0..4 {
        lab.spawn(async move {
            for number in 0..50 {
                let data = [task * 50 + number];
                let sent = client
                    .send_to(&data[..], Destination::new("192.0.2.1", 7))
                    .await;
                assert_eq!(sent, Ok(1));
            }
        });
    }
    lab.pass(1000);
    for heard in [received, answers] {
        let mut heard = heard.take();
        heard.sort_unstable();
        assert_eq!(heard, (0..200).collect::<Vec<u8>>());
    }
}

#[test]
fn a_receive_that_is_given_up_takes_nothing() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    for _ in 0..20 {
        let mut buffer = [0; 16];
        assert!(lab.wait_for(3, other.recv_from(&mut buffer)).is_none());
        assert_eq!(
            lab.wait(one.send_to("x", Destination::new("192.0.2.2", 7))),
            Ok(1)
        );
        lab.settle();
        assert_eq!(
            lab.wait_for(0, other.recv_from(&mut buffer))
                .map(|got| got.unwrap().0),
            Some(1)
        );
    }
}

#[test]
fn a_send_that_is_given_up_is_sent_or_was_never_begun() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let to = Destination::new("192.0.2.2", 7);
    assert_eq!(lab.wait(one.send_to("first", to)), Ok(5));
    a.cable.room.set(Some(0));
    let long = [7; 2000];
    let mut begun = 0;
    while one.send_queue_size() + long.len() <= 4096 {
        assert!(lab.wait_for(2, one.send_to(&long[..], to)).is_none());
        begun += 1;
    }
    assert_eq!(begun, 2);
    assert!(
        lab.wait_for(2, one.send_to(&long[..], to)).is_none(),
        "no room in the queue"
    );
    a.cable.room.set(None);
    lab.wake();
    lab.pass(10);
    let mut buffer = [0; 4096];
    let lengths: Vec<_> = core::iter::from_fn(|| other.try_recv_from(&mut buffer).ok()).collect();
    let lengths: Vec<_> = lengths.iter().map(|(length, _)| *length).collect();
    assert_eq!(lengths, [5, 2000, 2000]);
}

#[test]
fn a_close_ends_what_waits() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let socket = &*leaked(a.bound(&mut lab, SocketType::Udp4, 7));
    a.cable.room.set(Some(0));
    let told = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&told);
    lab.spawn(async move {
        let mut buffer = [0; 8];
        let failure = socket.recv_from(&mut buffer).await.unwrap_err();
        log.borrow_mut().push(failure.code());
    });
    let log = Rc::clone(&told);
    lab.spawn(async move {
        let to = Destination::new("192.0.2.255", 9);
        socket.set_broadcast(true).unwrap();
        let failure = socket.send_to("never", to).await.unwrap_err();
        log.borrow_mut().push(failure.code());
    });
    let log = Rc::clone(&told);
    lab.spawn(async move {
        while let Some(event) = socket.next_event().await {
            let told = match event {
                Event::Close => "close",
                Event::Listening => "listening",
                Event::Connect | Event::Drained | Event::Error(_) | _ => "another one",
            };
            log.borrow_mut().push(told);
        }
        log.borrow_mut().push("end");
    });
    lab.pass(10);
    assert_eq!(told.take(), ["listening"]);
    assert_eq!(lab.wait(socket.close()), Ok(()));
    lab.pass(10);
    let mut told = told.take();
    told.sort_unstable();
    assert_eq!(
        told,
        ["ECANCELED", "ERR_SOCKET_DGRAM_NOT_RUNNING", "close", "end"]
    );
}
