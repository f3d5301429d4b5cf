//! The tables, in Markdown.

use std::fmt::Write as _;

use crate::peers::{Group, NODE};
use crate::results::{Metric, Results};
use crate::rows::Row;

/// A table for each row: medians, how far the rounds lie from them at most, and in brackets the median ratios to what the
/// peer is compared with, and to Node.
pub fn tables(results: &Results) -> String {
    let mut text = String::new();
    for (row, peers) in &results.rows {
        let metrics = results.metrics(*row);
        write!(text, "## {row}\n\n| way |").expect("memory takes it");
        for metric in &metrics {
            write!(text, " {} |", metric.title()).expect("memory takes it");
        }
        text.push_str("\n|---|");
        text.push_str(&"---|".repeat(metrics.len()));
        text.push('\n');
        for (peer, group) in peers {
            write!(text, "| {peer} |").expect("memory takes it");
            for metric in &metrics {
                let cell = cell(results, *row, (peer, *group), *metric);
                write!(text, " {} |", cell.unwrap_or("–".into())).expect("memory takes it");
            }
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

fn cell(
    results: &Results,
    row: Row,
    (peer, group): (&'static str, Group),
    metric: Metric,
) -> Option<String> {
    let summary = results.summary(row, peer, metric)?;
    let value = metric.text(summary.median);
    if !metric.is_compared() {
        return Some(value);
    }
    let ratio = |to| {
        let ratio = results.ratio(row, metric, peer, to);
        ratio.map_or("–".into(), |ratio| format!("{:.2}", ratio.median))
    };
    let spread = summary.spread() * 100.0;
    let (reference, node) = (ratio(row.reference(group)), ratio(NODE));
    Some(format!("{value} ±{spread:.0} % ({reference}; {node})"))
}
