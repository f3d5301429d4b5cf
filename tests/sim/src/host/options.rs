//! How large a host is.

/// How much a host can have of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostOptions {
    /// Sockets. 16 by default.
    pub sockets: usize,
    /// Memberships of all sockets together. 64 by default.
    pub memberships: usize,
    /// Datagrams that stay on the host, and have not been delivered. 64 by default.
    pub local: usize,
    /// Their bytes. 64 KiB by default.
    pub local_bytes: usize,
    /// What the names of its interfaces begin with, before their numbers. `eth` by default: `eth0`, `eth1`.
    pub interfaces: &'static str,
    /// Datagrams that may wait in a Unix socket beyond the first. 10 by default, as on Linux.
    pub unix_backlog: usize,
    /// Whether it does nothing by itself, only what [`World::step_host`](crate::World::step_host) and the like have it do;
    /// its application is not [woken](anydgram_core::Handler::wake), and its processes do nothing. `false` by default.
    pub is_stepped: bool,
    /// Neighbours that each interface knows. This and what follows is for a world of [frames](crate::Level::Frames). 64 by
    /// default.
    pub neighbours: usize,
    /// Datagrams that wait for their neighbours, or leave in fragments, by each interface. 64 by default.
    pub waiting: usize,
    /// Their bytes. 64 KiB by default.
    pub waiting_bytes: usize,
    /// Datagrams that come in fragments at the same time, by each interface. 2 by default.
    pub assemblies: usize,
    /// Their bytes: as long as a datagram can be for each, by default.
    pub assembly_bytes: usize,
    /// Frames that the device of each interface keeps until the host takes them, and as many that leave. 256 by default.
    pub ring: usize,
}

impl HostOptions {
    /// The default sizes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            sockets: 16,
            memberships: 64,
            local: 64,
            local_bytes: 65_536,
            interfaces: "eth",
            unix_backlog: 10,
            is_stepped: false,
            neighbours: 64,
            waiting: 64,
            waiting_bytes: 65_536,
            assemblies: 2,
            assembly_bytes: 2 * 65_515,
            ring: 256,
        }
    }
}

impl Default for HostOptions {
    fn default() -> Self {
        Self::new()
    }
}
