//! What an asynchronous application does, on whichever socket.

use core::hint::black_box;

use crate::case::{Case, Work};
use crate::ring::{Control, MTU};

pub(crate) trait Udp {
    /// Who has sent a datagram, or is to get one.
    type Peer;

    async fn receive(&self, buffer: &mut [u8]) -> (usize, Self::Peer);

    async fn send(&self, data: &[u8], to: &Self::Peer);
}

/// Receives, sends or sends back whatever comes, for ever.
pub(crate) async fn work<U: Udp>(case: Case, socket: &U, peer: U::Peer, control: &Control) {
    let mut buffer = vec![b'x'; MTU];
    loop {
        match case.work {
            Work::Receive => {
                let (length, _) = socket.receive(&mut buffer).await;
                black_box(buffer.get(..length));
                control.count_received();
            }
            Work::Send => {
                let payload = buffer.get(..case.size).expect("it is shorter");
                for _ in 0..control.orders().await {
                    socket.send(black_box(payload), &peer).await;
                }
            }
            Work::Echo => {
                let (length, sender) = socket.receive(&mut buffer).await;
                control.count_received();
                let data = buffer.get(..length).expect("it was written there");
                socket.send(data, &sender).await;
            }
        }
    }
}
