//! Faults that can be planted between a socket and its checks, to see that they are found.

use anydgram_core::{SendMeta, Socket};

use crate::seen::{Act, Seen, Told, View};
use crate::step::Step;

/// Something that a wrong socket would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "these are all")]
pub enum Fault {
    /// The first completion of a send is never told.
    LosesCompletion,
    /// `Close` is told once more.
    ClosesTwice,
    /// A socket in a group does not tell its backend to release it at the close.
    ForgetsMembership,
    /// The size of the send queue is that of the step before.
    CountsLate,
    /// A completion is one byte short.
    MissesByte,
    /// The text of an error has no port.
    NamesNoPort,
    /// A call on a closed socket is taken.
    ObeysWhenClosed,
    /// The first byte of a datagram is another one.
    ConfusesBytes,
    /// What a datagram asks for is forgotten.
    ForgetsAsked,
    /// The first of two datagrams that wait leaves with the bytes of the second one.
    SwapsBytes,
    /// A connected socket hears strangers.
    HearsStrangers,
    /// A datagram that was dropped is not counted.
    DropsUncounted,
    /// The backend is never told to connect.
    NeverConnects,
    /// `Listening` is told before the bind has ended.
    ListensEarly,
    /// `Drained` is not told.
    ForgetsDrained,
    /// `Drained` is told once more.
    DrainsTwice,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::LosesCompletion,
        Self::ClosesTwice,
        Self::ForgetsMembership,
        Self::CountsLate,
        Self::MissesByte,
        Self::NamesNoPort,
        Self::ObeysWhenClosed,
        Self::ConfusesBytes,
        Self::ForgetsAsked,
        Self::SwapsBytes,
        Self::HearsStrangers,
        Self::DropsUncounted,
        Self::NeverConnects,
        Self::ListensEarly,
        Self::ForgetsDrained,
        Self::DrainsTwice,
    ];
}

/// A fault, and what it has to remember.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planted {
    fault: Option<Fault>,
    has_struck: bool,
    is_in_group: bool,
    queue_size: usize,
}

impl Planted {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self {
            fault,
            ..Self::default()
        }
    }

    pub(crate) const fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// What the socket shows instead; `again` polls once more.
    pub(crate) fn distort(
        &mut self,
        step: &Step,
        seen: Seen,
        socket: &mut Socket<'_>,
        again: impl FnOnce(&mut Socket<'_>) -> Seen,
    ) -> Seen {
        let Some(fault) = self.fault else { return seen };
        self.is_in_group |= matches!((step, &seen), (Step::Member(true, _), Seen::Done));
        match (fault, seen) {
            (Fault::LosesCompletion, Seen::Event(Told::Sent(..))) if !self.has_struck => {
                self.has_struck = true;
                again(socket)
            }
            (Fault::ForgetsMembership, Seen::Action(Act::Close)) if self.is_in_group => {
                again(socket)
            }
            (Fault::MissesByte, Seen::Event(Told::Sent(send, Ok(bytes)))) => {
                Seen::Event(Told::Sent(send, Ok(bytes.saturating_sub(1))))
            }
            (Fault::NamesNoPort, Seen::Event(Told::Error(operation, mut failure))) => {
                let cut = failure.text.find(":9").unwrap_or(failure.text.len());
                failure.text.truncate(cut);
                Seen::Event(Told::Error(operation, failure))
            }
            (Fault::ObeysWhenClosed, Seen::Refused(_)) if socket.is_closed() => Seen::Done,
            (Fault::ConfusesBytes, Seen::Datagram(send, mut datagram)) => {
                if let Some(first) = datagram.bytes.first_mut() {
                    *first ^= 1;
                }
                Seen::Datagram(send, datagram)
            }
            (Fault::ForgetsAsked, Seen::Datagram(send, mut datagram)) => {
                datagram.meta = SendMeta::new();
                Seen::Datagram(send, datagram)
            }
            (Fault::SwapsBytes, Seen::Datagram(send, mut datagram))
                if matches!(step, Step::PollTransmit) =>
            {
                socket.transmit_run(|run| {
                    if let Some(second) = run.nth(1) {
                        datagram.bytes = second.payload.pieces().concat();
                    }
                    0
                });
                Seen::Datagram(send, datagram)
            }
            (Fault::HearsStrangers, Seen::Message(false)) if socket.remote_address().is_ok() => {
                Seen::Message(true)
            }
            (Fault::NeverConnects, Seen::Action(Act::Connect(_))) => again(socket),
            (Fault::ForgetsDrained, Seen::Event(Told::Drained)) => again(socket),
            (_, seen) => self.tell_unasked(step, seen),
        }
    }

    /// What is told that has not happened, or has been told.
    fn tell_unasked(&mut self, step: &Step, seen: Seen) -> Seen {
        let told = match self.fault {
            Some(Fault::ClosesTwice) => Told::Close,
            Some(Fault::DrainsTwice) => Told::Drained,
            Some(Fault::ListensEarly) => Told::Listening,
            _ => return seen,
        };
        let is_poll = matches!(step, Step::PollEvent);
        match &seen {
            Seen::Event(of) if *of == told && told != Told::Listening => self.has_struck = true,
            Seen::Action(Act::Bind { .. }) if told == Told::Listening => self.has_struck = true,
            Seen::Nothing if is_poll && self.has_struck => {
                // Not for ever, or it would never come to rest.
                self.has_struck = told != Told::Drained;
                return Seen::Event(told);
            }
            _ => {}
        }
        seen
    }

    /// What can be asked of the socket instead.
    pub(crate) fn distort_view(&mut self, mut view: View) -> View {
        match self.fault {
            Some(Fault::CountsLate) => {
                core::mem::swap(&mut view.queue_size, &mut self.queue_size);
            }
            Some(Fault::DropsUncounted) => view.stats.dropped_peer = 0,
            _ => {}
        }
        view
    }
}
