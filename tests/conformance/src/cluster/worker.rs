//! A worker of a scenario: carries out the steps that come as lines on its standard input, and tells what its sockets
//! emit.

use core::time::Duration;
use std::io::{self, BufRead as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use alloc::collections::BTreeMap;

use anydgram_std::cluster::Worker;
use anydgram_std::{
    BindOptions, Datagram, Destination, Error, EventLoop, Interface, Options, Socket, SocketType,
};
use serde_json::{Value as Json, json};

use crate::mistake::Mistake;

/// Runs until the standard input ends.
///
/// # Errors
/// No primary, a step that is none.
pub(crate) fn main() -> Result<u8, Mistake> {
    let failed = |error: &dyn core::fmt::Display| Mistake::new(format!("worker: {error}"));
    let event_loop = EventLoop::new().map_err(|error| failed(&error))?;
    let worker = Worker::join(&event_loop).map_err(|error| failed(&error))?;
    let worker = worker.ok_or_else(|| Mistake::new("this is no worker of a cluster"))?;
    let mut sockets = BTreeMap::new();
    let (sender, steps) = mpsc::channel();
    let waker = event_loop.waker();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
            waker.wake_by_ref();
        }
        drop(sender);
        waker.wake();
    });
    loop {
        let can_happen = event_loop.turn(None).map_err(|error| failed(&error))?;
        // With nothing to wait for, the loop does not.
        let limit = if can_happen { Duration::ZERO } else { PAUSE };
        let line = match steps.recv_timeout(limit) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(0),
        };
        let step: Json = serde_json::from_str(&line).map_err(|error| failed(&error))?;
        let together = step.get("together").and_then(Json::as_array);
        let alone = core::slice::from_ref(&step);
        for one in together.map_or(alone, Vec::as_slice) {
            if one.get("disconnect").is_some() {
                worker.disconnect();
            } else {
                carry_out(&event_loop, &mut sockets, one)?;
            }
        }
        tell(&json!({ "done": true }));
        event_loop.waker().wake();
    }
}

fn carry_out(
    event_loop: &EventLoop,
    sockets: &mut BTreeMap<String, Socket>,
    step: &Json,
) -> Result<(), Mistake> {
    let bad = || Mistake::new(format!("not a step: {step}"));
    let text = |key: &str| step.get(key).and_then(Json::as_str);
    let (name, call) = text("socket").zip(text("call")).ok_or_else(bad)?;
    let arguments = step.get("args").and_then(Json::as_array);
    let arguments: &[Json] = arguments.map_or(&[], Vec::as_slice);
    if call == "create" {
        let options = options(arguments.first().ok_or_else(bad)?);
        let socket = create(event_loop, name, options);
        sockets.insert(name.to_owned(), socket.map_err(|_| bad())?);
        return Ok(());
    }
    let socket = sockets.get(name).ok_or_else(bad)?;
    let result = match (call, arguments) {
        ("bind", [first, rest @ ..]) => socket.bind(bind_options(first, rest).ok_or_else(bad)?),
        ("bindSync", [first]) => {
            let options = bind_options(first, &[]).ok_or_else(bad)?;
            socket.bind_sync(options).map(drop)
        }
        ("send", [Json::String(data), port, _]) => {
            let to = Destination::local(number(port).ok_or_else(bad)?);
            socket.send(Datagram::new(data.as_str()).to(to)).map(drop)
        }
        ("connect", [port, _]) => socket.connect(Destination::local(number(port).ok_or_else(bad)?)),
        ("addMembership", [Json::String(group)]) => {
            let group: core::net::IpAddr = group.parse().map_err(|_| bad())?;
            socket.add_membership(group, Interface::Default)
        }
        ("close", []) => socket.close(),
        _ => return Err(bad()),
    };
    if let Err(error) = result {
        tell(&json!({ "socket": name, "call": call, "throws": described(&error) }));
    }
    Ok(())
}

fn options(given: &Json) -> Options {
    let is_on = |key: &str| given.get(key).and_then(Json::as_bool).unwrap_or_default();
    Options::new(SocketType::Udp4)
        .reuse_address(is_on("reuseAddr"))
        .reuse_port(is_on("reusePort"))
}

/// What Node's `bind` takes: a port and an address, or an object.
fn bind_options<'a>(first: &'a Json, rest: &'a [Json]) -> Option<BindOptions<'a>> {
    let Json::Object(given) = first else {
        let options = BindOptions::port(number(first)?);
        let address = rest.first().and_then(Json::as_str);
        return Some(address.map_or(options, |address| options.address(address)));
    };
    if let Some(fd) = given.get("fd") {
        let fd = i32::try_from(fd.as_i64()?).ok()?;
        return Some(BindOptions::default().fd(fd));
    }
    let exclusive = given.get("exclusive")?.as_bool()?;
    let options = BindOptions::port(number(given.get("port")?)?).exclusive(exclusive);
    Some(options.address(given.get("address")?.as_str()?))
}

fn number(value: &Json) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok()
}

fn create(event_loop: &EventLoop, name: &str, options: Options) -> Result<Socket, Error> {
    let socket = event_loop.create_socket(options)?;
    let of = |name: &str| name.to_owned();
    let name = of(name);
    let (listening, connect, message, error, close) =
        (of(&name), of(&name), of(&name), of(&name), name);
    socket.on_listening(move |socket| {
        let at = socket.address();
        let local = at.map(|at| {
            let address = at.address.to_string();
            json!({ "address": address, "family": at.address.family().to_string(), "port": at.port })
        });
        let local = local.unwrap_or_else(|error| described(&error));
        tell(&json!({ "socket": listening, "event": "listening", "local": local }));
    });
    socket.on_connect(move |_| tell(&json!({ "socket": connect, "event": "connect" })));
    socket.on_message(move |_, got| {
        let data = String::from_utf8_lossy(got.data);
        tell(&json!({ "socket": message, "event": "message", "data": data }));
    });
    socket.on_error(move |_, what| {
        tell(&json!({ "socket": error, "event": "error", "error": described(what) }));
    });
    socket.on_close(move |_| tell(&json!({ "socket": close, "event": "close" })));
    Ok(socket)
}

fn described(error: &Error) -> Json {
    let syscall = error.syscall().map(|syscall| syscall.name());
    json!({ "code": error.code(), "message": error.to_string(), "syscall": syscall })
}

/// Who listens is the primary's process; without it, there is nobody to tell.
fn tell(line: &Json) {
    let told = writeln!(io::stdout(), "{line}");
    drop(told);
}

/// How long a worker with nothing open waits before it looks at its channel again.
const PAUSE: Duration = Duration::from_millis(5);
