//! How often things go wrong, and what is drawn of that.

use core::time::Duration;

use super::Kind;
use crate::chance::Dice;

/// How often things go wrong: parts of a million for each datagram, or for each tick.
///
/// The default is a world without faults; [`all`](Self::all) has all of them. A
/// [host, a segment or a direction of a cable](crate::World::set_rates) can have its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rates {
    /// Datagrams that are lost, in each direction of a cable.
    pub lose: u32,
    /// Datagrams that are the first of several that are lost in a row.
    pub burst: u32,
    /// How many are lost in a row at most.
    pub burst_up_to: u32,
    /// Datagrams that come twice.
    pub duplicate: u32,
    /// Datagrams that come late.
    pub delay: u32,
    /// The latest that they come, and come again, and what a spike adds at most.
    pub delay_up_to: Duration,
    /// Datagrams that are corrupted.
    pub corrupt: u32,
    /// Datagrams to one host that are dropped, with the sender told that nobody has the port.
    pub refuse: u32,
    /// Datagrams that find no room in the device, or in the receiver among Unix sockets, and wait.
    pub block: u32,
    /// Datagrams that find no memory, and fail.
    pub no_buffers: u32,
    /// How far ticks are apart, at which hosts, processes and segments may fail; zero: never. The world's counts, nobody else's.
    pub tick: Duration,
    /// Ticks at which a host pauses, or a process.
    pub pause: u32,
    /// Ticks at which a host crashes, or a process.
    pub crash: u32,
    /// Ticks at which the speed of a host's clock changes, by up to 1,000 parts of a million.
    pub skew: u32,
    /// Ticks at which the interfaces of a host go down.
    pub link_down: u32,
    /// Ticks at which a host loses an address, half of them with another one in its place.
    pub address: u32,
    /// Ticks at which a segment falls apart, one way or both.
    pub partition: u32,
    /// Ticks at which a segment takes no long packets any more: its MTU is between 576 and 1,500 bytes.
    pub mtu: u32,
    /// Ticks at which everything on a segment begins to take longer.
    pub spike: u32,
    /// Binds of Unix sockets to files that find one there.
    pub foreign_file: u32,
    /// Binds of Unix sockets to files in folders that nobody can write to.
    pub read_only: u32,
    /// The longest that any of these lasts.
    pub outage_up_to: Duration,
}

impl Rates {
    /// No faults.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// All faults, so often that protocols which repeat what matters get along.
    #[must_use]
    pub fn all() -> Self {
        Self {
            lose: 50_000,
            burst: 5_000,
            burst_up_to: 8,
            duplicate: 20_000,
            delay: 50_000,
            delay_up_to: Duration::from_millis(200),
            corrupt: 10_000,
            refuse: 10_000,
            block: 10_000,
            no_buffers: 10_000,
            tick: TICK,
            pause: 20_000,
            crash: 10_000,
            skew: 20_000,
            link_down: 20_000,
            address: 20_000,
            partition: 50_000,
            mtu: 30_000,
            spike: 30_000,
            foreign_file: 50_000,
            read_only: 50_000,
            outage_up_to: Duration::from_secs(2),
        }
    }

    /// Of a datagram in one direction of a cable.
    pub(crate) fn draw_datagram(
        &self,
        dice: &mut Dice,
        is_up: bool,
        is_unicast: bool,
        kinds: &mut Vec<Kind>,
    ) {
        if is_up && dice.happens(self.block) {
            let limit = Duration::from_millis(20).min(self.delay_up_to);
            kinds.push(Kind::Block(dice.duration(limit)));
            return;
        }
        if is_up && dice.happens(self.no_buffers) {
            kinds.push(Kind::NoBuffers);
            return;
        }
        if dice.happens(self.lose) {
            kinds.push(Kind::Lose);
            return;
        }
        if dice.happens(self.burst) {
            let others = dice.below(self.burst_up_to.max(1).into());
            let others = u32::try_from(others).unwrap_or(u32::MAX);
            kinds.push(Kind::Burst(others.saturating_add(1)));
            return;
        }
        if !is_up && is_unicast && dice.happens(self.refuse) {
            kinds.push(Kind::Refuse);
            return;
        }
        if dice.happens(self.corrupt) {
            kinds.push(Kind::Corrupt);
        }
        if dice.happens(self.duplicate) {
            kinds.push(Kind::Duplicate(dice.duration(self.delay_up_to)));
        }
        if dice.happens(self.delay) {
            kinds.push(Kind::Delay(dice.duration(self.delay_up_to)));
        }
    }

