//! The program does what its help says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

/// The exit code, and what is printed.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_anydgram-model"));
    let output = command.args(arguments).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn the_last_line_has_the_counts() {
    let (code, out, _) = run(&[
        "--length",
        "2",
        "--capacity",
        "2",
        "--full-queue",
        "drop-oldest",
    ]);
    let last = out.lines().last().unwrap();
    assert_eq!(code, 0, "{out}");
    assert!(
        last.starts_with("Small, up to length 2: 157 sequences, "),
        "{last}"
    );
    assert!(last.ends_with(" 0 violations"), "{last}");
    assert!(out.contains("symbol bind: 13\n"), "{out}");
    assert!(out.contains("state unbound, disconnected: "), "{out}");
    assert!(
        out.contains("from unbound, disconnected to binding, connecting: "),
        "{out}"
    );
}

#[test]
fn a_merged_search_says_whether_there_is_more() {
    let (code, out, _) = run(&[
        "--merged",
        "--length",
        "3",
        "--sockets",
        "2",
        "--threads",
        "1",
    ]);
    assert_eq!(code, 0);
    assert!(out.contains("up to length 3, merged: "), "{out}");
}

#[test]
fn a_replay_prints_what_is_seen() {
    let (code, out, _) = run(&["--replay", "bind, 2:send, action, 2:close"]);
    assert_eq!(code, 0, "{out}");
    let mut lines = out.lines();
    assert_eq!(lines.next(), Some("1: Bind(Default, 9, None): Done"));
    assert!(lines.next().unwrap().starts_with("2: Send("), "{out}");
    let action = "1: PollAction: Action(Bind { at: (0.0.0.0, 9), fd: None, exclusive: false })";
    assert_eq!(lines.next(), Some(action));
    assert_eq!(lines.next(), Some("2: Close: Done"));
    assert!(out.ends_with("Nothing\n"), "it is drained: {out}");
}

#[test]
fn help_and_symbols_are_printed() {
    let (code, out, _) = run(&["--help"]);
    assert!(code == 0 && out.contains("--replay"), "{out}");
    let (code, out, _) = run(&["--symbols", "--alphabet", "full"]);
    assert_eq!((code, out.lines().count()), (0, 27));
}

#[test]
fn wrong_usage_is_told() {
    for wrong in [
        &["--alphabet", "greek"][..],
        &["--replay", "bind, fly"],
        &["--sockets", "0"],
        &["--length"],
        &["bind"],
    ] {
        let (code, out, err) = run(wrong);
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}");
        assert!(
            err.starts_with("anydgram-model: ") && err.contains("--help"),
            "{err}"
        );
    }
}
