//! Datagrams out, as many as one system call takes.
//!
//! Linux takes many messages a call (`sendmmsg`), and each may be up to 128 datagrams of one length to one destination, of
//! which the last may be shorter (`UDP_SEGMENT`). What the kernel has against taking datagrams together is found out by
//! trying: if it refuses a message of more than 64, which are the most before Linux 6.9, they are tried again as messages of
//! at most 64, and if it refuses those, one message each, and not together any more from that length on. None is lost or
//! sent twice by that, because a message is taken as a whole or not at all. Other systems take one datagram a call.

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod linux;
        #[cfg(test)]
        mod tests;
        use linux as system;
    } else {
        mod other;
        use other as system;
    }
}

use anydgram_core::{Address, ConnectState, Datagram, Host, Socket, Transmitted, Waiting};

pub(crate) use system::Bundle;
pub(super) use system::Together;

use super::OsSocket;

/// What datagrams have to be like to leave in a bundle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admission {
    loopback: Address,
    is_connected: bool,
}

/// What became of datagrams that were offered together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    /// How many, from the first on, the system has taken.
    pub(crate) sent: usize,
    /// What became of the one after them, if the system has said so.
    pub(crate) next: Option<Transmitted>,
}

impl OsSocket {
    /// Offers datagrams of a queue to the system, as many as it takes, if there is more than one. Each has to be in
    /// one piece and for an address of the socket's family, or ends the run before it.
    #[inline]
    pub(crate) fn send_run(&self, waiting: &mut Waiting<'_>) -> Run {
        system::send_run(self, waiting)
    }

    /// A bundle for datagrams of callers.
    pub(crate) fn bundle<'a>(&self) -> Bundle<'a> {
        system::bundle(self)
    }

    /// Offers the datagrams of a bundle to the system, as many as it takes, if there is more than one. They are for
    /// addresses of the socket's family.
    pub(crate) fn send_bundle(&self, bundle: &mut Bundle<'_>) -> Run {
        system::send_bundle(self, bundle)
    }
}

impl Admission {
    /// To a socket in the state in which it is.
    pub(crate) fn to(core: &Socket<'_>) -> Self {
        Self {
            loopback: core.family().loopback(),
            is_connected: core.connect_state() == ConnectState::Connected,
        }
    }

    /// Puts a datagram into a bundle; `false` if there is no room, or something about its destination or its length
    /// that the socket itself has to look at. Whoever adds many has the short way in the loop: a quarter of all instructions
    /// for one of 64 bytes would be the call.
    #[inline(always)]
    pub(crate) fn add<'a>(&self, bundle: &mut Bundle<'a>, datagram: &Datagram<'a>) -> bool {
        bundle.add_expected(datagram) || self.add_another(bundle, datagram)
    }

    /// [`add`](Self::add) for a datagram that may be unlike the one before it.
    #[inline(never)]
    pub(crate) fn add_another<'a>(&self, bundle: &mut Bundle<'a>, datagram: &Datagram<'a>) -> bool {
        let to = match &datagram.destination {
            None if self.is_connected => None,
            Some(to) if !self.is_connected && to.port != 0 => {
                let address = match &to.host {
                    Host::Ip(address) => address,
                    Host::Default => &self.loopback,
                    Host::Name(_) => return false,
                };
                if address.family() != self.loopback.family() {
                    return false;
                }
                Some((address, to.port))
            }
            None | Some(_) => return false,
        };
        bundle.add(to, &datagram.meta, &datagram.payload)
    }
}
