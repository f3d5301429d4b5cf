//! What sockets are told, as it is noted and as it is compared.

use core::cell::RefCell;
use core::net::IpAddr;

use alloc::collections::BTreeMap;
use alloc::rc::Rc;

use anydgram_core::{
    Address, Endpoint, Error, ErrorAddress, Event, Handler, Operation, SocketId, Sockets,
};

/// What the sockets of one host were told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notebook(Rc<RefCell<Vec<(SocketId, Told)>>>);

/// Something that a socket was told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Message {
        data: Vec<u8>,
        sender: Option<Endpoint>,
        cut_off: usize,
    },
    Failed(Option<Operation>, Error<'static>),
    Other(String),
}

impl Notebook {
    /// Takes what was noted.
    pub(crate) fn take(&self) -> Vec<(SocketId, Told)> {
        self.0.take()
    }
}

impl Handler for Notebook {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.0.borrow_mut().push((id, Told::of(&event)));
    }
}

impl Told {
    fn of(event: &Event<'_>) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others have no values")]
        match event {
            Event::Message(message) => Self::Message {
                data: message.data.to_vec(),
                sender: message.meta.sender,
                cut_off: message.truncated_by(),
            },
            Event::Error { operation, error } => {
                Self::Failed(Some(*operation), error.without_name())
            }
            Event::Sent {
                result: Err(error), ..
            } => Self::Failed(None, error.without_name()),
            Event::Sent {
                result: Ok(bytes), ..
            } => Self::Other(format!("sent {bytes}")),
            other => Self::Other(format!("{other:?}").to_lowercase()),
        }
    }

    /// Whether it is a datagram: those of different senders, and what is told of other things, come in any order.
    pub(crate) fn sender(&self, names: &Names<'_>) -> Option<String> {
        match self {
            Self::Message { sender, .. } => {
                Some(sender.map_or_else(|| "nobody".to_owned(), |sender| names.endpoint(sender)))
            }
            Self::Failed(..) | Self::Other(_) => None,
        }
    }

    pub(crate) fn text(&self, names: &Names<'_>) -> String {
        match self {
            Self::Message { data, cut_off, .. } => {
                let begin = data.get(..8.min(data.len())).unwrap_or_default();
                let begin = String::from_utf8_lossy(begin);
                let len = data.len();
                let sender = self.sender(names).unwrap_or_default();
                format!("message {begin:?} of {len} bytes from {sender}, {cut_off} cut off")
            }
            Self::Failed(Some(operation), error) => {
                format!("{operation:?} failed: {}", names.error(error))
            }
            Self::Failed(None, error) => format!("not sent: {}", names.error(error)),
            Self::Other(text) => text.clone(),
        }
    }
}

/// Ports of the stack's choice, by whose they are: on a host, for a family.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ports(BTreeMap<(usize, bool, u16), char>);

impl Ports {
    /// A socket has this port.
    pub(crate) fn note(&mut self, host: usize, of: Endpoint, is_dual: bool, socket: char) {
        let is_ipv6 = of.address.ip().is_ipv6();
        self.0.insert((host, is_ipv6, of.port), socket);
        if is_dual {
            self.0.insert((host, false, of.port), socket);
        }
    }
}

/// How one host of one side names what is not the same on both.
pub(crate) struct Names<'n> {
    /// Who looks.
    pub(crate) host: usize,
    pub(crate) ports: &'n Ports,
    /// The indexes of its interfaces.
    pub(crate) indexes: [u32; 2],
    /// Whose an address is.
    pub(crate) owner: fn(IpAddr) -> Option<usize>,
}

impl Names<'_> {
    pub(crate) fn endpoint(&self, endpoint: Endpoint) -> String {
        let Endpoint { address, port, .. } = endpoint;
        let ip = address.canonical().ip();
        let host = (self.owner)(ip).unwrap_or(self.host);
        let known = [ip.is_ipv6(), ip.is_ipv4()]
            .into_iter()
            .find_map(|is_ipv6| self.ports.0.get(&(host, is_ipv6, port)));
        let port = known.map_or_else(|| port.to_string(), |name| format!("port of {name}"));
        format!("{}, {port}", self.address(address))
    }

    fn address(&self, address: Address) -> String {
        let zone = match address.scope_id() {
            0 => String::new(),
            index => match self.indexes.iter().position(|known| *known == index) {
                Some(lan) => format!("%eth{lan}"),
                None => format!("%{index}"),
            },
        };
        format!("{}{zone}", address.ip())
    }

    pub(crate) fn error(&self, error: &Error<'_>) -> String {
        let Error::System(error) = error else {
            return error.to_string();
        };
        let (syscall, code) = (error.syscall.name(), error.errno.name());
        if let ErrorAddress::Ip(address) = error.address {
            let to = self.endpoint(Endpoint::new(address, error.port));
            format!("{syscall} {code} {to}")
        } else {
            format!("{syscall} {code}")
        }
    }
}
