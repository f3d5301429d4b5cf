//! Values in the notation of the table.

use anydgram_core::dynamic::{Bytes, BytesKind, Function, Object, Value};

use crate::json::Json;

/// The id of the function, signal or block list with this label.
pub(crate) fn id_of(label: &str) -> u64 {
    label
        .bytes()
        .fold(1, |id, byte| (id << 8) | u64::from(byte))
}

pub(crate) fn decode(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(*number),
        Json::Text(text) => Value::from(text.as_str()),
        Json::List(items) => Value::Array(items.iter().map(decode).collect()),
        Json::Map(members) => members
            .iter()
            .find(|(key, _)| key.starts_with('$'))
            .map_or_else(
                || Value::Object(with_entries(Object::new(), members)),
                |(key, value)| special(key, value, json),
            ),
    }
}

fn with_entries(object: Object, members: &[(String, Json)]) -> Object {
    members.iter().fold(object, |object, (key, value)| {
        object.with(key, decode(value))
    })
}

fn special(key: &str, value: &Json, json: &Json) -> Value {
    let text = value.text().unwrap_or_default();
    match key {
        "$undefined" => Value::Undefined,
        "$number" => Value::Number(match text {
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            "-0" => -0.0,
            _ => f64::NAN,
        }),
        "$bigint" => Value::BigInt(text.into()),
        "$symbol" => Value::Symbol(text.into()),
        "$callback" => Function::new(text, id_of(text)).into(),
        "$signal" => Value::AbortSignal(id_of(text)),
        "$blocklist" => Value::BlockList(id_of(text)),
        "$bytes" => {
            let class = json.get("as").and_then(Json::text).unwrap_or("Buffer");
            let kind = BytesKind::parse(class).expect("a class of bytes");
            Bytes::new(kind, text).into()
        }
        "$instance" => instance(text, json.get("of").map(Json::list).unwrap_or_default()),
        "$bare" => {
            let Json::Map(members) = value else {
                panic!("{json:?}");
            };
            with_entries(Object::without_prototype(), members).into()
        }
        _ => panic!("{json:?}"),
    }
}

fn instance(class: &str, of: &[Json]) -> Value {
    let object = Object::of_class(class);
    match (class, of) {
        ("Date" | "String" | "Number" | "Boolean", [value]) => {
            object.converting_to(decode(value)).into()
        }
        _ => object.into(),
    }
}
