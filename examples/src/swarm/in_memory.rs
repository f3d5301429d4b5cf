//! On userspace stacks with an Ethernet in memory, in a time of their own.

use core::time::Duration;

use anydgram_core::{Instant, SocketSlot, Sockets};
use anydgram_smoltcp::Segment;

use super::{Ended, NODES, Swarm, address, reports};
use crate::computer::{self, Memory};

/// Runs the nodes until each knows all, for `limit` of their time at most.
///
/// # Errors
/// What a stack or a node has against it.
pub fn run_in_memory<S: Swarm>(swarm: &S, limit: Duration) -> Ended {
    let segment = Segment::new();
    let mut memory: Vec<(Memory, [SocketSlot<'static>; 1])> = Vec::new();
    memory.resize_with(NODES, || (Memory::new(), [SocketSlot::new()]));
    let mut now = Instant::from_micros(0);
    let (mut hosts, mut nodes) = (Vec::new(), Vec::new());
    for (number, (memory, slots)) in memory.iter_mut().enumerate() {
        let stack = computer::new(&segment, address(number), memory)?;
        let mut sockets = Sockets::new(slots);
        nodes.push(swarm.start(number, &mut sockets, now)?);
        hosts.push((stack, sockets));
    }
    let end = now.saturating_add(limit);
    loop {
        let mut next = end;
        for ((stack, sockets), node) in hosts.iter_mut().zip(&mut nodes) {
            let wanted = stack.poll(now, sockets, node);
            next = next.min(wanted.unwrap_or(end));
        }
        let (texts, is_all) = reports(swarm, &nodes);
        if is_all || now >= end {
            return Ok((texts, is_all));
        }
        if segment.is_idle() {
            now = now.max(next);
        }
    }
}
