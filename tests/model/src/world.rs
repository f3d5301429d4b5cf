//! Sockets beside their models: every step is done to both, and everything that can be seen is compared.

use core::hash::{Hash, Hasher};

use anydgram_core::{SendMeta, Socket, SocketId, SocketSlot, Sockets};

use crate::backend::Backend;
use crate::config::Config;
use crate::fault::{Fault, Planted};
use crate::law;
use crate::model::Model;
use crate::record::{Deed, Record};
use crate::seen::{Seen, Taken, View};
use crate::step::{Content, EPHEMERAL, Outcome, Step, Which};
use crate::subject::{Subject, view};

/// Rounds of polls within which everything comes to rest.
const ROUNDS: usize = 24;

/// All that can be polled.
pub(crate) const POLLS: [Step; 3] = [Step::PollAction, Step::PollTransmit, Step::PollEvent];

/// What is sent, from one place or another.
static BYTES: [u8; 66_000] = {
    let mut bytes = [0_u8; 66_000];
    let mut at = 1;
    while at < bytes.len() {
        bytes[at] = bytes[at - 1].wrapping_add(1);
        at += 1;
    }
    bytes
};

/// A socket, what it has to do, and what its backend knows.
#[derive(Debug)]
struct Pair {
    id: SocketId,
    config: Config,
    subject: Subject,
    model: Model,
    backend: Backend,
    record: Record,
    planted: Planted,
    view: View,
}

impl Pair {
    fn new(id: SocketId, config: Config, fault: Option<Fault>) -> Self {
        let model = Model::new(config);
        Self {
            id,
            config,
            subject: Subject::default(),
            view: model.view(),
            model,
            backend: Backend::default(),
            record: Record::default(),
            planted: Planted::new(fault),
        }
    }

    fn step(&mut self, socket: &mut Socket<'_>, step: &Step) -> Result<Seen, String> {
        let content = self.content(step);
        let subject = &mut self.subject;
        let seen = subject.step(socket, step, content);
        let seen = self.planted.distort(step, seen, socket, |socket| {
            subject.step(socket, step, content)
        });
        let expected = self.model.step(step, content, &seen);
        if seen != expected {
            return Err(format!("{seen:?} instead of {expected:?}"));
        }
        let before = self.compare(socket, Deed::Step(step, content), &seen)?;
        law::check(step, &seen, &before, &self.view)?;
        let is_answered = matches!(step, Step::TransmitNext(_));
        self.backend.see(&seen, is_answered);
        Ok(seen)
    }

    fn answer(
        &mut self,
        socket: &mut Socket<'_>,
        taken: &Taken,
        outcome: Outcome,
    ) -> Result<Seen, String> {
        let (address, port) = match *taken {
            Taken::Bind(at) => at,
            _ => self.local(),
        };
        let is_ephemeral = port == 0 || matches!(outcome, Outcome::Odd | Outcome::Dry);
        let local = (address, if is_ephemeral { EPHEMERAL } else { port });
        let seen = self.subject.answer(socket, taken, outcome, local);
        let expected = self.model.answer(taken, outcome, local);
        if seen != expected {
            return Err(format!(
                "{taken:?}, {outcome:?}: {seen:?} instead of {expected:?}"
            ));
        }
        let before = self.compare(socket, Deed::Answer(taken, outcome), &seen)?;
        if before.address.is_err() && self.view.address.is_ok() {
            self.backend.port = Some(local.1);
        }
        Ok(seen)
    }

    fn local(&self) -> crate::seen::End {
        let nowhere = (core::net::Ipv4Addr::UNSPECIFIED.into(), 0);
        self.view.address.clone().unwrap_or(nowhere)
    }

    /// Compares all that can be asked, and checks what was seen; what could be asked before.
    fn compare(
        &mut self,
        socket: &mut Socket<'_>,
        deed: Deed<'_>,
        seen: &Seen,
    ) -> Result<View, String> {
        let after = self.planted.distort_view(view(socket));
        let expected = self.model.view();
        if after != expected {
            return Err(format!("{seen:?}, then {after:?} instead of {expected:?}"));
        }
        let before = core::mem::replace(&mut self.view, after);
        self.record.see(deed, seen, &before, &self.view)?;
        self.record.check(&self.view)?;
        Ok(before)
    }

