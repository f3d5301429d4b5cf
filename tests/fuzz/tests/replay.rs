//! Every input that was kept runs through its target again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

#[expect(clippy::print_stdout, reason = "names the input that fails")]
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        target(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{} has {count} inputs only", folder.display());
}

#[test]
fn the_gate_takes_everything_that_was_kept() {
    replay("gate", anydgram_fuzz::gate);
}

#[test]
fn sockets_do_what_their_models_do_with_all_calls_that_were_kept() {
    replay("calls", anydgram_fuzz::calls);
}

#[test]
fn sockets_do_what_their_models_do_with_all_backends_that_were_kept() {
    replay("backend", anydgram_fuzz::backend);
}

#[test]
fn unix_sockets_do_what_their_model_does_with_all_calls_that_were_kept() {
    replay("unix_calls", anydgram_fuzz::unix_calls);
}

#[test]
fn the_stack_takes_everything_that_was_kept() {
    replay("stack", anydgram_fuzz::stack);
}
