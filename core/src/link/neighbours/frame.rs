//! Frames that the link itself sends: questions, and datagrams that have waited.

use super::{Solicitation, State, Way};
use crate::address::Ip;
use crate::features::FRAGMENTS;
use crate::link::Link;
use crate::link::egress::{Fragment, Header};
use crate::stack::{Interfaces, Outgoing};
use crate::time::Instant;

/// The next frame that the link itself has to send.
pub(in crate::link) fn poll<'l>(
    link: &'l mut Link<'_>,
    now: Instant,
    interfaces: &Interfaces<'_>,
) -> Option<Waiting<'l>> {
    link.neighbours.count_drops(&mut link.drops);
    if link.neighbours.has_datagram() {
        return poll_datagram(link);
    }
    while let Some((target, known)) = link.neighbours.ask(now) {
        // Without an address nobody can be asked.
        let source = interfaces.source_for(link.options.interface, target);
        let question =
            source.and_then(|source| Solicitation::new(&link.options, source, target, known));
        if let Some(question) = question {
            return Some(Waiting(Frame::Question(question)));
        }
    }
    None
}

/// The next frame of a datagram that has waited and can leave.
pub(in crate::link) fn poll_datagram<'l>(link: &'l mut Link<'_>) -> Option<Waiting<'l>> {
    let Link {
        options,
        neighbours,
        identification,
        ..
    } = link;
    if !neighbours.is_busy {
        return None;
    }
    let slots = &*neighbours.slots;
    let known = |ip: Ip| {
        let mut entries = slots.iter().filter_map(|slot| slot.0.as_ref());
        let entry = entries.find(|entry| entry.ip == ip)?;
        matches!(entry.state(), State::Known { .. }).then_some(entry.hardware_address)
    };
    let (at, hardware) = neighbours.pool.find_map(|way| match *way {
        Way::Neighbour(ip) => known(ip),
        Way::Known(hardware_address) => Some(hardware_address),
    })?;
    let (datagram, fragment) = neighbours.pool.lend(at)?;
    Some(Waiting(match fragment {
        Some(fragment) if FRAGMENTS => {
            let header = fragment.header(options, hardware);
            Frame::Fragment(header, fragment, datagram)
        }
        None | Some(_) => {
            let header = Header::for_datagram(options, hardware, *identification, &datagram);
            *identification = identification.wrapping_add(1);
            Frame::Datagram(header, datagram)
        }
    }))
}

/// A frame that the link itself sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Waiting<'w>(Frame<'w>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Frame<'w> {
    Datagram(Header, Outgoing<'w>),
    Fragment(Header, Fragment, Outgoing<'w>),
    Question(Solicitation),
}

impl Waiting<'_> {
    /// The length of the whole frame in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no frame is empty")]
    #[must_use]
    pub const fn len(&self) -> usize {
        match &self.0 {
            Frame::Datagram(header, _) | Frame::Fragment(header, ..) => header.len(),
            Frame::Question(question) => question.len(),
        }
    }

    /// Writes the frame. `false`, and nothing is promised of what `frame` has, unless it has [`len`](Self::len) bytes.
    #[must_use]
    pub fn write(&self, frame: &mut [u8]) -> bool {
        match &self.0 {
            Frame::Datagram(header, datagram) => header.write(datagram, frame),
            Frame::Fragment(header, fragment, datagram) if FRAGMENTS => {
                fragment.write(header, datagram, frame)
            }
            Frame::Fragment(..) => false,
            Frame::Question(question) => question.write(frame),
        }
    }

    /// The question that it is, unless it is a datagram.
    #[must_use]
    pub const fn solicitation(&self) -> Option<&Solicitation> {
        match &self.0 {
            Frame::Datagram(..) | Frame::Fragment(..) => None,
            Frame::Question(question) => Some(question),
        }
    }
}
