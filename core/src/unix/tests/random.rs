//! Random calls and answers, and what holds whatever they are.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Bind,
    Connect,
    Disconnect,
    Send { to_peer: bool, report: bool },
    Offer(Transmitted),
    Close,
    Act { succeeds: bool },
    Transmit(Transmitted),
    Event,
}

fn outcome() -> impl Strategy<Value = Transmitted> {
    prop_oneof![
        Just(Transmitted::Sent),
        Just(Transmitted::Blocked(Full::Buffer)),
        Just(Transmitted::Blocked(Full::Memory)),
        Just(Transmitted::Failed(Errno::ECONNREFUSED)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Bind),
        2 => Just(Step::Connect),
        2 => Just(Step::Disconnect),
        6 => any::<(bool, bool)>().prop_map(|(to_peer, report)| Step::Send { to_peer, report }),
        3 => outcome().prop_map(Step::Offer),
        1 => Just(Step::Close),
        6 => any::<bool>().prop_map(|succeeds| Step::Act { succeeds }),
        6 => outcome().prop_map(Step::Transmit),
        6 => Just(Step::Event),
    ]
}

/// What has been accepted and told.
#[derive(Default)]
struct Books {
    accepted: Vec<SendToken>,
    told: Vec<SendToken>,
    is_closed: bool,
}

impl Books {
    fn event(&mut self, socket: &mut UnixSocket<'_>) -> bool {
        assert!(
            !self.is_closed || socket.poll_event().is_none(),
            "Close is last"
        );
        let event = socket.poll_event();
        match event {
            Some(Event::Sent { token, .. }) => self.told.push(token),
            Some(Event::Close) => self.is_closed = true,
            _ => {}
        }
        event.is_some()
    }
}

fn act(socket: &mut UnixSocket<'_>, succeeds: bool) -> bool {
    let answer = if succeeds { Ok(()) } else { Err(Errno::EACCES) };
    match socket.poll_action() {
        None => return false,
        Some(UnixAction::Bind(_)) => socket.handle_bind(answer.map(|()| "/own".into())),
        Some(UnixAction::Connect(_)) => socket.handle_connect(answer),
        Some(UnixAction::Disconnect) => {
            assert_eq!(socket.handle_disconnect(answer).is_ok(), succeeds);
        }
        Some(UnixAction::Close) => assert!(socket.is_closed()),
    }
    true
}

fn take(socket: &mut UnixSocket<'_>, books: &mut Books, step: Step) {
    match step {
        Step::Bind => drop(socket.bind("/own")),
        Step::Connect => drop(socket.connect("/peer")),
        Step::Disconnect => drop(socket.disconnect()),
        Step::Close => drop(socket.close()),
        Step::Send { to_peer, report } => {
            let mut datagram = hello("text");
            datagram.report = report;
            datagram.destination = datagram.destination.filter(|_| !to_peer);
            let sent = socket.send(datagram).ok();
            books.accepted.extend(sent.filter(|_| report));
        }
        Step::Offer(outcome) => {
            if let Ok(token) = socket.send_now(hello("text"), |_| outcome) {
                books.accepted.push(token);
            }
        }
        Step::Act { succeeds } => drop(act(socket, succeeds)),
        Step::Transmit(outcome) => drop(leave(socket, outcome)),
        Step::Event => drop(books.event(socket)),
    }
}

fn run<const BYTES: usize, const SENDS: usize, const EVENTS: usize>(steps: &[Step]) {
    let mut storage: Storage<BYTES, SENDS, 0, EVENTS, 0> = Storage::new();
    let mut socket = UnixSocket::new(&mut storage);
    let mut books = Books::default();
    for step in steps {
        take(&mut socket, &mut books, *step);
    }
    // At the end everything comes to its end.
    socket.close().unwrap_or_default();
    while act(&mut socket, true) {}
    while books.event(&mut socket) {}
    assert!(books.is_closed && socket.is_finished() && !socket.is_ready());
    books.told.sort_unstable();
    books.accepted.sort_unstable();
    assert_eq!(books.told, books.accepted, "each completes exactly once");
    assert_eq!(
        (socket.send_queue_count(), socket.stats().errors_lost),
        (0, 0)
    );
    assert!(socket.tally.in_line.is_zero() && socket.tally.open.is_zero());
    assert_eq!((socket.events_reserved, socket.events_waiting), (0, 0));
}

proptest! {
    #[test]
    fn each_reported_send_completes_exactly_once(steps in vec(step(), 0..60)) {
        run::<64, 4, 8>(&steps);
        run::<24, 2, 4>(&steps);
        run::<16, 1, 4>(&steps);
    }
}
