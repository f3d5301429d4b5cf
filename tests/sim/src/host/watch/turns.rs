//! Fairness (Q6): a socket that is told one thing after another does not keep others from their turns.

use anydgram_core::{SocketId, Sockets};

use super::Verdict;

/// How many events others have been told while a socket had something to do, by index.
#[derive(Debug, Default)]
pub(super) struct Turns(Vec<usize>);

impl Turns {
    /// A socket has a turn.
    pub(super) fn take(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId) -> Verdict {
        let mut waiting = Vec::new();
        let mut count = 0;
        for other in sockets.ids() {
            count += 1;
            if other != id && sockets.get(other).is_some_and(|socket| socket.is_ready()) {
                waiting.push(other);
            }
        }
        // What waits for room on the wire has no turn to wait for.
        waiting.retain(|&other| {
            let socket = sockets.poll_mut(other);
            socket.is_some_and(|socket| socket.send_queue_count() == 0)
        });
        let waiting = waiting.iter().map(|other| other.index());
        self.count(waiting, count)
    }

    /// A socket has a turn while those in other places wait; there are `count` altogether.
    pub(super) fn count(&mut self, waiting: impl Iterator<Item = usize>, count: usize) -> Verdict {
        let mut waits = Vec::new();
        for other in waiting {
            let before = self.0.get(other).copied().unwrap_or(0);
            if waits.len() <= other {
                waits.resize(other + 1, 0);
            }
            waits[other] = before + 1;
            // One round, and one more for turns in which nothing was told.
            if before > 2 * count {
                return Err(format!(
                    "it has had turn after turn while socket {other} waits"
                ));
            }
        }
        self.0 = waits;
        Ok(())
    }
}
