//! Memberships rule by rule, and all of them against a model that is a plain set.

extern crate alloc;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

const GROUPS: [[u8; 4]; 2] = [[239, 1, 2, 3], [232, 1, 2, 3]];
const GROUP: [u8; 4] = GROUPS[0];
const ONE: [u8; 4] = [192, 0, 2, 1];
const OTHER: [u8; 4] = [192, 0, 2, 2];

fn id(index: u32) -> SocketId {
    SocketId {
        index,
        generation: 7,
    }
}

fn slots<const N: usize>() -> [GroupSlot; N] {
    [const { GroupSlot::new() }; N]
}

fn listed<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items
}

#[test]
fn the_first_join_and_the_last_leave_are_told() {
    let mut slots = slots::<4>();
    let mut groups = Groups::new(&mut slots);
    let group = GROUP.into();
    assert!(!groups.has(2, group));
    assert_eq!(groups.add(id(0), 2, group, None), Ok(true));
    assert_eq!(groups.add(id(1), 2, group, Some(ONE.into())), Ok(false));
    assert_eq!(groups.add(id(0), 3, group, None), Ok(true));
    assert_eq!(groups.add(id(0), 2, GROUPS[1].into(), None), Ok(true));
    assert_eq!(groups.remove(id(0), 2, group, None), Ok(false));
    assert!(groups.has(2, group));
    let last = groups.remove(id(1), 2, group, Some(ONE.into()));
    assert_eq!(last, Ok(true));
    assert!(!groups.has(2, group));
    assert!(groups.has(3, group));
}

#[test]
fn a_socket_joins_once() {
    let mut slots = slots::<4>();
    let mut groups = Groups::new(&mut slots);
    let group = GROUP.into();
    groups.add(id(0), 2, group, None).unwrap();
    assert_eq!(groups.add(id(0), 2, group, None), Err(Errno::EADDRINUSE));
    let mut add = |group: [u8; 4], source: Option<[u8; 4]>| {
        groups.add(id(1), 2, group.into(), source.map(IpAddr::from))
    };
    assert_eq!(add(GROUP, Some(ONE)), Ok(false));
    assert_eq!(add(GROUP, Some(ONE)), Err(Errno::EADDRNOTAVAIL));
    assert_eq!(add(GROUP, Some(OTHER)), Ok(false));
    assert_eq!(add(GROUP, None), Err(Errno::EADDRINUSE));
}

/// Node on Linux: `source-membership-and-plain` of the conformance suite.
#[test]
fn a_source_takes_the_place_of_all_sources() {
    // There is no room for two.
    let mut slots = slots::<1>();
    let mut groups = Groups::new(&mut slots);
    let (group, source) = (GROUP.into(), Some(ONE.into()));
    assert_eq!(groups.add(id(0), 2, group, None), Ok(true));
    assert_eq!(groups.add(id(0), 2, group, source), Ok(false));
    assert_eq!(groups.filter(2, group), Filter::Sources(1));
    assert_eq!(
        groups.remove(id(0), 2, group, None),
        Err(Errno::EADDRNOTAVAIL)
    );
    assert_eq!(groups.remove(id(0), 2, group, source), Ok(true));
}

#[test]
fn what_was_not_joined_cannot_be_left() {
    let mut slots = slots::<2>();
    let mut groups = Groups::new(&mut slots);
    let (group, source) = (GROUP.into(), Some(ONE.into()));
    groups.add(id(0), 2, group, source).unwrap();
    for (socket, interface, group, source) in [
        (id(1), 2, group, source),
        (id(0), 3, group, source),
        (id(0), 2, GROUPS[1].into(), source),
        (id(0), 2, group, Some(OTHER.into())),
        (id(0), 2, group, None),
    ] {
        let left = groups.remove(socket, interface, group, source);
        assert_eq!(left, Err(Errno::EADDRNOTAVAIL));
    }
    // Another socket that has its place.
    let successor = SocketId {
        generation: 8,
        ..id(0)
    };
    assert_eq!(
        groups.remove(successor, 2, group, source),
        Err(Errno::EADDRNOTAVAIL)
    );
    assert_eq!(groups.remove_one(successor), None);
    assert_eq!(groups.filter(2, group), Filter::Sources(1));
}

