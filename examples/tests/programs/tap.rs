//! dgramcat on a userspace stack, and the kernel as its neighbour: a TAP interface in a private network namespace.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::process::Command;

use serde_json::Value;

use crate::cat_messages::{cat, events};
use crate::namespace::inside;
use crate::running::Running;

/// The kernel's addresses on `tap0`; the stack's are those with `:2` and `.2`, and `.4` beside them.
pub(crate) const SET_UP: &str = "
    ip tuntap add dev tap0 mode tap
    ip link set tap0 addrgenmode none
    ip address add 203.0.113.1/24 brd + dev tap0
    ip address add 203.0.113.3/24 brd + dev tap0
    ip -6 address add 2001:db8:7::1/64 dev tap0 nodad
    ip -6 address add fe80::1/64 dev tap0 nodad
    ip link set tap0 up";

/// Until the kernel has noticed that somebody is attached, it sends no IPv6.
pub(crate) const SETTLE: &str = "
    tries=0
    until ip link show tap0 | grep -q LOWER_UP && [ -n \"$(ip -6 route show 2001:db8:7::/64 dev tap0)\" ] &&
        [ -z \"$(ip -6 address show dev tap0 tentative)\" ] && ! ip -6 route | grep -q linkdown
    do
        tries=$((tries + 1))
        [ $tries -lt 200 ]
        sleep 0.02
    done";

/// Runs a test in a private network namespace, or skips it aloud where there are no TAP interfaces. In CI that fails, but
/// for a user who may not open them.
pub(crate) fn with_taps<F: FnOnce()>(body: F) {
    let opened = OpenOptions::new().read(true).write(true).open(TUN);
    let Err(error) = opened else {
        return inside(body);
    };
    let is_ci = env::var("CI").is_ok_and(|value| value == "true");
    let may_skip = !is_ci || error.kind() == io::ErrorKind::PermissionDenied;
    assert!(may_skip, "{TUN}: {error}");
    // Past the capture of `eprintln!`: a skipped test has to be seen although it passes.
    let told = writeln!(io::stderr(), "SKIPPED: {TUN}: {error}");
    told.expect("standard error is open");
}

pub(crate) fn shell(script: &str) {
    let status = Command::new("sh").args(["-euc", script]).status().unwrap();
    assert!(status.success(), "{script}");
}

/// Starts dgramcat on a userspace stack.
pub(crate) fn stack(line: &str) -> Running {
    cat(&format!(
        "--backend smoltcp --tap tap0 --address 203.0.113.2/24 --address 203.0.113.4/24 \
         --address 2001:db8:7::2/64 --address fe80::2/64 {line}"
    ))
}

/// Who listens, and who sends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Direction {
    ToStack,
    ToKernel,
}

use Direction::{ToKernel, ToStack};

impl Direction {
    /// Starts a listener that prints JSON, and gives up after ten seconds.
    pub(crate) fn listen(self, options: &str) -> (Running, u64) {
        let line = format!("--json --timeout 10 listen 0 {options}");
        let mut listener = match self {
            ToStack => stack(&line),
            ToKernel => cat(&line),
        };
        let listening = listener.json();
        assert_eq!(listening["event"], "listening", "{listening}");
        if let ToStack = self {
            shell(SETTLE);
        }
        (listener, listening["port"].as_u64().unwrap())
    }

    /// Sends to the listener, with success, and returns what happened.
    pub(crate) fn send(self, line: &str) -> Vec<Value> {
        let line = format!("--json {line}");
        let ended = match self {
            ToStack => cat(&line),
            ToKernel => stack(&line),
        }
        .end();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{line}");
        events(&ended)
    }

    /// The addresses of the listener and of the sender, from those of the kernel and of the stack.
    pub(crate) const fn ends<T>(self, kernel: T, stack: T) -> (T, T)
    where
        T: Copy,
    {
        match self {
            ToStack => (stack, kernel),
            ToKernel => (kernel, stack),
        }
    }
}

/// The address and the text of each message.
pub(crate) fn heard(events: &[Value]) -> Vec<(&str, &str)> {
    let messages = events.iter().filter(|event| event["event"] == "message");
    messages
        .map(|event| {
            let text = |key: &str| event[key].as_str().unwrap();
            (text("address"), text("data"))
        })
        .collect()
}

/// Where TAP interfaces come from.
const TUN: &str = "/dev/net/tun";
