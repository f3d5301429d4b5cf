//! Medians, and how far values lie apart.

/// A median, with the lowest and the highest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    pub median: f64,
    pub lowest: f64,
    pub highest: f64,
}

impl Summary {
    /// Of values of which none is no number; `None` without any.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<_> = values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        sorted.sort_by(f64::total_cmp);
        let (first, last) = (sorted.first()?, sorted.last()?);
        let upper = sorted[sorted.len() / 2];
        let lower = sorted[(sorted.len() - 1) / 2];
        Some(Self {
            median: f64::midpoint(lower, upper),
            lowest: *first,
            highest: *last,
        })
    }

    /// Of the ratios of values that were measured in the same rounds.
    pub fn of_ratios(values: &[f64], to: &[f64]) -> Option<Self> {
        let pairs = values.iter().zip(to);
        let ratios: Vec<_> = pairs.map(|(value, to)| value / to).collect();
        Self::of(&ratios)
    }

    /// How far the values lie from the median at most, as a part of it.
    pub fn spread(&self) -> f64 {
        (self.highest - self.median).max(self.median - self.lowest) / self.median
    }
}

/// Shuffles, the same way for the same seed (SplitMix64, Fisher and Yates).
pub fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        items.swap(last, (mixed % (last as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_is_between_the_two_in_the_middle() {
        let summary = Summary::of(&[4.0, 1.0, f64::NAN, 2.0, 3.0]).expect("some are numbers");
        assert_eq!(
            summary,
            Summary {
                median: 2.5,
                lowest: 1.0,
                highest: 4.0
            }
        );
        assert!((summary.spread() - 0.6).abs() < 1e-9);
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let ratios = Summary::of_ratios(&[2.0, 30.0, 8.0], &[1.0, 10.0, 2.0]);
        assert_eq!(ratios.map(|ratios| ratios.median), Some(3.0));
        assert_eq!(Summary::of_ratios(&[], &[]), None);
    }

    #[test]
    fn a_seed_always_shuffles_the_same_way_and_loses_nothing() {
        let of = |seed| {
            let mut items: Vec<_> = (0..9).collect();
            shuffle(&mut items, seed);
            items
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        let mut sorted = of(3);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..9).collect::<Vec<_>>());
    }
}
