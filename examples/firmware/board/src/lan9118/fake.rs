//! An imitated chip: what the data sheet says of the registers that the driver uses, and nothing else.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::cell::RefCell;

use super::chip::*;
use crate::{Offset, Registers};

/// What happens on the wire behind the driver's back: a frame, after so many accesses.
type Surprise = (u32, Vec<u8>);

#[derive(Debug, Default)]
struct State {
    awake: bool,
    rx_status: VecDeque<u32>,
    rx_data: VecDeque<u32>,
    tx: Vec<u32>,
    sent: Vec<Vec<u8>>,
    tx_status: VecDeque<u32>,
    next_tx_status: u32,
    room: u32,
    interrupt_status: u32,
    interrupt_enable: u32,
    interrupt_config: u32,
    mac: [u32; 16],
    mac_data: u32,
    phy_interrupt: u32,
    phy_mask: u32,
    link: bool,
    /// A lost link shows until the status was read.
    link_was_lost: bool,
    surprise: Option<Surprise>,
}

/// A chip that tests look into.
#[derive(Debug)]
pub(super) struct Fake(RefCell<State>);

impl Fake {
    /// A chip with its link up.
    pub(super) fn new(hardware_address: [u8; 6]) -> Self {
        let [a, b, c, d, e, f] = hardware_address;
        let mut state = State {
            awake: true,
            room: 4608,
            link: true,
            ..State::default()
        };
        state.mac[MAC_ADDRESS_LOW as usize] = u32::from_le_bytes([a, b, c, d]);
        state.mac[MAC_ADDRESS_HIGH as usize] = u32::from_le_bytes([e, f, 0, 0]);
        Self(RefCell::new(state))
    }

    /// A place where no chip is.
    pub(super) fn nothing() -> Self {
        Self(RefCell::default())
    }

    /// A frame arrives.
    pub(super) fn arrive(&self, frame: &[u8]) {
        let length = u32::try_from(frame.len() + 4).unwrap();
        self.arrive_as(frame, length << 16);
    }

    /// A frame arrives with a status of its own; the FIFO has as many words as the status says.
    pub(super) fn arrive_as(&self, frame: &[u8], status: u32) {
        let mut state = self.0.borrow_mut();
        let words = (status >> 16 & 0x3FFF).div_ceil(4);
        let mut bytes = frame.iter().copied().chain(core::iter::repeat(0xCC));
        for _ in 0..words {
            let word = core::array::from_fn(|_| bytes.next().unwrap());
            state.rx_data.push_back(u32::from_le_bytes(word));
        }
        state.rx_status.push_back(status);
        state.interrupt_status |= RX_FRAME;
    }

    /// Has a frame arrive right after the access of this number, 1 being the next one.
    pub(super) fn arrive_after(&self, accesses: u32, frame: &[u8]) {
        self.0.borrow_mut().surprise = Some((accesses, frame.into()));
    }

    /// Whether a frame is still to arrive.
    pub(super) fn is_frame_due(&self) -> bool {
        self.0.borrow().surprise.is_some()
    }

    /// An access is over.
    fn accessed(&self) {
        let mut state = self.0.borrow_mut();
        if let Some((accesses, _)) = &mut state.surprise {
            *accesses -= 1;
        }
        let surprise = state.surprise.take_if(|(accesses, _)| *accesses == 0);
        drop(state);
        if let Some((_, frame)) = surprise {
            self.arrive(&frame);
        }
    }

    /// Connects or cuts the cable.
    pub(super) fn set_link(&self, up: bool) {
        let mut state = self.0.borrow_mut();
        state.link = up;
        state.link_was_lost |= !up;
        state.phy_interrupt |= if up { 1 << 6 } else { 1 << 4 };
        state.update_phy();
    }

    /// How many bytes the transmit FIFO has left.
    pub(super) fn set_room(&self, bytes: u32) {
        let mut state = self.0.borrow_mut();
        state.room = bytes;
        if bytes > 24 * 64 {
            state.interrupt_status |= TX_ROOM;
        }
    }

    /// The status of the frames that are sent from now on.
    pub(super) fn set_tx_status(&self, status: u32) {
        self.0.borrow_mut().next_tx_status = status;
    }

    /// Whether the interrupt line is asserted.
    pub(super) fn interrupts(&self) -> bool {
        let state = self.0.borrow();
        state.interrupt_status & state.interrupt_enable != 0
    }

