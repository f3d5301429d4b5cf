//! Payloads.

use anydgram_core::Payload;

use crate::probe::{any, keep};

#[inline(never)]
pub fn drive() {
    let bytes: &[u8] = any(&[1, 2, 3]);
    let pieces = [bytes, bytes];
    let pieces: &[&[u8]] = any(&pieces);
    keep(Payload::slice(bytes, any(1), any(2)));
    keep(Payload::from(bytes));
    keep(Payload::from(any("text")));
    let payload = any(Payload::from(pieces));
    keep(Payload::len(&payload));
    keep(Payload::is_empty(&payload));
    keep(Payload::pieces(&payload));
}
