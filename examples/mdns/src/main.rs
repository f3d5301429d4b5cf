//! Answers for a name in the local network, or asks for its addresses, by mDNS (RFC 6762).
//!
//! The protocol is edge-mdns', which is written for embedded devices and used as it is published; the sockets are the
//! operating system's, by `anydgram_std::edge_nal`.

mod ask;
mod asked;
mod network;

use core::time::Duration;
use std::io::{self, Write as _};
use std::process::ExitCode;

use edge_mdns::HostAnswersMdnsHandler;
use edge_mdns::domain::base::Ttl;
use edge_mdns::host::Host;
use lexopt::prelude::{Long, Short, Value, ValueExt as _};

use network::{Network, Problem};

const HELP: &str = "\
mdns: names of the local network

Usage: mdns respond --interface INTERFACE [--ipv6] NAME
       mdns query --interface INTERFACE [--ipv6] [--timeout SECONDS] NAME

`respond` answers, until it is killed, that NAME.local has the address of the interface; it says when it begins.
`query` prints the addresses of NAME.local, and ends with the first answer.
  --interface INTERFACE  asks and answers there, for example eth0
  --ipv6                 in the group ff02::fb in place of 224.0.0.251
  --timeout SECONDS      how long it waits for an answer (default 3)

Exit code: 0; 1 when a socket failed, or nobody answered; 2 for wrong usage.
";

struct Arguments {
    is_query: bool,
    name: String,
    interface: String,
    is_ipv6: bool,
    timeout: Duration,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match parse(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return print(HELP),
        Err(error) => return fail(&format!("{error}\nTry mdns --help."), 2),
    };
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), 1),
    }
}

/// `None`: only help is wanted.
fn parse(mut parser: lexopt::Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let (mut is_query, mut name, mut interface) = (None, None, None);
    let (mut is_ipv6, mut timeout) = (false, Duration::from_secs(3));
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("interface") => interface = Some(parser.value()?.string()?),
            Long("ipv6") => is_ipv6 = true,
            Long("timeout") => {
                let seconds = parser.value()?.parse()?;
                timeout =
                    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
            }
            Value(value) if is_query.is_none() => {
                is_query = Some(value.parse_with(|word| match word {
                    "query" => Ok(true),
                    "respond" => Ok(false),
                    _ => Err("neither query nor respond"),
                })?);
            }
            Value(value) if name.is_none() => name = Some(value.parse_with(label)?),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    let (Some(is_query), Some(name), Some(interface)) = (is_query, name, interface) else {
        return Err("what to do, the name and the interface are needed".into());
    };
    Ok(Some(Arguments {
        is_query,
        name,
        interface,
        is_ipv6,
        timeout,
    }))
}

/// One label of a name (RFC 1035 § 2.3.4).
fn label(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.len() > 63 || text.contains('.') {
        return Err("not one label of a name");
    }
    Ok(text.to_owned())
}

async fn run(arguments: &Arguments) -> Result<(), Problem> {
    let network = Network::find(&arguments.interface, arguments.is_ipv6)?;
    if arguments.is_query {
        let asked = ask::ask(&network, &arguments.name);
        let answered = tokio::time::timeout(arguments.timeout, asked).await;
        for address in answered.map_err(|_| "nobody answered")?? {
            writeln!(io::stdout(), "{address}")?;
        }
        return Ok(());
    }
    let host = Host {
        hostname: &arguments.name,
        ipv4: network.ipv4.unwrap_or(core::net::Ipv4Addr::UNSPECIFIED),
        ipv6: network.ipv6.unwrap_or(core::net::Ipv6Addr::UNSPECIFIED),
        ttl: Ttl::from_secs(120),
    };
    let socket = network.open().await?;
    writeln!(io::stdout(), "answering for {}.local", arguments.name)?;
    let handler = HostAnswersMdnsHandler::new(&host);
    network.run(socket, handler, |_| Ok(0)).await
}

fn print(text: &str) -> ExitCode {
    let printed = io::stdout().write_all(text.as_bytes());
    printed.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

fn fail(text: &str, code: u8) -> ExitCode {
    // With standard error closed, the code has to do.
    writeln!(io::stderr(), "mdns: {text}").ok();
    ExitCode::from(code)
}
