//! Waiting for frames: `poll(2)`, and ending a wait from another thread.

use alloc::sync::Arc;
use core::array;
use core::iter;
use core::time::Duration;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

#[cfg(test)]
mod tests;

/// Waits until one of `descriptors` can be read or has failed, `waker` is woken, or `limit` is over.
///
/// Without a limit it waits for as long as it takes. It may return earlier, with nothing to read: because of a signal,
/// or after 24 days. Where the system can, the limit is exact to the microsecond; elsewhere it is rounded up to
/// milliseconds. Waiting for up to 7 descriptors allocates nothing.
///
/// # Errors
/// What the system has against waiting, such as `ENOMEM`.
pub fn wait(
    descriptors: &[BorrowedFd<'_>],
    waker: Option<&Waker>,
    limit: Option<Duration>,
) -> io::Result<()> {
    // First the waker, so that it is known where it is.
    let all = waker.map(Waker::as_fd).into_iter();
    let mut all = all.chain(descriptors.iter().copied()).map(readable);
    let count = descriptors.len() + usize::from(waker.is_some());
    let Some(first) = all.next() else {
        return poll(&mut [], limit);
    };
    let filler = first.clone();
    let mut all = iter::once(first).chain(all);
    let mut few: [PollFd<'_>; FEW];
    let mut many: Vec<PollFd<'_>>;
    let list = if count <= FEW {
        few = array::from_fn(|_| all.next().unwrap_or_else(|| filler.clone()));
        few.get_mut(..count).unwrap_or_default()
    } else {
        many = all.collect();
        &mut many
    };
    poll(list, limit)?;
    let is_awake = list
        .first()
        .is_some_and(|first| !first.revents().is_empty());
    if let Some(waker) = waker.filter(|_| is_awake) {
        waker.sleep();
    }
    Ok(())
}

/// Ends a [`wait`], also from another thread, and also one that has not begun. A clone is another handle to the same.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Pipe>);

/// Has bytes in it when it is awake.
#[derive(Debug)]
struct Pipe {
    read: UnixStream,
    write: UnixStream,
}

impl Waker {
    /// A waker that is not awake.
    ///
    /// # Errors
    /// What the system has against it, such as `EMFILE`.
    pub fn new() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        Ok(Self(Arc::new(Pipe { read, write })))
    }

    /// Ends the wait, or the next one; any number of calls before it end one.
    ///
    /// # Errors
    /// What the system has against it; none is known.
    pub fn wake(&self) -> io::Result<()> {
        loop {
            match (&self.0.write).write(&[1]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // It is full: awake long since.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                result => return result.map(drop),
            }
        }
    }

    /// Empties the pipe.
    fn sleep(&self) {
        let mut bytes = [0; 64];
        // A short read has emptied it, and any failure has nothing left to read.
        while (&self.0.read)
            .read(&mut bytes)
            .is_ok_and(|len| len == bytes.len())
        {}
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.read.as_fd()
    }
}

fn readable(fd: BorrowedFd<'_>) -> PollFd<'_> {
    PollFd::from_borrowed_fd(fd, PollFlags::IN)
}

fn poll(list: &mut [PollFd<'_>], limit: Option<Duration>) -> io::Result<()> {
    let limit = limit.and_then(|limit| Timespec::try_from(limit.min(LONGEST)).ok());
    match rustix::event::poll(list, limit.as_ref()) {
        Ok(_) => Ok(()),
        Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// So many descriptors have room on the stack.
const FEW: usize = 8;
/// Longer limits overflow a number of the system, on some systems.
const LONGEST: Duration = Duration::from_secs(24 * 24 * 60 * 60);
