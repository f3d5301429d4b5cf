//! The board's clock, in a time that flies.

use core::time::Duration;

use anydgram_firmware_tests::{Firmware, Guest, Switch};

#[test]
fn time_goes_on_where_the_counter_begins_again() {
    let Some(firmware) = Firmware::find("clock") else {
        return;
    };
    let switch = Switch::new().unwrap();
    let mut guest = Guest::boot_where_time_flies(&firmware, &switch, 1).unwrap();
    // A quarter of an hour on the board.
    assert_eq!(guest.wait(Duration::from_secs(60)).unwrap(), 0);
    let lines = guest.log().rest(Duration::from_secs(10)).unwrap();
    let last = lines.last().unwrap();
    assert_eq!(last.message, "exit 0");
    let time: f64 = last.time.parse().unwrap();
    // Seven periods and a millisecond.
    assert!((939.5..939.6).contains(&time), "{time}");
}
