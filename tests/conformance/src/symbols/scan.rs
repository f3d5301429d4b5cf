//! Finding symbols in texts, and values that have to become symbols.

/// A piece of a text with symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    /// `$$`
    Dollar,
    /// `$name` or `$name:label`
    Symbol {
        name: &'a str,
        label: Option<&'a str>,
        whole: &'a str,
    },
}

/// Splits a text into its parts; a `$` that begins no symbol is text.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        let (part, length) = part(from);
        parts.push(part);
        rest = from.get(length..).unwrap_or_default();
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The part at the start of a text that begins with `$`, and its length.
fn part(text: &str) -> (Part<'_>, usize) {
    let behind = text.get(1..).unwrap_or_default();
    if behind.starts_with('$') {
        return (Part::Dollar, 2);
    }
    let name = leading(behind, |byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
    });
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return (Part::Text("$"), 1);
    }
    let behind = behind.get(name.len()..).unwrap_or_default();
    let label = behind.strip_prefix(':').map(|behind| {
        leading(behind, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
        })
    });
    let label = label.filter(|label| label.starts_with(|first: char| first.is_ascii_alphabetic()));
    let length = 1 + name.len() + label.map_or(0, |label| 1 + label.len());
    let whole = text.get(..length).unwrap_or_default();
    (Part::Symbol { name, label, whole }, length)
}

/// The longest start of a text whose bytes all fit.
fn leading(text: &str, fits: impl Fn(u8) -> bool) -> &str {
    let end = text.bytes().position(|byte| !fits(byte));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Replaces every `value` that stands for itself, not as a piece of a longer address or word.
pub(super) fn replace_value(text: &str, value: &str, symbol: &str) -> String {
    let mut result = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices(value) {
        let before = text.get(..at).unwrap_or_default();
        let behind = text.get(at + value.len()..).unwrap_or_default();
        if at < done || !stands_alone(value, before, behind) {
            continue;
        }
        result.push_str(text.get(done..at).unwrap_or_default());
        result.push_str(symbol);
        done = at + value.len();
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}

fn stands_alone(value: &str, before: &str, behind: &str) -> bool {
    let last = before.bytes().next_back();
    let first = behind.bytes().next();
    if value.contains(':') {
        let port_may_follow = first != Some(b':') || starts_with_digit(behind.get(1..));
        return !last.is_some_and(|byte| is_word(byte) || byte == b':' || byte == b'.')
            && !first.is_some_and(|byte| is_word(byte) || byte == b'.')
            && port_may_follow;
    }
    if value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        let number = behind.strip_prefix('.').unwrap_or(behind);
        return !last.is_some_and(|byte| byte.is_ascii_digit() || byte == b'.')
            && !starts_with_digit(Some(number));
    }
    !last.is_some_and(is_word) && !first.is_some_and(is_word)
}

fn starts_with_digit(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.starts_with(|first: char| first.is_ascii_digit()))
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Replaces numbers of two to five digits that stand for themselves and that `symbol` knows.
pub(super) fn replace_ports(text: &str, symbol: impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|first: char| first.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let digits = leading(from, |byte| byte.is_ascii_digit());
        let behind = from.get(digits.len()..).unwrap_or_default();
        let joined = leading(behind, |byte| is_word(byte) || byte == b'.');
        result.push_str(before);
        let is_free = !result
            .bytes()
            .next_back()
            .is_some_and(|byte| is_word(byte) || byte == b'.');
        let is_number = (2..=5).contains(&digits.len()) && !joined.bytes().any(is_word);
        let known = (is_free && is_number).then(|| symbol(digits)).flatten();
        result.push_str(known.as_deref().unwrap_or(digits));
        rest = behind;
    }
    result.push_str(rest);
    result
}
