//! Every call in every state, against Node's matrix.
//!
//! Where Node throws a raw `TypeError` on a closed socket, ours is not running.

use super::*;
use crate::{Interface, MulticastInterface};

/// A state by the calls that lead to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unbound,
    /// The bind's lookup is under way.
    LookingUp,
    /// The bind has not been handed out.
    Requested,
    /// The backend is binding.
    Opening,
    Bound,
    /// The lookup of the connect is under way.
    ConnectLookingUp,
    /// The backend is connecting.
    Connecting,
    Connected,
    /// A close waits for the bind.
    Closing,
    /// Closed before it was bound.
    ClosedUnbound,
    /// Closed while it was bound.
    Closed,
    /// Closed while it was connected.
    ClosedConnected,
}

use State::{
    Bound, Closed, ClosedConnected, ClosedUnbound, Closing, ConnectLookingUp, Connected,
    Connecting, LookingUp, Opening, Requested, Unbound,
};

const STATES: [State; 12] = [
    Unbound,
    LookingUp,
    Requested,
    Opening,
    Bound,
    ConnectLookingUp,
    Connecting,
    Connected,
    Closing,
    ClosedUnbound,
    Closed,
    ClosedConnected,
];

fn socket_in(state: State, storage: &mut SmallStorage) -> Socket<'_> {
    let mut socket = match state {
        Bound | Closed | ConnectLookingUp | Connecting => bound(storage),
        Connected | ClosedConnected => connected(storage),
        Unbound | LookingUp | Requested | Opening | Closing | ClosedUnbound => udp4(storage),
    };
    let mut backend = Backend::new();
    backend.holds_lookups = true;
    let name = "example.org";
    match state {
        LookingUp => {
            socket.bind(BindOptions::default().address(name)).unwrap();
            backend.drive(&mut socket);
        }
        Requested => socket.bind(BindOptions::default()).unwrap(),
        Opening => {
            socket.bind(BindOptions::default()).unwrap();
            assert!(matches!(socket.poll_action(), Some(Action::Bind(_))));
        }
        ConnectLookingUp => {
            socket.connect(Destination::new(name, 9)).unwrap();
            backend.drive(&mut socket);
        }
        Connecting => {
            socket.connect(peer(9)).unwrap();
            assert!(matches!(socket.poll_action(), Some(Action::Connect(_))));
        }
        Closing => {
            socket.send(hello("a")).unwrap();
            socket.close().unwrap();
        }
        ClosedUnbound | Closed | ClosedConnected => socket.close().unwrap(),
        Unbound | Bound | Connected => {}
    }
    socket
}

type Call = fn(&mut Socket<'_>) -> Result<(), Error<'static>>;

/// What a call has in each class of states, in Node's abbreviations.
struct Row {
    name: &'static str,
    call: Call,
    unbound: &'static str,
    binding: &'static str,
    bound: &'static str,
    connecting: &'static str,
    connected: &'static str,
    closed: &'static str,
    closed_connected: &'static str,
}

impl Row {
    const fn expected(&self, state: State) -> &'static str {
        match state {
            Unbound => self.unbound,
            LookingUp | Requested | Opening => self.binding,
            Bound => self.bound,
            ConnectLookingUp | Connecting => self.connecting,
            Connected => self.connected,
            Closing | ClosedUnbound | Closed => self.closed,
            ClosedConnected => self.closed_connected,
        }
    }
}

const OK: &str = "";
const NR: &str = "ERR_SOCKET_DGRAM_NOT_RUNNING";
const NC: &str = "ERR_SOCKET_DGRAM_NOT_CONNECTED";
const IC: &str = "ERR_SOCKET_DGRAM_IS_CONNECTED";
const AB: &str = "ERR_SOCKET_ALREADY_BOUND";
const NB: &str = "ERR_SOCKET_DGRAM_NOT_BOUND";
const BP: &str = "ERR_SOCKET_BAD_PORT";
const BADF: &str = "EBADF";
const SIZE: &str = "ERR_SOCKET_BUFFER_SIZE";

