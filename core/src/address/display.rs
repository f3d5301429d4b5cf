//! Canonical address texts (RFC 5952), the same as the standard library's, without code that can panic.

use core::fmt::{self, Write};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Address, Endpoint};

/// Prints an IP address in its canonical text.
pub(crate) struct DisplayIp(pub(crate) IpAddr);

impl fmt::Display for DisplayIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        pad(f, |out| ip(out, self.0))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        pad(f, |out| address(out, self))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        pad(f, |out| {
            match self.address.ip() {
                IpAddr::V4(_) => address(out, &self.address)?,
                IpAddr::V6(_) => {
                    out.write_char('[')?;
                    address(out, &self.address)?;
                    out.write_char(']')?;
                }
            }
            write!(out, ":{}", self.port)
        })
    }
}

/// Honours the width, as the texts of the standard library do, but not the precision.
fn pad(f: &mut fmt::Formatter<'_>, text: impl Fn(&mut dyn Write) -> fmt::Result) -> fmt::Result {
    let Some(width) = f.width() else {
        return text(f);
    };
    let mut length = Length(0);
    text(&mut length)?;
    let padding = width.saturating_sub(length.0);
    let before = match f.align() {
        None | Some(fmt::Alignment::Left) => 0,
        Some(fmt::Alignment::Center) => padding / 2,
        Some(fmt::Alignment::Right) => padding,
    };
    let fill = f.fill();
    (0..before).try_for_each(|_| f.write_char(fill))?;
    text(f)?;
    (before..padding).try_for_each(|_| f.write_char(fill))
}

/// Counts bytes, which are characters here.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.len());
        Ok(())
    }
}

fn address(out: &mut dyn Write, address: &Address) -> fmt::Result {
    ip(out, address.ip())?;
    if address.scope_id() == 0 {
        return Ok(());
    }
    write!(out, "%{}", address.scope_id())
}

fn ip(out: &mut dyn Write, ip: IpAddr) -> fmt::Result {
    match ip {
        IpAddr::V4(ip) => v4(out, ip),
        IpAddr::V6(ip) => v6(out, ip),
    }
}

fn v4(out: &mut dyn Write, ip: Ipv4Addr) -> fmt::Result {
    let [a, b, c, d] = ip.octets();
    write!(out, "{a}.{b}.{c}.{d}")
}

fn v6(out: &mut dyn Write, ip: Ipv6Addr) -> fmt::Result {
    // RFC 5952 § 5
    if let Some(mapped) = ip.to_ipv4_mapped() {
        out.write_str("::ffff:")?;
        return v4(out, mapped);
    }
    let groups = ip.segments();
    let gap = ZeroRun::longest(groups);
    for (index, group) in (0..8).zip(groups) {
        if index == gap.start && gap.len > 0 {
            out.write_str("::")?;
        } else if !gap.contains(index) {
            if index != 0 && index != gap.end() {
                out.write_char(':')?;
            }
            hex(out, group)?;
        }
    }
    Ok(())
}

/// A group in lower case without leading zeros (RFC 5952 § 4.1, 4.3).
fn hex(out: &mut dyn Write, mut group: u16) -> fmt::Result {
    let mut leading = true;
    for position in 0..4 {
        let digit = group >> 12;
        group <<= 4;
        leading = leading && digit == 0 && position < 3;
        if !leading {
            out.write_char(char::from_digit(digit.into(), 16).unwrap_or('0'))?;
        }
    }
    Ok(())
}

/// The groups that `::` stands for; none when `len` is 0.
#[derive(Clone, Copy, Default)]
struct ZeroRun {
    start: usize,
    len: usize,
}

impl ZeroRun {
    /// The longest run of two or more zero groups, the first of equals (RFC 5952 § 4.2).
    fn longest(groups: [u16; 8]) -> Self {
        let (mut best, mut run) = (Self::default(), Self::default());
        for (index, group) in (0..8).zip(groups) {
            if group != 0 {
                run = Self::default();
                continue;
            }
            if run.len == 0 {
                run.start = index;
            }
            run.len = run.len.saturating_add(1);
            if run.len > best.len && run.len > 1 {
                best = run;
            }
        }
        best
    }

    /// The first group behind the run; 0 when there is no run.
    const fn end(self) -> usize {
        self.start.saturating_add(self.len)
    }

    const fn contains(self, index: usize) -> bool {
        self.start <= index && index < self.end()
    }
}
