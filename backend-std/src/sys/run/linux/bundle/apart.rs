//! A message that the system has refused, in smaller ones.

use anydgram_core::Endpoint;

use super::Bundle;
use super::parts::{Bounds, Kit, Message, Piece};

impl Bundle<'_> {
    /// The datagrams of a message, as messages of at most `most` of them.
    pub(in crate::sys::run::linux) fn apart(&self, message: usize, most: usize) -> Self {
        let bounds = Bounds {
            segments: most,
            ..self.bounds
        };
        let mut apart = Self::new(self.source, bounds);
        apart.meta = self.meta;
        let Some(message) = self.kit.messages.get(message) else {
            return apart;
        };
        let pieces = self.kit.pieces.iter().skip(message.first_piece);
        for piece in pieces.take(message.pieces) {
            let start = self.start(piece);
            for offset in (0..piece.length).step_by(message.stride.max(1)) {
                let length = message.stride.min(piece.length - offset);
                apart.put_at(message.to, start.wrapping_add(offset), length);
            }
        }
        apart
    }

    /// Makes a datagram that lies somewhere a piece of the last message, or a new one.
    fn put_at(&mut self, to: Option<Endpoint>, start: *const u8, length: usize) {
        let Kit {
            messages, pieces, ..
        } = &mut self.kit;
        match messages.last_mut() {
            Some(last) if last.datagrams < self.bounds.segments => {
                last.pieces += 1;
                last.datagrams += 1;
                last.last = length;
                last.total += length;
            }
            Some(_) | None => messages.push(Message::new(to, pieces.len(), length)),
        }
        pieces.push(Piece {
            lent: start,
            offset: 0,
            length,
        });
        self.datagrams += 1;
    }
}
