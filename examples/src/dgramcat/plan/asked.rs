//! What each datagram is to ask for beyond its destination.

use core::net::IpAddr;

use anydgram_core::{Capabilities, Family, Feature, SendMeta};

use super::{InterfaceName, address};
use crate::dgramcat::given::{Given, Usage};

/// What is given on the command line.
#[derive(Debug, Default, PartialEq)]
pub(in crate::dgramcat) struct Asked {
    pub(in crate::dgramcat) interface: Option<InterfaceName>,
    /// All but the interface, whose index nobody knows yet.
    pub(in crate::dgramcat) meta: SendMeta,
}

impl Asked {
    pub(super) fn new(given: &Given, family: Family) -> Result<Self, Usage> {
        let mut meta = SendMeta::new();
        if let Some(text) = given.text("source")? {
            let source = address("--source", text)?;
            check_family(source, family)?;
            meta = meta.with_source(source);
        }
        if let Some(hops) = byte(given, "hop-limit", 1, 255)? {
            meta = meta.with_hop_limit(hops);
        }
        let class = byte(given, "traffic-class", 0, 255)?;
        let tos = byte(given, "tos", 0, 255)?;
        let ecn = byte(given, "ecn", 0, 3)?;
        match (class, tos, ecn) {
            (None, None, None) => {}
            (Some(class), None, None) | (None, Some(class), None) => {
                meta = meta.with_traffic_class(class);
            }
            (None, None, Some(ecn)) => meta = meta.with_ecn(ecn),
            _ => {
                let text = "--tos is another name of --traffic-class, and --ecn its two lowest bits: give one of them";
                return Err(Usage(text.to_owned()));
            }
        }
        let interface = given.text("interface")?.map(InterfaceName::parse);
        Ok(Self { interface, meta })
    }

    /// Refuses what a backend cannot do.
    ///
    /// # Errors
    /// What that is, and what to use instead.
    pub(in crate::dgramcat) fn check(&self, can: &Capabilities) -> Result<(), Usage> {
        let wanted = [
            (
                self.meta.source().is_some(),
                Feature::SendSource,
                "--source: use --bind ADDR:PORT",
            ),
            (
                self.interface.is_some(),
                Feature::SendSource,
                "--interface: use --multicast-interface for groups",
            ),
            (
                self.meta.hop_limit().is_some(),
                Feature::SendHopLimit,
                "--hop-limit: use --ttl, and --multicast-ttl for groups",
            ),
            (
                self.meta.traffic_class().is_some(),
                Feature::SendTrafficClass,
                "--traffic-class, --tos or --ecn: leave them out",
            ),
        ];
        let lacking = wanted
            .iter()
            .find(|(is_wanted, feature, _)| *is_wanted && !can.has(*feature));
        lacking.map_or(Ok(()), |(_, _, instead)| {
            Err(Usage(format!(
                "the sockets of this system do not have {instead}"
            )))
        })
    }
}

fn check_family(source: IpAddr, family: Family) -> Result<(), Usage> {
    if Family::of(source) == family {
        return Ok(());
    }
    let (has, wanted) = match family {
        Family::V4 => ("udp4", "udp6"),
        Family::V6 => ("udp6", "udp4"),
    };
    Err(Usage(format!(
        "--source takes an address of the socket's family, but {source} is none of {has}: use --type {wanted}"
    )))
}

fn byte(given: &Given, name: &str, least: u64, most: u64) -> Result<Option<u8>, Usage> {
    let number = given.number(name, least..=most)?;
    Ok(number.and_then(|number| u8::try_from(number).ok()))
}

#[cfg(test)]
mod tests {
    use anydgram_core::Support;

    use super::*;
    use crate::dgramcat::plan::tests::{plan, send_plan};

    fn asked(options: &str) -> Asked {
        send_plan(&format!("send h 9 {options}")).asked
    }

    #[test]
    fn all_that_can_be_asked_for_is_read() {
        let all = asked("--source 192.0.2.1 --interface lo --hop-limit 7 --traffic-class 185");
        let source = "192.0.2.1".parse().unwrap();
        let meta = SendMeta::new()
            .with_source(source)
            .with_hop_limit(7)
            .with_traffic_class(185);
        let interface = Some(InterfaceName::Name("lo".into()));
        assert_eq!(all, Asked { interface, meta });
        assert_eq!(asked("--tos 4").meta, SendMeta::new().with_traffic_class(4));
        assert_eq!(asked("--ecn 2").meta, SendMeta::new().with_ecn(2));
        assert_eq!(
            asked("--type udp6 --source ::1").meta.source(),
            Some("::1".parse().unwrap())
        );
        assert_eq!(asked(""), Asked::default());
    }

    #[test]
    fn wrong_usage_says_what_to_do() {
        for (options, text) in [
            ("--hop-limit 0", "--hop-limit takes a number from 1 to 255"),
            ("--ecn 4", "--ecn takes a number from 0 to 3"),
            ("--tos 256", "--tos takes a number from 0 to 255"),
            ("--ecn 1 --tos 4", "give one of them"),
            ("--traffic-class 1 --tos 4", "give one of them"),
            ("--source x", "--source takes an IP address"),
            ("--source ::1", "use --type udp6"),
            ("--source 127.0.0.1 --type udp6", "use --type udp4"),
        ] {
            let usage = plan(&format!("send h 9 {options}")).unwrap_err();
            assert!(usage.contains(text), "{options}: {usage}");
        }
    }

    #[test]
    fn what_a_backend_cannot_do_is_refused_beforehand() {
        let none = Capabilities::none();
        for (options, feature, instead) in [
            ("--source 127.0.0.1", Feature::SendSource, "--bind"),
            (
                "--interface lo",
                Feature::SendSource,
                "--multicast-interface",
            ),
            ("--hop-limit 3", Feature::SendHopLimit, "--ttl"),
            ("--ecn 1", Feature::SendTrafficClass, "leave them out"),
        ] {
            let asked = asked(options);
            let usage = asked.check(&none).unwrap_err();
            assert!(usage.0.contains(instead), "{usage}");
            assert_eq!(asked.check(&none.with(feature, Support::Native)), Ok(()));
        }
        assert_eq!(asked("").check(&none), Ok(()));
    }
}