/// A row whose call does not care for connections.
const fn row(name: &'static str, call: Call, by_bind_state: [&'static str; 4]) -> Row {
    let [unbound, binding, bound, closed] = by_bind_state;
    Row {
        name,
        call,
        unbound,
        binding,
        bound,
        connecting: bound,
        connected: bound,
        closed,
        closed_connected: closed,
    }
}

const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(232, 0, 0, 251));
const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const ANY: Interface = Interface::Default;

/// Calls whose legality depends on the bind state alone.
const BY_BIND_STATE: [Row; 20] = [
    row("bind", |s| Ok(s.bind(1)?), [OK, AB, AB, NR]),
    row("bind_sync", |s| Ok(s.bind_sync(1)?), [OK, AB, AB, NR]),
    row("rebind", |s| Ok(s.rebind()?), [NB, NB, OK, NR]),
    row("address", |s| s.address().map(|_| ()), [BADF, BADF, OK, NR]),
    row("close", |s| Ok(s.close()?), [OK, OK, OK, NR]),
    row(
        "set_broadcast",
        |s| s.set_broadcast(true),
        [BADF, BADF, OK, NR],
    ),
    row("set_ttl", |s| s.set_ttl(1), [BADF, BADF, OK, NR]),
    row(
        "set_ttl",
        |s| s.set_ttl(0),
        ["EINVAL", "EINVAL", "EINVAL", NR],
    ),
    row(
        "set_multicast_ttl",
        |s| s.set_multicast_ttl(0),
        [BADF, BADF, OK, NR],
    ),
    row(
        "set_multicast_ttl",
        |s| s.set_multicast_ttl(256),
        ["EINVAL", "EINVAL", "EINVAL", NR],
    ),
    row(
        "set_multicast_loopback",
        |s| s.set_multicast_loopback(true),
        [BADF, BADF, OK, NR],
    ),
    row(
        "set_multicast_interface",
        |s| s.set_multicast_interface(MulticastInterface::Index(0)),
        [BADF, BADF, OK, NR],
    ),
    row(
        "add_membership",
        |s| s.add_membership(GROUP, ANY),
        [OK, OK, OK, NR],
    ),
    row(
        "drop_membership",
        |s| {
            s.add_membership(GROUP, ANY)?;
            s.drop_membership(GROUP, ANY)
        },
        [OK, OK, OK, NR],
    ),
    row(
        "drop_membership",
        |s| s.drop_membership(GROUP, ANY),
        ["EADDRNOTAVAIL", "EADDRNOTAVAIL", "EADDRNOTAVAIL", NR],
    ),
    row(
        "add_source_specific_membership",
        |s| s.add_source_specific_membership(SOURCE, GROUP, ANY),
        [OK, OK, OK, NR],
    ),
    row(
        "drop_source_specific_membership",
        |s| s.drop_source_specific_membership(SOURCE, GROUP, ANY),
        ["EINVAL", "EINVAL", "EINVAL", NR],
    ),
    row(
        "set_receive_buffer_size",
        |s| s.set_receive_buffer_size(1),
        [SIZE, SIZE, OK, NR],
    ),
    row(
        "set_send_buffer_size",
        |s| s.set_send_buffer_size(1),
        [SIZE, SIZE, OK, NR],
    ),
    row(
        "check_receive_buffer_size",
        |s| s.check_receive_buffer_size(),
        [SIZE, SIZE, OK, NR],
    ),
];

