//! Dynamic arguments against the tables that `dynamic_oracle.mjs` has recorded with real Node.
#![cfg(feature = "alloc")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a test does not expect is a failure, whatever it is"
)]

#[path = "dynamic/json.rs"]
mod json;
#[path = "dynamic/values.rs"]
mod values;

extern crate alloc;

use alloc::collections::BTreeSet;

use core::num::NonZeroU32;

use anydgram_core::dynamic::{
    ArgumentError, Bind, Call, Connect, EventName, Listen, Membership, Send, Signal, State, Value,
    add_address, add_range, add_subnet, create_socket,
};
use anydgram_core::{BindState, ConnectState, Rule};
use json::Json;
use values::{decode, id_of};

/// A difference from the table that is meant.
struct Difference {
    /// Why.
    reason: &'static str,
    /// Which rows differ.
    covers: fn(&Row<'_>) -> bool,
    /// What we do there: the code of the error, empty if it has none, or `None` to accept.
    ours: Option<&'static str>,
}

/// All differences from Node 25; none from Node 26.
const DIFFERENCES: &[Difference] = &[
    Difference {
        reason: "a closed socket says so where Node reads properties of null",
        covers: |row| {
            row.is_closed() && row.message().starts_with("Cannot read properties of null")
        },
        ours: Some("ERR_SOCKET_DGRAM_NOT_RUNNING"),
    },
    Difference {
        reason: "connect on a closed socket says so before it looks at how connected it was, or at the callback",
        covers: |row| {
            row.is_closed()
                && row.call == "connect"
                && (row.code() == Some("ERR_SOCKET_DGRAM_IS_CONNECTED")
                    || row.message().starts_with("The \"listener\" argument"))
        },
        ours: Some("ERR_SOCKET_DGRAM_NOT_RUNNING"),
    },
    Difference {
        reason: "a text that means port 0 is no destination port, as in Node 26.5",
        covers: |row| row.throws.is_none() && row.sends_to_port_0(),
        ours: Some("ERR_SOCKET_BAD_PORT"),
    },
    Difference {
        reason: "a callback that is no function is refused by connect, not when the bind is done",
        covers: |row| {
            row.throws.is_none()
                && row.call == "connect"
                && row.state == "binding"
                && row.has_bad_callback()
        },
        ours: Some("ERR_INVALID_ARG_TYPE"),
    },
    Difference {
        reason: "a group that cannot be a text is an error; Node loses it unless the interface is a string",
        covers: |row| row.has_no_group_text() && row.code().is_none(),
        ours: Some(""),
    },
    Difference {
        reason: "a negative whole port that is no number wraps like any other; V8 makes it 0",
        covers: |row| {
            row.call == "bind" && row.accepted_port() == Some(0.0) && row.has_negative_text()
        },
        ours: None,
    },
];

struct Row<'a> {
    call: &'a str,
    state: &'a str,
    args: Vec<Value>,
    throws: Option<&'a Json>,
    accepts: Option<&'a Json>,
}

impl<'a> Row<'a> {
    fn new(json: &'a Json) -> Self {
        Self {
            call: json.get("call").and_then(Json::text).expect("a call"),
            state: json.get("state").and_then(Json::text).unwrap_or_default(),
            args: json
                .get("args")
                .expect("arguments")
                .list()
                .iter()
                .map(decode)
                .collect(),
            throws: json.get("throws"),
            accepts: json.get("accepts"),
        }
    }

    fn is_closed(&self) -> bool {
        self.state.starts_with("closed")
    }

    fn code(&self) -> Option<&str> {
        self.throws?.get("code")?.text()
    }

    fn message(&self) -> &str {
        let message = self.throws.and_then(|error| error.get("message"));
        message.and_then(Json::text).unwrap_or_default()
    }

    fn accepted_port(&self) -> Option<f64> {
        match self.accepts?.get("port")? {
            Json::Number(port) => Some(*port),
            _ => None,
        }
    }

    fn sends_to_port_0(&self) -> bool {
        // Node sends to port 0 as if it were connected.
        let port = self.accepts.and_then(|accepts| accepts.get("port"));
        match self.call {
            "connect" => port == Some(&Json::Number(0.0)),
            "send" => port == Some(&Json::Null) && self.state != "connected",
            _ => false,
        }
    }

