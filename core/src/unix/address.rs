//! Addresses of Unix sockets: paths and abstract names, in one text form.

use core::fmt;

use crate::error::Misuse;

/// The address of a Unix socket: a path, or an abstract name (Linux).
///
/// In its text form, an `@` at the beginning makes an abstract name; what follows are its bytes, of any value. Everything
/// else is a path, relative to the working directory unless it begins with `/`; a file whose name begins with `@` is
/// written `./@…`. Paths need not be UTF-8.
///
/// Nothing is checked until a call takes it, see [`check`](Self::check).
///
/// ```
/// use anydgram_core::{UnixAddress, UnixName};
/// assert_eq!(UnixAddress::from("/dev/log").name(), UnixName::Path(b"/dev/log"));
/// assert_eq!(UnixAddress::from("@agent").name(), UnixName::Abstract(b"agent"));
/// ```
///
/// Linux: unix(7)
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnixAddress<'a>(&'a [u8]);

/// What an address is, without its text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "unix(7) knows these two and no address at all"
)]
pub enum UnixName<'a> {
    /// A file.
    Path(&'a [u8]),
    /// A name without a file, which goes with its socket. Without the NUL byte that precedes it in `sun_path`.
    Abstract(&'a [u8]),
}

impl<'a> UnixAddress<'a> {
    /// The longest path in bytes: `sun_path` of Linux without the NUL byte at its end. Other systems have
    /// 103, and their backend refuses what is longer with `ENAMETOOLONG`.
    pub const LONGEST_PATH: usize = 107;

    /// The longest abstract name in bytes: `sun_path` of Linux without the NUL byte at its beginning.
    pub const LONGEST_ABSTRACT: usize = 107;

    /// The address with this text form.
    #[must_use]
    pub const fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// The text form.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// What it is.
    #[must_use]
    pub const fn name(&self) -> UnixName<'a> {
        match self.0 {
            [b'@', name @ ..] => UnixName::Abstract(name),
            path => UnixName::Path(path),
        }
    }

    /// Checks that a system can take the address as it is.
    ///
    /// # Errors
    /// [`Misuse::BadPath`] for a path that is empty, longer than [`LONGEST_PATH`](Self::LONGEST_PATH) or has a NUL byte, at
    /// which systems would cut it; for an abstract name longer than [`LONGEST_ABSTRACT`](Self::LONGEST_ABSTRACT).
    pub fn check(&self) -> Result<(), Misuse> {
        let is_good = match self.name() {
            UnixName::Path(path) => {
                !path.is_empty() && path.len() <= Self::LONGEST_PATH && !path.contains(&0)
            }
            UnixName::Abstract(name) => name.len() <= Self::LONGEST_ABSTRACT,
        };
        if is_good {
            Ok(())
        } else {
            Err(Misuse::BadPath)
        }
    }
}

impl<'a> From<&'a str> for UnixAddress<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for UnixAddress<'a> {
    fn from(text: &'a [u8]) -> Self {
        Self(text)
    }
}

impl<'a> From<&'a UnixAddressBuf> for UnixAddress<'a> {
    fn from(address: &'a UnixAddressBuf) -> Self {
        Self(address.as_bytes())
    }
}

/// The text form; bytes that are no text, and control characters, are escaped as in Rust's literals.
impl fmt::Display for UnixAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character.is_control() {
                    write!(f, "{}", character.escape_default())?;
                } else {
                    fmt::Write::write_char(f, character)?;
                }
            }
            write!(f, "{}", chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}

impl fmt::Debug for UnixAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnixAddress")
            .field(&format_args!("{self}"))
            .finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for UnixAddress<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        match str::from_utf8(self.0) {
            Ok(text) => defmt::write!(f, "{=str}", text),
            Err(_) => defmt::write!(f, "{=[u8]}", self.0),
        }
    }
}

/// A [`UnixAddress`] that owns its bytes. The default is no address.
#[derive(Clone, Copy)]
pub struct UnixAddressBuf {
    bytes: [u8; LONGEST],
    len: u8,
}

impl UnixAddressBuf {
    /// A copy of `address`.
    ///
    /// # Errors
    /// As [`UnixAddress::check`].
    pub fn new(address: UnixAddress<'_>) -> Result<Self, Misuse> {
        address.check()?;
        let mut copy = Self::default();
        let text = address.as_bytes();
        let room = copy.bytes.get_mut(..text.len()).ok_or(Misuse::BadPath)?;
        room.copy_from_slice(text);
        copy.len = u8::try_from(text.len()).map_err(|_| Misuse::BadPath)?;
        Ok(copy)
    }

    /// The address; `None` if there is none.
    #[must_use]
    pub fn address(&self) -> Option<UnixAddress<'_>> {
        let text = self.as_bytes();
        (!text.is_empty()).then_some(UnixAddress(text))
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl Default for UnixAddressBuf {
    fn default() -> Self {
        Self {
            bytes: [0; LONGEST],
            len: 0,
        }
    }
}

impl PartialEq for UnixAddressBuf {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for UnixAddressBuf {}

/// As the address; nothing for none.
impl fmt::Display for UnixAddressBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        UnixAddress::from(self).fmt(f)
    }
}

impl fmt::Debug for UnixAddressBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnixAddressBuf")
            .field(&format_args!("{self}"))
            .finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for UnixAddressBuf {
    fn format(&self, f: defmt::Formatter<'_>) {
        UnixAddress::from(self).format(f);
    }
}

/// Of a text form, in bytes: an abstract name with its `@`.
const LONGEST: usize = UnixAddress::LONGEST_ABSTRACT + 1;

const _: () = assert!(
    LONGEST <= crate::address::LONGEST_NAME,
    "an address fits where host names do"
);
