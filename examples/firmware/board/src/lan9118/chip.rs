//! The registers of the chip and what they mean: start, frames, link, interrupts.

use crate::{Offset, Registers};

pub(crate) const RX_DATA: Offset = Offset::new(0x00);
pub(crate) const TX_DATA: Offset = Offset::new(0x20);
pub(crate) const RX_STATUS: Offset = Offset::new(0x40);
pub(crate) const TX_STATUS: Offset = Offset::new(0x48);
pub(crate) const INTERRUPT_CONFIG: Offset = Offset::new(0x54);
pub(crate) const INTERRUPT_STATUS: Offset = Offset::new(0x58);
pub(crate) const INTERRUPT_ENABLE: Offset = Offset::new(0x5C);
pub(crate) const BYTE_TEST: Offset = Offset::new(0x64);
pub(crate) const FIFO_INTERRUPT: Offset = Offset::new(0x68);
pub(crate) const RX_CONFIG: Offset = Offset::new(0x6C);
pub(crate) const TX_CONFIG: Offset = Offset::new(0x70);
pub(crate) const HARDWARE_CONFIG: Offset = Offset::new(0x74);
pub(crate) const RX_FIFO: Offset = Offset::new(0x7C);
pub(crate) const TX_FIFO: Offset = Offset::new(0x80);
pub(crate) const MAC_COMMAND: Offset = Offset::new(0xA4);
pub(crate) const MAC_DATA: Offset = Offset::new(0xA8);

/// What `BYTE_TEST` holds once the chip is awake.
pub(crate) const BYTE_ORDER: u32 = 0x8765_4321;

/// A frame has arrived.
pub(crate) const RX_FRAME: u32 = 1 << 3;
/// The link has changed.
pub(crate) const PHY: u32 = 1 << 18;
/// The transmit FIFO has room for a frame.
pub(crate) const TX_ROOM: u32 = 1 << 23;

/// Of a frame's receive or transmit status: something was wrong with it.
pub(crate) const ERROR: u32 = 1 << 15;

/// In `MAC_COMMAND`: the MAC is at work; its register is to be read.
pub(crate) const MAC_BUSY: u32 = 1 << 31;
pub(crate) const MAC_READ: u32 = 1 << 30;
pub(crate) const MAC_CONTROL: u32 = 1;
pub(crate) const MAC_ADDRESS_HIGH: u32 = 2;
pub(crate) const MAC_ADDRESS_LOW: u32 = 3;
pub(crate) const MII_ACCESS: u32 = 6;
pub(crate) const MII_DATA: u32 = 7;

/// The registers of the PHY: its basic status, its interrupts (reading ends them), which of them are on.
pub(crate) const PHY_STATUS: u32 = 1;
pub(crate) const PHY_INTERRUPT: u32 = 29;
pub(crate) const PHY_INTERRUPT_MASK: u32 = 30;
pub(crate) const PHY_LINK: u32 = 1 << 2;

/// Full duplex, all multicast, transmitter and receiver on. Without the filter of the chip: the stack has its own.
const MAC_ON: u32 = 1 << 20 | 1 << 19 | 1 << 3 | 1 << 2;

/// The longest frame without its check sequence: 1500 bytes and a header.
pub const MAX_FRAME: usize = 1514;
/// The check sequence behind each frame that was received.
const CHECK_SEQUENCE: usize = 4;
const HEADER: usize = 14;

/// How often a bit is looked at before the chip counts as dead; the longest wait is for a reset, some milliseconds.
const PATIENCE: u32 = 1_000_000;

/// The chip does not answer: none is there, or it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, defmt::Format)]
#[non_exhaustive]
pub struct Missing;

/// How many frames have passed or were dropped since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, defmt::Format)]
#[non_exhaustive]
pub struct Stats {
    /// Frames received whole.
    pub received: u32,
    /// Frames dropped: shorter than a header, longer than the buffer, or damaged.
    pub dropped: u32,
    /// Frames given to the transmitter.
    pub sent: u32,
    /// Frames that the transmitter reports as not sent.
    pub unsent: u32,
}

/// A LAN9118.
#[derive(Debug)]
pub struct Chip<R> {
    registers: R,
    link: bool,
    stats: Stats,
}

