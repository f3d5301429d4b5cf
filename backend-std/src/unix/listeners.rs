//! Listeners of Unix sockets, by event.

use alloc::rc::Rc;

use anydgram_core::UnixMessage;

use super::{UnixAncillary, UnixEvent, UnixListener, UnixSocket};
use crate::emitter::{Change, EventName, MaxListenersWarning, Owner};
use crate::error::Error;

impl UnixSocket {
    /// Adds a listener of `message`.
    ///
    /// Node: `'message'`
    pub fn on_message(&self, listener: impl Fn(&Self, &UnixMessage<'_>) + 'static) -> UnixListener {
        self.on(EventName::Message, move |socket, event| {
            if let UnixEvent::Message(message, _) = event {
                listener(socket, message);
            }
        })
    }

    /// Adds a listener of `message` that is given what came beside the bytes, too.
    ///
    /// Node: `'message'`
    pub fn on_message_with(
        &self,
        listener: impl Fn(&Self, &UnixMessage<'_>, &UnixAncillary) + 'static,
    ) -> UnixListener {
        self.on(EventName::Message, move |socket, event| {
            if let UnixEvent::Message(message, ancillary) = event {
                listener(socket, message, ancillary);
            }
        })
    }

    /// Adds a listener of `listening`.
    ///
    /// Node: `'listening'`
    pub fn on_listening(&self, listener: impl Fn(&Self) + 'static) -> UnixListener {
        self.on(EventName::Listening, move |socket, _| listener(socket))
    }

    /// Adds a listener of `connect`.
    ///
    /// Node: `'connect'`
    pub fn on_connect(&self, listener: impl Fn(&Self) + 'static) -> UnixListener {
        self.on(EventName::Connect, move |socket, _| listener(socket))
    }

    /// Adds a listener of `error`. An `error` without a listener ends [`EventLoop::run`](crate::EventLoop::run).
    ///
    /// Node: `'error'`
    pub fn on_error(&self, listener: impl Fn(&Self, &Error) + 'static) -> UnixListener {
        self.on(EventName::Error, move |socket, event| {
            if let UnixEvent::Error(error) = event {
                listener(socket, error);
            }
        })
    }

    /// Adds a listener of `drain`: the send queue has refused a datagram and is empty again.
    pub fn on_drain(&self, listener: impl Fn(&Self) + 'static) -> UnixListener {
        self.on(EventName::from("drain"), move |socket, _| listener(socket))
    }

    /// Adds a listener of `close`.
    ///
    /// Node: `'close'`
    pub fn on_close(&self, listener: impl Fn(&Self) + 'static) -> UnixListener {
        self.on(EventName::Close, move |socket, _| listener(socket))
    }

    /// Removes a listener.
    ///
    /// Node: `emitter.off`
    #[doc(alias = "removeListener")]
    pub fn off(&self, listener: &UnixListener) {
        self.0.emitter.off(self, &listener.event, listener);
    }

    fn on(
        &self,
        event: EventName,
        listener: impl Fn(&Self, &UnixEvent<'_>) + 'static,
    ) -> UnixListener {
        let listener = UnixListener::new(event, Rc::new(listener));
        self.0.emitter.on(self, &listener.event, listener.clone());
        listener
    }

    pub(super) fn once(
        &self,
        event: EventName,
        listener: impl Fn(&Self, &UnixEvent<'_>) + 'static,
    ) {
        let listener = UnixListener::new(event, Rc::new(listener));
        self.0.emitter.once(self, &listener.event.clone(), listener);
    }

    /// Calls the listeners of an event; whether it had any.
    pub(crate) fn emit(&self, event: &UnixEvent<'_>) -> bool {
        let call = |listener: &UnixListener| listener.call(self, event);
        self.0.emitter.emit(self, &event.name(), call)
    }
}

impl Owner<UnixListener> for UnixSocket {
    /// Nobody listens: listeners are for the socket's own events.
    fn notify(&self, _: &UnixListener, _: &Change<'_, UnixListener>) {}

    fn warn(&self, warning: &MaxListenersWarning) {
        log::warn!("MaxListenersExceededWarning: {warning}");
    }
}
