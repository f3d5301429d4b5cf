//! What the compiler cannot check: registers as memory, the vector table, and what other crates ask to be defined.
#![expect(
    unsafe_code,
    reason = "registers, the vector table and the executor are nobody else's to check"
)]

use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m::peripheral::NVIC;
use embassy_executor::raw::Executor;

use crate::{Offset, Registers};

/// A block of registers of the board; only the board makes them.
#[derive(Debug)]
pub struct Block(usize);

// ARM DAI 0385 § 3: the addresses; the interrupts below are from § 3.9.
pub(crate) const TIMER_0: Block = Block(0x4000_0000);
pub(crate) const TIMER_1: Block = Block(0x4000_1000);
pub(crate) const ETHERNET: Block = Block(0x4020_0000);

impl Registers for Block {
    fn read(&self, register: Offset) -> u32 {
        let address = (self.0 + register.bytes()) as *const u32;
        // SAFETY: only this module makes blocks; each is 4096 bytes of registers at an address that is a multiple of
        // 4096, and an offset is a multiple of 4 below 4096. No Rust object lies there.
        unsafe { address.read_volatile() }
    }

    fn write(&self, register: Offset, value: u32) {
        let address = (self.0 + register.bytes()) as *mut u32;
        // SAFETY: as above; none of the blocks writes memory by itself.
        unsafe { address.write_volatile(value) }
    }
}

/// An interrupt of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    Timer0 = 8,
    Timer1 = 9,
    Ethernet = 13,
}

// SAFETY: each variant has a number of its own, and all are less than the 32 that the chip has.
unsafe impl cortex_m::interrupt::InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self as u16
    }
}

/// Lets an interrupt in.
pub(crate) fn unmask(interrupt: Interrupt) {
    // SAFETY: no critical section relies on a masked interrupt, only on masking all of them.
    unsafe { NVIC::unmask(interrupt) }
}

/// Called for one interrupt.
type Handler = extern "C" fn();

extern "C" fn unexpected() {
    panic!("an interrupt that nobody handles");
}

/// The vector table behind the sixteen entries that each Cortex-M has: cortex-m-rt puts this section behind its own
/// entries, and asks for a table of this name.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [Handler; 32] = {
    use crate::start::ethernet;
    use crate::time::{timer_0, timer_1};
    let none: Handler = unexpected;
    [
        none, none, none, none, none, none, none, none, timer_0, timer_1, none, none, none,
        ethernet, none, none, //
        none, none, none, none, none, none, none, none, none, none, none, none, none, none, none,
        none,
    ]
};

#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    crate::exit::fault(frame.pc())
}

/// How many bytes of the stack have been used at most: cortex-m-rt paints it before anything runs.
pub(crate) fn stack_used() -> usize {
    unsafe extern "C" {
        static _stack_start: u32;
        static _stack_end: u32;
    }
    let (start, mut lowest) = (&raw const _stack_start, &raw const _stack_end);
    // SAFETY: from `_stack_end` to `_stack_start` there is memory, which the linker has left to the stack; both are
    // multiples of four. Nothing but this function's own frame is in use there, above what it reads as painted.
    while lowest < start && unsafe { lowest.read_volatile() } == cortex_m_rt::STACK_PAINT_VALUE {
        lowest = lowest.wrapping_add(1);
    }
    start.addr() - lowest.addr()
}

/// Whether a task has been woken since the executor looked.
static WOKEN: AtomicBool = AtomicBool::new(false);

/// What embassy's executor calls when it has something to do: its documentation has the name and the signature.
#[unsafe(export_name = "__pender")]
fn pender(_: *mut ()) {
    WOKEN.store(true, Ordering::SeqCst);
}

/// Runs tasks as they are woken, and sleeps in between. Not by WFE, as embassy's own executor does: QEMU does not sleep.
pub(crate) fn poll_forever(executor: &'static Executor) -> ! {
    loop {
        // SAFETY: this is the only call; it is not made from an interrupt, nor by a task.
        unsafe { executor.poll() };
        while !WOKEN.swap(false, Ordering::SeqCst) {
            critical_section::with(|_| {
                // An interrupt that comes from here on is pending, and WFI returns at once: no wake-up is lost.
                if !WOKEN.load(Ordering::SeqCst) {
                    cortex_m::asm::wfi();
                }
            });
        }
    }
}
