//! What primary and workers tell each other: messages of one fixed size, so that no length can be wrong and nothing
//! that the other side says takes more memory than this.
//!
//! A descriptor travels with the first byte of [`Reply::Granted`]. Integers are little endian; what a message does not
//! use is zero.

use core::net::{IpAddr, Ipv6Addr};

use anydgram_core::{Address, Family};

/// The size of every message in bytes.
pub(super) const FRAME: usize = 48;

/// One message as it travels.
pub(super) type Frame = [u8; FRAME];

/// Changes with every change of the messages: primary and workers may be different programs.
pub(super) const VERSION: u8 = 1;

/// What a worker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// It runs, and speaks this version.
    Online { version: u8 },
    /// It wants a socket; the answer has the same number.
    Ask { number: u32, wanted: Wanted },
    /// The socket that has been granted listens.
    Listening { share: u64 },
    /// It has closed the socket.
    Close { share: u64 },
    /// It is about to close the channel, on purpose.
    Leave,
}

/// What the primary says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The first message of all, which waits for the worker to start.
    Welcome { version: u8, worker: u32 },
    /// The socket comes with this message.
    Granted { number: u32, share: u64 },
    /// There is none, and the system's error number.
    Refused { number: u32, errno: i32 },
    /// Close all shared sockets, and then the channel.
    Disconnect,
}

/// Which socket a worker wants: all that Node's key of a shared handle is made of, and the options of its bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) family: Family,
    pub(super) address: Address,
    pub(super) port: u16,
    /// A descriptor of the primary; the address does not count then.
    pub(super) fd: Option<i32>,
    /// Which of the worker's sockets on this address it is, where the port is 0.
    pub(super) index: u32,
    pub(super) reuse_address: bool,
    pub(super) ipv6_only: bool,
}

impl Request {
    pub(super) fn encode(self) -> Frame {
        match self {
            Self::Online { version } => Writer::new(ONLINE).put([version]),
            Self::Ask { number, wanted } => {
                wanted.encode(Writer::new(ASK).put(number.to_le_bytes()))
            }
            Self::Listening { share } => Writer::new(LISTENING).put(share.to_le_bytes()),
            Self::Close { share } => Writer::new(CLOSE).put(share.to_le_bytes()),
            Self::Leave => Writer::new(LEAVE),
        }
        .bytes
    }

    /// `None` for what no worker of this version says.
    pub(super) fn decode(frame: &Frame) -> Option<Self> {
        let mut reader = Reader(frame);
        let request = match reader.take()? {
            [ONLINE] => Self::Online {
                version: reader.byte()?,
            },
            [ASK] => Self::Ask {
                number: u32::from_le_bytes(reader.take()?),
                wanted: Wanted::decode(&mut reader)?,
            },
            [LISTENING] => Self::Listening {
                share: u64::from_le_bytes(reader.take()?),
            },
            [CLOSE] => Self::Close {
                share: u64::from_le_bytes(reader.take()?),
            },
            [LEAVE] => Self::Leave,
            [_] => return None,
        };
        reader.is_done().then_some(request)
    }
}

impl Reply {
    pub(super) fn encode(self) -> Frame {
        match self {
            Self::Welcome { version, worker } => Writer::new(WELCOME)
                .put(MAGIC)
                .put([version])
                .put(worker.to_le_bytes()),
            Self::Granted { number, share } => Writer::new(GRANTED)
                .put(number.to_le_bytes())
                .put(share.to_le_bytes()),
            Self::Refused { number, errno } => Writer::new(REFUSED)
                .put(number.to_le_bytes())
                .put(errno.to_le_bytes()),
            Self::Disconnect => Writer::new(DISCONNECT),
        }
        .bytes
    }

