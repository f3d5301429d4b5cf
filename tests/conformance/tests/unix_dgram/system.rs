//! The side of the operating system, with files in a directory of its own.

use core::cell::RefCell;
use core::time::Duration;
use std::fs;
use std::os::unix::net::UnixDatagram as StdDatagram;

use alloc::collections::BTreeMap;
use alloc::rc::Rc;

use anydgram_std::{EventLoop, UnixBind, UnixDatagram, UnixSocket};
use tempfile::TempDir;

use super::{Call, Side, data_of, data_text};

pub(super) struct System {
    event_loop: EventLoop,
    sockets: BTreeMap<String, UnixSocket>,
    shared: Rc<Shared>,
}

struct Shared {
    directory: TempDir,
    told: RefCell<Vec<String>>,
}

impl Shared {
    fn full(&self, name: &str) -> String {
        let directory = self.directory.path().to_str().unwrap();
        match name.strip_prefix('@') {
            // Abstract names are everybody's on this computer; the directory's is unique.
            Some(name) => format!("@{directory}/@{name}"),
            None => format!("{directory}/{name}"),
        }
    }

    fn tell(&self, socket: &str, text: &str) {
        let directory = self.directory.path().to_str().unwrap();
        let text = text.replace(&format!("@{directory}/@"), "@");
        let text = text.replace(&format!("{directory}/"), "");
        self.told.borrow_mut().push(format!("{socket} {text}"));
    }
}

impl System {
    pub(super) fn new() -> Self {
        Self {
            event_loop: EventLoop::new().unwrap(),
            sockets: BTreeMap::new(),
            shared: Rc::new(Shared {
                directory: TempDir::new().unwrap(),
                told: RefCell::default(),
            }),
        }
    }

    fn socket(&mut self, name: &str) -> UnixSocket {
        if let Some(socket) = self.sockets.get(name) {
            return socket.clone();
        }
        let socket = self.event_loop.create_unix_socket().unwrap();
        let tell = |text: &'static str| {
            let (shared, name) = (Rc::clone(&self.shared), name.to_owned());
            move |_: &UnixSocket| shared.tell(&name, text)
        };
        socket.on_listening(tell("listening"));
        socket.on_connect(tell("connect"));
        socket.on_close(tell("close"));
        let (shared, own) = (Rc::clone(&self.shared), name.to_owned());
        socket.on_error(move |_, error| shared.tell(&own, &format!("error {error}")));
        let (shared, own) = (Rc::clone(&self.shared), name.to_owned());
        socket.on_message(move |_, message| {
            let sender = message.sender.map(|sender| sender.to_string());
            let sender = sender.unwrap_or_else(|| "-".to_owned());
            let data = data_text(message.data);
            shared.tell(&own, &format!("message {data} from {sender}"));
        });
        self.sockets.insert(name.to_owned(), socket.clone());
        socket
    }
}

impl Side for System {
    fn call(&mut self, name: &str, call: &Call<'_>) -> Result<Option<String>, &'static str> {
        let socket = self.socket(name);
        let outcome = match *call {
            Call::Bind(None) => socket.bind(UnixBind::automatic()),
            Call::Bind(Some(path)) => socket.bind(self.shared.full(path).as_str()),
            Call::Send(to, data) => {
                let to = to.map(|to| self.shared.full(to));
                let mut datagram = UnixDatagram::new(data_of(data));
                datagram.destination = to.as_deref().map(Into::into);
                let (shared, own) = (Rc::clone(&self.shared), name.to_owned());
                socket.send_with(datagram, move |result| match result {
                    Ok(len) => shared.tell(&own, &format!("sent {len}")),
                    Err(error) => shared.tell(&own, &format!("failed {error}")),
                })
            }
            Call::Connect(peer) => socket.connect(self.shared.full(peer).as_str()),
            Call::Disconnect => socket.disconnect(),
            Call::Close => socket.close(),
            Call::Address => {
                let address = socket.address().map_err(|error| error.code())?;
                let directory = self.shared.full("");
                return Ok(Some(address.to_string().replace(&directory, "")));
            }
        };
        outcome.map(|()| None).map_err(|error| error.code())
    }

    fn told(&mut self) -> Vec<String> {
        self.shared.told.take()
    }

    /// Between Unix sockets, what a call has caused is there when it returns: as long as turns give something, there is more.
    fn settle(&mut self) {
        let mut quiet = 0;
        while quiet < 3 {
            let before = self.shared.told.borrow().len();
            self.event_loop.turn(Some(Duration::ZERO)).unwrap();
            let has_happened = self.shared.told.borrow().len() > before;
            quiet = if has_happened { 0 } else { quiet + 1 };
        }
    }

    fn make_stale(&mut self, path: &str) {
        drop(StdDatagram::bind(self.shared.full(path)).unwrap());
    }

    fn make_file(&mut self, path: &str) {
        fs::write(self.shared.full(path), "precious").unwrap();
    }

    fn remove(&mut self, path: &str) {
        fs::remove_file(self.shared.full(path)).unwrap();
    }

    fn exists(&self, path: &str) -> bool {
        fs::symlink_metadata(self.shared.full(path)).is_ok()
    }
}
