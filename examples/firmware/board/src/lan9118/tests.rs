use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Waker};

use embassy_net_driver::{Driver as _, HardwareAddress, LinkState, RxToken as _, TxToken as _};
use embassy_sync::waitqueue::AtomicWaker;
use proptest::prelude::*;

use super::chip::*;
use super::fake::Fake;
use super::{Buffers, Lan9118};
use crate::Registers;

const ADDRESS: [u8; 6] = [0x52, 0x54, 0, 0x12, 0x34, 0x56];

/// Counts how often it is woken.
#[derive(Debug, Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The board's interrupt: masks the chip and wakes the driver's task.
fn interrupt(fake: &Fake, waker: &AtomicWaker) -> bool {
    let interrupts = fake.interrupts();
    if interrupts {
        fake.write(INTERRUPT_ENABLE, 0);
        waker.wake();
    }
    interrupts
}

fn frame(length: usize) -> Vec<u8> {
    (0..length)
        .map(|byte| u8::try_from(byte % 251).unwrap())
        .collect()
}

fn started(fake: &Fake) -> Chip<&Fake> {
    let mut chip = Chip::new(fake);
    chip.start().unwrap();
    chip
}

#[test]
fn a_place_without_a_chip_is_no_chip() {
    assert_eq!(Chip::new(&Fake::nothing()).start(), Err(Missing));
}

#[test]
fn start_leaves_the_chip_on_and_silent() {
    let fake = Fake::new(ADDRESS);
    let mut chip = started(&fake);
    assert_eq!(chip.hardware_address(), Ok(ADDRESS));
    assert_eq!(
        fake.interrupt_config(),
        0x111,
        "enabled, active high, push-pull"
    );
    assert_eq!(
        fake.mac(MAC_CONTROL),
        0x0018_000C,
        "full duplex, all multicast, both ways on"
    );
    fake.arrive(&frame(60));
    assert!(!fake.interrupts());
    assert!(chip.link());
}

#[test]
fn frames_of_each_length_are_received_as_they_came() {
    let fake = Fake::new(ADDRESS);
    let mut chip = started(&fake);
    for length in 14..=MAX_FRAME {
        fake.arrive(&frame(length));
        let mut buffer = [0; MAX_FRAME];
        assert_eq!(chip.receive(&mut buffer), Some(length));
        assert_eq!(buffer[..length], frame(length));
        assert_eq!(fake.unread(), (0, 0, 0));
    }
    assert_eq!(chip.receive(&mut [0; MAX_FRAME]), None);
    assert_eq!(chip.stats().received, 1501);
}

#[test]
fn frames_that_are_wrong_are_dropped_whole() {
    let good = frame(64);
    for (wrong, length, status) in [
        ("longer than the buffer", 1515, (1515 + 4) << 16),
        ("as long as a status can say", 0, 0x3FFF << 16),
        ("empty", 0, 0),
        ("shorter than a check sequence", 3, 3 << 16),
        ("nothing but a check sequence", 0, 4 << 16),
        ("shorter than a header", 13, 17 << 16),
        ("damaged", 60, 64 << 16 | ERROR),
        ("damaged and empty", 0, ERROR),
    ] {
        let fake = Fake::new(ADDRESS);
        let mut chip = started(&fake);
        fake.arrive_as(&frame(length), status);
        fake.arrive(&good);
        fake.arrive_as(&frame(length), status);
        let mut buffer = [0; MAX_FRAME];
        assert_eq!(
            chip.receive(&mut buffer),
            Some(64),
            "what follows a frame that is {wrong}"
        );
        assert_eq!(buffer[..64], good);
        assert_eq!(chip.receive(&mut buffer), None, "a frame that is {wrong}");
        assert_eq!(fake.unread(), (0, 0, 0), "after a frame that is {wrong}");
        assert_eq!((chip.stats().received, chip.stats().dropped), (1, 2));
    }
}

