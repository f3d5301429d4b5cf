//! The operating system's sockets.

use core::task::Waker;
use core::time::Duration;
use std::io;

use anydgram_core::{Address, Capabilities, Handler, Instant, Sockets};
use anydgram_std::{Driver, Zoned};

use super::Failure;
use super::interfaces::{Interfaces, Known};
use super::run::Network;

/// Made of a driver.
#[derive(Debug)]
pub(super) struct Standard(Driver);

impl Standard {
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self(Driver::new()?))
    }
}

impl Network for Standard {
    fn interfaces(&self) -> Box<dyn Interfaces> {
        Box::new(OfSystem)
    }

    fn capabilities(&self) -> Capabilities {
        anydgram_std::capabilities()
    }

    fn waker(&self) -> Waker {
        self.0.waker()
    }

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn poll(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut dyn Handler,
    ) -> Option<Instant> {
        self.0.poll(now, sockets, handler)
    }

    fn wait(&mut self, limit: Option<Duration>) -> Result<(), Failure> {
        Ok(self.0.wait(limit)?)
    }
}

/// The system's interfaces, which come and go: it is asked each time.
struct OfSystem;

impl Interfaces for OfSystem {
    fn list(&self) -> io::Result<Vec<Known>> {
        let all = if_addrs::get_if_addrs()?;
        let known = all.into_iter().filter_map(|one| {
            Some(Known {
                index: one.index?,
                ip: one.ip(),
                name: one.name,
            })
        });
        Ok(known.collect())
    }

    fn address_text(&self, address: Address) -> String {
        Zoned(address).to_string()
    }
}
