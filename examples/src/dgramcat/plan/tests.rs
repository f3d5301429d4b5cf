use super::*;

pub(super) fn plan(line: &str) -> Result<Plan, String> {
    let arguments = line.split_whitespace().map(OsString::from);
    let given = Given::parse(arguments).map_err(|usage| usage.0)?;
    Plan::new(&given).map_err(|usage| usage.0)
}

fn listen_plan(line: &str) -> Listen {
    match plan(line).unwrap().task {
        Task::Listen(listen) => listen,
        Task::Send(send) => panic!("{send:?}"),
    }
}

pub(super) fn send_plan(line: &str) -> Send {
    match plan(line).unwrap().task {
        Task::Send(send) => send,
        Task::Listen(listen) => panic!("{listen:?}"),
    }
}

#[test]
fn options_can_stand_anywhere() {
    let expected = plan("--json --type udp6 listen 9 --echo --count 2").unwrap();
    assert_eq!(expected.socket_type, SocketType::Udp6);
    assert!(expected.json);
    for line in [
        "listen 9 --echo --count=2 --type=udp6 --json",
        "--count 2 --echo listen --type udp6 --json 9",
        "--backend std listen --json --type udp6 --echo --count 2 -- 9",
    ] {
        assert_eq!(plan(line).unwrap(), expected, "{line}");
    }
}

#[test]
fn listen_has_all_its_options() {
    let listen = listen_plan(
        "listen 0 --bind ::1 --join ff02::1@lo --join 239.1.1.1 --source 192.0.2.1 --reuse-addr \
         --reuse-port --ipv6-only --timeout 0.25",
    );
    let join = |group: &str, interface| Join {
        group: group.parse().unwrap(),
        interface,
    };
    assert_eq!(
        listen,
        Listen {
            port: 0,
            address: "::1".into(),
            echo: false,
            joins: vec![
                join("ff02::1", Some(InterfaceName::Name("lo".into()))),
                join("239.1.1.1", None),
            ],
            source: Some("192.0.2.1".parse().unwrap()),
            reuse_address: true,
            reuse_port: true,
            ipv6_only: true,
            count: None,
            timeout: Some(Duration::from_millis(250)),
        }
    );
}

#[test]
fn send_has_all_its_options() {
    let send = send_plan(
        "send host.example 9 a bc --bind [::1]:5 --connect --ttl 1 --multicast-ttl 0 --no-loopback \
         --multicast-interface 127.0.0.1 --broadcast --count 3 --reply 2",
    );
    assert_eq!(
        send,
        Send {
            host: "host.example".into(),
            port: 9,
            data: Data::Arguments(vec![b"a".to_vec(), b"bc".to_vec()]),
            bind: ("::1".into(), 5),
            connect: true,
            ttl: Some(1),
            multicast_ttl: Some(0),
            multicast_interface: Some(InterfaceName::Address("127.0.0.1".parse().unwrap())),
            no_loopback: true,
            broadcast: true,
            asked: Asked::default(),
            count: 3,
            reply: Some(Duration::from_secs(2)),
        }
    );
}

#[test]
fn data_is_arguments_or_input_or_one_empty_datagram() {
    assert_eq!(send_plan("send h 9 -").data, Data::Input);
    assert_eq!(send_plan("send h 9").data, Data::Arguments(vec![vec![]]));
    let dashes = Data::Arguments(vec![b"--ttl".to_vec()]);
    assert_eq!(send_plan("send h 9 -- --ttl").data, dashes);
}

#[test]
fn the_address_to_send_from_can_be_of_both_families() {
    for (text, expected) in [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]:65535", ("::1", 65_535)),
        ("[fe80::1%eth0]:1", ("fe80::1%eth0", 1)),
        ("localhost:9", ("localhost", 9)),
        (":9", ("", 9)),
    ] {
        let bind = send_plan(&format!("send h 9 --bind {text}")).bind;
        assert_eq!(bind, (expected.0.to_owned(), expected.1), "{text}");
    }
    for text in [
        "127.0.0.1",
        "::1",
        "::1:9",
        "[::1:9",
        "[::1]",
        "127.0.0.1:",
        "1.2.3.4:x",
    ] {
        let usage = plan(&format!("send h 9 --bind {text}")).unwrap_err();
        assert!(usage.contains("ADDR:PORT"), "{text}: {usage}");
    }
}

#[test]
fn wrong_usage_says_what_to_do() {
    for (line, text) in [
        ("", "listen PORT, or send HOST PORT"),
        ("frobnicate", "use listen or send"),
        ("listen", "listen takes one operand: PORT"),
        ("listen 1 2", "listen takes one operand: PORT"),
        ("send h", "HOST PORT [DATA…]"),
        (
            "listen 65536",
            "PORT takes a number from 0 to 65535, but got '65536'",
        ),
        ("listen -1", "there is no option -1"),
        ("listen +1", "but got '+1'"),
        ("listen x", "but got 'x'"),
        ("send h 0", "from 1 to 65535"),
        ("listen 9 --ttl 3", "--ttl is not for listen, only for send"),
        ("send h 9 --echo", "--echo is not for send, only for listen"),
        ("listen 9 --frob", "there is no option --frob"),
        ("listen 9 --echo=yes", "--echo"),
        ("listen 9 --count", "--count"),
        ("listen 9 --count 0", "--count takes a number of at least 1"),
        ("listen 9 --count 1 --count 2", "give --count only once"),
        (
            "listen 9 --timeout soon",
            "--timeout takes seconds, for example 2 or 0.5",
        ),
        ("listen 9 --timeout -1", "--timeout takes seconds"),
        ("listen 9 --timeout inf", "--timeout takes seconds"),
        ("listen 9 --timeout 1e99", "--timeout takes seconds"),
        ("listen 9 --type udp5", "udp4, udp6 or unix"),
        (
            "listen 9 --backend carrier-pigeon",
            "--backend takes std or smoltcp",
        ),
        (
            "listen 9 --join example.org",
            "takes an IP address, but got 'example.org'",
        ),
        ("listen 9 --source 192.0.2.1", "add --join GROUP"),
        (
            "listen 9 --join 239.1.1.1 --source x",
            "--source takes an IP address",
        ),
        ("send h 9 --ttl 0", "--ttl takes a number from 1 to 255"),
        (
            "send h 9 --multicast-ttl 256",
            "--multicast-ttl takes a number from 0 to 255",
        ),
        ("send h 9 - x", "- stands for standard input"),
    ] {
        let usage = plan(line).unwrap_err();
        assert!(usage.contains(text), "{line}: {usage}");
    }
}
