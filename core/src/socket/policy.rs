//! Block lists: whom the socket neither hears nor reaches.

use super::Socket;
use crate::address::Address;
use crate::block_list::{Rule, is_blocked};
use crate::error::Misuse;
use crate::storage::Parts;

impl Socket<'_> {
    /// Adds a rule to the receive block list: datagrams from there are dropped and counted.
    ///
    /// # Errors
    /// [`Misuse::QueueFull`] when the list's memory is used up.
    ///
    /// Node: the option `receiveBlockList`
    #[doc(alias = "receiveBlockList")]
    pub fn block_receiving(&mut self, rule: Rule) -> Result<(), Misuse> {
        self.has_rules = true;
        if self.memory.parts().receive_rules.push(rule) {
            Ok(())
        } else {
            Err(Misuse::QueueFull)
        }
    }

    /// Adds a rule to the send block list: connects and sends there fail with `ERR_IP_BLOCKED`.
    ///
    /// # Errors
    /// [`Misuse::QueueFull`] when the list's memory is used up.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Options, Rule, Socket, SocketType, Storage};
    /// # let mut storage: Storage<64, 1, 0, 4, 1> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// socket.block_sending(Rule::subnet([10, 0, 0, 0].into(), 8)?)?;
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    ///
    /// Node: the option `sendBlockList`
    #[doc(alias = "sendBlockList")]
    pub fn block_sending(&mut self, rule: Rule) -> Result<(), Misuse> {
        self.has_rules = true;
        if self.memory.parts().send_rules.push(rule) {
            Ok(())
        } else {
            Err(Misuse::QueueFull)
        }
    }

    /// Empties both block lists.
    pub fn clear_block_lists(&mut self) {
        if let Some(Parts {
            mut receive_rules,
            mut send_rules,
            ..
        }) = self.memory.parts_in_use()
        {
            receive_rules.clear();
            send_rules.clear();
        }
        self.has_rules = false;
    }

    pub(super) fn blocks_destination(&mut self, address: Address) -> bool {
        self.has_rules && self.send_rules_block(address)
    }

    #[inline]
    pub(super) fn blocks_sender(&mut self, address: &Address) -> bool {
        self.has_rules && self.receive_rules_block(address)
    }

    #[inline(never)]
    fn send_rules_block(&mut self, address: Address) -> bool {
        is_blocked(self.memory.parts().send_rules.as_mut_slice(), address.ip())
    }

    #[inline(never)]
    fn receive_rules_block(&mut self, address: &Address) -> bool {
        let mut rules = self.memory.parts().receive_rules;
        is_blocked(rules.as_mut_slice(), address.ip())
    }
}
