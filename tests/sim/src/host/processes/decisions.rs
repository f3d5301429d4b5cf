//! What goes wrong with the calls of processes, by the seed or by a script.

use alloc::collections::BTreeMap;

use super::Moment;
use crate::agenda::Due;
use crate::chance::Site;
use crate::fault::Kind;
use crate::network::{Network, micros};
use crate::unix::{Call, Faults};

/// Decides for all processes of a host.
pub(super) struct Decisions<'n> {
    pub(super) moment: Moment,
    /// How many calls of each have been decided about.
    pub(super) calls: &'n mut BTreeMap<u32, u64>,
    pub(super) network: &'n mut Network,
}

impl Faults for Decisions<'_> {
    fn of(&mut self, process: u32, call: Call) -> Vec<Kind> {
        let site = Site::Unix(process);
        let count = self.calls.entry(process).or_default();
        let ordinal = *count;
        *count = ordinal.wrapping_add(1);
        let rates = self.network.rates(site);
        let now = self.moment.now;
        let draw = |dice: &mut _, kinds: &mut _| match call {
            Call::Bind => rates.draw_unix_bind(dice, kinds),
            Call::Send => rates.draw_unix_send(dice, kinds),
        };
        let kinds = self.network.faults(now, site, ordinal, draw);
        for kind in &kinds {
            if let Kind::Block(time) | Kind::ForeignFile(time) | Kind::ReadOnly(time) = kind {
                // What waits goes on then.
                let until = now.saturating_add(micros(*time));
                let wake = Due::Wake(self.moment.host);
                self.network.agenda.push(until, wake);
            }
        }
        kinds
    }
}
