//! How many instructions an echoed datagram costs a board: interrupt, executor, driver, stack, both ways.

use anydgram_firmware_tests::{Bench, Firmware};

/// The programs that echo.
const PROGRAMS: [&str; 2] = ["plain-echo", "echo"];
/// The lengths of payloads.
const LENGTHS: [usize; 3] = [16, 100, 1472];

#[test]
fn an_echo_costs_the_same_each_time() {
    for program in PROGRAMS {
        let Some(firmware) = Firmware::find(program) else {
            return;
        };
        let mut bench = Bench::new(&firmware).unwrap();
        let costs = LENGTHS.map(|length| {
            let [first, second] = [(); 2].map(|()| bench.instructions(length).unwrap());
            let difference = (first - second).abs();
            assert!(
                difference < first * 0.01,
                "{program}, {length} bytes: {first}, then {second}"
            );
            first
        });
        let [short, _, long] = costs;
        assert!(short < long, "more bytes are more work");
        // The link's speed would be out of reach of any processor.
        assert!((100.0..100_000.0).contains(&short), "{short}");
        // What a task has on its stack is little: buffers are elsewhere.
        let stack = bench.stack().unwrap();
        assert!((256..8192).contains(&stack), "{stack}");
    }
}
