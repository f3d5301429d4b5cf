//! The rules of a `net.BlockList`.

use core::net::IpAddr;

use super::check;
use super::error::ArgumentError;
use super::value::{Value, argument};
use crate::address::{Family, split_zone};
use crate::block_list::Rule;
use crate::error::Misuse;

/// Reads the arguments of `addAddress(address[, family])`.
///
/// # Errors
/// An address or family that is no string; a family that is none; a text that is no address of it.
///
/// Node: `blockList.addAddress`
pub fn add_address(args: &[Value]) -> Result<Rule, ArgumentError> {
    let text = check::string(argument(args, 0), "address")?;
    let family = family(argument(args, 1))?;
    Ok(Rule::address(address(text, family)?))
}

/// Reads the arguments of `addRange(start, end[, family])`.
///
/// # Errors
/// As [`add_address`], for the start, then the end; an end before the start.
///
/// Node: `blockList.addRange`
pub fn add_range(args: &[Value]) -> Result<Rule, ArgumentError> {
    let start = check::string(argument(args, 0), "start")?;
    let family = family(argument(args, 2))?;
    let start = address(start, family)?;
    let end = address(check::string(argument(args, 1), "end")?, family)?;
    Ok(Rule::range(start, end)?)
}

/// Reads the arguments of `addSubnet(network, prefix[, family])`.
///
/// # Errors
/// As [`add_address`]; then a prefix that is no whole number of bits of the family.
///
/// Node: `blockList.addSubnet`
pub fn add_subnet(args: &[Value]) -> Result<Rule, ArgumentError> {
    let network = check::string(argument(args, 0), "network")?;
    let family = family(argument(args, 2))?;
    let network = address(network, family)?;
    let prefix = check::integer(argument(args, 1), "prefix", family.bits().into())?;
    Ok(Rule::subnet(
        network,
        u8::try_from(prefix).unwrap_or(u8::MAX),
    )?)
}

fn family(value: &Value) -> Result<Family, ArgumentError> {
    if *value == Value::Undefined {
        return Ok(Family::V4);
    }
    let text = check::string(value, "family")?;
    if text.eq_ignore_ascii_case("ipv4") {
        Ok(Family::V4)
    } else if text.eq_ignore_ascii_case("ipv6") {
        Ok(Family::V6)
    } else {
        Err(ArgumentError::wrong_value(
            "options.family",
            "is invalid",
            text,
        ))
    }
}

/// An address of the family; the zone of an IPv6 address does not count.
fn address(text: &str, family: Family) -> Result<IpAddr, ArgumentError> {
    let ip = match (family, split_zone(text)) {
        (Family::V4, _) => text.parse().ok().map(IpAddr::V4),
        (Family::V6, (ip, _)) => ip.parse().ok().map(IpAddr::V6),
    };
    Ok(ip.ok_or(Misuse::InvalidAddress)?)
}
