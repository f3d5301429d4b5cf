//! What was measured, by row, peer and metric, with one value for each round.

use std::collections::BTreeMap;

use crate::peers::{Group, Peer};
use crate::rows::Row;
use crate::statistics::Summary;

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Datagrams that came, a second, from a peer to itself.
    Delivered,
    /// Nanoseconds of processor time for a datagram sent.
    Send,
    /// The same, when the receiver never sleeps and need not be woken.
    SendAwake,
    /// For a datagram received.
    Receive,
    /// Datagrams that were received, a second, from the fastest sender of the group.
    TakenIn,
    /// Of the datagrams sent, the part that did not come, from a peer to itself.
    Lost,
    /// Round trips a second.
    Trips,
    /// The median round trip, in microseconds.
    Median,
    /// Nanoseconds of processor time for a round trip, both sides together, or for a socket.
    Processor,
    /// Sockets a second.
    Sockets,
    /// Bytes of memory for a socket.
    Memory,
    /// Bytes of memory without any.
    Base,
}

/// Everything that was measured.
#[derive(Default)]
pub struct Results {
    /// The rows, in their order, with the peers of each in theirs.
    pub rows: Vec<(Row, Vec<(&'static str, Group)>)>,
    /// How many measurements failed.
    pub failures: usize,
    values: BTreeMap<(Row, &'static str, Metric), Vec<f64>>,
}

impl Results {
    /// Begins a row.
    pub fn begin(&mut self, row: Row, peers: &[&Peer]) {
        let peers = peers.iter().map(|peer| (peer.name, peer.group)).collect();
        self.rows.push((row, peers));
    }

    /// Notes what was measured in a round; what was not stays no number.
    pub fn add(&mut self, row: Row, peer: &Peer, round: u64, figures: &[(Metric, f64)]) {
        for (metric, value) in figures {
            let values = self.values.entry((row, peer.name, *metric)).or_default();
            let index = round as usize;
            values.resize(values.len().max(index + 1), f64::NAN);
            values[index] = *value;
        }
    }

    /// The values of all rounds.
    pub fn values(&self, row: Row, peer: &'static str, metric: Metric) -> &[f64] {
        let values = self.values.get(&(row, peer, metric));
        values.map_or(&[], Vec::as_slice)
    }

    pub fn summary(&self, row: Row, peer: &'static str, metric: Metric) -> Option<Summary> {
        Summary::of(self.values(row, peer, metric))
    }

    /// The ratios of one peer's values to another one's, round by round.
    pub fn ratio(
        &self,
        row: Row,
        metric: Metric,
        peer: &'static str,
        to: &'static str,
    ) -> Option<Summary> {
        Summary::of_ratios(self.values(row, peer, metric), self.values(row, to, metric))
    }

    /// The metrics of a row.
    pub fn metrics(&self, row: Row) -> Vec<Metric> {
        let all = self.values.keys().filter(|(of, _, _)| *of == row);
        let mut metrics: Vec<_> = all.map(|(_, _, metric)| *metric).collect();
        metrics.sort_unstable();
        metrics.dedup();
        metrics
    }
}

impl Metric {
    /// The head of its column.
    pub fn title(self) -> &'static str {
        match self {
            Self::Delivered => "delivered/s",
            Self::Send => "send ns",
            Self::SendAwake => "send ns, nobody woken",
            Self::Receive => "receive ns",
            Self::TakenIn => "taken in/s",
            Self::Lost => "lost",
            Self::Trips => "round trips/s",
            Self::Median => "p50 µs",
            Self::Processor => "CPU ns",
            Self::Sockets => "sockets/s",
            Self::Memory => "bytes a socket",
            Self::Base => "process MiB",
        }
    }

    /// A value as text.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Lost => format!("{:.1} %", value * 100.0),
            Self::Base => format!("{:.1}", value / f64::from(1 << 20)),
            _ if value >= 1e6 => format!("{:.2} M", value / 1e6),
            _ if value >= 1e5 => format!("{:.0} k", value / 1e3),
            _ => format!("{value:.0}"),
        }
    }

    /// Whether ratios of it say something.
    pub fn is_compared(self) -> bool {
        !matches!(self, Self::Lost | Self::Base)
    }
}
