//! More than there is room for.

use alloc::rc::Rc;
use core::cell::Cell;

use anydgram_core::{Destination, SocketType, Storage};
use anydgram_embassy::{Inbox, Place, WaitSlot};

use crate::lab::{Lab, leaked};

#[test]
fn senders_wait_for_room_and_nothing_is_lost() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = &*leaked(a.bound(&mut lab, SocketType::Udp4, 7));
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let to = Destination::new("192.0.2.2", 7);
    assert_eq!(lab.wait(one.send_to("first", to)), Ok(5));
    a.cable.room.set(Some(0));
    // More than the queue has places.
    for task in 0..12 {
        lab.spawn(async move {
            for number in 0..5_u8 {
                let data = [task * 5 + number; 100];
                assert_eq!(one.send_to(&data[..], to).await, Ok(100));
            }
        });
    }
    let mut heard = Vec::new();
    for _ in 0..100 {
        a.cable.room.set(Some(1));
        lab.wake();
        lab.settle();
        let mut buffer = [0; 128];
        while let Ok((length, _)) = other.try_recv_from(&mut buffer) {
            if length == 100 {
                heard.push(buffer[0]);
            }
        }
    }
    heard.sort_unstable();
    assert_eq!(heard, (0..60).collect::<Vec<u8>>());
}

#[test]
fn long_datagrams_leave_as_there_is_room_for_their_fragments() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let sockets = [7, 8, 9].map(|port| &*leaked(a.bound(&mut lab, SocketType::Udp4, port)));
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let to = Destination::new("192.0.2.2", 7);
    assert_eq!(lab.wait(sockets[0].send_to("first", to)), Ok(5));
    // The neighbour is known.
    lab.settle();
    a.cable.room.set(Some(0));
    for (socket, number) in sockets.into_iter().zip(1..) {
        lab.spawn(async move {
            for _ in 0..5 {
                assert_eq!(socket.send_to(&[number; 4000], to).await, Ok(4000));
            }
        });
    }
    let mut heard = [0; 4];
    for frames in (0..80).map(|step| step % 3) {
        a.cable.room.set(Some(frames));
        lab.wake();
        lab.settle();
        let mut buffer = [0; 4000];
        while let Ok((4000, _)) = other.try_recv_from(&mut buffer) {
            assert!(buffer.iter().all(|byte| *byte == buffer[0]));
            heard[usize::from(buffer[0])] += 1;
        }
    }
    assert_eq!(heard, [0, 5, 5, 5]);
}

#[test]
fn what_waits_behind_fragments_leaves_after_them() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let sockets = [7, 8].map(|port| a.bound(&mut lab, SocketType::Udp4, port));
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let to = Destination::new("192.0.2.2", 7);
    assert_eq!(lab.wait(sockets[0].send_to("first", to)), Ok(5));
    lab.settle();
    a.cable.room.set(Some(1));
    // Two fragments of it wait in the link, and the next one finds no room there.
    assert_eq!(lab.wait(sockets[0].send_to(&[1; 4000], to)), Ok(4000));
    assert!(
        lab.wait_for(1, sockets[1].send_to(&[2; 4000], to))
            .is_none()
    );
    a.cable.room.set(Some(100));
    lab.wake();
    lab.settle();
    let mut buffer = [0; 4000];
    let lengths = core::iter::from_fn(|| other.try_recv_from(&mut buffer).ok());
    assert_eq!(
        lengths.map(|(length, _)| length).collect::<Vec<_>>(),
        [5, 4000, 4000]
    );
}

#[test]
fn what_nobody_receives_is_counted() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let data = [1; 1000];
    for _ in 0..20 {
        let sent = lab.wait(one.send_to(&data[..], Destination::new("192.0.2.2", 7)));
        assert_eq!(sent, Ok(1000));
    }
    lab.settle();
    assert_eq!(other.lost(), 12, "it has room for 8192 bytes");
    let mut buffer = [0; 1000];
    let received = core::iter::from_fn(|| other.try_recv_from(&mut buffer).ok());
    assert_eq!(received.count(), 8);
}

#[test]
fn a_flood_does_not_starve_other_tasks() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let to = Destination::new("192.0.2.2", 7);
    assert_eq!(lab.wait(one.send_to("x", to)), Ok(1));
    lab.settle();
    let frames = lab.seen();
    let frame = frames.last().unwrap();
    // It keeps the flood up itself: 40 frames in each turn.
    let flood = lab.segment.port([2, 0, 0, 0, 0, 9]);
    let turns = Rc::new(Cell::new(0));
    let count = Rc::clone(&turns);
    lab.spawn(async move {
        loop {
            count.set(count.get() + 1);
            yield_once().await;
        }
    });
    for _ in 0..100 {
        for _ in 0..40 {
            flood.send(frame);
        }
        lab.turn();
    }
    assert_eq!(turns.get(), 100);
    assert!(other.stats().received >= 100 * 32, "and is served itself");
}

#[test]
fn what_came_at_once_is_taken_without_another_wake() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let to = Destination::new("192.0.2.2", 7);
    assert_eq!(lab.wait(one.send_to("x", to)), Ok(1));
    lab.settle();
    let frames = lab.seen();
    let port = lab.segment.port([2, 0, 0, 0, 0, 9]);
    for _ in 0..60 {
        port.send(frames.last().unwrap());
    }
    lab.settle();
    let mut buffer = [0; 8];
    let received = core::iter::from_fn(|| other.try_recv_from(&mut buffer).ok());
    assert_eq!(received.count(), 61);
}

#[test]
fn more_senders_than_places_for_their_events_take_turns() {
    let mut lab = Lab::new();
    let places = leaked([const { Place::new() }; 1]);
    let inbox = Inbox::new(places, leaked([const { WaitSlot::new() }; 3]));
    let a = lab.with_handler(1, inbox);
    let storage: &mut Storage<4096, 8, 0, 5, 0> = leaked(Storage::new());
    assert_eq!(a.host.lend(storage, &mut [], &mut []), Ok(()));
    let socket = &*leaked(a.bound(&mut lab, SocketType::Udp4, 7));
    socket.set_broadcast(true).unwrap();
    a.cable.room.set(Some(0));
    let done = Rc::new(Cell::new(0));
    for _ in 0..12 {
        let done = Rc::clone(&done);
        lab.spawn(async move {
            let sent = socket
                .send_to("x", Destination::new("192.0.2.255", 9))
                .await;
            assert_eq!(sent, Ok(1));
            done.set(done.get() + 1);
        });
    }
    for _ in 0..100 {
        lab.turn();
    }
    assert_eq!(done.get(), 0);
    a.cable.room.set(None);
    lab.wake();
    lab.settle();
    assert_eq!(done.get(), 12);
}

/// Lets others have their turn.
async fn yield_once() {
    let mut is_first = true;
    core::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if core::mem::take(&mut is_first) {
            core::task::Poll::Pending
        } else {
            core::task::Poll::Ready(())
        }
    })
    .await;
}
