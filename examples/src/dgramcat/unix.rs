//! `--type unix`: Unix datagrams, on the event loop of the operating system's sockets.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::io::{self, Stdout};
use std::time::Instant;

use alloc::rc::Rc;

use anydgram_std::{
    Error, EventLoop, UnixAddress, UnixBind, UnixDatagram, UnixMessage, UnixSocket,
};

use super::given::{Given, Usage, utf8};
use super::input::{Next, Source};
use super::plan::Data;
use super::printer::{Place, Printer};
use super::{Failure, complain};

/// Whether the command line asks for Unix datagrams.
pub(super) fn is_meant(given: &Given) -> bool {
    given.text("type") == Ok(Some("unix"))
}

/// Does what the command line says.
pub(super) fn run(given: &Given) -> Result<(), Failure> {
    match given.command()? {
        Some("listen") => listen(given),
        Some("send") => send(given),
        Some(other) => {
            let text = format!("there is no command '{other}': use listen or send");
            Err(Usage(text).into())
        }
        None => {
            let text = "say what to do: listen PATH, or send PATH [DATA…]";
            Err(Usage(text.to_owned()).into())
        }
    }
}

fn listen(given: &Given) -> Result<(), Failure> {
    let known = ["type", "json", "count", "echo", "timeout", "mode"];
    given.only(&known, "listen with --type unix")?;
    let [path] = given.operands() else {
        return Err(Usage("listen takes one operand: PATH".to_owned()).into());
    };
    let mut options = UnixBind::new(utf8("PATH", path)?);
    options.mode = given.text("mode")?.map(mode).transpose()?;
    let count = given.number("count", 1..=u64::MAX)?;
    let (echo, timeout) = (given.has("echo"), given.seconds("timeout")?);
    let event_loop = EventLoop::new()?;
    let session = Session::open(&event_loop, given)?;
    session.socket.on_listening({
        let session = Rc::clone(&session);
        move |_| session.listening()
    });
    session.socket.on_message({
        let session = Rc::clone(&session);
        move |_, message| session.take(message, count, echo)
    });
    session.socket.bind(options)?;
    let has_ended = match timeout {
        None => event_loop.run().map(|()| true)?,
        Some(timeout) => event_loop.run_for(timeout)?,
    };
    if !has_ended {
        if let Some(wanted) = count {
            let received = session.received.get();
            let text = format!("the time is up, with {received} of {wanted} datagrams");
            session.disappoint(&text);
        }
        session.close();
        event_loop.run()?;
    }
    session.result()
}

fn send(given: &Given) -> Result<(), Failure> {
    let known = ["type", "json", "count", "connect", "reply", "bind"];
    given.only(&known, "send with --type unix")?;
    let [path, data @ ..] = given.operands() else {
        let text = "send takes at least one operand: PATH [DATA…]";
        return Err(Usage(text.to_owned()).into());
    };
    let path = utf8("PATH", path)?;
    let (count, reply) = (
        given.number("count", 1..=u64::MAX)?,
        given.seconds("reply")?,
    );
    let event_loop = EventLoop::new()?;
    let session = Session::open(&event_loop, given)?;
    let data = Data::parse(data)?;
    let mut source = Source::new(&data, count.unwrap_or(1), event_loop.waker())?;
    session.socket.on_message({
        let session = Rc::clone(&session);
        move |_, message| session.take(message, None, false)
    });
    match given.text("bind")? {
        Some(own) => session.socket.bind(own)?,
        // Else nobody could answer.
        None if reply.is_some() => session.socket.bind(UnixBind::automatic())?,
        None => {}
    }
    if given.has("connect") {
        session.socket.connect(path)?;
    }
    let destination = (!given.has("connect")).then_some(UnixAddress::from(path));
    let sent = session.send_all(&event_loop, &mut source, destination)?;
    if let Some(limit) = reply {
        session.await_replies(&event_loop, sent, limit)?;
    }
    session.close();
    event_loop.run()?;
    session.result()
}

/// One socket's run.
struct Session {
    socket: UnixSocket,
    printer: RefCell<Printer<Stdout>>,
    received: Cell<u64>,
    /// Sends that have not ended.
    under_way: Cell<u64>,
    has_failed: Cell<bool>,
}

impl Session {
    fn open(event_loop: &EventLoop, given: &Given) -> Result<Rc<Self>, Failure> {
        let session = Rc::new(Self {
            socket: event_loop.create_unix_socket()?,
            printer: RefCell::new(Printer::new(io::stdout(), given.has("json"))),
            received: Cell::new(0),
            under_way: Cell::new(0),
            has_failed: Cell::new(false),
        });
        session.socket.on_error({
            let session = Rc::clone(&session);
            move |_, error| session.fail(error)
        });
        session.socket.on_close({
            let session = Rc::clone(&session);
            move |_| {
                let outcome = session.printer.borrow_mut().close();
                session.note(outcome);
            }
        });
        Ok(session)
    }

