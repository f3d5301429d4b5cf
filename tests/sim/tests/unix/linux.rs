//! The side of the kernel: `anydgram-std`, and strangers of the standard library.

use core::cell::RefCell;
use core::time::Duration;
use std::fs;
use std::os::unix::net::UnixDatagram as Stranger;

use alloc::rc::Rc;

use anydgram_std::{EventLoop, UnixBind, UnixDatagram, UnixSocket};
use tempfile::TempDir;

use crate::script::{Call, PATHS, SOCKETS, STRANGERS, Side};

pub(crate) struct Linux {
    event_loop: EventLoop,
    sockets: Vec<UnixSocket>,
    strangers: [Option<Stranger>; STRANGERS],
    told: Rc<RefCell<Vec<(usize, String)>>>,
    names: Rc<NamesOfRun>,
}

/// What makes names of scripts names of the system, and back.
struct NamesOfRun {
    directory: TempDir,
    seed: u64,
}

impl NamesOfRun {
    fn full(&self, name: &str) -> String {
        match name.strip_prefix('@') {
            Some(name) => format!("@anydgram-sim-{}-{}-{name}", std::process::id(), self.seed),
            None => {
                let path = self.directory.path().join(name);
                path.to_str().expect("its name is plain").to_owned()
            }
        }
    }

    /// A text with the names of the script.
    fn short(&self, text: &str) -> String {
        text.replace(&self.full(""), "")
            .replace(&self.full("@"), "@")
    }
}

impl Linux {
    pub(crate) fn new(seed: u64) -> Self {
        let directory = TempDir::new().expect("there is a directory for temporary files");
        let mut this = Self {
            event_loop: EventLoop::new().expect("the system has what a loop needs"),
            sockets: Vec::new(),
            strangers: [const { None }; STRANGERS],
            told: Rc::default(),
            names: Rc::new(NamesOfRun { directory, seed }),
        };
        for number in 0..SOCKETS {
            let socket = this.open(number);
            this.sockets.push(socket);
        }
        this
    }

    fn open(&self, number: usize) -> UnixSocket {
        let socket = self.event_loop.create_unix_socket().expect("it opens");
        let log = |text: &'static str| {
            let told = Rc::clone(&self.told);
            move |_: &UnixSocket| told.borrow_mut().push((number, text.to_owned()))
        };
        socket.on_listening(log("Listening"));
        socket.on_connect(log("Connect"));
        socket.on_drain(log("Drained"));
        socket.on_close(log("Close"));
        let (told, names) = (Rc::clone(&self.told), Rc::clone(&self.names));
        socket.on_error(move |_, error| {
            let text = names.short(&error.to_string());
            told.borrow_mut().push((number, text));
        });
        let (told, names) = (Rc::clone(&self.told), Rc::clone(&self.names));
        socket.on_message(move |_, message| {
            let sender = message.sender.map(|sender| sender.to_string());
            let sender = names.short(&sender.unwrap_or_default());
            // Five digits are a name of the system's choice.
            let is_automatic = sender.starts_with('@') && sender.len() == 6;
            let sender = if is_automatic { "@" } else { &sender };
            let text = format!("message {} from {sender}", message.data.len());
            told.borrow_mut().push((number, text));
        });
        socket
    }

    fn call(&mut self, call: &Call) -> String {
        let outcome = match *call {
            Call::Bind {
                socket,
                name,
                replace_stale,
            } => {
                let name = name.map(|name| self.names.full(name));
                let bind = name
                    .as_deref()
                    .map_or_else(UnixBind::automatic, UnixBind::new);
                self.sockets[socket].bind(bind.replace_stale(replace_stale))
            }
            Call::Connect(socket, to) => {
                let to = self.names.full(to);
                self.sockets[socket].connect(to.as_str())
            }
            Call::Disconnect(socket) => self.sockets[socket].disconnect(),
            Call::Send(socket, to, count) => {
                let to = to.map(|to| self.names.full(to));
                let mut outcome = Ok(());
                for _ in 0..count {
                    let sent = self.send(socket, to.as_deref());
                    outcome = outcome.and(sent);
                }
                outcome
            }
            Call::Close(socket) => self.sockets[socket].close(),
            _ => return self.stranger(call),
        };
        outcome.map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    fn send(&self, socket: usize, to: Option<&str>) -> Result<(), anydgram_std::Error> {
        let mut datagram = UnixDatagram::new("x");
        datagram.destination = to.map(Into::into);
        let (told, names) = (Rc::clone(&self.told), Rc::clone(&self.names));
        self.sockets[socket].send_with(datagram, move |result| {
            let text = match result {
                Ok(len) => format!("sent {len}"),
                Err(error) => names.short(&error.to_string()),
            };
            told.borrow_mut().push((socket, text));
        })
    }

    fn stranger(&mut self, call: &Call) -> String {
        match *call {
            Call::StrangerBinds(number, path) if self.strangers[number].is_none() => {
                let stranger = Stranger::bind(self.names.full(path)).ok();
                if let Some(stranger) = &stranger {
                    stranger.set_nonblocking(true).expect("it is open");
                }
                self.strangers[number] = stranger;
                self.strangers[number].is_some().to_string()
            }
            Call::StrangerReads(number) => {
                let stranger = self.strangers[number].as_ref();
                let data = stranger.and_then(|stranger| stranger.recv(&mut [0; 8]).ok());
                data.is_some().to_string()
            }
            Call::StrangerDies(number) => {
                self.strangers[number] = None;
                String::new()
            }
            Call::PutFile(path) if !self.has_file(path) => {
                fs::write(self.names.full(path), "").expect("it is our directory");
                String::new()
            }
            Call::RemoveFile(path) => fs::remove_file(self.names.full(path)).is_ok().to_string(),
            _ => "not now".to_owned(),
        }
    }

    fn has_file(&self, path: &str) -> bool {
        fs::symlink_metadata(self.names.full(path)).is_ok()
    }

    /// Runs until nothing happens any more. Between Unix sockets, what a call has caused is there when it returns.
    fn rest(&self) {
        let mut quiet = 0;
        while quiet < 3 {
            let before = self.told.borrow().len();
            self.event_loop
                .turn(Some(Duration::ZERO))
                .expect("errors are heard");
            quiet = if self.told.borrow().len() == before {
                quiet + 1
            } else {
                0
            };
        }
    }
}

impl Side for Linux {
    fn play(&mut self, call: &Call) -> Vec<String> {
        let mut happened = vec![self.call(call)];
        self.rest();
        let told = self.told.take();
        for number in 0..SOCKETS {
            let told = told.iter().filter(|(of, _)| *of == number);
            happened.extend(told.map(|(_, text)| format!("{number} {text}")));
        }
        for path in PATHS {
            if self.has_file(path) {
                happened.push(format!("there is {path}"));
            }
        }
        if let Call::Close(socket) = *call {
            self.sockets[socket] = self.open(socket);
        }
        happened
    }
}
