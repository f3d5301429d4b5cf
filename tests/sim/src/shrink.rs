//! The fewest faults that break something: delta debugging (Zeller and Hildebrandt, 2002).

use crate::fault::Fault;

/// A part of `faults` that still makes `is_broken` true, and of which no single fault can be left out.
///
/// `is_broken` runs the world with a script ([`WorldOptions::script`](crate::WorldOptions::script)); it is asked a number of
/// times that grows with the square of the number of faults at worst. Decisions do not depend on each other, so that a part
/// of what went wrong plays as it did.
///
/// # Examples
/// ```
/// use anydgram_sim::{Fault, When, shrink};
///
/// let faults: Vec<Fault> = (0..100)
///     .map(|ordinal| format!("up 0 {ordinal} lose").parse())
///     .collect::<Result<_, _>>()?;
/// let needs = |fault: &Fault| [17, 80].map(When::Ordinal).contains(&fault.when);
/// let least = shrink(&faults, |part| part.iter().filter(|fault| needs(fault)).count() == 2);
/// assert_eq!(least.len(), 2);
/// # Ok::<(), anydgram_sim::NoFault>(())
/// ```
pub fn shrink(faults: &[Fault], mut is_broken: impl FnMut(&[Fault]) -> bool) -> Vec<Fault> {
    let mut least = faults.to_vec();
    let mut parts = 2;
    while least.len() > 1 {
        let size = least.len().div_ceil(parts);
        let without = |at: usize| -> Vec<Fault> {
            let (before, rest) = least.split_at(at.min(least.len()));
            let (_, behind) = rest.split_at(size.min(rest.len()));
            [before, behind].concat()
        };
        let mut starts = (0..least.len()).step_by(size);
        match starts.find_map(|at| Some(without(at)).filter(|part| is_broken(part))) {
            Some(part) => {
                least = part;
                parts = parts.saturating_sub(1).max(2);
            }
            None if size == 1 => break,
            None => parts = parts.saturating_mul(2).min(least.len()),
        }
    }
    if least.len() == 1 && is_broken(&[]) {
        least.clear();
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Site;
    use crate::fault::{Kind, When};

    fn faults(count: u64) -> Vec<Fault> {
        let fault = |ordinal| Fault {
            site: Site::Up(0),
            when: When::Ordinal(ordinal),
            kind: Kind::Lose,
        };
        (0..count).map(fault).collect()
    }

    #[test]
    fn what_is_needed_is_left_and_nothing_else() {
        for needed in [
            vec![0],
            vec![99],
            vec![3, 4],
            vec![0, 50, 99],
            vec![10, 20, 30, 40],
        ] {
            let needed: Vec<_> = needed.into_iter().map(When::Ordinal).collect();
            let is_needed = |fault: &&Fault| needed.contains(&fault.when);
            let least = shrink(&faults(100), |part| {
                part.iter().filter(is_needed).count() == needed.len()
            });
            let found: Vec<_> = least.iter().map(|fault| fault.when).collect();
            assert_eq!(found, needed);
        }
    }

    #[test]
    fn what_breaks_without_faults_needs_none() {
        assert_eq!(shrink(&faults(10), |_| true), []);
        assert_eq!(shrink(&[], |_| true), []);
    }

    #[test]
    fn any_of_several_is_enough() {
        let least = shrink(&faults(64), |part| !part.is_empty());
        assert_eq!(least.len(), 1);
    }
}