/// Calls whose legality depends on the connection.
const BY_CONNECTION: [Row; 6] = [
    Row {
        bound: OK,
        connecting: IC,
        connected: IC,
        ..row("connect", |s| Ok(s.connect(peer(9))?), [OK, OK, OK, NR])
    },
    Row {
        connecting: IC,
        connected: IC,
        ..row(
            "connect_sync",
            |s| Ok(s.connect_sync(peer(9))?),
            [OK, AB, OK, NR],
        )
    },
    Row {
        connected: OK,
        closed_connected: NR,
        ..row("disconnect", |s| Ok(s.disconnect()?), [NC, NC, NC, NC])
    },
    Row {
        connected: OK,
        ..row(
            "remote_address",
            |s| s.remote_address().map(|_| ()),
            [NC, NC, NC, NR],
        )
    },
    Row {
        connected: IC,
        closed_connected: IC,
        ..row(
            "send",
            |s| Ok(s.send(hello("a")).map(|_| ())?),
            [OK, OK, OK, NR],
        )
    },
    Row {
        connected: OK,
        closed_connected: NR,
        ..row(
            "send to the peer",
            |s| Ok(s.send(Datagram::new("a")).map(|_| ())?),
            [BP, BP, BP, BP],
        )
    },
];

/// All that a caller can see.
fn view(socket: &mut Socket<'_>) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {} {} {} {} {:?}",
        socket.bind_state(),
        socket.connect_state(),
        socket.address(),
        socket.remote_address(),
        socket.is_ready(),
        socket.is_closed(),
        socket.send_queue_count(),
        socket.send_queue_size(),
        socket.stats(),
    )
}

#[test]
fn every_call_in_every_state_does_what_the_matrix_says() {
    for row in BY_BIND_STATE.iter().chain(&BY_CONNECTION) {
        for state in STATES {
            let mut storage = SmallStorage::new();
            let mut socket = socket_in(state, &mut storage);
            let before = view(&mut socket);
            let result = (row.call)(&mut socket);
            let code = result.as_ref().map_or_else(Error::code, |()| OK);
            assert_eq!(code, row.expected(state), "{} while {state:?}", row.name);
            if result.is_err() {
                let after = view(&mut socket);
                assert_eq!(after, before, "{} while {state:?}", row.name);
            }
        }
    }
}

#[test]
fn after_any_call_in_any_state_the_socket_can_be_closed_and_comes_to_rest() {
    for row in BY_BIND_STATE.iter().chain(&BY_CONNECTION) {
        for state in STATES {
            let mut storage = SmallStorage::new();
            let mut socket = socket_in(state, &mut storage);
            // Its result is the matter of the test above.
            (row.call)(&mut socket).unwrap_or_default();
            assert_eq!(
                socket.close().is_ok(),
                !is_closed(state) && row.name != "close"
            );
            let mut told = Backend::new().turn(&mut socket);
            // The answers that the state waits for, too late or not.
            socket.handle_lookup(LookupToken(0), Ok(LOCAL.address));
            assert_eq!(socket.handle_bind(Ok(LOCAL)), Ok(()));
            told.extend(Backend::new().turn(&mut socket));
            let context = format!("{} while {state:?}", row.name);
            assert_eq!(told.last().map(String::as_str), Some("close"), "{context}");
            assert_eq!(told.iter().filter(|text| *text == "close").count(), 1);
            assert!(socket.is_finished() && !socket.is_ready(), "{context}");
        }
    }
}

fn is_closed(state: State) -> bool {
    matches!(state, Closing | ClosedUnbound | Closed | ClosedConnected)
}

#[test]
fn a_bad_port_is_found_before_anything_else() {
    let bad = Err(Misuse::BadPort { port: Some(0) });
    for state in STATES {
        let mut storage = SmallStorage::new();
        let mut socket = socket_in(state, &mut storage);
        assert_eq!(socket.connect(peer(0)), bad, "{state:?}");
        let in_call = socket.connect_sync(peer(0));
        // Node looks whether a synchronous call can run before it looks at its arguments.
        let expected = if is_closed(state) {
            Err(Misuse::NotRunning)
        } else {
            bad
        };
        assert_eq!(in_call, expected, "{state:?}");
    }
}

#[test]
fn a_socket_is_running_before_it_is_anything_else() {
    // In Node, `connect` on a socket that was closed unbound leaves it connecting for ever.
    let mut storage = SmallStorage::new();
    let mut socket = socket_in(ClosedUnbound, &mut storage);
    for _ in 0..2 {
        assert_eq!(socket.connect(peer(9)), Err(Misuse::NotRunning));
        assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    }
}
