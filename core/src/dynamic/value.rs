//! JavaScript's values, as far as `dgram` can be called with them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// A value as JavaScript has it.
///
/// Functions, block lists and abort signals are known by an id of the owner's choice.
///
/// ```
/// use anydgram_core::dynamic::{Bytes, Function, Object, Value};
/// let args = [
///     Value::from("hello"),
///     Value::from(9),
///     Object::new().with("fd", 3).into(),
///     Bytes::buffer(b"bytes".as_slice()).into(),
///     Function::new("done", 1).into(),
/// ];
/// assert!(args.iter().all(Value::truthy));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the language has these types, and dgram tells no other classes apart"
)]
pub enum Value {
    /// `undefined`, and every argument that is missing.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A bigint, in decimal digits without the `n`.
    BigInt(String),
    /// A string; lone surrogates cannot be expressed.
    String(String),
    /// A symbol, by its description; one without a description has an empty one.
    Symbol(String),
    /// A view of bytes, or the bytes themselves.
    Bytes(Bytes),
    /// An array.
    Array(Vec<Self>),
    /// Any other object.
    Object(Object),
    /// A function or a class.
    Function(Function),
    /// A `net.BlockList`.
    BlockList(u64),
    /// An `AbortSignal`.
    AbortSignal(u64),
}

impl Value {
    /// What `Boolean(value)` is.
    #[must_use]
    pub fn truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => !(*number == 0.0 || number.is_nan()),
            Self::BigInt(digits) => digits.bytes().any(|digit| matches!(digit, b'1'..=b'9')),
            Self::String(text) => !text.is_empty(),
            Self::Symbol(_)
            | Self::Bytes(_)
            | Self::Array(_)
            | Self::Object(_)
            | Self::Function(_)
            | Self::BlockList(_)
            | Self::AbortSignal(_) => true,
        }
    }

    /// Whether the value is `undefined` or `null`.
    #[must_use]
    pub const fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// Whether `typeof value` is `object`, and the value is not `null`.
    #[must_use]
    pub const fn is_object(&self) -> bool {
        match self {
            Self::Bytes(_)
            | Self::Array(_)
            | Self::Object(_)
            | Self::BlockList(_)
            | Self::AbortSignal(_) => true,
            Self::Undefined
            | Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::BigInt(_)
            | Self::String(_)
            | Self::Symbol(_)
            | Self::Function(_) => false,
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The id of a function.
    #[must_use]
    pub const fn as_function(&self) -> Option<u64> {
        if let Self::Function(function) = self {
            Some(function.id)
        } else {
            None
        }
    }

    /// The property `key` of an object with entries; `undefined` where there is none.
    #[must_use]
    pub fn get(&self, key: &str) -> &Self {
        match self {
            Self::Object(object) => object.get(key).unwrap_or(&UNDEFINED),
            _ => &UNDEFINED,
        }
    }
}

static UNDEFINED: Value = Value::Undefined;

/// The argument at `index`.
pub(super) fn argument(args: &[Value], index: usize) -> &Value {
    args.get(index).unwrap_or(&UNDEFINED)
}

/// Bytes, and the class through which JavaScript sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Bytes {
    /// The class.
    pub kind: BytesKind,
    /// Those that are seen, without the rest of their memory.
    pub bytes: Vec<u8>,
}

impl Bytes {
    /// `bytes` as a `Buffer`.
    #[must_use]
    pub fn buffer(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(BytesKind::Buffer, bytes)
    }

    /// `bytes` as an object of the class `kind`.
    #[must_use]
    pub fn new(kind: BytesKind, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            bytes: bytes.into(),
        }
    }
}

macro_rules! bytes_kinds {
    ($($kind:ident $name:literal),+ $(,)?) => {
        /// The classes that hold bytes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum BytesKind {
            $(#[doc = concat!("`", $name, "`.")] $kind,)+
        }

        impl BytesKind {
            /// The name of the class.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// The class of that name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)+
                    _ => None,
                }
            }
        }
    };
}