#[test]
fn frames_of_each_length_are_sent_as_they_are() {
    let fake = Fake::new(ADDRESS);
    let mut chip = started(&fake);
    for length in 0..=MAX_FRAME {
        chip.send(&frame(length));
        assert_eq!(fake.sent(), [frame(length)]);
        assert!(fake.unread().2 <= 1, "the status of sent frames is read");
    }
}

#[test]
fn frames_that_did_not_leave_are_counted() {
    let fake = Fake::new(ADDRESS);
    let mut chip = started(&fake);
    fake.set_tx_status(ERROR);
    chip.send(&frame(60));
    chip.send(&frame(60));
    fake.set_tx_status(0);
    chip.send(&frame(60));
    chip.send(&frame(60));
    assert_eq!((chip.stats().sent, chip.stats().unsent), (4, 2));
}

#[test]
fn room_is_what_the_longest_frame_needs() {
    let fake = Fake::new(ADDRESS);
    let chip = started(&fake);
    fake.set_room(1523);
    assert!(!chip.has_room());
    fake.set_room(1524);
    assert!(chip.has_room());
}

#[test]
fn the_link_is_followed_and_its_interrupt_ended() {
    let fake = Fake::new(ADDRESS);
    let mut chip = started(&fake);
    chip.listen(PHY);
    for up in [false, true, false, true] {
        assert!(!fake.interrupts());
        fake.set_link(up);
        assert!(fake.interrupts());
        assert_eq!(chip.link(), up);
    }
    // Down and up between two looks.
    fake.set_link(false);
    fake.set_link(true);
    assert!(chip.link());
    assert!(!fake.interrupts());
}

#[test]
fn a_chip_that_starts_without_link_has_none() {
    let fake = Fake::new(ADDRESS);
    fake.set_link(false);
    assert!(!started(&fake).link());
}

#[test]
fn the_driver_says_what_it_is() {
    let (fake, waker, mut buffers) = (Fake::new(ADDRESS), AtomicWaker::new(), Buffers::new());
    let mut driver = Lan9118::new(&fake, &waker, &mut buffers).unwrap();
    assert_eq!(
        driver.hardware_address(),
        HardwareAddress::Ethernet(ADDRESS)
    );
    assert_eq!(driver.capabilities().max_transmission_unit, 1514);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(driver.link_state(&mut cx) == LinkState::Up);
    fake.set_link(false);
    assert!(driver.link_state(&mut cx) == LinkState::Down);
}

#[test]
fn a_frame_that_arrives_at_any_point_wakes_the_driver() {
    for accesses in 1.. {
        let (fake, waker, mut buffers) = (Fake::new(ADDRESS), AtomicWaker::new(), Buffers::new());
        let mut driver = Lan9118::new(&fake, &waker, &mut buffers).unwrap();
        let woken = Arc::new(Woken::default());
        let task = Waker::from(Arc::clone(&woken));
        fake.arrive_after(accesses, &frame(60));
        let seen = driver.receive(&mut Context::from_waker(&task)).is_some();
        if fake.is_frame_due() {
            assert!(accesses > 4, "nobody looked");
            break;
        }
        interrupt(&fake, &waker);
        assert_eq!(
            usize::from(seen) + woken.0.load(Ordering::Relaxed),
            1,
            "seen at once, or announced, after {accesses} accesses"
        );
        assert!(seen || driver.receive(&mut Context::from_waker(&task)).is_some());
    }
}

#[test]
fn without_frames_no_interrupt_is_left() {
    let (fake, waker, mut buffers) = (Fake::new(ADDRESS), AtomicWaker::new(), Buffers::new());
    let mut driver = Lan9118::new(&fake, &waker, &mut buffers).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        fake.arrive(&frame(60));
        assert!(driver.receive(&mut cx).is_some());
        assert!(driver.receive(&mut cx).is_none());
        assert!(!fake.interrupts(), "the last frame has been read");
    }
}

