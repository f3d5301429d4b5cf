//! The executor of a host: which task runs when.
//!
//! In a turn of the host all tasks run that were woken before it, in the order in which they were woken. What wakes meanwhile,
//! runs in the next turn, which comes at the same moment once the stack has done what the sockets ask for.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::task::Wake;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};
use std::sync::{Mutex, PoisonError};

use anydgram_core::{Event, Handler, Instant, SocketId, Sockets, UnixMessage};

use super::{Host, Inner};
use crate::application::Start;
use crate::host::Lent;
use crate::trace::{Happened, OfProcess};
use crate::unix::{UnixHandler, UnixHost, UnixId};

pub(super) type Future<'m> = Pin<Box<dyn core::future::Future<Output = ()> + 'm>>;

/// What the trace is told of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// A task ran.
    Ran(u32),
    /// What it had to say.
    Text(Box<str>),
    /// What it did with a Unix socket.
    Unix(Happened),
}

impl Note {
    /// What happened, of a host.
    pub(crate) fn of(self, host: u32) -> Happened {
        match self {
            Self::Ran(task) => Happened::Ran { host, task },
            Self::Text(text) => Happened::Note { host, text },
            Self::Unix(what) => what,
        }
    }

    /// What happened, of a process.
    pub(crate) fn of_process(self, host: u32, process: u32) -> Happened {
        let what = match self {
            Self::Ran(task) => OfProcess::Ran(task),
            Self::Text(text) => OfProcess::Note(text),
            Self::Unix(what) => return what,
        };
        Happened::Process {
            host,
            process,
            what,
        }
    }
}

/// The tasks of a host.
pub(crate) struct Executor<'m> {
    host: Host<'m>,
    tasks: BTreeMap<u32, Task<'m>>,
    ready: Arc<Ready>,
}

struct Task<'m> {
    future: Future<'m>,
    alarm: Arc<Alarm>,
}

/// The tasks that have been woken, in order.
#[derive(Debug, Default)]
struct Ready(Mutex<VecDeque<u32>>);

/// Wakes a task.
#[derive(Debug)]
struct Alarm {
    task: u32,
    is_woken: AtomicBool,
    ready: Arc<Ready>,
}

impl Ready {
    fn with<R>(&self, work: impl FnOnce(&mut VecDeque<u32>) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_woken.swap(true, Ordering::Relaxed) {
            self.ready.with(|ready| ready.push_back(self.task));
        }
    }
}

impl<'m> Executor<'m> {
    /// An executor with one task: what `boot` makes of the host.
    pub(crate) fn new<F>(start: &Start<'_, 'm>, boot: impl FnOnce(Host<'m>) -> F) -> Self
    where
        F: core::future::Future<Output = ()> + 'm,
    {
        let host = Host::new(start);
        let main = boot(host.clone());
        drop(host.spawn(main));
        Self {
            host,
            tasks: BTreeMap::new(),
            ready: Arc::default(),
        }
    }

    /// When it wants a turn: at once, if a task has been woken.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        let has_ready = self.ready.with(|ready| !ready.is_empty());
        self.host.with(|inner| {
            if has_ready || !inner.spawned.is_empty() {
                Some(Instant::default())
            } else {
                inner.timers.next_at()
            }
        })
    }

    /// Lets the tasks run that have been woken, with the host's sockets of both kinds and its stack.
    pub(crate) fn wake(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'m, 'static>,
        engine: &mut Option<Lent<'m>>,
        unix: &mut Option<Box<UnixHost>>,
    ) {
        let lent = core::mem::replace(sockets, Sockets::new(&mut []));
        self.host.with(|inner| {
            inner.now = now;
            inner.sockets = Some(lent);
            inner.engine = engine.take();
            inner.unix = unix.take();
            inner.timers.ring(now);
        });
        self.adopt();
        let count = self.ready.with(|ready| ready.len());
        for _ in 0..count {
            if let Some(task) = self.ready.with(VecDeque::pop_front) {
                self.run(task);
                self.drop_aborted();
            }
        }
        let lent = self.host.with(|inner| {
            inner.inbox.bury(inner.sockets.as_mut());
            *engine = inner.engine.take();
            *unix = inner.unix.take();
            inner.sockets.take()
        });
        *sockets = lent.expect("they were lent");
    }

    /// Wakes the tasks that wait for a datagram of a Unix socket; whether there are any.
    pub(crate) fn wake_readers(&self, id: UnixId) -> bool {
        self.host.with(|inner| inner.unix_inbox.wake_readers(id))
    }

    /// What has been done since it was last asked.
    pub(crate) fn take_notes(&self) -> Vec<Note> {
        self.host.with(|inner| core::mem::take(&mut inner.notes))
    }

    /// What must never be, if it was.
    pub(crate) fn take_broken(&self) -> Option<String> {
        self.host.with(|inner| inner.broken.take())
    }

    /// Takes over what has been spawned.
    fn adopt(&mut self) {
        let spawned = self.host.with(|inner| core::mem::take(&mut inner.spawned));
        for (task, future) in spawned {
            let alarm = Arc::new(Alarm {
                task,
                is_woken: AtomicBool::new(false),
                ready: Arc::clone(&self.ready),
            });
            alarm.wake_by_ref();
            self.tasks.insert(task, Task { future, alarm });
        }
    }

    fn run(&mut self, number: u32) {
        let Some(task) = self.tasks.get_mut(&number) else {
            return;
        };
        task.alarm.is_woken.store(false, Ordering::Relaxed);
        self.host.with(|inner| inner.notes.push(Note::Ran(number)));
        let waker = Waker::from(Arc::clone(&task.alarm));
        let future = task.future.as_mut();
        if future.poll(&mut Context::from_waker(&waker)).is_ready() {
            self.tasks.remove(&number);
        }
        self.host.with(Inner::note_unix);
    }

    fn drop_aborted(&mut self) {
        let aborted = self.host.with(|inner| core::mem::take(&mut inner.aborted));
        for task in aborted {
            self.tasks.remove(&task);
            let spawned = self.host.with(|inner| {
                let at = inner
                    .spawned
                    .iter()
                    .position(|(spawned, _)| *spawned == task);
                at.map(|at| inner.spawned.remove(at))
            });
            // Where nothing is borrowed: a future may have sockets.
            drop(spawned);
        }
    }
}

impl Handler for Executor<'_> {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.host.with(|inner| {
            let kept = inner.inbox.keep(id, event);
            inner.judge(kept);
        });
    }
}

impl UnixHandler for Executor<'_> {
    fn handle(&mut self, _: &mut UnixHost, id: UnixId, event: Event<'_>) {
        self.host.with(|inner| {
            let kept = inner.unix_inbox.keep(id, event);
            inner.judge(kept);
        });
    }

    /// Tasks take datagrams by themselves.
    fn message(&mut self, _: &mut UnixHost, _: UnixId, _: UnixMessage<'_>) {}
}

impl Drop for Executor<'_> {
    fn drop(&mut self) {
        // Tasks have their host, which has the tasks that were spawned last.
        self.tasks.clear();
        let spawned = self.host.with(|inner| core::mem::take(&mut inner.spawned));
        drop(spawned);
    }
}
