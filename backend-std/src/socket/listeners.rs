//! Listeners: the surface of Node's `EventEmitter`.

use super::Socket;
use crate::emitter::{Change, Emitter, EventName, MaxListenersWarning, Owner};
use crate::error::Error;
use crate::event::{Event, Listener, Message, Registered};

impl Socket {
    /// Adds a listener behind the others, and returns it for [`off`](Self::off).
    ///
    /// The same listener can be added any number of times; see [`on_listener`](Self::on_listener).
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{Event, EventLoop, SocketType};
    /// # let event_loop = EventLoop::new()?;
    /// let socket = event_loop.create_socket(SocketType::Udp4)?;
    /// let listener = socket.on("error", |_, event| {
    ///     if let Event::Error(error) = event {
    ///         eprintln!("{error}");
    ///     }
    /// });
    /// socket.off("error", &listener);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Node: `emitter.on`
    #[doc(alias = "addListener")]
    pub fn on(
        &self,
        event: impl Into<EventName>,
        listener: impl Fn(&Self, &Event<'_>) + 'static,
    ) -> Listener {
        let listener = Listener::new(listener);
        self.on_listener(event, &listener);
        listener
    }

    /// Adds a listener behind the others that is removed before its first call.
    ///
    /// Node: `emitter.once`
    pub fn once(
        &self,
        event: impl Into<EventName>,
        listener: impl Fn(&Self, &Event<'_>) + 'static,
    ) -> Listener {
        let listener = Listener::new(listener);
        self.once_listener(event, &listener);
        listener
    }

    /// Adds a listener before the others.
    ///
    /// Node: `emitter.prependListener`
    #[doc(alias = "prependListener")]
    pub fn prepend(
        &self,
        event: impl Into<EventName>,
        listener: impl Fn(&Self, &Event<'_>) + 'static,
    ) -> Listener {
        let listener = Listener::new(listener);
        self.prepend_listener(event, &listener);
        listener
    }

    /// Adds a listener before the others that is removed before its first call.
    ///
    /// Node: `emitter.prependOnceListener`
    #[doc(alias = "prependOnceListener")]
    pub fn prepend_once(
        &self,
        event: impl Into<EventName>,
        listener: impl Fn(&Self, &Event<'_>) + 'static,
    ) -> Listener {
        let listener = Listener::new(listener);
        self.prepend_once_listener(event, &listener);
        listener
    }

    /// [`on`](Self::on) with a listener that exists already.
    ///
    /// Node: `emitter.on`
    #[doc(alias = "addListener")]
    pub fn on_listener(&self, event: impl Into<EventName>, listener: &Listener) -> &Self {
        self.emitter_to_change()
            .on(self, &event.into(), listener.clone());
        self
    }

    /// [`once`](Self::once) with a listener that exists already.
    ///
    /// Node: `emitter.once`
    #[doc(alias = "once")]
    pub fn once_listener(&self, event: impl Into<EventName>, listener: &Listener) -> &Self {
        self.emitter_to_change()
            .once(self, &event.into(), listener.clone());
        self
    }

    /// [`prepend`](Self::prepend) with a listener that exists already.
    ///
    /// Node: `emitter.prependListener`
    #[doc(alias = "prependListener")]
    pub fn prepend_listener(&self, event: impl Into<EventName>, listener: &Listener) -> &Self {
        self.emitter_to_change()
            .prepend(self, &event.into(), listener.clone());
        self
    }

    /// [`prepend_once`](Self::prepend_once) with a listener that exists already.
    ///
    /// Node: `emitter.prependOnceListener`
    #[doc(alias = "prependOnceListener")]
    pub fn prepend_once_listener(&self, event: impl Into<EventName>, listener: &Listener) -> &Self {
        self.emitter_to_change()
            .prepend_once(self, &event.into(), listener.clone());
        self
    }

    /// Adds a listener of `message`.
    ///
    /// Node: `'message'`
    pub fn on_message(&self, listener: impl Fn(&Self, &Message<'_>) + 'static) -> Listener {
        self.on(EventName::Message, move |socket, event| {
            if let Event::Message(message) = event {
                listener(socket, message);
            }
        })
    }

    /// Adds a listener of `listening`.
    ///
    /// Node: `'listening'`
    pub fn on_listening(&self, listener: impl Fn(&Self) + 'static) -> Listener {
        self.on(EventName::Listening, move |socket, _| listener(socket))
    }

    /// Adds a listener of `connect`.
    ///
    /// Node: `'connect'`
    pub fn on_connect(&self, listener: impl Fn(&Self) + 'static) -> Listener {
        self.on(EventName::Connect, move |socket, _| listener(socket))
    }

    /// Adds a listener of `error`. An `error` without a listener ends [`EventLoop::run`](crate::EventLoop::run).
    ///
    /// Node: `'error'`
    pub fn on_error(&self, listener: impl Fn(&Self, &Error) + 'static) -> Listener {
        self.on(EventName::Error, move |socket, event| {
            if let Event::Error(error) = event {
                listener(socket, error);
            }
        })
    }

    /// Adds a listener of `close`.
    ///
    /// Node: `'close'`
    pub fn on_close(&self, listener: impl Fn(&Self) + 'static) -> Listener {
        self.on(EventName::Close, move |socket, _| listener(socket))
    }

    /// Removes the registration of a listener that was added last, whether to stay or once.
    ///
    /// Node: `emitter.off`
    #[doc(alias = "removeListener")]
    pub fn off(&self, event: impl Into<EventName>, listener: &Listener) -> &Self {
        self.emitter_to_change().off(self, &event.into(), listener);
        self
    }

    /// Removes all listeners of one event, or (`None`) of all.
    ///
    /// Node: `emitter.removeAllListeners`
    #[doc(alias = "removeAllListeners")]
    #[expect(
        clippy::must_use_candidate,
        reason = "returns the socket for chaining, as in Node"
    )]
    pub fn remove_all(&self, event: Option<&EventName>) -> &Self {
        self.emitter_to_change().remove_all(self, event);
        self
    }

    /// The listeners of an event, in the order of their calls.
    ///
    /// Node: `emitter.listeners`
    #[must_use]
    pub fn listeners(&self, event: impl Into<EventName>) -> Vec<Listener> {
        self.0.emitter.listeners(&event.into())
    }

    /// The registrations of an event, in the order of their calls.
    ///
    /// Node: `emitter.rawListeners`
    #[doc(alias = "rawListeners")]
    #[must_use]
    pub fn raw_listeners(&self, event: impl Into<EventName>) -> Vec<Registered> {
        let raw = self.0.emitter.raw_listeners(&event.into());
        raw.into_iter().map(Registered::from).collect()
    }

    /// How many listeners an event has; with `listener`, how many of them are that one.
    ///
    /// Node: `emitter.listenerCount`
    #[doc(alias = "listenerCount")]
    #[must_use]
    pub fn listener_count(
        &self,
        event: impl Into<EventName>,
        listener: Option<&Listener>,
    ) -> usize {
        self.0.emitter.listener_count(&event.into(), listener)
    }

    /// The events that have listeners.
    ///
    /// Node: `emitter.eventNames`
    #[doc(alias = "eventNames")]
    #[must_use]
    pub fn event_names(&self) -> Vec<EventName> {
        self.0.emitter.event_names()
    }

    /// Calls the listeners of an event; whether it had any.
    ///
    /// # Errors
    /// The error itself, when an [`Event::Error`] has no listener.
    ///
    /// Node: `emitter.emit`
    pub fn emit(&self, event: &Event<'_>) -> Result<bool, Error> {
        let is_heard = self.emit_event(event);
        if let (Event::Error(error), false) = (event, is_heard) {
            return Err((*error).clone());
        }
        Ok(is_heard)
    }

    /// Sets how many listeners an event may have before a warning; 0 is no limit. Default 10.
    ///
    /// Node: `emitter.setMaxListeners`
    #[doc(alias = "setMaxListeners")]
    #[expect(
        clippy::must_use_candidate,
        reason = "returns the socket for chaining, as in Node"
    )]
    pub fn set_max_listeners(&self, max: usize) -> &Self {
        self.emitter_to_change().set_max_listeners(max);
        self
    }

    /// How many listeners an event may have before a warning; 0 is no limit.
    ///
    /// Node: `emitter.getMaxListeners`
    #[doc(alias = "getMaxListeners")]
    #[must_use]
    pub fn max_listeners(&self) -> usize {
        self.0.emitter.max_listeners()
    }

    pub(crate) fn emit_event(&self, event: &Event<'_>) -> bool {
        let call = |listener: &Listener| listener.call(self, event);
        // Whom it removes, because they are called once, is never the only listener that stays.
        self.0.emitter.emit(self, &event.name(), call)
    }

    /// The listener of `message`, if there is no other listener and it is to stay: to emit a datagram is to call it, until
    /// listeners change.
    pub(crate) fn sole_listener(&self) -> Option<Listener> {
        self.0.emitter.sole_of_message()
    }

    /// The listeners, which may be others afterwards: the loop looks at them again before it tells the next datagram.
    fn emitter_to_change(&self) -> &Emitter<Listener> {
        self.0.shared.count_listener_change();
        &self.0.emitter
    }

    /// Emits an error of the socket's own; unhandled, it ends the loop's run.
    pub(crate) fn emit_error(&self, error: Error) {
        if !self.emit_event(&Event::Error(&error)) {
            self.0.shared.leave_unhandled(error);
        }
    }
}

impl Owner<Listener> for Socket {
    fn notify(&self, listener: &Listener, change: &Change<'_, Listener>) {
        listener.call(self, &Event::from(change));
    }

    fn warn(&self, warning: &MaxListenersWarning) {
        log::warn!("MaxListenersExceededWarning: {warning}");
    }
}
