//! The side in memory.

use alloc::collections::BTreeMap;

use anydgram_core::{Event, Misuse, UnixBind, UnixDatagram, UnixMessage, UnixSocket};
use anydgram_sim::unix::{UnixHandler, UnixHost, UnixId};

use super::{Call, Side, data_of, data_text};

pub(super) struct InMemory {
    host: UnixHost,
    log: Log,
}

#[derive(Default)]
struct Log {
    names: BTreeMap<UnixId, String>,
    told: Vec<String>,
}

impl InMemory {
    pub(super) fn new() -> Self {
        Self {
            host: UnixHost::new(10),
            log: Log::default(),
        }
    }

    fn id(&mut self, socket: &str) -> UnixId {
        let known = self.log.names.iter().find(|(_, name)| *name == socket);
        if let Some((id, _)) = known {
            return *id;
        }
        let id = self.host.open();
        self.log.names.insert(id, socket.to_owned());
        id
    }
}

fn call(socket: &mut UnixSocket<'_>, call: &Call<'_>) -> Result<Option<String>, &'static str> {
    let outcome = match *call {
        Call::Bind(None) => socket.bind(UnixBind::automatic()),
        Call::Bind(Some(path)) => socket.bind(path),
        Call::Send(to, data) => {
            let mut datagram = UnixDatagram::new(data_of(data));
            datagram.destination = to.map(Into::into);
            socket.send(datagram).map(drop)
        }
        Call::Connect(peer) => socket.connect(peer),
        Call::Disconnect => socket.disconnect(),
        Call::Close => socket.close(),
        Call::Address => {
            let address = socket.address().map_err(|error| error.code())?;
            return Ok(Some(address.to_string()));
        }
    };
    outcome.map(|()| None).map_err(|misuse| misuse.code())
}

impl Side for InMemory {
    fn call(&mut self, name: &str, what: &Call<'_>) -> Result<Option<String>, &'static str> {
        let id = self.id(name);
        match self.host.get_mut(id) {
            Some(socket) => call(socket, what),
            // The host forgets a socket that has told its close.
            None => Err(Misuse::NotRunning.code()),
        }
    }

    fn told(&mut self) -> Vec<String> {
        core::mem::take(&mut self.log.told)
    }

    fn settle(&mut self) {
        self.host.run(&mut self.log);
    }

    fn make_stale(&mut self, path: &str) {
        let id = self.host.open();
        let socket = self.host.get_mut(id).unwrap();
        socket.bind(path).unwrap();
        self.host.run(&mut Log::default());
        self.host.crash(id);
        assert!(self.host.has_file(path));
    }

    fn make_file(&mut self, path: &str) {
        self.host.put_file(path);
    }

    fn remove(&mut self, path: &str) {
        assert!(self.host.remove_file(path));
    }

    fn exists(&self, path: &str) -> bool {
        self.host.has_file(path)
    }
}

impl UnixHandler for Log {
    fn handle(&mut self, _: &mut UnixHost, id: UnixId, event: Event<'_>) {
        let Some(name) = self.names.get(&id) else {
            return;
        };
        self.told.push(match event {
            Event::Listening => format!("{name} listening"),
            Event::Connect => format!("{name} connect"),
            Event::Close => format!("{name} close"),
            Event::Sent {
                result: Ok(len), ..
            } => format!("{name} sent {len}"),
            Event::Sent {
                result: Err(error), ..
            } => format!("{name} failed {error}"),
            Event::Error { error, .. } => format!("{name} error {error}"),
            Event::Drained | Event::Message(_) | _ => panic!("{event:?}"),
        });
    }

    fn message(&mut self, _: &mut UnixHost, id: UnixId, message: UnixMessage<'_>) {
        let name = &self.names[&id];
        let sender = message.sender.map(|sender| sender.to_string());
        let (data, sender) = (
            data_text(message.data),
            sender.unwrap_or_else(|| "-".to_owned()),
        );
        self.told
            .push(format!("{name} message {data} from {sender}"));
    }
}
