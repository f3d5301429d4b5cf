//! What a datagram that is sent asks for beyond its destination.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{Address, Family};
use crate::receive::RecvMeta;

/// What a datagram asks for beyond its destination; whatever it does not ask for is the socket's or the stack's choice.
///
/// Whether it may be fragmented is not among it, but the socket's choice
/// ([`Options::dont_fragment`](crate::Options::dont_fragment)): Linux has a message for it in IPv6 only, and a protocol that
/// must not be fragmented means all of its datagrams (RFC 9000 § 14).
///
/// A backend that cannot do what is asked for fails the send with `ENOTSUP`, and says so in its
/// [`Capabilities`](crate::Capabilities) (the features whose titles begin with "sent").
///
/// # Examples
/// ```
/// use anydgram_core::{Datagram, Destination, SendMeta};
/// use core::net::{IpAddr, Ipv4Addr};
///
/// let own = IpAddr::from(Ipv4Addr::new(192, 0, 2, 7));
/// let asked = SendMeta::new().with_source(own).with_hop_limit(1).with_ecn(0b10);
/// let datagram = Datagram::new("hello").to(Destination::new("192.0.2.1", 9)).with(asked);
/// assert_eq!((datagram.meta.source(), datagram.meta.dscp()), (Some(own), Some(0)));
/// ```
///
/// RFC 3542 § 6; Linux: ip(7), ipv6(7)
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct SendMeta {
    /// The octets of the source, of IPv4 the first four.
    source: [u8; 16],
    interface: u32,
    hop_limit: u8,
    traffic_class: u8,
    /// Which of the fields above are asked for.
    asked: u8,
}