    fn listening(&self) {
        match self.socket.address() {
            Ok(own) => {
                let address = own.to_string();
                let outcome = self.printer.borrow_mut().listening(place(&address));
                self.printed(outcome);
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Prints a datagram, and sends it back. The one that makes the `count` full is the last.
    fn take(self: &Rc<Self>, message: &UnixMessage<'_>, count: Option<u64>, echo: bool) {
        if self.socket.is_closed() || count.is_some_and(|count| self.received.get() >= count) {
            return;
        }
        self.received.set(self.received.get().saturating_add(1));
        let sender = message.sender.map(|sender| sender.to_string());
        let place = place(sender.as_deref().unwrap_or_default());
        let outcome = self.printer.borrow_mut().message(place, message.data, None);
        self.printed(outcome);
        let is_last = count == Some(self.received.get());
        if echo && sender.is_some() {
            self.send(UnixDatagram::new(message.data).reply_to(message), is_last);
        } else if is_last {
            self.close();
        }
    }

    /// Sends a datagram, and closes the socket when that has ended, if it `is_last`. A failure is reported, and no end.
    fn send(self: &Rc<Self>, datagram: UnixDatagram<'_>, is_last: bool) {
        let session = Rc::clone(self);
        let outcome = self.socket.send_with(datagram, move |result| {
            session.under_way.set(session.under_way.get() - 1);
            match result {
                Ok(len) => {
                    let outcome = session.printer.borrow_mut().sent(len);
                    session.printed(outcome);
                }
                Err(error) => session.report(&error),
            }
            if is_last {
                session.close();
            }
        });
        match outcome {
            Ok(()) => self.under_way.set(self.under_way.get() + 1),
            Err(error) => self.report(&error),
        }
    }

    /// Sends everything, one after the other, and says how many there were.
    fn send_all(
        self: &Rc<Self>,
        event_loop: &EventLoop,
        source: &mut Source,
        destination: Option<UnixAddress<'_>>,
    ) -> Result<u64, Failure> {
        let mut sent = 0;
        while !self.has_failed.get() && !self.socket.is_closed() {
            let is_connecting = destination.is_none() && self.socket.remote_address().is_err();
            if self.under_way.get() > 0 || is_connecting {
                event_loop.turn(Some(PATIENCE))?;
                continue;
            }
            match source.next() {
                Next::Datagram(data) => {
                    let mut datagram = UnixDatagram::new(data);
                    datagram.destination = destination;
                    self.send(datagram, false);
                    sent += 1;
                }
                Next::Later => {
                    event_loop.turn(Some(PATIENCE))?;
                }
                Next::End => break,
                Next::Failed(error) => {
                    self.disappoint(&format!("standard input: {error}"));
                }
            }
        }
        Ok(sent)
    }

    /// Waits for as many datagrams as were sent.
    fn await_replies(
        &self,
        event_loop: &EventLoop,
        wanted: u64,
        limit: Duration,
    ) -> Result<(), Failure> {
        let end = now() + limit;
        while self.received.get() < wanted && !self.has_failed.get() && now() < end {
            event_loop.turn(Some(PATIENCE.min(end - now())))?;
        }
        if self.received.get() == 0 && !self.has_failed.get() {
            self.disappoint("no reply");
        }
        Ok(())
    }

    fn fail(&self, error: &Error) {
        self.report(error);
        self.close();
    }

    /// Reports an error, and goes on.
    fn report(&self, error: &Error) {
        self.has_failed.set(true);
        let text = error.to_string();
        complain(&text);
        let outcome = self.printer.borrow_mut().error(error.code(), &text);
        self.printed(outcome);
    }

    fn disappoint(&self, text: &str) {
        self.has_failed.set(true);
        complain(&format!("dgramcat: {text}"));
    }

    fn close(&self) {
        if !self.socket.is_closed()
            && let Err(error) = self.socket.close()
        {
            self.report(&error);
        }
    }

    fn result(&self) -> Result<(), Failure> {
        if self.has_failed.get() {
            Err(Failure::Reported)
        } else {
            Ok(())
        }
    }

    /// When nobody reads any more (`dgramcat … | head`), that is the end, too.
    fn printed(&self, outcome: io::Result<()>) {
        if outcome.is_err() {
            self.close();
        }
        self.note(outcome);
    }

    fn note(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::BrokenPipe
            && !self.has_failed.get()
        {
            self.disappoint(&format!("standard output: {error}"));
        }
    }
}

/// How long a turn may wait. What it waits for may have happened in it.
const PATIENCE: Duration = Duration::from_millis(10);

const fn place(address: &str) -> Place<'_> {
    Place {
        address,
        port: None,
    }
}

fn mode(text: &str) -> Result<u32, Usage> {
    let mode = u32::from_str_radix(text, 8).ok();
    mode.filter(|mode| *mode <= 0o777 && !text.starts_with('+'))
        .ok_or_else(|| Usage(format!("--mode takes 0 to 777, in octal, but got '{text}'")))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where this command asks for the time"
)]
fn now() -> Instant {
    Instant::now()
}
