//! What has been logged, and what became of it as far as anybody was told: it survives all crashes.

use alloc::collections::{BTreeMap, BTreeSet};
use core::cell::RefCell;

use super::{CLIENTS, LINES};

/// What has been logged.
#[derive(Debug, Default)]
pub(super) struct Book(RefCell<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The life of the logger.
    life: u32,
    /// The last line of each client in each of its lives that was written, by its number.
    written: BTreeMap<(u8, u32), u32>,
    /// What has been refused.
    refused: BTreeSet<Line>,
    /// What has left, and has not been written in this life of the logger.
    unread: BTreeSet<Line>,
    /// What was written and the client has not been told that it left.
    early: BTreeSet<Line>,
    /// How many lines of each client have left.
    left: [u32; CLIENTS as usize],
    wrong: Option<String>,
}

/// One line, of one try to log it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) client: u8,
    /// The life of the client.
    pub(super) life: u32,
    /// They are numbered in each life.
    pub(super) number: u32,
}

impl Line {
    /// Its bytes: others, and another number of them, than of any line near.
    pub(super) fn bytes(self) -> Vec<u8> {
        let mut bytes = vec![self.client];
        bytes.extend(self.life.to_be_bytes());
        bytes.extend(self.number.to_be_bytes());
        let filler = (0..self.number % 64).map(|at| at.wrapping_mul(self.number).to_be_bytes()[3]);
        bytes.extend(filler);
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (&client, rest) = bytes.split_first()?;
        let (life, rest) = rest.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        let line = Self {
            client,
            life: u32::from_be_bytes(*life),
            number: u32::from_be_bytes(*number),
        };
        (client < CLIENTS && line.bytes() == bytes).then_some(line)
    }
}

impl Book {
    /// The logger begins a life: what it had not read is lost.
    pub(super) fn begin(&self, life: u32) {
        let mut inner = self.0.borrow_mut();
        inner.life = life;
        inner.unread.clear();
    }

    /// The logger has read a line.
    pub(super) fn write(&self, bytes: &[u8]) {
        let mut inner = self.0.borrow_mut();
        let Some(line) = Line::parse(bytes) else {
            return inner.find(format!("this is no line: {bytes:?}"));
        };
        let key = (line.client, line.life);
        let last = inner.written.insert(key, line.number);
        if last.is_some_and(|last| last >= line.number) {
            inner.find(format!("{line:?} comes after {last:?}"));
        }
        if inner.refused.contains(&line) {
            inner.find(format!("{line:?} was refused, and comes"));
        }
        if !inner.unread.remove(&line) {
            inner.early.insert(line);
        }
    }

    /// A client is told what became of a line.
    pub(super) fn tell(&self, line: Line, has_left: bool) {
        let mut inner = self.0.borrow_mut();
        let was_written = inner.early.remove(&line);
        if has_left {
            let left = &mut inner.left[usize::from(line.client)];
            *left = left.saturating_add(1);
            if !was_written {
                inner.unread.insert(line);
            }
        } else {
            inner.refused.insert(line);
            if was_written {
                inner.find(format!("{line:?} was written, and is refused"));
            }
        }
    }

    /// Whether a client has logged what it had to.
    pub(super) fn is_done_with(&self, client: u8) -> bool {
        self.0.borrow().left[usize::from(client)] >= LINES
    }

    /// Whether all clients have, and all that the logger has not lost is written.
    pub(super) fn is_done(&self) -> bool {
        (0..CLIENTS).all(|client| self.is_done_with(client)) && self.0.borrow().unread.is_empty()
    }

    /// What must never be, if it was.
    pub(super) fn verdict(&self) -> Result<(), String> {
        self.0.borrow().wrong.clone().map_or(Ok(()), Err)
    }

    pub(super) fn missing(&self) -> String {
        let inner = self.0.borrow();
        let Inner { left, unread, .. } = &*inner;
        format!("{left:?} lines have left, and these are not written: {unread:?}")
    }
}

impl Inner {
    fn find(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }
}
