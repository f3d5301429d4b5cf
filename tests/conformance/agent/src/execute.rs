//! The one executor of commands.

use anydgram_core::{
    Datagram, Destination, Error, Misuse, Options, Payload, SendToken, Socket, SocketId, Sockets,
};
use heapless::Vec;

use crate::agent::number;
use crate::{Agent, Answer, Bytes, Call, Group, Reply, SocketNumber, Told};

/// Sockets, and what their backend does at once.
pub trait Host {
    /// Works on the sockets.
    fn with<R>(&mut self, work: impl FnOnce(&mut Sockets<'_, '_>) -> R) -> R;

    /// Adds a new socket, if there is memory for one.
    fn create(&mut self, options: Options) -> Option<SocketId>;

    /// Carries out at once what a socket asks for.
    ///
    /// # Errors
    /// The first failure.
    fn carry_out(&mut self, id: SocketId) -> Result<(), Error<'static>>;

    /// Sends a datagram, within the call if that is possible.
    ///
    /// # Errors
    /// As [`Socket::send`].
    fn send(&mut self, id: SocketId, datagram: Datagram<'_>) -> Result<SendToken, Misuse>;
}

/// Creates a socket.
pub fn create<H: Host, T>(host: &mut H, agent: &Agent<T>, options: Options) -> Answer {
    match host.create(options) {
        Some(id) if agent.created(id, options.look_up_always) => Answer::Socket(number(id)),
        Some(_) | None => Answer::Impossible,
    }
}

/// Carries a call out.
///
/// # Errors
/// What the call says against it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each call is in one of three functions"
)]
pub fn execute<H: Host, T: Told>(
    host: &mut H,
    agent: &Agent<T>,
    socket: SocketNumber,
    call: Call<'_>,
) -> Reply {
    let id = host.with(|sockets| sockets.ids().find(|id| number(*id) == socket));
    let Some(id) = id else {
        return Ok(Answer::Impossible);
    };
    let mut one = One { host, agent, id };
    match call {
        Call::Bind(options) => one.work(|socket| socket.bind(options)),
        Call::BindSync(options) => one.work(|socket| socket.bind_sync(options)),
        Call::Connect(to) => one.work(|socket| socket.connect(to)),
        Call::ConnectSync(to) => one.work(|socket| socket.connect_sync(to)),
        Call::Disconnect => one.work(|socket| socket.disconnect()),
        Call::Close => one.work(|socket| socket.close()),
        Call::Send { bytes, to, number } => one.send(bytes, to, number),
        Call::CarryOut => one.host.carry_out(id).map(|()| Answer::Done),
        Call::PollEvent => one.work(|socket| {
            if let Some(event) = socket.poll_event() {
                agent.tell(id, event);
            }
            Ok::<_, Misuse>(())
        }),
        Call::Answer { number, outcome } => match agent.take_question(id, number) {
            None => Ok(Answer::Impossible),
            Some(token) => one.work(|socket| {
                socket.handle_lookup(token, outcome);
                Ok::<_, Misuse>(())
            }),
        },
        _ => {
            let reply = one.with(|socket| ask(socket, call).unwrap_or_else(|| set(socket, call)));
            reply.unwrap_or(Ok(Answer::Impossible))
        }
    }
}

/// One socket, and what is around it.
struct One<'o, H, T> {
    host: &'o mut H,
    agent: &'o Agent<T>,
    id: SocketId,
}

impl<H: Host, T> One<'_, H, T> {
    fn with<R>(&mut self, work: impl FnOnce(&mut Socket<'_>) -> R) -> Option<R> {
        let id = self.id;
        self.host.with(|sockets| sockets.get_mut(id).map(work))
    }

    fn work<E: Into<Error<'static>>>(
        &mut self,
        work: impl FnOnce(&mut Socket<'_>) -> Result<(), E>,
    ) -> Reply {
        let outcome = self.with(work);
        outcome.map_or(Ok(Answer::Impossible), |outcome| {
            outcome.map(|()| Answer::Done).map_err(Into::into)
        })
    }

    fn send(
        &mut self,
        bytes: Bytes<'_>,
        to: Option<Destination<'_>>,
        number: Option<u32>,
    ) -> Reply {
        if number.is_some() && !self.agent.has_room() {
            return Ok(Answer::Impossible);
        }
        let mut pieces: Vec<&[u8], PIECES> = Vec::new();
        let payload = match bytes {
            Bytes::Slice(bytes) => Payload::Slice(bytes),
            Bytes::List { .. } => {
                if bytes.pieces(|piece| pieces.push(piece).ok()).is_none() {
                    return Ok(Answer::Impossible);
                }
                Payload::List(&pieces)
            }
        };
        let mut datagram = Datagram::new(payload);
        datagram.destination = to;
        datagram.report = number.is_some();
        let token = self.host.send(self.id, datagram)?;
        if let Some(number) = number {
            self.agent.sent(self.id, token, number);
        }
        Ok(Answer::Done)
    }
}

/// What a socket is asked.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each call is in one of three functions"
)]
fn ask(socket: &mut Socket<'_>, call: Call<'_>) -> Option<Reply> {
    Some(match call {
        Call::Address => socket.address().map(Answer::Endpoint),
        Call::RemoteAddress => socket.remote_address().map(Answer::Endpoint),
        Call::State => Ok(Answer::State {
            is_running: !socket.is_closed(),
            bind: socket.bind_state(),
            connect: socket.connect_state(),
        }),
        Call::SendQueueSize => Ok(count(socket.send_queue_size())),
        Call::SendQueueCount => Ok(count(socket.send_queue_count())),
        _ => return None,
    })
}

/// What changes a socket at once.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each call is in one of three functions"
)]
fn set(socket: &mut Socket<'_>, call: Call<'_>) -> Reply {
    match call {
        Call::SetBroadcast(on) => socket.set_broadcast(on)?,
        Call::SetTtl(hops) => socket.set_ttl(hops)?,
        Call::SetMulticastTtl(hops) => socket.set_multicast_ttl(hops)?,
        Call::SetMulticastLoopback(on) => socket.set_multicast_loopback(on)?,
        Call::SetMulticastInterface(interface) => socket.set_multicast_interface(interface)?,
        Call::SetReceiveBufferSize(bytes) => socket.set_receive_buffer_size(bytes)?,
        Call::SetSendBufferSize(bytes) => socket.set_send_buffer_size(bytes)?,
        Call::AddMembership(group) => add_membership(socket, &group)?,
        Call::DropMembership(group) => drop_membership(socket, &group)?,
        Call::ClearBlockLists => socket.clear_block_lists(),
        Call::BlockReceiving(rule) => socket.block_receiving(rule.try_into()?)?,
        Call::BlockSending(rule) => socket.block_sending(rule.try_into()?)?,
        _ => return Ok(Answer::Impossible),
    }
    Ok(Answer::Done)
}

fn add_membership(socket: &mut Socket<'_>, of: &Group) -> Result<(), Error<'static>> {
    match of.source {
        None => socket.add_membership(of.group, of.interface),
        Some(source) => socket.add_source_specific_membership(source, of.group, of.interface),
    }
}

fn drop_membership(socket: &mut Socket<'_>, of: &Group) -> Result<(), Error<'static>> {
    match of.source {
        None => socket.drop_membership(of.group, of.interface),
        Some(source) => socket.drop_source_specific_membership(source, of.group, of.interface),
    }
}

fn count(count: usize) -> Answer {
    Answer::Count(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many pieces a payload may have.
const PIECES: usize = 1_200;

#[cfg(test)]
mod tests;
