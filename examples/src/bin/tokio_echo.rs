//! Sends every datagram back to where it came from, on tokio.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anydgram_std::{BindOptions, Error, SocketType};
use lexopt::prelude::{Long, Short, Value, ValueExt as _};

const HELP: &str = "\
tokio_echo: sends every datagram back to where it came from

Usage: tokio_echo [--ipv6] [--bind ADDRESS] [--count N] [PORT]

Without PORT, or with 0, it takes a free one; it says which. The echo service's own is 7.
  --ipv6          listens on IPv6 in place of IPv4
  --bind ADDRESS  listens on this address only
  --count N       ends after N datagrams

Exit code: 0; 1 when the socket failed; 2 for wrong usage.
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (mut socket_type, mut address, mut port, mut count) =
        (SocketType::Udp4, String::new(), None, u64::MAX);
    let mut wants_help = false;
    let mut parser = lexopt::Parser::from_env();
    let mut parse = || -> Result<(), lexopt::Error> {
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => wants_help = true,
                Long("ipv6") => socket_type = SocketType::Udp6,
                Long("bind") => address = parser.value()?.string()?,
                Long("count") => count = parser.value()?.parse()?,
                Value(value) if port.is_none() => port = Some(value.parse()?),
                Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
            }
        }
        Ok(())
    };
    if let Err(error) = parse() {
        return fail(&format!("{error}\nTry tokio_echo --help."), 2);
    }
    if wants_help {
        return write!(io::stdout(), "{HELP}").map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let at = BindOptions::from((address.as_str(), port.unwrap_or(0)));
    match echo(socket_type, at, count).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), 1),
    }
}

#[cfg(unix)]
async fn echo(socket_type: SocketType, at: BindOptions<'_>, count: u64) -> Result<(), Error> {
    let socket = anydgram_std::tokio::Socket::bound(socket_type, at).await?;
    writeln!(io::stdout(), "listening on {}", socket.address()?).ok();
    let mut buffer = vec![0; 65_536];
    for _ in 0..count {
        let (length, meta) = socket.recv_from(&mut buffer).await?;
        let data = buffer.get(..length).unwrap_or_default();
        let Some(sender) = meta.sender else { continue };
        if let Err(error) = socket.send_to(data, sender).await {
            // One sender that cannot be reached is no reason to leave the others alone.
            writeln!(io::stderr(), "tokio_echo: {error}").ok();
        }
    }
    socket.close().await
}

#[cfg(not(unix))]
async fn echo(_: SocketType, _: BindOptions<'_>, _: u64) -> Result<(), Error> {
    use anydgram_core::{Errno, Syscall, SystemError};
    Err(SystemError::new(Syscall::Open, Errno::ENOTSUP).into())
}

fn fail(text: &str, code: u8) -> ExitCode {
    writeln!(io::stderr(), "tokio_echo: {text}").ok();
    ExitCode::from(code)
}
