extern crate std;

use super::*;
use crate::{SocketType, TinyStorage};

#[test]
fn a_fresh_socket_has_nothing_to_do() {
    let mut storage = TinyStorage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    assert_eq!(socket.poll_action(), None);
    assert_eq!(socket.poll_event(), None);
    assert!(!socket.is_ready());
}
