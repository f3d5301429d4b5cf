//! The Unix socket under test.

use anydgram_core::{
    Errno, Event, Full, Misuse, Operation, SendToken, Storage, Syscall, SystemError, Transmitted,
    UnixAction, UnixDatagram, UnixMessage, UnixSocket,
};

use super::symbol::{OWN, PEER, UnixSymbol};
use super::{UnixCapacity, View};

pub(super) struct Subject<'s> {
    socket: UnixSocket<'s>,
    /// The last datagram that was answered.
    answered: Option<SendToken>,
}

/// Works on a new socket.
pub(super) fn with<R>(capacity: UnixCapacity, work: impl FnOnce(&mut Subject<'_>) -> R) -> R {
    let begin = |socket| Subject {
        socket,
        answered: None,
    };
    match capacity {
        UnixCapacity::Small => {
            let mut storage: Storage<64, 2, 0, 4, 0> = Storage::new();
            work(&mut begin(UnixSocket::new(&mut storage)))
        }
        UnixCapacity::Large => {
            let mut storage: Storage<256, 8, 0, 16, 0> = Storage::new();
            work(&mut begin(UnixSocket::new(&mut storage)))
        }
    }
}

impl Subject<'_> {
    /// Does what the symbol says, and says what came of it.
    pub(super) fn step(&mut self, symbol: UnixSymbol) -> String {
        let socket = &mut self.socket;
        match symbol {
            UnixSymbol::Bind => call(socket.bind(OWN)),
            UnixSymbol::Connect => call(socket.connect(PEER)),
            UnixSymbol::Disconnect => call(socket.disconnect()),
            UnixSymbol::SendTo => send(socket.send(UnixDatagram::new("to").to(PEER))),
            UnixSymbol::Send => send(socket.send(UnixDatagram::new("x"))),
            UnixSymbol::SendQuietly => {
                send(socket.send(UnixDatagram::new("").to(PEER).unreported()))
            }
            UnixSymbol::Close => call(socket.close()),
            UnixSymbol::Action => socket.poll_action().map_or(String::new(), action),
            UnixSymbol::Bound => done(|| socket.handle_bind(Ok(OWN.into()))),
            UnixSymbol::NotBound => done(|| socket.handle_bind(Err(Errno::EADDRINUSE))),
            UnixSymbol::Connected => done(|| socket.handle_connect(Ok(()))),
            UnixSymbol::NotConnected => done(|| socket.handle_connect(Err(Errno::ENOENT))),
            UnixSymbol::Parted => text(socket.handle_disconnect(Ok(()))),
            UnixSymbol::NotParted => text(socket.handle_disconnect(Err(Errno::EBADF))),
            UnixSymbol::Sent => self.transmit(Transmitted::Sent),
            UnixSymbol::Blocked => self.transmit(Transmitted::Blocked(Full::Buffer)),
            UnixSymbol::NoMemory => self.transmit(Transmitted::Blocked(Full::Memory)),
            UnixSymbol::Failed => self.transmit(Transmitted::Failed(Errno::EAGAIN)),
            UnixSymbol::Again => done(|| {
                if let Some(token) = self.answered {
                    socket.handle_transmit(token, Transmitted::Sent);
                }
            }),
            UnixSymbol::Event => socket.poll_event().map_or(String::new(), event),
            UnixSymbol::Datagram => {
                let message = UnixMessage::new(b"hello", None);
                let told = socket.handle_datagram(message);
                told.map_or("dropped", |_| "told").to_owned()
            }
            UnixSymbol::Failure => done(|| {
                let error = SystemError::new(Syscall::RecvMsg, Errno::EIO);
                socket.handle_failure(Operation::Receive, error);
            }),
        }
    }

    /// What becomes of the next datagram.
    fn transmit(&mut self, outcome: Transmitted) -> String {
        let Some(transmit) = self.socket.poll_transmit() else {
            return String::new();
        };
        let token = transmit.token;
        let bytes = transmit.payload.pieces().concat();
        let to = transmit.destination.map(|to| to.to_string());
        let seen = format!("{token:?} {bytes:?} {to:?}");
        self.socket.handle_transmit(token, outcome);
        self.answered = Some(token);
        seen
    }

    pub(super) fn view(&mut self) -> View {
        let socket = &mut self.socket;
        let queue = (socket.send_queue_count(), socket.send_queue_size());
        let own = socket.address().map_err(|error| error.code());
        let peer = socket.remote_address().map_err(|misuse| misuse.code());
        View {
            bind: socket.bind_state(),
            connect: socket.connect_state(),
            is_closed: socket.is_closed(),
            is_finished: socket.is_finished(),
            is_ready: socket.is_ready(),
            queue,
            own: own.map(|own| known(own.as_bytes())),
            peer: peer.map(|peer| known(peer.as_bytes())),
            stats: socket.stats(),
            in_flight: socket.in_flight(),
        }
    }
}

/// The address, if it is one of those there are.
fn known(address: &[u8]) -> &'static str {
    let mut all = [OWN, PEER].into_iter();
    all.find(|known| known.as_bytes() == address)
        .unwrap_or("another")
}

fn call(result: Result<(), Misuse>) -> String {
    result.map_or_else(|misuse| misuse.code().to_owned(), |()| String::new())
}

fn send(result: Result<SendToken, Misuse>) -> String {
    result.map_or_else(
        |misuse| misuse.code().to_owned(),
        |token| format!("{token:?}"),
    )
}

fn text(result: Result<(), anydgram_core::Error<'static>>) -> String {
    result.map_or_else(|error| error.to_string(), |()| String::new())
}

fn done(work: impl FnOnce()) -> String {
    work();
    String::new()
}

fn action(action: UnixAction<'_>) -> String {
    match action {
        UnixAction::Bind(request) => format!("bind {:?}", request.address),
        UnixAction::Connect(peer) => format!("connect {peer:?}"),
        UnixAction::Disconnect => "disconnect".to_owned(),
        UnixAction::Close => "close".to_owned(),
    }
}

fn event(event: Event<'_>) -> String {
    match event {
        Event::Sent {
            token,
            result: Ok(bytes),
        } => format!("{token:?} sent {bytes}"),
        Event::Sent {
            token,
            result: Err(error),
        } => format!("{token:?} {error}"),
        Event::Error { operation, error } => format!("{operation:?} {error}"),
        other => format!("{other:?}"),
    }
}
