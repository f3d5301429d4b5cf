use core::cell::Cell;

use proptest::prelude::*;

use super::*;

/// Time for both timers, in their ticks.
#[derive(Debug, Default)]
struct Ticks(Cell<u64>);

/// A timer as the board has it. Each access takes some ticks.
#[derive(Debug)]
struct Timer<'t> {
    ticks: &'t Ticks,
    cost: u64,
    /// When it was set, and to what; not set while it does not run.
    set: Cell<Option<(u64, u32)>>,
    value: Cell<u32>,
    reload: Cell<u32>,
    /// The last period whose end was acknowledged.
    acknowledged: Cell<u64>,
    /// The interrupt shows some ticks after the value is 0.
    lag: u64,
}

impl<'t> Timer<'t> {
    fn new(ticks: &'t Ticks, cost: u64) -> Self {
        Self {
            ticks,
            cost,
            set: Cell::new(None),
            value: Cell::new(0),
            reload: Cell::new(0),
            acknowledged: Cell::new(0),
            lag: 0,
        }
    }

    /// Ticks since the value was first 0 and the periods that have ended by now, if the timer runs.
    fn ended(&self, now: u64) -> u64 {
        let Some((since, value)) = self.set.get() else {
            return 0;
        };
        let Some(over) = (now - since).checked_sub(u64::from(value)) else {
            return 0;
        };
        match self.reload.get() {
            0 => 1,
            reload => 1 + over / (u64::from(reload) + 1),
        }
    }

    fn is_pending(&self) -> bool {
        self.ended(self.ticks.0.get().saturating_sub(self.lag)) > self.acknowledged.get()
    }
}

impl Registers for Timer<'_> {
    fn read(&self, register: Offset) -> u32 {
        self.ticks.0.set(self.ticks.0.get() + self.cost);
        match register {
            VALUE => {
                let Some((since, value)) = self.set.get() else {
                    return self.value.get();
                };
                let elapsed = self.ticks.0.get() - since;
                match (elapsed.checked_sub(u64::from(value)), self.reload.get()) {
                    (None, _) => value - u32::try_from(elapsed).unwrap(),
                    (Some(_), 0) => 0,
                    (Some(over), reload) => {
                        let period = u64::from(reload) + 1;
                        u32::try_from((period - over % period) % period).unwrap()
                    }
                }
            }
            INTERRUPT => u32::from(self.is_pending()),
            _ => panic!("{register:?} is not read"),
        }
    }

    fn write(&self, register: Offset, value: u32) {
        self.ticks.0.set(self.ticks.0.get() + self.cost);
        match register {
            CONTROL if value == RUN => {
                self.acknowledged.set(0);
                self.set.set(Some((self.ticks.0.get(), self.value.get())));
            }
            CONTROL => self.set.set(None),
            VALUE => self.value.set(value),
            RELOAD => self.reload.set(value),
            INTERRUPT => self.acknowledged.set(self.ended(self.ticks.0.get())),
            _ => panic!("{register:?} is not written"),
        }
    }
}

fn started<'t>(counter: &'t Timer<'t>, alarm: &'t Timer<'t>) -> Clock<&'t Timer<'t>> {
    let mut clock = Clock::new(counter, alarm);
    clock.start();
    clock
}

const PERIOD: u64 = PERIOD_TICKS as u64;

#[test]
fn time_begins_at_zero_and_goes_on_in_microseconds() {
    let ticks = Ticks::default();
    let (counter, alarm) = (Timer::new(&ticks, 0), Timer::new(&ticks, 0));
    let clock = started(&counter, &alarm);
    assert_eq!(clock.now(), 0);
    ticks.0.set(25_000_000);
    assert_eq!(clock.now(), 1_000_000);
}

#[test]
fn time_goes_on_where_a_period_ends() {
    for lag in 0..3 {
        let ticks = Ticks::default();
        let (mut counter, alarm) = (Timer::new(&ticks, 0), Timer::new(&ticks, 0));
        counter.lag = lag;
        let clock = started(&counter, &alarm);
        for around in PERIOD - 60..PERIOD - 1 {
            ticks.0.set(around);
            assert_eq!(
                clock.now(),
                (around + 1) / 25,
                "tick {around}, before the end"
            );
        }
        // The interrupt shows, and nobody has counted it: as long as the critical section lasts.
        for around in PERIOD + lag..PERIOD + 60 {
            ticks.0.set(around);
            assert_eq!(
                clock.now(),
                (around + 1) / 25,
                "tick {around}, behind the end"
            );
        }
    }
}

#[test]
fn a_value_of_zero_without_its_interrupt_is_no_step_back() {
    let ticks = Ticks::default();
    let (mut counter, alarm) = (Timer::new(&ticks, 0), Timer::new(&ticks, 0));
    counter.lag = 1;
    let clock = started(&counter, &alarm);
    ticks.0.set(PERIOD - 2);
    let before = clock.now();
    ticks.0.set(PERIOD - 1);
    assert_eq!((counter.read(VALUE), counter.read(INTERRUPT)), (0, 0));
    assert!(clock.now() >= before);
    assert!(clock.now() < 1 << PERIOD_LOG2);
}