#[test]
fn only_groups_get_into_the_table() {
    let mut slots = slots::<2>();
    let mut groups = Groups::new(&mut slots);
    for text in ["192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "fe80::1"] {
        let ip: IpAddr = text.parse().unwrap();
        assert_eq!(groups.add(id(0), 2, ip, None), Err(Errno::EINVAL), "{text}");
    }
    assert_eq!(groups.of_interface(2).count(), 0);
}

#[test]
fn a_full_table_refuses_and_stays_as_it_was() {
    let mut slots = slots::<1>();
    let mut groups = Groups::new(&mut slots);
    let group = GROUP.into();
    groups.add(id(0), 2, group, Some(ONE.into())).unwrap();
    for socket in [id(0), id(1)] {
        let added = groups.add(socket, 2, group, Some(OTHER.into()));
        assert_eq!(added, Err(Errno::ENOBUFS));
    }
    assert_eq!(
        groups.add(id(1), 3, group, None),
        Err(Errno::ENOBUFS),
        "no other interface either"
    );
    assert_eq!(listed(groups.sources(2, group)), [IpAddr::from(ONE)]);
    assert_eq!(groups.filter(3, group), Filter::Nothing);
    let mut none = [];
    let mut groups = Groups::new(&mut none);
    assert_eq!(groups.add(id(0), 2, group, None), Err(Errno::ENOBUFS));
}

/// Linux: `ip_mc_sf_allow`
#[test]
fn members_want_their_sources() {
    let mut slots = slots::<4>();
    let mut groups = Groups::new(&mut slots);
    let group = GROUP.into();
    groups.add(id(0), 2, group, None).unwrap();
    groups.add(id(1), 2, group, Some(ONE.into())).unwrap();
    let wants = |socket, interface, source: [u8; 4]| {
        groups.wants(id(socket), interface, group, source.into())
    };
    assert_eq!(
        [ONE, OTHER].map(|source| wants(0, 2, source)),
        [Some(true); 2]
    );
    assert_eq!(wants(1, 2, ONE), Some(true));
    assert_eq!(wants(1, 2, OTHER), Some(false));
    assert_eq!(wants(2, 2, OTHER), None, "no member");
    assert_eq!(wants(1, 3, OTHER), None, "no member on this interface");
}

#[test]
fn an_interface_wants_what_its_sockets_want_together() {
    let mut slots = slots::<4>();
    let mut groups = Groups::new(&mut slots);
    let group = GROUP.into();
    assert_eq!(groups.filter(2, group), Filter::Nothing);
    groups.add(id(0), 2, group, Some(ONE.into())).unwrap();
    groups.add(id(1), 2, group, Some(ONE.into())).unwrap();
    groups.add(id(1), 2, group, Some(OTHER.into())).unwrap();
    assert_eq!(groups.filter(2, group), Filter::Sources(2));
    let union = [IpAddr::from(ONE), OTHER.into()];
    assert_eq!(listed(groups.sources(2, group)), union);
    groups.add(id(2), 2, group, None).unwrap();
    assert_eq!(groups.filter(2, group), Filter::Everything);
}

#[test]
fn old_memberships_are_forgotten_with_their_host() {
    let mut slots = slots::<1>();
    let group = GROUP.into();
    Groups::new(&mut slots)
        .add(id(0), 2, group, None)
        .expect("there is room");
    let groups = Groups::new(&mut slots);
    assert_eq!(groups.filter(2, group), Filter::Nothing);
}

/// What is done to the table: a socket, an interface, a group, a source.
#[derive(Clone, Debug)]
enum Step {
    Add(Key),
    Remove(Key),
    Close(u32),
}

type Key = (u32, u32, usize, Option<u8>);

fn source(last: u8) -> IpAddr {
    [192, 0, 2, last].into()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || (0..3_u32, 2..4_u32, 0..2_usize, prop::option::of(1..4_u8));
    let step = prop_oneof![
        4 => key().prop_map(Step::Add),
        3 => key().prop_map(Step::Remove),
        1 => (0..3_u32).prop_map(Step::Close),
    ];
    prop::collection::vec(step, 0..60)
}

/// The table, a set of what has to be in it, and the groups that the network was told of.
struct Checked<'m> {
    groups: Groups<'m>,
    room: usize,
    set: BTreeSet<Key>,
    told: BTreeSet<(u32, IpAddr)>,
}

