//! The table, and the targets.

use crate::case::{Case, Contestant, Work};

/// With many sockets, a datagram may cost so much more than with one.
const MANY: f64 = 1.2;
/// Another compiler, or another machine's `memcpy`, may count a little more: of a datagram's instructions.
const TOLERANCE: f64 = 0.05;

/// What a datagram costs, and what it may cost.
struct Row {
    raw: f64,
    ours: f64,
    /// The most that it may cost.
    limit: f64,
    /// The target in words.
    target: String,
}

/// Measures and prints case by case; whether all targets were met, but for [`TOLERANCE`].
///
/// # Errors
/// Something could not be measured.
pub(crate) fn print(
    cases: impl Iterator<Item = Case>,
    measure: impl Fn(Contestant, Case) -> Result<f64, String>,
) -> Result<bool, String> {
    println!(
        "{:<52} {:>9} {:>9} {:>7} {:>7}  target",
        "instructions for each datagram", "smoltcp", "anydgram", "more", "ratio"
    );
    let mut all_met = true;
    for case in cases {
        let row = row(case, &measure)?;
        let Row { raw, ours, .. } = row;
        all_met &= ours <= row.limit * (1.0 + TOLERANCE);
        println!(
            "{:<52} {raw:>9.0} {ours:>9.0} {:>+7.0} {:>7.2}  {}{}",
            case.to_string(),
            ours - raw,
            ours / raw,
            row.target,
            if ours <= row.limit { "" } else { ", MISSED" }
        );
    }
    Ok(all_met)
}

fn row(
    case: Case,
    measure: impl Fn(Contestant, Case) -> Result<f64, String>,
) -> Result<Row, String> {
    let raw = measure(Contestant::Raw, case)?;
    let ours = measure(Contestant::Ours, case)?;
    let (limit, target) = if case.sockets == 1 {
        let more = allowed(case);
        (raw + more, format!("≤ +{more}"))
    } else {
        let one = measure(Contestant::Ours, case.alone())?;
        let target = format!("≤ {MANY} × one bound: {:.2}", ours / one);
        (one * MANY, target)
    };
    Ok(Row {
        raw,
        ours,
        limit,
        target,
    })
}

/// How many instructions a datagram may cost more than smoltcp's. An echo is two datagrams.
fn allowed(case: Case) -> f64 {
    let one = if case.size == 64 && case.batch > 1 {
        200.0
    } else {
        300.0
    };
    match case.work {
        Work::Echo => 2.0 * one,
        Work::Receive | Work::Send | Work::SendAtOnce => one,
    }
}
