//! What a socket is created with, beyond the core's options.

use core::fmt;

use alloc::rc::Rc;

use anydgram_core::{Family, Limits, Options, SocketType};

use crate::abort::AbortSignal;
use crate::block_list::BlockList;
use crate::socket::LookupReply;

/// An application's own lookup.
pub(crate) type Lookup = Rc<dyn Fn(&str, Family, LookupReply)>;

/// What a socket is created with: the core's [`Options`], and what needs an operating system.
///
/// # Examples
/// ```
/// use anydgram_std::{AbortController, Options, SocketOptions, SocketType};
///
/// let controller = AbortController::new();
/// let options = SocketOptions::from(Options::new(SocketType::Udp4).reuse_address(true))
///     .signal(controller.signal());
/// ```
///
/// Node: the options of `dgram.createSocket`
#[derive(Clone)]
pub struct SocketOptions {
    pub(crate) core: Options,
    pub(crate) limits: Limits,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) signal: Option<AbortSignal>,
    pub(crate) receive_block_list: Option<BlockList>,
    pub(crate) send_block_list: Option<BlockList>,
}

impl SocketOptions {
    /// A socket of `socket_type` with everything else as the system has it.
    #[must_use]
    pub fn new(socket_type: SocketType) -> Self {
        Options::new(socket_type).into()
    }

    /// Has `lookup` resolve hosts in place of the system: all of them, also numeric and defaulted ones.
    ///
    /// It gets the host as text, the family that is wanted, and a [`LookupReply`], which it may answer at once or
    /// later. No send leaves in its own call then.
    ///
    /// # Examples
    /// ```
    /// # use core::net::Ipv4Addr;
    /// # use anydgram_std::{Errno, SocketOptions, SocketType};
    /// let options = SocketOptions::new(SocketType::Udp4).lookup(|host, _family, reply| {
    ///     let known = if host == "printer" { Some(Ipv4Addr::LOCALHOST) } else { None };
    ///     reply.answer(known.ok_or(Errno::ENOTFOUND));
    /// });
    /// ```
    ///
    /// Node: the option `lookup`
    #[must_use]
    pub fn lookup(mut self, lookup: impl Fn(&str, Family, LookupReply) + 'static) -> Self {
        self.core = self.core.look_up_always(true);
        self.lookup = Some(Rc::new(lookup));
        self
    }

    /// Closes the socket when `signal` aborts, at once if it has aborted.
    ///
    /// Node: the option `signal`
    #[must_use]
    pub fn signal(mut self, signal: AbortSignal) -> Self {
        self.signal = Some(signal);
        self
    }

    /// Drops datagrams from the addresses in `list`.
    ///
    /// Node: the option `receiveBlockList`
    #[doc(alias = "receiveBlockList")]
    #[must_use]
    pub fn receive_block_list(mut self, list: BlockList) -> Self {
        self.receive_block_list = Some(list);
        self
    }

    /// Refuses to send and to connect to the addresses in `list`.
    ///
    /// Node: the option `sendBlockList`
    #[doc(alias = "sendBlockList")]
    #[must_use]
    pub fn send_block_list(mut self, list: BlockList) -> Self {
        self.send_block_list = Some(list);
        self
    }

    /// Bounds the socket's memory, which grows on demand. Default [`Limits::new`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl From<SocketType> for SocketOptions {
    fn from(socket_type: SocketType) -> Self {
        Self::new(socket_type)
    }
}

impl From<Options> for SocketOptions {
    fn from(core: Options) -> Self {
        Self {
            core,
            limits: Limits::new(),
            lookup: None,
            signal: None,
            receive_block_list: None,
            send_block_list: None,
        }
    }
}

impl fmt::Debug for SocketOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketOptions")
            .field("core", &self.core)
            .field("has_lookup", &self.lookup.is_some())
            .field("signal", &self.signal)
            .finish_non_exhaustive()
    }
}
