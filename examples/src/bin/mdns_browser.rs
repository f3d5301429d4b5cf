//! Asks the local network which services it has (mDNS, RFC 6762), and prints what answers. It never answers itself.

extern crate alloc;

use core::cell::RefCell;
use core::net::IpAddr;
use core::time::Duration;
use std::io::{self, Write as _};
use std::process::ExitCode;

use alloc::collections::BTreeSet;

use anydgram_examples::dns::{pointer_query, pointers};
use anydgram_std::{Datagram, Destination, EventLoop, Interface, Options, Socket, SocketType};

const HELP: &str = "\
mdns_browser: prints the services of the local network

Usage: mdns_browser [--ipv6] [--timeout SECONDS] [SERVICE]

SERVICE is for example _http._tcp.local; without it, the kinds of services are listed.
  --ipv6             asks ff02::fb in place of 224.0.0.251
  --timeout SECONDS  listens for that long (default 3)

Exit code: 0, also if nobody answered; 1 when a socket failed; 2 for wrong usage.
";

const PORT: u16 = 5353;

struct Arguments {
    is_ipv6: bool,
    timeout: Duration,
    service: String,
}

fn main() -> ExitCode {
    match parse(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => match browse(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string(), 1),
        },
        Ok(None) => {
            print(HELP);
            ExitCode::SUCCESS
        }
        Err(error) => fail(&format!("{error}\nTry mdns_browser --help."), 2),
    }
}

/// `None`: only help is wanted.
fn parse(mut parser: lexopt::Parser) -> Result<Option<Arguments>, Box<dyn core::error::Error>> {
    use lexopt::prelude::{Long, Short, Value, ValueExt as _};
    let mut arguments = Arguments {
        is_ipv6: false,
        timeout: Duration::from_secs(3),
        service: String::new(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("ipv6") => arguments.is_ipv6 = true,
            Long("timeout") => {
                let seconds = parser.value()?.parse()?;
                arguments.timeout = Duration::try_from_secs_f64(seconds)?;
            }
            Value(value) if arguments.service.is_empty() => arguments.service = value.string()?,
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected().into()),
        }
    }
    if arguments.service.is_empty() {
        "_services._dns-sd._udp.local".clone_into(&mut arguments.service);
    }
    // Says at once that it is no name.
    pointer_query(&arguments.service)?;
    Ok(Some(arguments))
}

fn browse(arguments: &Arguments) -> Result<(), Box<dyn core::error::Error>> {
    let (socket_type, group) = if arguments.is_ipv6 {
        (SocketType::Udp6, "ff02::fb")
    } else {
        (SocketType::Udp4, "224.0.0.251")
    };
    let group: IpAddr = group.parse()?;
    let event_loop = EventLoop::new()?;
    // Others on this host have the port, too: all of them hear what comes to the group.
    let socket = event_loop.create_socket(Options::new(socket_type).reuse_address(true))?;
    let service = arguments.service.trim_end_matches('.').to_owned();
    let seen = RefCell::new(BTreeSet::new());
    socket.on_message(move |_, message| {
        let sender = message.remote_info();
        // Others than responders are ignored (RFC 6762 § 6), and so is what is no DNS message.
        let Ok(found) = pointers(message.data) else {
            return;
        };
        for pointer in found {
            let is_wanted = sender.port == PORT && pointer.name.eq_ignore_ascii_case(&service);
            let line = format!("{}  (from {})\n", pointer.target, sender.address_text());
            if is_wanted && pointer.ttl > 0 && seen.borrow_mut().insert(line.clone()) {
                print(&line);
            }
        }
    });
    socket.bind_sync(PORT)?;
    socket.add_membership(group, Interface::All)?;
    socket.set_multicast_ttl(255)?;
    ask(&socket, group, &pointer_query(&arguments.service)?)?;
    if !event_loop.run_for(arguments.timeout)? {
        socket.close()?;
    }
    Ok(event_loop.run()?)
}

/// Asks on every interface; one that cannot be asked on is of no interest, unless there is no other.
fn ask(socket: &Socket, group: IpAddr, query: &[u8]) -> Result<(), Box<dyn core::error::Error>> {
    let addresses = if_addrs::get_if_addrs()?.into_iter();
    let of_family = addresses.filter(|one| one.ip().is_ipv4() == group.is_ipv4());
    let indexes: BTreeSet<u32> = of_family
        .filter(|one| !one.is_loopback())
        .filter_map(|one| one.index)
        .collect();
    let mut outcome = Err("there is no network".into());
    for index in indexes {
        let sent = socket.set_multicast_interface_index(index).and_then(|()| {
            let question = Datagram::new(query).to(Destination::new(group, PORT));
            socket.send(question)
        });
        if outcome.is_err() {
            outcome = sent.map_err(Box::from);
        }
    }
    outcome
}

fn fail(text: &str, code: u8) -> ExitCode {
    writeln!(io::stderr(), "mdns_browser: {text}").ok();
    ExitCode::from(code)
}

fn print(text: &str) {
    io::stdout().write_all(text.as_bytes()).ok();
}