    /// What a send sends: different for one and the next, so that neither bytes are confused nor what is asked for.
    fn content(&self, step: &Step) -> Content {
        let Step::Send(sending) = step else {
            return Content {
                payload: &[],
                meta: SendMeta::new(),
            };
        };
        let number = self.record.sends() % 3;
        let salt = number * 64;
        Content {
            payload: &BYTES[salt..salt + sending.length],
            meta: sending.asked.meta(u8::try_from(number).unwrap_or(0)),
        }
    }
}

/// Sockets, each beside its model.
#[derive(Debug)]
pub(crate) struct World<'m, 's> {
    sockets: Sockets<'m, 's>,
    pairs: Vec<Pair>,
    /// The sockets that may have something to poll, by their places.
    listed: Vec<usize>,
    /// What was done and seen, if that is wanted.
    pub(crate) transcript: Option<Vec<(usize, Step, Seen)>>,
}

impl<'m, 's> World<'m, 's> {
    /// Sockets, with what they were made with.
    pub(crate) fn new(
        slots: &'m mut [SocketSlot<'s>],
        all: impl Iterator<Item = (Socket<'s>, Config)>,
        fault: Option<Fault>,
    ) -> Self {
        let mut world = Self {
            sockets: Sockets::new(slots),
            pairs: Vec::new(),
            listed: Vec::new(),
            transcript: None,
        };
        for (socket, config) in all {
            if let Ok(id) = world.sockets.add(socket) {
                world.listed.push(world.pairs.len());
                world.pairs.push(Pair::new(id, config, fault));
            }
        }
        world
    }

    /// How many sockets there are.
    pub(crate) fn len(&self) -> usize {
        self.pairs.len()
    }

    pub(crate) fn view(&self, which: usize) -> &View {
        &self.pairs[which].view
    }

    /// Does a step to a socket and to its model.
    pub(crate) fn step(&mut self, which: usize, step: &Step) -> Result<(), String> {
        let pair = &mut self.pairs[which];
        let taken = match step {
            Step::Renew => return self.renew(which),
            Step::Rest => return self.come_to_rest(which, &POLLS),
            Step::Turn => return self.turn(),
            Step::Answer(at, outcome) => pair.backend.take(*at).map(|taken| (taken, *outcome)),
            Step::Again(outcome) => pair.backend.last().map(|taken| (taken, *outcome)),
            _ => return self.do_step(which, step),
        };
        match taken {
            Some((taken, outcome)) => self.answer(which, step, &taken, outcome),
            None => Ok(()),
        }
    }

    fn do_step(&mut self, which: usize, step: &Step) -> Result<(), String> {
        let pair = &mut self.pairs[which];
        let is_poll = matches!(
            step,
            Step::PollAction | Step::PollTransmit | Step::TransmitNext(_) | Step::PollEvent
        );
        let socket = if is_poll {
            self.sockets.poll_mut(pair.id)
        } else {
            list(&mut self.listed, which);
            self.sockets.get_mut(pair.id)
        };
        let socket = socket.ok_or("the socket is not there")?;
        let seen = pair.step(socket, step)?;
        self.note(which, step, seen);
        Ok(())
    }

    fn answer(
        &mut self,
        which: usize,
        step: &Step,
        taken: &Taken,
        mut outcome: Outcome,
    ) -> Result<(), String> {
        // What one socket is bound to, another one cannot have.
        let mut others = self.pairs.iter().zip(0..).filter(|(_, at)| *at != which);
        if let Taken::Bind((_, port @ 1..)) = taken
            && others.any(|(other, _)| other.backend.port == Some(*port))
        {
            outcome = Outcome::Bad;
        }
        let pair = &mut self.pairs[which];
        list(&mut self.listed, which);
        let socket = self.sockets.get_mut(pair.id);
        let socket = socket.ok_or("the socket is not there")?;
        let seen = pair.answer(socket, taken, outcome)?;
        self.note(which, step, seen);
        Ok(())
    }

