//! The chip as embassy-net wants a driver: tokens, wakers, link state.

use core::fmt;
use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState};
use embassy_sync::waitqueue::AtomicWaker;

use super::chip::{Chip, MAX_FRAME, Missing, PHY, RX_FRAME, Stats, TX_ROOM};
use crate::Registers;

/// The memory of a [`Lan9118`]: one frame each way.
///
/// Both begin two bytes behind a multiple of four, so that what follows the Ethernet header of 14 bytes is aligned:
/// payloads are copied by words.
#[derive(Debug)]
#[repr(C, align(4))]
pub struct Buffers {
    rx_shift: [u8; 2],
    rx: [u8; MAX_FRAME],
    tx_shift: [u8; 2],
    tx: [u8; MAX_FRAME],
}

impl Buffers {
    /// Empty buffers.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rx_shift: [0; 2],
            rx: [0; MAX_FRAME],
            tx_shift: [0; 2],
            tx: [0; MAX_FRAME],
        }
    }
}

const _: () = {
    assert!(core::mem::offset_of!(Buffers, rx) % 4 == 2);
    assert!(core::mem::offset_of!(Buffers, tx) % 4 == 2);
};

impl Default for Buffers {
    fn default() -> Self {
        Self::new()
    }
}

/// A LAN9118 for embassy-net.
///
/// Whoever handles the chip's interrupt masks it, by writing 0 to its interrupt enable register, and then wakes `waker`.
pub struct Lan9118<'a, R> {
    chip: Chip<R>,
    hardware_address: [u8; 6],
    waker: &'a AtomicWaker,
    buffers: &'a mut Buffers,
}

impl<'a, R: Registers> Lan9118<'a, R> {
    /// Starts the chip behind `registers`.
    ///
    /// # Errors
    /// [`Missing`] if it does not answer.
    pub fn new(
        registers: R,
        waker: &'a AtomicWaker,
        buffers: &'a mut Buffers,
    ) -> Result<Self, Missing> {
        let mut chip = Chip::new(registers);
        chip.start()?;
        let hardware_address = chip.hardware_address()?;
        Ok(Self {
            chip,
            hardware_address,
            waker,
            buffers,
        })
    }

    /// What has passed or was dropped.
    pub const fn stats(&self) -> Stats {
        self.chip.stats()
    }

    /// Whether a frame can be sent; if not, the interrupt comes once one can.
    fn has_room(&self) -> bool {
        if self.chip.has_room() {
            return true;
        }
        self.chip.acknowledge(TX_ROOM);
        // Room that has come up to here is seen now, what comes later interrupts.
        let has_room = self.chip.has_room();
        if !has_room {
            // Not for frames that arrive: without room they cannot be answered, so they are not looked at.
            self.chip.listen(PHY | TX_ROOM);
        }
        has_room
    }
}

impl<R> fmt::Debug for Lan9118<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            chip,
            hardware_address,
            ..
        } = self;
        f.debug_struct("Lan9118")
            .field("hardware_address", hardware_address)
            .field("stats", &chip.stats())
            .finish_non_exhaustive()
    }
}

impl<R: Registers> Driver for Lan9118<'_, R> {
    type RxToken<'t>
        = RxToken<'t>
    where
        Self: 't;
    type TxToken<'t>
        = TxToken<'t, R>
    where
        Self: 't;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        self.waker.register(cx.waker());
        if !self.has_room() {
            return None;
        }
        let length = self.chip.receive(&mut self.buffers.rx).or_else(|| {
            // A chip may tell of a frame only when it arrives. What has come up to here is seen now, what comes later
            // interrupts: nothing can be waiting unseen.
            self.chip.acknowledge(RX_FRAME);
            let length = self.chip.receive(&mut self.buffers.rx);
            if length.is_none() {
                self.chip.listen(RX_FRAME | PHY);
            }
            length
        })?;
        let frame = self.buffers.rx.get_mut(..length)?;
        Some((
            RxToken { frame },
            TxToken {
                chip: &mut self.chip,
                buffer: &mut self.buffers.tx,
            },
        ))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Self::TxToken<'_>> {
        self.waker.register(cx.waker());
        self.has_room().then_some(TxToken {
            chip: &mut self.chip,
            buffer: &mut self.buffers.tx,
        })
    }

    fn link_state(&mut self, cx: &mut Context<'_>) -> LinkState {
        self.waker.register(cx.waker());
        if self.chip.link() {
            LinkState::Up
        } else {
            LinkState::Down
        }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MAX_FRAME;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.hardware_address)
    }
}

/// A frame that has been received.
#[derive(Debug)]
pub struct RxToken<'t> {
    frame: &'t mut [u8],
}

impl embassy_net_driver::RxToken for RxToken<'_> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, f: F) -> T {
        f(self.frame)
    }
}

/// Room for a frame to send.
#[derive(Debug)]
pub struct TxToken<'t, R> {
    chip: &'t mut Chip<R>,
    buffer: &'t mut [u8; MAX_FRAME],
}

impl<R: Registers> embassy_net_driver::TxToken for TxToken<'_, R> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        let frame = self
            .buffer
            .get_mut(..len)
            .expect("the stack was told the longest frame");
        let result = f(frame);
        self.chip.send(frame);
        result
    }
}
