//! Messages there and back, and what is refused.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::*;

fn wanted() -> Wanted {
    Wanted {
        family: Family::V6,
        address: Address::scoped(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), 7),
        port: 65_535,
        fd: Some(i32::MAX),
        index: u32::MAX,
        reuse_address: true,
        ipv6_only: true,
    }
}

fn requests() -> [Request; 7] {
    let plain = Wanted {
        family: Family::V4,
        address: Address::from(Ipv4Addr::LOCALHOST),
        port: 0,
        fd: None,
        index: 0,
        reuse_address: false,
        ipv6_only: false,
    };
    [
        Request::Online { version: VERSION },
        Request::Ask {
            number: 1,
            wanted: plain,
        },
        Request::Ask {
            number: u32::MAX,
            wanted: wanted(),
        },
        Request::Ask {
            number: 3,
            wanted: Wanted {
                fd: Some(-1),
                ..plain
            },
        },
        Request::Listening { share: u64::MAX },
        Request::Close { share: 9 },
        Request::Leave,
    ]
}

#[test]
fn requests_come_back_as_they_were() {
    for request in requests() {
        assert_eq!(Request::decode(&request.encode()), Some(request));
    }
}

#[test]
fn replies_come_back_as_they_were() {
    for reply in [
        Reply::Welcome {
            version: VERSION,
            worker: u32::MAX,
        },
        Reply::Granted {
            number: 7,
            share: u64::MAX,
        },
        Reply::Refused {
            number: 7,
            errno: -1,
        },
        Reply::Disconnect,
    ] {
        assert_eq!(Reply::decode(&reply.encode()), Some(reply));
        assert_eq!(Request::decode(&reply.encode()), None);
    }
}

#[test]
fn every_changed_byte_gives_another_request_or_none() {
    for request in requests() {
        let frame = request.encode();
        for place in 0..FRAME {
            for value in 0..=u8::MAX {
                let mut changed = frame;
                changed[place] = value;
                if changed != frame {
                    assert_ne!(Request::decode(&changed), Some(request), "{place}: {value}");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let frame = Request::Ask {
        number: 1,
        wanted: wanted(),
    }
    .encode();
    let with = |place: usize, value: u8| {
        let mut changed = frame;
        changed[place] = value;
        Request::decode(&changed)
    };
    assert!(with(0, ASK).is_some());
    assert_eq!(with(0, 0), None, "an unknown kind");
    assert_eq!(with(5, 5), None, "an unknown family of the socket");
    assert_eq!(with(6, 5), None, "an unknown family of the address");
    assert_eq!(with(6, IPV4), None, "an IPv4 address that is none");
    assert_eq!(with(7, 8), None, "an unknown flag");
    assert_eq!(with(FRAME - 1, 1), None, "something after the end");
    assert_eq!(Request::decode(&[0; FRAME]), None);
    assert_eq!(Reply::decode(&[0; FRAME]), None);
}
