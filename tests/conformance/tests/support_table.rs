//! The README says what the backends and `support.json` say. Its table is that of Linux.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;

use anydgram_conformance::support::Table;
use anydgram_conformance::support_table::{BEGIN, END, markdown};

#[test]
fn the_readme_has_the_support_table() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).expect("there is a README");
    let begin = readme.find(BEGIN).expect("the table begins");
    let end = readme.find(END).expect("the table ends");
    let in_readme = &readme[begin..end + END.len()];
    let made = markdown(&Table::of_this_project().expect("support.json can be read"));
    assert_eq!(
        in_readme,
        made.trim_end(),
        "make it again with the command that it names"
    );
}
