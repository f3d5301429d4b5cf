//! Questions for neighbours: ARP requests (RFC 826) and neighbour solicitations (RFC 4861 § 4.3).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::Ip;
use crate::features::IPV6;
use crate::link::LinkOptions;
use crate::link::bytes::Writer;
use crate::link::checksum::Sum;

/// A question who has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Solicitation {
    own: [u8; 6],
    /// Who is asked: all, or the one who had it.
    to: Option<[u8; 6]>,
    ends: Ends,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Ends {
    V4 { source: Ipv4Addr, target: Ipv4Addr },
    V6 { source: Ipv6Addr, target: Ipv6Addr },
}

impl Solicitation {
    /// The question for `target`; `None` for addresses of two families, and on a link without hardware addresses.
    pub(super) fn new(
        options: &LinkOptions,
        source: Ip,
        target: Ip,
        to: Option<[u8; 6]>,
    ) -> Option<Self> {
        let ends = match (source.get(), target.get()) {
            (IpAddr::V4(source), IpAddr::V4(target)) => Ends::V4 { source, target },
            (IpAddr::V6(source), IpAddr::V6(target)) if IPV6 => Ends::V6 { source, target },
            (IpAddr::V4(_) | IpAddr::V6(_), _) => return None,
        };
        Some(Self {
            own: options.hardware_address?,
            to,
            ends,
        })
    }

    /// The address that is asked for.
    #[must_use]
    pub const fn target(&self) -> IpAddr {
        match self.ends {
            Ends::V4 { target, .. } => IpAddr::V4(target),
            Ends::V6 { target, .. } => IpAddr::V6(target),
        }
    }

    /// Whether only the neighbour is asked that had the address before.
    #[must_use]
    pub const fn is_unicast(&self) -> bool {
        self.to.is_some()
    }

    pub(super) const fn len(&self) -> usize {
        match self.ends {
            Ends::V4 { .. } => ETHERNET_LEN + ARP_LEN,
            Ends::V6 { .. } => ETHERNET_LEN + IPV6_LEN + NS_LEN,
        }
    }

    pub(super) fn write(&self, frame: &mut [u8]) -> bool {
        let writer = Writer::new(frame);
        let rest = match self.ends {
            Ends::V4 { source, target } => self.arp(writer, source, target),
            Ends::V6 { source, target } if IPV6 => self.ndp(writer, source, target),
            Ends::V6 { .. } => None,
        };
        rest.is_some_and(|rest| rest.is_empty())
    }

    fn arp<'b>(
        &self,
        mut frame: Writer<'b>,
        source: Ipv4Addr,
        target: Ipv4Addr,
    ) -> Option<&'b mut [u8]> {
        frame.put(&self.to.unwrap_or([0xff; 6]))?;
        frame.put(&self.own)?;
        // EtherType; Ethernet and IPv4 with their lengths; a request.
        frame.put(&[0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 1])?;
        frame.put(&self.own)?;
        frame.put(&source.octets())?;
        frame.put(&[0; 6])?;
        frame.put(&target.octets())?;
        Some(frame.into_rest())
    }

    fn ndp<'b>(
        &self,
        mut frame: Writer<'b>,
        source: Ipv6Addr,
        target: Ipv6Addr,
    ) -> Option<&'b mut [u8]> {
        let [.., high, middle, low] = target.octets();
        // The solicited-node group (RFC 4291 § 2.7.1), and its hardware address (RFC 2464 § 7).
        let group = Ipv6Addr::from([
            0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, high, middle, low,
        ]);
        let (hardware, destination) = match self.to {
            None => ([0x33, 0x33, 0xff, high, middle, low], group),
            Some(known) => (known, target),
        };
        frame.put(&hardware)?;
        frame.put(&self.own)?;
        // EtherType, version, payload length, ICMPv6, hop limit 255.
        frame.put(&[0x86, 0xdd, 0x60, 0, 0, 0, 0, NS_BYTES, ICMPV6, 255])?;
        frame.put(&source.octets())?;
        frame.put(&destination.octets())?;
        let checksum =
            Sum::pseudo_header(source.into(), destination.into(), ICMPV6, NS_BYTES.into())
                .add_rare(&[SOLICITATION, 0, 0, 0, 0, 0, 0, 0])
                .add_rare(&target.octets())
                .add_rare(&[SOURCE_ADDRESS, 1])
                .add_rare(&self.own)
                .checksum();
        frame.put(&[SOLICITATION, 0])?;
        frame.put_u16(checksum)?;
        frame.put(&[0; 4])?;
        frame.put(&target.octets())?;
        frame.put(&[SOURCE_ADDRESS, 1])?;
        frame.put(&self.own)?;
        Some(frame.into_rest())
    }
}

const ETHERNET_LEN: usize = 14;
const ARP_LEN: usize = 28;
const IPV6_LEN: usize = 40;
/// With the source's hardware address.
const NS_BYTES: u8 = 32;
const NS_LEN: usize = NS_BYTES as usize;
/// The protocol number (RFC 4443).
const ICMPV6: u8 = 58;
/// The type of the message.
const SOLICITATION: u8 = 135;
/// The option: one unit of eight bytes.
const SOURCE_ADDRESS: u8 = 1;
