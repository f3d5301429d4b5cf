//! What is written down reads back; what is drawn is what was asked for.

use super::*;
use crate::chance::Dice;

/// One of each kind, in the order of their names.
fn one_of_each() -> Vec<Kind> {
    let time = Duration::from_micros(1_234);
    vec![
        Kind::Lose,
        Kind::Burst(7),
        Kind::Duplicate(time),
        Kind::Delay(time),
        Kind::Corrupt,
        Kind::Refuse,
        Kind::Block(time),
        Kind::NoBuffers,
        Kind::Pause(time),
        Kind::Crash(time),
        Kind::Skew(-7),
        Kind::LinkDown(time),
        Kind::AddressLost(3, time),
        Kind::AddressOther(4, time),
        Kind::Partition(0xff00, time),
        Kind::OneWay(1, time),
        Kind::Mtu(576, time),
        Kind::Spike(Duration::from_micros(5), time),
        Kind::ForeignFile(time),
        Kind::ReadOnly(time),
    ]
}

#[test]
fn every_fault_is_a_line_that_reads_as_it() {
    let kinds = one_of_each();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    assert_eq!(names, Kind::NAMES);
    let sites = [
        Site::Up(1),
        Site::Down(2),
        Site::Host(3),
        Site::Segment(4),
        Site::Other(5),
        Site::Process(6),
        Site::Unix(7),
    ];
    for (kind, site) in kinds.into_iter().zip(sites.into_iter().cycle()) {
        for when in [
            When::Ordinal(17),
            When::Time(Instant::from_micros(1_500_000)),
        ] {
            let fault = Fault { site, when, kind };
            assert_eq!(fault.to_string().parse(), Ok(fault), "{fault}");
        }
    }
}

#[test]
fn what_is_no_fault_is_refused() {
    for line in [
        "",
        "up",
        "up 1",
        "up 1 2",
        "up 1 2 sing",
        "up x 2 lose",
        "up 1 @ lose",
        "up 1 @x lose",
        "up 1 2 lose 3",
        "up 1 2 delay",
        "up 1 2 delay -1",
        "up 1 2 burst",
        "sideways 1 2 lose",
        "segment 0 1 partition zz 1",
        "segment 0 1 mtu 576",
        "segment 0 1 spike 1",
        "host 0 1 address-lost 1",
        "unix 0 1 foreign-file",
        "process 0 1",
    ] {
        assert_eq!(line.parse::<Fault>(), Err(NoFault(line.to_owned())));
    }
}

/// All that is drawn at many places.
fn drawn(rates: Rates) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for ordinal in 0..20_000 {
        for (site, is_up) in [(Site::Up(0), true), (Site::Down(0), false)] {
            let dice = &mut Dice::new(1, site, ordinal);
            rates.draw_datagram(dice, is_up, true, &mut kinds);
        }
        rates.draw_host(&mut Dice::new(1, Site::Host(0), ordinal), &mut kinds);
        rates.draw_segment(&mut Dice::new(1, Site::Segment(0), ordinal), &mut kinds);
        rates.draw_process(&mut Dice::new(1, Site::Process(0), ordinal), &mut kinds);
        let dice = &mut Dice::new(1, Site::Unix(0), ordinal);
        rates.draw_unix_send(dice, &mut kinds);
        rates.draw_unix_bind(dice, &mut kinds);
    }
    kinds
}

#[test]
fn all_rates_draw_every_kind_and_none_draws_none() {
    let kinds = drawn(Rates::all());
    for name in Kind::NAMES {
        assert!(kinds.iter().any(|kind| kind.name() == name), "{name}");
    }
    assert_eq!(drawn(Rates::none()), []);
}

#[test]
fn what_is_drawn_is_within_its_bounds() {
    let rates = Rates::all();
    let (mut shortest, mut longest) = (u32::MAX, 0);
    for kind in drawn(rates) {
        if let Kind::Burst(count) = kind {
            (shortest, longest) = (shortest.min(count), longest.max(count));
        } else if let Kind::Mtu(mtu, time) = kind {
            assert!((576..1_500).contains(&mtu) && time <= rates.outage_up_to);
        } else if let Kind::Spike(extra, time) = kind {
            assert!(extra <= rates.delay_up_to && time <= rates.outage_up_to);
        }
    }
    assert_eq!((shortest, longest), (1, rates.burst_up_to));
}

#[test]
fn what_goes_to_many_is_refused_by_nobody() {
    let mut rates = Rates::none();
    rates.refuse = 1_000_000;
    let draw = |is_up, is_unicast| {
        let mut kinds = Vec::new();
        let dice = &mut Dice::new(1, Site::Down(0), 0);
        rates.draw_datagram(dice, is_up, is_unicast, &mut kinds);
        kinds
    };
    assert_eq!(draw(false, true), [Kind::Refuse]);
    assert_eq!(draw(false, false), []);
    assert_eq!(draw(true, true), []);
}
