//! Each rule finds the history of Unix sockets that breaks it, and nothing in one that keeps it.

use anydgram_core::{Errno, Limits, Transmitted, UnixAction, UnixDatagram};

use super::*;
use crate::unix::UnixHost;

const PATH: &str = "/run/server";

/// A history of two sockets: one is unbound, and sends; the server is bound, and has been told so.
struct History {
    watch: UnixWatch,
    sender: UnixSocket<'static>,
    server: UnixSocket<'static>,
    from: UnixId,
    to: UnixId,
}

impl History {
    fn begin() -> Self {
        let mut ids = UnixHost::new(0);
        let (from, to) = (ids.open(), ids.open());
        let mut history = Self {
            watch: UnixWatch::default(),
            sender: UnixSocket::with_heap(Limits::new()),
            server: UnixSocket::with_heap(Limits::new()),
            from,
            to,
        };
        history.server.bind(PATH).expect("it is open");
        history.glance();
        assert!(history.server.poll_action().is_some());
        history.server.handle_bind(Ok(PATH.into()));
        history.tell_server();
        history.is_fine();
        history
    }

    fn glance(&mut self) {
        self.watch.glance(self.from, &mut self.sender);
        self.watch.glance(self.to, &mut self.server);
    }

    /// The application sends.
    fn send(&mut self, text: &str) -> SendToken {
        let datagram = UnixDatagram::new(text).to(PATH);
        let token = self.sender.send(datagram).expect("there is room");
        self.glance();
        token
    }

    fn taken<'a>(&self, token: SendToken, data: &'a str) -> Taken<'a> {
        Taken {
            from: self.from,
            to: self.to,
            token,
            sender: None,
            data: data.as_bytes(),
            given: Some(PATH.as_bytes()),
            home: Some(PATH.as_bytes()),
            is_closed: false,
        }
    }

    /// The host takes a datagram.
    fn take(&mut self, token: SendToken, data: &str) {
        let taken = self.taken(token, data);
        self.watch.take(&taken);
    }

    /// The application sends, and the host takes it.
    fn pass(&mut self, text: &str) -> SendToken {
        let token = self.send(text);
        self.take(token, text);
        token
    }

    /// What became of a datagram, and the sender is told.
    fn settle(&mut self, token: SendToken, outcome: Transmitted) {
        self.sender.handle_transmit(token, outcome);
        let event = detached(self.sender.poll_event().expect("there is one"));
        self.watch.tell(self.from, &mut self.sender, &event);
    }

    fn tell_server(&mut self) {
        let event = detached(self.server.poll_event().expect("there is one"));
        self.watch.tell(self.to, &mut self.server, &event);
    }

    /// The server is closed, and its host has done what that asks for.
    fn close(&mut self) {
        self.server.close().expect("it is open");
        self.glance();
        assert_eq!(self.server.poll_action(), Some(UnixAction::Close));
    }

    /// The server is shown a datagram.
    fn show(&mut self, data: &str, sender: Option<&str>) {
        let message = UnixMessage::new(data.as_bytes(), sender.map(Into::into));
        let message = self.server.handle_datagram(message);
        self.watch.show(self.to, &self.server, message.as_ref());
    }

    /// Nothing happens any more.
    fn rest(&mut self, unread: usize, is_reader: bool, has_room: bool) {
        let rest = |unread| Rest {
            unread,
            is_reader,
            has_room,
        };
        self.watch.look(self.from, &mut self.sender, rest(0));
        self.watch.look(self.to, &mut self.server, rest(unread));
    }

    #[track_caller]
    fn is_fine(&mut self) {
        assert_eq!(self.watch.take_fault(), None);
    }

    #[track_caller]
    fn finds(&mut self, what: &str) {
        let found = self.watch.take_fault().expect(what);
        assert!(found.contains(what), "{found}");
    }
}

