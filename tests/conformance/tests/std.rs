//! All scenarios on the sockets of the operating system, and how the runner behaves as a program.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anydgram_conformance::backend::Kind;
use anydgram_conformance::cli::scenarios;
use anydgram_conformance::judge::{Judge, Verdict};
use anydgram_conformance::scenario;
use anydgram_conformance::suite::{self, Manner};
use anydgram_conformance::support::Table;
use tempfile::TempDir;

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_anydgram-conformance");

fn judge() -> Judge {
    Judge::new(Kind::Std, EXECUTABLE.into()).expect("the support table is sound")
}

/// What the machine cannot run is said aloud, and a failure if `CI=true`.
#[test]
fn every_scenario_is_like_node_or_excused() {
    let paths = scenario::all(&scenarios()).unwrap();
    let mut out = Vec::new();
    let tally = suite::run(&judge(), &paths, Manner::of_environment(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let quiet = |line: &&str| !line.starts_with("ok ") && !line.starts_with("excused ");
    let told: Vec<&str> = out.lines().filter(quiet).collect();
    let told = told.join("\n");
    // Past the test harness, which keeps what a test that passes prints.
    writeln!(std::io::stderr(), "{told}").unwrap();
    assert!(tally.is_good(), "{told}");
}

fn program(args: &[&str]) -> Output {
    let output = Command::new(EXECUTABLE).args(args).output();
    output.expect("it can be run")
}

fn scenario_path(name: &str) -> PathBuf {
    scenarios().join(format!("{name}.json"))
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_to_do() {
    for (args, part) in [
        (&[][..], "say what to do"),
        (&["walk"], "unknown command"),
        (&["run"], "--backend"),
        (&["run", "--backend", "none"], "there is: std"),
        (&["trace", "--backend", "std"], "one FILE"),
        (&["run", "--backend", "std", "--jobs", "many"], "many"),
        (&["run", "--fast"], "--fast"),
        (
            &["trace", "--backend", "std", "missing.json"],
            "missing.json",
        ),
        (&["record", "--backend", "std", "x.json"], "--row"),
    ] {
        let output = program(args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(part), "{args:?}: {told}");
    }
}

#[test]
fn help_shows_examples() {
    let output = program(&["--help"]);
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("cargo run -p anydgram-conformance -- run --backend std"));
}

#[test]
fn a_trace_is_what_the_golden_says() {
    let path = scenario_path("send-forms");
    let output = program(&["trace", "--backend", "std", path.to_str().unwrap()]);
    assert!(output.status.success());
    let golden = scenarios().join("../goldens/send-forms.jsonl");
    let golden = std::fs::read_to_string(golden).unwrap();
    let (_header, golden) = golden.split_once('\n').unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), golden);
}

/// A folder with one scenario, its golden, and perhaps a file of differences.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = TempDir::new().expect("there is room");
        for part in ["scenarios", "goldens", "differences"] {
            std::fs::create_dir_all(folder.path().join(part)).expect("there is room");
        }
        let folder = Self(folder);
        folder.write(
            "scenarios/x.json",
            r#"{ "name": "x", "about": "Closing twice.", "spec": ["2.8:order"], "steps": [
                { "create": "a", "args": ["udp4"] },
                { "socket": "a", "call": "close" },
                { "socket": "a", "call": "address" }
            ] }"#,
        );
        folder
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.0.path().join(file), text).expect("there is room");
    }

    fn golden(&self, lines: &[&str]) {
        self.write(
            "goldens/x.jsonl",
            &format!("{{\"node\":\"v0\"}}\n{}\n", lines.join("\n")),
        );
    }

    fn judge(&self) -> Verdict {
        judge().judge(&self.0.path().join("scenarios/x.json"))
    }
}

const CREATED: &str = r#"{"socket":"a","call":"createSocket","returns":"socket"}"#;
const CLOSED: &str = r#"{"socket":"a","call":"close","returns":"this"}"#;
const REFUSED: &str = r#"{"socket":"a","call":"address","throws":{"name":"Error","code":"ERR_SOCKET_DGRAM_NOT_RUNNING","message":"Not running"}}"#;
const OTHER: &str =
    r#"{"socket":"a","call":"address","throws":{"name":"TypeError","message":"of null"}}"#;
