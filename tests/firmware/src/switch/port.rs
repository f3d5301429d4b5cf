//! The way out of a port: who decides, what waits, and the socket.

use alloc::collections::BTreeMap;
use core::fmt;
use core::time::Duration;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Instant;

use super::Fate;

/// How many frames wait for one port; later ones are lost.
const MOST_WAITING: usize = 16_384;
/// How long to wait for a receiver that is full: nothing tells when it is not.
const RETRY: Duration = Duration::from_micros(500);

type Decide = Box<dyn FnMut(&[u8]) -> Fate + Send>;

/// The way out of a port.
pub(super) struct Way {
    socket: UnixDatagram,
    decide: Decide,
    /// By the time when they go out, and then in the order in which they came.
    waiting: BTreeMap<(Instant, u64), Vec<u8>>,
    count: u64,
}

impl Way {
    /// A way on which all frames pass.
    pub(super) fn new() -> io::Result<Self> {
        // A socket of its own: one receiver that is full stops no others.
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            decide: Box::new(|_| Fate::Pass),
            waiting: BTreeMap::new(),
            count: 0,
        })
    }

    pub(super) fn decide(&mut self, decide: impl FnMut(&[u8]) -> Fate + Send + 'static) {
        self.decide = Box::new(decide);
    }

    /// A frame is to go out, if its fate is so.
    pub(super) fn push(&mut self, frame: &[u8], now: Instant) {
        let (copies, at) = match (self.decide)(frame) {
            Fate::Pass => (1, now),
            Fate::Lose => (0, now),
            Fate::Double => (2, now),
            Fate::Delay(delay) => (1, now + delay),
        };
        for _ in 0..copies {
            if self.waiting.len() < MOST_WAITING {
                self.waiting.insert((at, self.count), frame.to_owned());
                self.count += 1;
            }
        }
    }

    /// Sends what is due to the socket at `path`, and returns how long nothing else will be.
    pub(super) fn flush(&mut self, path: &Path, now: Instant) -> Duration {
        while let Some(first) = self.waiting.first_entry() {
            let (at, _) = *first.key();
            if at > now {
                return at - now;
            }
            match self.socket.send_to(first.get(), path) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return RETRY,
                Err(error) => assert!(
                    matches!(
                        error.kind(),
                        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
                    ),
                    "the switch cannot send to {}: {error}",
                    path.display()
                ),
                Ok(_) => {}
            }
            // If nobody is at the other end, the frame is lost, as on a cable.
            first.remove();
        }
        Duration::MAX
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way")
            .field("waiting", &self.waiting.len())
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
