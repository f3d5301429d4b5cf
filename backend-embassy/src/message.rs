//! What a host says to whoever operates it, by the one logger that was chosen.

cfg_if::cfg_if! {
    if #[cfg(feature = "defmt")] {
        macro_rules! warning {
            ($text:literal $(, $value:expr)*) => { defmt::warn!($text $(, $value)*) };
        }
    } else if #[cfg(feature = "log")] {
        macro_rules! warning {
            ($text:literal $(, $value:expr)*) => { log::warn!($text $(, $value)*) };
        }
    } else {
        macro_rules! warning {
            ($text:literal $(, $value:expr)*) => {{ $( let _unused = &$value; )* }};
        }
    }
}

pub(crate) use warning;
