//! Own addresses of single datagrams: which they came to, which they are sent from.

use anydgram_core::{Address, Datagram, Destination, RecvMeta, SendMeta, Syscall};

use super::Socket;
use crate::error::Error;
use crate::sys::OsSocket;

impl Socket {
    /// Has [`recv_with_local`](Self::recv_with_local) know what it tells; `bind ENOTSUP` but on Linux.
    pub(crate) fn tell_local(&self) -> Result<(), Error> {
        self.ask(Syscall::Bind, |core| core.address(), OsSocket::tell_local)
    }

    /// [`recv_from`](Socket::recv_from) that fills in [`RecvMeta::local`] and [`RecvMeta::interface`].
    pub(crate) async fn recv_with_local(
        &self,
        buffer: &mut [u8],
    ) -> Result<(usize, RecvMeta), Error> {
        self.recv_by(buffer, OsSocket::receive_with_local).await
    }

    /// Sends to a numeric destination, from an own address and by the interface of its scope.
    pub(crate) async fn send_from(
        &self,
        source: Address,
        data: &[u8],
        destination: Destination<'_>,
    ) -> Result<usize, Error> {
        let mut asked = SendMeta::new().with_interface(source.scope_id());
        if !source.is_unspecified() {
            asked = asked.with_source(source.ip());
        }
        let datagram = Datagram::new(data).to(destination).with(asked);
        self.send_datagram(datagram).await
    }
}
