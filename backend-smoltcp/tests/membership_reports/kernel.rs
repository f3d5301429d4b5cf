//! The same groups, joined and left by the kernel and by us.

use core::net::{IpAddr, Ipv4Addr};
use std::fs;
use std::net::UdpSocket;

use anydgram_smoltcp::Tap;
use etherparse::igmp::ReportGroupRecordType;
use socket2::SockRef;

use crate::computer::{ETH0, ip};
use crate::namespace::{in_namespace, index_of, run};
use crate::ours::Ours;
use crate::recorder::Recorder;
use crate::said::{How, JOINED, LEFT, Said, What, about, what};
use crate::tap_lab::{KERNEL, OURS, OURS6, TAP0, TapLab, add_addresses, kernel_socket, tap};

/// The kernel on a TAP device. What it says again, it says soon.
struct Kernel(TapLab<Recorder<Tap>>);

impl Kernel {
    fn new() -> Self {
        let tap = tap();
        for interval in [
            "ipv4/conf/tap0/igmpv2_unsolicited_report_interval",
            "ipv4/conf/tap0/igmpv3_unsolicited_report_interval",
            "ipv6/conf/tap0/mldv2_unsolicited_report_interval",
        ] {
            set(interval, "100");
        }
        Self(TapLab::with_addresses(Recorder::new(tap), &[]))
    }

    /// What it says of a group when it joins it, which is at least so many things, and when it leaves it.
    fn says(&mut self, group: IpAddr, joins: usize, leaves: usize) -> Vec<Said> {
        let socket = socket_for(group);
        join(&socket, group);
        self.said(group, joins);
        leave(&socket, group);
        self.said_otherwise(group, leaves)
    }

    /// All that it has said of a group, when that is so much, or more.
    fn said(&mut self, group: IpAddr, count: usize) -> Vec<Said> {
        self.until(group, |said| said.len() >= count)
    }

    /// All that it has said of a group, when so much of that, or more, is not what it said first.
    fn said_otherwise(&mut self, group: IpAddr, count: usize) -> Vec<Said> {
        self.until(group, |said| {
            let all = what(said);
            all.iter().filter(|what| **what != all[0]).count() >= count
        })
    }

    fn until(&mut self, group: IpAddr, is_all: impl Fn(&[Said]) -> bool) -> Vec<Said> {
        let mut said = Vec::new();
        self.0.until(&[], |computer| {
            said = about(group, &computer.stack.device(ETH0).unwrap().received);
            is_all(&said)
        });
        said
    }
}

/// What was said, without what was said again: that may be more often than the kernel's rules have it, when something else
/// of the interface changes meanwhile.
fn in_turn(said: &[Said]) -> Vec<What> {
    let mut all = what(said);
    all.dedup();
    all
}

/// Sets a parameter of the kernel's.
fn set(name: &str, value: &str) {
    fs::write(format!("/proc/sys/net/{name}"), value).unwrap();
}

/// A socket of the kernel's that can be in this group.
fn socket_for(group: IpAddr) -> UdpSocket {
    kernel_socket(if group.is_ipv4() { "0.0.0.0" } else { "::" }, 0)
}

fn join(socket: &UdpSocket, group: IpAddr) {
    let joined = match group {
        IpAddr::V4(group) => socket.join_multicast_v4(&group, &v4(KERNEL)),
        IpAddr::V6(group) => socket.join_multicast_v6(&group, index_of(TAP0)),
    };
    joined.unwrap();
}

fn leave(socket: &UdpSocket, group: IpAddr) {
    let left = match group {
        IpAddr::V4(group) => socket.leave_multicast_v4(&group, &v4(KERNEL)),
        IpAddr::V6(group) => socket.leave_multicast_v6(&group, index_of(TAP0)),
    };
    left.unwrap();
}

