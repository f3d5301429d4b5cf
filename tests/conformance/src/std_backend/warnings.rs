//! Warnings about too many listeners, which the crate under test logs.

use core::cell::RefCell;

use log::{Level, LevelFilter, Log, Metadata, Record};

struct Catcher;

thread_local! {
    static CAUGHT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

const NAME: &str = "MaxListenersExceededWarning: ";

/// Catches warnings from now on.
pub(super) fn catch() {
    // Fails when it is done already.
    if log::set_logger(&Catcher).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}

/// The texts that were caught on this thread.
pub(super) fn take() -> Vec<String> {
    CAUGHT.take()
}

impl Log for Catcher {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        let text = record.args().to_string();
        if let Some(text) = text.strip_prefix(NAME) {
            CAUGHT.with_borrow_mut(|caught| caught.push(text.to_owned()));
        }
    }

    fn flush(&self) {}
}