impl<R> Chip<R> {
    /// The chip behind `registers`, asleep.
    pub const fn new(registers: R) -> Self {
        Self {
            registers,
            link: false,
            stats: Stats {
                received: 0,
                dropped: 0,
                sent: 0,
                unsent: 0,
            },
        }
    }

    /// What has passed or was dropped.
    pub const fn stats(&self) -> Stats {
        self.stats
    }
}

impl<R: Registers> Chip<R> {
    /// Resets the chip and turns it on; interrupts stay masked.
    ///
    /// # Errors
    /// [`Missing`] if the chip does not answer.
    pub fn start(&mut self) -> Result<(), Missing> {
        self.wait(BYTE_TEST, u32::MAX, BYTE_ORDER)?;
        self.registers.write(HARDWARE_CONFIG, 1);
        self.wait(HARDWARE_CONFIG, 1, 0)?;
        self.wait(BYTE_TEST, u32::MAX, BYTE_ORDER)?;
        // Store and forward; 5 KiB of the chip's 16 are for transmission.
        self.registers.write(HARDWARE_CONFIG, 1 << 20 | 5 << 16);
        self.registers.write(INTERRUPT_ENABLE, 0);
        self.registers.write(INTERRUPT_STATUS, u32::MAX);
        // Line enabled, active high, push-pull: with another polarity it is asserted all the time.
        self.registers.write(INTERRUPT_CONFIG, 1 << 8 | 1 << 4 | 1);
        // `TX_ROOM` above 24 × 64 bytes, room for the longest frame; `RX_FRAME` from the first frame on.
        self.registers.write(FIFO_INTERRUPT, 24 << 24);
        self.registers.write(RX_CONFIG, 0);
        self.registers.write(TX_CONFIG, 1 << 1);
        self.phy_read(PHY_INTERRUPT)?;
        // Link down, and negotiation complete.
        self.phy_write(PHY_INTERRUPT_MASK, 1 << 4 | 1 << 6)?;
        self.look_at_link()?;
        self.mac_write(MAC_CONTROL, MAC_ON)
    }

    /// The address that the chip was given by its EEPROM.
    ///
    /// # Errors
    /// [`Missing`] if the chip does not answer.
    pub fn hardware_address(&mut self) -> Result<[u8; 6], Missing> {
        let [a, b, c, d] = self.mac_read(MAC_ADDRESS_LOW)?.to_le_bytes();
        let [e, f, ..] = self.mac_read(MAC_ADDRESS_HIGH)?.to_le_bytes();
        Ok([a, b, c, d, e, f])
    }

