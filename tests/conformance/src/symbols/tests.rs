use super::*;

fn symbols() -> Symbols {
    let mut symbols = Symbols::default();
    symbols.reserve("p", 20_001);
    symbols.learn("a", 40_000);
    symbols.learn("b", 40_000);
    symbols.learn("a", 40_001);
    symbols
}

#[test]
fn symbols_become_values() {
    let symbols = symbols();
    for (text, value) in [
        ("$loopback", "127.0.0.1"),
        ("fe80::%$interface", "fe80::%any0"),
        ("::ffff:$loopback", "::ffff:127.0.0.1"),
        ("$host0-6", "2001:db8::10"),
        ("$$loopback", "$loopback"),
        ("$ and $1", "$ and $1"),
        ("at $port:a!", "at 40001!"),
    ] {
        assert_eq!(symbols.expand(text), Ok(Expanded::Text(value.into())));
    }
    assert_eq!(symbols.expand("$port:b"), Ok(Expanded::Number(40_000)));
    assert_eq!(symbols.expand("$free:p"), Ok(Expanded::Number(20_001)));
    assert_eq!(symbols.expand_to_text("$port:a"), Ok("40001".into()));
}

#[test]
fn unknown_symbols_are_mistakes() {
    for text in ["$nobody", "$port:c", "$free:q", "$loopback:a", "$port"] {
        assert!(symbols().expand(text).is_err(), "{text}");
    }
}

#[test]
fn values_become_symbols() {
    let symbols = symbols();
    for (text, shown) in [
        ("127.0.0.1", "$loopback"),
        ("::ffff:127.0.0.1", "::ffff:$loopback"),
        ("127.0.0.10", "127.0.0.10"),
        ("bind EINVAL ::1", "bind EINVAL $loopback6"),
        ("bind EINVAL ::1:40000", "bind EINVAL $loopback6:$port:a"),
        ("::1:2:3", "$loopback6:2:3"),
        ("::1:x", "::1:x"),
        ("fe80::10%any0", "$link-local0%$interface"),
        ("2001:db8::10", "$host0-6"),
        ("any01", "any01"),
        ("$1", "$$1"),
        (
            "send EMSGSIZE undefined:40001",
            "send EMSGSIZE undefined:$port:a:2",
        ),
        ("20001, 20001. x20001", "$free:p, $free:p. x20001"),
        ("20001.5", "20001.5"),
        (
            "getaddrinfo ENOTFOUND no..such..name",
            "getaddrinfo ENOTFOUND $no-name",
        ),
    ] {
        assert_eq!(symbols.text(text), shown, "{text}");
    }
}

#[test]
fn a_shared_port_has_the_name_of_the_first() {
    let symbols = symbols();
    assert_eq!(symbols.port(40_000.0), Some("$port:a"));
    assert_eq!(symbols.port(40_001.0), Some("$port:a:2"));
    assert_eq!(symbols.port(40_002.0), None);
}

#[test]
fn symbols_say_what_they_need() {
    let mut found = Found::default();
    found.look_in(&serde_json::json!([{ "x": "$host0-6" }, "$free:p", "$free:q$free:p"]));
    assert_eq!(found.needs, [Need::Network, Need::Ipv6]);
    assert_eq!(found.free_ports, ["p", "q"]);
}
