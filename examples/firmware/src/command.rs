//! What a program can be told by a datagram to its [`CONTROL_PORT`](crate::CONTROL_PORT).

/// What a test can tell a program, as text in a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// `exit` and a code in decimal: ends the program.
    Exit(u8),
    /// `panic`: fails.
    Panic,
    /// `ask` and a host: has a client ask that server.
    Ask(&'a str),
}

impl<'a> Command<'a> {
    /// The command in a datagram, if there is one.
    #[must_use]
    pub fn parse(datagram: &'a [u8]) -> Option<Self> {
        match core::str::from_utf8(datagram).ok()?.split_once(' ') {
            None if datagram == b"panic" => Some(Self::Panic),
            Some(("exit", code)) => code.parse().ok().map(Self::Exit),
            Some(("ask", host)) => Some(Self::Ask(host)),
            _ => None,
        }
    }
}
