//! What the page is told of processes and their Unix sockets.

use super::{entered, nothing, quote};
use crate::trace::{OfProcess, OfUnix};

/// What kind of an event it is, and of which datagram.
pub(super) fn of_process(host: u32, what: &OfProcess) -> (u8, String) {
    let called = |datagram: &u64| format!("\"~{host}.{datagram}\"");
    match what {
        OfProcess::Began => (5, nothing()),
        OfProcess::Ran(_) | OfProcess::Note(_) => (6, nothing()),
        OfProcess::Unix(_, what) => match what {
            OfUnix::Sent { datagram, .. } => (0, called(datagram)),
            OfUnix::Arrived { datagram } => (1, called(datagram)),
            OfUnix::Dropped { datagram } => (2, called(datagram)),
            OfUnix::Told(_) | OfUnix::Gone => (3, nothing()),
        },
    }
}

/// The addresses of a datagram.
pub(super) fn ends_of(what: &OfProcess) -> String {
    let OfProcess::Unix(
        _,
        OfUnix::Sent {
            source,
            destination,
            ..
        },
    ) = what
    else {
        return String::new();
    };
    let named = source.iter().chain([destination]);
    let named: Vec<String> = named.map(|name| quote(name)).collect();
    named.join(",")
}

/// The state that a socket is in then, with its name, if it is another one.
pub(super) fn state_of(what: &OfProcess) -> String {
    let OfProcess::Unix(socket, what) = what else {
        return String::new();
    };
    let entered = match what {
        OfUnix::Told(event) => entered(event),
        OfUnix::Gone => Some("closed"),
        OfUnix::Sent { .. } | OfUnix::Arrived { .. } | OfUnix::Dropped { .. } => None,
    };
    entered.map_or(String::new(), |entered| {
        format!(",\"u{socket}\",{}", quote(entered))
    })
}
