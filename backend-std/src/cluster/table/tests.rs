//! Who shares with whom, and when a socket ends.

use core::cell::Cell;
use core::net::Ipv4Addr;
use std::fs::File;

use super::*;

const ONE: WorkerId = WorkerId(1);
const TWO: WorkerId = WorkerId(2);

fn wanted(port: u16, index: u32) -> Wanted {
    Wanted {
        family: Family::V4,
        address: Address::from(Ipv4Addr::LOCALHOST),
        port,
        fd: None,
        index,
        reuse_address: false,
        ipv6_only: false,
    }
}

/// The number of the socket that a worker gets.
fn take(table: &mut Table, worker: WorkerId, wanted: &Wanted) -> u64 {
    let open = |_: &Wanted| Ok(File::open("/dev/null").unwrap().into());
    table.take(worker, wanted, 100, open).unwrap().number
}

#[test]
fn the_same_address_is_the_same_socket_for_all_workers() {
    let mut table = Table::default();
    let number = take(&mut table, ONE, &wanted(9, 0));
    assert_eq!(take(&mut table, TWO, &wanted(9, 7)), number);
    assert_eq!(table.len(), 1);
    assert!(table.get(TWO, number).is_some());
}

#[test]
fn whatever_differs_in_its_key_is_another_socket() {
    let mut table = Table::default();
    let known = Wanted {
        fd: Some(5),
        ..wanted(9, 0)
    };
    let mut numbers = BTreeSet::new();
    for other in [
        wanted(9, 0),
        wanted(10, 0),
        wanted(0, 0),
        wanted(0, 1),
        Wanted {
            address: Address::from(Ipv4Addr::UNSPECIFIED),
            ..wanted(9, 0)
        },
        Wanted {
            family: Family::V6,
            ..wanted(9, 0)
        },
        known,
        Wanted {
            fd: Some(6),
            ..known
        },
    ] {
        numbers.insert(take(&mut table, ONE, &other));
    }
    assert_eq!(numbers.len(), 8);
    // The address does not count beside a descriptor, nor do the options of the second bind.
    let again = Wanted {
        port: 11,
        reuse_address: true,
        ..known
    };
    assert!(numbers.contains(&take(&mut table, TWO, &again)));
    assert_eq!(table.len(), 8);
}

#[test]
fn a_worker_that_has_the_socket_gets_one_of_its_own() {
    let mut table = Table::default();
    let first = take(&mut table, ONE, &wanted(9, 0));
    let own = take(&mut table, ONE, &wanted(9, 1));
    assert_ne!(own, first);
    assert_eq!(take(&mut table, TWO, &wanted(9, 0)), first);
    table.release(ONE, own);
    assert_eq!(table.len(), 1);
    // The last of them without sharing: it is not found either.
    let own = take(&mut table, ONE, &wanted(9, 1));
    table.release_all(TWO);
    table.release(ONE, first);
    assert_ne!(take(&mut table, TWO, &wanted(9, 0)), own);
}

#[test]
fn the_last_worker_ends_the_socket() {
    let mut table = Table::default();
    let number = take(&mut table, ONE, &wanted(9, 0));
    take(&mut table, TWO, &wanted(9, 0));
    table.release(ONE, number);
    table.release(ONE, number);
    assert_eq!(table.len(), 1);
    table.release_all(TWO);
    assert_eq!(table.len(), 0);
    assert_ne!(take(&mut table, ONE, &wanted(9, 0)), number);
}

#[test]
fn what_cannot_be_opened_leaves_nothing_behind() {
    let mut table = Table::default();
    let refused = table.take(ONE, &wanted(9, 0), 100, |_| Err(Errno::EADDRINUSE));
    assert_eq!(refused.err(), Some(Errno::EADDRINUSE));
    assert_eq!(table.len(), 0);
    let number = take(&mut table, TWO, &wanted(9, 0));
    // Nor does it for those who have the socket.
    let refused = table.take(TWO, &wanted(9, 0), 100, |_| Err(Errno::EADDRINUSE));
    assert_eq!(refused.err(), Some(Errno::EADDRINUSE));
    assert_eq!(take(&mut table, ONE, &wanted(9, 0)), number);
}

#[test]
fn a_worker_has_as_many_sockets_as_it_may() {
    let mut table = Table::default();
    let is_asked = Cell::new(false);
    for port in 1..=3 {
        take(&mut table, ONE, &wanted(port, 0));
    }
    let refused = table.take(ONE, &wanted(4, 0), 3, |_| {
        is_asked.set(true);
        Err(Errno::EIO)
    });
    assert_eq!(refused.err(), Some(Errno::EMFILE));
    assert!(!is_asked.get());
    let shared = table.take(TWO, &wanted(3, 0), 3, |_| Err(Errno::EIO));
    assert!(shared.is_ok());
}
