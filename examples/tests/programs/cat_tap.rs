//! dgramcat on a userspace stack against dgramcat on the kernel's sockets.

use serde_json::json;

use crate::cat_messages::{cat, events};
use crate::tap::Direction::{ToKernel, ToStack};
use crate::tap::{SET_UP, heard, shell, stack, with_taps};

#[test]
fn unicast_goes_there_and_back() {
    with_taps(|| {
        shell(SET_UP);
        for direction in [ToStack, ToKernel] {
            for (udp, kernel, stack) in [
                ("udp4", "203.0.113.1", "203.0.113.2"),
                ("udp6", "2001:db8:7::1", "2001:db8:7::2"),
                ("udp6", "fe80::1%tap0", "fe80::2%tap0"),
            ] {
                let (listener, sender) = direction.ends(kernel, stack);
                let options = format!("--type {udp} --bind {listener} --echo --count 2");
                let (running, port) = direction.listen(&options);
                let line =
                    format!("--type {udp} send {listener} {port} one two --connect --reply 10");
                let answers = direction.send(&line);
                let both = |address| [(address, "one"), (address, "two")];
                assert_eq!(heard(&answers), both(listener), "{direction:?} {udp}");
                let ended = running.end();
                assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
                assert_eq!(heard(&events(&ended)), both(sender), "{direction:?} {udp}");
            }
        }
    });
}

#[test]
fn broadcasts_arrive() {
    with_taps(|| {
        shell(SET_UP);
        for direction in [ToStack, ToKernel] {
            let (running, port) = direction.listen("--count 1");
            direction.send(&format!("send 203.0.113.255 {port} all --broadcast"));
            let (_, sender) = direction.ends("203.0.113.1", "203.0.113.2");
            assert_eq!(heard(&events(&running.end())), [(sender, "all")]);
        }
    });
}

#[test]
fn groups_are_heard_from_any_source() {
    with_taps(|| {
        shell(SET_UP);
        for direction in [ToStack, ToKernel] {
            for (udp, group, kernel, stack) in [
                ("udp4", "239.1.2.3", "203.0.113.1", "203.0.113.2"),
                ("udp6", "ff02::1234", "fe80::1%tap0", "fe80::2%tap0"),
            ] {
                let options = format!("--type {udp} --join {group}@tap0 --count 1");
                let (running, port) = direction.listen(&options);
                let line = format!("--type {udp} send {group} {port} here");
                direction.send(&format!("{line} --multicast-interface tap0"));
                let (_, sender) = direction.ends(kernel, stack);
                assert_eq!(
                    heard(&events(&running.end())),
                    [(sender, "here")],
                    "{group}"
                );
            }
        }
    });
}

#[test]
fn channels_are_heard_from_their_source_only() {
    with_taps(|| {
        shell(SET_UP);
        for (direction, udp, group, [right, wrong]) in [
            (ToStack, "udp4", "232.1.2.3", ["203.0.113.3", "203.0.113.1"]),
            (
                ToKernel,
                "udp4",
                "232.1.2.3",
                ["203.0.113.4", "203.0.113.2"],
            ),
            (
                ToStack,
                "udp6",
                "ff3e::1234",
                ["2001:db8:7::1", "fe80::1%tap0"],
            ),
            (
                ToKernel,
                "udp6",
                "ff3e::1234",
                ["2001:db8:7::2", "fe80::2%tap0"],
            ),
        ] {
            let channel = format!("--join {group}@tap0 --source {right}");
            let (running, port) = direction.listen(&format!("--type {udp} {channel} --count 1"));
            for (source, text) in [(wrong, "wrong"), (right, "right")] {
                let source = match udp {
                    "udp4" => format!("{source}:0"),
                    _ => format!("[{source}]:0"),
                };
                let line = format!("--type {udp} send {group} {port} {text} --bind {source}");
                direction.send(&format!("{line} --multicast-interface tap0"));
            }
            assert_eq!(
                heard(&events(&running.end())),
                [(right, "right")],
                "{group}"
            );
        }
    });
}

