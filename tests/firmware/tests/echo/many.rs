//! Many boards on one switch.

use core::net::IpAddr;

use super::*;

#[test]
fn ten_boards_share_a_switch() {
    let Some(firmware) = Firmware::find(PROGRAM) else {
        return;
    };
    let switch = Switch::new().unwrap();
    let mut peer = Peer::new(&switch, 1).unwrap();
    let mut guests: Vec<_> = (2..12)
        .map(|number| Guest::boot(&firmware, &switch, number).unwrap())
        .collect();
    for guest in &mut guests {
        guest.log().wait_for("link up", PATIENCE).unwrap();
    }
    for round in 0..20 {
        for guest in &guests {
            let to = (guest.ipv4(), ECHO).into();
            echo(&mut peer, to, &payload(round)).unwrap();
        }
    }
    // All at once.
    for guest in &guests {
        peer.send((guest.ipv4(), ECHO).into(), &guest.ipv4().octets())
            .unwrap();
    }
    let mut from: Vec<_> = guests
        .iter()
        .map(|_| {
            let answer = peer.receive(PATIENCE).unwrap();
            let IpAddr::V4(address) = answer.source.ip() else {
                panic!("not from a board")
            };
            assert_eq!(answer.payload, address.octets());
            address
        })
        .collect();
    from.sort();
    let expected: Vec<_> = guests.iter().map(Guest::ipv4).collect();
    assert_eq!(from, expected);
    for guest in &mut guests {
        peer.send((guest.ipv4(), CONTROL).into(), b"exit 0")
            .unwrap();
        assert_eq!(guest.wait(PATIENCE).unwrap(), 0);
    }
}
