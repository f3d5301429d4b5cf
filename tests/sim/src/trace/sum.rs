//! What has happened, as a hash: whatever is told apart by the values is told apart by the words.

use core::hash::Hasher as _;
use core::net::IpAddr;

use anydgram_core::Endpoint;
use twox_hash::XxHash64;

use super::{Flip, Happened, OfFrame, Told};

/// A hash of what was added so far.
#[derive(Debug)]
pub(super) struct Sum {
    hasher: XxHash64,
    /// What the hasher has not been given: it takes more at once in less time.
    waiting: Vec<u8>,
}

impl Sum {
    pub(super) fn new() -> Self {
        Self {
            hasher: XxHash64::with_seed(0),
            waiting: Vec::with_capacity(2 * MUCH),
        }
    }

    pub(super) fn finish(&self) -> u64 {
        let mut hasher = self.hasher.clone();
        hasher.write(&self.waiting);
        hasher.finish()
    }

    /// Gives the hasher what waits, if it is much.
    fn pass_on(&mut self) {
        if self.waiting.len() > MUCH {
            self.hasher.write(&self.waiting);
            self.waiting.clear();
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    pub(super) fn word(&mut self, word: u64) {
        self.write(&word.to_le_bytes());
    }

    pub(super) fn words(&mut self, words: &[u64]) {
        for &word in words {
            self.word(word);
        }
    }

    fn endpoint(&mut self, endpoint: &Endpoint) {
        match endpoint.address.ip() {
            IpAddr::V4(ip) => self.write(&ip.octets()),
            IpAddr::V6(ip) => self.write(&ip.octets()),
        }
        self.word(u64::from(endpoint.address.scope_id()) << 16 | u64::from(endpoint.port));
    }

    pub(super) fn add(&mut self, what: &Happened) {
        self.pass_on();
        match what {
            Happened::Sent {
                datagram,
                host,
                interface,
                source,
                destination,
                len,
                digest,
            } => {
                let place = [u64::from(*host), u64::from(*interface)];
                self.words(&[1, *datagram, place[0], place[1], long(*len)]);
                self.endpoint(source);
                self.endpoint(destination);
                self.word(*digest);
            }
            Happened::Arrived {
                datagram,
                host,
                interface,
            } => self.words(&[2, *datagram, u64::from(*host), u64::from(*interface)]),
            Happened::Dropped {
                datagram,
                host,
                why,
            } => self.words(&[3, *datagram, u64::from(*host), *why as u64]),
            Happened::Frame { frame, host, what } => {
                self.words(&[9, *frame, u64::from(*host)]);
                self.of_frame(*what);
            }
            Happened::Told {
                host,
                socket,
                event,
            } => {
                self.words(&[4, u64::from(*host), long(*socket)]);
                self.told(event);
            }
            Happened::Fault(fault) => {
                self.word(5);
                self.text(&fault.to_string());
            }
            Happened::Up { host } => self.words(&[6, u64::from(*host)]),
            Happened::LinkUp { host, interface } => {
                self.words(&[7, u64::from(*host), u64::from(*interface)]);
            }
            Happened::Ran { host, task } => {
                self.words(&[12, u64::from(*host), u64::from(*task)]);
            }
            Happened::Process {
                host,
                process,
                what,
            } => self.of_process(*host, *process, what),
            Happened::Note { host, text } => {
                self.words(&[8, u64::from(*host)]);
                self.text(text);
            }
        }
    }

    fn of_frame(&mut self, what: OfFrame) {
        match what {
            OfFrame::Sent {
                datagram,
                interface,
                len,
                digest,
            } => {
                // No datagram has the last number.
                let datagram = datagram.unwrap_or(u64::MAX);
                self.words(&[1, datagram, u64::from(interface), long(len), digest]);
            }
            OfFrame::Arrived { interface, flips } => {
                self.words(&[2, u64::from(interface)]);
                let flip = |flip: Flip| long(flip.at) << 8 | u64::from(flip.mask);
                self.words(&flips.map(|known| known.map_or(0, flip)));
            }
            OfFrame::Dropped(why) => self.words(&[3, why as u64]),
        }
    }

    pub(super) fn told(&mut self, event: &Told) {
        match event {
            Told::Listening => self.word(1),
            Told::Connect => self.word(2),
            Told::Message(sender, len) => {
                self.words(&[3, long(*len), u64::from(sender.is_some())]);
                if let Some(sender) = sender {
                    self.endpoint(sender);
                }
            }
            Told::Sent(bytes) => self.words(&[4, long(*bytes)]),
            Told::NotSent(text) => {
                self.word(5);
                self.text(text);
            }
            Told::Drained => self.word(6),
            Told::Error(text) => {
                self.word(7);
                self.text(text);
            }
            Told::Close => self.word(8),
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.word(long(text.len()));
        self.write(text.as_bytes());
    }
}

/// So many bytes are worth a call.
const MUCH: usize = 1024;

pub(super) fn long(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
