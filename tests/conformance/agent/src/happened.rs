//! What happens to sockets, as it is told.

use anydgram_core::{Endpoint, Error, Event, Family, Host, Operation, SendToken};
use serde::{Deserialize, Serialize};

use crate::wire;

/// An event, or a question. Sends and questions have numbers in place of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new event must reach every runner"
)]
pub enum Happened<'a> {
    /// The socket is bound.
    Listening,
    /// The socket is connected.
    Connect,
    /// A datagram arrived.
    Message {
        /// Its payload.
        data: &'a [u8],
        /// Who sent it.
        #[serde(with = "wire")]
        sender: Endpoint,
    },
    /// A send is complete.
    Sent {
        /// What it was sent with.
        number: u32,
        /// The bytes, or why it failed.
        #[serde(borrow, with = "wire")]
        result: Result<usize, Error<'a>>,
    },
    /// There is room again.
    Drained,
    /// Something failed.
    Error {
        /// What the socket was doing.
        #[serde(with = "wire")]
        operation: Operation,
        /// Why.
        #[serde(borrow, with = "wire")]
        error: Error<'a>,
    },
    /// The socket is closed.
    Close,
    /// A host is looked up: a question for the lookup of the scenario.
    Asked {
        /// For the answer.
        number: u32,
        /// Who.
        #[serde(borrow, with = "wire")]
        host: Host<'a>,
        /// Of which family.
        #[serde(with = "wire")]
        family: Family,
    },
}

impl<'a> Happened<'a> {
    /// An event, with the number that its send has; `None` for what scenarios do not see.
    pub(crate) fn of(
        event: Event<'a>,
        number: impl FnOnce(SendToken) -> Option<u32>,
    ) -> Option<Self> {
        Some(match event {
            Event::Listening => Self::Listening,
            Event::Connect => Self::Connect,
            Event::Message(message) => Self::Message {
                data: message.data,
                sender: message.meta.sender?,
            },
            Event::Sent { token, result } => Self::Sent {
                number: number(token)?,
                result,
            },
            Event::Drained => Self::Drained,
            Event::Error { operation, error } => Self::Error { operation, error },
            Event::Close => Self::Close,
            // The enum may grow.
            _ => return None,
        })
    }
}
