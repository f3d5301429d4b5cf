//! An echo server of several processes that share a socket: the system gives each datagram to one of them.

use core::cell::Cell;
use std::collections::HashMap;
use std::env;
use std::io::{self, Write as _};
use std::process::{Child, Command, ExitCode};

use anydgram_std::cluster::{Parting, Primary, Worker, WorkerEvent, WorkerId};
use anydgram_std::{BindOptions, Datagram, EventLoop, SocketType};
use lexopt::prelude::{Long, Short, Value, ValueExt as _};

const HELP: &str = "\
cluster: an echo server of several processes that share a socket

Usage: cluster [--workers N] [--bind ADDRESS] [--port P] [--count N]

Every answer says which worker gave it. A worker that crashes is replaced: try kill -9.
  --workers N     how many there are; default 2
  --bind ADDRESS  listens on this address only
  --port P        listens on this port; default 0, a free one, which is the same for all
  --count N       a worker leaves after N datagrams; the server ends with the last one

Exit code: 0; 1 when a socket or a process failed; 2 for wrong usage.
";

/// What was asked for; workers get the same arguments as their primary.
struct Options {
    workers: u32,
    address: String,
    port: u16,
    count: u64,
}

fn main() -> ExitCode {
    let mut options = Options {
        workers: 2,
        address: String::new(),
        port: 0,
        count: u64::MAX,
    };
    let mut wants_help = false;
    let mut parser = lexopt::Parser::from_env();
    let mut parse = || -> Result<(), lexopt::Error> {
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => wants_help = true,
                Long("workers") => options.workers = parser.value()?.parse()?,
                Long("bind") => options.address = parser.value()?.string()?,
                Long("port") => options.port = parser.value()?.parse()?,
                Long("count") => options.count = parser.value()?.parse()?,
                Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
            }
        }
        Ok(())
    };
    if let Err(error) = parse() {
        return fail(&format!("{error}\nTry cluster --help."), 2);
    }
    if wants_help {
        return write!(io::stdout(), "{HELP}").map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), 1),
    }
}

fn run(options: &Options) -> io::Result<()> {
    let event_loop = EventLoop::new()?;
    match Worker::join(&event_loop)? {
        Some(worker) => work(&event_loop, &worker, options),
        None => lead(options),
    }
}

/// Answers datagrams until it has answered enough, or the primary ends.
fn work(event_loop: &EventLoop, worker: &Worker, options: &Options) -> io::Result<()> {
    let socket = event_loop.create_socket(SocketType::Udp4)?;
    let left = Cell::new(options.count);
    let me = worker.clone();
    socket.on_message(move |socket, message| {
        let name = format!("worker {}: ", me.id());
        let pieces = [name.as_bytes(), message.data];
        if let Err(error) = socket.send(Datagram::new(&pieces[..]).reply_to(message.meta)) {
            writeln!(io::stderr(), "cluster: {error}").ok();
        }
        left.set(left.get().saturating_sub(1));
        if left.get() == 0 {
            me.disconnect();
        }
    });
    let open = socket.clone();
    worker.on_disconnect(move || {
        // The socket is still open when it was the primary that has ended.
        if !open.is_closed() {
            open.close().ok();
        }
    });
    socket.bind(BindOptions::from((options.address.as_str(), options.port)))?;
    Ok(event_loop.run()?)
}

/// Starts workers, and others in the place of those that crash, until the last one has left.
fn lead(options: &Options) -> io::Result<()> {
    let mut primary = Primary::new()?;
    let mut children = HashMap::new();
    for _ in 0..options.workers {
        spawn(&mut primary, &mut children)?;
    }
    while !children.is_empty() {
        match primary.turn(None)? {
            Some(WorkerEvent::Listening {
                worker, address, ..
            }) => {
                let process = children.get(&worker).map_or(0, Child::id);
                say(&format!(
                    "worker {worker}, process {process}, listens on {address}"
                ));
            }
            Some(WorkerEvent::Disconnected { worker, cause }) => {
                let child = children.remove(&worker);
                let status = child.map(|mut child| child.wait()).transpose()?;
                if cause == Parting::Voluntary {
                    say(&format!("worker {worker} has left"));
                } else if status.is_some_and(|status| status.code().is_some()) {
                    // It has said why.
                    return Err(io::Error::other(format!("worker {worker} has failed")));
                } else {
                    let new = spawn(&mut primary, &mut children)?;
                    say(&format!(
                        "worker {worker} has crashed; worker {new} takes its place"
                    ));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// This program again, with the same arguments.
fn spawn(primary: &mut Primary, children: &mut HashMap<WorkerId, Child>) -> io::Result<WorkerId> {
    let mut command = Command::new(env::current_exe()?);
    command.args(env::args_os().skip(1));
    let (worker, child) = primary.spawn(command)?;
    children.insert(worker, child);
    Ok(worker)
}

fn say(line: &str) {
    writeln!(io::stdout(), "{line}").ok();
}

fn fail(text: &str, code: u8) -> ExitCode {
    writeln!(io::stderr(), "cluster: {text}").ok();
    ExitCode::from(code)
}