    /// Reads the next good frame into `buffer`, without its check sequence, and returns its length.
    ///
    /// Frames that are damaged, shorter than a header or longer than `buffer` are dropped on the way.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        while (self.registers.read(RX_FIFO) >> 16) & 0xFF != 0 {
            let status = self.registers.read(RX_STATUS);
            let length = (status >> 16) as usize & 0x3FFF;
            let mut words = length.div_ceil(4);
            let frame = length
                .checked_sub(CHECK_SEQUENCE)
                .filter(|&frame| frame >= HEADER && status & ERROR == 0);
            let frame = frame.and_then(|frame| buffer.get_mut(..frame));
            let received = frame.map(|frame| {
                let (whole, rest) = frame.as_chunks_mut();
                for word in whole.iter_mut() {
                    *word = self.registers.read(RX_DATA).to_le_bytes();
                }
                words -= whole.len();
                if !rest.is_empty() {
                    words -= 1;
                    let word = self.registers.read(RX_DATA).to_le_bytes();
                    rest.iter_mut().zip(word).for_each(|(to, from)| *to = from);
                }
                length - CHECK_SEQUENCE
            });
            // The rest has to be read, too: after the chip's own way to skip a frame, later ones get out of step.
            for _ in 0..words {
                self.registers.read(RX_DATA);
            }
            if received.is_some() {
                self.stats.received = self.stats.received.wrapping_add(1);
                return received;
            }
            self.stats.dropped = self.stats.dropped.wrapping_add(1);
        }
        None
    }

    /// Whether a frame of any length can be sent now.
    pub fn has_room(&self) -> bool {
        // The data, padded to words, and two words of commands.
        (self.registers.read(TX_FIFO) & 0xFFFF) as usize >= MAX_FRAME.next_multiple_of(4) + 8
    }

    /// Sends a frame of at most [`MAX_FRAME`] bytes, for which there [is room](Self::has_room).
    pub fn send(&mut self, frame: &[u8]) {
        debug_assert!(
            frame.len() <= MAX_FRAME,
            "a frame is longer than the link allows"
        );
        // The status of earlier frames: it has a FIFO that has to be emptied.
        for _ in 0..(self.registers.read(TX_FIFO) >> 16) & 0xFF {
            if self.registers.read(TX_STATUS) & ERROR != 0 {
                self.stats.unsent = self.stats.unsent.wrapping_add(1);
            }
        }
        let length = u32::try_from(frame.len()).unwrap_or(0);
        // First and last segment of a frame; then the frame's length, and no tag.
        self.registers.write(TX_DATA, 1 << 13 | 1 << 12 | length);
        self.registers.write(TX_DATA, length);
        let (whole, rest) = frame.as_chunks();
        for &word in whole {
            self.registers.write(TX_DATA, u32::from_le_bytes(word));
        }
        if !rest.is_empty() {
            let mut word = [0; 4];
            word.iter_mut().zip(rest).for_each(|(to, &from)| *to = from);
            self.registers.write(TX_DATA, u32::from_le_bytes(word));
        }
        self.stats.sent = self.stats.sent.wrapping_add(1);
    }

    /// Whether the cable is connected at both ends. Ends the PHY's interrupt.
    pub fn link(&mut self) -> bool {
        // A PHY that does not answer has no link.
        if self.registers.read(INTERRUPT_STATUS) & PHY != 0 && self.look_at_link().is_err() {
            self.link = false;
        }
        self.link
    }

    /// Ends the interrupts of `sources`, which may begin again at once.
    pub(crate) fn acknowledge(&self, sources: u32) {
        self.registers.write(INTERRUPT_STATUS, sources);
    }

    /// Has the chip interrupt for `sources`, and for no others.
    pub(crate) fn listen(&self, sources: u32) {
        self.registers.write(INTERRUPT_ENABLE, sources);
    }

    fn look_at_link(&mut self) -> Result<(), Missing> {
        self.phy_read(PHY_INTERRUPT)?;
        self.registers.write(INTERRUPT_STATUS, PHY);
        // IEEE 802.3 § 22.2.4.2.13: a link that was lost shows in the first look, what it is now in the second.
        self.phy_read(PHY_STATUS)?;
        self.link = self.phy_read(PHY_STATUS)? & PHY_LINK != 0;
        Ok(())
    }

    fn phy_read(&self, register: u32) -> Result<u32, Missing> {
        self.mac_write(MII_ACCESS, 1 << 11 | register << 6 | 1)?;
        self.wait_for_mii()?;
        self.mac_read(MII_DATA)
    }

    fn phy_write(&self, register: u32, value: u32) -> Result<(), Missing> {
        self.mac_write(MII_DATA, value)?;
        self.mac_write(MII_ACCESS, 1 << 11 | register << 6 | 1 << 1 | 1)?;
        self.wait_for_mii()
    }

    fn wait_for_mii(&self) -> Result<(), Missing> {
        for _ in 0..PATIENCE {
            if self.mac_read(MII_ACCESS)? & 1 == 0 {
                return Ok(());
            }
        }
        Err(Missing)
    }

    fn mac_read(&self, register: u32) -> Result<u32, Missing> {
        self.registers
            .write(MAC_COMMAND, MAC_BUSY | MAC_READ | register);
        self.wait(MAC_COMMAND, MAC_BUSY, 0)?;
        Ok(self.registers.read(MAC_DATA))
    }

    fn mac_write(&self, register: u32, value: u32) -> Result<(), Missing> {
        self.registers.write(MAC_DATA, value);
        self.registers.write(MAC_COMMAND, MAC_BUSY | register);
        self.wait(MAC_COMMAND, MAC_BUSY, 0)
    }

    /// Waits until a register, looked at through `mask`, is `value`.
    fn wait(&self, register: Offset, mask: u32, value: u32) -> Result<(), Missing> {
        (0..PATIENCE)
            .any(|_| self.registers.read(register) & mask == value)
            .then_some(())
            .ok_or(Missing)
    }
}
