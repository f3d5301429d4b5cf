//! Scenarios as tests of somebody's own.

use std::env;

use super::{Explored, Scenario, explore};
use crate::script::NoScript;
use crate::world::{Violation, WorldOptions};

impl Scenario {
    /// A test: runs with `count` seeds, from that of the options on, and each seed twice, which must be the same. If the
    /// environment has a `SIM_SEED`, it runs with that alone.
    ///
    /// # Panics
    /// With the first failure, how to run it again, and the [script](WorldOptions::read_script) of the fewest faults with which
    /// it fails: saved as a file, it is a regression test by [`recheck`](Self::recheck).
    ///
    /// # Examples
    /// ```
    /// use anydgram_sim::scenario::SCENARIOS;
    /// use anydgram_sim::{Rates, WorldOptions};
    ///
    /// let options = WorldOptions::new(0).rates(Rates::all());
    /// SCENARIOS[0].check(&options, 10);
    /// ```
    #[track_caller]
    pub fn check(&self, options: &WorldOptions, count: u64) {
        let (options, count) = match env::var("SIM_SEED") {
            Ok(text) => match text.parse() {
                Ok(seed) => (options.clone().seed(seed), 1),
                Err(_) => panic!("SIM_SEED is no number: '{text}'"),
            },
            Err(_) => (options.clone(), count),
        };
        let explored = self.explored(&options, count);
        let again = self.explored(&options, explored.seeds);
        assert_eq!(explored.hash, again.hash, "{}: the same twice", self.name);
    }

    fn explored(&self, options: &WorldOptions, count: u64) -> Explored {
        let explored = explore(self, options, count, |so_far| so_far.failed == 0);
        if let Some(failure) = explored.failures.first() {
            let options = options.clone().seed(failure.seed);
            let least = self.shrink(&options, &failure.outcome.faults);
            let script = options.script(least).to_script();
            let what = failure.outcome.violation.as_ref();
            let what = what.map(ToString::to_string).unwrap_or_default();
            panic!(
                "{}: {what}\nthe fewest faults, as a script:\n{script}",
                self.name
            );
        }
        explored
    }

    /// A test: runs with a script that was saved, which must not fail any more. Rates are those of the options.
    ///
    /// # Errors
    /// It is no script.
    ///
    /// # Panics
    /// It fails.
    #[track_caller]
    pub fn recheck(&self, options: &WorldOptions, script: &str) -> Result<(), NoScript> {
        let options = options.clone().read_script(script)?;
        let violation = self.run(&options).violation;
        let what = violation.as_ref().map(Violation::to_string);
        assert_eq!(what, None, "{}", self.name);
        Ok(())
    }
}
