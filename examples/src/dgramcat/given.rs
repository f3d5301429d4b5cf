//! The command line as texts: which command, its operands, and the options with their values.

use core::fmt;
use core::ops::RangeInclusive;
use core::time::Duration;
use std::ffi::{OsStr, OsString};

use lexopt::Arg;

/// Wrong usage: a sentence that says what to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dgramcat: {}", self.0)
    }
}

/// What the command line says.
#[derive(Debug, Default)]
pub(super) struct Given {
    command: Option<OsString>,
    operands: Vec<OsString>,
    options: Vec<(&'static Known, OsString)>,
}

/// An option that the program knows.
#[derive(Debug)]
struct Known {
    name: &'static str,
    takes: Takes,
    /// The only command it is for.
    command: Option<&'static str>,
}

#[derive(Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    One,
    /// A value each time it is given.
    Many,
}

impl Given {
    /// Reads the arguments behind the program's name.
    pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Usage> {
        let mut given = Self::default();
        // Owned, since the parser wants an iterator without a lifetime.
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next().map_err(lexopt_usage)? {
            let known = match argument {
                Arg::Short('h') => find("help")?,
                Arg::Short('V') => find("version")?,
                Arg::Short('v') => find("verbose")?,
                Arg::Short(other) => return Err(Usage(format!("there is no option -{other}"))),
                Arg::Long(name) => find(name)?,
                Arg::Value(value) => {
                    given.take_operand(value);
                    continue;
                }
            };
            let value = match known.takes {
                Takes::Nothing => OsString::new(),
                Takes::One | Takes::Many => parser.value().map_err(lexopt_usage)?,
            };
            if known.takes == Takes::One && given.has(known.name) {
                return Err(Usage(format!("give --{} only once", known.name)));
            }
            given.options.push((known, value));
        }
        Ok(given)
    }

    /// The command, after a check that all options are for it.
    pub(super) fn command(&self) -> Result<Option<&str>, Usage> {
        let Some(command) = self.command.as_deref() else {
            return Ok(None);
        };
        let command = utf8("the command", command)?;
        let stray = self
            .options
            .iter()
            .find(|(known, _)| known.command.is_some_and(|only| only != command));
        match stray {
            Some((known, _)) if ["listen", "send"].contains(&command) => Err(Usage(format!(
                "--{} is not for {command}, only for {}",
                known.name,
                known.command.unwrap_or_default()
            ))),
            _ => Ok(Some(command)),
        }
    }

    /// Refuses all options but these.
    pub(super) fn only(&self, names: &[&str], what: &str) -> Result<(), Usage> {
        let stray = self
            .options
            .iter()
            .find(|(known, _)| !names.contains(&known.name));
        stray.map_or(Ok(()), |(known, _)| {
            Err(Usage(format!("--{} is not for {what}", known.name)))
        })
    }

    /// What stands behind the command.
    pub(super) fn operands(&self) -> &[OsString] {
        &self.operands
    }

    /// Whether an option is given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// All values of an option, in their order.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Usage> {
        self.values(name)
            .map(|value| utf8(&format!("--{name}"), value))
            .collect()
    }

    /// The value of an option.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Usage> {
        Ok(self.texts(name)?.first().copied())
    }

    /// The value of an option that is a number.
    pub(super) fn number(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Usage> {
        let text = self.text(name)?;
        text.map(|text| number(&format!("--{name}"), text, range))
            .transpose()
    }

    /// The value of an option that is a time in seconds.
    pub(super) fn seconds(&self, name: &str) -> Result<Option<Duration>, Usage> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let seconds = text.parse().ok().filter(|_| is_plain);
        match seconds.filter(|seconds| *seconds <= LONGEST_SECONDS) {
            Some(seconds) => Ok(Some(Duration::from_secs_f64(seconds))),
            None => Err(Usage(format!(
                "--{name} takes seconds, for example 2 or 0.5, but got '{text}'"
            ))),
        }
    }

    fn take_operand(&mut self, value: OsString) {
        if self.command.is_none() {
            self.command = Some(value);
        } else {
            self.operands.push(value);
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &OsStr> {
        self.options
            .iter()
            .filter(move |(known, _)| known.name == name)
            .map(|(_, value)| value.as_os_str())
    }
}

/// Reads a number in decimal digits.
pub(super) fn number(what: &str, text: &str, range: RangeInclusive<u64>) -> Result<u64, Usage> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_plain);
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            let range = if *most == u64::MAX {
                format!("of at least {least}")
            } else {
                format!("from {least} to {most}")
            };
            Usage(format!("{what} takes a number {range}, but got '{text}'"))
        })
}

/// Reads an argument as text.
pub(super) fn utf8<'a>(what: &str, value: &'a OsStr) -> Result<&'a str, Usage> {
    value
        .to_str()
        .ok_or_else(|| Usage(format!("{what} takes a text in UTF-8, but got {value:?}")))
}

fn find(name: &str) -> Result<&'static Known, Usage> {
    KNOWN
        .iter()
        .find(|known| known.name == name)
        .ok_or_else(|| Usage(format!("there is no option --{name}")))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "what `map_err` wants; the error is used up"
)]
fn lexopt_usage(error: lexopt::Error) -> Usage {
    Usage(error.to_string())
}

/// About 31 years.
const LONGEST_SECONDS: f64 = 1e9;

const KNOWN: &[Known] = &[
    both("help", Takes::Nothing),
    both("version", Takes::Nothing),
    both("backend", Takes::One),
    both("type", Takes::One),
    both("json", Takes::Nothing),
    both("verbose", Takes::Nothing),
    both("bind", Takes::One),
    both("source", Takes::One),
    both("count", Takes::One),
    both("tap", Takes::One),
    both("address", Takes::Many),
    both("gateway", Takes::Many),
    both("dns", Takes::Many),
    both("dhcp", Takes::Nothing),
    both("mac", Takes::One),
    listen("echo", Takes::Nothing),
    listen("mode", Takes::One),
    listen("join", Takes::Many),
    listen("reuse-addr", Takes::Nothing),
    listen("reuse-port", Takes::Nothing),
    listen("ipv6-only", Takes::Nothing),
    listen("timeout", Takes::One),
    send("connect", Takes::Nothing),
    send("ttl", Takes::One),
    send("multicast-ttl", Takes::One),
    send("multicast-interface", Takes::One),
    send("no-loopback", Takes::Nothing),
    send("broadcast", Takes::Nothing),
    send("reply", Takes::One),
    send("interface", Takes::One),
    send("hop-limit", Takes::One),
    send("traffic-class", Takes::One),
    send("tos", Takes::One),
    send("ecn", Takes::One),
];

const fn both(name: &'static str, takes: Takes) -> Known {
    Known {
        name,
        takes,
        command: None,
    }
}

const fn listen(name: &'static str, takes: Takes) -> Known {
    Known {
        name,
        takes,
        command: Some("listen"),
    }
}

const fn send(name: &'static str, takes: Takes) -> Known {
    Known {
        name,
        takes,
        command: Some("send"),
    }
}
