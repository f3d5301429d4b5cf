//! Other programs: Node, Deno and Bun, and libuv in C. What the machine lacks is left out, and said.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Code, Group, NODE, Peer};

/// What there is on this machine.
pub fn programs() -> Vec<Peer> {
    let mut peers = Vec::new();
    let script = source("dgram.mjs");
    for (name, runtime) in [
        (NODE, &["node"][..]),
        (
            "deno node:dgram",
            &["deno", "run", "--quiet", "--allow-all"],
        ),
        ("bun node:dgram", &["bun"]),
    ] {
        if runs(runtime[0]) {
            let arguments = runtime.iter().copied().chain([script.as_str()]);
            peers.push(program(name, arguments.map(String::from).collect()));
        } else {
            eprintln!("SKIPPED: {name}: no {} on the path", runtime[0]);
        }
    }
    match compile_libuv() {
        Ok(path) => {
            peers.push(program("libuv", vec![path.clone(), "one".into()]));
            peers.push(program("libuv, recvmmsg", vec![path, "many".into()]));
        }
        Err(error) => eprintln!("SKIPPED: libuv: {error}"),
    }
    peers
}

fn program(name: &'static str, arguments: Vec<String>) -> Peer {
    Peer {
        name,
        group: Group::OneByOne,
        player: Code::Program(arguments),
    }
}

fn source(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.join("programs").join(name).display().to_string()
}

/// Whether a program is there.
fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Compiles the program for libuv beside this one; where it is.
fn compile_libuv() -> io::Result<String> {
    let path = env::current_exe()?.with_file_name("speed-libuv");
    let made = Command::new("cc")
        .args(["-O2", "-Wall", "-Wextra", "-o"])
        .arg(&path)
        .arg(source("libuv.c"))
        .arg("-luv")
        .output()?;
    if made.status.success() {
        Ok(path.display().to_string())
    } else {
        let _ = fs::remove_file(&path);
        let text = String::from_utf8_lossy(&made.stderr);
        let first = text.lines().find(|line| line.contains("error"));
        Err(io::Error::other(first.unwrap_or("cc failed").to_owned()))
    }
}
