//! The end of a host: its application is gone, its sockets are closed, and nothing may be left.

use super::{Life, Machine};
use crate::application::{Nobody, Program};
use crate::network::Network;

impl Machine<'_> {
    /// Takes the application away, closes all sockets, and looks at what is left when there is nothing to do. A host that is
    /// down or is stepped is left as it is.
    pub(crate) fn drain(&mut self, now: u64, network: &mut Network) {
        let Some(life) = self.life.as_mut().filter(|_| !self.options.is_stepped) else {
            return;
        };
        life.program = Program::Handler(Box::new(Nobody));
        life.close_all();
        life.watch.glance(&mut life.sockets);
        self.work(now, network);
        if let Some(Life {
            engine,
            sockets,
            watch,
            ..
        }) = &mut self.life
        {
            let stack = engine.as_deref().expect(super::BACK).stack();
            watch.look_at_the_end(stack, sockets);
        }
        let moment = self.moment(now);
        if let Some(life) = &mut self.life {
            self.processes.drain(moment, life, network);
        }
    }
}

impl Life<'_> {
    fn close_all(&mut self) {
        let ids: Vec<_> = self.sockets.ids().collect();
        for id in ids {
            if let Some(socket) = self.sockets.get_mut(id) {
                // It may have been closed before.
                socket.close().ok();
            }
        }
    }

    /// What the network was told is what it may be told.
    pub(super) fn heed(&mut self, network: &mut Network) {
        let engine = self.engine.as_deref().expect(super::BACK);
        self.watch.wire(engine.stack(), network.wired.drain(..));
    }
}
