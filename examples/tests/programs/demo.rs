//! The demo tells its story in order, and ends well.

use crate::running::Running;

#[test]
fn the_demo_shows_every_section_in_order_and_succeeds() {
    let ended = Running::start(env!("CARGO_BIN_EXE_demo"), [""; 0]).end();
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert_eq!(ended.err, "");
    let mut rest = ended.out.as_str();
    for text in [
        "\n1. Messages both ways\n",
        "server  listening on 127.0.0.1:",
        "client  sent 13 bytes\n",
        "server  got \"hello, server\", 13 bytes from 127.0.0.1:",
        "client  got \"hello, client\", 13 bytes from 127.0.0.1:",
        "\n2. A multicast group that stays on this host\n",
        "\n3. An error, in Node's words\n",
        "second  error event: bind EADDRINUSE 127.0.0.1:",
        "code EADDRINUSE, errno -98\n",
        "Port should be > 0 and < 65536. Received undefined.\n",
        "\n4. Close\n",
        "socket  closed\n",
        "send after close: Not running\n",
        "\nAll went as it should.\n",
    ] {
        let (_, behind) = rest.split_once(text).unwrap_or_else(|| {
            panic!("{text:?} is missing or too early in:\n{}", ended.out);
        });
        rest = behind;
    }
    assert_eq!(rest, "");
    // Skipped aloud on a system that refuses groups on its loopback interface; Linux does not.
    if cfg!(target_os = "linux") {
        let heard = "member  got \"hello, everybody\", 16 bytes from 127.0.0.1:";
        assert!(ended.out.contains(heard), "{}", ended.out);
    }
}

#[test]
fn the_demo_takes_no_arguments() {
    let demo = |argument| Running::start(env!("CARGO_BIN_EXE_demo"), [argument]).end();
    let ended = demo("--help");
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(ended.out.starts_with("demo: "), "{}", ended.out);
    for argument in ["--frob", "extra"] {
        let ended = demo(argument);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
        assert!(ended.err.starts_with("demo: "), "{}", ended.err);
    }
}
