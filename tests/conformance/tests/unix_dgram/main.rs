//! Plays the scenarios of `unix_dgram` on the operating system, and in memory.
#![cfg(target_os = "linux")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

extern crate alloc;

mod in_memory;
mod system;

use std::fs;
use std::path::Path;

/// Who has the sockets. Each is created when it is first named; names of files are those of the scenarios.
trait Side {
    /// What a call returns, if that is to be seen, or the code of what it throws.
    fn call(&mut self, socket: &str, call: &Call<'_>) -> Result<Option<String>, &'static str>;

    /// What has happened and was not taken yet, as `SOCKET TEXT`.
    fn told(&mut self) -> Vec<String>;

    /// Has everything happen that can.
    fn settle(&mut self);

    /// Makes the file that a process leaves which has crashed.
    fn make_stale(&mut self, path: &str);

    fn make_file(&mut self, path: &str);

    fn remove(&mut self, path: &str);

    fn exists(&self, path: &str) -> bool;
}

/// A call of a socket.
enum Call<'a> {
    /// `None`: an address of the system's choice.
    Bind(Option<&'a str>),
    /// To a path, or to the peer.
    Send(Option<&'a str>, &'a str),
    Connect(&'a str),
    Disconnect,
    Close,
    Address,
}

/// What has happened, indented, after each step.
fn play(side: &mut dyn Side, scenario: &str) -> String {
    let mut trace = String::new();
    let steps = scenario.lines().filter(|line| !line.starts_with("  "));
    for step in steps {
        trace += &format!("{step}\n");
        if !step.starts_with('#') {
            for text in happened(side, step) {
                trace += &format!("  {text}\n");
            }
        }
    }
    trace
}

fn happened(side: &mut dyn Side, step: &str) -> Vec<String> {
    let words: Vec<&str> = step.split(' ').collect();
    match words[..] {
        ["stale", path] => side.make_stale(path),
        ["file", path] => side.make_file(path),
        ["remove", path] => side.remove(path),
        ["exists", path] => {
            let answer = if side.exists(path) { "yes" } else { "no" };
            return vec![answer.to_owned()];
        }
        [socket, ref call @ ..] => {
            let outcome = side.call(socket, &parse(call));
            let early = side.told();
            assert!(early.is_empty(), "{step}: within the call: {early:?}");
            side.settle();
            let told = side.told();
            let returned = match outcome {
                Ok(None) => None,
                Ok(Some(value)) => Some(format!("{socket} returns {value}")),
                Err(code) => Some(format!("{socket} throws {code}")),
            };
            return returned.into_iter().chain(told).collect();
        }
        [] => panic!("an empty line"),
    }
    Vec::new()
}

fn parse<'a>(words: &[&'a str]) -> Call<'a> {
    match *words {
        ["bind", "automatic"] => Call::Bind(None),
        ["bind", path] => Call::Bind(Some(path)),
        ["send", "-", data] => Call::Send(None, data),
        ["send", path, data] => Call::Send(Some(path), data),
        ["connect", path] => Call::Connect(path),
        ["disconnect"] => Call::Disconnect,
        ["close"] => Call::Close,
        ["address"] => Call::Address,
        _ => panic!("there is no such step: {words:?}"),
    }
}

/// How data stand in a scenario.
fn data_text(data: &[u8]) -> String {
    if data.is_empty() {
        return "\"\"".to_owned();
    }
    String::from_utf8_lossy(data).into_owned()
}

/// The data that stand in a scenario so.
fn data_of(text: &str) -> &str {
    if text == "\"\"" { "" } else { text }
}

fn check(make: impl Fn() -> Box<dyn Side>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("unix_dgram");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let scenario = fs::read_to_string(&path).unwrap();
            let trace = play(&mut *make(), &scenario);
            assert_eq!(trace, scenario, "left: ours; {}", path.display());
            count += 1;
        }
    }
    assert!(count >= 12, "there are more scenarios than {count}");
}

#[test]
fn sockets_of_the_system_do_what_is_expected() {
    check(|| Box::new(system::System::new()));
}

#[test]
fn sockets_in_memory_do_what_is_expected() {
    check(|| Box::new(in_memory::InMemory::new()));
}
