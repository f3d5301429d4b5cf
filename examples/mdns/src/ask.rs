//! Asking for the addresses of a name.

use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use edge_mdns::domain::base::iana::Class;
use edge_mdns::domain::base::{Question, Rtype, ToName as _};
use edge_mdns::domain::rdata::AllRecordData;
use edge_mdns::{
    HostQuestion, HostQuestions, MdnsError, NameSlice, PeerAnswer, PeerAnswers,
    PeerAnswersMdnsHandler,
};
use tokio::sync::Notify;

use crate::network::{Network, Problem};

/// The addresses in the first answer to "who is NAME.local".
pub(crate) async fn ask(network: &Network, name: &str) -> Result<Vec<IpAddr>, Problem> {
    let asked = Asked {
        labels: [name, "local"],
        addresses: RefCell::default(),
        is_answered: Notify::new(),
    };
    let socket = network.open().await?;
    let handler = PeerAnswersMdnsHandler::new(&asked);
    let serve = network.run(socket, handler, |buffer| asked.query(0, buffer));
    tokio::select! {
        ended = serve => ended?,
        () = asked.is_answered.notified() => {}
    }
    Ok(asked.addresses.take())
}

struct Asked<'a> {
    labels: [&'a str; 2],
    addresses: RefCell<Vec<IpAddr>>,
    is_answered: Notify,
}

impl HostQuestions for Asked<'_> {
    fn visit<F, E>(&self, mut f: F) -> Result<(), E>
    where
        F: FnMut(HostQuestion<'_>) -> Result<(), E>,
        E: From<MdnsError>,
    {
        for kind in [Rtype::A, Rtype::AAAA] {
            f(Question::new(NameSlice::new(&self.labels), kind, Class::IN))?;
        }
        Ok(())
    }
}

impl PeerAnswers for Asked<'_> {
    fn answers<'a, T, A>(&self, answers: T, _additional: A) -> Result<(), MdnsError>
    where
        T: IntoIterator<Item = Result<PeerAnswer<'a>, MdnsError>> + Clone + 'a,
        A: IntoIterator<Item = Result<PeerAnswer<'a>, MdnsError>> + Clone + 'a,
    {
        for answer in answers {
            let answer = answer?;
            if !answer.owner().name_eq(&NameSlice::new(&self.labels)) {
                continue;
            }
            let address = match answer.data() {
                AllRecordData::A(a) => IpAddr::V4(Ipv4Addr::from(a.addr().octets())),
                AllRecordData::Aaaa(aaaa) => IpAddr::V6(Ipv6Addr::from(aaaa.addr().octets())),
                _ => continue,
            };
            let mut addresses = self.addresses.borrow_mut();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
            self.is_answered.notify_one();
        }
        Ok(())
    }
}
