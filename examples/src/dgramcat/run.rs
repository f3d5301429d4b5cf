//! Runs a task on a network: the same loop for every backend.

use core::task::Waker;
use core::time::Duration;

use anydgram_core::{
    Capabilities, Handler, Instant, Limits, Misuse, Options, Socket, SocketId, SocketSlot, Sockets,
};

use super::Failure;
use super::interfaces::Interfaces;
use super::session::Session;

/// What a backend is to the program.
pub(super) trait Network {
    /// Its interfaces.
    fn interfaces(&self) -> Box<dyn Interfaces>;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Ends [`wait`](Self::wait) from another thread.
    fn waker(&self) -> Waker;

    /// The time.
    fn now(&self) -> Instant;

    /// Does all there is to do, and says when it wants to be called again.
    fn poll(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut dyn Handler,
    ) -> Option<Instant>;

    /// Waits for something to do; `None`: for as long as it takes.
    ///
    /// # Errors
    /// What the system has against it.
    fn wait(&mut self, limit: Option<Duration>) -> Result<(), Failure>;

    /// The socket is closed, and the program about to end.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    fn end(&mut self, _sockets: &mut Sockets<'_, '_>) -> Result<(), Failure> {
        Ok(())
    }
}

/// What the program does with its socket.
pub(super) trait Task<'i>: Handler {
    /// Adds to the options that the socket is made with.
    fn options(&self, options: Options) -> Options {
        options
    }

    /// Begins to bind the socket, with which everything begins.
    ///
    /// # Errors
    /// The arguments make no sense.
    fn bind(&self, socket: &mut Socket<'_>) -> Result<(), Misuse>;

    /// Does what time, and news from elsewhere, ask for. Called when all events have been told.
    fn go_on(&mut self, now: Instant, sockets: &mut Sockets<'_, '_>, id: SocketId);

    /// When time asks for something.
    fn deadline(&self) -> Option<Instant>;

    /// How it goes.
    fn session(&self) -> &Session<'i>;
}

/// Runs a task to its end.
pub(super) fn run<'i>(
    network: &mut dyn Network,
    task: &mut dyn Task<'i>,
    options: Options,
) -> Result<(), Failure> {
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let mut socket = Socket::with_heap(task.options(options), Limits::new());
    task.bind(&mut socket)?;
    let Ok(id) = sockets.add(socket) else {
        unreachable!("there is a place");
    };
    loop {
        let next = network.poll(network.now(), &mut sockets, task);
        if task.session().is_closed() {
            break;
        }
        let now = network.now();
        task.go_on(now, &mut sockets, id);
        if sockets.has_ready() {
            continue;
        }
        let until = match (next, task.deadline()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        network.wait(until.map(|until| until.saturating_since(now)))?;
    }
    network.end(&mut sockets)?;
    task.session().result()
}
