//! The names of events: Node's own, and the application's.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::mem::discriminant;

use alloc::rc::Rc;
use alloc::string::String;

/// The name of an event, under which listeners are registered.
///
/// `From<&str>` reads Node's name of an event; a text that is no such name becomes [`Custom`](Self::Custom).
/// Two names are equal when their texts are, so `Custom("message".into())` equals [`Message`](Self::Message).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventName {
    /// `listening`: the socket is bound and reads.
    Listening,
    /// `connect`: the socket has a peer.
    Connect,
    /// `message`: a datagram came in.
    Message,
    /// `error`: something failed that no call could report.
    Error,
    /// `close`: the socket is closed; nothing follows.
    Close,
    /// `newListener`: a listener is about to be added.
    NewListener,
    /// `removeListener`: a listener has been removed.
    RemoveListener,
    /// Sees every `error` first, and does not count as handling it.
    ///
    /// Node: `events.errorMonitor`, a symbol, which is why no text reads as this name.
    ErrorMonitor,
    /// An event of the application's own.
    Custom(Rc<str>),
}

impl EventName {
    /// Node's name, `None` for [`ErrorMonitor`](Self::ErrorMonitor), which is no text there.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        Some(match self {
            Self::Listening => "listening",
            Self::Connect => "connect",
            Self::Message => "message",
            Self::Error => "error",
            Self::Close => "close",
            Self::NewListener => "newListener",
            Self::RemoveListener => "removeListener",
            Self::ErrorMonitor => return None,
            Self::Custom(text) => text,
        })
    }

    /// Compares in the order in which `eventNames()` lists: array indexes by value, other texts as they came, symbols.
    pub(super) fn listing_order(&self, other: &Self) -> Ordering {
        self.listing_rank().cmp(&other.listing_rank())
    }

    /// The group in the listing, and the place in a group that is sorted.
    fn listing_rank(&self) -> (u8, u32) {
        match self.text() {
            None => (2, 0),
            Some(text) => array_index(text).map_or((1, 0), |index| (0, index)),
        }
    }

    /// The event that Node knows by this text.
    fn known(text: &str) -> Option<Self> {
        Some(match text {
            "listening" => Self::Listening,
            "connect" => Self::Connect,
            "message" => Self::Message,
            "error" => Self::Error,
            "close" => Self::Close,
            "newListener" => Self::NewListener,
            "removeListener" => Self::RemoveListener,
            _ => return None,
        })
    }
}

impl PartialEq for EventName {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(_), _) | (_, Self::Custom(_)) => self.text() == other.text(),
            _ => discriminant(self) == discriminant(other),
        }
    }
}

impl Eq for EventName {}

impl Hash for EventName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}

impl fmt::Display for EventName {
    /// Prints what JavaScript's `String(name)` does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text().unwrap_or("Symbol(events.errorMonitor)"))
    }
}

impl From<&str> for EventName {
    fn from(text: &str) -> Self {
        Self::known(text).unwrap_or_else(|| Self::Custom(text.into()))
    }
}

impl From<String> for EventName {
    fn from(text: String) -> Self {
        Self::known(&text).unwrap_or_else(|| Self::Custom(text.into()))
    }
}

impl From<Rc<str>> for EventName {
    fn from(text: Rc<str>) -> Self {
        Self::known(&text).unwrap_or(Self::Custom(text))
    }
}

/// Reads a canonical array index, 0..2³²−1, the keys that JavaScript lists first.
///
/// ECMA-262 § 6.1.7
fn array_index(text: &str) -> Option<u32> {
    let canonical = text == "0" || !text.starts_with(['0', '+']);
    let index = canonical.then(|| text.parse::<u32>().ok())??;
    (index != u32::MAX).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_and_its_variant_are_one_name() {
        let custom = EventName::Custom("message".into());
        assert_eq!(custom, EventName::Message);
        assert_eq!(EventName::Message, custom);
        assert_eq!(EventName::from("x"), EventName::from(String::from("x")));
        assert_ne!(EventName::from("x"), EventName::from("y"));
        assert_ne!(EventName::Message, EventName::Error);
    }

    #[test]
    fn texts_are_read_and_printed_as_in_node() {
        for text in [
            "listening",
            "connect",
            "message",
            "error",
            "close",
            "newListener",
            "removeListener",
        ] {
            let name = EventName::from(text);
            assert!(!matches!(name, EventName::Custom(_)), "{text}");
            assert_eq!(name.to_string(), text);
            assert_eq!(EventName::from(Rc::<str>::from(text)), name);
        }
        assert_eq!(EventName::from("Message").to_string(), "Message");
        assert_eq!(
            EventName::ErrorMonitor.to_string(),
            "Symbol(events.errorMonitor)"
        );
    }

    #[test]
    fn the_symbol_is_not_its_description() {
        let described = EventName::from("Symbol(events.errorMonitor)");
        assert_ne!(described, EventName::ErrorMonitor);
    }

    #[test]
    fn only_canonical_numbers_are_array_indexes() {
        assert_eq!(array_index("0"), Some(0));
        assert_eq!(array_index("4294967294"), Some(u32::MAX - 1));
        for text in ["", "4294967295", "4294967296", "01", "00", "+1", "-1", "1 "] {
            assert_eq!(array_index(text), None, "{text:?}");
        }
    }
}
