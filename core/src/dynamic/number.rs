//! Numbers as JavaScript prints, reads and wraps them.

use alloc::format;
use alloc::string::String;

/// What `String(number)` is: the shortest digits that read back as the same number.
///
/// ECMA-262: `Number::toString`
pub(super) fn print(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number == 0.0 {
        return "0".into();
    }
    if number.is_infinite() {
        let text = if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        return text.into();
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(|&digit| digit != '.').collect();
    let point = exponent.parse::<i32>().unwrap_or(0).saturating_add(1);
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}", place_point(&digits, point))
}

/// Writes `digits` with the decimal point behind the first `point` of them.
fn place_point(digits: &str, point: i32) -> String {
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if (count..=21).contains(&point) {
        return format!("{digits}{}", zeros(point.saturating_sub(count)));
    }
    if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
        return format!("{whole}.{fraction}");
    }
    if (-5..=0).contains(&point) {
        return format!("0.{}{digits}", zeros(point.saturating_neg()));
    }
    let exponent = point.saturating_sub(1);
    let (first, rest) = digits.split_at(1);
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{first}{dot}{rest}e{exponent:+}")
}

/// A large number's text as Node's range errors show it: an underscore before every three characters
/// from the end, also within an exponent.
pub(super) fn separate(text: &str) -> String {
    let shortest = if text.starts_with('-') { 5 } else { 4 };
    let mut head = text;
    let mut tail = String::new();
    while head.len() >= shortest {
        let (rest, group) = head.split_at(head.len().saturating_sub(3));
        tail = format!("_{group}{tail}");
        head = rest;
    }
    format!("{head}{tail}")
}

/// What `Number(text)` is.
///
/// ECMA-262: `StringToNumber`
pub(super) fn parse(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return 0.0;
    }
    for (prefix, bits) in [
        ("0x", 4),
        ("0X", 4),
        ("0o", 3),
        ("0O", 3),
        ("0b", 1),
        ("0B", 1),
    ] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return parse_digits(digits, bits).unwrap_or(f64::NAN);
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "Infinity" || is_decimal(unsigned) {
        return text.parse().unwrap_or(f64::NAN);
    }
    f64::NAN
}

/// White space and line ends of the language; Unicode's U+0085 is none, U+FEFF is.
pub(super) fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

/// Reads digits of `bits` bits each, rounding once. `None` for anything else.
fn parse_digits(digits: &str, bits: u32) -> Option<f64> {
    if digits.is_empty() {
        return None;
    }
    let mut top: u128 = 0;
    let mut dropped = 0_u32;
    for digit in digits.chars() {
        let digit = digit.to_digit(1 << bits)?;
        if top >> 120 == 0 {
            top = (top << bits) | u128::from(digit);
        } else {
            // Too far down to count, unless it breaks a tie.
            top |= u128::from(digit != 0);
            dropped = dropped.saturating_add(bits);
        }
    }
    // Rounds to the nearest, ties to even.
    let mut number = top as f64;
    while dropped > 0 && number.is_finite() && number > 0.0 {
        number *= 2.0;
        dropped -= 1;
    }
    Some(number)
}

/// Whether the text is digits with at most one point among or around them, and perhaps an exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    exponent_fits
        && are_digits(whole)
        && are_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
}

/// Whether `Number.isInteger(number)`.
pub(super) fn is_integer(number: f64) -> bool {
    number.is_finite() && number % 1.0 == 0.0
}

/// The whole part of `number` modulo 2³²; 0 for what is not finite.
///
/// ECMA-262: `ToUint32`
pub(super) const fn wrap(number: f64) -> u32 {
    const FRACTION_BITS: u64 = 52;
    const BIAS: u64 = 1075;
    let bits = number.to_bits();
    let exponent = (bits >> FRACTION_BITS) & 0x7ff;
    let fraction = bits & ((1 << FRACTION_BITS) - 1) | 1 << FRACTION_BITS;
    let magnitude = match exponent {
        1023..=BIAS => fraction >> (BIAS - exponent),
        // What a longer shift leaves are zeros.
        1076..1107 => fraction << (exponent - BIAS),
        _ => 0,
    };
    let [low @ .., _, _, _, _] = magnitude.to_le_bytes();
    let magnitude = u32::from_le_bytes(low);
    if number.is_sign_negative() {
        magnitude.wrapping_neg()
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_in_javascript() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-1.0, "-1"),
            (1.5, "1.5"),
            (0.1, "0.1"),
            (100.0, "100"),
            (123_456_789_012.5, "123456789012.5"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.25e-7, "1.25e-7"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(print(number), text);
        }
    }

    #[test]
    fn strings_read_as_in_javascript() {
        for (text, number) in [
            ("", 0.0),
            (" \t\n\u{a0}\u{feff}", 0.0),
            (" 9 ", 9.0),
            ("+9", 9.0),
            ("-0", -0.0),
            ("5.", 5.0),
            (".5", 0.5),
            ("5.e1", 50.0),
            ("1e3", 1000.0),
            ("1E-3", 0.001),
            ("0x10", 16.0),
            ("0XfF", 255.0),
            ("0o17", 15.0),
            ("0b101", 5.0),
            ("00012", 12.0),
            ("-Infinity", f64::NEG_INFINITY),
            ("1e999", f64::INFINITY),
            // Halfway between two numbers: the even one, unless something far down breaks the tie.
            ("0x20000000000001", 9_007_199_254_740_992.0),
            (
                "0x200000000000010000000000000000000000000000000",
                1.915_619_426_082_361e53,
            ),
            (
                "0x200000000000010000000000000000000000000000001",
                1.915_619_426_082_361_5e53,
            ),
        ] {
            let got = parse(text);
            assert_eq!(got.to_bits(), number.to_bits(), "{text}: {got}");
        }
        assert!(parse(&alloc::format!("0x{}", "f".repeat(300))).is_infinite());
        for text in [
            "abc", "1_0", "1n", "0x", "0x1g", "-0x1", "+0x9", "1e", "e5", ".", "+", "--1", "inf",
            "nan", "infinity", "1 2", "1.2.3", "\u{85}1", "0b2",
        ] {
            assert!(parse(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn numbers_wrap_to_32_bits() {
        for (number, wrapped) in [
            (0.0, 0),
            (1.9, 1),
            (-1.9, u32::MAX),
            (0.5, 0),
            (4_294_967_296.0, 0),
            (4_294_967_297.0, 1),
            (-4_294_967_297.0, u32::MAX),
            (77_889.0, 77_889),
            (1e21, 3_735_027_712),
            (2_f64.powi(83) + 2_f64.powi(31), 1 << 31),
            (2_f64.powi(84), 0),
            (f64::NAN, 0),
            (f64::INFINITY, 0),
            (5e-324, 0),
        ] {
            assert_eq!(wrap(number), wrapped, "{number}");
        }
    }

    #[test]
    fn separators_come_from_the_end() {
        for (text, separated) in [
            ("8589934592", "8_589_934_592"),
            ("-8589934592", "-8_589_934_592"),
            ("1e+21", "1e_+21"),
            ("-1e+300", "-1e+_300"),
            ("123", "123"),
        ] {
            assert_eq!(separate(text), separated);
        }
    }
}
