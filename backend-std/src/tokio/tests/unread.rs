//! What single receives find beside their own datagrams: when the system is asked for it, and what that costs.

use super::*;
use crate::tokio::unread;

/// Whether the system hands datagrams over together.
fn is_coalesced(socket: &Socket) -> bool {
    socket.shared.with(|state| {
        let watched = state.home.watched().unwrap();
        watched.os().is_coalesced()
    })
}

fn has_room(socket: &Socket) -> bool {
    socket.shared.with(|state| state.unread.has_room())
}

/// Sends so many datagrams in one go, and waits until they may be received.
async fn send(sender: &Socket, receiver: &Socket, count: usize) {
    let there = Destination::new(LOCALHOST, port_of(receiver));
    let datagrams = vec![Datagram::new("ball").to(there); count];
    let each = |_, result| assert_eq!(result, Ok(4));
    sender.send_many(&datagrams, each).await;
    // The task's share begins anew, and the reactor has told.
    tokio::task::yield_now().await;
    timeout(LIMIT, receiver.readable()).await.unwrap().unwrap();
}

async fn receive(receiver: &Socket, count: usize) {
    let mut buffer = [0; 16];
    for _ in 0..count {
        let received = timeout(LIMIT, receiver.recv(&mut buffer)).await.unwrap();
        assert_eq!(received, Ok(4));
    }
}

#[test]
fn datagrams_that_are_waited_for_are_never_asked_for_together() {
    runtime().block_on(async {
        let (sender, receiver) = (bound().await, bound().await);
        for count in [1, 7].repeat(10) {
            send(&sender, &receiver, count).await;
            receive(&receiver, count).await;
            assert!(receiver.try_recv(&mut [0; 1]).is_err());
            assert!(!is_coalesced(&receiver) && !has_room(&receiver));
        }
        send(&sender, &receiver, 8).await;
        receive(&receiver, 8).await;
        assert!(is_coalesced(&receiver));
    });
}

#[test]
fn a_socket_has_room_for_others_only_until_it_has_to_wait() {
    runtime().block_on(async {
        let (sender, receiver) = (bound().await, bound().await);
        send(&sender, &receiver, 8).await;
        receive(&receiver, 8).await;
        for _ in 0..3 {
            send(&sender, &receiver, 3).await;
            receive(&receiver, 2).await;
            assert!(has_room(&receiver));
            receive(&receiver, 1).await;
            {
                let mut buffer = [0; 16];
                let mut receive = pin!(receiver.recv(&mut buffer));
                assert!(waits(&mut receive).await);
            }
            assert!(!has_room(&receiver));
        }
        // A batch has room of its own.
        send(&sender, &receiver, 3).await;
        receive(&receiver, 1).await;
        assert!(has_room(&receiver));
        let mut batch = Batch::new();
        receiver.recv_many(&mut batch).await.unwrap();
        assert!(!has_room(&receiver));
    });
}

#[test]
fn rooms_that_nobody_needs_are_few() {
    runtime().block_on(async {
        let sender = bound().await;
        let mut receivers = Vec::new();
        for _ in 0..3 * unread::SPARE {
            let receiver = bound().await;
            send(&sender, &receiver, 8).await;
            receive(&receiver, 8).await;
            send(&sender, &receiver, 2).await;
            receive(&receiver, 1).await;
            receivers.push(receiver);
        }
        assert!(receivers.iter().all(has_room));
        for receiver in &receivers {
            receive(receiver, 1).await;
            assert!(receiver.try_recv(&mut [0; 1]).is_err());
        }
        assert!(!receivers.iter().any(has_room));
        assert!(unread::spare().len() <= unread::SPARE);
    });
}

/// Receives datagrams that wait, so many a round, and returns what rounds have allocated.
async fn allocations_of_rounds<const ROUNDS: usize>(count: usize) -> [usize; ROUNDS] {
    let (sender, receiver) = (bound().await, bound().await);
    send(&sender, &receiver, 8).await;
    receive(&receiver, 8).await;
    let mut rounds = [0; ROUNDS];
    let mut buffer = [0; 16];
    for round in &mut rounds {
        send(&sender, &receiver, count).await;
        let (receiving, ()) = allocations::count(|| {
            for _ in 0..count {
                assert_eq!(at_once(receiver.recv(&mut buffer)), Ok(4));
            }
        });
        let (waiting, ()) = allocations::count(|| {
            let mut future = pin!(receiver.recv(&mut buffer));
            let polled = future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        });
        *round = receiving + waiting;
    }
    rounds
}

#[test]
fn what_waits_costs_no_allocation() {
    for count in [1, 20] {
        let rounds: [usize; 100] = runtime().block_on(allocations_of_rounds(count));
        // Tests beside this one may have taken the rooms that it has left, now and then.
        let free = rounds.iter().filter(|allocated| **allocated == 0).count();
        assert!(free > 50, "{rounds:?}");
    }
}
