//! Ending a wait from another thread.

use alloc::sync::Arc;
use alloc::task::Wake;

use mio::{Registry, Token};

/// Wakes whoever waits on the [`mio::Poll`] that it is registered with.
pub(crate) struct Alarm(mio::Waker);

impl Alarm {
    pub(crate) fn new(registry: &Registry, token: Token) -> std::io::Result<Self> {
        mio::Waker::new(registry, token).map(Self)
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Err(error) = self.0.wake() {
            log::warn!("ending a wait for sockets failed: {error}");
        }
    }
}
