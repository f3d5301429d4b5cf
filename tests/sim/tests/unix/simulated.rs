//! The side in memory.

use anydgram_core::{Event, UnixBind, UnixDatagram, UnixMessage};
use anydgram_sim::unix::{UnixHandler, UnixHost, UnixId};

use crate::script::{Call, PATHS, SOCKETS, STRANGERS, Side};

pub(crate) struct Simulated {
    host: UnixHost,
    sockets: Vec<UnixId>,
    strangers: [Option<UnixId>; STRANGERS],
}

impl Simulated {
    pub(crate) fn new(backlog: usize) -> Self {
        let mut host = UnixHost::new(backlog);
        let sockets = (0..SOCKETS).map(|_| host.open()).collect();
        Self {
            host,
            sockets,
            strangers: [None; STRANGERS],
        }
    }

    fn call(&mut self, call: &Call) -> String {
        let socket = |number: usize| self.sockets[number];
        let outcome = match *call {
            Call::Bind {
                socket: number,
                name,
                replace_stale,
            } => {
                let bind = name.map_or_else(UnixBind::automatic, UnixBind::new);
                let core = self.host.get_mut(socket(number)).expect("it is open");
                core.bind(bind.replace_stale(replace_stale))
            }
            Call::Connect(number, to) => {
                let core = self.host.get_mut(socket(number)).expect("it is open");
                core.connect(to)
            }
            Call::Disconnect(number) => {
                let core = self.host.get_mut(socket(number)).expect("it is open");
                core.disconnect()
            }
            Call::Send(number, to, count) => {
                let mut datagram = UnixDatagram::new("x");
                datagram.destination = to.map(Into::into);
                let mut outcome = Ok(());
                for _ in 0..count {
                    let core = self.host.get_mut(socket(number)).expect("it is open");
                    let sent = core.send(datagram).map(drop);
                    outcome = outcome.and(sent);
                }
                outcome
            }
            Call::Close(number) => {
                let core = self.host.get_mut(socket(number)).expect("it is open");
                core.close()
            }
            _ => return self.stranger(call),
        };
        outcome.map_or_else(|misuse| misuse.to_string(), |()| "fine".to_owned())
    }

    fn stranger(&mut self, call: &Call) -> String {
        match *call {
            Call::StrangerBinds(number, path) if self.strangers[number].is_none() => {
                let id = self.host.open();
                self.host.pause(id, true);
                let core = self.host.get_mut(id).expect("it has been opened");
                core.bind(UnixBind::new(path).replace_stale(false))
                    .expect("it is unbound");
                let mut log = Log::default();
                self.host.run(&mut log);
                let is_bound = log
                    .0
                    .iter()
                    .any(|(of, text)| *of == id && text == "Listening");
                if is_bound {
                    self.strangers[number] = Some(id);
                } else {
                    self.host.crash(id);
                }
                is_bound.to_string()
            }
            Call::StrangerReads(number) => {
                let data = self.strangers[number].and_then(|id| self.host.read(id));
                data.is_some().to_string()
            }
            Call::StrangerDies(number) => {
                if let Some(id) = self.strangers[number].take() {
                    self.host.crash(id);
                }
                String::new()
            }
            Call::PutFile(path) if !self.host.has_file(path) => {
                self.host.put_file(path);
                String::new()
            }
            Call::RemoveFile(path) => self.host.remove_file(path).to_string(),
            _ => "not now".to_owned(),
        }
    }
}

impl Side for Simulated {
    fn play(&mut self, call: &Call) -> Vec<String> {
        let mut happened = vec![self.call(call)];
        let mut log = Log::default();
        self.host.run(&mut log);
        for (number, id) in self.sockets.iter().enumerate() {
            let told = log.0.iter().filter(|(of, _)| of == id);
            happened.extend(told.map(|(_, text)| format!("{number} {text}")));
        }
        for path in PATHS {
            if self.host.has_file(path) {
                happened.push(format!("there is {path}"));
            }
        }
        if let Call::Close(number) = *call {
            self.sockets[number] = self.host.open();
        }
        happened
    }
}

/// What sockets were told.
#[derive(Default)]
struct Log(Vec<(UnixId, String)>);

impl UnixHandler for Log {
    fn handle(&mut self, _: &mut UnixHost, id: UnixId, event: Event<'_>) {
        let text = match event {
            Event::Sent {
                result: Ok(len), ..
            } => format!("sent {len}"),
            Event::Sent {
                result: Err(error), ..
            }
            | Event::Error { error, .. } => error.to_string(),
            Event::Listening | Event::Connect | Event::Drained | Event::Close => {
                format!("{event:?}")
            }
            Event::Message(_) | _ => panic!("{event:?}"),
        };
        self.0.push((id, text));
    }

    fn message(&mut self, _: &mut UnixHost, id: UnixId, message: UnixMessage<'_>) {
        let sender = message.sender.map(|sender| sender.to_string());
        let sender = sender.unwrap_or_default();
        // Names of the system's choice are others there.
        let sender = if sender.starts_with("@0") {
            "@"
        } else {
            &sender
        };
        self.0
            .push((id, format!("message {} from {sender}", message.data.len())));
    }
}
