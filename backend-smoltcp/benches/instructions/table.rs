//! The table, and the targets.

use crate::case::{Case, Contestant, Work};

/// With many sockets, a datagram may cost so much more than with one.
const MANY: f64 = 1.2;

/// Measures and prints case by case; whether all targets were met.
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
        let raw = measure(Contestant::Raw, case)?;
        let ours = measure(Contestant::Ours, case)?;
        let target = if case.sockets == 1 {
            let limit = limit(case);
            (ours - raw <= limit, format!("≤ +{limit}"))
        } else {
            let one = measure(Contestant::Ours, case.alone())?;
            let ratio = ours / one;
            (ratio <= MANY, format!("≤ {MANY} × one bound: {ratio:.2}"))
        };
        let (is_met, said) = target;
        all_met &= is_met;
        println!(
            "{:<52} {raw:>9.0} {ours:>9.0} {:>+7.0} {:>7.2}  {said}{}",
            case.to_string(),
            ours - raw,
            ours / raw,
            if is_met { "" } else { ", MISSED" }
        );
    }
    Ok(all_met)
}

/// How many instructions a datagram may cost more than smoltcp's. An echo is two datagrams.
fn limit(case: Case) -> f64 {
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
