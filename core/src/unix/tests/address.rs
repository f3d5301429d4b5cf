//! Addresses as texts and as bytes.

use super::*;

#[test]
fn a_leading_at_makes_an_abstract_name() {
    let name = |text: &'static str| UnixAddress::from(text).name();
    assert_eq!(name("/run/x"), UnixName::Path(b"/run/x"));
    assert_eq!(name("./@x"), UnixName::Path(b"./@x"));
    assert_eq!(name("@x"), UnixName::Abstract(b"x"));
    assert_eq!(name("@"), UnixName::Abstract(b""));
    assert_eq!(name("@a\0b"), UnixName::Abstract(b"a\0b"));
}

#[test]
fn lengths_and_bytes_are_checked() {
    for (text, is_good) in [
        ("x".repeat(107), true),
        ("x".repeat(108), false),
        (format!("@{}", "x".repeat(107)), true),
        (format!("@{}", "x".repeat(108)), false),
        ("@\0\0".into(), true),
        ("a\0".into(), false),
        (String::new(), false),
    ] {
        let address = UnixAddress::from(text.as_str());
        assert_eq!(address.check().is_ok(), is_good, "{text}");
        let copy = UnixAddressBuf::new(address);
        assert_eq!(copy.is_ok(), is_good, "{text}");
        if let Ok(copy) = copy {
            assert_eq!(copy.address(), Some(address));
            assert_eq!(copy.to_string(), address.to_string());
        }
    }
    assert_eq!(UnixAddressBuf::default().address(), None);
}

#[test]
fn what_is_no_text_is_escaped() {
    let text = |bytes: &'static [u8]| UnixAddress::new(bytes).to_string();
    assert_eq!(text("/tmp/é".as_bytes()), "/tmp/é");
    assert_eq!(text(b"/tmp/\xff\xfe!"), "/tmp/\\xff\\xfe!");
    assert_eq!(text(b"@a\0b\n"), "@a\\u{0}b\\n");
}

#[test]
fn a_path_that_is_no_text_is_used_but_not_named() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    let path = UnixAddress::new(b"/\xff");
    socket.bind(path).unwrap();
    let Some(UnixAction::Bind(request)) = socket.poll_action() else {
        panic!("it binds");
    };
    assert_eq!(request.address, Some(path));
    socket.handle_bind(Err(Errno::EACCES));
    assert_eq!(events(&mut socket), ["Bind bind EACCES"]);
}
