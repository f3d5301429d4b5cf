//! JSON, as far as the table needs it.

use core::iter::Peekable;
use core::str::Chars;

/// A JSON value; members in their order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Json {
    pub(crate) fn parse(text: &str) -> Self {
        let mut chars = text.chars().peekable();
        let value = read(&mut chars);
        assert_eq!(chars.next(), None, "{text}");
        value
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(members) = self else {
            return None;
        };
        members
            .iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        if let Self::List(items) = self {
            items
        } else {
            &[]
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Json {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

fn read(chars: &mut Peekable<Chars<'_>>) -> Json {
    match chars.peek() {
        Some('"') => Json::Text(read_text(chars)),
        Some('[') => Json::List(read_items(chars, ']', read)),
        Some('{') => Json::Map(read_items(chars, '}', |chars| {
            let key = read_text(chars);
            assert_eq!(chars.next(), Some(':'));
            (key, read(chars))
        })),
        _ => read_word(chars),
    }
}

fn read_items<T>(
    chars: &mut Peekable<Chars<'_>>,
    end: char,
    read: impl Fn(&mut Peekable<Chars<'_>>) -> T,
) -> Vec<T> {
    let mut items = Vec::new();
    while let Some(separator) = chars.next() {
        assert!("[{,]}".contains(separator), "{separator}");
        if separator == end || (items.is_empty() && chars.next_if_eq(&end).is_some()) {
            return items;
        }
        items.push(read(chars));
    }
    panic!("no {end}");
}

fn read_word(chars: &mut Peekable<Chars<'_>>) -> Json {
    let mut word = String::new();
    while let Some(character) = chars.next_if(|character| !",]}".contains(*character)) {
        word.push(character);
    }
    match word.as_str() {
        "null" => Json::Null,
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        number => Json::Number(number.parse().expect("a number")),
    }
}

fn read_text(chars: &mut Peekable<Chars<'_>>) -> String {
    assert_eq!(chars.next(), Some('"'));
    let mut text = String::new();
    loop {
        match chars.next().expect("a closed text") {
            '"' => return text,
            '\\' => text.push(match chars.next().expect("an escape") {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let unit = u32::from_str_radix(&digits, 16).expect("four digits");
                    char::from_u32(unit).expect("no surrogate")
                }
                other => other,
            }),
            other => text.push(other),
        }
    }
}