/// The event without what it borrows.
fn detached(event: Event<'_>) -> Event<'static> {
    match event {
        Event::Sent { token, result } => Event::Sent {
            token,
            result: result.map_err(anydgram_core::Error::without_name),
        },
        Event::Listening => Event::Listening,
        Event::Close => Event::Close,
        other @ (Event::Connect | Event::Message(_) | Event::Drained | Event::Error { .. } | _) => {
            panic!("{other:?}")
        }
    }
}

const FAILED: Transmitted = Transmitted::Failed(Errno::EAGAIN);

#[test]
fn what_left_comes_once_and_in_order_and_its_sender_is_told() {
    let mut history = History::begin();
    for text in ["one", "", "three"] {
        let token = history.pass(text);
        history.settle(token, Transmitted::Sent);
    }
    for text in ["one", "", "three"] {
        history.show(text, None);
    }
    history.rest(0, true, true);
    let refused = history.send("refused");
    history.settle(refused, FAILED);
    history.rest(0, true, true);
    history.is_fine();
}

#[test]
fn nothing_comes_twice_or_overtakes() {
    let shown = |shown: &[&str]| {
        let mut history = History::begin();
        history.pass("one");
        history.pass("two");
        for data in shown {
            history.show(data, None);
        }
        history
    };
    shown(&["one", "two"]).is_fine();
    for wrong in [["two", "one"], ["one", "one"], ["one", "twx"]] {
        shown(&wrong).finds("not the next that was sent");
    }
    shown(&["one", "two", "two"]).finds("nobody sent it");
}

#[test]
fn nothing_gets_lost() {
    let mut history = History::begin();
    let token = history.pass("one");
    history.settle(token, Transmitted::Sent);
    history.rest(1, false, true);
    history.is_fine();
    history.rest(0, true, true);
    history.finds("1 datagrams came to it and were not told, and the host has 0");
    history.rest(1, true, true);
    history.finds("1 datagrams wait, and nobody is told");
}

#[test]
fn a_message_is_of_its_sender() {
    let mut history = History::begin();
    history.pass("one");
    history.show("one", Some("/run/other"));
    history.finds("not of its sender");
}

#[test]
fn what_is_thrown_away_is_the_oldest() {
    let mut history = History::begin();
    history.pass("one");
    history.pass("two");
    history.watch.drop_next(history.to);
    history.show("two", None);
    history.is_fine();
}

#[test]
fn a_datagram_leaves_once_and_in_the_order_of_the_calls() {
    let mut history = History::begin();
    let [one, two] = ["one", "two"].map(|text| history.send(text));
    history.take(two, "two");
    history.take(one, "one");
    history.finds("after later ones");
    history.take(one, "one");
    history.finds("left twice");
}

#[test]
fn a_datagram_leaves_an_open_socket_for_where_it_was_sent() {
    let mut history = History::begin();
    let token = history.send("one");
    let taken = history.taken(token, "one");
    let (path, other) = (Some(PATH.as_bytes()), Some(&b"/run/other"[..]));
    for (given, home) in [(path, other), (path, None), (None, None)] {
        let mut watch = UnixWatch::default();
        watch.take(&Taken {
            given,
            home,
            ..taken
        });
        let found = watch.take_fault().expect("it is elsewhere");
        assert!(found.contains("a datagram to"), "{found}");
    }
    let is_closed = true;
    history.watch.take(&Taken { is_closed, ..taken });
    history.finds("left a closed socket");
}

#[test]
fn a_sender_is_told_the_truth() {
    let mut history = History::begin();
    let token = history.pass("one");
    history.settle(token, FAILED);
    history.finds("it left, and its sender is told not");
    let token = history.send("two");
    history.settle(token, Transmitted::Sent);
    history.finds("it has not left, and its sender is told");
}

#[test]
fn completions_come_once_each_and_are_not_missed() {
    let mut history = History::begin();
    let token = history.pass("one");
    history.settle(token, Transmitted::Sent);
    history.is_fine();
    let again = Event::Sent {
        token,
        result: Ok(3),
    };
    let (from, sender) = (history.from, &mut history.sender);
    history.watch.tell(from, sender, &again);
    history.finds("a completion came of no send");
    let token = history.pass("two");
    history.sender.handle_transmit(token, Transmitted::Sent);
    let missed = history.sender.poll_event();
    assert!(missed.is_some(), "somebody else takes it");
    history.rest(2, false, true);
    history.finds("sends get lost");
}

#[test]
fn a_queue_is_empty_unless_the_peer_has_no_room() {
    let mut history = History::begin();
    history.send("one");
    history.rest(0, true, false);
    history.is_fine();
    history.rest(0, true, true);
    history.finds("1 datagrams wait, and there is room");
}

#[test]
fn messages_come_between_listening_and_the_close() {
    let message = UnixMessage::new(b"one", None);
    let mut history = History::begin();
    let token = history.pass("one");
    history.close();
    let (to, server) = (history.to, &history.server);
    history.watch.show(to, server, Some(&message));
    history.finds("a message came after the close");
    history.watch = UnixWatch::default();
    history.take(token, "one");
    let (to, server) = (history.to, &history.server);
    history.watch.show(to, server, Some(&message));
    history.finds("before the socket was told that it is bound");
}

#[test]
fn listening_is_told_once_and_nothing_after_the_close() {
    let mut history = History::begin();
    let (to, server) = (history.to, &mut history.server);
    history.watch.tell(to, server, &Event::Listening);
    history.finds("bound once, and told twice");
    history.close();
    history.tell_server();
    history.rest(0, true, true);
    history.is_fine();
    let (to, server) = (history.to, &mut history.server);
    history.watch.tell(to, server, &Event::Close);
    history.finds("after its close");
}

#[test]
fn a_close_is_not_kept_quiet_and_not_taken_back() {
    let mut history = History::begin();
    history.close();
    assert_eq!(history.server.poll_event(), Some(Event::Close));
    history.rest(0, true, true);
    history.finds("it has ended, and was not told of its close");
    history.server = UnixSocket::with_heap(Limits::new());
    history.rest(0, true, true);
    history.finds("it was closed, and is open");
}

#[test]
fn what_was_received_was_told_or_counted() {
    let mut history = History::begin();
    let message = UnixMessage::new(b"one", None);
    assert!(history.server.handle_datagram(message).is_some());
    history.rest(0, true, true);
    history.finds("1 datagrams were delivered, 0 told");
}

#[test]
fn a_socket_that_has_crashed_is_told_nothing() {
    let mut history = History::begin();
    let to = history.to;
    history.watch.forget(to);
    history.watch.tell(to, &mut history.server, &Event::Drained);
    history.finds("it has crashed");
    let message = UnixMessage::new(b"one", None);
    history.watch.show(to, &history.server, Some(&message));
    history.finds("it has crashed");
}

#[test]
fn at_the_end_no_socket_is_left() {
    let mut watch = UnixWatch::default();
    watch.look_at_the_end(core::iter::empty());
    assert_eq!(watch.take_fault(), None);
    let id = UnixHost::new(0).open();
    watch.look_at_the_end([id].into_iter());
    let found = watch.take_fault().expect("it is left");
    assert!(found.contains("has not ended although it was closed"));
}