#[test]
fn a_full_transmitter_waits_for_room_and_not_for_frames() {
    let (fake, waker, mut buffers) = (Fake::new(ADDRESS), AtomicWaker::new(), Buffers::new());
    let mut driver = Lan9118::new(&fake, &waker, &mut buffers).unwrap();
    let woken = Arc::new(Woken::default());
    let task = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&task);
    fake.set_room(100);
    fake.arrive(&frame(60));
    assert!(
        driver.receive(&mut cx).is_none(),
        "a frame that could not be answered stays"
    );
    assert!(driver.transmit(&mut cx).is_none());
    assert!(
        !interrupt(&fake, &waker),
        "frames would interrupt without end"
    );
    fake.set_room(4608);
    assert!(interrupt(&fake, &waker));
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert!(driver.receive(&mut cx).is_some());
}

#[test]
fn a_received_frame_can_be_answered() {
    let (fake, waker, mut buffers) = (Fake::new(ADDRESS), AtomicWaker::new(), Buffers::new());
    let mut driver = Lan9118::new(&fake, &waker, &mut buffers).unwrap();
    fake.arrive(&frame(61));
    let (rx, tx) = driver
        .receive(&mut Context::from_waker(Waker::noop()))
        .unwrap();
    rx.consume(|received| tx.consume(received.len(), |answer| answer.copy_from_slice(received)));
    assert_eq!(fake.sent(), [frame(61)]);
}

/// What can happen to a driver.
#[derive(Clone, Debug)]
enum Step {
    Arrive(usize),
    Damaged(usize),
    Link(bool),
    Room(u32),
    /// The task runs, if it was woken.
    Run,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (14..1515_usize).prop_map(Step::Arrive),
        1 => (0..2000_usize).prop_map(Step::Damaged),
        1 => any::<bool>().prop_map(Step::Link),
        1 => prop_oneof![Just(0), Just(4608)].prop_map(Step::Room),
        4 => Just(Step::Run),
    ]
}

proptest! {
    /// Whatever happens, all good frames are received in order, the link is known, and interrupts end.
    #[test]
    fn a_task_that_runs_only_when_woken_misses_nothing(steps in prop::collection::vec(step(), 0..80)) {
        let (fake, waker, mut buffers) = (Fake::new(ADDRESS), AtomicWaker::new(), Buffers::new());
        let mut driver = Lan9118::new(&fake, &waker, &mut buffers).unwrap();
        let woken = Arc::new(Woken::default());
        // The first time, an executor runs a task without being asked.
        woken.0.store(1, Ordering::Relaxed);
        let task = Waker::from(Arc::clone(&woken));
        let (mut expected, mut received) = (vec![], vec![]);
        let (mut up, mut known) = (true, None);
        // In the end there is room, and the task may run as often as it wants.
        let end = [Step::Room(4608), Step::Run, Step::Run, Step::Run, Step::Run];
        for step in steps.into_iter().chain(end) {
            match step {
                Step::Arrive(length) => {
                    fake.arrive(&frame(length));
                    expected.push(length);
                }
                Step::Damaged(length) => {
                    fake.arrive_as(&frame(length), u32::try_from(length).unwrap() << 16 | ERROR);
                }
                Step::Link(state) => {
                    fake.set_link(state);
                    up = state;
                }
                Step::Room(bytes) => fake.set_room(bytes),
                Step::Run => {
                    if woken.0.swap(0, Ordering::Relaxed) > 0 {
                        let mut cx = Context::from_waker(&task);
                        // In embassy-net's order.
                        while let Some((rx, _)) = driver.receive(&mut cx) {
                            received.push(rx.consume(|frame| frame.len()));
                        }
                        known = Some(driver.link_state(&mut cx) == LinkState::Up);
                    }
                }
            }
            interrupt(&fake, &waker);
            prop_assert!(!fake.interrupts(), "an interrupt that was handled is over");
        }
        prop_assert_eq!(received, expected);
        prop_assert_eq!(known, Some(up));
        prop_assert_eq!(woken.0.load(Ordering::Relaxed), 0, "nothing is left to do");
        prop_assert_eq!(fake.unread().0, 0);
    }
}
