//! Asking for the addresses of a name.

use core::net::IpAddr;

use edge_mdns::{HostQuestions as _, PeerAnswersMdnsHandler};
use tokio::sync::Notify;

use crate::asked::Asked;
use crate::network::{Network, Problem};

/// The addresses in the first answer to "who is NAME.local".
pub(crate) async fn ask(network: &Network, name: &str) -> Result<Vec<IpAddr>, Problem> {
    let is_answered = Notify::new();
    let asked = Asked::new(name, || is_answered.notify_one());
    let socket = network.open().await?;
    let handler = PeerAnswersMdnsHandler::new(&asked);
    let serve = network.run(socket, handler, |buffer| asked.query(0, buffer));
    tokio::select! {
        ended = serve => ended?,
        () = is_answered.notified() => {}
    }
    Ok(asked.addresses())
}
