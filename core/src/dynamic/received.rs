//! How Node's error texts show what they were given.

use alloc::format;
use alloc::string::{String, ToString as _};

use super::number;
use super::value::Value;

/// The value behind `Received` in a text about a wrong type or port.
pub(super) fn received(value: &Value) -> String {
    match value {
        Value::Undefined => "undefined".into(),
        Value::Null => "null".into(),
        Value::Bool(value) => format!("type boolean ({value})"),
        Value::Number(value) => format!("type number ({})", inspect_number(*value)),
        Value::BigInt(digits) => format!("type bigint ({digits}n)"),
        Value::String(text) => format!("type string ({})", quote_cut(text)),
        Value::Symbol(description) => format!("type symbol (Symbol({description}))"),
        Value::Function(function) => format!("function {}", function.name),
        Value::Bytes(bytes) => format!("an instance of {}", bytes.kind.name()),
        Value::Array(_) => "an instance of Array".into(),
        Value::Object(object) => match (&object.class, object.entries.is_empty()) {
            (Some(class), _) => format!("an instance of {class}"),
            (None, true) => "[Object: null prototype] {}".into(),
            (None, false) => "[Object: null prototype]".into(),
        },
        Value::BlockList(_) => "an instance of BlockList".into(),
        Value::AbortSignal(_) => "an instance of AbortSignal".into(),
    }
}

/// A number as `util.inspect` shows it, which tells -0 from 0.
pub(super) fn inspect_number(value: f64) -> String {
    if value == 0.0 && value.is_sign_negative() {
        "-0".into()
    } else {
        number::print(value)
    }
}

/// A number out of range: large whole ones have separators.
pub(super) fn inspect_large(value: f64) -> String {
    let text = inspect_number(value);
    if number::is_integer(value) && value.abs() > 4_294_967_296.0 {
        number::separate(&text)
    } else {
        text
    }
}

/// A string as `util.inspect` shows it in a text about a wrong value, cut after 128 UTF-16 units.
pub(super) fn inspect_string(text: &str) -> String {
    const LINE: usize = 76;
    const LONGEST: usize = 128;
    let inspected = if utf16_len(text) > LINE {
        let lines: alloc::vec::Vec<String> = text.split_inclusive('\n').map(quote).collect();
        lines.join(" +\n  ")
    } else {
        quote(text)
    };
    if utf16_len(&inspected) > LONGEST {
        format!("{}...", utf16_prefix(&inspected, LONGEST, lossy))
    } else {
        inspected
    }
}

/// Cuts a string of more than 28 UTF-16 units after 25; one with an apostrophe is quoted as in JSON.
fn quote_cut(text: &str) -> String {
    let (kept, dots) = if utf16_len(text) > 28 {
        (25, "...")
    } else {
        (28, "")
    };
    let shown = utf16_prefix(text, kept, lossy);
    if shown.contains('\'') {
        let escaped = utf16_prefix(text, kept, escape_json);
        format!("\"{escaped}{dots}\"")
    } else {
        format!("'{shown}{dots}'")
    }
}

/// Quotes with the first of `'`, `"` and a backtick that the text does not contain.
fn quote(text: &str) -> String {
    let mark = if !text.contains('\'') {
        '\''
    } else if !text.contains('"') {
        '"'
    } else if !text.contains('`') && !text.contains("${") {
        '`'
    } else {
        '\''
    };
    let mut quoted = String::from(mark);
    for character in text.chars() {
        match character {
            '\u{8}' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\u{c}' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '\\' => quoted.push_str("\\\\"),
            '\'' if mark == '\'' => quoted.push_str("\\'"),
            '\0'..=' ' | '\u{7f}'..='\u{9f}' if character.is_control() => {
                quoted.push_str(&format!("\\x{:02X}", u32::from(character)));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push(mark);
    quoted
}

/// One character of a cut text, or the half of one that the cut has left.
type Half = Result<char, u16>;

fn lossy(character: Half) -> String {
    character.unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
}

fn escape_json(character: Half) -> String {
    match character {
        Ok('"') => "\\\"".into(),
        Ok('\\') => "\\\\".into(),
        Ok('\u{8}') => "\\b".into(),
        Ok('\t') => "\\t".into(),
        Ok('\n') => "\\n".into(),
        Ok('\u{c}') => "\\f".into(),
        Ok('\r') => "\\r".into(),
        Ok(control @ '\0'..='\u{1f}') => format!("\\u{:04x}", u32::from(control)),
        Ok(character) => character.into(),
        Err(half) => format!("\\u{half:04x}"),
    }
}

fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The first `units` UTF-16 units, each character written by `write`.
fn utf16_prefix(text: &str, units: usize, write: impl Fn(Half) -> String) -> String {
    char::decode_utf16(text.encode_utf16().take(units))
        .map(|character| write(character.map_err(|half| half.unpaired_surrogate())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_strings_are_cut_by_utf16_units() {
        for (text, shown) in [
            ("x".repeat(28), alloc::format!("'{}'", "x".repeat(28))),
            ("x".repeat(29), alloc::format!("'{}...'", "x".repeat(25))),
            (
                "\u{1f600}".repeat(15),
                alloc::format!("'{}\u{fffd}...'", "\u{1f600}".repeat(12)),
            ),
            (
                alloc::format!("'{}", "\u{1f600}".repeat(15)),
                alloc::format!("\"'{}...\"", "\u{1f600}".repeat(12)),
            ),
            (
                alloc::format!("''{}", "\u{1f600}".repeat(15)),
                alloc::format!("\"''{}\\ud83d...\"", "\u{1f600}".repeat(11)),
            ),
            // The apostrophe is behind the cut.
            (
                alloc::format!("{}'", "x".repeat(40)),
                alloc::format!("'{}...'", "x".repeat(25)),
            ),
        ] {
            assert_eq!(quote_cut(&text), shown);
        }
    }

    #[test]
    fn quotes_are_the_first_ones_that_need_no_escape() {
        for (text, shown) in [
            ("x", "'x'"),
            ("it's", "\"it's\""),
            ("'\"", "`'\"`"),
            ("'\"`", "'\\'\"`'"),
            ("'\"${", "'\\'\"${'"),
            ("\u{1b}\u{7f}\u{b}", "'\\x1B\\x7F\\x0B'"),
        ] {
            assert_eq!(quote(text), shown);
        }
    }
}
