//! A bridge between the kernel and us that listens to reports, and brings a group to nobody who has not asked for it.

use core::net::{IpAddr, SocketAddr, SocketAddrV6};
use core::time::Duration;
use std::net::UdpSocket;

use anydgram_core::Interface::Index;
use anydgram_core::SocketId;
use anydgram_core::SocketType::{Udp4, Udp6};
use anydgram_smoltcp::Tap;
use socket2::SockRef;

use crate::computer::{ETH0, ip};
use crate::namespace::{in_namespace, index_of, run};
use crate::recorder::Recorder;
use crate::said::{JOINED, LEFT, PRESENT, Said, What, about, what};
use crate::tap_lab::{TAP0, TapLab, add_addresses_to};

/// A socket of the kernel's that sends on one port of a bridge, and one of ours that listens on another.
struct Bridged {
    lab: TapLab<Recorder<Tap>>,
    sender: UdpSocket,
    id: SocketId,
    /// The address of our socket, for the kernel.
    ours: SocketAddr,
}

impl Bridged {
    /// On a bridge with these options, which keeps groups away that nobody has asked for.
    fn new(kernel: &str, ours: (&str, u8), options: &str) -> Self {
        let tap = Tap::open(TAP0).unwrap();
        run("ip link add br0 type bridge mcast_snooping 1");
        for interface in ["br0", TAP0] {
            // No address but those given here.
            run(&format!("ip link set {interface} addrgenmode none"));
        }
        for port in [TAP0, SENDER_PORT] {
            run(&format!("ip link set {port} master br0 up"));
        }
        run("ip link set br0 up");
        // It asks for groups of IPv6 only from an address.
        add_addresses_to("br0", &["fe80::1"]);
        run(&format!(
            "ip link set br0 type bridge {options} mcast_query_response_interval 10"
        ));
        // The first question is asked now, and the answers are in after 0.1 s.
        run("ip link set br0 type bridge mcast_querier 1");

        let mut lab = TapLab::with_addresses(Recorder::new(tap), &[ours]);
        let ours = ip(ours.0);
        let id = lab.bound(if ours.is_ipv4() { Udp4 } else { Udp6 }, 7);
        let sender = UdpSocket::bind(scoped(ip(kernel), 0)).unwrap();
        if ours.is_ipv6() {
            let sender = SockRef::from(&sender);
            sender.set_multicast_if_v6(index_of(SENDER)).unwrap();
            // The question is answered before any other group is joined.
            lab.until(&[], |computer| {
                let sent = &computer.stack.device(ETH0).unwrap().sent;
                what(&about(ip(OWN_GROUP), sent)).contains(&PRESENT)
            });
        }
        Self {
            lab,
            sender,
            id,
            ours: scoped(ours, 7),
        }
    }

    /// Waits until datagrams to a group are brought to us, or not any more.
    #[track_caller]
    fn until_brought(&mut self, group: IpAddr, is_expected: bool) {
        let end = self.lab.now().saturating_add(LIMIT);
        while self.is_brought(group) != is_expected {
            assert!(self.lab.now() < end, "{group}");
        }
    }

    /// Whether a datagram to a group is brought to us, be it wanted or not.
    fn is_brought(&mut self, group: IpAddr) -> bool {
        self.lab.computer.forget();
        self.device().received.clear();
        self.sender.send_to(ALL, (group, 7)).unwrap();
        // What comes next has been sent to us alone.
        self.sender.send_to(b"own", self.ours).unwrap();
        self.lab.until(&[], |computer| {
            let mut told = computer.log.told.iter();
            told.any(|told| told.line == "message own")
        });
        let frames = &self.device().received;
        frames.iter().any(|frame| frame.ends_with(ALL))
    }

    fn join(&mut self, group: IpAddr) {
        let socket = self.lab.computer.socket(self.id);
        socket.add_membership(group, Index(ETH0)).unwrap();
        self.lab.settle();
    }

    fn leave(&mut self, group: IpAddr) {
        let socket = self.lab.computer.socket(self.id);
        socket.drop_membership(group, Index(ETH0)).unwrap();
        self.lab.settle();
    }

    /// What we have said of a group.
    fn said(&mut self, group: IpAddr) -> Vec<Said> {
        about(group, &self.device().sent)
    }

    fn device(&mut self) -> &mut Recorder<Tap> {
        self.lab.computer.stack.device_mut(ETH0).unwrap()
    }
}

/// One end of a datagram, for the kernel.
fn scoped(ip: IpAddr, port: u16) -> SocketAddr {
    match ip {
        IpAddr::V6(ip) if ip.is_unicast_link_local() => {
            SocketAddrV6::new(ip, port, 0, index_of(SENDER)).into()
        }
        IpAddr::V4(_) | IpAddr::V6(_) => SocketAddr::new(ip, port),
    }
}

