//! Bytes as scenarios and traces write them.

use serde_json::{Value as Json, json};

use crate::mistake::Mistake;

/// Reads `"text"`, `{"hex": "00ff"}` or `{"repeat": 7, "length": 65507}`.
pub(crate) fn parse(json: &Json) -> Result<Vec<u8>, Mistake> {
    let wrong = || Mistake::new(format!("not bytes: {json}"));
    if let Some(text) = json.as_str() {
        return Ok(text.as_bytes().to_vec());
    }
    if let Some(digits) = json.get("hex").and_then(Json::as_str) {
        return from_hex(digits).ok_or_else(wrong);
    }
    let number = |key: &str| json.get(key).and_then(Json::as_u64);
    let byte = number("repeat").and_then(|byte| u8::try_from(byte).ok());
    let length = number("length").and_then(|length| usize::try_from(length).ok());
    Ok(vec![byte.ok_or_else(wrong)?; length.ok_or_else(wrong)?])
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

/// Text if it is printable, else a repetition or hexadecimal digits.
pub(crate) fn describe(bytes: &[u8]) -> Json {
    if let Some(first) = bytes.first()
        && bytes.len() > 32
        && bytes.iter().all(|byte| byte == first)
    {
        return json!({ "repeat": first, "length": bytes.len() });
    }
    match core::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(is_printable) => text.into(),
        _ => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "hex": digits })
        }
    }
}

fn is_printable(character: char) -> bool {
    !matches!(character, '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f' | '\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_text_repetitions_or_digits() {
        for (bytes, shown) in [
            (b"text\t\n".to_vec(), json!("text\t\n")),
            (vec![], json!("")),
            (vec![0, 255], json!({ "hex": "00ff" })),
            (vec![7; 33], json!({ "repeat": 7, "length": 33 })),
            (vec![b'x'; 32], json!("x".repeat(32))),
            (b"\r".to_vec(), json!({ "hex": "0d" })),
        ] {
            assert_eq!(describe(&bytes), shown);
            assert_eq!(parse(&shown).unwrap(), bytes);
        }
        assert!(parse(&json!({ "hex": "0g" })).is_err());
        assert!(parse(&json!(5)).is_err());
    }
}
