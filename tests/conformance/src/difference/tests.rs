use super::*;
use crate::golden::{parse, streams};

fn trace(lines: &[&str]) -> Vec<Stream> {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{{\"socket\":\"a\",\"x\":\"{line}\"}}"))
        .collect();
    streams(&parse(&lines.join("\n")).unwrap())
}

fn difference(golden: &[Stream], actual: &[Stream]) -> Difference {
    Difference {
        row: "row".into(),
        backends: None,
        edits: edits(golden, actual),
    }
}

#[test]
fn recorded_edits_turn_one_trace_into_the_other() {
    let traces = [
        trace(&["a", "b", "c", "d"]),
        trace(&["a", "c", "d"]),
        trace(&["b", "a", "d", "d"]),
        trace(&["x", "y"]),
        trace(&[]),
        trace(&["a", "b", "c", "d", "e", "f"]),
    ];
    for golden in &traces {
        for actual in traces.iter().filter(|actual| *actual != golden) {
            let recorded = difference(golden, actual);
            let read = Difference::parse(&recorded.to_json()).unwrap();
            assert_eq!(read, recorded);
            assert_eq!(&read.apply(golden).unwrap(), actual);
        }
    }
}

#[test]
fn a_changed_line_is_one_edit() {
    let (golden, actual) = (trace(&["a", "b", "c"]), trace(&["a", "x", "c"]));
    let [edit] = edits(&golden, &actual).try_into().unwrap();
    assert_eq!(edit.at, 1);
    assert!(matches!(edit.change, Change::Replace(..)));
}

#[test]
fn stale_edits_are_mistakes() {
    let recorded = difference(&trace(&["a", "b"]), &trace(&["a", "c"]));
    assert!(recorded.apply(&trace(&["a", "x"])).is_err());
    assert!(recorded.apply(&trace(&["a"])).is_err());
}

#[test]
fn edits_without_effect_or_in_disorder_are_mistakes() {
    let line = |x: &str| serde_json::json!({ "socket": "a", "x": x });
    let replace = |at: usize, old: &str, new: &str| serde_json::json!({ "socket": "a", "at": at, "op": "replace", "old": line(old), "new": line(new) });
    for edits in [
        vec![],
        vec![replace(0, "a", "a")],
        vec![replace(1, "b", "c"), replace(0, "a", "c")],
        vec![replace(0, "a", "b"), replace(0, "a", "c")],
        vec![serde_json::json!({ "socket": "a", "at": 0, "op": "move" })],
    ] {
        let json = serde_json::json!({ "row": "row", "edits": edits });
        assert!(Difference::parse(&json).is_err(), "{json}");
    }
}
