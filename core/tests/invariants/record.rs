//! What must hold whatever the model says: the invariants, checked on what was seen alone.

use anydgram_core::{BindState, ConnectState, Event, SendToken, Socket, Stats, Transmit};

use crate::step::{Fate, Step};

/// One accepted send.
#[derive(Debug)]
struct Sent {
    token: SendToken,
    id: u64,
    report: bool,
    payload: Vec<u8>,
    /// The stack has taken or refused it.
    is_decided: bool,
    completions: usize,
}

/// What has been seen of one socket.
#[derive(Debug, Default)]
pub(crate) struct Record {
    sends: Vec<Sent>,
    close_calls: usize,
    close_events: usize,
    releases: usize,
    good_binds: usize,
    listening_events: usize,
    good_connects: usize,
    connect_events: usize,
    refusals: usize,
    drained_events: usize,
}

impl Record {
    /// A number that is different for each send.
    pub(crate) fn sends(&self) -> usize {
        self.sends.len()
    }

    /// A send was accepted; the stack may have decided on it within the call.
    pub(crate) fn accepted(
        &mut self,
        token: SendToken,
        id: u64,
        (report, is_decided): (bool, bool),
        payload: Vec<u8>,
    ) {
        let is_new = self.sends.iter().all(|sent| sent.token != token);
        assert!(is_new, "{token:?} names two sends");
        self.sends.push(Sent {
            token,
            id,
            report,
            payload,
            is_decided,
            completions: 0,
        });
    }

    pub(crate) fn id_of(&self, token: SendToken) -> u64 {
        let mut sends = self.sends.iter();
        let sent = sends.find(|sent| sent.token == token);
        sent.expect("only accepted sends have tokens").id
    }

    fn find(&mut self, token: SendToken) -> &mut Sent {
        let mut sends = self.sends.iter_mut();
        let sent = sends.find(|sent| sent.token == token);
        sent.expect("only accepted sends have tokens")
    }

    /// A datagram comes from the queue: with its bytes, and never again once the stack has decided.
    pub(crate) fn left_by_poll(&mut self, transmit: &Transmit<'_>) {
        let sent = self.find(transmit.token);
        assert_eq!(transmit.payload.pieces().concat(), sent.payload);
        assert!(
            !sent.is_decided && sent.completions == 0,
            "{sent:?} leaves again"
        );
        assert_eq!(self.close_events, 0);
    }

    pub(crate) fn transmit_answered(&mut self, token: SendToken, fate: Fate) {
        self.find(token).is_decided |= fate != Fate::Blocked;
    }

    /// A call was made.
    pub(crate) fn called(&mut self, call: &Step, is_ok: bool) {
        if let Step::Close = call {
            self.close_calls += usize::from(is_ok);
            assert!(self.close_calls <= 1, "a socket is closed once");
        }
        self.refusals += usize::from(!is_ok);
    }

    pub(crate) fn released(&mut self) {
        self.releases += 1;
        assert_eq!((self.releases, self.close_calls), (1, 1));
    }

    pub(crate) fn bind_answered(&mut self, socket: &Socket<'_>, is_good: bool) {
        let is_awaited = socket.bind_state() == BindState::Binding;
        self.good_binds += usize::from(is_awaited && is_good);
    }

    pub(crate) fn connect_answered(&mut self, socket: &Socket<'_>, is_good: bool) {
        let is_awaited = socket.connect_state() == ConnectState::Connecting;
        self.good_connects += usize::from(is_awaited && is_good);
    }

    /// A datagram was handed on.
    pub(crate) fn heard(&self, socket: &Socket<'_>) {
        assert_eq!((self.close_calls, self.close_events), (0, 0));
        assert_eq!(socket.bind_state(), BindState::Bound);
        assert!(self.good_binds > 0);
    }

    /// An event was polled.
    pub(crate) fn told(&mut self, event: &Event<'_>) {
        assert_eq!(self.close_events, 0, "{event:?} after the last event");
        match event {
            Event::Listening => self.listening_events += 1,
            Event::Connect => self.connect_events += 1,
            Event::Sent { token, result } => {
                let sent = self.find(*token);
                sent.completions += 1;
                assert!(sent.report && sent.completions == 1, "{sent:?}");
                if let Ok(bytes) = result {
                    assert!(sent.is_decided && *bytes == sent.payload.len(), "{sent:?}");
                }
            }
            Event::Drained => self.drained_events += 1,
            Event::Close => {
                self.close_events += 1;
                assert_eq!(self.close_calls, 1, "nobody has closed it");
            }
            _ => {}
        }
        assert!(self.listening_events <= self.good_binds);
        assert!(self.connect_events <= self.good_connects);
    }

    /// What holds after every step.
    pub(crate) fn check(&self, socket: &mut Socket<'_>) {
        let stats = socket.stats();
        let dropped = stats.dropped_not_running
            + stats.dropped_family
            + stats.dropped_peer
            + stats.dropped_source
            + stats.dropped_blocked;
        assert_eq!(stats.received, stats.delivered + dropped);
        let done = stats.sent + stats.failed + stats.canceled;
        assert!(done as usize <= self.sends.len() + 1, "{stats:?}");
        if self.close_events > 0 {
            assert!(socket.is_closed());
            assert_eq!(
                (socket.send_queue_count(), socket.send_queue_size()),
                (0, 0)
            );
        }
    }

    /// What holds when everything has come to rest behind a close.
    pub(crate) fn check_the_end(&self, stats: &Stats) {
        assert_eq!((self.close_calls, self.close_events), (1, 1));
        for sent in &self.sends {
            assert_eq!(sent.completions, usize::from(sent.report), "{sent:?}");
        }
        let done = stats.sent + stats.failed + stats.canceled;
        assert_eq!(done as usize, self.sends.len(), "{stats:?}");
    }
}
