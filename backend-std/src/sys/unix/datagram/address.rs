//! The seam between the core's addresses and `sockaddr_un`. Nothing is ever cut.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use anydgram_core::{Errno, UnixAddress, UnixAddressBuf, UnixName};
use socket2::SockAddr;

/// The address in the system's form; `ENAMETOOLONG` if that has no room for it.
pub(super) fn to_system(address: UnixAddress<'_>) -> Result<SockAddr, Errno> {
    match address.name() {
        UnixName::Path(path) => unix(path),
        UnixName::Abstract(_) => abstract_name(Some(address)),
    }
}

/// An abstract name in the system's form, or, for none, the form that lets the system choose one.
pub(super) fn abstract_name(address: Option<UnixAddress<'_>>) -> Result<SockAddr, Errno> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return Err(Errno::ENOTSUP);
    }
    let Some(UnixName::Abstract(name)) = address.map(|address| address.name()) else {
        return unix(b"");
    };
    let mut room = [0; ROOM];
    unix(joined(&mut room, b"\0", name).ok_or(Errno::ENAMETOOLONG)?)
}

/// The address that the system tells, in the core's form; no address for none, and for one that has no such form.
pub(super) fn from_system(address: &SockAddr) -> UnixAddressBuf {
    let (prefix, rest): (&[u8], &[u8]) =
        match (address.as_pathname(), address.as_abstract_namespace()) {
            (Some(path), _) => match path.as_os_str().as_bytes() {
                path @ [b'@', ..] => (b"./", path),
                path => (b"", path),
            },
            (None, Some(name)) => (b"@", name),
            (None, None) => return UnixAddressBuf::default(),
        };
    let mut room = [0; ROOM];
    let text = joined(&mut room, prefix, rest).unwrap_or_default();
    UnixAddressBuf::new(UnixAddress::new(text)).unwrap_or_default()
}

/// Both, one behind the other; `None` without room.
fn joined<'r>(room: &'r mut [u8; ROOM], prefix: &[u8], rest: &[u8]) -> Option<&'r [u8]> {
    let room = room.get_mut(..prefix.len() + rest.len())?;
    let (before, behind) = room.split_at_mut_checked(prefix.len())?;
    before.copy_from_slice(prefix);
    behind.copy_from_slice(rest);
    Some(room)
}

fn unix(bytes: &[u8]) -> Result<SockAddr, Errno> {
    SockAddr::unix(Path::new(OsStr::from_bytes(bytes))).map_err(|error| {
        debug_assert!(error.kind() == io::ErrorKind::InvalidInput, "{error}");
        Errno::ENAMETOOLONG
    })
}

/// For the longest address there is, with what is put before it.
const ROOM: usize = 112;
