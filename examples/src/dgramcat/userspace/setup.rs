//! Setting the stack up, and what is in the way of that.

use core::fmt;
use std::io;

use anydgram_core::stack::{Cidr, Seed};
use anydgram_core::{Errno, Family, Instant};
use anydgram_smoltcp::{NicOptions, Stack, Tap};

use super::super::Failure;
use super::super::plan::Userspace;
use super::memory;

/// A stack with its one interface, whose index comes with it.
///
/// # Errors
/// What is in the way, and what to do about it.
pub(super) fn stack(plan: &Userspace, now: Instant) -> Result<(Stack<'static, Tap>, u32), Failure> {
    let tap = Tap::open(&plan.tap).map_err(|error| not_attached(&plan.tap, &error))?;
    let name = tap.name().to_owned();
    let hardware_address = plan
        .hardware_address
        .unwrap_or_else(|| hardware_address(&name, &plan.addresses));
    let mut stack = Stack::new(memory::tables(), Seed::new(random()?));
    let options = NicOptions::new(&name, hardware_address, u64::from_ne_bytes(random()?));
    let nic = stack.add_nic(now, tap, &options, memory::nic());
    let nic = nic.map_err(|errno| failed(format!("{name} cannot be used: {}", errno.name())))?;
    for &cidr in &plan.addresses {
        let added = stack.add_address(nic, cidr);
        added.map_err(|errno| failed(not_added(cidr, errno)))?;
    }
    for &gateway in &plan.gateways {
        let set = stack.set_gateway(nic, Family::of(gateway), Some(gateway));
        set.map_err(|errno| {
            let errno = errno.name();
            failed(format!("{gateway} cannot be a gateway: {errno}"))
        })?;
    }
    let asked = if plan.dhcp {
        stack.use_dhcp(nic)
    } else {
        Ok(())
    };
    let named = if plan.knows_names() {
        stack.use_dns(nic, &plan.name_servers, memory::dns())
    } else {
        Ok(())
    };
    asked.and(named).map_err(|errno| failed(errno.name()))?;
    Ok((stack, nic))
}

fn failed(text: impl fmt::Display) -> Failure {
    Failure::Failed(format!("dgramcat: {text}"))
}

fn not_attached(name: &str, error: &io::Error) -> Failure {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest speaks for itself")]
    let advice = match error.kind() {
        io::ErrorKind::NotFound => {
            "there is no /dev/net/tun, which TAP interfaces need: sudo modprobe tun".to_owned()
        }
        io::ErrorKind::PermissionDenied if Errno::from(error) == Errno::EACCES => {
            "that takes root, or a /dev/net/tun for everybody: sudo chmod 666 /dev/net/tun"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => format!(
            "that takes root, or an interface of your own: sudo ip tuntap add dev {name} mode tap user $USER"
        ),
        io::ErrorKind::ResourceBusy => {
            "another program is attached to it; end that, or use another interface".to_owned()
        }
        io::ErrorKind::InvalidInput => "it is no TAP interface".to_owned(),
        _ => error.to_string(),
    };
    failed(format!("{name}: {advice}"))
}

fn not_added(cidr: Cidr, errno: Errno) -> String {
    let ip = cidr.address();
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is left has no explanation of its own"
    )]
    match errno {
        Errno::EEXIST => format!("{ip} is given twice"),
        Errno::EINVAL => format!("{ip} cannot be the address of a host"),
        Errno::ENOBUFS => format!("there are more than {} addresses", memory::ADDRESSES),
        other => format!("{ip} cannot be added: {}", other.name()),
    }
}

/// Bytes that nobody can predict.
fn random<const LEN: usize>() -> Result<[u8; LEN], Failure> {
    let mut bytes = [0; LEN];
    let filled = getrandom::fill(&mut bytes);
    filled.map_err(|error| failed(format!("the system has no random numbers: {error}")))?;
    Ok(bytes)
}

/// A locally administered address that is the same each time, since neighbours remember it: a hash (FNV-1a) of what
/// the host is known by.
fn hardware_address(name: &str, addresses: &[Cidr]) -> [u8; 6] {
    let first = addresses.first().map(|cidr| cidr.address().to_string());
    let known_by = format!("{name} {}", first.unwrap_or_default());
    let hash = known_by
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let [a, b, c, d, e, ..] = hash.to_be_bytes();
    [2, a, b, c, d, e]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(failure: &Failure) -> &str {
        match failure {
            Failure::Failed(text) => text,
            Failure::Usage(_) | Failure::Reported => panic!("{failure:?}"),
        }
    }

    #[test]
    fn what_keeps_a_tap_interface_away_says_what_to_do() {
        for (code, advice) in [
            (2, "sudo modprobe tun"),
            (1, "sudo ip tuntap add dev tap7 mode tap user $USER"),
            (13, "sudo chmod 666 /dev/net/tun"),
            (16, "use another interface"),
            (22, "it is no TAP interface"),
            (24, "Too many open files (os error 24)"),
        ] {
            let error = io::Error::from_raw_os_error(code);
            let failure = not_attached("tap7", &error);
            assert!(text(&failure).starts_with("dgramcat: tap7: "), "{error}");
            assert!(text(&failure).ends_with(advice), "{error}: {failure:?}");
        }
    }

    #[test]
    fn a_hardware_address_follows_from_the_name_and_the_first_address() {
        let cidr = |text: &str| Cidr::new(text.parse().unwrap(), 24);
        let (one, other) = (cidr("192.0.2.2"), cidr("192.0.2.3"));
        let address = hardware_address("tap0", &[one]);
        // Locally administered, and unicast.
        assert_eq!(address[0], 2);
        assert_eq!(address, hardware_address("tap0", &[one, other]));
        for different in [
            hardware_address("tap1", &[one]),
            hardware_address("tap0", &[other]),
            hardware_address("tap0", &[]),
        ] {
            assert_ne!(address, different);
        }
    }

    #[test]
    fn no_two_seeds_are_the_same() {
        let [one, other] = [(), ()].map(|()| random::<16>().unwrap());
        assert_ne!(one, other);
    }
}
