//! The sockets of a userspace stack, on a TAP interface: a host of its own, and a neighbour of this one.

mod memory;
mod setup;

use core::task::Waker;
use core::time::Duration;
use std::io;

use alloc::sync::Arc;
use alloc::task::Wake;

use anydgram_core::stack::Cidr;
use anydgram_core::{Address, Capabilities, Event, Handler, Instant, SocketId, Sockets};
use anydgram_smoltcp::{Clock, Stack, Tap};

use super::interfaces::{Interfaces, Known};
use super::plan;
use super::run::Network;
use super::{Failure, complain};

/// A stack with all that the plan says.
///
/// # Errors
/// What is in the way, and what to do about it.
pub(super) fn open(plan: &plan::Userspace) -> Result<Box<dyn Network>, Failure> {
    Ok(Box::new(Userspace::new(plan)?))
}

/// A stack, and what wakes it.
#[derive(Debug)]
struct Userspace {
    stack: Stack<'static, Tap>,
    /// The index of its interface.
    nic: u32,
    /// How many addresses it was given.
    given: usize,
    clock: Clock,
    alarm: anydgram_smoltcp::Waker,
    is_up: bool,
    /// When the interface is looked at again, and how many failures it had by then.
    look_at: Instant,
    failures: u64,
}

impl Userspace {
    fn new(plan: &plan::Userspace) -> Result<Self, Failure> {
        let clock = Clock::new();
        let (stack, nic) = setup::stack(plan, clock.now())?;
        let mut this = Self {
            stack,
            nic,
            given: plan.addresses.len(),
            alarm: anydgram_smoltcp::Waker::new()?,
            is_up: true,
            look_at: clock.now(),
            failures: 0,
            clock,
        };
        this.look()?;
        if plan.dhcp {
            this.await_lease()?;
        }
        Ok(this)
    }

    /// Waits for an address from a DHCP server.
    fn await_lease(&mut self) -> Result<(), Failure> {
        let mut sockets = Sockets::new(&mut []);
        let end = self.now().saturating_add(LEASE);
        loop {
            let now = self.now();
            let next = self.poll(now, &mut sockets, &mut Nobody);
            if let Some(leased) = self.leased() {
                let (ip, prefix, name) = (leased.address(), leased.prefix(), self.name());
                complain(&format!("dgramcat: {name} has {ip}/{prefix} by DHCP"));
                return Ok(());
            }
            if now >= end {
                let text = format!(
                    "dgramcat: no DHCP server has answered on {} in {LEASE:?}: start one there, or use --address",
                    self.name()
                );
                return Err(Failure::Failed(text));
            }
            let until = next.map_or(end, |at| at.min(end));
            self.wait(Some(until.saturating_since(now)))?;
        }
    }

    /// Looks whether the interface is up, if it is time to, or something has failed.
    fn look(&mut self) -> Result<(), Failure> {
        let now = self.now();
        let Some(tap) = self.stack.device(self.nic) else {
            return Ok(());
        };
        let failures = tap.stats().receive_errors;
        if now < self.look_at && failures == self.failures {
            return Ok(());
        }
        (self.look_at, self.failures) = (now.saturating_add(LOOK), failures);
        let name = tap.name();
        let Ok(is_up) = tap.is_up() else {
            return Err(Failure::Failed(format!(
                "dgramcat: {name} is gone: it was deleted, or moved elsewhere"
            )));
        };
        if self.is_up && !is_up {
            complain(&format!(
                "dgramcat: {name} is down, and nothing gets through: sudo ip link set {name} up"
            ));
        }
        self.is_up = is_up;
        self.stack.set_link_up(self.nic, is_up);
        Ok(())
    }

    /// The address that came from a DHCP server.
    fn leased(&self) -> Option<Cidr> {
        let addresses = self.stack.interfaces().addresses(self.nic);
        addresses.skip(self.given).last()
    }

    fn name(&self) -> &str {
        self.stack.interfaces().name(self.nic).unwrap_or_default()
    }
}

impl Network for Userspace {
    fn interfaces(&self) -> Box<dyn Interfaces> {
        let all = self.stack.interfaces();
        let known = all.indexes().flat_map(|index| {
            all.addresses(index).map(move |cidr| Known {
                index,
                name: all.name(index).unwrap_or_default().to_owned(),
                ip: cidr.address(),
            })
        });
        Box::new(OfStack(known.collect()))
    }

    fn capabilities(&self) -> Capabilities {
        anydgram_smoltcp::capabilities()
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::new(Alarm(self.alarm.clone())))
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn poll(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut dyn Handler,
    ) -> Option<Instant> {
        self.stack.poll(now, sockets, handler)
    }

    fn wait(&mut self, limit: Option<Duration>) -> Result<(), Failure> {
        let limit = limit.map_or(LOOK, |limit| limit.min(LOOK));
        self.stack.wait(Some(&self.alarm), Some(limit))?;
        self.look()
    }

    /// What waits for a neighbour still leaves, as it does from the kernel when a program has ended.
    fn end(&mut self, sockets: &mut Sockets<'_, '_>) -> Result<(), Failure> {
        let end = self.now().saturating_add(FAREWELL);
        loop {
            let now = self.now();
            let next = self.poll(now, sockets, &mut Nobody);
            if now >= end || self.stack.is_idle(sockets) {
                return Ok(());
            }
            let next = next.map_or(end, |next| next.min(end));
            self.wait(Some(next.saturating_since(now)))?;
        }
    }
}

/// The stack's interfaces, which stay as they are.
struct OfStack(Vec<Known>);

impl Interfaces for OfStack {
    fn list(&self) -> io::Result<Vec<Known>> {
        Ok(self.0.clone())
    }

    fn address_text(&self, address: Address) -> String {
        let of_zone = |known: &&Known| known.index == address.scope_id();
        match self.0.iter().find(of_zone) {
            Some(known) if address.is_link_local() => format!("{}%{}", address.ip(), known.name),
            _ => address.ip().to_string(),
        }
    }
}

/// Ends the wait for frames from another thread.
struct Alarm(anydgram_smoltcp::Waker);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        if let Err(error) = self.0.wake() {
            complain(&format!("dgramcat: {error}"));
        }
    }
}

/// There are no sockets whose events it could be told.
struct Nobody;

impl Handler for Nobody {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, _: Event<'_>) {}
}

/// How often the interface is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long a DHCP server has.
const LEASE: Duration = Duration::from_secs(10);
/// How long what waits for a neighbour may take: as long as neighbours are asked.
const FAREWELL: Duration = Duration::from_secs(4);
