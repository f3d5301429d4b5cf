//! What a program costs: instructions for each datagram that it echoes, bytes of flash, RAM and stack.

use core::net::SocketAddr;
use core::time::Duration;
use std::{fs, io};

use object::read::elf::ElfFile32;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

use crate::{Firmware, Guest, Peer, Switch};

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);
const ECHO: u16 = 7;
const CONTROL: u16 = 9;
/// How many echoes are counted.
const COUNTS: u32 = 30;

/// A board that echoes, and whoever sends.
#[derive(Debug)]
pub struct Bench {
    guest: Guest,
    peer: Peer,
    // Last: its folder has the others' sockets.
    _switch: Switch,
}

impl Bench {
    /// Boots a program that echoes.
    ///
    /// # Errors
    /// If that is not possible.
    pub fn new(firmware: &Firmware) -> io::Result<Self> {
        let switch = Switch::new()?;
        let peer = Peer::new(&switch, 1)?;
        let mut guest = Guest::boot_counting(firmware, &switch, 2)?;
        guest.log().wait_for("link up", PATIENCE)?;
        Ok(Self {
            guest,
            peer,
            _switch: switch,
        })
    }

    /// The instructions for an echo of this length: interrupt, executor, driver, stack, both ways.
    ///
    /// The board is at rest before and after it, so that nothing is done together with something else; of several counts
    /// it is the least, since now and then something that waits for its time falls into one. This is the same on every
    /// machine, busy or not.
    ///
    /// # Errors
    /// If an echo does not come, or is another one.
    pub fn instructions(&mut self, length: usize) -> io::Result<f64> {
        let payload = vec![0x5A; length];
        // The first has found the neighbour.
        self.echo(&payload)?;
        let mut least = u32::MAX;
        for _ in 0..COUNTS {
            let before = self.guest.instructions(PATIENCE)?;
            self.echo(&payload)?;
            let count = self.guest.instructions(PATIENCE)? - before;
            least = least.min(u32::try_from(count).map_err(io::Error::other)?);
        }
        Ok(f64::from(least))
    }

    /// Ends the program, and returns the most bytes of stack that it has used.
    ///
    /// # Errors
    /// If it does not say so.
    pub fn stack(mut self) -> io::Result<u64> {
        let to = (self.guest.ipv4(), CONTROL).into();
        self.peer.send(to, b"exit 0")?;
        let line = self.guest.log().wait_for("stack ", PATIENCE)?;
        let words = line.message.split(' ').nth(1);
        words
            .and_then(|bytes| bytes.parse().ok())
            .ok_or_else(|| io::Error::other(line.message))
    }

    fn echo(&mut self, payload: &[u8]) -> io::Result<()> {
        let to = SocketAddr::from((self.guest.ipv4(), ECHO));
        self.peer.send(to, payload)?;
        if self.peer.receive(PATIENCE)?.payload == payload {
            Ok(())
        } else {
            Err(io::Error::other("another datagram came back"))
        }
    }
}

/// The bytes that a program takes before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// Code, constants and the initial values of variables.
    pub flash: u64,
    /// All variables.
    pub ram: u64,
    /// The part of `ram` that is buffers for payloads and frames: the variables whose names end with `_BYTES`.
    pub buffers: u64,
}

impl Size {
    /// The size of a program.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(firmware: &Firmware) -> io::Result<Self> {
        let program = fs::read(firmware.path())?;
        let program =
            ElfFile32::<object::Endianness>::parse(&program[..]).map_err(io::Error::other)?;
        let (mut flash, mut ram) = (0, 0);
        for section in program.sections() {
            match section.name() {
                Ok(".vector_table" | ".text" | ".rodata") => flash += section.size(),
                Ok(".data") => {
                    flash += section.size();
                    ram += section.size();
                }
                Ok(".bss" | ".uninit") => ram += section.size(),
                _ => {}
            }
        }
        let buffers = program.symbols().filter_map(|symbol| {
            let is_buffer = symbol.name().is_ok_and(|name| name.contains("_BYTES"));
            is_buffer.then(|| symbol.size())
        });
        Ok(Self {
            flash,
            ram,
            buffers: buffers.sum(),
        })
    }
}
