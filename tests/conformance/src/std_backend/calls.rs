//! Calls: from their arguments to the socket's typed methods.

use alloc::rc::Weak;

use anydgram_core::dynamic::{Bind, Call, Connect, Listen, Send, Value};
use anydgram_std::{Error, EventName, Listener, Socket};

use super::events::{endpoint, name, number};
use super::{StdBackend, membership, thrown};

type Outcome = Result<Value, Value>;

impl StdBackend {
    pub(super) fn carry_out(&self, socket: &Socket, call: Call<'_>) -> Outcome {
        match call {
            Call::Bind(bind) => self.bind(socket, &bind),
            Call::BindSync(bind) => told(socket.bind_sync(bind.options()), endpoint),
            Call::Connect(connect) => self.connect(socket, &connect),
            Call::ConnectSync(connect) => nothing(socket.connect_sync(connect.destination())),
            Call::Disconnect => nothing(socket.disconnect()),
            Call::Send(send) => self.send(socket, &send),
            Call::Close(callback) => self.close(socket, callback),
            Call::Address => told(socket.address(), endpoint),
            Call::RemoteAddress => told(socket.remote_address(), endpoint),
            Call::Ref => chained(socket.reference()),
            Call::Unref => chained(socket.unreference()),
            Call::SetBroadcast(on) => nothing(socket.set_broadcast(on)),
            Call::SetTtl(hops) => nothing(socket.set_ttl(hops)),
            Call::SetMulticastTtl(hops) => nothing(socket.set_multicast_ttl(hops)),
            Call::SetMulticastLoopback(on) => nothing(socket.set_multicast_loopback(on)),
            Call::SetMulticastInterface(text) => nothing(socket.set_multicast_interface(text)),
            Call::AddMembership(call) => membership::change(socket, &call, true),
            Call::DropMembership(call) => membership::change(socket, &call, false),
            Call::SetReceiveBufferSize(bytes) => nothing(socket.set_receive_buffer_size(bytes)),
            Call::SetSendBufferSize(bytes) => nothing(socket.set_send_buffer_size(bytes)),
            Call::ReceiveBufferSize => told(socket.receive_buffer_size(), Value::from),
            Call::SendBufferSize => told(socket.send_buffer_size(), Value::from),
            Call::SendQueueSize => Ok(number(socket.send_queue_size())),
            Call::SendQueueCount => Ok(number(socket.send_queue_count())),
            Call::On(call) => self.listen(socket, &call, Socket::on_listener),
            Call::Once(call) => self.listen(socket, &call, Socket::once_listener),
            Call::PrependListener(call) => self.listen(socket, &call, Socket::prepend_listener),
            Call::PrependOnceListener(call) => {
                self.listen(socket, &call, Socket::prepend_once_listener)
            }
            Call::Off(call) => self.listen(socket, &call, Socket::off),
            Call::SetMaxListeners(count) => chained(socket.set_max_listeners(whole(count))),
        }
    }

    fn bind(&self, socket: &Socket, bind: &Bind<'_>) -> Outcome {
        let Some(function) = bind.callback else {
            return nothing(socket.bind(bind.options()));
        };
        let script = Weak::clone(&self.script);
        nothing(socket.bind_with(bind.options(), move |_| {
            if let Some(script) = script.upgrade() {
                script.call(function, &[]);
            }
        }))
    }

    fn connect(&self, socket: &Socket, connect: &Connect<'_>) -> Outcome {
        let Some(function) = connect.callback else {
            return nothing(socket.connect(connect.destination()));
        };
        let script = Weak::clone(&self.script);
        nothing(socket.connect_with(connect.destination(), move |outcome| {
            let args: &[Value] = match outcome {
                Ok(()) => &[],
                Err(error) => &[thrown(&error)],
            };
            if let Some(script) = script.upgrade() {
                script.call(function, args);
            }
        }))
    }

    fn send(&self, socket: &Socket, send: &Send<'_>) -> Outcome {
        let Some(function) = send.callback else {
            return nothing(socket.send(send.datagram()));
        };
        let script = Weak::clone(&self.script);
        nothing(socket.send_with(send.datagram(), move |outcome| {
            let args: &[Value] = match outcome {
                Ok(bytes) => &[Value::Null, number(bytes)],
                Err(error) => &[thrown(&error)],
            };
            if let Some(script) = script.upgrade() {
                script.call(function, args);
            }
        }))
    }

    /// The callback is a listener of `close`, also when the socket is closed already.
    fn close(&self, socket: &Socket, callback: Option<u64>) -> Outcome {
        if let Some(function) = callback {
            socket.on_listener(EventName::Close, &self.listener(function));
        }
        nothing(socket.close())
    }

    fn listen(
        &self,
        socket: &Socket,
        call: &Listen<'_>,
        change: impl for<'a> FnOnce(&'a Socket, EventName, &Listener) -> &'a Socket,
    ) -> Outcome {
        let listener = self.listener(call.listener);
        chained(change(socket, name(&call.event), &listener))
    }
}

fn told<T>(outcome: Result<T, Error>, show: impl FnOnce(T) -> Value) -> Outcome {
    outcome.map(show).map_err(|error| thrown(&error))
}

fn nothing(outcome: Result<(), Error>) -> Outcome {
    told(outcome, Value::from)
}

/// What returns the socket itself: the interpreter knows that.
fn chained(_socket: &Socket) -> Outcome {
    Ok(Value::Undefined)
}

/// A limit of listeners; infinity is no limit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the call has checked that it is a number of 0 or more"
)]
fn whole(count: f64) -> usize {
    if count.is_infinite() {
        0
    } else {
        count as usize
    }
}
