//! Where the datagrams come from: the arguments, or the lines of standard input.
//!
//! Standard input is read on a thread of its own, since reading it can take for ever while the socket has work. The
//! thread is never more than [`AHEAD`] lines ahead, and no line is held longer than [`LONGEST`] bytes, so that the
//! memory is bounded (4 MiB) whatever comes. The thread ends with the process.

use core::task::Waker;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

use super::plan::Data;

/// How many lines are read ahead.
const AHEAD: usize = 64;

/// One byte more than any datagram has: a longer line is handed over cut, for the system to refuse with its own words.
const LONGEST: usize = 65_536;

/// Datagrams to send, one after the other.
#[derive(Debug)]
pub(super) struct Source {
    from: From,
    /// How often each one is sent.
    count: u64,
    /// The one at hand, and how often it is still to be sent.
    current: Option<(Vec<u8>, u64)>,
}

#[derive(Debug)]
enum From {
    Arguments(alloc::vec::IntoIter<Vec<u8>>),
    Input(Receiver<io::Result<Vec<u8>>>),
}

/// What a source has.
#[derive(Debug)]
pub(super) enum Next<'a> {
    /// A datagram.
    Datagram(&'a [u8]),
    /// Nothing yet.
    Later,
    /// Nothing any more.
    End,
    /// The input cannot be read.
    Failed(io::Error),
}

impl Source {
    /// The datagrams that `data` says, each `count` times. `news` is woken when [`Next::Later`] is over.
    ///
    /// # Errors
    /// The system has no room for another thread.
    pub(super) fn new(data: &Data, count: u64, news: Waker) -> io::Result<Self> {
        let from = match data {
            Data::Arguments(list) => From::Arguments(list.clone().into_iter()),
            Data::Input => From::Input(read_lines(io::stdin(), news)?),
        };
        Ok(Self {
            from,
            count,
            current: None,
        })
    }

    /// The next datagram, without waiting for it.
    pub(super) fn next(&mut self) -> Next<'_> {
        if self.current.as_ref().is_none_or(|(_, left)| *left == 0) {
            let data = match &mut self.from {
                From::Arguments(list) => list.next().map(Ok),
                From::Input(lines) => match lines.try_recv() {
                    Ok(line) => Some(line),
                    Err(TryRecvError::Empty) => return Next::Later,
                    Err(TryRecvError::Disconnected) => None,
                },
            };
            match data {
                Some(Ok(data)) => self.current = Some((data, self.count)),
                Some(Err(error)) => return Next::Failed(error),
                None => return Next::End,
            }
        }
        match &mut self.current {
            Some((data, left)) => {
                *left = left.saturating_sub(1);
                Next::Datagram(data)
            }
            None => Next::End,
        }
    }
}

fn read_lines(
    input: impl Read + Send + 'static,
    news: Waker,
) -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = sync_channel(AHEAD);
    thread::Builder::new()
        .name("standard input".to_owned())
        .spawn(move || {
            forward(BufReader::new(input), &sender, &news);
            // That there is nothing more shows when the sender is gone.
            drop(sender);
            news.wake();
        })?;
    Ok(receiver)
}

fn forward(mut input: impl BufRead, lines: &SyncSender<io::Result<Vec<u8>>>, news: &Waker) {
    while let Some(line) = read_line(&mut input).transpose() {
        let is_over = line.is_err();
        if lines.send(line).is_err() || is_over {
            return;
        }
        news.wake_by_ref();
    }
}

/// The next line without its line break, cut at [`LONGEST`] bytes.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    // Room for a line break behind the longest line.
    let mut bounded = input.take(LONGEST as u64 + 2);
    if bounded.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    line.truncate(LONGEST);
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut input: &[u8]) -> Vec<Vec<u8>> {
        core::iter::from_fn(|| read_line(&mut input).unwrap()).collect()
    }

    #[test]
    fn a_line_is_a_datagram_without_its_break() {
        assert_eq!(lines(b""), [b""; 0]);
        assert_eq!(
            lines(b"a\n\nb\r\n\rc\xff"),
            [&b"a"[..], b"", b"b", b"\rc\xff"]
        );
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let endless = vec![b'x'; 3 * LONGEST];
        let lines = lines(&endless);
        assert!(lines.iter().all(|line| line.len() <= LONGEST));
        assert_eq!(lines.first().map(Vec::len), Some(LONGEST));
    }

    #[test]
    fn each_datagram_comes_as_often_as_asked() {
        let data = Data::Arguments(vec![b"a".to_vec(), b"b".to_vec()]);
        let mut source = Source::new(&data, 2, Waker::noop().clone()).unwrap();
        let mut all = Vec::new();
        while let Next::Datagram(data) = source.next() {
            all.extend_from_slice(data);
        }
        assert_eq!(all, b"aabb");
        assert!(matches!(source.next(), Next::End));
    }
}
