//! Sockets beside their models: every step is done to both, and everything that can be seen is compared.

use core::fmt::Write as _;

use anydgram_core::{Options, Socket, SocketType, Sockets, Storage};

use crate::model::{Model, Room};
use crate::pair::Pair;
use crate::step::{Config, Outcome, Step};

/// One storage of each kind.
#[derive(Default)]
pub(crate) struct Memory {
    one: Storage<8, 1, 1, 4, 1>,
    two: Storage<16, 2, 1, 4, 1>,
    three: Storage<24, 3, 2, 6, 2>,
    nothing: Storage<0, 1, 0, 4, 0>,
    wide: Storage<64, 2, 2, 5, 1>,
}

impl Memory {
    pub(crate) fn socket(&mut self, config: Config) -> Socket<'_> {
        let options = options(config);
        match config.storage {
            0 => Socket::new(options, &mut self.one),
            1 => Socket::new(options, &mut self.two),
            2 => Socket::new(options, &mut self.three),
            3 => Socket::new(options, &mut self.nothing),
            _ => Socket::new(options, &mut self.wide),
        }
    }
}

/// What there is in a storage of [`Memory`].
pub(crate) fn room(storage: usize) -> Room {
    let (bytes, sends, memberships, events, rules) = match storage {
        0 => (8, 1, 1, 4, 1),
        1 => (16, 2, 1, 4, 1),
        2 => (24, 3, 2, 6, 2),
        3 => (0, 1, 0, 4, 0),
        _ => (64, 2, 2, 5, 1),
    };
    Room {
        bytes,
        sends,
        memberships,
        events,
        rules,
    }
}

/// All that can be polled.
pub(crate) const POLLS: [Step; 3] = [Step::PollAction, Step::PollTransmit, Step::PollEvent];

/// The options of a configuration.
pub(crate) fn options(config: Config) -> Options {
    Options::new(SocketType::Udp4)
        .full_queue(config.policy)
        .look_up_always(config.look_up_always)
}

pub(crate) struct World<'m, 's> {
    sockets: Sockets<'m, 's>,
    pairs: Vec<Pair>,
    /// All that has come out, for comparing runs.
    pub(crate) transcript: String,
}

impl<'m, 's> World<'m, 's> {
    pub(crate) fn new(mut sockets: Sockets<'m, 's>, all: Vec<(Socket<'s>, Config)>) -> Self {
        let mut pairs = Vec::new();
        for (socket, config) in all {
            let model = Model::new(config, room(config.storage));
            let id = sockets.add(socket).expect("there is a slot for each");
            pairs.push(Pair::new(id, model));
        }
        Self {
            sockets,
            pairs,
            transcript: String::new(),
        }
    }

    pub(crate) fn step(&mut self, which: usize, step: Step) {
        let which = which % self.pairs.len();
        match step {
            Step::Renew => return self.renew(which),
            Step::Rest => return self.come_to_rest(which, POLLS),
            _ => {}
        }
        let pair = &mut self.pairs[which];
        let socket = self.sockets.get_mut(pair.id).expect("it is there");
        let text = pair.step(socket, step);
        writeln!(self.transcript, "{which} {step:?}: {text}").expect("it is a string");
    }

    /// The application forgets the socket; its id must name nothing, and its memory nothing of it.
    fn renew(&mut self, which: usize) {
        let pair = &mut self.pairs[which];
        let socket = self.sockets.remove(pair.id).expect("it is there");
        let (config, room) = pair.model.config();
        let id = self.sockets.add(socket.renew(options(config)));
        let id = id.expect("its slot is free");
        assert_ne!(id, pair.id);
        assert!(self.sockets.get(pair.id).is_none() && self.sockets.remove(pair.id).is_none());
        *pair = Pair::new(id, Model::new(config, room));
    }

    /// A helpful backend and an application that polls: everything comes to rest, with every send
    /// completed; then once more after a close.
    pub(crate) fn drain(&mut self) {
        for which in 0..self.pairs.len() {
            self.come_to_rest(which, POLLS);
            if self.pairs[which].model.is_open() {
                self.step(which, Step::Close);
                self.come_to_rest(which, POLLS);
            }
            let pair = &mut self.pairs[which];
            let socket = self.sockets.get_mut(pair.id).expect("it is there");
            assert!(socket.is_finished() && !socket.is_ready(), "{socket:?}");
            assert_eq!(socket.send_queue_count(), 0);
            pair.record.check_the_end(socket.stats());
        }
    }

    /// Polls in this order, and answers at once, until there is nothing to do.
    pub(crate) fn come_to_rest(&mut self, which: usize, polls: [Step; 3]) {
        for _ in 0..200 {
            for step in polls {
                self.step(which, step);
                while !self.pairs[which].taken.is_empty() {
                    self.step(which, Step::Answer(0, Outcome::Good));
                }
            }
            let pair = &self.pairs[which];
            let socket = self.sockets.get(pair.id).expect("it is there");
            if pair.model.is_at_rest() && !socket.is_ready() {
                return;
            }
        }
        panic!(
            "it never comes to rest: {:?}",
            self.sockets.get(self.pairs[which].id)
        );
    }
}
