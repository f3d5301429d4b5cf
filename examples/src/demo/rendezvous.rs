//! One application, on two backends: what it tells is the same.
//!
//! Two hosts take turns on this thread. On the operating system's sockets, both are this computer, and nothing leaves it;
//! on the userspace stack, they are two, with an Ethernet in memory between them and a time of their own.

use core::error::Error;
use core::fmt;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::io;

use anydgram_core::{Handler, Instant, SocketSlot, Sockets};
use anydgram_smoltcp::Segment;
use anydgram_std::Driver;

use super::{LIMIT, Outcome, check, say};
use crate::computer::{self, Computer, Memory};
use crate::rendezvous::{self, Greeter, Seeker, Site};

/// What the hosts are on.
trait Network {
    /// Does what there is to do on a host; whether nothing can happen there any more.
    fn poll(
        &mut self,
        host: usize,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut dyn Handler,
    ) -> io::Result<bool>;

    /// Lets time pass until there may be something to do again; `false`: there never will be.
    fn rest(&mut self) -> io::Result<bool>;
}

/// On the operating system's sockets.
pub(super) fn run_on_system() -> Outcome {
    let site = Site {
        address: Ipv4Addr::LOCALHOST,
        hops: 0,
    };
    let mut network = System {
        drivers: [Driver::new()?, Driver::new()?],
        left: LIMIT,
    };
    if !run(&mut network, [site; 2])? {
        say(
            "SKIPPED",
            "this host has no groups on its loopback interface",
        );
    }
    Ok(())
}

/// On a userspace stack.
pub(super) fn run_in_memory() -> Outcome {
    let sites = [1, 2].map(|number| Site {
        address: Ipv4Addr::new(192, 0, 2, number),
        hops: 1,
    });
    let segment = Segment::new();
    let mut memory = [const { Memory::new() }; 2];
    let [one, other] = &mut memory;
    let [first, second] = sites;
    let mut network = InMemory {
        computers: [
            computer::new(&segment, first.address, one)?,
            computer::new(&segment, second.address, other)?,
        ],
        segment,
        now: Instant::from_micros(0),
        next: [None; 2],
    };
    let has_found = run(&mut network, sites)?;
    check(has_found, "nobody was found")
}

/// Lets a host wait in the group, and another one look for it; whether they have found each other.
fn run(network: &mut dyn Network, [site, others_site]: [Site; 2]) -> Result<bool, Box<dyn Error>> {
    let tell = |who: &str, what: fmt::Arguments<'_>| say(who, &what.to_string());
    let mut memory = [const { rendezvous::Memory::new() }; 3];
    let [first, second, third] = &mut memory;
    let mut slots = [const { SocketSlot::new() }; 2];
    let mut sockets = Sockets::new(&mut slots);
    let mut greeter = Greeter::start(&mut sockets, [first, second], (site, 0), &tell)?;
    let port = loop {
        network.poll(0, &mut sockets, &mut greeter)?;
        match greeter.port(&sockets) {
            Some(port) => break port,
            None if network.rest()? => {}
            None => return Err("nobody listens".into()),
        }
    };
    let mut others_slot = [SocketSlot::new()];
    let mut others = Sockets::new(&mut others_slot);
    let mut seeker = Seeker::start(&mut others, third, (others_site, port), &tell)?;
    loop {
        let has_sought = network.poll(1, &mut others, &mut seeker)?;
        let has_greeted = network.poll(0, &mut sockets, &mut greeter)?;
        if has_greeted && (has_sought || !seeker.has_found()) {
            return Ok(seeker.has_found());
        }
        if !network.rest()? {
            check(!seeker.has_found(), "nothing happens any more")?;
            return Ok(false);
        }
    }
}

struct System {
    drivers: [Driver; 2],
    /// How much longer this may take.
    left: Duration,
}

impl Network for System {
    fn poll(
        &mut self,
        host: usize,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut dyn Handler,
    ) -> io::Result<bool> {
        let Some(driver) = self.drivers.get_mut(host) else {
            return Ok(true);
        };
        self.left = self.left.saturating_sub(MOMENT);
        driver.run_for(MOMENT, sockets, handler)
    }

    fn rest(&mut self) -> io::Result<bool> {
        Ok(!self.left.is_zero())
    }
}

struct InMemory<'m> {
    computers: [Computer<'m>; 2],
    segment: Segment,
    now: Instant,
    /// When each computer wants to be polled again.
    next: [Option<Instant>; 2],
}

impl Network for InMemory<'_> {
    fn poll(
        &mut self,
        host: usize,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut dyn Handler,
    ) -> io::Result<bool> {
        let (Some(stack), Some(next)) = (self.computers.get_mut(host), self.next.get_mut(host))
        else {
            return Ok(true);
        };
        *next = stack.poll(self.now, sockets, handler);
        Ok(stack.is_idle(sockets))
    }

    fn rest(&mut self) -> io::Result<bool> {
        if !self.segment.is_idle() {
            return Ok(true);
        }
        let Some(next) = self.next.into_iter().flatten().min() else {
            return Ok(false);
        };
        self.now = self.now.max(next);
        Ok(self.now < Instant::from_micros(0).saturating_add(LIMIT))
    }
}

/// How long a host on the operating system's sockets has before it is the other's turn.
const MOMENT: Duration = Duration::from_millis(1);