    /// What the line is configured as.
    pub(super) fn interrupt_config(&self) -> u32 {
        self.0.borrow().interrupt_config
    }

    /// Words of frames, their status and the status of sent ones that were not read.
    pub(super) fn unread(&self) -> (usize, usize, usize) {
        let state = self.0.borrow();
        (
            state.rx_data.len(),
            state.rx_status.len(),
            state.tx_status.len(),
        )
    }

    /// The frames that have left since it was last asked.
    pub(super) fn sent(&self) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.0.borrow_mut().sent)
    }

    /// A register of the MAC.
    pub(super) fn mac(&self, register: u32) -> u32 {
        self.0.borrow().mac[register as usize]
    }
}

impl State {
    fn update_phy(&mut self) {
        if self.phy_interrupt & self.phy_mask != 0 {
            self.interrupt_status |= PHY;
        } else {
            self.interrupt_status &= !PHY;
        }
    }

    fn mii(&mut self, access: u32) {
        let register = access >> 6 & 31;
        let data = self.mac[MII_DATA as usize];
        match (access & 2 != 0, register) {
            (true, PHY_INTERRUPT_MASK) => self.phy_mask = data,
            (false, PHY_INTERRUPT) => {
                self.mac[MII_DATA as usize] = core::mem::take(&mut self.phy_interrupt);
            }
            (false, PHY_STATUS) => {
                let up = self.link && !core::mem::take(&mut self.link_was_lost);
                self.mac[MII_DATA as usize] = if up { PHY_LINK } else { 0 };
            }
            _ => panic!("PHY register {register} is not used"),
        }
        self.update_phy();
    }

    /// A word for the transmitter: the commands come first, and the last word of data sends the frame.
    fn transmit(&mut self, word: u32) {
        self.tx.push(word);
        let [command, length, data @ ..] = &*self.tx else {
            return;
        };
        assert_eq!(command & 0x7FF, *length, "both commands have the length");
        assert_eq!(command & 0x3000, 0x3000, "a frame is one segment");
        let length = *length as usize;
        if data.len() == length.div_ceil(4) {
            let mut frame: Vec<u8> = data.iter().flat_map(|word| word.to_le_bytes()).collect();
            frame.truncate(length);
            self.sent.push(frame);
            self.tx_status.push_back(self.next_tx_status);
            self.tx.clear();
        }
    }
}

impl Registers for Fake {
    fn read(&self, register: Offset) -> u32 {
        let mut state = self.0.borrow_mut();
        let value = match register {
            BYTE_TEST if state.awake => BYTE_ORDER,
            BYTE_TEST | HARDWARE_CONFIG | MAC_COMMAND => 0,
            RX_FIFO => {
                u32::try_from((state.rx_status.len() << 16) | (state.rx_data.len() * 4)).unwrap()
            }
            RX_STATUS => state
                .rx_status
                .pop_front()
                .expect("the status of a frame that is there"),
            RX_DATA => state.rx_data.pop_front().expect("a word that is there"),
            TX_FIFO => u32::try_from(state.tx_status.len()).unwrap() << 16 | state.room,
            TX_STATUS => state
                .tx_status
                .pop_front()
                .expect("the status of a frame that has left"),
            INTERRUPT_STATUS => state.interrupt_status,
            MAC_DATA => state.mac_data,
            _ => panic!("{register:?} is not read"),
        };
        drop(state);
        self.accessed();
        value
    }

    fn write(&self, register: Offset, value: u32) {
        let mut state = self.0.borrow_mut();
        match register {
            TX_DATA => state.transmit(value),
            INTERRUPT_STATUS => {
                state.interrupt_status &= !value;
                state.update_phy();
            }
            INTERRUPT_ENABLE => state.interrupt_enable = value,
            INTERRUPT_CONFIG => state.interrupt_config = value,
            HARDWARE_CONFIG | FIFO_INTERRUPT | RX_CONFIG | TX_CONFIG => {}
            MAC_DATA => state.mac_data = value,
            MAC_COMMAND => {
                assert_ne!(value & MAC_BUSY, 0, "a command begins by being busy");
                let index = value & 0xF;
                if value & MAC_READ != 0 {
                    state.mac_data = state.mac[index as usize];
                } else if index == MII_ACCESS {
                    let access = state.mac_data;
                    state.mii(access);
                } else {
                    state.mac[index as usize] = state.mac_data;
                }
            }
            _ => panic!("{register:?} is not written"),
        }
        drop(state);
        self.accessed();
    }
}
