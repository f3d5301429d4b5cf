//! Lookups of scenarios: their questions and answers, and what an answer brings about within itself.

use alloc::rc::{Rc, Weak};

use anydgram_conformance_agent::Call;
use anydgram_core::{Address, BindState, Errno};

use super::HandlerBackend;
use super::network::{Network, Question};
use crate::backend::SocketId;

impl<N: Network + 'static> HandlerBackend<N> {
    /// Hands the questions of sockets with a lookup of their own to the scenario.
    pub(super) fn ask(&self) {
        loop {
            let asked = self.asked.borrow_mut().pop_front();
            let Some((socket, question)) = asked else {
                return;
            };
            let Question {
                number,
                text,
                family,
            } = question;
            let answers = Rc::clone(&self.answers);
            let myself = Weak::clone(&self.myself);
            let reply = Box::new(move |outcome: Result<Address, Errno>| {
                answers.borrow_mut().push_back((socket, number, outcome));
                if let Some(backend) = myself.upgrade() {
                    backend.answer();
                }
            });
            let lookup = self.record(socket).lookup;
            if let (Some(lookup), Some(script)) = (lookup, self.script.upgrade()) {
                script.ask(lookup, &text, family, reply);
            }
        }
    }

    /// Takes the answers that the scenario has given.
    pub(super) fn answer(&self) {
        loop {
            let answer = self.answers.borrow_mut().pop_front();
            let Some((socket, number, outcome)) = answer else {
                return;
            };
            self.answer_now(socket, Some(Call::Answer { number, outcome }));
        }
    }

    /// Has a call carried out, if there is one, and does at once what the socket asks for. A bind that ends within that is
    /// told within it, as in Node.
    pub(super) fn answer_now(&self, socket: SocketId, call: Option<Call<'_>>) {
        let record = self.record(socket);
        let was_binding = self.bind_state(&record) == BindState::Binding;
        if let Some(call) = call {
            let outcome = self.execute(&record, call);
            debug_assert!(outcome.is_ok(), "what fails is an event");
        }
        let told = record.told_binds.get();
        let carried_out = self.carry_out(&record);
        debug_assert!(carried_out.is_ok(), "what fails is an event");
        let is_binding = self.bind_state(&record) == BindState::Binding;
        if was_binding && !is_binding && record.told_binds.get() == told {
            let waiting = self.happened.take();
            let polled = self.execute(&record, Call::PollEvent);
            debug_assert!(polled.is_ok(), "there is an event, or none");
            let next = self.happened.replace(waiting).pop_front();
            if let Some((socket, happened)) = next {
                self.call_listeners(socket, happened);
            }
        }
    }
}
