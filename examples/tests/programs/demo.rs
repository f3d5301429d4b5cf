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
        "\n5. Two hosts, without listeners, on the operating system's sockets\n",
        "\n6. The same two, unchanged, on a userspace stack in memory\n",
        "greeter listening on 0.0.0.0:",
        "rival   error event: bind EADDRINUSE 0.0.0.0:",
        "seeker  listening on 192.0.2.2:",
        "greeter got \"anybody there?\" from 192.0.2.2:",
        "seeker  connected to 192.0.2.1:",
        "seeker  got \"goodbye\" from 192.0.2.1:",
        "seeker  closed\n",
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

/// The lines of a section, with every port replaced by the number of its first appearance, and both hosts' addresses
/// by one.
fn story(printed: &str, section: char) -> Vec<String> {
    let heading = format!("\n{section}. ");
    let (_, behind) = printed.split_once(&heading).unwrap();
    let (section, _) = behind.split_once("\n\n").unwrap();
    let mut ports: Vec<String> = Vec::new();
    let told = section.lines().skip(1);
    told.map(|line| match line.rsplit_once(':') {
        Some((before, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            let known = ports.iter().position(|known| known == port);
            let number = known.unwrap_or(ports.len());
            if known.is_none() {
                ports.push(port.to_owned());
            }
            let before = before.replace("192.0.2.1", "127.0.0.1");
            let before = before.replace("192.0.2.2", "127.0.0.1");
            format!("{before}:port {number}")
        }
        _ => line.to_owned(),
    })
    .collect()
}

#[test]
fn an_application_tells_the_same_on_both_backends() {
    let ended = Running::start(env!("CARGO_BIN_EXE_demo"), [""; 0]).end();
    let in_memory = story(&ended.out, '6');
    assert_eq!(in_memory.len(), 15, "{}", ended.out);
    assert_eq!(in_memory[14], "   seeker  closed");
    let on_system = story(&ended.out, '5');
    // As for the group in a section before.
    if cfg!(target_os = "linux") || !on_system.iter().any(|line| line.contains("SKIPPED")) {
        assert_eq!(on_system, in_memory, "{}", ended.out);
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
