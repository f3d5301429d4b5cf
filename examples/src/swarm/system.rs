//! On the operating system's sockets: each node has a driver, and they take turns on this thread.

use core::time::Duration;

use anydgram_core::{SocketSlot, Sockets};
use anydgram_std::Driver;

use super::{Ended, NODES, Swarm, reports};

/// Runs the nodes until each knows all, for `limit` at most.
///
/// # Errors
/// What the system or a node has against it.
pub fn run_on_system<S: Swarm>(swarm: &S, limit: Duration) -> Ended {
    let mut slots: Vec<[SocketSlot<'static>; 1]> = Vec::new();
    slots.resize_with(NODES, || [SocketSlot::new()]);
    let (mut hosts, mut nodes) = (Vec::new(), Vec::new());
    for (number, slots) in slots.iter_mut().enumerate() {
        let driver = Driver::new()?;
        let mut sockets = Sockets::new(slots);
        nodes.push(swarm.start(number, &mut sockets, driver.now())?);
        hosts.push((driver, sockets));
    }
    let mut left = limit;
    loop {
        for ((driver, sockets), node) in hosts.iter_mut().zip(&mut nodes) {
            driver.run_for(MOMENT, sockets, node)?;
            left = left.saturating_sub(MOMENT);
        }
        let (texts, is_all) = reports(swarm, &nodes);
        if is_all || left.is_zero() {
            return Ok((texts, is_all));
        }
    }
}

/// How long a node has before it is another one's turn.
const MOMENT: Duration = Duration::from_millis(1);
