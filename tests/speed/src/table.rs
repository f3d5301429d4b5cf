//! The table of one size.

use crate::{Group, Outcome, Way};

/// Prints medians, and ratios to the first way of each group.
pub fn print(size: usize, ways: &[&Way], outcomes: &[Vec<Outcome>]) {
    println!("\n{size} bytes\n");
    println!(
        "| way | delivered/s | of the first | send ns | of the first | receive ns | of the first | lost |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut first: Option<(Group, Outcome)> = None;
    for (way, outcomes) in ways.iter().zip(outcomes) {
        let middle = Outcome {
            delivered: median(outcomes, |outcome| outcome.delivered),
            send: median(outcomes, |outcome| outcome.send),
            receive: median(outcomes, |outcome| outcome.receive),
            lost: median(outcomes, |outcome| outcome.lost),
        };
        let of = match first {
            Some((group, of)) if group == way.group => of,
            _ => {
                first = Some((way.group, middle));
                middle
            }
        };
        println!(
            "| {} | {:.0} | {:.2} | {:.0} | {:.2} | {:.0} | {:.2} | {:.1} % |",
            way.name,
            middle.delivered,
            middle.delivered / of.delivered,
            middle.send,
            middle.send / of.send,
            middle.receive,
            middle.receive / of.receive,
            middle.lost * 100.0
        );
    }
}

fn median(outcomes: &[Outcome], value: impl Fn(&Outcome) -> f64) -> f64 {
    let mut values: Vec<_> = outcomes.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
