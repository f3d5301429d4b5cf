//! Events of a socket that wait to be asked for: a few, without a place for an error in each.

use anydgram_core::Error;

use crate::event::Event;

/// The last four events, of which two may be errors. What is more takes the place of the oldest of its sort.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Oldest first.
    kinds: [Kind; EVENTS],
    /// Those of the errors, oldest first.
    errors: [Option<Error<'static>>; ERRORS],
}

/// An event without its error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Nothing,
    Listening,
    Connect,
    Drained,
    Error,
    Close,
}

impl Events {
    pub(crate) const fn new() -> Self {
        Self {
            kinds: [Kind::Nothing; EVENTS],
            errors: [None; ERRORS],
        }
    }

    pub(crate) const fn clear(&mut self) {
        *self = Self::new();
    }

    /// Keeps an event.
    pub(crate) fn push(&mut self, event: Event) {
        let kind = match event {
            Event::Listening => Kind::Listening,
            Event::Connect => Kind::Connect,
            Event::Drained => Kind::Drained,
            Event::Close => Kind::Close,
            Event::Error(error) => {
                if self.errors.iter().all(Option::is_some) {
                    self.drop_error();
                }
                if let Some(place) = self.errors.iter_mut().find(|place| place.is_none()) {
                    *place = Some(error);
                }
                Kind::Error
            }
        };
        if !self.kinds.contains(&Kind::Nothing) {
            self.pop();
        }
        let free = self.kinds.iter_mut().find(|kind| **kind == Kind::Nothing);
        if let Some(place) = free {
            *place = kind;
        }
    }

    /// Takes the oldest event.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        Some(match self.take(0) {
            Kind::Nothing => return None,
            Kind::Listening => Event::Listening,
            Kind::Connect => Event::Connect,
            Kind::Drained => Event::Drained,
            Kind::Close => Event::Close,
            Kind::Error => Event::Error(self.take_error()?),
        })
    }

    /// Takes what is at a place; what is behind it moves up.
    fn take(&mut self, at: usize) -> Kind {
        let Some(behind) = self.kinds.get_mut(at..) else {
            return Kind::Nothing;
        };
        let taken = behind.first_mut().map(core::mem::take);
        if taken.is_some() {
            behind.rotate_left(1);
        }
        taken.unwrap_or_default()
    }

    fn take_error(&mut self) -> Option<Error<'static>> {
        let [first, ..] = &mut self.errors;
        let taken = first.take();
        self.errors.rotate_left(1);
        taken
    }

    /// Forgets the oldest error.
    fn drop_error(&mut self) {
        let oldest = self.kinds.iter().position(|kind| *kind == Kind::Error);
        if let Some(at) = oldest {
            self.take(at);
            self.take_error();
        }
    }
}

const EVENTS: usize = 4;
const ERRORS: usize = 2;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use anydgram_core::{Errno, Syscall, SystemError};

    use super::*;

    fn error(errno: Errno) -> Event {
        Event::Error(SystemError::new(Syscall::Bind, errno).into())
    }

    fn told(given: &[Event]) -> Vec<Event> {
        let mut events = Events::new();
        for event in given {
            events.push(*event);
        }
        core::iter::from_fn(|| events.pop()).collect()
    }

    #[test]
    fn the_last_four_come_in_their_order() {
        use Event::{Close, Connect, Drained, Listening};
        let one = error(Errno::EINVAL);
        assert_eq!(told(&[]), []);
        let four = [Listening, one, Connect, Drained];
        assert_eq!(told(&four), four);
        let five = [Listening, one, Connect, Drained, Close];
        assert_eq!(told(&five), five[1..]);
        let six = [Listening, one, Connect, Drained, Close, Close];
        assert_eq!(told(&six), six[2..]);
    }

    #[test]
    fn of_errors_the_last_two_stay_and_no_other_event_gives_way() {
        use Event::{Connect, Listening};
        let [first, second, third] = [Errno::EINVAL, Errno::EACCES, Errno::EADDRINUSE].map(error);
        let given = [Listening, first, second, Connect, third];
        assert_eq!(told(&given), [Listening, second, Connect, third]);
        assert_eq!(told(&[first, second, third]), [second, third]);
    }

    #[test]
    fn what_was_kept_is_forgotten_when_it_is_cleared() {
        let mut events = Events::new();
        events.push(error(Errno::EINVAL));
        events.push(Event::Close);
        events.clear();
        assert_eq!(events.pop(), None);
        events.push(error(Errno::EACCES));
        assert_eq!(events.pop(), Some(error(Errno::EACCES)));
    }
}
