//! Names in place of ports, which differ from run to run.

use alloc::collections::BTreeMap;

use serde_json::Value as Json;

use crate::trace::Line;

/// The trace with names: `$lent`, `$free:x`, else `$port:` and the first socket, by name, that has the port.
pub(super) fn named(lines: &[Line], lent: u16, free: &BTreeMap<String, u16>) -> Vec<Line> {
    let mut names = BTreeMap::from([(u64::from(lent), "$lent".to_owned())]);
    let free = free.iter();
    names.extend(free.map(|(name, port)| (u64::from(*port), format!("$free:{name}"))));
    let mut ports: Vec<_> = lines.iter().filter_map(listening).collect();
    // Stable: the ports of one socket stay in order.
    ports.sort_by_key(|(socket, _)| *socket);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (socket, port) in ports {
        let count = seen.entry(socket).or_default();
        *count += 1;
        names.entry(port).or_insert_with(|| match count {
            1 => format!("$port:{socket}"),
            _ => format!("$port:{socket}:{count}"),
        });
    }
    let lines = lines.iter().map(|line| renamed(line, &names));
    lines.collect()
}

fn listening(line: &Line) -> Option<(&str, u64)> {
    let socket = line.get("socket")?.as_str()?;
    Some((socket, line.get("local")?.get("port")?.as_u64()?))
}

fn renamed(line: &Line, names: &BTreeMap<u64, String>) -> Line {
    let members = line.iter().map(|(key, value)| {
        let value = match (key.as_str(), value) {
            ("port", Json::Number(_)) => {
                let name = value.as_u64().and_then(|port| names.get(&port));
                name.map_or_else(|| value.clone(), |name| name.as_str().into())
            }
            ("message", Json::String(text)) => in_text(text, names).into(),
            (_, Json::Object(inner)) => Json::Object(renamed(inner, names)),
            _ => value.clone(),
        };
        (key.clone(), value)
    });
    members.collect()
}

/// An error's text, at whose end the port is.
fn in_text(text: &str, names: &BTreeMap<u64, String>) -> String {
    let end = text.rsplit_once(':').and_then(|(before, port)| {
        let name = names.get(&port.parse().ok()?)?;
        Some(format!("{before}:{name}"))
    });
    end.unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_get_the_name_of_the_first_socket_that_has_them() {
        let line = |socket: &str, port: u16| {
            json!({ "socket": socket, "local": { "port": port } })
                .as_object()
                .cloned()
                .unwrap()
        };
        let error = json!({ "error": { "message": "bind EADDRINUSE 127.0.0.1:7" }, "port": 9 });
        let lines = [
            line("2.a", 7),
            line("1.a", 7),
            line("2.a", 8),
            line("2.b", 6),
            error.as_object().cloned().unwrap(),
        ];
        let free = BTreeMap::from([("p".to_owned(), 6)]);
        let named = json!(named(&lines, 9, &free));
        let port = |at: usize| named[at]["local"]["port"].as_str().unwrap().to_owned();
        assert_eq!(
            [0, 1, 2, 3].map(port),
            ["$port:1.a", "$port:1.a", "$port:2.a:2", "$free:p"]
        );
        let text = "bind EADDRINUSE 127.0.0.1:$port:1.a";
        assert_eq!(
            named[4],
            json!({ "error": { "message": text }, "port": "$lent" })
        );
    }
}