impl Checked<'_> {
    fn of(&self, interface: u32, group: usize) -> impl Iterator<Item = &Key> {
        let keys = self.set.iter();
        keys.filter(move |key| key.1 == interface && key.2 == group)
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Add(key) => self.add(key),
            Step::Remove(key) => self.remove(key),
            Step::Close(socket) => {
                while let Some(left) = self.groups.remove_one(id(socket)) {
                    if let Some(group) = left {
                        assert!(self.told.remove(&group), "left before it was joined");
                    }
                }
                self.set.retain(|key| key.0 != socket);
            }
        }
    }

    fn add(&mut self, key: Key) {
        let (socket, interface, group, from) = key;
        let ip = GROUPS[group].into();
        let added = self.groups.add(id(socket), interface, ip, from.map(source));
        let plain = (socket, interface, group, None);
        let is_member = self.of(interface, group).any(|key| key.0 == socket);
        let expected = match from {
            None if is_member => Err(Errno::EADDRINUSE),
            Some(_) if self.set.contains(&key) => Err(Errno::EADDRNOTAVAIL),
            _ => {
                let replaces = self.set.contains(&plain);
                if replaces || self.set.len() < self.room {
                    let is_first = self.of(interface, group).next().is_none();
                    self.set.remove(&plain);
                    self.set.insert(key);
                    Ok(is_first)
                } else {
                    Err(Errno::ENOBUFS)
                }
            }
        };
        assert_eq!(added, expected);
        if added == Ok(true) {
            assert!(self.told.insert((interface, ip)), "joined twice");
        }
    }

    fn remove(&mut self, key: Key) {
        let (socket, interface, group, from) = key;
        let ip = GROUPS[group].into();
        let removed = self
            .groups
            .remove(id(socket), interface, ip, from.map(source));
        let expected = if self.set.remove(&key) {
            Ok(self.of(interface, group).next().is_none())
        } else {
            Err(Errno::EADDRNOTAVAIL)
        };
        assert_eq!(removed, expected);
        if removed == Ok(true) {
            assert!(self.told.remove(&(interface, ip)), "left twice");
        }
    }

    fn check(&self) {
        for interface in 2..4 {
            let joined: BTreeSet<IpAddr> = (0..2)
                .filter(|&group| self.of(interface, group).next().is_some())
                .map(|group| GROUPS[group].into())
                .collect();
            let told = self.told.iter().filter(|told| told.0 == interface);
            assert_eq!(told.map(|told| told.1).collect::<BTreeSet<_>>(), joined);
            let listed = listed(self.groups.of_interface(interface));
            assert_eq!(listed, Vec::from_iter(joined));
            for group in 0..2 {
                self.check_group(interface, group);
            }
        }
    }

    fn check_group(&self, interface: u32, group: usize) {
        let ip = GROUPS[group].into();
        let keys: Vec<&Key> = self.of(interface, group).collect();
        assert_eq!(self.groups.has(interface, ip), !keys.is_empty());
        let sources: BTreeSet<u8> = keys.iter().filter_map(|key| key.3).collect();
        let filter = if keys.iter().any(|key| key.3.is_none()) {
            Filter::Everything
        } else if keys.is_empty() {
            Filter::Nothing
        } else {
            Filter::Sources(sources.len())
        };
        assert_eq!(self.groups.filter(interface, ip), filter);
        for from in 1..5 {
            let is_wanted = keys.iter().any(|key| key.3.is_none_or(|one| one == from));
            let lets_in = self.groups.lets_in(interface, ip, source(from));
            assert_eq!(lets_in, is_wanted);
        }
        let expected: Vec<IpAddr> = sources.into_iter().map(source).collect();
        assert_eq!(listed(self.groups.sources(interface, ip)), expected);
        for socket in 0..4 {
            let mut own = keys.iter().filter(|key| key.0 == socket).peekable();
            let is_member = own.peek().is_some();
            let wanted: Vec<Option<u8>> = own.map(|key| key.3).collect();
            for from in 1..5 {
                let is_wanted = wanted.contains(&None) || wanted.contains(&Some(from));
                let wants = self.groups.wants(id(socket), interface, ip, source(from));
                assert_eq!(wants, is_member.then_some(is_wanted));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(1_000)
    })]

    #[test]
    fn a_table_does_what_a_set_does(steps in steps()) {
        let mut slots = slots::<5>();
        let mut checked = Checked {
            groups: Groups::new(&mut slots),
            room: 5,
            set: BTreeSet::new(),
            told: BTreeSet::new(),
        };
        for step in &steps {
            checked.step(step);
            checked.check();
        }
    }
}
