//! Dynamic arguments: Node's `dgram` methods, called with JavaScript-like values.
//!
//! For script bindings, and for whoever else gets calls as data. One function for each method reads a list
//! of [`Value`]s into a typed call, with Node's order of checks, coercions and error texts ([`ArgumentError`]);
//! [`Call::parse`] finds the function by Node's name. Nothing here touches a socket: what the reading
//! depends on comes as a [`State`], and the owner of a socket carries out what it gets back.
//!
//! ```
//! use anydgram_core::dynamic::{ArgumentError, Call, State, Value};
//! use anydgram_core::{Limits, Options, Socket, SocketType};
//!
//! /// A call, as a script makes it.
//! fn call(socket: &mut Socket<'_>, method: &str, args: &[Value]) -> Result<Value, ArgumentError> {
//!     let state = State::of(socket);
//!     match Call::parse(method, &state, args).expect("a method of sockets")? {
//!         Call::Bind(call) => socket.bind(call.options())?,
//!         Call::Send(call) => {
//!             // The owner keeps `call.callback` under the token, for `Event::Sent`.
//!             let _token = socket.send(call.datagram())?;
//!         }
//!         other => panic!("this example binds and sends only: {other:?}"),
//!     }
//!     Ok(Value::Undefined)
//! }
//!
//! let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::default());
//! call(&mut socket, "bind", &["41234".into()])?;
//! let error = call(&mut socket, "send", &["hello".into(), 0.into()]).unwrap_err();
//! assert_eq!(error.to_string(), "Port should be > 0 and < 65536. Received type number (0).");
//! call(&mut socket, "send", &["hello".into(), 9.into(), "127.0.0.1".into()])?;
//! # Ok::<(), ArgumentError>(())
//! ```
//!
//! Where it differs from Node 25, on purpose:
//!
//! * On a closed socket every call says `ERR_SOCKET_DGRAM_NOT_RUNNING` where Node trips over `null`, or
//!   over the state that a failed `connect` has left behind.
//! * A text that means port 0 is no destination port, as in Node 26.5.
//! * `connect` complains about a callback that is no function at once, not when the socket is bound.
//! * What is wrong with the address or port of a `bind` is thrown by it and leaves the socket unbound, also
//!   with a `lookup` function.
//! * A port of `bind` wraps to 16 bits whatever its type is; V8 makes 0 of negative whole ones that are no
//!   number.
//! * A group that cannot be a text (a symbol) is an error; Node loses it unless the interface is a string.
//! * `setRecvBufferSize(-0)` is `setRecvBufferSize(0)` and does not end the process.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a call singles out the kinds of values it takes; all others are the same mistake"
)]

mod bind;
mod call;
mod check;
mod connect;
mod convert;
mod create;
mod error;
mod listen;
mod membership;
mod number;
mod received;
mod rules;
mod send;
mod setters;
mod state;
mod value;

pub use bind::{Bind, bind, bind_sync};
pub use call::Call;
pub use connect::{Connect, connect, connect_sync};
pub use create::{CreateSocket, Signal, create_socket};
pub use error::ArgumentError;
pub use listen::{EventName, Listen, listen, set_max_listeners};
pub use membership::{Membership, membership, source_specific_membership};
pub use rules::{add_address, add_range, add_subnet};
pub use send::{Send, send, send_to};
pub use setters::{
    close, set_broadcast, set_buffer_size, set_multicast_interface, set_multicast_loopback,
    set_multicast_ttl, set_ttl,
};
pub use state::State;
pub use value::{Bytes, BytesKind, Function, Object, Value};