    fn note(&mut self, which: usize, step: &Step, seen: Seen) {
        if let Some(transcript) = &mut self.transcript {
            transcript.push((which, *step, seen));
        }
    }

    /// The driver asks who wants a turn: each once, in the order in which they were touched.
    fn turn(&mut self) -> Result<(), String> {
        let expected = (!self.listed.is_empty()).then(|| self.listed.remove(0));
        let ready = self.sockets.poll_ready();
        let expected_id = expected.map(|which| self.pairs[which].id);
        if ready != expected_id || self.sockets.has_ready() == self.listed.is_empty() {
            return Err(format!("{ready:?} has a turn instead of {expected_id:?}"));
        }
        let seen = expected.map_or(Seen::Nothing, Seen::Turn);
        self.note(0, &Step::Turn, seen);
        Ok(())
    }

    /// The application forgets the socket; its id must name nothing, and its memory nothing of it.
    fn renew(&mut self, which: usize) -> Result<(), String> {
        let pair = &mut self.pairs[which];
        let socket = self.sockets.remove(pair.id);
        let socket = socket.ok_or("the socket is not there")?;
        let renewed = socket.renew(pair.config.options());
        let id = self.sockets.add(renewed);
        let id = id.map_err(|_| "its place is not free")?;
        let is_gone = self.sockets.get(pair.id).is_none() && self.sockets.remove(pair.id).is_none();
        if id == pair.id || !is_gone {
            return Err(format!("{id:?} names a socket that was forgotten"));
        }
        list(&mut self.listed, which);
        let fault = pair.planted.fault();
        *pair = Pair::new(id, pair.config, fault);
        Ok(())
    }

    /// A helpful backend and an application that polls: everything comes to rest, with every send completed; once more
    /// after the stack was lost, which shows all that the socket has kept for a new one; once more after a close.
    pub(crate) fn drain(&mut self) -> Result<(), String> {
        for which in 0..self.pairs.len() {
            self.come_to_rest(which, &POLLS)?;
            if self.view(which).address.is_ok() {
                self.step(which, &Step::Rebind)?;
                self.come_to_rest(which, &POLLS)?;
            }
            if self.pairs[which].model.is_open() {
                self.step(which, &Step::Close)?;
                self.come_to_rest(which, &POLLS)?;
            }
            if !self.view(which).is_finished {
                return Err("it is closed, and has no end".into());
            }
        }
        Ok(())
    }

    /// Polls in this order, and answers at once, until there is nothing to do.
    pub(crate) fn come_to_rest(&mut self, which: usize, polls: &[Step]) -> Result<(), String> {
        for _ in 0..ROUNDS {
            for step in polls {
                self.step(which, step)?;
                while !self.pairs[which].backend.is_idle() {
                    self.step(which, &Step::Answer(Which::Oldest, Outcome::Good))?;
                }
            }
            if self.is_at_rest(which) {
                // Nothing comes unasked for.
                for step in polls {
                    self.step(which, step)?;
                }
                let pair = &self.pairs[which];
                return pair.record.check_at_rest(&pair.view);
            }
        }
        Err(format!("it does not come to rest in {ROUNDS} rounds"))
    }

    fn is_at_rest(&self, which: usize) -> bool {
        let pair = &self.pairs[which];
        let socket = self.sockets.get(pair.id);
        pair.model.is_at_rest() && socket.is_some_and(|socket| !socket.is_ready())
    }

    /// A hash of everything that decides what comes from here on.
    pub(crate) fn hash_state<H: Hasher>(&self, state: &mut H) {
        for pair in &self.pairs {
            pair.model.hash(state);
            pair.backend.hash_places(&pair.model, state);
        }
        self.listed.hash(state);
    }
}

/// Asks for a turn of a socket that has none to come.
fn list(listed: &mut Vec<usize>, which: usize) {
    if !listed.contains(&which) {
        listed.push(which);
    }
}
