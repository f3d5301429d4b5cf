//! Applications that want to be woken.

use core::time::Duration;

use anydgram_core::Instant;
use anydgram_core::SocketType::Udp4;

use crate::lab::Lab;
use crate::ticker::Ticker;

#[test]
fn an_application_is_woken_when_it_is_time() {
    let (mut lab, ..) = Lab::pair(Udp4);
    lab.settle();
    let computer = &mut lab.computers[0];
    let start = Instant::from_micros(1_000_000_000);
    let at = |milliseconds| start.saturating_add(Duration::from_millis(milliseconds));
    let mut ticker = Ticker::new(Some(at(10)));
    let (stack, sockets) = (&mut computer.stack, &mut computer.sockets);
    while stack.step(start, sockets, &mut ticker) {}
    assert_eq!(stack.poll(start, sockets, &mut ticker), Some(at(10)));
    assert_eq!(stack.poll(at(10), sockets, &mut ticker), Some(at(20)));
    assert!(stack.step(at(25), sockets, &mut ticker));
    assert!(!stack.step(at(25), sockets, &mut ticker));
    assert_eq!(stack.poll(at(34), sockets, &mut ticker), Some(at(35)));
    assert_ne!(stack.poll(at(40), sockets, &mut ticker), Some(at(50)));
    assert_eq!(ticker.woken, [at(10), at(25), at(40)]);
}
