//! Block lists that several sockets share and that can change while they are used.

use core::net::IpAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloc::sync::Arc;

use anydgram_core::{Misuse, Rule, is_blocked};

use crate::error::Error;

/// Addresses that sockets neither hear nor reach. Clones are the same list; changes count at once.
///
/// # Examples
/// ```
/// use anydgram_std::BlockList;
///
/// let list = BlockList::new();
/// list.add_subnet("192.0.2.0".parse()?, 24)?;
/// assert!(list.check("192.0.2.7".parse()?));
/// assert!(list.check("::ffff:192.0.2.7".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Node: `net.BlockList`
#[derive(Clone, Debug, Default)]
pub struct BlockList {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    rules: Mutex<Vec<Rule>>,
    version: AtomicU64,
}

impl BlockList {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Blocks one address.
    ///
    /// Node: `blockList.addAddress`
    #[doc(alias = "addAddress")]
    pub fn add_address(&self, ip: IpAddr) {
        self.add(Rule::address(ip));
    }

    /// Blocks all addresses from `start` to `end`, both included.
    ///
    /// # Errors
    /// `ERR_INVALID_ADDRESS` for two families, `ERR_INVALID_ARG_VALUE` if `start` is behind `end`.
    ///
    /// Node: `blockList.addRange`
    #[doc(alias = "addRange")]
    pub fn add_range(&self, start: IpAddr, end: IpAddr) -> Result<(), Error> {
        self.try_add(Rule::range(start, end))
    }

    /// Blocks all addresses with the first `prefix` bits of `network`.
    ///
    /// # Errors
    /// `ERR_OUT_OF_RANGE` for a prefix of more bits than the address has.
    ///
    /// Node: `blockList.addSubnet`
    #[doc(alias = "addSubnet")]
    pub fn add_subnet(&self, network: IpAddr, prefix: u8) -> Result<(), Error> {
        self.try_add(Rule::subnet(network, prefix))
    }

    /// Whether an address is blocked.
    ///
    /// Node: `blockList.check`
    #[must_use]
    pub fn check(&self, ip: IpAddr) -> bool {
        is_blocked(&self.lock(), ip)
    }

    /// The rules, in the order in which they were added.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        self.lock().clone()
    }

    /// Changes whenever the list does.
    pub(crate) fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    fn try_add(&self, rule: Result<Rule, Misuse>) -> Result<(), Error> {
        self.add(rule?);
        Ok(())
    }

    fn add(&self, rule: Rule) {
        self.lock().push(rule);
        self.shared.version.fetch_add(1, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.shared
            .rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket's two lists, and which versions of them its core has.
#[derive(Debug, Default)]
pub(crate) struct BlockLists {
    pub(crate) receive: Option<BlockList>,
    pub(crate) send: Option<BlockList>,
    seen: (u64, u64),
}

impl BlockLists {
    pub(crate) fn new(receive: Option<BlockList>, send: Option<BlockList>) -> Self {
        Self {
            receive,
            send,
            seen: (0, 0),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.receive.is_none() && self.send.is_none()
    }

    /// Gives the core the rules as they are now, if they have changed.
    pub(crate) fn sync(&mut self, core: &mut anydgram_core::Socket<'_>) {
        let version = |list: &Option<BlockList>| list.as_ref().map_or(0, BlockList::version);
        let now = (version(&self.receive), version(&self.send));
        if now == self.seen {
            return;
        }
        self.seen = now;
        core.clear_block_lists();
        let rules =
            |list: &Option<BlockList>| list.as_ref().map_or_else(Vec::new, BlockList::rules);
        for rule in rules(&self.receive) {
            if core.block_receiving(rule).is_err() {
                log::error!("a socket's receive block list is full: {rule} is ignored");
            }
        }
        for rule in rules(&self.send) {
            if core.block_sending(rule).is_err() {
                log::error!("a socket's send block list is full: {rule} is ignored");
            }
        }
    }
}