#[test]
fn input_and_answers_are_waited_for_at_once() {
    with_taps(|| {
        shell(SET_UP);
        let (_listener, port) = ToKernel.listen("--echo");
        let line = format!("--json send 203.0.113.1 {port} - --reply 10");
        let mut sender = stack(&line);
        assert_eq!(sender.json()["event"], "listening");
        for text in ["one", "two"] {
            sender.write(format!("{text}\n").as_bytes());
            assert_eq!(sender.json(), json!({ "event": "sent", "bytes": 3 }));
            assert_eq!(sender.json()["data"], text);
        }
        assert_eq!(sender.end().code, Some(0));
    });
}

#[test]
fn what_the_kernel_refuses_is_noticed() {
    with_taps(|| {
        shell(SET_UP);
        for (udp, kernel) in [("udp4", "203.0.113.1"), ("udp6", "2001:db8:7::1")] {
            let line = format!("--type {udp} send {kernel} 9 x --connect --reply 10");
            let ended = stack(&line).end();
            assert_eq!(ended.code, Some(1));
            assert_eq!(ended.err, "recvmsg ECONNREFUSED\n");
        }
    });
}

#[test]
fn the_interface_may_go_down_and_come_back() {
    with_taps(|| {
        shell(SET_UP);
        let (running, port) = ToStack.listen("--join 239.1.2.3@tap0 --count 2");
        shell("ip link set tap0 down; sleep 1.5; ip link set tap0 up");
        shell("until ip link show tap0 | grep -q LOWER_UP; do sleep 0.02; done; sleep 1.5");
        ToStack.send(&format!("send 203.0.113.2 {port} one"));
        let group = format!("send 239.1.2.3 {port} two --multicast-interface tap0");
        ToStack.send(&group);
        let ended = running.end();
        assert_eq!(ended.code, Some(0));
        assert_eq!(
            ended.err,
            "dgramcat: tap0 is down, and nothing gets through: sudo ip link set tap0 up\n"
        );
        assert_eq!(
            heard(&events(&ended)),
            [("203.0.113.1", "one"), ("203.0.113.1", "two")]
        );
    });
}

#[test]
fn what_is_wrong_with_an_interface_is_said() {
    with_taps(|| {
        shell(SET_UP);
        let tap0 = "--backend smoltcp --address 203.0.113.2/24 --tap tap0";
        let (running, _) = ToStack.listen("");
        let ended = cat(&format!("{tap0} listen 0")).end();
        let busy = "tap0: another program is attached to it; end that, or use another interface";
        assert_eq!(
            (ended.code, ended.err),
            (Some(1), format!("dgramcat: {busy}\n"))
        );
        shell("ip link delete tap0");
        let ended = running.end();
        let gone = "tap0 is gone: it was deleted, or moved elsewhere";
        assert_eq!(
            (ended.code, ended.err),
            (Some(1), format!("dgramcat: {gone}\n"))
        );

        for (options, text) in [
            (
                "--tap lo --address 203.0.113.2/24",
                "lo: it is no TAP interface",
            ),
            (
                "--tap t --address 224.0.0.1/24",
                "224.0.0.1 cannot be the address of a host",
            ),
            (
                "--tap t --address 203.0.113.2/24 --address 203.0.113.2/24",
                "203.0.113.2 is given twice",
            ),
            (
                "--tap t --address 203.0.113.2/24 --gateway 0.0.0.0",
                "0.0.0.0 cannot be a gateway: EINVAL",
            ),
        ] {
            let ended = cat(&format!("--backend smoltcp {options} listen 0")).end();
            assert_eq!(ended.code, Some(1), "{options}");
            assert_eq!(ended.err, format!("dgramcat: {text}\n"), "{options}");
        }
        // A new interface is down.
        let ended = cat(&format!("{tap0} send 203.0.113.1 9 x")).end();
        assert_eq!(ended.code, Some(1));
        let down = "tap0 is down, and nothing gets through: sudo ip link set tap0 up";
        assert_eq!(
            ended.err,
            format!("dgramcat: {down}\nsend ENETUNREACH 203.0.113.1:9\n")
        );
    });
}