/// A group is brought to us when we say that we join it, before anybody has asked, until we say that we leave it.
fn is_brought_while_it_is_joined(kernel: &str, ours: (&str, u8), groups: [&str; 2]) {
    let [report, leave] = words(ip(kernel));
    let mut bridged = Bridged::new(kernel, ours, "mcast_last_member_interval 10");
    // The versions that a bridge speaks: first those it begins with.
    for (group, versions) in groups.into_iter().zip([
        "mcast_igmp_version 2 mcast_mld_version 1",
        "mcast_igmp_version 3 mcast_mld_version 2",
    ]) {
        run(&format!("ip link set br0 type bridge {versions}"));
        let group = ip(group);
        bridged.until_brought(group, false);
        bridged.join(group);
        bridged.until_brought(group, true);
        let told = bridged.lab.told(bridged.id, 2);
        assert_eq!(told, ["message all", "message own"]);
        assert_eq!(what(&bridged.said(group)), [report]);
        bridged.leave(group);
        bridged.until_brought(group, false);
        assert_eq!(what(&bridged.said(group)), [report, leave]);
    }
}

/// We stay in a group for as long as we are asked, in this version.
fn is_brought_while_the_bridge_asks(kernel: &str, ours: (&str, u8), group: &str, version: &str) {
    let group = ip(group);
    let [report, _] = words(group);
    let answer = if group.is_ipv4() { report } else { PRESENT };
    // It asks every second, and forgets who has not answered for two seconds and a half.
    let intervals = [("startup_query", 100), ("query", 100), ("membership", 250)];
    let options = intervals.map(|(name, length)| format!("mcast_{name}_interval {length}"));
    let options = format!("{} {version}", options.join(" "));
    let mut bridged = Bridged::new(kernel, ours, &options);
    bridged.until_brought(group, false);
    bridged.join(group);
    let joined_at = bridged.lab.now();
    let mut said = Vec::new();
    bridged.lab.until(&[], |computer| {
        said = about(group, &computer.stack.device(ETH0).unwrap().sent);
        said.len() == 6
    });
    assert_eq!(what(&said), [&[report][..], &[answer; 5]].concat());
    assert!(bridged.lab.now().saturating_since(joined_at) > Duration::from_millis(2500));
    assert!(bridged.is_brought(group));
}

/// How a group of this family is joined and left.
const fn words(ip: IpAddr) -> [What; 2] {
    match ip {
        IpAddr::V4(_) => [What::Report, What::Leave],
        IpAddr::V6(_) => [JOINED, LEFT],
    }
}

#[test]
fn a_group_of_ipv4_is_brought_while_it_is_joined() {
    in_namespace(|| is_brought_while_it_is_joined(KERNEL, OURS, ["239.1.2.3", "232.1.2.3"]));
}

#[test]
fn a_group_of_ipv6_is_brought_while_it_is_joined() {
    in_namespace(|| {
        is_brought_while_it_is_joined(KERNEL6, OURS6, ["ff12::1234", "ff32::8000:1234"]);
    });
}

#[test]
fn a_group_of_ipv6_is_brought_to_who_has_no_link_local_address() {
    let [kernel, ours] = ["2001:db8::10", "2001:db8::77"];
    in_namespace(|| {
        is_brought_while_it_is_joined(kernel, (ours, 64), ["ff12::1234", "ff15::1234"]);
    });
}

#[test]
fn a_group_is_brought_while_the_bridge_asks_by_igmp_2() {
    let version = "mcast_igmp_version 2";
    in_namespace(|| is_brought_while_the_bridge_asks(KERNEL, OURS, "239.1.2.3", version));
}

#[test]
fn a_group_is_brought_while_the_bridge_asks_by_igmp_3() {
    let version = "mcast_igmp_version 3";
    in_namespace(|| is_brought_while_the_bridge_asks(KERNEL, OURS, "239.1.2.3", version));
}

#[test]
fn a_group_is_brought_while_the_bridge_asks_by_mld_1() {
    let version = "mcast_mld_version 1";
    in_namespace(|| is_brought_while_the_bridge_asks(KERNEL6, OURS6, "ff12::1234", version));
}

#[test]
fn a_group_is_brought_while_the_bridge_asks_by_mld_2() {
    let version = "mcast_mld_version 2";
    in_namespace(|| is_brought_while_the_bridge_asks(KERNEL6, OURS6, "ff12::1234", version));
}

/// The interface from which the kernel sends, whose far end is a port of the bridge.
const SENDER: &str = "any0";
const SENDER_PORT: &str = "any0-far";
const KERNEL: &str = "192.0.2.10";
const KERNEL6: &str = "fe80::10";
const OURS: (&str, u8) = ("192.0.2.77", 24);
const OURS6: (&str, u8) = ("fe80::77", 64);
/// The group of our addresses of IPv6 (RFC 4291 § 2.7.1).
const OWN_GROUP: &str = "ff02::1:ff00:77";
/// What is sent to groups.
const ALL: &[u8] = b"all";
/// Longer than a bridge takes to learn that a group is joined or left.
const LIMIT: Duration = Duration::from_secs(20);
