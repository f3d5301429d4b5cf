//! The table, and the targets.

use crate::case::{Case, Contestant};

/// What may be spent on a datagram, of what embassy-net's own sockets spend: at 64 bytes, in batches.
const LIMIT: f64 = 1.15;
/// Another compiler, or another machine's `memcpy`, may count a little more: of a datagram's instructions.
const TOLERANCE: f64 = 0.01;

/// Measures and prints case by case; whether all targets were met, but for [`TOLERANCE`].
///
/// # Errors
/// Something could not be measured.
pub(crate) fn print(
    cases: impl Iterator<Item = Case>,
    measure: impl Fn(Contestant, Case) -> Result<f64, String>,
) -> Result<bool, String> {
    print!("{:<41}", "instructions for each datagram");
    for contestant in Contestant::ALL {
        print!(" {:>14}", contestant.to_string());
    }
    println!();
    let mut all_met = true;
    for case in cases {
        let plain = measure(Contestant::Plain, case)?;
        print!("{:<41} {plain:>14.0}", case.to_string());
        let mut missed = String::new();
        for contestant in Contestant::ALL.into_iter().skip(1) {
            let ours = measure(contestant, case)?;
            let ratio = ours / plain;
            print!(" {ours:>8.0} {ratio:>5.2}");
            if let Some(limit) = limit(contestant, case).filter(|limit| ratio > *limit) {
                missed.push_str(&format!("  {contestant} > {limit} MISSED"));
                all_met &= ratio <= limit + TOLERANCE;
            }
        }
        println!("{missed}");
    }
    Ok(all_met)
}

/// A task that waits for each datagram to leave has the runner polled for each: there is no target for that.
fn limit(contestant: Contestant, case: Case) -> Option<f64> {
    if case.size != 64 || case.batch == 1 {
        return None;
    }
    match contestant {
        Contestant::Handler | Contestant::Queue => Some(LIMIT),
        Contestant::Plain | Contestant::Await => None,
    }
}
