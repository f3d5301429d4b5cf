//! What has happened, as lines of text.

use core::fmt;

use super::{Flip, Happened, OfFrame, Record, Told, Why};

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.at.as_micros();
        write!(
            f,
            "{:>10}.{:06} {}",
            micros / 1_000_000,
            micros % 1_000_000,
            self.what
        )
    }
}

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent {
                datagram,
                host,
                interface,
                source,
                destination,
                len,
                digest,
            } => write!(
                f,
                "host {host} sent #{datagram} by {interface}: {source} to {destination}, {len} bytes, {digest:016x}"
            ),
            Self::Arrived {
                datagram,
                host,
                interface,
            } => write!(f, "host {host} got #{datagram} by {interface}"),
            Self::Dropped {
                datagram,
                host,
                why,
            } => write!(f, "host {host} lost #{datagram}: {why}"),
            Self::Frame { frame, host, what } => match what {
                OfFrame::Sent { .. } => write!(f, "host {host} sent frame {frame} {what}"),
                OfFrame::Arrived { .. } => write!(f, "host {host} got frame {frame} {what}"),
                OfFrame::Dropped(_) => write!(f, "host {host} lost frame {frame}: {what}"),
            },
            Self::Told {
                host,
                socket,
                event,
            } => write!(f, "host {host} socket {socket}: {event}"),
            Self::Fault(fault) => write!(f, "fault: {fault}"),
            Self::Up { host } => write!(f, "host {host} is up"),
            Self::LinkUp { host, interface } => {
                write!(f, "host {host} interface {interface} is up")
            }
            Self::Ran { host, task } => write!(f, "host {host} ran task {task}"),
            Self::Process { process, what, .. } => write!(f, "process {process}{what}"),
            Self::Note { host, text } => write!(f, "host {host}: {text}"),
        }
    }
}

impl fmt::Display for OfFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent {
                datagram,
                interface,
                len,
                digest,
            } => {
                write!(f, "by {interface}: {len} bytes, {digest:016x}")?;
                datagram.map_or(Ok(()), |datagram| write!(f, ", of #{datagram}"))
            }
            Self::Arrived { interface, flips } => {
                write!(f, "by {interface}")?;
                let mut flips = flips.iter().flatten();
                flips.try_for_each(|flip| write!(f, ", {flip}"))
            }
            Self::Dropped(why) => why.fmt(f),
        }
    }
}

impl fmt::Display for Flip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, mask } = self;
        write!(f, "bit {mask:02x} of byte {at} set")
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening => f.write_str("listening"),
            Self::Connect => f.write_str("connect"),
            Self::Message(Some(sender), len) => write!(f, "message of {len} bytes from {sender}"),
            Self::Message(None, len) => write!(f, "message of {len} bytes"),
            Self::Sent(bytes) => write!(f, "sent {bytes} bytes"),
            Self::NotSent(error) => write!(f, "not sent: {error}"),
            Self::Drained => f.write_str("drained"),
            Self::Error(error) => write!(f, "error: {error}"),
            Self::Close => f.write_str("close"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost on the way",
            Self::Corrupt => "corrupt",
            Self::Refused => "refused",
            Self::TooLong => "too long",
            Self::LinkDown => "the link is down",
            Self::Parted => "the segment has fallen apart",
            Self::QueueFull => "the queue is full",
            Self::NoNeighbour => "nobody has the address",
            Self::HostDown => "the host is down",
            Self::NotOurs => "not for this host",
            Self::NoSocket => "no socket has the port",
            Self::RingFull => "the device has no room",
            Self::Unfit => "a check of the host failed",
        })
    }
}
