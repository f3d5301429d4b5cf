//! All calls under Node's names.

use super::bind::{Bind, bind, bind_sync};
use super::connect::{Connect, connect, connect_sync};
use super::error::ArgumentError;
use super::listen::{Listen, listen, set_max_listeners};
use super::membership::{Membership, membership, source_specific_membership};
use super::send::{Send, send, send_to};
use super::setters;
use super::state::State;
use super::value::Value;

/// A call of a socket's method, with its arguments read.
///
/// Those without arguments are named as well, so that an owner can match all methods in one place;
/// nothing is checked for them here. Exhaustive on purpose: a new method must break every owner's build.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new method must break every owner's build"
)]
pub enum Call<'a> {
    /// `bind`.
    Bind(Bind<'a>),
    /// `bindSync`.
    BindSync(Bind<'a>),
    /// `connect`.
    Connect(Connect<'a>),
    /// `connectSync`.
    ConnectSync(Connect<'a>),
    /// `disconnect`.
    Disconnect,
    /// `send`, `sendto`.
    Send(Send<'a>),
    /// `close`, with a listener for it.
    Close(Option<u64>),
    /// `address`.
    Address,
    /// `remoteAddress`.
    RemoteAddress,
    /// `ref`.
    Ref,
    /// `unref`.
    Unref,
    /// `setBroadcast`.
    SetBroadcast(bool),
    /// `setTTL`.
    SetTtl(u32),
    /// `setMulticastTTL`.
    SetMulticastTtl(u32),
    /// `setMulticastLoopback`.
    SetMulticastLoopback(bool),
    /// `setMulticastInterface`.
    SetMulticastInterface(&'a str),
    /// `addMembership`, `addSourceSpecificMembership`.
    AddMembership(Membership<'a>),
    /// `dropMembership`, `dropSourceSpecificMembership`.
    DropMembership(Membership<'a>),
    /// `setRecvBufferSize`.
    SetReceiveBufferSize(u32),
    /// `setSendBufferSize`.
    SetSendBufferSize(u32),
    /// `getRecvBufferSize`.
    ReceiveBufferSize,
    /// `getSendBufferSize`.
    SendBufferSize,
    /// `getSendQueueSize`.
    SendQueueSize,
    /// `getSendQueueCount`.
    SendQueueCount,
    /// `on`, `addListener`.
    On(Listen<'a>),
    /// `once`.
    Once(Listen<'a>),
    /// `prependListener`.
    PrependListener(Listen<'a>),
    /// `prependOnceListener`.
    PrependOnceListener(Listen<'a>),
    /// `off`, `removeListener`.
    Off(Listen<'a>),
    /// `setMaxListeners`.
    SetMaxListeners(f64),
}

impl<'a> Call<'a> {
    /// Reads a call of `method`, by Node's name. `None` for a method that has nothing to read.
    ///
    /// # Errors
    /// What the method throws because of its arguments, and because of the state where that comes first.
    ///
    /// # Examples
    /// ```
    /// use anydgram_core::dynamic::{Call, State};
    /// let args = [65_536.into(), "127.0.0.1".into()];
    /// let error = Call::parse("connect", &State::new(), &args).unwrap().unwrap_err();
    /// assert_eq!(error.code, Some("ERR_SOCKET_BAD_PORT"));
    /// ```
    #[must_use]
    pub fn parse(
        method: &str,
        state: &State,
        args: &'a [Value],
    ) -> Option<Result<Self, ArgumentError>> {
        Some(match method {
            "bind" => bind(state, args).map(Self::Bind),
            "bindSync" => bind_sync(state, args).map(Self::BindSync),
            "connect" => connect(state, args).map(Self::Connect),
            "connectSync" => connect_sync(state, args).map(Self::ConnectSync),
            "send" => send(state, args).map(Self::Send),
            "sendto" => send_to(state, args).map(Self::Send),
            "close" => Ok(Self::Close(setters::close(args))),
            "addMembership" => membership(state, args).map(Self::AddMembership),
            "dropMembership" => membership(state, args).map(Self::DropMembership),
            "addSourceSpecificMembership" => {
                source_specific_membership(state, args).map(Self::AddMembership)
            }
            "dropSourceSpecificMembership" => {
                source_specific_membership(state, args).map(Self::DropMembership)
            }
            _ => return Self::parse_setter(method, state, args),
        })
    }

    fn parse_setter(
        method: &str,
        state: &State,
        args: &'a [Value],
    ) -> Option<Result<Self, ArgumentError>> {
        Some(match method {
            "setBroadcast" => setters::set_broadcast(state, args).map(Self::SetBroadcast),
            "setTTL" => setters::set_ttl(state, args).map(Self::SetTtl),
            "setMulticastTTL" => setters::set_multicast_ttl(state, args).map(Self::SetMulticastTtl),
            "setMulticastLoopback" => {
                setters::set_multicast_loopback(state, args).map(Self::SetMulticastLoopback)
            }
            "setMulticastInterface" => {
                setters::set_multicast_interface(state, args).map(Self::SetMulticastInterface)
            }
            "setRecvBufferSize" => {
                setters::set_buffer_size(state, args).map(Self::SetReceiveBufferSize)
            }
            "setSendBufferSize" => {
                setters::set_buffer_size(state, args).map(Self::SetSendBufferSize)
            }
            "on" | "addListener" => listen(args).map(Self::On),
            "once" => listen(args).map(Self::Once),
            "prependListener" => listen(args).map(Self::PrependListener),
            "prependOnceListener" => listen(args).map(Self::PrependOnceListener),
            "off" | "removeListener" => listen(args).map(Self::Off),
            "setMaxListeners" => set_max_listeners(args).map(Self::SetMaxListeners),
            _ => return Self::parse_getter(method).map(Ok),
        })
    }

    fn parse_getter(method: &str) -> Option<Self> {
        Some(match method {
            "disconnect" => Self::Disconnect,
            "address" => Self::Address,
            "remoteAddress" => Self::RemoteAddress,
            "ref" => Self::Ref,
            "unref" => Self::Unref,
            "getRecvBufferSize" => Self::ReceiveBufferSize,
            "getSendBufferSize" => Self::SendBufferSize,
            "getSendQueueSize" => Self::SendQueueSize,
            "getSendQueueCount" => Self::SendQueueCount,
            _ => return None,
        })
    }
}
