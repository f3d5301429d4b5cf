//! From reset to the first task.

use embassy_executor::Spawner;
use embassy_executor::raw::Executor;
use embassy_sync::waitqueue::AtomicWaker;
use static_cell::{ConstStaticCell, StaticCell};

use crate::lan9118::{self, Buffers, Lan9118};
use crate::sys::{self, Block, ETHERNET, Interrupt};
use crate::{Registers as _, time};

/// The board's Ethernet.
pub type Ethernet = Lan9118<'static, Block>;

static ETHERNET_WAKER: AtomicWaker = AtomicWaker::new();

/// The interrupt of the Ethernet chip: its driver does what there is to do, and then unmasks it.
pub(crate) extern "C" fn ethernet() {
    ETHERNET.write(lan9118::INTERRUPT_ENABLE, 0);
    ETHERNET_WAKER.wake();
}

/// Starts the board, has `start` spawn tasks, and runs them for ever. To be called once, from `main`.
///
/// # Panics
/// If it is called again, or the Ethernet chip does not answer.
pub fn run(start: impl FnOnce(Spawner, Ethernet)) -> ! {
    static BUFFERS: ConstStaticCell<Buffers> = ConstStaticCell::new(Buffers::new());
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();

    time::start();
    let executor = EXECUTOR.init(Executor::new(core::ptr::null_mut()));
    let ethernet = Lan9118::new(ETHERNET, &ETHERNET_WAKER, BUFFERS.take());
    start(
        executor.spawner(),
        ethernet.expect("the board has an Ethernet chip"),
    );
    sys::unmask(Interrupt::Ethernet);
    sys::poll_forever(executor)
}