    fn has_no_group_text(&self) -> bool {
        matches!(self.call, "addMembership" | "dropMembership")
            && self
                .args
                .first()
                .is_some_and(|group| group.to_text().is_err())
    }

    fn has_bad_callback(&self) -> bool {
        let is_function = |index: usize| matches!(self.args.get(index), Some(Value::Function(_)));
        !is_function(1) && !is_function(2) && self.args.get(2).is_some_and(Value::truthy)
    }

    fn has_negative_text(&self) -> bool {
        let first = self.args.first().unwrap_or(&Value::Undefined);
        [first, first.get("port")].iter().any(|port| {
            !matches!(port, Value::Number(_)) && port.to_number().is_ok_and(|port| port < 0.0)
        })
    }

    fn state(&self) -> State {
        let (bind, connect) = match self.state {
            "unbound" | "closed" => (BindState::Unbound, ConnectState::Disconnected),
            "binding" => (BindState::Binding, ConnectState::Disconnected),
            "bound" | "closed-bound" => (BindState::Bound, ConnectState::Disconnected),
            "connecting" => (BindState::Bound, ConnectState::Connecting),
            _ => (BindState::Bound, ConnectState::Connected),
        };
        State::new()
            .running(!self.is_closed())
            .bind(bind)
            .connect(connect)
    }

    /// What we make of it.
    fn read(&self) -> Result<Json, ArgumentError> {
        match self.call {
            "createSocket" => created(&self.args),
            "addAddress" => add_address(&self.args).map(rule),
            "addRange" => add_range(&self.args).map(rule),
            "addSubnet" => add_subnet(&self.args).map(rule),
            method => {
                let call = Call::parse(method, &self.state(), &self.args).expect("a known method");
                call.map(|call| understood(&call))
            }
        }
    }
}

fn map<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Map(members.map(|(key, value)| (key.into(), value)).into())
}

/// The label of the function with this id.
fn label(id: Option<u64>) -> Json {
    let labels = ["foo", "bar", ""];
    id.map(|id| {
        *labels
            .iter()
            .find(|label| id_of(label) == id)
            .expect("a known function")
    })
    .into()
}

fn rule(rule: Rule) -> Json {
    map([("rule", rule.to_string().into())])
}

fn created(args: &[Value]) -> Result<Json, ArgumentError> {
    let call = create_socket(args)?;
    let size = |size: Option<u32>| f64::from(size.unwrap_or(0)).into();
    Ok(map([
        ("type", call.options.socket_type.name().into()),
        ("listener", label(call.listener)),
        ("reuseAddr", call.options.reuse_address.into()),
        ("reusePort", call.options.reuse_port.into()),
        ("ipv6Only", call.options.ipv6_only.into()),
        (
            "recvBufferSize",
            size(call.options.receive_buffer_size.map(NonZeroU32::get)),
        ),
        (
            "sendBufferSize",
            size(call.options.send_buffer_size.map(NonZeroU32::get)),
        ),
        ("receiveBlockList", call.receive_block_list.is_some().into()),
        ("sendBlockList", call.send_block_list.is_some().into()),
        ("lookup", label(call.lookup)),
        (
            "aborted",
            matches!(call.signal, Some(Signal::Aborted)).into(),
        ),
    ]))
}

fn understood(call: &Call<'_>) -> Json {
    match call {
        Call::Bind(call) | Call::BindSync(call) => bound(call),
        Call::Connect(call) | Call::ConnectSync(call) => connected(call),
        Call::Send(call) => sent(call),
        Call::Close(callback) => map([("callback", label(*callback))]),
        Call::SetTtl(hops) => map([("fits", (1..=255).contains(hops).into())]),
        Call::SetMulticastTtl(hops) => map([("fits", (0..=255).contains(hops).into())]),
        Call::SetBroadcast(on) | Call::SetMulticastLoopback(on) => map([("on", (*on).into())]),
        Call::SetMulticastInterface(text) => map([("interface", (*text).into())]),
        Call::SetReceiveBufferSize(size) | Call::SetSendBufferSize(size) => {
            map([("size", f64::from(*size).into())])
        }
        Call::AddMembership(call) | Call::DropMembership(call) => membership(call),
        Call::On(call)
        | Call::Once(call)
        | Call::PrependListener(call)
        | Call::PrependOnceListener(call)
        | Call::Off(call) => listens(call),
        Call::SetMaxListeners(count) if count.is_finite() => map([("count", (*count).into())]),
        Call::SetMaxListeners(_) => map([("count", map([("$number", "Infinity".into())]))]),
        other => panic!("{other:?}"),
    }
}

