//! Two protocols on every backend, and a bug of each that a simulated world finds.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use crate::namespace::inside;
use crate::running::{Ended, Running};

const SWARM: &str = env!("CARGO_BIN_EXE_swarm");

fn swarm(line: &str) -> Ended {
    Running::start(SWARM, line.split_whitespace()).end()
}

const VALUES: &str = "knows the values 0 100 200 300 400";

fn all_know_all(ended: &Ended, network: &str) {
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    for (number, line) in lines.into_iter().enumerate() {
        let line = line.strip_prefix(&format!("node {number} ")).unwrap();
        let Some(known) = line.strip_prefix("knows the services ") else {
            assert_eq!(line, VALUES);
            continue;
        };
        let others = (0..5).filter(|&other| other != number);
        let others: Vec<String> = others
            .map(|other| match network {
                "system" => format!("127.0.0.1:{}", 8000 + other),
                _ => format!("192.0.2.{}:{}", other + 1, 8000 + other),
            })
            .collect();
        assert_eq!(known, others.join(" "));
    }
}

#[test]
fn both_protocols_run_on_userspace_stacks() {
    for protocol in ["gossip", "services"] {
        all_know_all(&swarm(&format!("{protocol} --on memory")), "memory");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn both_protocols_run_on_the_sockets_of_the_system() {
    inside(|| {
        for protocol in ["gossip", "services"] {
            all_know_all(&swarm(&format!("{protocol} --on system")), "system");
        }
    });
}

/// Runs it in a folder, maybe with a seed in the environment.
fn swarm_in<A: AsRef<OsStr>>(folder: &tempfile::TempDir, seed: &str, arguments: &[A]) -> Ended {
    let output = Command::new(SWARM)
        .args(arguments)
        .current_dir(folder.path())
        .env("SIM_SEED", seed)
        .output()
        .unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The steps of the walk-through in the README: found, run again, shrunk, and gone with the bug.
#[test]
fn a_bug_is_found_replayed_and_shrunk() {
    for (scenario, violation, kind) in [
        ("gossip", "takes 7 for the value of", "crash"),
        ("services", "nobody goes back to what is older", ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let bug = format!("{scenario}-bug");
        // One of the first seeds that show it, of more than 300 in 1,000.
        let explore = [
            "explore",
            "--scenario",
            &bug,
            "--first",
            "10",
            "--seeds",
            "1",
        ];
        let explored = swarm_in(&folder, "", &explore);
        assert_eq!(explored.code, Some(1), "{}", explored.err);
        assert!(explored.err.contains(violation), "{}", explored.err);
        assert!(explored.err.contains("SIM_SEED=10"), "{}", explored.err);
        assert_eq!(swarm_in(&folder, "", &explore).out, explored.out);

        let again = swarm_in(&folder, "10", &["run", "--scenario", &bug]);
        assert_eq!(again.code, Some(1));
        assert!(again.err.contains(violation), "{}", again.err);

        let script = format!("{bug}-10.faults");
        let saved = fs::read_to_string(folder.path().join(&script)).unwrap();
        let faults: Vec<&str> = saved.lines().skip(2).collect();
        assert!(
            matches!(faults[..], [fault] if fault.contains(kind)),
            "{saved}"
        );
        let replayed = swarm_in(
            &folder,
            "",
            &["run", "--scenario", &bug, "--script", &script],
        );
        assert_eq!(replayed.code, Some(1));
        assert!(replayed.out.contains(" 1 faults, "), "{}", replayed.out);
        let without = swarm_in(
            &folder,
            "",
            &["run", "--scenario", scenario, "--script", &script],
        );
        assert_eq!((without.code, without.err.as_str()), (Some(0), ""));
    }
}

/// Saved when the nodes' addresses were missing as they started, and they never tried again.
#[test]
fn what_failed_once_does_not_again() {
    for (scenario, script) in [
        ("gossip", "no-address.faults"),
        ("services", "no-address.faults"),
        ("services", "no-interface.faults"),
    ] {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/");
        let script = format!("{data}{script}");
        let ended = Running::start(SWARM, ["run", "--scenario", scenario, "--script", &script]);
        let ended = ended.end();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{script}");
        assert!(!ended.out.contains(" 0 faults, "), "{}", ended.out);
    }
}

#[test]
fn what_cannot_be_is_said() {
    for (line, message) in [
        ("", "what to run is missing"),
        ("sing", "there is no 'sing'"),
        ("gossip --on mars", "--on 'mars': system or memory"),
        ("explore --scenario none", "there is no scenario 'none'"),
    ] {
        let ended = swarm(line);
        assert_eq!(ended.code, Some(2), "{line}");
        assert!(ended.err.contains(message), "{}", ended.err);
    }
    assert!(swarm("--help").out.starts_with("swarm: "));
}
