//! The primary of a scenario: spawns workers, has them carry out steps, and notes what they tell.

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use alloc::collections::BTreeMap;

use anydgram_std::SocketType;
use anydgram_std::cluster::{Parting, Primary, WorkerEvent, WorkerId};
use serde_json::{Value as Json, json};

use super::names::named;
use crate::clock::now;
use crate::mistake::Mistake;
use crate::trace::Line;

/// Runs a scenario; its trace.
///
/// # Errors
/// A mistake in the scenario, a process that cannot be started, a wait in vain.
pub(super) fn run(executable: &Path, scenario: &Line) -> Result<Vec<Line>, Mistake> {
    let mut controller = Controller::new(executable, scenario).map_err(told)?;
    let workers = scenario.get("workers").and_then(Json::as_u64).unwrap_or(0);
    for _ in 0..workers {
        controller.fork().map_err(told)?;
    }
    let steps = scenario.get("steps").and_then(Json::as_array);
    for step in steps.into_iter().flatten() {
        controller.step(step)?;
    }
    let lent = controller.lent.local_addr().map_err(told)?.port();
    Ok(named(&controller.lines, lent, &controller.free))
}

struct Controller {
    executable: PathBuf,
    primary: Primary,
    workers: BTreeMap<u64, Process>,
    heard: Receiver<(u64, Line)>,
    speaker: Sender<(u64, Line)>,
    lines: Vec<Line>,
    done: u64,
    /// A socket that workers adopt by its number, and a file that they cannot.
    lent: UdpSocket,
    file: std::fs::File,
    /// Ports that nobody has, by name.
    free: BTreeMap<String, u16>,
    /// Who gets a message is the system's to say.
    anyone: bool,
}

/// A worker, which ends with the controller.
struct Process {
    id: WorkerId,
    child: Child,
    stdin: ChildStdin,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended, and been waited for.
        let ended = self.child.kill().and_then(|()| self.child.wait());
        drop(ended);
    }
}

impl Controller {
    fn new(executable: &Path, scenario: &Line) -> std::io::Result<Self> {
        let (speaker, heard) = mpsc::channel();
        Ok(Self {
            executable: executable.to_owned(),
            primary: Primary::new()?,
            workers: BTreeMap::new(),
            heard,
            speaker,
            lines: Vec::new(),
            done: 0,
            lent: UdpSocket::bind("127.0.0.1:0")?,
            file: std::fs::File::open("/dev/zero")?,
            free: BTreeMap::new(),
            anyone: scenario.get("anyone").is_some_and(|value| *value == true),
        })
    }

    fn fork(&mut self) -> std::io::Result<()> {
        let mut command = Command::new(&self.executable);
        command.arg("cluster-worker");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let (id, mut child) = self.primary.spawn(command)?;
        let number = u64::from(id.number());
        let (stdin, stdout) = child
            .stdin
            .take()
            .zip(child.stdout.take())
            .ok_or(std::io::ErrorKind::BrokenPipe)?;
        let speaker = self.speaker.clone();
        thread::spawn(move || {
            for text in BufReader::new(stdout).lines().map_while(Result::ok) {
                let line = serde_json::from_str(&text).unwrap_or_default();
                if speaker.send((number, line)).is_err() {
                    return;
                }
            }
        });
        self.workers.insert(number, Process { id, child, stdin });
        Ok(())
    }

    fn step(&mut self, step: &Json) -> Result<(), Mistake> {
        let bad = || Mistake::new(format!("not a step: {step}"));
        let worker = |key: &str| step.get(key).and_then(Json::as_u64);
        if let Some(wanted) = step.get("wait").and_then(Json::as_object) {
            let count = step.get("count").and_then(Json::as_u64).unwrap_or(1);
            return self.until(step, |controller| controller.count(wanted) >= count);
        }
        if let Some(text) = step.get("send").and_then(Json::as_str) {
            let port = self.resolved(step.get("to").ok_or_else(bad)?)?;
            let port = port.as_u64().and_then(|port| u16::try_from(port).ok());
            let socket = UdpSocket::bind("127.0.0.1:0").map_err(told)?;
            let to = ("127.0.0.1", port.ok_or_else(bad)?);
            return socket.send_to(text.as_bytes(), to).map(drop).map_err(told);
        }
        if worker("fork").is_some() {
            return self.fork().map_err(told);
        }
        if let Some(number) = worker("dismiss") {
            let id = self.workers.get(&number).ok_or_else(bad)?.id;
            self.primary.disconnect(id);
            return Ok(());
        }
        if let Some(number) = worker("kill") {
            let process = self.workers.get_mut(&number).ok_or_else(bad)?;
            return process.child.kill().map_err(told);
        }
        let first = step.pointer("/together/0").unwrap_or(step);
        let socket = first.get("socket").and_then(Json::as_str);
        let owner = socket.and_then(|socket| socket.split_once('.')?.0.parse().ok());
        let number = worker("disconnect").or(owner).ok_or_else(bad)?;
        let text = self.resolved(step)?;
        let process = self.workers.get_mut(&number).ok_or_else(bad)?;
        writeln!(process.stdin, "{text}").map_err(told)?;
        let done = self.done + 1;
        self.until(step, |controller| controller.done == done)
    }

