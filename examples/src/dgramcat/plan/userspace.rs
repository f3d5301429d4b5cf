//! The options of the userspace stack: its TAP interface, and its addresses.

use core::net::IpAddr;

use anydgram_core::Family;
use anydgram_core::stack::Cidr;

use super::super::given::{Given, Usage};
use super::address;

/// Where the stack is, and who it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Userspace {
    /// The TAP interface.
    pub(in super::super) tap: String,
    pub(in super::super) addresses: Vec<Cidr>,
    /// One of each family at most.
    pub(in super::super) gateways: Vec<IpAddr>,
    pub(in super::super) name_servers: Vec<IpAddr>,
    pub(in super::super) dhcp: bool,
    pub(in super::super) hardware_address: Option<[u8; 6]>,
}

impl Userspace {
    pub(super) fn new(given: &Given) -> Result<Self, Usage> {
        let Some(tap) = given.text("tap")? else {
            return wrong("--backend smoltcp needs a TAP interface: add --tap NAME");
        };
        if tap.is_empty() || tap.len() > 15 {
            return wrong(format!(
                "--tap takes the name of an interface, of 1 to 15 bytes, but got '{tap}'"
            ));
        }
        let addresses = given.texts("address")?.into_iter().map(cidr);
        let this = Self {
            tap: tap.to_owned(),
            addresses: addresses.collect::<Result<_, _>>()?,
            gateways: addresses_of(given, "gateway")?,
            name_servers: addresses_of(given, "dns")?,
            dhcp: given.has("dhcp"),
            hardware_address: given.text("mac")?.map(hardware_address).transpose()?,
        };
        if this.addresses.is_empty() && !this.dhcp {
            return wrong(
                "--backend smoltcp needs an address of its own: add --address CIDR, such as 192.0.2.2/24, or --dhcp",
            );
        }
        for family in [Family::V4, Family::V6] {
            let gateways = this.gateways.iter();
            if gateways.filter(|&&ip| Family::of(ip) == family).count() > 1 {
                return wrong(format!("give --gateway only once for {family}"));
            }
        }
        Ok(this)
    }

    /// Options that are for this backend only, and given for another one.
    pub(super) fn refuse(given: &Given) -> Result<(), Usage> {
        match OPTIONS.iter().find(|name| given.has(name)) {
            Some(name) => wrong(format!("--{name} is only for --backend smoltcp")),
            None => Ok(()),
        }
    }

    /// Whether host names can be looked up.
    pub(in super::super) const fn knows_names(&self) -> bool {
        self.dhcp || !self.name_servers.is_empty()
    }
}

fn wrong<T>(text: impl Into<String>) -> Result<T, Usage> {
    Err(Usage(text.into()))
}

fn addresses_of(given: &Given, name: &str) -> Result<Vec<IpAddr>, Usage> {
    let texts = given.texts(name)?.into_iter();
    texts
        .map(|text| address(&format!("--{name}"), text))
        .collect()
}

/// Reads `192.0.2.2/24`.
fn cidr(text: &str) -> Result<Cidr, Usage> {
    let cidr = text.split_once('/').and_then(|(ip, prefix)| {
        let ip = ip.parse().ok()?;
        let is_plain = prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|_| is_plain)?;
        (prefix <= Family::of(ip).bits()).then(|| Cidr::new(ip, prefix))
    });
    cidr.ok_or_else(|| {
        Usage(format!(
            "--address takes an address and the length of its prefix, such as 192.0.2.2/24 or 2001:db8::2/64, but got '{text}'"
        ))
    })
}

/// Reads `02:00:00:00:00:01`.
fn hardware_address(text: &str) -> Result<[u8; 6], Usage> {
    let bytes = text.split(':').map(|byte| {
        let is_plain = byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
        u8::from_str_radix(byte, 16).ok().filter(|_| is_plain)
    });
    let bytes: Option<Vec<u8>> = bytes.collect();
    let address = bytes.and_then(|bytes| <[u8; 6]>::try_from(bytes).ok());
    let is_unicast = |address: &[u8; 6]| {
        let [first, ..] = *address;
        first & 1 == 0 && address.iter().any(|&byte| byte != 0)
    };
    address.filter(is_unicast).ok_or_else(|| {
        Usage(format!(
            "--mac takes a unicast address, such as 02:00:00:00:00:01, but got '{text}'"
        ))
    })
}

/// Those that no other backend has.
const OPTIONS: &[&str] = &["tap", "address", "gateway", "dns", "dhcp", "mac"];

#[cfg(test)]
mod tests;