#[test]
fn a_period_is_counted_once() {
    let ticks = Ticks::default();
    let (counter, alarm) = (Timer::new(&ticks, 0), Timer::new(&ticks, 0));
    let mut clock = started(&counter, &alarm);
    for period in 1..20 {
        ticks.0.set(period * PERIOD + 1000);
        let before = clock.now();
        clock.handle_wrap();
        assert_eq!(clock.now(), before, "counting moves no time");
        clock.handle_wrap();
        assert_eq!(clock.now(), before, "an interrupt too many counts nothing");
        assert_eq!(before, (period << PERIOD_LOG2) + 40);
    }
}

#[test]
fn a_wrap_handled_while_the_value_is_zero_is_no_jump_ahead() {
    let ticks = Ticks::default();
    let (counter, alarm) = (Timer::new(&ticks, 1), Timer::new(&ticks, 1));
    let mut clock = started(&counter, &alarm);
    let start = counter.set.get().unwrap().0;
    // So that the value is 0 when it is first read.
    ticks.0.set(start + PERIOD - 3);
    while !counter.is_pending() {
        ticks.0.set(ticks.0.get() + 1);
    }
    clock.handle_wrap();
    assert!(clock.now() < (1 << PERIOD_LOG2) + 2);
    assert!(!counter.is_pending());
}

#[test]
fn the_alarm_comes_when_it_is_due_and_not_before() {
    let ticks = Ticks::default();
    let (counter, alarm) = (Timer::new(&ticks, 0), Timer::new(&ticks, 0));
    let mut clock = started(&counter, &alarm);
    ticks.0.set(1234);
    clock.set_alarm(1000);
    ticks.0.set(24_998);
    assert!(clock.now() < 1000);
    assert!(!alarm.is_pending());
    ticks.0.set(25_000 + 25);
    assert!(alarm.is_pending());
    clock.handle_alarm();
    assert!(!alarm.is_pending());
    ticks.0.set(100_000_000);
    assert!(!alarm.is_pending(), "it comes once");
}

#[test]
fn an_alarm_in_the_past_comes_at_once_and_one_for_never_does_not() {
    let ticks = Ticks::default();
    let (counter, alarm) = (Timer::new(&ticks, 0), Timer::new(&ticks, 0));
    let mut clock = started(&counter, &alarm);
    ticks.0.set(1_000_000);
    clock.set_alarm(5);
    ticks.0.set(1_000_000 + 25);
    assert!(alarm.is_pending());
    clock.set_alarm(u64::MAX);
    ticks.0.set(10 * PERIOD);
    assert!(!alarm.is_pending());
}

#[test]
fn an_alarm_too_far_away_comes_early_and_can_be_set_again() {
    let ticks = Ticks::default();
    let (counter, alarm) = (Timer::new(&ticks, 0), Timer::new(&ticks, 0));
    let mut clock = started(&counter, &alarm);
    let at = 5_u64 << PERIOD_LOG2;
    let mut times = 0;
    loop {
        clock.set_alarm(at);
        ticks.0.set(ticks.0.get() + PERIOD);
        assert!(alarm.is_pending(), "no alarm is longer than a period");
        clock.handle_wrap();
        times += 1;
        if clock.now() >= at {
            break;
        }
    }
    assert_eq!(times, 5);
}

proptest! {
    /// The clock against a count of ticks, over many periods, with reads that take time and interrupts that come late.
    #[test]
    fn the_clock_follows_the_ticks(
        cost in 0_u64..40,
        lag in 0_u64..2,
        steps in prop::collection::vec((prop_oneof![0..100_u64, 0..PERIOD - 1000, PERIOD - 120..PERIOD - 80], any::<bool>()), 1..60),
    ) {
        let ticks = Ticks::default();
        let (mut counter, alarm) = (Timer::new(&ticks, cost), Timer::new(&ticks, cost));
        counter.lag = lag.min(cost);
        let mut clock = started(&counter, &alarm);
        let start = counter.set.get().unwrap().0;
        let mut last = 0;
        for (step, late) in steps {
            // The interrupt is handled at once, or after the time was asked for.
            if !late && counter.is_pending() {
                clock.handle_wrap();
            }
            let before = ticks.0.get() - start;
            let now = clock.now();
            let after = ticks.0.get() - start;
            prop_assert!(now >= last, "{now} follows {last}");
            prop_assert!((before.saturating_sub(1) / 25..=after.div_ceil(25)).contains(&now), "{now}: {before} to {after} ticks");
            last = now;
            ticks.0.set(ticks.0.get() + lag);
            if counter.is_pending() {
                clock.handle_wrap();
            }
            // Nobody is later than a hundred ticks, however long the time to the next step is.
            let left = PERIOD - 1 - (ticks.0.get() - start) % PERIOD;
            if step > left + 100 {
                ticks.0.set(ticks.0.get() + left + 50);
                clock.handle_wrap();
                ticks.0.set(ticks.0.get() + step - left);
            } else {
                ticks.0.set(ticks.0.get() + step);
            }
        }
    }
}
