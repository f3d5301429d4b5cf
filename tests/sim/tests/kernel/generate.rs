//! Scripts from seeds.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::SocketType;
use anydgram_sim::{Dice, Site};

use crate::likely::{Likely, own_port};
use crate::plan::{HOSTS, LANS, ipv4, ipv6, link_local};
use crate::script::{Call, Face, Group, Place, Planned, Port, Script, Step};

/// The script of a seed.
pub(crate) fn script(seed: u64) -> Script {
    let mut draw = Draw(Dice::new(seed, Site::Other(0), 0));
    let style = draw.below(4);
    let count = 4 + draw.below(5);
    let sockets: Vec<Planned> = (0..count).map(|_| draw.socket(style)).collect();
    let mut likely = vec![Likely::default(); sockets.len()];
    let mut steps: Vec<Step> = Vec::new();
    while steps.len() < STEPS {
        let hasty = steps.last().filter(|last| last.is_hasty);
        let socket = hasty.map_or_else(|| draw.below(sockets.len()), |last| last.socket);
        let call = draw.call(&sockets, &likely, socket);
        let me = sockets.get(socket).expect("it is there");
        let now = likely.get_mut(socket).expect("it is there");
        // A refusal may come before or after.
        let has_sent = hasty.is_some_and(|last| matches!(last.call, Call::Send { .. }));
        let is_race = has_sent && matches!(call, Call::Connect(..));
        if is_race || !now.is_where_both_agree(me, &call) {
            continue;
        }
        let may_be_hasty = now.may_be_hasty(&call);
        now.note(socket, &call);
        steps.push(Step {
            socket,
            call,
            is_hasty: may_be_hasty && draw.percent(15),
        });
    }
    Script { sockets, steps }
}

