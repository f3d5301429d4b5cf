//! Datagrams under way, in places that are used again.

use anydgram_core::Endpoint;
use anydgram_core::stack::Outgoing;

use super::place;

/// A datagram under way.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// Datagrams are numbered as they leave.
    pub(crate) number: u64,
    /// By which it left.
    pub(crate) cable: u32,
    pub(crate) source: Endpoint,
    pub(crate) destination: Endpoint,
    pub(crate) hop_limit: u8,
    pub(crate) bytes: Vec<u8>,
}

impl Parcel {
    pub(crate) fn new(number: u64, cable: u32, outgoing: &Outgoing<'_>) -> Self {
        Self {
            number,
            cable,
            source: outgoing.source,
            destination: outgoing.destination,
            hop_limit: outgoing.hop_limit,
            bytes: outgoing.payload.pieces().concat(),
        }
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
