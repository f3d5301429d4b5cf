//! The program `sim`, as people use it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

fn sim(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.args(arguments).env_remove("SIM_SEED");
    // What fails is saved where it runs.
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(&folder);
    command.output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn exploring_prints_the_same_each_time() {
    let explore = ["explore", "--scenario", "gossip", "--seeds", "50"];
    let once = printed(&sim(&explore));
    assert!(once.starts_with("fault lose "), "{once}");
    let last = once.lines().last().unwrap();
    assert!(last.starts_with("gossip: 50 seeds, "), "{once}");
    assert!(last.contains(" 0 failed, hash "), "{once}");
    assert_eq!(printed(&sim(&explore)), once);
    let others = printed(&sim(&[&explore[..], &["--first", "50"]].concat()));
    assert_ne!(others, once);
}

#[test]
fn frames_are_another_level() {
    let explore = [
        "explore",
        "--scenario",
        "discovery",
        "--seeds",
        "5",
        "--level",
    ];
    let at = |level| printed(&sim(&[&explore[..], &[level]].concat()));
    let (datagrams, frames) = (at("datagrams"), at("frames"));
    assert!(!datagrams.contains(" frames, "), "{datagrams}");
    assert!(frames.contains(" frames, "), "{frames}");
    let run = [
        "run",
        "--scenario",
        "discovery",
        "--seed",
        "7",
        "--trace",
        "--level",
        "frames",
    ];
    let trace = printed(&sim(&run));
    assert!(
        trace.contains("host 0 sent frame 0 by 2: 42 bytes"),
        "{trace}"
    );
    // A script says its level, and the command line goes before it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.faults");
    std::fs::write(&file, "seed 3\nlevel frames\nup 0 0 lose\n").unwrap();
    let script = [
        "run",
        "--scenario",
        "discovery",
        "--trace",
        "--script",
        file.to_str().unwrap(),
    ];
    assert!(printed(&sim(&script)).contains("host 0 lost frame 0: lost on the way"));
    let datagrams = printed(&sim(&[&script[..], &["--level", "datagrams"]].concat()));
    assert!(!datagrams.contains("frame"), "{datagrams}");
}

#[test]
fn a_seed_is_run_again_by_the_environment() {
    let by_option = printed(&sim(&["run", "--scenario", "discovery", "--seed", "7"]));
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command
        .args(["run", "--scenario", "discovery"])
        .env("SIM_SEED", "7");
    assert_eq!(printed(&command.output().unwrap()), by_option);
}

#[test]
fn a_trace_a_capture_and_a_page_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (capture, page) = (folder.join("seed-7.pcapng"), folder.join("seed-7.html"));
    let output = sim(&[
        "run",
        "--scenario",
        "discovery",
        "--seed",
        "7",
        "--trace",
        "--pcapng",
        capture.to_str().unwrap(),
        "--html",
        page.to_str().unwrap(),
    ]);
    let trace = printed(&output);
    assert!(trace.contains("host 0 socket 0: listening"), "{trace}");
    assert!(trace.contains("fault: "), "{trace}");
    let capture = std::fs::read(capture).unwrap();
    assert_eq!(capture[..4], [0x0a, 0x0d, 0x0d, 0x0a], "a section header");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.starts_with("<!doctype html>"));
    assert!(page.contains("discovery, seed 7"));
}

#[test]
fn a_script_plays_just_its_faults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.faults");
    std::fs::write(&file, "seed 3\nup 0 0 lose\ndown 3 1 lose\n").unwrap();
    let file = file.to_str().unwrap();
    let played = printed(&sim(&["run", "--scenario", "discovery", "--script", file]));
    assert!(played.starts_with("discovery: seed 3, "), "{played}");
    assert!(played.contains(" 2 faults, "), "{played}");
}

#[test]
fn wrong_usage_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.faults");
    std::fs::write(&file, "seed 3\nup 0 0 sing\n").unwrap();
    let file = file.to_str().unwrap();
    for (arguments, error) in [
        (&[][..], "a command is missing"),
        (&["sing"], "there is no command 'sing'"),
        (&["explore"], "--scenario NAME is missing"),
        (&["explore", "--scenario", "x"], "there is no scenario 'x'"),
        (&["run", "--scenario", "gossip"], "SIM_SEED is missing"),
        (
            &["run", "--scenario", "gossip", "--script", file],
            "no fault: 'up 0 0 sing'",
        ),
        (&["explore", "--level", "x"], "there is no level 'x'"),
        (&["list", "--what"], "--what"),
    ] {
        let output = sim(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(error), "{arguments:?}: {stderr}");
    }
    assert!(printed(&sim(&["--help"])).contains("sim explore --scenario NAME"));
    assert!(printed(&sim(&["list"])).contains("gossip"));
}
