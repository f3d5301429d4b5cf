//! What must hold: ratios of two peers' figures, or figures themselves.

use std::fmt::Write as _;

use crate::peers::{
    ASYNC, ASYNC_MANY, ASYNC_MIXED, DRIVER, DRIVER_MIXED, GSO, LOOP, MANY, MANY_MIXED, MMSG,
    MMSG_WATCHED, NODE, QUINN, STD, TOUCH,
};
use crate::results::{Metric, Results};
use crate::rows::Row;
use crate::statistics::Summary;

/// One bar.
struct Bar {
    row: Row,
    metric: Metric,
    peer: &'static str,
    /// What it is compared with, or nothing.
    to: Option<&'static str>,
    limit: Limit,
}

#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

use Limit::{AtLeast, AtMost};

/// The bars for the rows that were measured, as a table in Markdown.
pub fn table(results: &Results) -> String {
    let mut text = String::from(
        "## Bars\n\n| row | figure | of | to | bar | median | lowest – highest | |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (row, _) in &results.rows {
        for bar in bars(*row) {
            bar.write(results, &mut text);
        }
    }
    text
}

impl Bar {
    fn write(&self, results: &Results, text: &mut String) {
        let Self {
            row, metric, peer, ..
        } = *self;
        let found = match self.to {
            Some(to) => results.ratio(row, metric, peer, to),
            None => results.summary(row, peer, metric),
        };
        let (sign, limit) = match self.limit {
            AtMost(limit) => ("≤", limit),
            AtLeast(limit) => ("≥", limit),
        };
        let (median, spread, verdict) = match found {
            Some(found) => (
                format!("{:.2}", found.median),
                format!("{:.2} – {:.2}", found.lowest, found.highest),
                if self.limit.holds(&found) {
                    "met"
                } else {
                    "**missed**"
                },
            ),
            None => ("–".into(), "–".into(), "not measured"),
        };
        let to = self.to.unwrap_or("–");
        let title = metric.title();
        writeln!(
            text,
            "| {row} | {title} | {peer} | {to} | {sign} {limit} | {median} | {spread} | {verdict} |"
        )
        .expect("memory takes it");
    }
}

impl Limit {
    fn holds(self, found: &Summary) -> bool {
        match self {
            AtMost(limit) => found.median <= limit,
            AtLeast(limit) => found.median >= limit,
        }
    }
}

fn bars(row: Row) -> Vec<Bar> {
    let bar = |metric, peer, to, limit| Bar {
        row,
        metric,
        peer,
        to: Some(to),
        limit,
    };
    match row {
        Row::Flood(size) => flood(size, &bar),
        Row::Paced(_) => vec![
            bar(Metric::Receive, LOOP, STD, AtMost(1.15)),
            bar(Metric::Receive, LOOP, NODE, AtMost(0.65)),
            bar(Metric::Receive, ASYNC, STD, AtMost(1.15)),
        ],
        Row::PingPong(1) => vec![
            bar(Metric::Median, LOOP, STD, AtMost(1.1)),
            bar(Metric::Trips, LOOP, NODE, AtLeast(1.4)),
            bar(Metric::Processor, LOOP, NODE, AtMost(0.6)),
        ],
        Row::PingPong(_) => vec![
            bar(Metric::Trips, LOOP, NODE, AtLeast(1.7)),
            bar(Metric::Trips, MANY, NODE, AtLeast(7.0)),
            bar(Metric::Trips, DRIVER, NODE, AtLeast(7.0)),
            bar(Metric::Trips, ASYNC_MANY, NODE, AtLeast(7.0)),
        ],
        Row::Churn => vec![
            bar(Metric::Sockets, LOOP, STD, AtLeast(0.85)),
            bar(Metric::Sockets, LOOP, NODE, AtLeast(1.8)),
        ],
        Row::Memory(10_000..) => vec![Bar {
            row,
            metric: Metric::Memory,
            peer: LOOP,
            to: None,
            limit: AtMost(300.0),
        }],
        Row::Memory(_) => Vec::new(),
    }
}

type NewBar<'a> = dyn Fn(Metric, &'static str, &'static str, Limit) -> Bar + 'a;

fn flood(size: usize, bar: &NewBar<'_>) -> Vec<Bar> {
    let mut bars = Vec::new();
    for peer in [LOOP, ASYNC] {
        bars.push(bar(Metric::Send, peer, STD, AtMost(1.1)));
        bars.push(bar(Metric::SendAwake, peer, STD, AtMost(1.1)));
        bars.push(bar(Metric::Receive, peer, STD, AtMost(1.1)));
    }
    bars.push(bar(Metric::Delivered, LOOP, NODE, AtLeast(1.2)));
    bars.push(bar(Metric::TakenIn, LOOP, NODE, AtLeast(3.5)));
    for peer in [DRIVER_MIXED, MANY_MIXED, ASYNC_MIXED] {
        bars.push(bar(Metric::Send, peer, MMSG, AtMost(1.1)));
        bars.push(bar(Metric::SendAwake, peer, MMSG, AtMost(1.1)));
        bars.push(bar(Metric::Receive, peer, MMSG, AtMost(1.1)));
        for metric in [Metric::Send, Metric::SendAwake, Metric::Receive] {
            bars.push(bar(metric, peer, MMSG_WATCHED, AtMost(1.1)));
        }
    }
    bars.push(bar(Metric::Delivered, MANY_MIXED, NODE, AtLeast(1.4)));
    let (of_touch, of_gso, of_node) = match size {
        0..=64 => (0.8, 0.78, 60.0),
        65..=512 => (0.9, 0.83, 30.0),
        513..=1400 => (0.9, 0.82, 14.0),
        _ => (0.9, 0.73, 3.0),
    };
    let of_quinn = if size <= 512 { 1.0 } else { 0.8 };
    for peer in [DRIVER, MANY, ASYNC_MANY] {
        bars.push(bar(Metric::Delivered, peer, TOUCH, AtLeast(of_touch)));
        bars.push(bar(Metric::Delivered, peer, GSO, AtLeast(of_gso)));
        bars.push(bar(Metric::Delivered, peer, QUINN, AtLeast(of_quinn)));
        bars.push(bar(Metric::Delivered, peer, NODE, AtLeast(of_node)));
    }
    bars
}
