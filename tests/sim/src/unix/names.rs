//! Names: the files of bound sockets, which outlive them, and abstract names, which do not.

use alloc::collections::BTreeMap;

use anydgram_core::{Errno, UnixAddress, UnixName};

use super::UnixId;

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inode(u64);

/// All names of a host, by their text form.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: BTreeMap<Box<[u8]>, Name>,
    /// Folders that nobody can write to, and until when.
    read_only: BTreeMap<Box<[u8]>, u64>,
    next_inode: u64,
    next_automatic: u32,
}

/// What has a name.
#[derive(Clone, Copy, Debug)]
enum Name {
    /// A socket's file, and whose it is; nobody's when that has gone.
    Socket { inode: Inode, owner: Option<UnixId> },
    /// A file that is no socket, and until when.
    File { until: u64 },
    /// An abstract name.
    Abstract(UnixId),
}

impl Names {
    /// Gives a name to a socket; for no address, an abstract one that nobody has.
    pub(super) fn bind(
        &mut self,
        id: UnixId,
        address: Option<UnixAddress<'_>>,
        replace_stale: bool,
    ) -> Result<(Box<[u8]>, Option<Inode>), Errno> {
        let Some(address) = address else {
            let name = self.automatic();
            self.names.insert(name.clone(), Name::Abstract(id));
            return Ok((name, None));
        };
        let name: Box<[u8]> = address.as_bytes().into();
        let is_abstract = matches!(address.name(), UnixName::Abstract(_));
        let can_change = is_abstract || !self.read_only.contains_key(folder(&name));
        match self.names.get(&name) {
            None if can_change => {}
            None => return Err(Errno::EACCES),
            Some(Name::Socket { owner: None, .. }) if replace_stale && can_change => {}
            Some(_) => return Err(Errno::EADDRINUSE),
        }
        if is_abstract {
            self.names.insert(name.clone(), Name::Abstract(id));
            return Ok((name, None));
        }
        let inode = Inode(self.next_inode);
        self.next_inode += 1;
        let owner = Some(id);
        self.names
            .insert(name.clone(), Name::Socket { inode, owner });
        Ok((name, Some(inode)))
    }

    /// The socket that has an address.
    pub(super) fn find(&self, address: UnixAddress<'_>) -> Result<UnixId, Errno> {
        match self.names.get(address.as_bytes()) {
            Some(
                Name::Abstract(id)
                | Name::Socket {
                    owner: Some(id), ..
                },
            ) => Ok(*id),
            Some(Name::Socket { owner: None, .. } | Name::File { .. }) => Err(Errno::ECONNREFUSED),
            None => Err(match address.name() {
                UnixName::Path(_) => Errno::ENOENT,
                UnixName::Abstract(_) => Errno::ECONNREFUSED,
            }),
        }
    }

    /// The socket that had a name is gone. A file stays, as nobody's.
    pub(super) fn leave(&mut self, name: Option<&[u8]>, id: UnixId) {
        let Some(name) = name else { return };
        match self.names.get_mut(name) {
            Some(Name::Abstract(owner)) if *owner == id => {
                self.names.remove(name);
            }
            Some(Name::Socket { owner, .. }) if *owner == Some(id) => *owner = None,
            _ => {}
        }
    }

    /// Removes the file of this name if it still is this one, and its folder can be written to.
    pub(super) fn remove_own(&mut self, name: Option<&[u8]>, own: Option<Inode>) {
        let (Some(name), Some(own)) = (name, own) else {
            return;
        };
        let is_own =
            matches!(self.names.get(name), Some(Name::Socket { inode, .. }) if *inode == own);
        if is_own && !self.read_only.contains_key(folder(name)) {
            self.names.remove(name);
        }
    }

    /// Puts a file that is no socket at `path`, until a time, in place of what is there.
    pub(super) fn put_file(&mut self, path: &[u8], until: u64) {
        self.names.insert(path.into(), Name::File { until });
    }

    pub(super) fn remove_file(&mut self, path: &[u8]) -> bool {
        let is_file = self.has_file(path);
        if is_file {
            self.names.remove(path);
        }
        is_file
    }

    pub(super) fn has_file(&self, path: &[u8]) -> bool {
        let name = self.names.get(path);
        matches!(name, Some(Name::Socket { .. } | Name::File { .. }))
    }

    /// Has nobody write to a folder, until a time.
    pub(super) fn protect(&mut self, folder: &[u8], until: u64) {
        let known = self.read_only.entry(folder.into()).or_default();
        *known = until.max(*known);
    }

    /// Has everybody write to a folder.
    pub(super) fn unprotect(&mut self, folder: &[u8]) {
        self.read_only.remove(folder);
    }

    /// What was until a time ends that has come.
    pub(super) fn expire(&mut self, now: u64) {
        self.names
            .retain(|_, name| !matches!(name, Name::File { until } if *until <= now));
        self.read_only.retain(|_, until| *until > now);
    }

    /// Whose names there are.
    pub(super) fn owners(&self) -> impl Iterator<Item = (&[u8], UnixId)> {
        self.names.iter().filter_map(|(name, what)| match *what {
            Name::Abstract(owner)
            | Name::Socket {
                owner: Some(owner), ..
            } => Some((&**name, owner)),
            Name::Socket { owner: None, .. } | Name::File { .. } => None,
        })
    }

    fn automatic(&mut self) -> Box<[u8]> {
        loop {
            let name = format!("@{:05x}", self.next_automatic);
            self.next_automatic = (self.next_automatic + 1) & 0xf_ffff;
            if !self.names.contains_key(name.as_bytes()) {
                return name.into_bytes().into();
            }
        }
    }
}

/// The folder of a file: what is before the last `/`; nothing for the working directory, `/` for the root.
pub(super) fn folder(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|&byte| byte == b'/') {
        None => &[],
        Some(end) => &path[..end.max(1)],
    }
}