struct Draw(Dice);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.0.below(bound)).unwrap_or(0)
    }

    /// Whether what happens so often out of a hundred times does.
    fn percent(&mut self, often: usize) -> bool {
        self.below(100) < often
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        *all.get(self.below(all.len())).expect("there are some")
    }

    /// Styles: IPv4, IPv6, and both twice.
    fn socket(&mut self, style: usize) -> Planned {
        let is_ipv6 = match style {
            0 => false,
            1 => true,
            _ => self.percent(50),
        };
        Planned {
            host: self.below(HOSTS),
            socket_type: if is_ipv6 {
                SocketType::Udp6
            } else {
                SocketType::Udp4
            },
            reuse_address: self.percent(50),
            reuse_port: self.percent(10),
            ipv6_only: is_ipv6 && self.percent(40),
        }
    }

    fn call(&mut self, sockets: &[Planned], likely: &[Likely], socket: usize) -> Call {
        let me = sockets.get(socket).expect("it is there");
        let now = likely.get(socket).expect("it is there");
        if now.is_closed && !self.percent(10) {
            // Nothing comes of it.
            return self.send(sockets, likely, me, now);
        }
        match self.below(100) {
            0..30 if !now.is_bound => self.bind(me, socket),
            0..2 => self.bind(me, socket),
            2..10 if now.peer.is_none() => {
                let (place, port) = match self.below(10) {
                    0 => (self.special(me), Port::Number(7001)),
                    1 => (self.unusual(me), Port::Number(7001)),
                    _ => self.peer(sockets, me),
                };
                Call::Connect(place, port)
            }
            2..6 => Call::Disconnect,
            6..8 => Call::Close,
            8..20 => self.option(me),
            20..40 => self.membership(me, now),
            _ => self.send(sockets, likely, me, now),
        }
    }

    fn bind(&mut self, me: &Planned, socket: usize) -> Call {
        let port = match self.below(10) {
            0 => 0,
            1..5 => 7001,
            5..8 => 7002,
            _ => return Call::Bind(None, Port::Number(own_port(socket))),
        };
        let place = match self.below(10) {
            0..5 => None,
            5 => Some(wildcard(me)),
            6..8 => Some(self.own(me)),
            8 => Some(self.special(me)),
            _ => Some(self.unusual(me)),
        };
        Call::Bind(place, Port::Number(port))
    }

    fn option(&mut self, me: &Planned) -> Call {
        match self.below(6) {
            0 => Call::SetTtl(self.hops()),
            1 => Call::SetBroadcast(self.percent(75)),
            2 => Call::SetMulticastTtl(self.hops()),
            3 => Call::SetMulticastLoopback(self.percent(50)),
            _ => Call::SetMulticastInterface(self.face(me, false)),
        }
    }

    fn hops(&mut self) -> u32 {
        self.of(&[0, 1, 2, 64, 255, 256])
    }

    fn membership(&mut self, me: &Planned, now: &Likely) -> Call {
        if !now.groups.is_empty() && self.percent(40) {
            return Call::DropMembership(self.of(&now.groups));
        }
        let ip = if is_ipv6(me) && !self.percent(5) {
            self.of(&GROUPS6).into()
        } else {
            IpAddr::from(self.of(&GROUPS4))
        };
        let source = self.percent(40).then(|| {
            let (host, lan) = (self.below(HOSTS), self.below(LANS));
            if ip.is_ipv4() {
                IpAddr::from(ipv4(host, lan))
            } else {
                ipv6(host, lan).into()
            }
        });
        let face = self.face(me, true);
        let group = Group { ip, source, face };
        if self.percent(5) {
            Call::DropMembership(group)
        } else {
            Call::AddMembership(group)
        }
    }

    fn face(&mut self, me: &Planned, may_be_all: bool) -> Face {
        match self.below(10) {
            0..4 => Face::Default,
            4..7 => Face::Lan(self.below(LANS)),
            7..9 if !is_ipv6(me) => Face::Address(ipv4(me.host, self.below(LANS))),
            9 if may_be_all && self.percent(50) => Face::All,
            9 if !is_ipv6(me) => Face::Address(Ipv4Addr::new(192, 0, 2, 99)),
            _ => Face::Lan(self.below(LANS)),
        }
    }

    fn send(&mut self, sockets: &[Planned], likely: &[Likely], me: &Planned, now: &Likely) -> Call {
        let len = match self.below(20) {
            0 => 0,
            1 => self.of(&[1472, 1473, 9000]),
            2 => self.of(&[65_507, 65_508, 65_527, 65_528]),
            len => len,
        };
        let has_destination = self.percent(if now.peer.is_some() { 10 } else { 95 });
        let to = has_destination.then(|| self.destination(sockets, likely, me));
        let count = if len > 1000 {
            1
        } else {
            self.of(&[1, 1, 1, 2, 3])
        };
        Call::Send { to, len, count }
    }

    fn destination(
        &mut self,
        sockets: &[Planned],
        likely: &[Likely],
        me: &Planned,
    ) -> (Place, Port) {
        let port = Port::Number(self.of(&[7001, 7002]));
        match self.below(20) {
            0..9 => self.peer(sockets, me),
            9..15 => {
                let all: Vec<IpAddr> = likely
                    .iter()
                    .flat_map(|one| &one.groups)
                    .map(|group| group.ip)
                    .filter(|ip| ip.is_ipv6() == is_ipv6(me))
                    .collect();
                let group = if all.is_empty() {
                    return (self.special(me), port);
                } else {
                    self.of(&all)
                };
                (Place::new(group), port)
            }
            15..18 => (self.special(me), port),
            _ => (self.unusual(me), port),
        }
    }

    /// Some socket, or where one could be.
    fn peer(&mut self, sockets: &[Planned], me: &Planned) -> (Place, Port) {
        let at = self.below(sockets.len());
        let other = *sockets.get(at).expect("it is there");
        let lan = self.below(LANS);
        let place = if !is_ipv6(me) {
            match other.host == me.host && self.percent(30) {
                true => Place::new(Ipv4Addr::LOCALHOST),
                false => Place::new(ipv4(other.host, lan)),
            }
        } else if !me.ipv6_only && !is_ipv6(&other) {
            Place::new(ipv4(other.host, lan).to_ipv6_mapped())
        } else if other.host == me.host && self.percent(30) {
            Place::new(Ipv6Addr::LOCALHOST)
        } else if self.percent(30) {
            Place {
                ip: link_local(other.host, lan).into(),
                lan: Some(lan),
            }
        } else {
            Place::new(ipv6(other.host, lan))
        };
        let port = match self.below(10) {
            0..7 => Port::Of(at),
            7..9 => Port::Number(self.of(&[7001, 7002])),
            _ => Port::Number(9),
        };
        (place, port)
    }

    /// An address of the host itself.
    fn own(&mut self, me: &Planned) -> Place {
        let lan = self.below(LANS);
        if !is_ipv6(me) {
            return Place::new(self.of(&[ipv4(me.host, lan), Ipv4Addr::LOCALHOST]));
        }
        match self.below(4) {
            0 => Place::new(Ipv6Addr::LOCALHOST),
            1 => Place {
                ip: link_local(me.host, lan).into(),
                lan: Some(lan),
            },
            2 if !me.ipv6_only => Place::new(ipv4(me.host, lan).to_ipv6_mapped()),
            _ => Place::new(ipv6(me.host, lan)),
        }
    }

    /// Everybody, or a group, which may be that of all hosts.
    fn special(&mut self, me: &Planned) -> Place {
        let is_for_all = self.percent(20);
        if is_ipv6(me) {
            let ip = if is_for_all {
                ALL_NODES.into()
            } else {
                IpAddr::from(self.of(&GROUPS6))
            };
            let lan = self.percent(50).then(|| self.below(LANS));
            return Place { ip, lan };
        }
        match self.below(4) {
            _ if is_for_all => Place::new(ALL_SYSTEMS),
            0 => Place::new(Ipv4Addr::BROADCAST),
            1 => Place::new(Ipv4Addr::new(192, 0, 2, 255)),
            2 => Place::new(Ipv4Addr::new(198, 51, 100, 255)),
            _ => Place::new(self.of(&GROUPS4)),
        }
    }

    /// What is wrong, mostly.
    fn unusual(&mut self, me: &Planned) -> Place {
        if is_ipv6(me) {
            return match self.below(5) {
                0 => Place::new(Ipv6Addr::new(0x2001, 0xdb8, 99, 0, 0, 0, 0, 1)),
                1 => Place::new(link_local((me.host + 1) % HOSTS, 0)),
                2 => Place::new(ipv4(me.host, 0)),
                3 => Place::new(ipv4(me.host, 0).to_ipv6_mapped()),
                _ => wildcard(me),
            };
        }
        match self.below(4) {
            0 => Place::new(Ipv4Addr::new(203, 0, 113, 1)),
            1 => Place::new(ipv6(me.host, 0)),
            2 => Place::new(Ipv4Addr::new(127, 0, 0, 2)),
            _ => wildcard(me),
        }
    }
}

fn wildcard(me: &Planned) -> Place {
    if is_ipv6(me) {
        Place::new(Ipv6Addr::UNSPECIFIED)
    } else {
        Place::new(Ipv4Addr::UNSPECIFIED)
    }
}

fn is_ipv6(socket: &Planned) -> bool {
    socket.socket_type == SocketType::Udp6
}

/// How long a script is.
const STEPS: usize = 40;
/// RFC 1112 § 4
const ALL_SYSTEMS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);
/// RFC 4291 § 2.7.1
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const GROUPS4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(239, 1, 2, 3),
    Ipv4Addr::new(239, 1, 2, 4),
    Ipv4Addr::new(232, 1, 1, 1),
];
const GROUPS6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xff15, 0, 0, 0, 0, 0, 0, 0x1234),
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x1234),
    Ipv6Addr::new(0xff3e, 0, 0, 0, 0, 0, 0x4321, 0x1234),
];
