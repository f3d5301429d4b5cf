#![no_std]
#![forbid(unsafe_code)]
//! core (documentation follows)

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod address;
mod block_list;
mod error;
mod membership;
mod output;
mod payload;
mod receive;
mod time;
mod token;

pub use address::{Address, Endpoint, Family, Host, SocketType, split_zone};
pub use block_list::{Rule, is_blocked};
pub use error::{Bound, Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};
pub use membership::{Interface, Membership};
pub use output::{
    Action, BindRequest, MembershipChange, MulticastInterface, SocketOption, Transmit, Transmitted,
};
pub use payload::Payload;
pub use receive::{Message, RecvMeta};
pub use time::Instant;
pub use token::{LookupToken, SendToken};
