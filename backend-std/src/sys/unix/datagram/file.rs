//! The file of a bound Unix socket: what may be replaced, and what may be removed.
//!
//! Two promises. Only a socket that nobody answers on is replaced: never another file, a symbolic link, or a socket that
//! somebody has, of whatever type. And only the file that was bound is removed: the same inode of the same device.
//!
//! Between the last look and the removal there is a moment. Within it, sockets of this crate cannot harm each other: who
//! replaces a file holds a lock on its directory (flock(2)).

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, Permissions};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anydgram_core::{Errno, UnixAddress, UnixBindRequest};
use socket2::{Domain, SockAddr, Socket, Type};

use super::{address, convert};

/// The file that a socket has bound. Dropping it removes the file if it still is that one.
#[derive(Debug)]
pub(super) struct BoundFile {
    /// Absolute, so that a change of the working directory does not matter.
    path: PathBuf,
    inode: Inode,
}

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Inode {
    device: u64,
    number: u64,
}

impl Inode {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            number: metadata.ino(),
        }
    }

    /// The socket at `path`; `None` for everything else, also for a symbolic link to a socket.
    fn of_socket(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        metadata
            .file_type()
            .is_socket()
            .then(|| Self::of(&metadata))
    }
}

impl BoundFile {
    /// Binds `socket` to `path`, as `request` has it.
    pub(super) fn bind(
        socket: &Socket,
        path: &[u8],
        request: &UnixBindRequest<'_>,
    ) -> Result<Self, Errno> {
        let name = address::to_system(UnixAddress::new(path))?;
        let path = Path::new(OsStr::from_bytes(path));
        let path = std::path::absolute(path).map_err(convert)?;
        if let Some(mode) = request.mode {
            check_mode(mode)?;
            restrict(socket, mode)?;
        }
        match socket.bind(&name).map_err(convert) {
            Err(Errno::EADDRINUSE) if request.replace_stale && remove_stale(&path, &name) => {
                socket.bind(&name).map_err(convert)?;
            }
            result => result?,
        }
        // Without a file nothing is to be removed: somebody was faster.
        let inode = Inode::of_socket(&path).ok_or(Errno::ENOENT)?;
        let file = Self { path, inode };
        if let Some(mode) = request.mode {
            // The umask has taken bits away.
            let permissions = Permissions::from_mode(mode);
            fs::set_permissions(&file.path, permissions).map_err(convert)?;
        }
        Ok(file)
    }
}

impl Drop for BoundFile {
    fn drop(&mut self) {
        if Inode::of_socket(&self.path) == Some(self.inode)
            && let Err(error) = fs::remove_file(&self.path)
        {
            log::debug!("{} stays: {error}", self.path.display());
        }
    }
}

/// Removes the file at `path` if it is a socket that nobody answers on; whether it did.
fn remove_stale(path: &Path, name: &SockAddr) -> bool {
    let Some(_lock) = path.parent().and_then(DirectoryLock::take) else {
        return false;
    };
    let Some(inode) = Inode::of_socket(path) else {
        return false;
    };
    is_refused(name) && Inode::of_socket(path) == Some(inode) && fs::remove_file(path).is_ok()
}

/// Whether a socket file has no socket. One of another type is `EPROTOTYPE`, one that is not ours to ask `EACCES`.
fn is_refused(name: &SockAddr) -> bool {
    let Ok(probe) = Socket::new(Domain::UNIX, Type::DGRAM, None) else {
        return false;
    };
    probe.connect(name).map_err(convert) == Err(Errno::ECONNREFUSED)
}

/// Keeps others from replacing a file in the same directory. Dropping it ends that.
struct DirectoryLock(#[expect(dead_code, reason = "closing it unlocks")] File);

impl DirectoryLock {
    /// Takes the lock, without waiting for it.
    fn take(directory: &Path) -> Option<Self> {
        let directory = File::open(directory).ok()?;
        // SAFETY: the descriptor is open.
        let result = unsafe { libc::flock(directory.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) };
        (result == 0).then_some(Self(directory))
    }
}

fn check_mode(mode: u32) -> Result<(), Errno> {
    if mode <= 0o777 {
        Ok(())
    } else {
        Err(Errno::EINVAL)
    }
}

/// Makes the file appear with no more than these permission bits. Linux takes them from the socket itself.
fn restrict(socket: &Socket, mode: u32) -> Result<(), Errno> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return Ok(());
    }
    let file = File::from(OwnedFd::from(socket.try_clone().map_err(convert)?));
    file.set_permissions(Permissions::from_mode(mode))
        .map_err(convert)
}
