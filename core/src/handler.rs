//! An application, and what wakes it.

use crate::event::Event;
use crate::sockets::{SocketId, Sockets};
use crate::time::Instant;

/// An application: what it does when something happens to one of its sockets, and when it is time.
///
/// It needs no executor, no closures and no heap, and runs unchanged on every backend.
///
/// ```
/// use anydgram_core::{Datagram, Event, Handler, SocketId, Sockets};
/// struct Echo;
/// impl Handler for Echo {
///     fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
///         if let (Event::Message(message), Some(socket)) = (event, sockets.get_mut(id)) {
///             // A full queue is the sender's problem: it may ask again.
///             let _ = socket.send(Datagram::new(message.data).reply_to(message.meta).unreported());
///         }
///     }
/// }
/// ```
pub trait Handler {
    /// Something happened to the socket `id`. Any call on any socket is legal here and behaves as if it
    /// were made right after the event.
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>);

    /// When it wants to be [woken](Self::wake), by the clock that its driver is polled with; `None`, the default: never.
    ///
    /// Drivers ask again after each event and each call of `wake`, and reckon with the answer when they say until when they
    /// have nothing to do. A driver that runs until nothing can happen any more goes on while there is a time.
    fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// It is [time](Self::wake_at). Any call on any socket is legal here.
    ///
    /// `now` may be later than what was asked for. It is to ask for a later time from now on, or for none: it is woken
    /// again at once otherwise.
    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        let _ = (sockets, now);
    }
}

impl Sockets<'_, '_> {
    /// [Wakes](Handler::wake) an application if it is time; whether it was. For drivers, once in each poll.
    pub fn wake_due<H: Handler + ?Sized>(&mut self, now: Instant, handler: &mut H) -> bool {
        let is_due = handler.wake_at().is_some_and(|at| at <= now);
        if is_due {
            handler.wake(self, now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// Wants to be woken three times, a millisecond apart.
    struct Ticker {
        next: Option<Instant>,
        woken: [u64; 3],
        len: usize,
    }

    impl Handler for Ticker {
        fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, _: Event<'_>) {}

        fn wake_at(&self) -> Option<Instant> {
            self.next
        }

        fn wake(&mut self, _: &mut Sockets<'_, '_>, now: Instant) {
            self.woken[self.len] = now.as_micros();
            self.len += 1;
            let is_last = self.len == self.woken.len();
            self.next = (!is_last).then(|| now.saturating_add(Duration::from_millis(1)));
        }
    }

    #[test]
    fn an_application_is_woken_when_it_is_time() {
        let mut ticker = Ticker {
            next: Some(Instant::from_micros(500)),
            woken: [0; 3],
            len: 0,
        };
        let mut sockets = Sockets::new(&mut []);
        let times = [0, 499, 500, 501, 1_499, 1_700, 2_699, 2_700, 9_000];
        let woken = times.map(|now| sockets.wake_due(Instant::from_micros(now), &mut ticker));
        assert_eq!(
            woken,
            [false, false, true, false, false, true, false, true, false]
        );
        assert_eq!(ticker.woken, [500, 1_700, 2_700]);
    }

    #[test]
    fn an_application_without_a_time_sleeps() {
        struct Sleeper;

        impl Handler for Sleeper {
            fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, _: Event<'_>) {}
        }

        let mut sockets = Sockets::new(&mut []);
        assert!(!sockets.wake_due(Instant::from_micros(u64::MAX), &mut Sleeper));
    }
}
