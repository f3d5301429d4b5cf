//! Firmware in a group.

use embassy_net::Stack;

/// Joins the firmware's group.
pub fn join(stack: Stack<'_>) {
    let _ = stack.join_multicast_group(super::GROUP);
}