    pub(crate) const fn can_spoil_datagrams(&self) -> bool {
        self.lose
            | self.burst
            | self.duplicate
            | self.delay
            | self.corrupt
            | self.refuse
            | self.block
            | self.no_buffers
            != 0
    }

    /// Of a host at a tick.
    pub(crate) fn draw_host(&self, dice: &mut Dice, kinds: &mut Vec<Kind>) {
        if dice.happens(self.crash) {
            kinds.push(Kind::Crash(dice.duration(self.outage_up_to)));
            return;
        }
        if dice.happens(self.pause) {
            kinds.push(Kind::Pause(dice.duration(self.outage_up_to)));
        }
        if dice.happens(self.link_down) {
            kinds.push(Kind::LinkDown(dice.duration(self.outage_up_to)));
        }
        if dice.happens(self.skew) {
            let parts = i32::try_from(dice.below(2_001)).unwrap_or(0);
            kinds.push(Kind::Skew(parts.saturating_sub(1_000)));
        }
        if dice.happens(self.address) {
            let number = u32::try_from(dice.below(64)).unwrap_or(0);
            let time = dice.duration(self.outage_up_to);
            kinds.push(if dice.happens(500_000) {
                Kind::AddressOther(number, time)
            } else {
                Kind::AddressLost(number, time)
            });
        }
    }

    /// Of a process at a tick.
    pub(crate) fn draw_process(&self, dice: &mut Dice, kinds: &mut Vec<Kind>) {
        if dice.happens(self.crash) {
            kinds.push(Kind::Crash(dice.duration(self.outage_up_to)));
        } else if dice.happens(self.pause) {
            kinds.push(Kind::Pause(dice.duration(self.outage_up_to)));
        }
    }

    /// Of a datagram that a Unix socket sends.
    pub(crate) fn draw_unix_send(&self, dice: &mut Dice, kinds: &mut Vec<Kind>) {
        if dice.happens(self.block) {
            let limit = Duration::from_millis(20).min(self.delay_up_to);
            kinds.push(Kind::Block(dice.duration(limit)));
        } else if dice.happens(self.no_buffers) {
            kinds.push(Kind::NoBuffers);
        }
    }

    /// Of a Unix socket that is bound to a file.
    pub(crate) fn draw_unix_bind(&self, dice: &mut Dice, kinds: &mut Vec<Kind>) {
        if dice.happens(self.foreign_file) {
            kinds.push(Kind::ForeignFile(dice.duration(self.outage_up_to)));
        } else if dice.happens(self.read_only) {
            kinds.push(Kind::ReadOnly(dice.duration(self.outage_up_to)));
        }
    }

    /// Of a segment at a tick.
    pub(crate) fn draw_segment(&self, dice: &mut Dice, kinds: &mut Vec<Kind>) {
        if dice.happens(self.partition) {
            let side = dice.below(u64::MAX);
            let time = dice.duration(self.outage_up_to);
            kinds.push(if dice.happens(500_000) {
                Kind::OneWay(side, time)
            } else {
                Kind::Partition(side, time)
            });
        }
        if dice.happens(self.mtu) {
            let more = u32::try_from(dice.below(LONGEST - SHORTEST)).unwrap_or(0);
            let mtu = SHORTEST_MTU.saturating_add(more);
            kinds.push(Kind::Mtu(mtu, dice.duration(self.outage_up_to)));
        }
        if dice.happens(self.spike) {
            let extra = dice.duration(self.delay_up_to);
            kinds.push(Kind::Spike(extra, dice.duration(self.outage_up_to)));
        }
    }
}

/// How far ticks are apart, unless somebody says otherwise.
pub(crate) const TICK: Duration = Duration::from_millis(500);
/// What every IPv4 host can receive, in bytes (RFC 791).
const SHORTEST_MTU: u32 = 576;
const SHORTEST: u64 = SHORTEST_MTU as u64;
/// An Ethernet's MTU, in bytes.
const LONGEST: u64 = 1_500;