const CLOSE: &str = r#"{"socket":"a","event":"close"}"#;
const SETTLED: &str = r#"{"socket":"a","settled":true}"#;
const END: &str = r#"{"socket":null,"settled":true}"#;

fn difference(row: &str) -> String {
    format!(
        r#"{{ "row": "{row}", "edits": [{{ "socket": "a", "at": 2, "op": "replace", "old": {OTHER}, "new": {REFUSED} }}] }}"#
    )
}

#[test]
fn a_trace_like_nodes_is_ok_in_any_order_between_sockets() {
    let folder = Folder::new();
    folder.golden(&[END, CREATED, CLOSED, REFUSED, CLOSE, SETTLED]);
    assert_eq!(folder.judge(), Verdict::Ok);
}

#[test]
fn another_trace_fails_and_tells_the_first_difference() {
    let folder = Folder::new();
    folder.golden(&[CREATED, CLOSED, OTHER, CLOSE, SETTLED, END]);
    let Verdict::Failed(texts) = folder.judge() else {
        panic!("it differs")
    };
    assert_eq!(texts[0], "socket a, line 2:");
    assert!(texts[1].ends_with(OTHER));
    assert!(texts[2].ends_with(REFUSED));
}

#[test]
fn a_difference_excuses_by_its_row_what_it_says_exactly() {
    let folder = Folder::new();
    folder.golden(&[CREATED, CLOSED, OTHER, CLOSE, SETTLED, END]);
    folder.write("differences/x.json", &difference("closed-misuse"));
    assert!(matches!(folder.judge(), Verdict::Excused(_)));
}

#[test]
fn stale_unneeded_and_unexplained_differences_fail() {
    let folder = Folder::new();
    folder.golden(&[CREATED, CLOSED, REFUSED, CLOSE, SETTLED, END]);
    folder.write("differences/x.json", &difference("closed-misuse"));
    assert!(matches!(folder.judge(), Verdict::Failed(_)));
    folder.golden(&[CREATED, CLOSED, OTHER, CLOSE, SETTLED, END]);
    folder.write("differences/x.json", &difference("no-such-row"));
    assert!(matches!(folder.judge(), Verdict::Failed(_)));
    // A row about what is lacked explains no difference.
    folder.write("differences/x.json", &difference("javascript"));
    assert!(matches!(folder.judge(), Verdict::Failed(_)));
    folder.golden(&[CREATED, CLOSED, OTHER, SETTLED, END]);
    folder.write("differences/x.json", &difference("closed-misuse"));
    assert!(matches!(folder.judge(), Verdict::Failed(_)));
}

#[test]
fn every_difference_file_belongs_to_a_scenario() {
    let folder = scenarios().join("../differences");
    for path in scenario::all(&folder).unwrap() {
        let name = path.file_name().unwrap();
        assert!(scenarios().join(name).exists(), "{}", name.display());
    }
}

#[test]
fn every_row_of_the_support_table_excuses_something() {
    let table = Table::load(&scenarios().join("../support.json")).unwrap();
    let read = |folder: &str| {
        let paths = scenario::all(&scenarios().join(folder)).unwrap();
        let texts = paths
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap());
        texts.collect::<String>()
    };
    let (differences, needs) = (read("../differences"), read("../scenarios"));
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for row in table.rows() {
        let is_used = match (row.need, &row.shown) {
            (None, None) => differences.contains(&format!("\"row\": \"{}\"", row.id)),
            (None, Some(shown)) => {
                let (file, part) = shown.split_once('#').unwrap();
                let text = std::fs::read_to_string(repository.join(file)).unwrap();
                text.contains(part)
            }
            (Some(need), _) => needs.contains(&format!("\"{}\"", need.name())),
        };
        assert!(is_used, "{}", row.id);
    }
}
