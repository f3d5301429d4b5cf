//! What neither the standard library nor rustix offers: the only unsafe code.

#![expect(
    unsafe_code,
    reason = "requests to a TAP device, and a counting allocator for tests"
)]

#[cfg(test)]
pub(crate) mod allocations;
#[cfg(target_os = "linux")]
pub(crate) mod tap;
