//! Carrying out what a core socket asks for, one action at a time; the event loop, the driver and the async
//! socket all go through here.

use anydgram_core::{
    Action, Address, BindRequest, Error as CoreError, Family, Full, Host, LookupToken, Operation,
    Socket as CoreSocket, Syscall, SystemError, Transmitted,
};

use crate::sys::OsSocket;
use crate::sys::open::Opened;
use crate::sys::run::Run;

/// What is left for the caller to do after one action.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing.
    Done,
    /// A socket was opened: register it.
    Opened,
    /// The socket was connected.
    Connected,
    /// Look a host up, then `handle_lookup`.
    LookUp {
        token: LookupToken,
        host: Question,
        family: Family,
    },
    /// An option or a membership was refused: nobody has been told.
    Refused {
        operation: Operation,
        error: SystemError<'static>,
    },
    /// Binding, connecting or disconnecting failed.
    Failed {
        operation: Operation,
        error: CoreError<'static>,
        /// An event tells, too. Otherwise it is the result of the call, and nobody else has been told.
        is_told: bool,
    },
    /// The socket was closed; it had been open if there is one here.
    Closed(Option<OsSocket>),
}

/// What a lookup asks for.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// A name.
    Name(Box<str>),
    /// A numeric address, which only an application's own lookup wants to see.
    Numeric(Address),
}

/// Where a front end keeps the system socket of a core socket.
pub(crate) trait Home {
    /// The system socket, if there is one.
    fn os(&self) -> Option<&OsSocket>;

    /// Takes the socket in that was opened for `request`. An older one, if there is one, is closed.
    ///
    /// # Errors
    /// What there is against it: the bind has failed then.
    fn move_in(&mut self, os: OsSocket, request: &BindRequest) -> Result<(), SystemError<'static>>;

    /// Gives the socket away to be closed.
    fn move_out(&mut self) -> Option<OsSocket>;

    /// Hands a bind to somebody who carries it out, and ends it by [`move_in`]; whether there is one.
    fn hands_over(&mut self, _request: &BindRequest) -> bool {
        false
    }
}

impl Home for Option<OsSocket> {
    fn os(&self) -> Option<&OsSocket> {
        self.as_ref()
    }

    fn move_in(&mut self, os: OsSocket, _: &BindRequest) -> Result<(), SystemError<'static>> {
        *self = Some(os);
        Ok(())
    }

    fn move_out(&mut self) -> Option<OsSocket> {
        self.take()
    }
}

/// Takes the socket's next action and carries it out; `None` when there is none.
pub(crate) fn step(core: &mut CoreSocket<'_>, home: &mut impl Home) -> Option<Step> {
    let action = core.poll_action()?;
    Some(match action {
        Action::LookUp {
            token,
            host,
            family,
        } => {
            let host = match host {
                Host::Name(name) => Question::Name(name.into()),
                Host::Ip(address) => Question::Numeric(address),
                Host::Default => Question::Numeric(family.loopback()),
            };
            Step::LookUp {
                token,
                host,
                family,
            }
        }
        Action::Bind(request) if home.hands_over(&request) => Step::Done,
        Action::Bind(request) => {
            let is_told = !core.answers_within_call();
            let result = open(core, home, &request);
            failed(Operation::Bind, is_told, result, Step::Opened)
        }
        Action::SetOption(option) => {
            let outcome = with(home, |os| os.set_option(option));
            refused(Operation::Option, core.handle_option(option, outcome))
        }
        Action::Membership(change, membership) => {
            let outcome = with(home, |os| os.membership(change, &membership));
            let result = core.handle_membership(change, membership, outcome);
            refused(Operation::Membership, result)
        }
        Action::Connect(peer) => {
            let is_told = !core.answers_within_call();
            let outcome = with(home, |os| {
                os.connect(peer)?;
                Ok(os.local_address().ok())
            });
            let is_connected = outcome.is_ok();
            let result = core.handle_connect(outcome);
            // Only the system knows whom it has taken the wildcard address for.
            if is_connected
                && peer.address.is_unspecified()
                && let Some(Ok(reached)) = home.os().map(OsSocket::peer_address)
            {
                core.handle_peer_address(reached);
            }
            failed(Operation::Connect, is_told, result, Step::Connected)
        }
        Action::Disconnect => {
            let outcome = with(home, OsSocket::disconnect);
            let result = core.handle_disconnect(outcome);
            if let Some(Ok(local)) = home.os().map(OsSocket::local_address) {
                core.handle_local_address(local);
            }
            failed(Operation::Connect, false, result, Step::Done)
        }
        Action::Close => Step::Closed(home.move_out()),
    })
}

/// Sends what waits in the queue, as far as the system takes it; what is full if something is left for when there is
/// room again.
pub(crate) fn flush(core: &mut CoreSocket<'_>, os: Option<&OsSocket>) -> Option<Full> {
    let os = os?;
    loop {
        let mut run = Run::default();
        core.transmit_run(|waiting| {
            run = os.send_run(waiting);
            run.sent
        });
        if run.sent > 0 && run.next.is_none() {
            continue;
        }
        let outcome = core.transmit_next(|transmit| run.next.unwrap_or_else(|| os.send(transmit)));
        match outcome? {
            Transmitted::Blocked(full) => return Some(full),
            Transmitted::Sent | Transmitted::Failed(_) => {}
        }
    }
}

fn open(
    core: &mut CoreSocket<'_>,
    home: &mut impl Home,
    request: &BindRequest,
) -> Result<(), CoreError<'static>> {
    match OsSocket::open(request) {
        Ok(opened) => move_in(core, home, opened, request),
        Err(error) => core.handle_bind(Err(error)),
    }
}

/// Ends a bind with the socket that was opened for it.
pub(crate) fn move_in(
    core: &mut CoreSocket<'_>,
    home: &mut impl Home,
    opened: Opened,
    request: &BindRequest,
) -> Result<(), CoreError<'static>> {
    let local = match opened.socket.local_address() {
        Ok(local) => local,
        Err(errno) => {
            let error = SystemError::new(Syscall::GetSockName, errno);
            return core.handle_bind(Err(error.into()));
        }
    };
    if let Err(error) = home.move_in(opened.socket, request) {
        return core.handle_bind(Err(error.into()));
    }
    // Before `Listening`: the sizes are applied before the socket listens.
    if let Some(error) = opened.buffer_error {
        core.handle_failure(Operation::Option, error);
    }
    core.handle_bind(Ok(local))
}

fn with<T>(
    home: &impl Home,
    work: impl FnOnce(&OsSocket) -> Result<T, anydgram_core::Errno>,
) -> Result<T, anydgram_core::Errno> {
    home.os().map_or(Err(anydgram_core::Errno::EBADF), work)
}

fn failed(
    operation: Operation,
    is_told: bool,
    result: Result<(), CoreError<'static>>,
    success: Step,
) -> Step {
    match result {
        Ok(()) => success,
        Err(error) => Step::Failed {
            operation,
            error,
            is_told,
        },
    }
}

fn refused(operation: Operation, result: Result<(), SystemError<'static>>) -> Step {
    match result {
        Ok(()) => Step::Done,
        Err(error) => Step::Refused { operation, error },
    }
}
