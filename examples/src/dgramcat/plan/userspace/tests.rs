use super::super::tests::plan;
use super::super::{Backend, Plan};
use super::*;

const NEEDED: &str = "--backend smoltcp --tap tap0 --address 192.0.2.2/24";

fn userspace(plan: Plan) -> Userspace {
    match plan.backend {
        Backend::Smoltcp(userspace) => userspace,
        Backend::Std => panic!("{plan:?}"),
    }
}

#[test]
fn the_userspace_stack_has_all_its_options() {
    let plan = plan(
        "--backend smoltcp --tap tap0 --address 192.0.2.2/24 --address fe80::2/64 --gateway 192.0.2.1 \
         --gateway fe80::1 --dns 192.0.2.53 --dns 2001:db8::53 --dhcp --mac 02:00:5e:00:53:fF listen 0",
    );
    let ip = |text: &str| text.parse().unwrap();
    assert_eq!(
        userspace(plan.unwrap()),
        Userspace {
            tap: "tap0".into(),
            addresses: vec![Cidr::new(ip("192.0.2.2"), 24), Cidr::new(ip("fe80::2"), 64)],
            gateways: vec![ip("192.0.2.1"), ip("fe80::1")],
            name_servers: vec![ip("192.0.2.53"), ip("2001:db8::53")],
            dhcp: true,
            hardware_address: Some([2, 0, 0x5e, 0, 0x53, 0xff]),
        }
    );
}

#[test]
fn little_is_needed_for_a_userspace_stack() {
    let with_address = userspace(plan(&format!("{NEEDED} listen 0")).unwrap());
    assert_eq!(with_address.hardware_address, None);
    assert_eq!(with_address.addresses.len(), 1);
    assert!(!with_address.knows_names());
    let with_dhcp = userspace(plan("--backend smoltcp --tap t --dhcp listen 0").unwrap());
    assert!(with_dhcp.addresses.is_empty() && with_dhcp.knows_names());
}

#[test]
fn each_mistake_says_what_to_do() {
    for (options, text) in [
        ("--backend smoltcp", "add --tap NAME"),
        (
            "--backend smoltcp --tap tap0",
            "add --address CIDR, such as 192.0.2.2/24, or --dhcp",
        ),
        (
            "--backend smoltcp --tap sixteen-bytes-xx --dhcp",
            "of 1 to 15 bytes, but got 'sixteen-bytes-xx'",
        ),
        ("--tap tap0", "--tap is only for --backend smoltcp"),
        (
            "--backend std --dhcp",
            "--dhcp is only for --backend smoltcp",
        ),
        ("--backend xyz", "--backend takes std or smoltcp"),
    ] {
        let error = plan(&format!("{options} listen 0")).unwrap_err();
        assert!(error.ends_with(text), "{options}: {error}");
    }
    for (option, text) in [
        ("--address 192.0.2.3", "but got '192.0.2.3'"),
        ("--address 192.0.2.3/33", "but got '192.0.2.3/33'"),
        ("--address 192.0.2.3/+8", "but got '192.0.2.3/+8'"),
        ("--address fe80::1/129", "but got 'fe80::1/129'"),
        (
            "--gateway router",
            "--gateway takes an IP address, but got 'router'",
        ),
        (
            "--gateway 192.0.2.1 --gateway 192.0.2.3",
            "give --gateway only once for IPv4",
        ),
        (
            "--dns 192.0.2.1:53",
            "--dns takes an IP address, but got '192.0.2.1:53'",
        ),
        ("--mac 02:00:00:00:00", "but got '02:00:00:00:00'"),
        ("--mac 02:00:00:00:00:0g", "but got '02:00:00:00:00:0g'"),
        ("--mac 02:00:00:00:00:+1", "but got '02:00:00:00:00:+1'"),
        ("--mac 03:00:00:00:00:01", "but got '03:00:00:00:00:01'"),
        ("--mac 00:00:00:00:00:00", "but got '00:00:00:00:00:00'"),
    ] {
        let error = plan(&format!("{NEEDED} {option} listen 0")).unwrap_err();
        assert!(error.ends_with(text), "{option}: {error}");
    }
}

#[test]
fn names_need_somebody_to_ask() {
    for line in [
        "listen 0 --bind host.example",
        "send host.example 9 x",
        "send 192.0.2.1 9 x --bind host.example:0",
        "send 192.0.2.256 9 x",
    ] {
        let error = plan(&format!("{NEEDED} {line}")).unwrap_err();
        assert!(
            error.starts_with("nobody is there to be asked for '"),
            "{line}: {error}"
        );
        for server in ["--dns 192.0.2.1", "--dhcp"] {
            plan(&format!("{NEEDED} {server} {line}")).unwrap();
        }
        plan(line).unwrap();
    }
    for line in [
        "listen 0",
        "listen 0 --bind 192.0.2.2",
        "send localhost 9",
        "send fe80::1%tap0 9 --bind [::1]:0",
    ] {
        plan(&format!("{NEEDED} {line}")).unwrap();
    }
}
