//! A question for the addresses of a name, and what is answered.

use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use edge_mdns::domain::base::iana::Class;
use edge_mdns::domain::base::{Question, Rtype, ToName as _};
use edge_mdns::domain::rdata::AllRecordData;
use edge_mdns::{HostQuestion, HostQuestions, MdnsError, NameSlice, PeerAnswer, PeerAnswers};

/// Asks for NAME.local, and keeps the addresses that are told of it, each once.
pub(crate) struct Asked<'a, F> {
    labels: [&'a str; 2],
    addresses: RefCell<Vec<IpAddr>>,
    /// What is done when there is one.
    is_answered: F,
}

impl<'a, F: Fn()> Asked<'a, F> {
    pub(crate) fn new(name: &'a str, is_answered: F) -> Self {
        Self {
            labels: [name, "local"],
            addresses: RefCell::default(),
            is_answered,
        }
    }

    /// The addresses that have been told since the last call.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        self.addresses.take()
    }
}

impl<W: Fn()> HostQuestions for Asked<'_, W> {
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

impl<F: Fn()> PeerAnswers for Asked<'_, F> {
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
            let address = if let AllRecordData::A(a) = answer.data() {
                IpAddr::V4(Ipv4Addr::from(a.addr().octets()))
            } else if let AllRecordData::Aaaa(aaaa) = answer.data() {
                IpAddr::V6(Ipv6Addr::from(aaaa.addr().octets()))
            } else {
                continue;
            };
            let mut addresses = self.addresses.borrow_mut();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
            (self.is_answered)();
        }
        Ok(())
    }
}
