//! A network that loses, duplicates and reorders: what arrives is told, and nothing else.

use core::{iter, str};
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::process::Command;

use anydgram_core::SocketId;
use smoltcp::phy::Device;

use crate::namespace::{has, in_namespace, run};
use crate::scrambler::{Scrambler, scrambled};
use crate::tap_lab::{TapLab, kernel_socket, tap};
use crate::{FAMILIES, to};

/// Has the kernel drop datagrams to port 9 on their way in or out (`input`, `output`), which a rule chooses, and count
/// them.
fn lose(hook: &str, rule: &str) {
    run("nft add table inet faults");
    let kind = format!("{{ type filter hook {hook} priority 0 ; }}");
    run(&format!("nft add chain inet faults {hook} {kind}"));
    let rule = format!("udp dport 9 {rule} counter drop");
    run(&format!("nft add rule inet faults {hook} {rule}"));
}

/// Ends the loss, and returns how many datagrams were lost.
fn lost(hook: &str) -> usize {
    let list = ["list", "chain", "inet", "faults", hook];
    let output = Command::new("nft").args(list).output().unwrap();
    run("nft delete table inet faults");
    let text = str::from_utf8(&output.stdout).unwrap();
    let mut words = text.split_whitespace();
    words.find(|word| *word == "packets").unwrap();
    words.next().unwrap().parse().unwrap()
}

/// Sends all numbers below [`COUNT`] from a socket of ours to port 9.
fn send_numbers<D: Device + AsFd>(lab: &mut TapLab<D>, id: SocketId, address: &str) {
    let numbers: Vec<usize> = (0..COUNT).collect();
    for burst in numbers.chunks(BURST) {
        for number in burst {
            lab.computer
                .send(id, number.to_string().as_bytes(), address, 9);
        }
        let told = lab.told(id, BURST);
        let are_sent = told.iter().all(|line| line.starts_with("sent "));
        assert!(are_sent, "{told:?}");
    }
}

/// The numbers that a socket of the kernel's hears, until it hears something else.
fn heard_numbers<D: Device + AsFd>(lab: &mut TapLab<D>, socket: &UdpSocket) -> Vec<usize> {
    let numbers = iter::from_fn(|| {
        let (bytes, _) = lab.heard(socket).unwrap();
        str::from_utf8(&bytes).unwrap().parse().ok()
    });
    numbers.collect()
}

/// The numbers that a socket of ours is told, until it is told something else.
fn told_numbers<D: Device + AsFd>(lab: &mut TapLab<D>, id: SocketId) -> Vec<usize> {
    lab.until(&[], |computer| {
        let last = computer.log.told.last();
        last.is_some_and(|told| told.line == format!("message {END}"))
    });
    let told = lab.computer.told(id);
    let (_, numbers) = told.split_last().unwrap();
    let numbers = numbers.iter().map(|line| {
        let number = line.strip_prefix("message ").unwrap();
        number.parse().unwrap()
    });
    numbers.collect()
}

#[test]
fn what_is_sent_is_heard_or_was_lost_on_the_way() {
    if !has("nft") {
        return;
    }
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (socket_type, kernel, _) in FAMILIES {
            let id = lab.bound(socket_type, 7);
            let socket = kernel_socket(kernel, 9);
            for rule in RULES {
                lose("input", rule);
                send_numbers(&mut lab, id, kernel);
                let lost = lost("input");
                lab.computer.send(id, END.as_bytes(), kernel, 9);
                let heard = heard_numbers(&mut lab, &socket);
                assert!(heard.is_sorted_by(|one, next| one < next), "{heard:?}");
                assert_eq!((heard.len() + lost, lost > 0), (COUNT, true));
                if rule == EVERY_THIRD {
                    assert!(heard.iter().all(|number| number % 3 > 0), "{heard:?}");
                }
                lab.computer.forget();
            }
        }
    });
}

#[test]
fn what_the_kernel_sends_is_told_or_was_lost_on_the_way() {
    if !has("nft") {
        return;
    }
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (socket_type, kernel, ours) in FAMILIES {
            let id = lab.bound(socket_type, 9);
            let socket = kernel_socket(kernel, 7);
            for rule in RULES {
                lose("output", rule);
                let mut left = Vec::new();
                for number in 0..COUNT {
                    // The sender learns of what is lost in its own kernel.
                    match socket.send_to(number.to_string().as_bytes(), to(ours, 9)) {
                        Ok(_) => left.push(number),
                        Err(error) => assert_eq!(error.kind(), ErrorKind::PermissionDenied),
                    }
                }
                let lost = lost("output");
                assert_eq!((left.len() + lost, lost > 0), (COUNT, true));
                socket.send_to(END.as_bytes(), to(ours, 9)).unwrap();
                assert_eq!(told_numbers(&mut lab, id), left);
            }
        }
    });
}

#[test]
fn each_copy_is_heard_in_the_order_of_arrival() {
    in_namespace(|| {
        let mut lab = TapLab::new(Scrambler::new(tap()));
        let all: Vec<usize> = (0..COUNT).collect();
        let expected = scrambled(&all);
        for (socket_type, kernel, ours) in FAMILIES {
            let id = lab.bound(socket_type, 9);
            let socket = kernel_socket(kernel, 9);
            send_numbers(&mut lab, id, kernel);
            for &number in &expected {
                let heard = lab.heard(&socket).unwrap();
                assert_eq!(heard, (number.to_string().into_bytes(), to(ours, 9)));
            }
            let error = socket.recv(&mut []).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock);

            for number in &all {
                let bytes = number.to_string();
                socket.send_to(bytes.as_bytes(), to(ours, 9)).unwrap();
            }
            let expected: Vec<_> = expected.iter().map(|it| format!("message {it}")).collect();
            assert_eq!(lab.told(id, expected.len()), expected);
            lab.settle();
            assert!(lab.computer.told(id).is_empty());
        }
    });
}

/// How many datagrams are sent one after another: a socket of ours has room for them.
const BURST: usize = 16;
/// How many are sent in all: a socket of the kernel's has room for them.
const COUNT: usize = 4 * BURST;
/// What is sent after them.
const END: &str = "end";
const EVERY_THIRD: &str = "numgen inc mod 3 == 0";
const RULES: [&str; 2] = [EVERY_THIRD, "numgen random mod 10 < 3"];
