#![no_std]
#![forbid(unsafe_code)]
//! core (documentation follows)

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod address;
mod block_list;
mod capabilities;
mod datagram;
#[cfg(feature = "alloc")]
pub mod dynamic;
mod error;
mod event;
mod membership;
mod options;
mod output;
mod payload;
mod queue;
mod receive;
mod socket;
mod sockets;
mod stats;
mod storage;
mod time;
mod token;

pub use address::{Address, Endpoint, Family, Host, SocketType, split_zone};
pub use block_list::{Rule, is_blocked};
pub use capabilities::{Capabilities, Feature, Support};
pub use datagram::{Datagram, Destination};
pub use error::{Bound, Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};
pub use event::{Event, HostName, Operation};
pub use membership::{Interface, Membership};
pub use options::{BindOptions, FullQueue, Options};
pub use output::{
    Action, BindRequest, MembershipChange, MulticastInterface, SocketOption, Transmit, Transmitted,
};
pub use payload::Payload;
pub use receive::{Message, RecvMeta};
pub use socket::{BindState, ConnectState, Offer, Ready, Socket};
pub use sockets::{Handler, SocketId, SocketSlot, Sockets};
pub use stats::Stats;
#[cfg(feature = "alloc")]
pub use storage::Limits;
pub use storage::{SmallStorage, Storage, TinyStorage};
pub use time::Instant;
pub use token::{LookupToken, SendToken};