bytes_kinds! {
    Buffer "Buffer",
    DataView "DataView",
    Int8 "Int8Array",
    Uint8 "Uint8Array",
    Uint8Clamped "Uint8ClampedArray",
    Int16 "Int16Array",
    Uint16 "Uint16Array",
    Int32 "Int32Array",
    Uint32 "Uint32Array",
    Float32 "Float32Array",
    Float64 "Float64Array",
    BigInt64 "BigInt64Array",
    BigUint64 "BigUint64Array",
    ArrayBuffer "ArrayBuffer",
    SharedArrayBuffer "SharedArrayBuffer",
}

impl BytesKind {
    /// Whether the class is a view, as `ArrayBuffer.isView` says: only views can be sent.
    #[must_use]
    pub const fn is_view(self) -> bool {
        !matches!(self, Self::ArrayBuffer | Self::SharedArrayBuffer)
    }
}

/// An object: its class, its properties, and what it converts to.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Object {
    /// The name of its constructor; `None` for an object without prototype.
    pub class: Option<String>,
    /// Its properties; of two equal keys, the later one counts.
    pub entries: Vec<(String, Value)>,
    /// What it is where a primitive value is wanted; `None`: the text `[object Object]`.
    pub primitive: Option<Box<Value>>,
}

impl Object {
    /// `{}`.
    #[must_use]
    pub fn new() -> Self {
        Self::of_class("Object")
    }

    /// An instance of the class `name`.
    #[must_use]
    pub fn of_class(name: &str) -> Self {
        Self {
            class: Some(name.into()),
            ..Self::default()
        }
    }

    /// `Object.create(null)`.
    #[must_use]
    pub fn without_prototype() -> Self {
        Self::default()
    }

    /// The same object with one more property.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.entries.push((key.into(), value.into()));
        self
    }

    /// The same object with `value` where a primitive is wanted: what `new String(value)` wraps, the
    /// milliseconds of a `Date`.
    #[must_use]
    pub fn converting_to(mut self, value: impl Into<Value>) -> Self {
        self.primitive = Some(Box::new(value.into()));
        self
    }

    /// The property `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let found = self.entries.iter().rev().find(|(name, _)| name == key);
        found.map(|(_, value)| value)
    }
}

/// A function: its name, which error texts show, and its id, by which the owner finds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Function {
    /// Its name; may be empty.
    pub name: String,
    /// Its id.
    pub id: u64,
}

impl Function {
    /// The function `id`.
    #[must_use]
    pub fn new(name: &str, id: u64) -> Self {
        Self {
            name: name.into(),
            id,
        }
    }
}

macro_rules! values_from {
    ($($type:ty, $name:ident => $value:expr;)+) => {
        $(impl From<$type> for Value {
            fn from($name: $type) -> Self {
                $value
            }
        })+
    };
}

values_from! {
    (), _unit => Self::Undefined;
    bool, value => Self::Bool(value);
    f64, number => Self::Number(number);
    u8, number => Self::Number(number.into());
    u16, number => Self::Number(number.into());
    u32, number => Self::Number(number.into());
    i32, number => Self::Number(number.into());
    &str, text => Self::String(text.into());
    String, text => Self::String(text);
    &[u8], bytes => Self::Bytes(Bytes::buffer(bytes));
    Vec<u8>, bytes => Self::Bytes(Bytes::buffer(bytes));
    Bytes, bytes => Self::Bytes(bytes);
    Vec<Self>, items => Self::Array(items);
    Object, object => Self::Object(object);
    Function, function => Self::Function(function);
}

// By its debug text: the type holds itself, which a derived implementation cannot resolve.
#[cfg(feature = "defmt")]
impl defmt::Format for Value {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::Debug2Format(self).format(f);
    }
}

// By its debug text: the type holds itself, which a derived implementation cannot resolve.
#[cfg(feature = "defmt")]
impl defmt::Format for Object {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::Debug2Format(self).format(f);
    }
}