impl SendMeta {
    /// Asks for nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            source: [0; 16],
            interface: 0,
            hop_limit: 0,
            traffic_class: 0,
            asked: 0,
        }
    }

    /// What an answer to a datagram asks for: to come from the address that the datagram was sent to, if
    /// [`RecvMeta::reply_from_local`] says so, and else nothing.
    ///
    /// The interface is the route's, and of a link-local sender that of its scope. To have answers leave by the interface
    /// that the datagram came in by, whatever the routes say, add [`with_interface`](Self::with_interface); it is not done
    /// unasked because Linux names an interface also for what came from the host itself, to which no answer by that
    /// interface would come.
    #[must_use]
    #[inline]
    pub fn reply_to(meta: &RecvMeta) -> Self {
        match meta.local {
            Some(local) if meta.reply_from_local => Self::new().with_source(local.ip()),
            Some(_) | None => Self::new(),
        }
    }

    /// And an own address to come from, on a socket that is bound to the wildcard address or to another one. `EINVAL` for
    /// an address of another family than the socket's; `EINVAL`, or `ENETUNREACH`, for one that is not the host's.
    #[must_use]
    pub const fn with_source(mut self, ip: IpAddr) -> Self {
        self.asked &= !(SOURCE_V4 | SOURCE_V6);
        match ip {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                self.source = [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                self.asked |= SOURCE_V4;
            }
            IpAddr::V6(ip) => {
                self.source = ip.octets();
                self.asked |= SOURCE_V6;
            }
        }
        self
    }

    /// And the index of an interface to leave by, whatever the routes say; 0 is the stack's choice.
    #[must_use]
    pub const fn with_interface(mut self, index: u32) -> Self {
        self.interface = index;
        self.asked = if index == 0 {
            self.asked & !INTERFACE
        } else {
            self.asked | INTERFACE
        };
        self
    }

    /// And a hop limit, 1..=255, in place of the socket's for hosts and for groups; 0 is `EINVAL`.
    #[must_use]
    pub const fn with_hop_limit(mut self, hops: u8) -> Self {
        self.hop_limit = hops;
        self.asked |= HOP_LIMIT;
        self
    }

    /// And a traffic class, that is ECN bits and DSCP.
    ///
    /// RFC 2474, RFC 3168
    #[doc(alias = "tos")]
    #[must_use]
    pub const fn with_traffic_class(mut self, class: u8) -> Self {
        self.traffic_class = class;
        self.asked |= TRAFFIC_CLASS;
        self
    }

    /// And ECN bits, 0..=3, of which the lowest two bits count. The DSCP is 0 unless it is asked for, too.
    #[must_use]
    pub const fn with_ecn(self, ecn: u8) -> Self {
        self.with_traffic_class((self.traffic_class & !ECN) | (ecn & ECN))
    }

    /// And a DSCP, 0..=63, of which the lowest six bits count. The ECN bits are 0 unless they are asked for, too.
    #[must_use]
    pub const fn with_dscp(self, dscp: u8) -> Self {
        self.with_traffic_class((self.traffic_class & ECN) | (dscp << 2))
    }

    /// Whether nothing is asked for.
    #[inline]
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.asked == 0
    }

    /// The source that is asked for.
    #[must_use]
    pub fn source(&self) -> Option<IpAddr> {
        let [a, b, c, d, ..] = self.source;
        if self.asked & SOURCE_V4 != 0 {
            Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        } else if self.asked & SOURCE_V6 != 0 {
            Some(IpAddr::V6(Ipv6Addr::from(self.source)))
        } else {
            None
        }
    }

    /// The interface that is asked for.
    #[must_use]
    pub const fn interface(&self) -> Option<u32> {
        if self.asked & INTERFACE == 0 {
            None
        } else {
            Some(self.interface)
        }
    }

    /// The hop limit that is asked for.
    #[must_use]
    pub const fn hop_limit(&self) -> Option<u8> {
        if self.asked & HOP_LIMIT == 0 {
            None
        } else {
            Some(self.hop_limit)
        }
    }

    /// The traffic class that is asked for.
    #[must_use]
    pub const fn traffic_class(&self) -> Option<u8> {
        if self.asked & TRAFFIC_CLASS == 0 {
            None
        } else {
            Some(self.traffic_class)
        }
    }

    /// The ECN bits that are asked for.
    #[must_use]
    pub fn ecn(&self) -> Option<u8> {
        self.traffic_class().map(|class| class & ECN)
    }

    /// The DSCP that is asked for.
    #[must_use]
    pub fn dscp(&self) -> Option<u8> {
        self.traffic_class().map(|class| class >> 2)
    }

    /// Whether it makes sense on a socket of `family`; the backend fails the send with `EINVAL` otherwise. An own address
    /// is of the family, and no datagram has a hop limit of 0.
    #[must_use]
    pub fn is_for(&self, family: Family) -> bool {
        let is_its = |ip: IpAddr| Family::of(ip) == family;
        self.hop_limit() != Some(0) && self.source().is_none_or(is_its)
    }

    /// How it lies in a queue: what has a length that is always the same, and the octets of the source.
    pub(crate) fn pieces(&self) -> ([u8; 7], &[u8]) {
        let [i0, i1, i2, i3] = self.interface.to_ne_bytes();
        let source = match self.asked & (SOURCE_V4 | SOURCE_V6) {
            0 => &[],
            SOURCE_V4 => self.source.first_chunk::<4>().map_or(&[][..], |ip| ip),
            _ => self.source.as_slice(),
        };
        let head = [
            self.asked,
            self.hop_limit,
            self.traffic_class,
            i0,
            i1,
            i2,
            i3,
        ];
        (head, source)
    }

    /// How many bytes that is; 0 if nothing is asked for.
    #[inline]
    pub(crate) const fn queued_len(&self) -> u8 {
        if self.is_none() {
            return 0;
        }
        match self.asked & (SOURCE_V4 | SOURCE_V6) {
            0 => 7,
            SOURCE_V4 => 11,
            _ => 23,
        }
    }

    /// What [`pieces`](Self::pieces) were made of; nothing is asked for by fewer bytes.
    #[cold]
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let Some((head, octets)) = bytes.split_first_chunk::<7>() else {
            return Self::new();
        };
        let [asked, hop_limit, traffic_class, i0, i1, i2, i3] = *head;
        let mut source = [0; 16];
        for (to, from) in source.iter_mut().zip(octets) {
            *to = *from;
        }
        Self {
            source,
            interface: u32::from_ne_bytes([i0, i1, i2, i3]),
            hop_limit,
            traffic_class,
            asked,
        }
    }
}

