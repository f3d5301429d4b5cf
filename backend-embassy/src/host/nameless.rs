//! Host names, without anybody to ask.

use anydgram_core::{Address, Errno, Family};

use super::Host;

impl<H> Host<'_, H> {
    /// `ENOTFOUND`.
    #[expect(clippy::unused_async, reason = "whoever asks waits for the answer")]
    pub(crate) async fn ask(&self, _: &str, _: Family) -> Result<Address, Errno> {
        Err(Errno::ENOTFOUND)
    }
}
