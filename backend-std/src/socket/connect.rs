//! Connecting, and the callback that learns how it ended.

use core::cell::RefCell;

use alloc::collections::VecDeque;
use alloc::rc::Rc;

use anydgram_core::{BindState, Destination, Misuse, Operation};

use super::Socket;
use crate::emitter::EventName;
use crate::error::Error;
use crate::event::Listener;

/// An application's function for the end of a connect.
pub(crate) type ConnectCallback = Box<dyn FnOnce(Result<(), Error>)>;

/// The connects that have been accepted and whose end has not been told, in their order. A failed one lets the next
/// call in before it is told.
#[derive(Default)]
pub(crate) struct ConnectCalls(VecDeque<ConnectCall>);

/// A connect.
struct ConnectCall {
    answer: Option<ConnectAnswer>,
    waits_for_bind: bool,
}

/// Who learns how a connect ended.
struct ConnectAnswer {
    callback: Rc<RefCell<Option<ConnectCallback>>>,
    /// Calls it with the `connect` event.
    listener: Listener,
    is_registered: bool,
}

impl Socket {
    /// Connects the socket to a peer: only its datagrams are received, and sends need no destination. Binds it first
    /// if it is unbound. `connect` follows, or `error` and it is disconnected again.
    ///
    /// # Errors
    /// `ERR_SOCKET_BAD_PORT` for port 0, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` while it is connected or connecting.
    ///
    /// Node: `socket.connect`
    pub fn connect<'a>(&self, destination: impl Into<Destination<'a>>) -> Result<(), Error> {
        self.connect_calling(destination.into(), None)
    }

    /// Connects the socket, and has `callback` called with how it ended; a failure is no `error` event then. Not
    /// called when the bind before it fails (that is an `error` event), nor when the socket is closed meanwhile.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// Node: `socket.connect(port, address, callback)`
    pub fn connect_with<'a>(
        &self,
        destination: impl Into<Destination<'a>>,
        callback: impl FnOnce(Result<(), Error>) + 'static,
    ) -> Result<(), Error> {
        self.connect_calling(destination.into(), Some(Box::new(callback)))
    }

    /// Connects the socket within the call, binding it first if it is unbound. `connect` follows unless it is closed
    /// by then.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); `ERR_INVALID_ARG_VALUE` for a host name, which this call never looks up;
    /// `ERR_SOCKET_ALREADY_BOUND` while a bind is under way; `ERR_IP_BLOCKED`; what the system refuses.
    ///
    /// Node: `socket.connectSync`
    #[doc(alias = "connectSync")]
    pub fn connect_sync<'a>(&self, destination: impl Into<Destination<'a>>) -> Result<(), Error> {
        let mut destination = destination.into();
        destination.host = super::lookup::numeric(destination.host);
        self.sync_block_lists();
        let outcome = self.0.state.borrow_mut().core.connect_sync(destination);
        if let Err(misuse) = outcome {
            if let Misuse::IpBlocked(_) = misuse {
                // The bind that comes first stays, as in Node. What waits for its turn is not touched otherwise.
                self.within_call(Operation::Bind)?;
            }
            return Err(super::bind::refusal(misuse, destination.host));
        }
        self.within_call(Operation::Connect)?;
        // Its event is told like that of any other.
        self.0
            .state
            .borrow_mut()
            .rare_mut()
            .calls
            .connects
            .0
            .push_back(ConnectCall {
                answer: None,
                waits_for_bind: false,
            });
        Ok(())
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected; what the system refuses, as `connect CODE`.
    ///
    /// Node: `socket.disconnect`
    pub fn disconnect(&self) -> Result<(), Error> {
        self.0.state.borrow_mut().core.disconnect()?;
        self.within_call(Operation::Connect)
    }

    /// The socket is bound: a callback whose connect waited for that becomes a listener now, as in Node.
    pub(crate) fn expect_connect(&self) {
        let mut state = self.0.state.borrow_mut();
        let Some(calls) = state.calls_in_use() else {
            return;
        };
        let connects = calls.connects.0.iter_mut();
        let mut answers = connects.filter_map(|call| call.answer.as_mut());
        let Some(answer) = answers.find(|answer| !answer.is_registered) else {
            return;
        };
        answer.is_registered = true;
        let listener = answer.listener.clone();
        drop(state);
        self.once_listener(EventName::Connect, &listener);
    }

    /// The oldest connect has ended, and nothing but the event tells of it.
    pub(crate) fn forget_connect(&self) {
        drop(self.take_connect());
    }

    /// The bind that a connect waited for has failed: nobody is told of the connect.
    pub(crate) fn forget_connect_of_bind(&self) {
        let mut state = self.0.state.borrow_mut();
        let calls = state.calls_in_use();
        let first = calls.and_then(|calls| calls.connects.0.front());
        let has_waited = first.is_some_and(|call| call.waits_for_bind);
        drop(state);
        if has_waited {
            self.forget_connect();
        }
    }

    /// A connect has failed: its callback, if it has one.
    pub(crate) fn take_connect_callback(&self) -> Option<ConnectCallback> {
        let answer = self.take_connect()?.answer?;
        self.off(EventName::Connect, &answer.listener);
        answer.callback.take()
    }

    /// The oldest connect has ended.
    fn take_connect(&self) -> Option<ConnectCall> {
        let mut state = self.0.state.borrow_mut();
        let call = state.calls_in_use()?.connects.0.pop_front();
        state.rest();
        call
    }

    fn connect_calling(
        &self,
        destination: Destination<'_>,
        callback: Option<ConnectCallback>,
    ) -> Result<(), Error> {
        let destination = super::lookup::numeric_destination(destination);
        let mut state = self.0.state.borrow_mut();
        let is_bound = state.core.bind_state() == BindState::Bound;
        state.core.connect(destination)?;
        state.rare_mut().calls.connects.0.push_back(ConnectCall {
            answer: callback.map(ConnectAnswer::new),
            waits_for_bind: !is_bound,
        });
        drop(state);
        if is_bound {
            self.expect_connect();
        }
        if self.has_own_lookup() {
            self.0.shared.advance_now(self);
        }
        self.0.shared.schedule(self);
        Ok(())
    }
}

impl ConnectCalls {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl ConnectAnswer {
    fn new(callback: ConnectCallback) -> Self {
        let callback = Rc::new(RefCell::new(Some(callback)));
        let called = Rc::clone(&callback);
        let listener = Listener::new(move |_, _| {
            let callback = called.take();
            if let Some(callback) = callback {
                callback(Ok(()));
            }
        });
        Self {
            callback,
            listener,
            is_registered: false,
        }
    }
}
