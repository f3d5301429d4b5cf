//! Other programs: Node, Deno and Bun, and libuv in C. What the machine lacks is left out, and said.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{BUN, BUN_MANY, Code, Group, NODE, Peer};
use crate::stage::Role;

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
    if runs("bun") {
        let script = source("bun.mjs");
        for (name, group, way) in [
            (BUN, Group::OneByOne, "one"),
            (BUN_MANY, Group::Mixed, "many"),
        ] {
            let arguments = ["bun", script.as_str(), way].map(String::from);
            peers.push(Peer {
                name,
                group,
                player: Code::Program(arguments.into(), &TRAFFIC),
            });
        }
    } else {
        eprintln!("SKIPPED: {BUN}: no bun on the path");
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
        player: Code::Program(arguments, &ALL),
    }
}

/// What our programs play: there is none that sends at a pace.
const ALL: [Role; 6] = [
    Role::Send,
    Role::Receive,
    Role::Ping,
    Role::Echo,
    Role::Churn,
    Role::Hold,
];
/// The roles that have datagrams.
const TRAFFIC: [Role; 4] = [Role::Send, Role::Receive, Role::Ping, Role::Echo];

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