/// An address, or the default in its place.
fn address(address: &str, default: &str) -> Json {
    if address.is_empty() { default } else { address }.into()
}

fn bound(call: &Bind<'_>) -> Json {
    map([
        ("adopts", call.fd.is_some().into()),
        ("address", address(call.address, "0.0.0.0")),
        ("port", f64::from(call.port).into()),
        ("callback", label(call.callback)),
    ])
}

fn connected(call: &Connect<'_>) -> Json {
    map([
        ("address", address(call.address, "127.0.0.1")),
        ("port", f64::from(call.port).into()),
        ("callback", label(call.callback)),
    ])
}

fn sent(call: &Send<'_>) -> Json {
    let hex = |piece: &[u8]| {
        piece
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let mut pieces: Vec<Json> = call.pieces.iter().map(|piece| hex(piece).into()).collect();
    if pieces.is_empty() {
        pieces.push("".into());
    }
    map([
        ("address", address(call.address, "127.0.0.1")),
        ("pieces", Json::List(pieces)),
        ("port", call.port.map(f64::from).into()),
        ("callback", label(call.callback)),
    ])
}

fn membership(call: &Membership<'_>) -> Json {
    map([
        ("source", call.source.into()),
        ("group", (*call.group).into()),
        ("interface", call.interface.as_deref().into()),
    ])
}

fn listens(call: &Listen<'_>) -> Json {
    let event = match &call.event {
        EventName::Text(text) => (**text).into(),
        EventName::Symbol("") => map([]),
        EventName::Symbol(description) => map([("$symbol", (*description).into())]),
    };
    map([("event", event), ("listener", label(Some(call.listener)))])
}

/// Whether every member that the table has is the same with us.
fn agrees(row: &Row<'_>, ours: &Result<Json, ArgumentError>) -> bool {
    match (ours, row.accepts, row.throws) {
        (Ok(ours), Some(Json::Map(members)), None) => members
            .iter()
            .all(|(key, value)| ours.get(key) == Some(value)),
        (Err(error), None, Some(throws)) => {
            *throws
                == map([
                    ("class", error.class.into()),
                    ("code", error.code.into()),
                    ("message", error.message.as_str().into()),
                ])
        }
        _ => false,
    }
}

/// Compares a table; returns its rows, and the reasons of the differences it shows.
fn compare(table: &str, version: &str) -> (usize, BTreeSet<&'static str>) {
    let mut lines = table.lines();
    let header = lines.next().expect("a header");
    assert!(
        header.starts_with(&format!("{{\"node\":\"v{version}.")),
        "{header}"
    );
    let mut rows = 0;
    let mut reasons = BTreeSet::new();
    let mut failures = Vec::new();
    for line in lines {
        rows += 1;
        let json = Json::parse(line);
        let row = Row::new(&json);
        let ours = row.read();
        if agrees(&row, &ours) {
            continue;
        }
        let code = ours
            .as_ref()
            .err()
            .map(|error| error.code.unwrap_or_default());
        match DIFFERENCES.iter().find(|meant| (meant.covers)(&row)) {
            Some(meant) if meant.ours == code => {
                reasons.insert(meant.reason);
            }
            _ => failures.push(format!("{line}\n    ours: {ours:?}")),
        }
    }
    let count = failures.len();
    failures.truncate(30);
    assert!(count == 0, "{count} rows differ:\n{}", failures.join("\n"));
    (rows, reasons)
}

#[test]
fn arguments_mean_what_they_mean_in_node() {
    let (rows, reasons) = compare(include_str!("data/dynamic-golden.jsonl"), "25");
    assert!(rows > 8000, "{rows} rows");
    for Difference { reason, .. } in DIFFERENCES {
        assert!(reasons.contains(reason), "no row shows that {reason}");
    }
}

#[test]
fn synchronous_calls_are_those_of_node_26() {
    let (rows, reasons) = compare(include_str!("data/dynamic-golden-26.jsonl"), "26");
    assert!(rows > 1000, "{rows} rows");
    assert!(reasons.is_empty(), "{reasons:?}");
}