    /// Waits until something has happened.
    fn until(&mut self, step: &Json, mut has: impl FnMut(&Self) -> bool) -> Result<(), Mistake> {
        let start = now();
        while !has(self) {
            if now().duration_since(start) > LIMIT {
                let lines: Vec<String> = self
                    .lines
                    .iter()
                    .map(|line| json!(line).to_string())
                    .collect();
                return Err(Mistake::new(format!(
                    "in vain: {step}\n{}",
                    lines.join("\n")
                )));
            }
            if let Some(event) = self.primary.turn(Some(STEP)).map_err(told)? {
                self.lines.extend(line_of(event));
            }
            while let Ok((_, mut line)) = self.heard.try_recv() {
                if line.contains_key("done") {
                    self.done += 1;
                    continue;
                }
                if self.anyone && line.get("event").is_some_and(|event| event == "message") {
                    line.insert("socket".into(), Json::Null);
                }
                self.lines.push(line);
            }
        }
        Ok(())
    }

    fn count(&self, wanted: &Line) -> u64 {
        let fits = |line: &&Line| {
            wanted
                .iter()
                .all(|(key, value)| line.get(key) == Some(value))
        };
        self.lines.iter().filter(fits).map(|_| 1).sum()
    }

    /// The value with symbols replaced.
    fn resolved(&mut self, value: &Json) -> Result<Json, Mistake> {
        Ok(match value {
            Json::String(text) => match text.strip_prefix('$') {
                Some(symbol) => self.symbol(symbol)?,
                None => value.clone(),
            },
            Json::Array(parts) => {
                let parts = parts.iter().map(|part| self.resolved(part));
                parts.collect::<Result<_, _>>()?
            }
            Json::Object(members) => {
                let mut object = Line::new();
                for (key, member) in members {
                    object.insert(key.clone(), self.resolved(member)?);
                }
                Json::Object(object)
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
        })
    }

    fn symbol(&mut self, symbol: &str) -> Result<Json, Mistake> {
        Ok(match symbol.split_once(':') {
            None if symbol == "lent" => self.lent.local_addr().map_err(told)?.port().into(),
            Some(("fd", "udp4")) => self.lent.as_raw_fd().into(),
            Some(("fd", "file")) => self.file.as_raw_fd().into(),
            Some(("fd", "closed")) => 1_000_000.into(),
            Some(("port", socket)) => {
                let mut lines = self.lines.iter().rev();
                let line = lines.find(|line| {
                    line.contains_key("local") && line.get("socket").is_some_and(|of| of == socket)
                });
                let port = line.and_then(|line| line.get("local")?.get("port"));
                port.cloned().unwrap_or_default()
            }
            Some(("free", name)) => {
                if !self.free.contains_key(name) {
                    let socket = UdpSocket::bind("127.0.0.1:0").map_err(told)?;
                    let port = socket.local_addr().map_err(told)?.port();
                    self.free.insert(name.to_owned(), port);
                }
                self.free.get(name).copied().into()
            }
            _ => return Err(Mistake::new(format!("unknown symbol ${symbol}"))),
        })
    }
}

/// What the primary is told, where Node's has a listener for it.
fn line_of(event: WorkerEvent) -> Option<Line> {
    if let WorkerEvent::Disconnected { worker, cause } = event {
        let socket = format!("primary:{worker}");
        let voluntary = cause == Parting::Voluntary;
        let line = json!({ "socket": socket, "event": "disconnect", "voluntary": voluntary });
        return line.as_object().cloned();
    }
    let WorkerEvent::Listening {
        worker,
        socket_type,
        address,
        fd,
    } = event
    else {
        return None;
    };
    let kind = if socket_type == SocketType::Udp4 {
        "udp4"
    } else {
        "udp6"
    };
    let mut line = Line::new();
    line.insert("socket".into(), format!("primary:{worker}").into());
    line.insert("event".into(), "listening".into());
    line.insert("addressType".into(), kind.into());
    let (key, value) = match fd {
        Some(_) => ("fd", true.into()),
        None => ("address", address.address.to_string().into()),
    };
    line.insert(key.into(), value);
    line.insert("port".into(), address.port.into());
    Some(line)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn told(error: std::io::Error) -> Mistake {
    Mistake::new(error.to_string())
}

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How long the primary waits before it looks at what workers tell.
const STEP: Duration = Duration::from_millis(2);
