//! Neighbours that do not answer, and those that must not suffer from it.

use core::time::Duration;

use anydgram_core::SocketType::Udp4;

use crate::lab::Lab;

/// The sends of one socket, to destinations in turn.
#[test]
fn one_dead_destination_delays_none_of_a_hundred() {
    let mut lab = Lab::new(101);
    let from = lab.computers[0].bound(Udp4, 7);
    let to: Vec<_> = lab.computers[1..]
        .iter_mut()
        .map(|computer| computer.bound(Udp4, 7))
        .collect();
    lab.settle();
    lab.forget();
    let started = lab.now;
    for round in 0..3 {
        for (at, &socket) in to.iter().enumerate() {
            // The dead one first, and between all the others.
            lab.computers[0].send(from, b"lost", "192.0.2.200", 7);
            let address = format!("192.0.2.{}", at + 2);
            lab.computers[0].send(from, b"x", &address, 7);
            lab.settle();
            assert_eq!(
                lab.computers[at + 1].told(socket),
                ["message x"],
                "{round} {at}"
            );
        }
    }
    assert_eq!(lab.now, started, "nobody waits for anybody");
}

#[test]
fn a_dead_neighbour_is_asked_for_a_bounded_number_of_times() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    for _ in 0..600 {
        lab.computers[0].send(a, b"x", "192.0.2.200", 7);
        lab.pass(Duration::from_millis(100));
    }
    let frames = lab.frames.borrow();
    let asked = frames
        .iter()
        .filter(|(_, frame)| frame[12..14] == [8, 6])
        .count();
    // In a minute: three questions, one a second, and then three seconds of silence, again and again.
    assert!((25..=36).contains(&asked), "{asked}");
}
