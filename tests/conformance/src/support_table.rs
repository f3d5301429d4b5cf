//! The support table of the README, made from what the backends say of themselves and from `support.json`.

use anydgram_core::{Capabilities, Feature};

use crate::support::Table;

/// Stands before the table in the README.
pub const BEGIN: &str =
    "<!-- support table: made by `cargo run -p anydgram-conformance -- support` -->";

/// Stands behind it.
pub const END: &str = "<!-- end of the support table -->";

/// The backends with what they can do; of `std`, on the platform that this runs on.
fn backends() -> Vec<(&'static str, Capabilities)> {
    vec![
        ("std on Linux", anydgram_std::capabilities()),
        ("smoltcp", anydgram_smoltcp::capabilities()),
        ("embassy", anydgram_embassy::capabilities()),
        ("sim", anydgram_sim::capabilities()),
    ]
}

/// The table as Markdown, with its marks.
#[must_use]
pub fn markdown(table: &Table) -> String {
    let mut text = format!("{BEGIN}\n\n");
    capabilities(&mut text);
    differences(&mut text, table);
    text.push_str(END);
    text.push('\n');
    text
}

fn capabilities(text: &mut String) {
    let backends = backends();
    let names: Vec<&str> = backends.iter().map(|(name, _)| *name).collect();
    line(text, &format!("| | {} |", names.join(" | ")));
    line(text, &format!("|---|{}", "---|".repeat(names.len())));
    for &feature in Feature::ALL {
        let cells: Vec<String> = backends
            .iter()
            .map(|(_, capabilities)| capabilities.support(feature).to_string())
            .collect();
        line(
            text,
            &format!("| {} | {} |", feature.title(), cells.join(" | ")),
        );
    }
    text.push('\n');
}

fn differences(text: &mut String, table: &Table) {
    line(text, "| where we differ from Node on purpose | on | why |");
    line(text, "|---|---|---|");
    for row in table.rows() {
        let backends = match &row.backends {
            None => "all".to_owned(),
            Some(backends) => backends.join(", "),
        };
        let (title, reason) = (&row.title, &row.reason);
        line(text, &format!("| {title} | {backends} | {reason} |"));
    }
    text.push('\n');
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
