//! Looks at what the sockets of a host are told, writes it down, and knows what must never be.
//!
//! After [`Event::Close`] a socket is told nothing, and no send is complete twice, as far as the last ones tell.

use alloc::collections::{BTreeSet, VecDeque};

use anydgram_core::{Event, Handler, SendToken, SocketId, Sockets};

use crate::trace::{Happened, Told, Trace};

/// What is known of the sockets of a host since it started.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    closed: BTreeSet<SocketId>,
    /// The last sends that were complete.
    completed: VecDeque<(SocketId, SendToken)>,
    fault: Option<String>,
}

impl Watch {
    /// Something is wrong; the first thing counts.
    pub(super) fn find(&mut self, fault: &str) {
        self.fault.get_or_insert_with(|| fault.to_owned());
    }

    pub(super) fn take_fault(&mut self) -> Option<String> {
        self.fault.take()
    }

    fn see(&mut self, id: SocketId, event: &Event<'_>) {
        if self.closed.contains(&id) {
            self.find(&format!("a closed socket was told: {}", Told::of(event)));
        }
        if *event == Event::Close {
            self.closed.insert(id);
        }
        if let Event::Sent { token, .. } = event {
            if self.completed.contains(&(id, *token)) {
                self.find("a send was complete twice");
            }
            if self.completed.len() == KEPT {
                self.completed.pop_front();
            }
            self.completed.push_back((id, *token));
        }
    }

    /// The application, with all that it is told written down at once.
    pub(super) fn over<'a>(
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
        }
    }

    /// The application, with all that it is told kept, to be written down later.
    pub(super) fn apart<'a>(&'a mut self, application: &'a mut dyn Handler) -> Apart<'a> {
        Apart {
            watch: self,
            application,
            told: Vec::new(),
        }
    }
}

pub(super) struct Over<'a> {
    watch: &'a mut Watch,
    application: &'a mut dyn Handler,
    host: u32,
    now: u64,
    trace: &'a mut Trace,
}

impl Handler for Over<'_> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.watch.see(id, &event);
        let told = Happened::Told {
            host: self.host,
            socket: id.index(),
            event: Told::of(&event),
        };
        self.trace.add(self.now, told);
        self.application.handle(sockets, id, event);
    }
}

pub(super) struct Apart<'a> {
    watch: &'a mut Watch,
    application: &'a mut dyn Handler,
    told: Vec<(usize, Told)>,
}

impl Apart<'_> {
    pub(super) fn write(self, host: u32, now: u64, trace: &mut Trace) {
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
        self.watch.see(id, &event);
        self.told.push((id.index(), Told::of(&event)));
        self.application.handle(sockets, id, event);
    }
}

/// How many completed sends are remembered.
const KEPT: usize = 64;
