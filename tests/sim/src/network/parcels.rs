//! Datagrams and frames under way, in places that are used again.

use alloc::rc::Rc;

use anydgram_core::Endpoint;
use anydgram_core::stack::{Incoming, Outgoing};

use super::{place, scoped};
use crate::trace::Flip;

/// A datagram or a frame under way.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) id: Id,
    /// By which it left.
    pub(crate) cable: u32,
    pub(crate) bytes: Rc<[u8]>,
    pub(crate) header: Header,
}

/// What the trace calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    /// Frames are numbered as they leave.
    pub(crate) frame: Option<u64>,
    /// The datagram, or that of which the frame has a part; they are numbered as they leave.
    pub(crate) datagram: Option<u64>,
    /// All of the datagram is there.
    pub(crate) is_whole: bool,
}

/// What is known of a parcel beside its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Header {
    Datagram {
        source: Endpoint,
        destination: Endpoint,
        hop_limit: u8,
        traffic_class: u8,
    },
    /// It is in the bytes, of which some may have been flipped on the way up.
    Frame(Option<Flip>),
}

impl Parcel {
    pub(super) fn datagram(number: u64, cable: u32, outgoing: &Outgoing<'_>) -> Self {
        let id = Id {
            frame: None,
            datagram: Some(number),
            is_whole: true,
        };
        Self {
            id,
            cable,
            bytes: outgoing.payload.pieces().concat().into(),
            header: Header::Datagram {
                source: outgoing.source,
                destination: outgoing.destination,
                hop_limit: outgoing.hop_limit,
                traffic_class: outgoing.traffic_class,
            },
        }
    }

    /// Lends a datagram to a host that it came to; `None` if it is a frame.
    pub(crate) fn incoming(&self, interface: u32) -> Option<Incoming<'_>> {
        let Header::Datagram {
            source,
            destination,
            hop_limit,
            traffic_class,
        } = self.header
        else {
            return None;
        };
        let mut incoming = Incoming::new(
            interface,
            scoped(source, interface),
            scoped(destination, interface),
            &self.bytes,
        );
        incoming.hop_limit = Some(hop_limit);
        incoming.traffic_class = Some(traffic_class);
        Some(incoming)
    }

    /// The same without its bytes.
    pub(super) fn emptied(self) -> Self {
        Self {
            bytes: Rc::default(),
            ..self
        }
    }
}

impl Id {
    /// Its place in the decisions about it.
    pub(super) fn ordinal(self) -> u64 {
        self.frame.or(self.datagram).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
pub(super) struct Parcels {
    places: Vec<(Option<Parcel>, u32)>,
    free: Vec<u32>,
}

impl Parcels {
    /// Keeps a parcel, until [`keep`](Self::keep) says how many copies of it there are.
    pub(super) fn add(&mut self, parcel: Parcel) -> u32 {
        if let Some(number) = self.free.pop() {
            self.places[place(number)] = (Some(parcel), 0);
            return number;
        }
        self.places.push((Some(parcel), 0));
        super::index(self.places.len())
    }

    /// So many copies of a parcel will come.
    pub(super) fn keep(&mut self, number: u32, copies: u32) {
        self.places[place(number)].1 = copies;
        if copies == 0 {
            self.forget(number);
        }
    }

    /// A copy of a parcel, which is kept.
    pub(super) fn copy(&self, number: u32) -> Parcel {
        let (parcel, _) = &self.places[place(number)];
        parcel.clone().expect("a copy of it has not come")
    }

    pub(super) fn take(&mut self, number: u32) -> Parcel {
        let (parcel, _) = &mut self.places[place(number)];
        parcel.take().expect("a copy of it has not come")
    }

    pub(super) fn put_back(&mut self, number: u32, parcel: Parcel) {
        self.places[place(number)].0 = Some(parcel);
    }

    /// A copy of a parcel has come.
    pub(super) fn done(&mut self, number: u32) {
        let (_, copies) = &mut self.places[place(number)];
        *copies = copies.saturating_sub(1);
        if *copies == 0 {
            self.forget(number);
        }
    }

    fn forget(&mut self, number: u32) {
        self.places[place(number)].0 = None;
        self.free.push(number);
    }
}
