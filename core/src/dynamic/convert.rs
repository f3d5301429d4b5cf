//! What values become where a number or a text is wanted.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::error::ArgumentError;
use super::number;
use super::value::{Bytes, BytesKind, Object, Value};

/// The arithmetic that a bigint refuses, for its error's text.
#[derive(Clone, Copy)]
enum Arithmetic {
    Conversion,
    Operator,
}

impl Value {
    /// What `Number(value)` is, but for bigints.
    ///
    /// # Errors
    /// Node's `TypeError` for a symbol, a bigint, and an object without prototype.
    ///
    /// ECMA-262: `ToNumber`
    pub fn to_number(&self) -> Result<f64, ArgumentError> {
        self.number_for(Arithmetic::Conversion)
    }

    /// The number modulo 2³².
    ///
    /// # Errors
    /// As [`to_number`](Self::to_number).
    ///
    /// ECMA-262: `ToUint32`
    pub fn to_uint32(&self) -> Result<u32, ArgumentError> {
        Ok(number::wrap(self.to_number()?))
    }

    /// The number modulo 2³², from -2³¹.
    ///
    /// # Errors
    /// As [`to_number`](Self::to_number).
    ///
    /// ECMA-262: `ToInt32`
    pub fn to_int32(&self) -> Result<i32, ArgumentError> {
        Ok(self.to_uint32()?.cast_signed())
    }

    /// What `String(value)` is, but for symbols.
    ///
    /// # Errors
    /// Node's `TypeError` for a symbol and an object without prototype.
    ///
    /// ECMA-262: `ToString`
    pub fn to_text(&self) -> Result<String, ArgumentError> {
        Ok(match self {
            Self::Undefined => "undefined".into(),
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => number::print(*value),
            Self::BigInt(digits) => digits.clone(),
            Self::String(text) => text.clone(),
            Self::Symbol(_) => {
                return Err(ArgumentError::plain(
                    "Cannot convert a Symbol value to a string",
                ));
            }
            Self::Bytes(bytes) => bytes_to_text(bytes),
            Self::Array(items) => {
                let items: Result<Vec<String>, ArgumentError> = items
                    .iter()
                    .map(|item| {
                        if item.is_nullish() {
                            Ok(String::new())
                        } else {
                            item.to_text()
                        }
                    })
                    .collect();
                items?.join(",")
            }
            Self::Object(object) => return primitive_of(object)?.to_text(),
            Self::Function(function) => format!("function {}() {{ [code] }}", function.name),
            Self::BlockList(_) => "[object Object]".into(),
            Self::AbortSignal(_) => "[object AbortSignal]".into(),
        })
    }

    /// What `value >>> 0` is.
    pub(super) fn shift_to_uint32(&self) -> Result<u32, ArgumentError> {
        Ok(number::wrap(self.number_for(Arithmetic::Operator)?))
    }

    fn number_for(&self, arithmetic: Arithmetic) -> Result<f64, ArgumentError> {
        Ok(match self {
            Self::Undefined => f64::NAN,
            Self::Null => 0.0,
            Self::Bool(value) => f64::from(u8::from(*value)),
            Self::Number(value) => *value,
            Self::String(text) => number::parse(text),
            Self::Symbol(_) => {
                return Err(ArgumentError::plain(
                    "Cannot convert a Symbol value to a number",
                ));
            }
            Self::BigInt(_) => {
                return Err(ArgumentError::plain(match arithmetic {
                    Arithmetic::Conversion => "Cannot convert a BigInt value to a number",
                    Arithmetic::Operator => {
                        "Cannot mix BigInt and other types, use explicit conversions"
                    }
                }));
            }
            Self::Object(object) => return primitive_of(object)?.number_for(arithmetic),
            Self::Bytes(_)
            | Self::Array(_)
            | Self::Function(_)
            | Self::BlockList(_)
            | Self::AbortSignal(_) => number::parse(&self.to_text()?),
        })
    }
}

/// ECMA-262: `ToPrimitive`
fn primitive_of(object: &Object) -> Result<Value, ArgumentError> {
    match (&object.primitive, &object.class) {
        (Some(value), _) if !matches!(**value, Value::Object(_)) => Ok((**value).clone()),
        (None, Some(_)) => Ok(Value::from("[object Object]")),
        (Some(_), _) | (None, None) => Err(ArgumentError::plain(
            "Cannot convert object to primitive value",
        )),
    }
}

/// A buffer is its UTF-8 text, a typed array the list of its elements, which are little-endian here.
fn bytes_to_text(Bytes { kind, bytes }: &Bytes) -> String {
    match kind {
        BytesKind::Buffer => String::from_utf8_lossy(bytes).into_owned(),
        BytesKind::DataView | BytesKind::ArrayBuffer | BytesKind::SharedArrayBuffer => {
            format!("[object {}]", kind.name())
        }
        BytesKind::Uint8 | BytesKind::Uint8Clamped => elements(bytes, |[byte]| byte.to_string()),
        BytesKind::Int8 => elements(bytes, |byte| i8::from_le_bytes(byte).to_string()),
        BytesKind::Int16 => elements(bytes, |pair| i16::from_le_bytes(pair).to_string()),
        BytesKind::Uint16 => elements(bytes, |pair| u16::from_le_bytes(pair).to_string()),
        BytesKind::Int32 => elements(bytes, |four| i32::from_le_bytes(four).to_string()),
        BytesKind::Uint32 => elements(bytes, |four| u32::from_le_bytes(four).to_string()),
        BytesKind::Float32 => {
            elements(bytes, |four| number::print(f32::from_le_bytes(four).into()))
        }
        BytesKind::Float64 => elements(bytes, |eight| number::print(f64::from_le_bytes(eight))),
        BytesKind::BigInt64 => elements(bytes, |eight| i64::from_le_bytes(eight).to_string()),
        BytesKind::BigUint64 => elements(bytes, |eight| u64::from_le_bytes(eight).to_string()),
    }
}

fn elements<const N: usize>(bytes: &[u8], print: impl Fn([u8; N]) -> String) -> String {
    let elements = bytes.chunks_exact(N.max(1)).map(<[u8; N]>::try_from);
    let texts: Vec<String> = elements.flatten().map(print).collect();
    texts.join(",")
}
