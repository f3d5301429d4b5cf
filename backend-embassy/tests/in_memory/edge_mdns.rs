//! A published program for edge-nal as it is: edge-mdns answers on some hosts, and asks on others.

use core::convert::Infallible;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::{MulticastInterface, SocketType};
use anydgram_embassy::Socket;
use anydgram_embassy::edge_nal::Stack;
use edge_mdns::buf::VecBufAccess;
use edge_mdns::domain::base::Ttl;
use edge_mdns::host::Host;
use edge_mdns::io::{self, IPV4_DEFAULT_SOCKET, IPV6_DEFAULT_SOCKET, Mdns, MdnsIoError};
use edge_mdns::{
    HostAnswersMdnsHandler, HostQuestions as _, MdnsError, MdnsHandler, PeerAnswersMdnsHandler,
};
use edge_nal::UdpSplit as _;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use rand_core::TryRng;

use crate::asked::Asked;
use crate::lab::{Computer, LONGEST, Lab, leaked};

/// The index of a computer's only interface but for loopback.
const ETHERNET: u32 = 2;

/// A computer, and the family that it speaks.
#[derive(Clone, Copy)]
struct Network {
    stack: Stack<'static>,
    ipv4: Option<Ipv4Addr>,
    ipv6: Option<Ipv6Addr>,
}

impl Network {
    fn ipv4(computer: &Computer, number: u8) -> Self {
        Self {
            stack: Stack::new(computer.host).reuse_address(true),
            ipv4: Some([192, 0, 2, number].into()),
            ipv6: None,
        }
    }

    fn ipv6(computer: &Computer, number: u16) -> Self {
        Self {
            stack: Stack::new(computer.host)
                .reuse_address(true)
                .ipv6_only(true),
            ipv4: None,
            ipv6: Some([0xfe80, 0, 0, 0, 0, 0, 0, number].into()),
        }
    }

    fn index(&self) -> Option<u32> {
        self.ipv6.map(|_| ETHERNET)
    }

    async fn open(&self) -> Socket<'static> {
        let local = match self.ipv4 {
            Some(_) => IPV4_DEFAULT_SOCKET,
            None => IPV6_DEFAULT_SOCKET,
        };
        let socket = io::bind(&self.stack, local, self.ipv4, self.index()).await;
        let socket = socket.unwrap();
        // RFC 6762 § 11
        socket.set_multicast_ttl(255).unwrap();
        socket
            .set_multicast_interface(MulticastInterface::Index(ETHERNET))
            .unwrap();
        socket
    }

    /// Sends what `query` writes, unless that is nothing, and has `handler` deal with what comes. Ends with an error only.
    async fn run(
        self,
        handler: impl MdnsHandler,
        query: impl FnOnce(&mut [u8]) -> Result<usize, MdnsError>,
    ) -> MdnsIoError<anydgram_core::Error<'static>> {
        let mut socket = self.open().await;
        let (receiver, sender) = socket.split();
        // No datagram is longer than what the host has room for.
        let received = &*leaked(VecBufAccess::<NoopRawMutex, LONGEST>::new());
        let sent = &*leaked(VecBufAccess::<NoopRawMutex, 1472>::new());
        let changed = Signal::new();
        let mdns = Mdns::<_, _, _, _, _, NoopRawMutex>::new(
            self.ipv4,
            self.index(),
            receiver,
            sender,
            received,
            sent,
            Dice,
            &changed,
        );
        match mdns.query(query).await {
            Ok(()) => mdns.run(handler).await.unwrap_err(),
            Err(error) => error,
        }
    }

    /// Answers for `printer.local` until the lab ends.
    fn respond(self, lab: &mut Lab) {
        lab.spawn(async move {
            let host = Host {
                hostname: "printer",
                ipv4: self.ipv4.unwrap_or(Ipv4Addr::UNSPECIFIED),
                ipv6: self.ipv6.unwrap_or(Ipv6Addr::UNSPECIFIED),
                ttl: Ttl::from_secs(120),
            };
            let handler = HostAnswersMdnsHandler::new(&host);
            panic!("{:?}", Box::pin(self.run(handler, |_| Ok(0))).await);
        });
        lab.settle();
    }

    /// The addresses that are told of `name.local` within so many milliseconds after it was asked for.
    fn ask(self, lab: &mut Lab, name: &str) -> Vec<IpAddr> {
        let asked = Asked::new(name, || ());
        let handler = PeerAnswersMdnsHandler::new(&asked);
        let ended = lab.wait_for(300, self.run(handler, |buffer| asked.query(0, buffer)));
        assert!(ended.is_none(), "{ended:?}");
        asked.addresses()
    }
}

/// They decide how long an answer waits.
struct Dice;

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(4)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(4)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(4);
        Ok(())
    }
}

#[test]
fn a_name_is_answered_by_ipv4_and_by_ipv6() {
    let mut lab = Lab::new();
    let [one, two] = [1, 2].map(|number| lab.computer(number));
    for (responder, asker, address) in [
        (
            Network::ipv4(&one, 1),
            Network::ipv4(&two, 2),
            IpAddr::from([192, 0, 2, 1]),
        ),
        (
            Network::ipv6(&one, 1),
            Network::ipv6(&two, 2),
            IpAddr::from([0xfe80, 0, 0, 0, 0, 0, 0, 1]),
        ),
    ] {
        assert_eq!(asker.ask(&mut lab, "printer"), Vec::<IpAddr>::new());
        responder.respond(&mut lab);
        assert_eq!(asker.ask(&mut lab, "printer"), [address]);
        assert_eq!(asker.ask(&mut lab, "PRINTER"), [address]);
        assert_eq!(asker.ask(&mut lab, "scanner"), Vec::<IpAddr>::new());
    }
}

#[test]
fn who_asks_and_who_answers_may_share_a_host() {
    let mut lab = Lab::new();
    let one = lab.computer(1);
    let network = Network::ipv4(&one, 1);
    network.respond(&mut lab);
    let address = IpAddr::from([192, 0, 2, 1]);
    assert_eq!(network.ask(&mut lab, "printer"), [address]);
}

#[test]
fn a_responder_survives_garbage_and_datagrams_of_any_length() {
    let mut lab = Lab::new();
    let [one, two] = [1, 2].map(|number| lab.computer(number));
    Network::ipv4(&one, 1).respond(&mut lab);
    let stranger = lab.smoltcp_computer(3);
    let id = stranger.borrow_mut().bound(SocketType::Udp4, 0);
    let mut garbage = vec![b"".to_vec(), vec![0xff]];
    garbage.extend([1472, LONGEST - 1, LONGEST, LONGEST + 1, 60_000].map(|len| vec![0; len]));
    for data in garbage {
        for address in ["192.0.2.1", "224.0.0.251"] {
            stranger.borrow_mut().send(id, &data, address, 5353);
            lab.wake();
            lab.pass(5);
        }
    }
    let address = IpAddr::from([192, 0, 2, 1]);
    let answers = Network::ipv4(&two, 2).ask(&mut lab, "printer");
    assert_eq!(answers, [address]);
}
