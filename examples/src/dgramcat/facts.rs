//! What `--verbose` tells of a datagram beside its sender and its bytes.

use anydgram_core::{Instant, Message};
use serde_json::{Map, Value};

use super::interfaces::Interfaces;

/// What is known of a datagram; what the system has not told is `None`.
#[derive(Debug, Default)]
pub(super) struct Facts {
    local: Option<String>,
    interface: Option<(u32, Option<String>)>,
    hop_limit: Option<u8>,
    traffic_class: Option<u8>,
    timestamp: Option<Instant>,
    truncated_by: usize,
}

impl Facts {
    pub(super) fn new(message: &Message<'_>, interfaces: &dyn Interfaces) -> Self {
        let meta = message.meta;
        let name_of = |index| {
            let all = interfaces.list().unwrap_or_default();
            let of_index = all.into_iter().find(|one| one.index == index);
            of_index.map(|one| one.name)
        };
        Self {
            local: meta.local.map(|local| interfaces.address_text(local)),
            interface: meta.interface.map(|index| (index, name_of(index))),
            hop_limit: meta.hop_limit,
            traffic_class: meta.traffic_class,
            timestamp: meta.timestamp,
            truncated_by: message.truncated_by(),
        }
    }

    /// For people, on one line.
    pub(super) fn text(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.local.as_ref().map(|local| format!("to {local}")));
        parts.extend(self.interface.as_ref().map(|(index, name)| match name {
            Some(name) => format!("on {name}"),
            None => format!("on interface {index}"),
        }));
        parts.extend(self.hop_limit.map(|hops| format!("hop limit {hops}")));
        if let Some(class) = self.traffic_class {
            parts.push(format!("ECN {}", class & 3));
            parts.push(format!("DSCP {}", class >> 2));
        }
        parts.extend(self.timestamp.map(|at| format!("at {}", seconds(at))));
        if self.truncated_by > 0 {
            parts.push(format!("{} bytes are missing", self.truncated_by));
        }
        if parts.is_empty() {
            parts.push("the system tells nothing more".to_owned());
        }
        parts.join(", ")
    }

    /// For programs, as members of an object.
    pub(super) fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        add("local", self.local.as_deref().map(Value::from));
        let (index, name) = self.interface.clone().unzip();
        add("interface", name.flatten().map(Value::from));
        add("interfaceIndex", index.map(Value::from));
        add("hopLimit", self.hop_limit.map(Value::from));
        add("trafficClass", self.traffic_class.map(Value::from));
        add("ecn", self.traffic_class.map(|class| (class & 3).into()));
        add("timestamp", self.timestamp.map(|at| seconds(at).into()));
        add("missing", Some(self.truncated_by.into()));
        members
    }
}

/// Seconds with six decimals: as text, of which no reader of JSON takes digits away.
fn seconds(at: Instant) -> String {
    let micros = at.as_micros();
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Facts {
        Facts {
            local: Some("fe80::1%eth0".to_owned()),
            interface: Some((3, Some("eth0".to_owned()))),
            hop_limit: Some(64),
            traffic_class: Some(0b1011_1001),
            timestamp: Some(Instant::from_micros(1_795_401_600_000_042)),
            truncated_by: 7,
        }
    }

    #[test]
    fn people_are_told_what_is_known() {
        assert_eq!(
            all().text(),
            "to fe80::1%eth0, on eth0, hop limit 64, ECN 1, DSCP 46, at 1795401600.000042, 7 bytes are missing"
        );
        let unnamed = Facts {
            interface: Some((3, None)),
            ..Facts::default()
        };
        assert_eq!(unnamed.text(), "on interface 3");
        assert_eq!(Facts::default().text(), "the system tells nothing more");
    }

    #[test]
    fn programs_are_told_what_is_known() {
        assert_eq!(
            Value::Object(all().members()).to_string(),
            "{\"local\":\"fe80::1%eth0\",\"interface\":\"eth0\",\"interfaceIndex\":3,\"hopLimit\":64,\
             \"trafficClass\":185,\"ecn\":1,\"timestamp\":\"1795401600.000042\",\"missing\":7}"
        );
        assert_eq!(
            Value::Object(Facts::default().members()).to_string(),
            "{\"missing\":0}"
        );
    }
}
