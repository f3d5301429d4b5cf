//! What is known of a datagram that waits: in few bytes on a microcontroller, and as it came where copying is all that
//! counts.

cfg_if::cfg_if! {
    if #[cfg(test)] {
        mod packed;
        mod tests;
        mod whole;
    } else if #[cfg(target_pointer_width = "64")] {
        mod whole;
    } else {
        mod packed;
    }
}
cfg_if::cfg_if! {
    if #[cfg(target_pointer_width = "64")] {
        pub(crate) use whole::Known;
    } else {
        pub(crate) use packed::Known;
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::NONE
    }
}
