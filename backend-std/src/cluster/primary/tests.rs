//! Workers that do not keep to the rules: whatever they say, the primary goes on for the others.

use core::net::Ipv4Addr;
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream as Blocking;
use std::time::Instant;

use anydgram_core::Address;

use super::*;
use crate::cluster::frame::{FRAME, Frame};

const LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(10);

/// A worker that says what it likes.
fn rogue(primary: &mut Primary) -> (WorkerId, Blocking) {
    let (ours, theirs) = Blocking::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    theirs.set_read_timeout(Some(LIMIT)).unwrap();
    let worker = primary.admit(UnixStream::from_std(ours)).unwrap();
    let mut theirs = theirs;
    let welcome = Reply::Welcome {
        version: VERSION,
        worker: worker.number(),
    };
    assert_eq!(read(&mut theirs), welcome.encode());
    (worker, theirs)
}

fn read(stream: &mut Blocking) -> Frame {
    let mut frame = [0; FRAME];
    stream.read_exact(&mut frame).unwrap();
    frame
}

#[expect(clippy::disallowed_methods, reason = "a test that hangs has to end")]
fn next_event(primary: &mut Primary) -> WorkerEvent {
    let start = Instant::now();
    loop {
        if let Some(event) = primary.turn(Some(STEP)).unwrap() {
            return event;
        }
        assert!(start.elapsed() < LIMIT, "nothing happens");
    }
}

fn ask(number: u32, fd: Option<i32>) -> Frame {
    let wanted = Wanted {
        family: Family::V4,
        address: Address::from(Ipv4Addr::LOCALHOST),
        port: 0,
        fd,
        index: number,
        reuse_address: false,
        ipv6_only: false,
    };
    Request::Ask { number, wanted }.encode()
}

/// The primary answers a worker that keeps to the rules.
fn assert_well(primary: &mut Primary) {
    let (worker, mut stream) = rogue(primary);
    stream
        .write_all(&Request::Online { version: VERSION }.encode())
        .unwrap();
    assert_eq!(next_event(primary), WorkerEvent::Online(worker));
    drop(stream);
    let cause = Parting::Gone;
    let gone = WorkerEvent::Disconnected { worker, cause };
    assert_eq!(next_event(primary), gone);
}

#[test]
fn nonsense_ends_the_channel_and_releases_what_the_worker_had() {
    for nonsense in [
        [0; FRAME],
        [255; FRAME],
        Reply::Disconnect.encode(),
        Request::Online {
            version: VERSION + 1,
        }
        .encode(),
    ] {
        let mut primary = Primary::new().unwrap();
        let (worker, mut stream) = rogue(&mut primary);
        stream.write_all(&ask(1, None)).unwrap();
        stream.write_all(&nonsense).unwrap();
        let cause = Parting::Nonsense;
        let gone = WorkerEvent::Disconnected { worker, cause };
        assert_eq!(next_event(&mut primary), gone);
        assert_eq!(primary.socket_count(), 0);
        assert_eq!(primary.workers().count(), 0);
        let granted = read(&mut stream);
        assert!(matches!(
            Reply::decode(&granted),
            Some(Reply::Granted { number: 1, .. })
        ));
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
        assert_well(&mut primary);
    }
}

#[test]
fn sockets_of_others_are_out_of_reach() {
    let mut primary = Primary::new().unwrap();
    let (owner, mut stream) = rogue(&mut primary);
    stream.write_all(&ask(1, None)).unwrap();
    let (other, mut rogue) = rogue(&mut primary);
    for share in [0, 1, u64::MAX] {
        rogue.write_all(&Request::Close { share }.encode()).unwrap();
        rogue
            .write_all(&Request::Listening { share }.encode())
            .unwrap();
    }
    drop(rogue);
    let cause = Parting::Gone;
    let gone = WorkerEvent::Disconnected {
        worker: other,
        cause,
    };
    assert_eq!(next_event(&mut primary), gone);
    assert_eq!(primary.socket_count(), 1);
    assert_eq!(primary.workers().collect::<Vec<_>>(), [owner]);
}

#[test]
fn a_worker_that_does_not_listen_is_not_listened_to() {
    let mut primary = Primary::new().unwrap();
    primary.set_max_sockets(1);
    let (_, mut rogue) = rogue(&mut primary);
    rogue.set_nonblocking(true).unwrap();
    // Questions without end: at some point the primary stops taking them, for its answers are not taken.
    let mut number = 0;
    let mut in_vain = 0;
    while in_vain < 100 {
        match rogue.write_all(&ask(number, None)) {
            Ok(()) => (number, in_vain) = (number + 1, 0),
            Err(_) => in_vain += 1,
        }
        assert!(number < 1_000_000, "the primary takes everything");
        assert_eq!(primary.turn(Some(Duration::ZERO)).unwrap(), None);
    }
    let waiting: usize = primary
        .peers
        .values()
        .map(|peer| usize::from(peer.channel.is_blocked()))
        .sum();
    assert_eq!((waiting, primary.socket_count()), (1, 1));
    assert_well(&mut primary);
    // When it listens, it gets every answer, in order.
    let mut frame = [0; FRAME];
    let (mut answered, mut rounds) = (0, 0);
    while answered < number {
        rounds += 1;
        assert!(rounds < 100_000, "{answered} of {number}");
        assert_eq!(primary.turn(Some(STEP)).unwrap(), None);
        while rogue.read_exact(&mut frame).is_ok() {
            let reply = Reply::decode(&frame);
            assert!(
                matches!(
                    reply,
                    Some(Reply::Granted { number, .. } | Reply::Refused { number, .. })
                        if number == answered
                ),
                "{reply:?} for {answered}"
            );
            answered += 1;
        }
    }
}

#[test]
fn only_udp_sockets_of_the_primary_are_given_away() {
    let mut primary = Primary::new().unwrap();
    let (_, mut rogue) = rogue(&mut primary);
    let file = std::fs::File::open("/dev/null").unwrap();
    let refused = [0, 1, 2, -1, i32::MAX, file.as_raw_fd(), rogue.as_raw_fd()];
    for (number, fd) in (0..).zip(refused) {
        rogue.write_all(&ask(number, Some(fd))).unwrap();
    }
    rogue.write_all(&Request::Leave.encode()).unwrap();
    rogue.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(matches!(
        next_event(&mut primary),
        WorkerEvent::Disconnected {
            cause: Parting::Voluntary,
            ..
        }
    ));
    for number in 0..7 {
        let errno = libc::EINVAL;
        assert_eq!(read(&mut rogue), Reply::Refused { number, errno }.encode());
    }
}

#[test]
fn a_worker_that_has_said_that_it_leaves_does_not_wait_for_answers() {
    let mut primary = Primary::new().unwrap();
    let (worker, mut stream) = rogue(&mut primary);
    for request in [ask(1, None), ask(2, None), Request::Leave.encode()] {
        stream.write_all(&request).unwrap();
    }
    // The answers cannot be sent.
    drop(stream);
    let cause = Parting::Voluntary;
    let gone = WorkerEvent::Disconnected { worker, cause };
    assert_eq!(next_event(&mut primary), gone);
    assert_eq!(primary.socket_count(), 0);
}
