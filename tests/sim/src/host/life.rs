//! What a host has while it is up: a crash takes all of it.

use anydgram_core::{Errno, Instant, SocketId, Sockets};

use super::engine::{Came, Engine, Turn};
use super::{Port, Watch};
use crate::application::Program;

/// A stack that its host lends to tasks.
pub(crate) type Lent<'m> = Box<dyn Engine<'m> + 'm>;

/// What a crash takes.
pub(super) struct Life<'m> {
    /// Tasks have it while they run.
    pub(super) engine: Option<Lent<'m>>,
    pub(super) sockets: Sockets<'m, 'static>,
    pub(super) program: Program<'m>,
    pub(super) watch: Watch,
}

impl<'m> Life<'m> {
    pub(super) fn engine(&self) -> &(dyn Engine<'m> + 'm) {
        self.engine.as_deref().expect(BACK)
    }

    pub(super) fn engine_mut(&mut self) -> &mut (dyn Engine<'m> + 'm) {
        self.engine.as_deref_mut().expect(BACK)
    }

    /// Looks at what the sockets are like when there is nothing left to do.
    pub(super) fn look(&mut self, local: Instant) {
        let engine = self.engine.as_deref_mut().expect(BACK);
        let is_free = engine.is_free(local, &self.sockets);
        self.watch.look(engine.stack(), &mut self.sockets, is_free);
        let verdict = engine.rest(local, &self.sockets);
        self.judge(verdict);
    }

    pub(super) fn judge(&mut self, verdict: Result<(), String>) {
        if let Err(what) = verdict {
            self.watch.find(&what);
        }
    }

    pub(super) fn refuse(&mut self, came: &Came<'_>, errno: Errno) {
        let engine = self.engine.as_deref_mut().expect(BACK);
        engine.refuse(&mut self.sockets, came, errno);
    }

    /// The engine, and what it is called with.
    pub(super) fn turn<'t>(
        &'t mut self,
        host: u32,
        local: Instant,
        port: Port<'t>,
    ) -> (&'t mut (dyn Engine<'m> + 'm), Turn<'t, 'm>) {
        let engine = self.engine.as_mut().expect(BACK);
        let turn = Turn {
            host,
            local,
            port,
            sockets: &mut self.sockets,
            application: self.program.handler(),
            watch: &mut self.watch,
        };
        (engine.as_mut(), turn)
    }

    /// Frees what the sockets hold.
    pub(super) fn clear(&mut self) {
        let ids: Vec<SocketId> = self.sockets.ids().collect();
        for id in ids {
            drop(self.sockets.remove(id));
        }
    }
}

/// Why a host has its engine.
pub(super) const BACK: &str = "tasks give it back";
