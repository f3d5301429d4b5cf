//! The same as a picture: bars on logarithmic scales, in SVG.

use std::fmt::Write as _;

use crate::results::{Metric, Results};
use crate::rows::Row;

/// A chart for each row, two beside each other.
pub fn plot(results: &Results) -> String {
    let mut columns = [MARGIN; 2];
    let mut charts = String::new();
    for (row, peers) in &results.rows {
        let metric = headline(*row);
        let bars: Vec<_> = peers
            .iter()
            .filter_map(|(peer, _)| {
                let summary = results.summary(*row, peer, metric)?;
                Some((*peer, summary.median, summary.lowest, summary.highest))
            })
            .collect();
        let column = usize::from(columns[1] < columns[0]);
        let title = format!("{row}: {}", metric.title());
        let left = MARGIN + column * (CHART + MARGIN);
        columns[column] += chart(&mut charts, (left, columns[column]), &title, metric, &bars);
    }
    let (width, height) = (2 * CHART + 3 * MARGIN, columns[0].max(columns[1]));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{charts}</svg>\n"
    )
}

/// The figure of a row that is drawn.
fn headline(row: Row) -> Metric {
    match row {
        Row::Flood(_) => Metric::Delivered,
        Row::Paced(_) => Metric::Receive,
        Row::PingPong(_) => Metric::Trips,
        Row::Churn => Metric::Sockets,
        Row::Memory(_) => Metric::Memory,
    }
}

/// One chart; its height.
fn chart(
    svg: &mut String,
    (left, top): (usize, usize),
    title: &str,
    metric: Metric,
    bars: &[(&str, f64, f64, f64)],
) -> usize {
    let scale = Scale::of(
        bars.iter()
            .map(|(_, _, lowest, highest)| (*lowest, *highest)),
    );
    let mut put = |text: std::fmt::Arguments<'_>| {
        svg.write_fmt(text).expect("memory takes it");
        svg.push('\n');
    };
    put(format_args!(
        "<text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{title}</text>",
        top + LINE
    ));
    let zero = (left + NAMES) as f64;
    for (index, (peer, median, lowest, highest)) in bars.iter().enumerate() {
        let y = top + LINE * (index + 2);
        let [length, from, to] = [median, lowest, highest].map(|value| scale.place(*value));
        let color = if peer.starts_with("anydgram") {
            "#2f6db3"
        } else {
            "#a9b4c0"
        };
        put(format_args!(
            "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{peer}</text>",
            zero - 6.0
        ));
        put(format_args!(
            "<rect x=\"{zero}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\" fill=\"{color}\"/>",
            y - LINE + 6,
            LINE - 5
        ));
        put(format_args!(
            "<path d=\"M{:.1} {middle}H{:.1}\" stroke=\"black\"/>",
            zero + from,
            zero + to,
            middle = y - 4
        ));
        put(format_args!(
            "<text x=\"{:.1}\" y=\"{y}\">{}</text>",
            zero + to + 6.0,
            metric.text(*median)
        ));
    }
    LINE * (bars.len() + 3)
}

/// A logarithmic scale that begins below the lowest value.
struct Scale {
    zero: f64,
    unit: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = (f64, f64)>) -> Self {
        let start = (f64::INFINITY, 0.0);
        let (lowest, highest): (f64, f64) = values.fold(start, |all, value| {
            (all.0.min(value.0), f64::max(all.1, value.1))
        });
        let zero = lowest.max(1.0).ln() - 0.7;
        let length = (highest.max(1.0).ln() - zero).max(0.1);
        Self {
            zero,
            unit: BARS as f64 / length,
        }
    }

    fn place(&self, value: f64) -> f64 {
        ((value.max(1.0).ln() - self.zero) * self.unit).max(0.0)
    }
}

const MARGIN: usize = 20;
const LINE: usize = 15;
const NAMES: usize = 165;
const BARS: usize = 300;
const CHART: usize = NAMES + BARS + 75;
