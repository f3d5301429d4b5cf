//! What embassy-net is told of groups.

use embassy_net::{IpAddress, Stack};

pub(super) fn has(stack: Stack<'_>, group: IpAddress) -> bool {
    stack.has_multicast_group(group)
}

/// Whether embassy-net had room for it.
pub(super) fn join(stack: Stack<'_>, group: IpAddress) -> bool {
    stack.join_multicast_group(group).is_ok()
}

pub(super) fn leave(stack: Stack<'_>, group: IpAddress) {
    let left = stack.leave_multicast_group(group);
    debug_assert!(left.is_ok(), "it is a group");
}
