//! When `Drained` is owed, from what was seen alone.
//!
//! It is owed to whoever was told that the queue is full, of what is known to fit into it as it has been there before. It may
//! be owed for the rest: that may be too long for any queue. It is told once for however many, when nothing waits, and not
//! unless it was owed.

use crate::seen::{Seen, View};
use crate::step::{Asked, Sending, Step, Target};

/// What is promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Owed {
    #[default]
    No,
    Perhaps,
    Yes,
}

/// What takes room in a queue: the length, the name, and what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    length: usize,
    target: Option<Target>,
    asked: Asked,
}

/// What has been promised and told of one socket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drains {
    owed: Owed,
    /// What has been in the queue.
    fitted: Vec<Size>,
}

impl Drains {
    /// What was sent has come out of the queue.
    pub(crate) fn left(&mut self, sending: &Sending) {
        let size = size_of(sending);
        if !self.fitted.contains(&size) {
            self.fitted.push(size);
        }
    }

    /// A call was made.
    pub(crate) fn called(&mut self, step: &Step, seen: &Seen, before: &View, after: &View) {
        let is_full = match seen {
            Seen::Refused(failure) => failure.code == "ERR_SOCKET_DGRAM_QUEUE_FULL",
            // Something was dropped, be it this.
            Seen::Sending(Some(_), _) => before.stats.overflowed != after.stats.overflowed,
            _ => false,
        };
        if !is_full {
            return;
        }
        let fits = match step {
            Step::Send(sending) => self.fitted.contains(&size_of(sending)),
            _ => false,
        };
        if fits {
            self.owed = Owed::Yes;
        } else if self.owed == Owed::No {
            self.owed = Owed::Perhaps;
        }
    }

    /// `Drained` was told.
    pub(crate) fn told(&mut self, view: &View) -> Result<(), String> {
        let was_owed = core::mem::take(&mut self.owed);
        if was_owed == Owed::No {
            return Err("it is told to be drained, and was not full".into());
        }
        if view.in_flight.0 > 0 || view.is_closed {
            return Err(format!("it is told to be drained, and is not: {view:?}"));
        }
        Ok(())
    }

    /// Everything has come to rest.
    pub(crate) fn check_at_rest(&self, view: &View) -> Result<(), String> {
        if self.owed == Owed::Yes && !view.is_closed {
            return Err("it was full, and is never told to be drained".into());
        }
        Ok(())
    }
}

fn size_of(sending: &Sending) -> Size {
    Size {
        length: sending.length,
        target: sending.to.map(|(target, _)| target),
        asked: sending.asked,
    }
}

#[cfg(test)]
mod tests {
    use anydgram_core::{Options, Socket, SocketType, TinyStorage};

    use super::*;
    use crate::seen::Failure;
    use crate::step::Way;
    use crate::subject::view;

    const SENDING: Sending = Sending {
        to: Some((Target::A, 9)),
        length: 3,
        report: true,
        way: Way::Queue,
        asked: Asked::Nothing,
    };

    fn idle() -> View {
        let mut storage = TinyStorage::new();
        view(&mut Socket::new(
            Options::new(SocketType::Udp4),
            &mut storage,
        ))
    }

    fn refuse(drains: &mut Drains) {
        let seen = Seen::Refused(Failure {
            code: "ERR_SOCKET_DGRAM_QUEUE_FULL",
            text: String::new(),
        });
        drains.called(&Step::Send(SENDING), &seen, &idle(), &idle());
    }

    #[test]
    fn what_has_fitted_and_was_refused_must_be_told() {
        let mut drains = Drains::default();
        drains.left(&SENDING);
        refuse(&mut drains);
        refuse(&mut drains);
        assert!(drains.check_at_rest(&idle()).is_err());
        let mut closed = idle();
        closed.is_closed = true;
        assert_eq!(drains.check_at_rest(&closed), Ok(()));
        assert_eq!(drains.told(&idle()), Ok(()));
        assert_eq!(drains.check_at_rest(&idle()), Ok(()));
        assert!(drains.told(&idle()).is_err(), "once for both");
    }

    #[test]
    fn what_may_never_fit_may_be_told() {
        let mut drains = Drains::default();
        assert!(drains.told(&idle()).is_err());
        refuse(&mut drains);
        assert_eq!(drains.check_at_rest(&idle()), Ok(()));
        assert_eq!(drains.told(&idle()), Ok(()));
    }

    #[test]
    fn nothing_is_drained_while_something_waits() {
        let mut drains = Drains::default();
        refuse(&mut drains);
        let mut busy = idle();
        busy.in_flight.0 = 1;
        assert!(drains.told(&busy).is_err());
    }
}
