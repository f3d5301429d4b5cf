//! What a host tells of a datagram, in as few bytes as it can be, without what it tells of each or of none.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::{Address, Endpoint, Instant, RecvMeta};

/// What is known of a datagram.
#[derive(Debug)]
pub(crate) struct Known {
    sender: Endpoint,
    local: Address,
    interface: u32,
    /// The last one that can be told for none.
    timestamp: Micros,
    len: u16,
    hop_limit: Option<u8>,
    traffic_class: Option<u8>,
    reply_from_local: bool,
}

/// Microseconds, aligned for words of four bytes.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
struct Micros(u64);

impl Known {
    /// All zeros: a `static` full of free places takes no flash.
    pub(crate) const NONE: Self = Self {
        sender: Endpoint::new(ZEROS, 0),
        local: ZEROS,
        interface: 0,
        timestamp: Micros(0),
        len: 0,
        hop_limit: None,
        traffic_class: None,
        reply_from_local: false,
    };

    pub(crate) fn len(&self) -> usize {
        self.len.into()
    }

    /// Keeps what is known of a datagram; `false` for what no host tells, and for what is longer than a datagram can be.
    #[inline]
    pub(crate) fn set(&mut self, meta: &RecvMeta, len: usize) -> bool {
        debug_assert_eq!(meta.segment_stride, None, "a host gives one at a time");
        debug_assert_eq!(meta.wire_len, Some(len), "a host gives all of it");
        let (Some(sender), Some(local), Some(interface)) =
            (&meta.sender, &meta.local, meta.interface)
        else {
            return false;
        };
        let Ok(len) = u16::try_from(len) else {
            return false;
        };
        self.sender = *sender;
        self.local = *local;
        self.interface = interface;
        self.timestamp = Micros(meta.timestamp.map_or(u64::MAX, Instant::as_micros));
        self.len = len;
        self.hop_limit = meta.hop_limit;
        self.traffic_class = meta.traffic_class;
        self.reply_from_local = meta.reply_from_local;
        true
    }

    #[inline]
    pub(crate) fn meta(&self) -> RecvMeta {
        let Micros(timestamp) = self.timestamp;
        let mut meta = RecvMeta::from_sender(self.sender);
        meta.local = Some(self.local);
        meta.interface = Some(self.interface);
        meta.reply_from_local = self.reply_from_local;
        meta.hop_limit = self.hop_limit;
        meta.traffic_class = self.traffic_class;
        meta.wire_len = Some(self.len.into());
        meta.timestamp = (timestamp != u64::MAX).then_some(Instant::from_micros(timestamp));
        meta
    }
}

const ZEROS: Address = Address::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
