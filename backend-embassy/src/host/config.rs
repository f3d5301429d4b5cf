//! Addresses and gateways: embassy-net's, taken over.

use core::net::IpAddr;

use anydgram_core::stack::Cidr;
use anydgram_core::{Errno, Family};
use embassy_net::Stack;

use super::{INTERFACE, Inner};
use crate::message::warning;

/// What embassy-net has for one family: its address, and the way out of its network.
pub(super) type Config = Option<(Cidr, Option<IpAddr>)>;

/// What embassy-net has for IPv4.
pub(super) fn v4(stack: Stack<'_>) -> Config {
    let config = stack.config_v4()?;
    let address = config.address.address();
    let cidr = Cidr::new(address.into(), config.address.prefix_len());
    Some((cidr, config.gateway.map(IpAddr::from)))
}

impl<H> Inner<'_, H> {
    /// Has what embassy-net has now for a family; whether that is another address.
    #[inline(never)]
    pub(super) fn take_over(&mut self, family: Family, config: &mut Config, new: Config) -> bool {
        let old = core::mem::replace(config, new);
        if old == new {
            return false;
        }
        self.configure(family, old, new).unwrap_or_else(|errno| {
            warning!("no room for an address: {}", errno.name());
            false
        })
    }

    /// Has what `new` says in place of what `old` says; whether that was another address.
    ///
    /// # Errors
    /// `ENOBUFS` if there is no room for the address.
    fn configure(&mut self, family: Family, old: Config, new: Config) -> Result<bool, Errno> {
        let interfaces = self.host.interfaces_mut();
        let [old_address, address] = [old, new].map(|config| config.map(|(cidr, _)| cidr));
        let is_other = old_address != address;
        if is_other {
            if let Some(old) = old_address {
                interfaces.remove_address(INTERFACE, old.address())?;
            }
            if let Some(address) = address {
                interfaces.add_address(INTERFACE, address)?;
            }
        }
        let gateway = new.and_then(|(_, gateway)| gateway);
        interfaces.set_gateway(INTERFACE, family, gateway)?;
        Ok(is_other)
    }
}
