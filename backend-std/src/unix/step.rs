//! Carrying out what a Unix socket of the core asks for.

use anydgram_core::{
    Errno, Error as CoreError, Full, Transmitted, UnixAction, UnixSocket as CoreSocket,
};

use crate::sys::OsUnixSocket;

/// What is left for the caller to do after one action.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing.
    Done,
    /// Disconnecting failed: nobody has been told.
    Refused(CoreError<'static>),
    /// The socket is to be closed.
    Closed,
}

/// Takes the socket's next action and carries it out; `None` when there is none.
pub(crate) fn step(core: &mut CoreSocket<'_>, os: Option<&mut OsUnixSocket>) -> Option<Step> {
    match core.poll_action()? {
        UnixAction::Bind(request) => {
            let outcome = os.map_or(Err(Errno::EBADF), |os| os.bind(&request));
            match &outcome {
                // An address that the core cannot take is none; the bind has happened all the same.
                Ok(local) => core.handle_bind(Ok(local.into())),
                Err(errno) => core.handle_bind(Err(*errno)),
            }
        }
        UnixAction::Connect(peer) => {
            let outcome = os.map_or(Err(Errno::EBADF), |os| os.connect(peer));
            core.handle_connect(outcome);
        }
        UnixAction::Disconnect => {
            let outcome = os.map_or(Err(Errno::EBADF), |os| os.disconnect());
            if let Err(error) = core.handle_disconnect(outcome) {
                return Some(Step::Refused(error));
            }
        }
        UnixAction::Close => return Some(Step::Closed),
    }
    Some(Step::Done)
}

/// What became of the datagrams that could leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// There were none.
    Nothing,
    /// All have left.
    Some,
    /// One waits for the system to have room.
    Blocked(Full),
}

/// Sends what is first in line, as far as the system takes it.
pub(crate) fn flush(core: &mut CoreSocket<'_>, os: Option<&OsUnixSocket>) -> Flushed {
    let Some(os) = os else {
        return Flushed::Nothing;
    };
    let mut flushed = Flushed::Nothing;
    while let Some(transmit) = core.poll_transmit() {
        let (token, outcome) = (transmit.token, os.send(&transmit));
        core.handle_transmit(token, outcome);
        if let Transmitted::Blocked(full) = outcome {
            return Flushed::Blocked(full);
        }
        flushed = Flushed::Some;
    }
    flushed
}
