//! Node.js' `dgram` on the sockets of the operating system (documentation follows).

extern crate alloc;

mod abort;
mod block_list;
mod convert;
mod emitter;
mod errno;
mod error;
mod event;
mod event_loop;
mod interfaces;
mod lookup;
mod options;
mod socket;
mod step;
mod sys;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod test_namespace;

pub use abort::{AbortController, AbortSignal};
pub use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Endpoint, Errno, Family, FullQueue, Host,
    Interface, Limits, Misuse, Options, Payload, RecvMeta, Rule, SocketType, Stats, Syscall,
};
pub use block_list::BlockList;
pub use emitter::{EventName, MaxListenersWarning};
pub use error::Error;
pub use event::{Event, Listener, Message, Registered, RemoteInfo};
pub use event_loop::EventLoop;
pub use options::SocketOptions;
pub use socket::{LookupReply, Socket};
