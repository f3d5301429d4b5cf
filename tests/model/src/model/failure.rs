//! Errors as they read: Node's codes and texts.

use core::net::IpAddr;

use super::Done;
use crate::seen::Failure;

const fn misuse(code: &'static str, text: String) -> Failure {
    Failure { code, text }
}

/// A system error: its code is in its text.
pub(super) const fn system(code: &'static str, text: String) -> Failure {
    Failure { code, text }
}

/// A system error without an address.
pub(super) fn plain(syscall: &str, errno: &'static str) -> Failure {
    system(errno, format!("{syscall} {errno}"))
}

pub(super) fn not_running() -> Failure {
    misuse("ERR_SOCKET_DGRAM_NOT_RUNNING", "Not running".into())
}

pub(super) fn already_bound() -> Failure {
    misuse("ERR_SOCKET_ALREADY_BOUND", "Socket is already bound".into())
}

pub(super) fn not_bound() -> Failure {
    misuse("ERR_SOCKET_DGRAM_NOT_BOUND", "Socket is not bound".into())
}

pub(super) fn already_connected() -> Failure {
    misuse("ERR_SOCKET_DGRAM_IS_CONNECTED", "Already connected".into())
}

pub(super) fn not_connected() -> Failure {
    misuse("ERR_SOCKET_DGRAM_NOT_CONNECTED", "Not connected".into())
}

pub(super) fn full() -> Failure {
    misuse("ERR_SOCKET_DGRAM_QUEUE_FULL", "Send queue is full".into())
}

pub(super) fn bad_name() -> Failure {
    misuse(
        "ERR_SOCKET_DGRAM_NAME_TOO_LONG",
        "Host name is longer than 253 bytes or contains a NUL byte".into(),
    )
}

pub(super) fn blocked(address: IpAddr) -> Failure {
    misuse(
        "ERR_IP_BLOCKED",
        format!("IP({address}) is blocked by net.BlockList"),
    )
}

pub(super) fn bad_port(port: Option<u16>) -> Failure {
    let given = port.map_or_else(
        || "undefined".into(),
        |port| format!("type number ({port})"),
    );
    misuse(
        "ERR_SOCKET_BAD_PORT",
        format!("Port should be > 0 and < 65536. Received {given}."),
    )
}

pub(super) fn not_numeric<T>(call: &str, argument: &str, kind: &str) -> Done<T> {
    Err(misuse(
        "ERR_INVALID_ARG_VALUE",
        format!(
            "The {kind} '{argument}' must be a numeric IP address; {call} does not perform DNS resolution."
        ),
    ))
}

pub(super) fn buffer_size(errno: &str, text: &str) -> Failure {
    misuse(
        "ERR_SOCKET_BUFFER_SIZE",
        format!("Could not get or set buffer size: uv_recv_buffer_size returned {errno} ({text})"),
    )
}
