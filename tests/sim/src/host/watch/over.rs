//! The application as a stack sees it: with the watch in between, and the trace beside.

use anydgram_core::stack::Incoming;
use anydgram_core::{Event, Handler, SocketId, Sockets};

use super::{Origin, Watch};
use crate::trace::{Happened, Told, Trace};

impl Watch {
    /// The application, with all that it is told written down at once.
    pub(in crate::host) fn over<'a>(
        &'a mut self,
        application: &'a mut dyn Handler,
        host: u32,
        now: u64,
        trace: &'a mut Trace,
    ) -> Over<'a> {
        Over {
            watch: self,
            application,
            host,
            now,
            trace,
            origin: Origin::Frame,
        }
    }

    /// The application, with all that it is told kept, to be written down later.
    pub(in crate::host) fn apart<'a>(&'a mut self, application: &'a mut dyn Handler) -> Apart<'a> {
        Apart {
            watch: self,
            application,
            told: Vec::new(),
        }
    }
}

pub(in crate::host) struct Over<'a> {
    watch: &'a mut Watch,
    application: &'a mut dyn Handler,
    host: u32,
    now: u64,
    trace: &'a mut Trace,
    origin: Origin<'a>,
}

impl<'a> Over<'a> {
    /// The same, for a datagram that has come in.
    pub(in crate::host) fn of(self, incoming: &'a Incoming<'a>) -> Self {
        Self {
            origin: Origin::Wire(incoming),
            ..self
        }
    }
}

impl Handler for Over<'_> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.watch.see(sockets, id, &event, self.origin);
        let told = Happened::Told {
            host: self.host,
            socket: id.index(),
            event: Told::of(&event),
        };
        self.trace.add(self.now, told);
        self.application.handle(sockets, id, event);
        self.watch.glance(sockets);
    }
}

pub(in crate::host) struct Apart<'a> {
    watch: &'a mut Watch,
    application: &'a mut dyn Handler,
    told: Vec<(usize, Told)>,
}

impl Apart<'_> {
    pub(in crate::host) fn write(self, host: u32, now: u64, trace: &mut Trace) {
        for (socket, event) in self.told {
            let told = Happened::Told {
                host,
                socket,
                event,
            };
            trace.add(now, told);
        }
    }
}

impl Handler for Apart<'_> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.watch.see(sockets, id, &event, Origin::Host);
        self.told.push((id.index(), Told::of(&event)));
        self.application.handle(sockets, id, event);
        self.watch.glance(sockets);
    }
}