fn v4(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

/// What we say of a group when we join it, and when we leave it.
fn ours_says(address: (&str, u8), group: IpAddr) -> Vec<Said> {
    let mut ours = Ours::new(address, group);
    ours.join(None);
    ours.leave(None);
    ours.said()
}

/// What was said, as a host would say it that repeats nothing, has this address, and sends these options and this class.
fn once(said: &[Said], source: &str, options: &[u8], class: u8) -> Vec<Said> {
    let said = said.iter().cloned().map(|said| {
        let how = How {
            source: ip(source),
            options: options.to_vec(),
            class,
            ..said.how
        };
        Said { how, ..said }
    });
    let mut said: Vec<_> = said.collect();
    said.dedup();
    said
}

#[test]
fn igmp_2_says_once_what_the_kernel_repeats_and_alerts_no_router() {
    in_namespace(|| {
        let mut kernel = Kernel::new();
        set("ipv4/conf/tap0/force_igmp_version", "2");
        for group in ["239.1.2.3", "224.0.0.251", "232.1.2.3"].map(ip) {
            let kernels = kernel.says(group, 2, 1);
            assert_eq!(in_turn(&kernels), [What::Report, What::Leave]);
            for Said { how, .. } in &kernels {
                assert_eq!(how.options, ALERT);
                assert_eq!(how.class, INTERNETWORK_CONTROL);
            }
            let ours = ours_says((OURS, 24), group);
            assert_eq!(ours, once(&kernels, OURS, &[], 0));
        }
    });
}

#[test]
fn igmp_3_of_the_kernel_says_the_same_in_other_words() {
    in_namespace(|| {
        let group = ip("239.1.2.3");
        let kernels = Kernel::new().says(group, 2, 2);
        assert_eq!(in_turn(&kernels), [JOINED, LEFT]);
        for Said { how, sources, .. } in &kernels {
            assert_eq!((how.destination, sources.len()), (ip("224.0.0.22"), 0));
        }
        // A router of version 3 takes them for the same, and speaks version 2 from then on (RFC 3376 § 7.3.2).
        let ours = ours_says((OURS, 24), group);
        assert_eq!(what(&ours), [What::Report, What::Leave]);
    });
}

#[test]
fn mld_2_says_once_what_the_kernel_repeats() {
    in_namespace(|| {
        let mut kernel = Kernel::new();
        // Who has no link-local address reports from the unspecified one (RFC 3590 § 4).
        for (ours, from, kernels_from, groups) in [
            (OURS6, "::", "::", ["ff12::1234", "ff02::fb"]),
            (
                "fe80::2",
                "fe80::2",
                "fe80::1",
                ["ff15::1234", "ff32::8000:1234"],
            ),
        ] {
            if kernels_from != "::" {
                add_addresses(&[kernels_from]);
            }
            for group in groups.map(ip) {
                let kernels = kernel.says(group, 2, 2);
                assert_eq!(in_turn(&kernels), [JOINED, LEFT]);
                for Said { how, sources, .. } in &kernels {
                    assert_eq!((how.source, sources.len()), (ip(kernels_from), 0));
                    assert_eq!(how.destination, ip("ff02::16"));
                    assert_eq!(how.options, MLD_ALERT);
                }
                let ours = ours_says((ours, 64), group);
                assert_eq!(ours, once(&kernels, from, &MLD_ALERT, 0));
            }
        }
    });
}

#[test]
fn the_kernel_asks_for_the_source_of_a_channel_and_we_for_all() {
    in_namespace(|| {
        let [channel, source] = ["232.1.2.3", "203.0.113.77"];
        let mut kernel = Kernel::new();
        let socket = socket_for(ip(channel));
        let options = SockRef::from(&socket);
        let (group, from, interface) = (v4(channel), v4(source), v4(KERNEL));
        options.join_ssm_v4(&from, &group, &interface).unwrap();
        kernel.said(ip(channel), 2);
        options.leave_ssm_v4(&from, &group, &interface).unwrap();
        let kernels = kernel.said_otherwise(ip(channel), 2);
        assert_eq!(in_turn(&kernels), [ALLOWED, BLOCKED]);
        for Said { sources, .. } in &kernels {
            assert_eq!(sources, &[ip(source)]);
        }
        let channels = [
            (
                (OURS, 24),
                "232.1.2.3",
                "203.0.113.77",
                [What::Report, What::Leave],
            ),
            (
                (OURS6, 64),
                "ff32::8000:1234",
                "2001:db8:2::77",
                [JOINED, LEFT],
            ),
        ];
        for (address, channel, source, expected) in channels {
            let mut ours = Ours::new(address, ip(channel));
            ours.join(Some(ip(source)));
            ours.leave(Some(ip(source)));
            let said = ours.said();
            assert_eq!(what(&said), expected);
            assert!(said.iter().all(|said| said.sources.is_empty()));
        }
    });
}

#[test]
fn nobody_reports_the_group_of_all_hosts_nor_what_stays_on_the_host() {
    in_namespace(|| {
        let mut kernel = Kernel::new();
        for (quiet, next) in [
            ("224.0.0.1", "224.0.0.2"),
            ("ff02::1", "ff02::5"),
            ("ff11::1234", "ff12::1234"),
        ] {
            let socket = socket_for(ip(quiet));
            join(&socket, ip(quiet));
            // By then it has said all about the first one.
            kernel.says(ip(next), 2, 2);
            assert_eq!(kernel.said(ip(quiet), 0), []);
            let address = if ip(quiet).is_ipv4() {
                (OURS, 24)
            } else {
                (OURS6, 64)
            };
            assert_eq!(ours_says(address, ip(quiet)), []);
        }
    });
}

#[test]
fn a_link_that_comes_up_has_the_kernel_join_again_and_us_leave_and_join() {
    in_namespace(|| {
        let mut kernel = Kernel::new();
        for (address, group, expected) in [
            ((OURS, 24), "239.1.2.3", [What::Leave, What::Report]),
            ((OURS6, 64), "ff12::1234", [LEFT, JOINED]),
        ] {
            let group = ip(group);
            let socket = socket_for(group);
            join(&socket, group);
            kernel.said(group, 2);
            run("ip link set tap0 down");
            run("ip link set tap0 up");
            let kernels = kernel.said(group, 4);
            assert_eq!(in_turn(&kernels), [JOINED]);

            let mut ours = Ours::new(address, group);
            ours.join(None);
            let joined = ours.said();
            ours.reconnect();
            let again = ours.said();
            assert_eq!(what(&again), expected);
            assert_eq!(again[1..], joined);
        }
    });
}

/// A channel is joined.
const ALLOWED: What = What::Record(ReportGroupRecordType::ALLOW_NEW_SOURCES);
/// A channel is left.
const BLOCKED: What = What::Record(ReportGroupRecordType::BLOCK_OLD_SOURCES);
/// RFC 2113 § 2.1
const ALERT: [u8; 4] = [148, 4, 0, 0];
/// RFC 2711 § 2.1, and padding.
const MLD_ALERT: [u8; 6] = [5, 2, 0, 0, 1, 0];
/// What routers use among themselves (RFC 791).
const INTERNETWORK_CONTROL: u8 = 0b110 << 5;
