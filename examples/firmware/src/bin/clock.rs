//! Whether time goes on where the board's counter begins again, every 134 s: to be run where time flies.
#![no_std]
#![no_main]

use anydgram_firmware_board::{self as board, Ethernet};
use embassy_executor::Spawner;
use embassy_time::{Duration, Instant, Timer};

/// The counter's period.
const PERIOD: Duration = Duration::from_micros(1 << 27);
/// How late a task may be woken.
const LATE: Duration = Duration::from_micros(500);
/// The most between two looks at the clock, one right after the other.
const STEP: Duration = Duration::from_micros(100);

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(|spawner: Spawner, _: Ethernet| {
        spawner.spawn(watch().expect("spawned once"));
    })
}

/// Sleeps to just before the counter begins again, and looks at the clock until just after it.
#[embassy_executor::task]
async fn watch() -> ! {
    for periods in 1..=4 {
        let end = Instant::MIN + PERIOD * periods;
        let before = end - Duration::from_millis(1);
        Timer::at(before).await;
        let mut last = now();
        assert!(last >= before, "woken too early");
        assert!(last - before < LATE, "woken too late");
        while last < end + Duration::from_millis(1) {
            let next = now();
            assert!(next >= last, "the clock goes back");
            assert!(next - last < STEP, "the clock leaps");
            last = next;
        }
        defmt::info!("{=u32} periods", periods);
    }
    // Over several periods at once.
    let at = now() + PERIOD * 3;
    Timer::at(at).await;
    assert!(now() >= at, "woken too early");
    assert!(now() - at < LATE, "woken too late");
    board::exit(0)
}

#[expect(clippy::disallowed_methods, reason = "the clock is what is tested")]
fn now() -> Instant {
    Instant::now()
}
