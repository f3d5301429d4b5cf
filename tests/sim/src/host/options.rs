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
    /// Whether it does nothing by itself, only what [`World::step_host`](crate::World::step_host) and the like have it do;
    /// its application is not [woken](anydgram_core::Handler::wake). `false` by default.
    pub is_stepped: bool,
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
            is_stepped: false,
        }
    }
}

impl Default for HostOptions {
    fn default() -> Self {
        Self::new()
    }
}
