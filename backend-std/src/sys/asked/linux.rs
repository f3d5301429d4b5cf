//! Control messages and options of Linux.

use core::ffi::c_int;

use anydgram_core::{Address, Errno, Family, Payload, SendMeta};
use socket2::{MsgHdr, SockAddr};

use crate::sys::OsSocket;
use crate::sys::control::{self, Control};
use crate::sys::transfer::gather;

pub(super) fn send(
    os: &OsSocket,
    address: Option<&SockAddr>,
    meta: &SendMeta,
    payload: &Payload<'_>,
) -> Result<usize, Errno> {
    let control = control(meta, os.family);
    os.transfer(|socket| {
        #[cfg(test)]
        crate::sys::faults::fail(crate::sys::faults::Call::Send)?;
        gather(payload, |list| {
            let message = MsgHdr::new()
                .with_buffers(list)
                .with_control(control.bytes());
            let message = match address {
                Some(address) => message.with_addr(address),
                None => message,
            };
            socket.sendmsg(&message, 0)
        })
    })
}

/// What is asked for, as the kernel reads it.
///
/// Of a `udp6` socket, hop limit and traffic class are said in both families: what goes to a mapped address is of IPv4,
/// and each family skips what the other one reads.
pub(in crate::sys) fn control(meta: &SendMeta, family: Family) -> Control {
    let mut control = Control::new();
    if meta.source().is_some() || meta.interface().is_some() {
        let source = meta.source();
        let source = source.map_or_else(|| family.wildcard(), Address::new);
        control.source(source.with_scope_id(meta.interface().unwrap_or(0)));
    }
    let mut say = |value: Option<u8>, v4, v6| {
        let Some(value) = value else { return };
        let value = c_int::from(value).to_ne_bytes();
        control.add(libc::IPPROTO_IP, v4, &value);
        if family == Family::V6 {
            control.add(libc::IPPROTO_IPV6, v6, &value);
        }
    };
    say(meta.hop_limit(), libc::IP_TTL, libc::IPV6_HOPLIMIT);
    say(meta.traffic_class(), libc::IP_TOS, libc::IPV6_TCLASS);
    control
}

/// Linux: `IP_MTU_DISCOVER`, ip(7); `IPV6_MTU_DISCOVER`, ipv6(7)
pub(super) fn forbid_fragments(os: &OsSocket) -> Result<(), Errno> {
    os.call(|socket| {
        let (level, name) = (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER);
        control::set(socket, level, name, libc::IP_PMTUDISC_DO)?;
        if os.family == Family::V4 {
            return Ok(());
        }
        let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER);
        control::set(socket, level, name, libc::IPV6_PMTUDISC_DO)
    })
}