impl fmt::Debug for SendMeta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("SendMeta");
        if let Some(source) = self.source() {
            fields.field("source", &Address::new(source));
        }
        if let Some(interface) = self.interface() {
            fields.field("interface", &interface);
        }
        if let Some(hop_limit) = self.hop_limit() {
            fields.field("hop_limit", &hop_limit);
        }
        if let Some(class) = self.traffic_class() {
            fields.field("traffic_class", &class);
        }
        fields.finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for SendMeta {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "SendMeta {{ source: {}, interface: {=u32}, hop_limit: {}, traffic_class: {} }}",
            self.source().map(Address::new),
            self.interface,
            self.hop_limit(),
            self.traffic_class()
        );
    }
}

/// The bits of a traffic class that are ECN's.
pub(crate) const ECN: u8 = 0b11;

const SOURCE_V4: u8 = 1;
const SOURCE_V6: u8 = 1 << 1;
const HOP_LIMIT: u8 = 1 << 2;
const TRAFFIC_CLASS: u8 = 1 << 3;
const INTERFACE: u8 = 1 << 4;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use super::*;

    fn all() -> SendMeta {
        SendMeta::new()
            .with_source(Ipv4Addr::new(192, 0, 2, 1).into())
            .with_interface(70_000)
            .with_hop_limit(9)
            .with_traffic_class(0xb9)
    }

    #[test]
    fn what_is_asked_for_is_what_was_said_last() {
        let nothing = SendMeta::new();
        assert!(nothing.is_none() && nothing == SendMeta::default());
        assert_eq!((nothing.source(), nothing.interface()), (None, None));
        assert_eq!((nothing.hop_limit(), nothing.ecn()), (None, None));

        let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
        let asked = all().with_source(v6.into()).with_ecn(0b110);
        assert_eq!(asked.source(), Some(v6.into()));
        assert_eq!(asked.interface(), Some(70_000));
        assert_eq!(asked.hop_limit(), Some(9));
        assert_eq!(asked.traffic_class(), Some(0xba));
        assert_eq!((asked.ecn(), asked.dscp()), (Some(0b10), Some(46)));
        assert_eq!(asked.with_dscp(10).traffic_class(), Some(0b10_1010));
        assert!(!SendMeta::new().with_interface(1).is_none());
        assert!(
            SendMeta::new()
                .with_interface(1)
                .with_interface(0)
                .is_none()
        );
        assert!(!SendMeta::new().with_ecn(0).is_none());
    }

    #[test]
    fn what_lay_in_a_queue_is_as_before() {
        let v6 = all().with_source(Ipv6Addr::new(1, 2, 3, 4, 5, 6, 7, 8).into());
        for (meta, len) in [(SendMeta::new().with_ecn(1), 7), (all(), 11), (v6, 23)] {
            let (head, source) = meta.pieces();
            let bytes = [&head[..], source].concat();
            assert_eq!(bytes.len(), len);
            assert_eq!(SendMeta::from_bytes(&bytes), meta);
            assert!(SendMeta::from_bytes(&bytes[..6]).is_none());
        }
    }

    #[test]
    fn an_answer_comes_from_an_own_address_only() {
        let own = Address::from(Ipv4Addr::new(192, 0, 2, 1));
        let mut meta = RecvMeta::default();
        (meta.local, meta.interface) = (Some(own), Some(2));
        assert!(SendMeta::reply_to(&meta).is_none());
        meta.reply_from_local = true;
        let from_own = SendMeta::new().with_source(own.ip());
        assert_eq!(SendMeta::reply_to(&meta), from_own);
        meta.local = None;
        assert!(SendMeta::reply_to(&meta).is_none());
    }

    #[test]
    fn no_socket_does_what_makes_no_sense() {
        assert!(all().is_for(Family::V4));
        assert!(!all().is_for(Family::V6));
        assert!(!all().with_hop_limit(0).is_for(Family::V4));
        assert!(SendMeta::new().is_for(Family::V6));
    }
}
