//! What a link drops, and why.

use crate::stats::count;

macro_rules! drops {
    (
        checks: { $($(#[$doc:meta])+ $name:ident: $reason:ident,)+ }
        others: { $($(#[$other_doc:meta])+ $other:ident,)+ }
    ) => {
        /// What a link has dropped, by reason, and what it has noticed. Counters stay at their maximum.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub struct LinkDrops {
            $($(#[$doc])+ pub $name: u32,)+
            $($(#[$other_doc])+ pub $other: u32,)+
        }

        /// The check that a frame has failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Reason {
            $($reason,)+
        }

        impl LinkDrops {
            /// Counts a frame that has failed a check.
            pub(super) fn count(&mut self, reason: Reason) {
                count(match reason {
                    $(Reason::$reason => &mut self.$name,)+
                });
            }
        }
    };
}

drops! {
    checks: {
        /// Frames too short for an Ethernet header.
        frame_short: FrameShort,
        /// Frames to the hardware address of somebody else.
        hardware_destination: HardwareDestination,
        /// Frames from a hardware address that is a group.
        hardware_source: HardwareSource,
        /// Frames with neither IPv4 nor IPv6 nor ARP in them.
        protocol: Protocol,
        /// Wrong lengths, kinds of addresses, operations or sender of an ARP message (RFC 826).
        arp: Arp,
        /// ARP messages about the address of somebody else.
        arp_foreign: ArpForeign,
        /// A wrong version or length in an IPv4 header (RFC 1122 § 3.2.1.1).
        ipv4_header: Ipv4Header,
        /// A wrong checksum of an IPv4 header (RFC 1122 § 3.2.1.2).
        ipv4_checksum: Ipv4Checksum,
        /// Fragments that nobody puts together: of IPv6, of any other protocol than UDP, or without memory for it.
        fragments: Fragment,
        /// Fragments that are empty, of a wrong length, or past the longest packet (RFC 791 § 3.2).
        ipv4_fragment: Ipv4Fragment,
        /// Fragments that had come before; nothing was lost.
        fragment_duplicate: FragmentDuplicate,
        /// Fragments over others of their datagram, which was dropped (RFC 5722).
        fragment_overlap: FragmentOverlap,
        /// Fragments that did not agree with others on the length of their datagram, which was dropped.
        fragment_length: FragmentLength,
        /// Fragments that did not fit into the memory for one datagram, which was dropped.
        fragment_long: FragmentLong,
        /// Fragments that left too many holes in their datagram, which was dropped.
        fragment_holes: FragmentHoles,
        /// Datagrams with both marked and unmarkable fragments (RFC 3168 § 5.3).
        fragment_ecn: FragmentEcn,
        /// A wrong version or length in an IPv6 header.
        ipv6_header: Ipv6Header,
        /// Extension headers that are malformed, out of place, or demand that the packet be dropped (RFC 8200 § 4).
        ipv6_extension: Ipv6Extension,
        /// Routing headers with a way to go, or of type 0 (RFC 8200 § 4.4, RFC 5095).
        ipv6_routing: Ipv6Routing,
        /// Packets from an address that can be no other host's (RFC 1122 § 3.2.1.3, RFC 4291 § 2).
        source: Source,
        /// Packets to no address, broadcast address or group of this host (RFC 1122 § 3.2.1.3).
        destination: Destination,
        /// Packets to one host in a frame to many (RFC 1122 § 3.3.6).
        unicast_in_group: UnicastInGroup,
        /// A wrong length in a UDP header.
        udp_length: UdpLength,
        /// A wrong UDP checksum, or none with IPv6 (RFC 1122 § 4.1.3.4, RFC 8200 § 8.1).
        udp_checksum: UdpChecksum,
        /// Datagrams from or to port 0, which cannot be answered and nobody can have.
        udp_port: UdpPort,
        /// ICMP messages of either version that are too short, or errors to more than one host.
        icmp: Icmp,
        /// A wrong checksum of an ICMP message of either version.
        icmp_checksum: IcmpChecksum,
        /// ICMP errors that quote no packet of this host.
        icmp_quote: IcmpQuote,
        /// Redirects: routes are the host's own.
        redirect: Redirect,
        /// Messages of neighbour discovery that the checks of RFC 4861 §§ 6.1, 7.1 fail.
        ndp: Ndp,
        /// Messages of neighbour discovery about the address of somebody else.
        ndp_foreign: NdpForeign,
        /// Malformed IGMP messages (RFC 2236, RFC 3376).
        igmp: Igmp,
        /// Malformed MLD messages (RFC 2710, RFC 3810 § 6.2).
        mld: Mld,
    }
    others: {
        /// Datagrams of which a minute after their first fragment others were missing; found when the next fragment of any
        /// came in.
        assembly_expired,
        /// Datagrams that were not whole and gave way to later ones.
        assembly_overflowed,
        /// Datagrams that were not whole when the link was reset.
        assembly_lost,
        /// Datagrams that waited for a neighbour and gave way to later ones.
        waiting_overflowed,
        /// Datagrams that waited for a neighbour when the link was reset.
        waiting_lost,
        /// Neighbours that have another hardware address now; nothing was dropped.
        neighbour_moved,
    }
}