    /// `None` for what no primary of this version says.
    pub(super) fn decode(frame: &Frame) -> Option<Self> {
        let mut reader = Reader(frame);
        let reply = match reader.take()? {
            [WELCOME] if reader.take()? == MAGIC => Self::Welcome {
                version: reader.byte()?,
                worker: u32::from_le_bytes(reader.take()?),
            },
            [GRANTED] => Self::Granted {
                number: u32::from_le_bytes(reader.take()?),
                share: u64::from_le_bytes(reader.take()?),
            },
            [REFUSED] => Self::Refused {
                number: u32::from_le_bytes(reader.take()?),
                errno: i32::from_le_bytes(reader.take()?),
            },
            [DISCONNECT] => Self::Disconnect,
            [_] => return None,
        };
        reader.is_done().then_some(reply)
    }
}

impl Wanted {
    fn encode(self, writer: Writer) -> Writer {
        let (family, ip) = match self.address.ip() {
            IpAddr::V4(ip) => (IPV4, ip.to_ipv6_mapped()),
            IpAddr::V6(ip) => (IPV6, ip),
        };
        let socket = match self.family {
            Family::V4 => IPV4,
            Family::V6 => IPV6,
        };
        let flags = u8::from(self.reuse_address) * REUSE_ADDRESS
            + u8::from(self.ipv6_only) * IPV6_ONLY
            + u8::from(self.fd.is_some()) * HAS_FD;
        writer
            .put([socket, family, flags])
            .put(ip.octets())
            .put(self.address.scope_id().to_le_bytes())
            .put(self.port.to_le_bytes())
            .put(self.fd.unwrap_or_default().to_le_bytes())
            .put(self.index.to_le_bytes())
    }

    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let [socket, family, flags] = reader.take()?;
        let ip = Ipv6Addr::from(reader.take::<16>()?);
        let scope_id = u32::from_le_bytes(reader.take()?);
        let address = match family {
            IPV4 if scope_id == 0 => Address::from(ip.to_ipv4_mapped()?),
            IPV6 => Address::scoped(ip, scope_id),
            _ => return None,
        };
        let port = u16::from_le_bytes(reader.take()?);
        let fd = match (flags & HAS_FD != 0, i32::from_le_bytes(reader.take()?)) {
            (true, fd) => Some(fd),
            (false, 0) => None,
            (false, _) => return None,
        };
        let index = u32::from_le_bytes(reader.take()?);
        if flags & !(REUSE_ADDRESS | IPV6_ONLY | HAS_FD) != 0 {
            return None;
        }
        Some(Self {
            family: match socket {
                IPV4 => Family::V4,
                IPV6 => Family::V6,
                _ => return None,
            },
            address,
            port,
            fd,
            index,
            reuse_address: flags & REUSE_ADDRESS != 0,
            ipv6_only: flags & IPV6_ONLY != 0,
        })
    }
}

/// Fills a message from its beginning.
struct Writer {
    bytes: Frame,
    used: usize,
}

impl Writer {
    fn new(kind: u8) -> Self {
        let empty = Self {
            bytes: [0; FRAME],
            used: 0,
        };
        empty.put([kind])
    }

    fn put<const N: usize>(mut self, value: [u8; N]) -> Self {
        let end = self.used + N;
        if let Some(room) = self.bytes.get_mut(self.used..end) {
            room.copy_from_slice(&value);
        }
        debug_assert!(end <= FRAME, "a message is longer than a frame");
        self.used = end;
        self
    }
}

/// Reads a message from its beginning.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (value, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*value)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn is_done(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }
}

const ONLINE: u8 = 1;
const ASK: u8 = 2;
const LISTENING: u8 = 3;
const CLOSE: u8 = 4;
const LEAVE: u8 = 5;
const WELCOME: u8 = 129;
const GRANTED: u8 = 130;
const REFUSED: u8 = 131;
const DISCONNECT: u8 = 132;

const MAGIC: [u8; 8] = *b"anydgram";

const IPV4: u8 = 4;
const IPV6: u8 = 6;

const REUSE_ADDRESS: u8 = 1;
const IPV6_ONLY: u8 = 2;
const HAS_FD: u8 = 4;

#[cfg(test)]
mod tests;
