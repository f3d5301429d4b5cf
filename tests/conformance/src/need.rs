//! What a scenario may need of a backend or of the machine.

macro_rules! needs {
    ($($variant:ident $name:literal $doc:literal;)+) => {
        /// What a scenario needs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Need {
            $(#[doc = $doc] $variant,)+
        }

        impl Need {
            /// Reads a name as scenarios have it.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The name as scenarios have it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

needs! {
    Network "network" "Addresses other than loopback.";
    SeveralInterfaces "several-interfaces" "A second interface.";
    SeveralAddresses "several-addresses" "Several addresses of one family on an interface.";
    Multicast "multicast" "Groups.";
    SourceSpecific "source-specific" "Groups of the source-specific ranges, and their calls.";
    Broadcast "broadcast" "Broadcast addresses.";
    LinkLocal "link-local" "IPv6 addresses with zones.";
    Ipv6 "ipv6" "IPv6.";
    HostNames "host-names" "A resolver.";
    Fd "fd" "Descriptors that can be adopted.";
    BufferSizes "buffer-sizes" "Buffers whose size can be set.";
    SendBacklog "send-backlog" "A send buffer that is full for a while.";
    ReuseAddr "reuse-addr" "Sockets that share an address.";
    ReusePort "reuse-port" "Sockets between which datagrams are spread.";
    Icmp "icmp" "News of unreachable ports.";
    EventLoop "event-loop" "A loop that ends when no referenced socket is open.";
    Emitter "emitter" "Listeners that come and go.";
    Exceptions "exceptions" "Listeners and callbacks that throw.";
    JavaScript "javascript" "What only that language has.";
}

impl Need {
    /// Whether the need makes a scenario run in the private network namespace.
    #[must_use]
    pub const fn is_of_network(self) -> bool {
        matches!(
            self,
            Self::Network
                | Self::SeveralInterfaces
                | Self::SeveralAddresses
                | Self::Multicast
                | Self::SourceSpecific
                | Self::Broadcast
                | Self::LinkLocal
        )
    }
}
