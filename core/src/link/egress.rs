//! What goes out: which neighbour a datagram is for, and the headers in front of it.

use super::{Link, LinkOptions, Plan};
use crate::error::Errno;
use crate::stack::Outgoing;
use crate::time::Instant;

/// The headers of a datagram that can leave, without its addresses and ports, which are the datagram's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    len: usize,
}

impl Header {
    pub(super) fn for_datagram(
        options: &LinkOptions,
        destination_mac: Option<[u8; 6]>,
        identification: u16,
        datagram: &Outgoing<'_>,
    ) -> Self {
        let _ = (options, destination_mac, identification, datagram);
        Self { len: 0 }
    }

    /// The length of the whole frame in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no frame is empty")]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Writes the frame of the datagram that this header was made for; whether `frame` has [`len`](Self::len) bytes.
    #[must_use]
    pub fn write(&self, datagram: &Outgoing<'_>, frame: &mut [u8]) -> bool {
        let _ = (datagram, frame);
        false
    }
}

pub(super) fn plan(link: &mut Link<'_>, now: Instant, datagram: &Outgoing<'_>) -> Plan {
    let _ = (link, now, datagram);
    Plan::Failed(Errno::EINVAL)
}
