//! How the parts of the board see the registers of a chip: as memory on the board, as an imitation in tests.

/// Where a register lies in its block: a multiple of 4 below 4096.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offset(u16);

impl Offset {
    /// The register that lies `bytes` behind the block's start.
    ///
    /// # Panics
    /// If `bytes` is no multiple of 4 or not below 4096; for a constant, when it is compiled.
    #[must_use]
    pub const fn new(bytes: u16) -> Self {
        assert!(
            bytes < 4096 && bytes.is_multiple_of(4),
            "no register lies there"
        );
        Self(bytes)
    }

    /// Bytes from the block's start: a multiple of 4 below 4096.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.0 as usize
    }
}

/// A block of 32-bit registers. To read one can change it, as can time.
pub trait Registers {
    /// Reads a register.
    fn read(&self, register: Offset) -> u32;

    /// Writes a register.
    fn write(&self, register: Offset, value: u32);
}

impl<R: Registers + ?Sized> Registers for &R {
    fn read(&self, register: Offset) -> u32 {
        R::read(self, register)
    }

    fn write(&self, register: Offset, value: u32) {
        R::write(self, register, value);
    }
}
