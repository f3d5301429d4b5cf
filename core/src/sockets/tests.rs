//! Ids, the list of sockets that are ready, and applications.

extern crate alloc;

use alloc::vec::Vec;

use super::*;
use crate::{BindOptions, Datagram, Destination, Event, Handler, Options, SocketType, TinyStorage};

const UDP4: Options = Options::new(SocketType::Udp4);

fn slots<'s, const N: usize>() -> [SocketSlot<'s>; N] {
    [const { SocketSlot::new() }; N]
}

/// The places of all that are ready, in their order.
fn ready(sockets: &mut Sockets<'_, '_>) -> Vec<usize> {
    core::iter::from_fn(|| sockets.poll_ready().map(SocketId::index)).collect()
}

#[test]
fn an_id_names_one_socket_for_good() {
    let [mut first, mut second]: [TinyStorage; 2] = Default::default();
    let mut slots = slots::<1>();
    let mut sockets = Sockets::new(&mut slots);
    let old = sockets.add(Socket::new(UDP4, &mut first)).unwrap();
    let socket = sockets.add(Socket::new(UDP4, &mut second)).unwrap_err();
    assert!(sockets.get(old).is_some() && sockets.get_mut(old).is_some());
    assert!(sockets.remove(old).is_some());
    let new = sockets.add(socket).unwrap();
    assert_ne!(old, new);
    assert_eq!(old.index(), new.index());
    assert!(sockets.get(old).is_none() && sockets.get_mut(old).is_none());
    assert!(sockets.poll_mut(old).is_none() && sockets.remove(old).is_none());
    assert!(sockets.get(new).is_some());
    assert_eq!(sockets.ids().collect::<Vec<_>>(), [new]);
}

#[test]
fn an_old_id_stays_dead_while_the_close_of_its_successor_is_due() {
    let mut storage = TinyStorage::new();
    let mut slots = slots::<1>();
    let mut sockets = Sockets::new(&mut slots);
    let old = sockets.add(Socket::new(UDP4, &mut storage)).unwrap();
    sockets.get_mut(old).unwrap().close().unwrap();
    let socket = sockets.remove(old).unwrap();
    let new = sockets.add(socket.renew(UDP4)).unwrap();
    sockets.get_mut(new).unwrap().close().unwrap();
    assert!(sockets.get_mut(old).is_none());
    let socket = sockets.poll_mut(new).unwrap();
    assert_eq!(socket.poll_event(), Some(Event::Close));
    assert_eq!(socket.poll_event(), None);
}

#[test]
fn sockets_are_ready_in_the_order_in_which_they_were_touched() {
    let mut storage: [TinyStorage; 3] = Default::default();
    let mut slots = slots::<3>();
    let mut sockets = Sockets::new(&mut slots);
    let ids: Vec<_> = storage
        .iter_mut()
        .map(|storage| sockets.add(Socket::new(UDP4, storage)).unwrap())
        .collect();
    assert_eq!(
        ready(&mut sockets),
        [0, 1, 2],
        "new ones are looked at once"
    );
    assert_eq!(ready(&mut sockets), [0; 0]);
    for at in [2, 0, 2, 2, 0] {
        assert!(sockets.get_mut(ids[at]).is_some());
    }
    assert!(sockets.get(ids[1]).is_some() && sockets.poll_mut(ids[1]).is_some());
    assert_eq!(ready(&mut sockets), [2, 0], "each once, and no looker-on");
}

#[test]
fn a_busy_socket_waits_behind_the_others() {
    let mut storage: [TinyStorage; 3] = Default::default();
    let mut slots = slots::<3>();
    let mut sockets = Sockets::new(&mut slots);
    for storage in &mut storage {
        sockets.add(Socket::new(UDP4, storage)).unwrap();
    }
    let mut order = Vec::new();
    for _ in 0..9 {
        let id = sockets.poll_ready().unwrap();
        // Its handler touches it, and so does everybody else's.
        for id in [id].into_iter().chain(sockets.ids().collect::<Vec<_>>()) {
            assert!(sockets.get_mut(id).is_some());
        }
        order.push(id.index());
    }
    assert_eq!(order, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
}

#[test]
fn a_removed_socket_leaves_the_list_whole() {
    for removed in 0..3 {
        for is_added_again in [false, true] {
            let mut storage: [TinyStorage; 3] = Default::default();
            let mut slots = slots::<3>();
            let mut sockets = Sockets::new(&mut slots);
            let ids: Vec<_> = storage
                .iter_mut()
                .map(|storage| sockets.add(Socket::new(UDP4, storage)).unwrap())
                .collect();
            let socket = sockets.remove(ids[removed]).unwrap();
            let mut expected = [0, 1, 2].to_vec();
            if is_added_again {
                // In its old place, in the slots and in the list.
                let id = sockets.add(socket).unwrap();
                assert_eq!(id.index(), removed);
            } else {
                expected.remove(removed);
            }
            assert_eq!(ready(&mut sockets), expected);
            // The list still works for all of them.
            for id in sockets.ids().collect::<Vec<_>>() {
                assert!(sockets.get_mut(id).is_some());
                assert_eq!(sockets.poll_ready(), Some(id));
                assert_eq!(sockets.poll_ready(), None);
            }
        }
    }
}

#[test]
fn slots_that_hold_sockets_already_are_taken_over() {
    let [mut first, mut second]: [TinyStorage; 2] = Default::default();
    let mut slots = slots::<3>();
    let mut sockets = Sockets::new(&mut slots);
    let old = sockets.add(Socket::new(UDP4, &mut first)).unwrap();
    sockets.add(Socket::new(UDP4, &mut second)).unwrap();
    // Another owner of the same slots, while the list of the first was not empty.
    let mut sockets = Sockets::new(&mut slots);
    assert_eq!(ready(&mut sockets), [0, 1]);
    assert!(sockets.get_mut(old).is_some(), "ids stay what they were");
    assert_eq!(ready(&mut sockets), [0]);
}

#[test]
fn no_slots_take_no_socket() {
    let mut storage = TinyStorage::new();
    let mut sockets = Sockets::new(&mut []);
    assert!(sockets.add(Socket::new(UDP4, &mut storage)).is_err());
    assert_eq!(sockets.poll_ready(), None);
    assert_eq!(sockets.ids().count(), 0);
}

/// Answers each event of one socket by calls on the other one, and on the one itself.
struct Meddler {
    other: SocketId,
    seen: Vec<(usize, &'static str)>,
}

impl Handler for Meddler {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let is_other = id == self.other;
        let name = if let Event::Listening = event {
            "listening"
        } else if let Event::Sent { .. } = event {
            "sent"
        } else {
            "close"
        };
        self.seen.push((id.index(), name));
        if let Event::Listening = event
            && !is_other
        {
            let other = sockets.get_mut(self.other).unwrap();
            other.bind(BindOptions::default()).unwrap();
            let me = sockets.get_mut(id).unwrap();
            let datagram = Datagram::new("a").to(Destination::local(9));
            me.send(datagram).unwrap();
            me.close().unwrap();
        }
        if let Event::Close = event
            && !is_other
        {
            assert!(sockets.remove(id).is_some(), "also in its last event");
            sockets.get_mut(self.other).unwrap().close().unwrap();
        }
    }
}

#[test]
fn a_handler_may_do_anything_to_any_socket() {
    let [mut first, mut second]: [TinyStorage; 2] = Default::default();
    let mut slots = slots::<2>();
    let mut sockets = Sockets::new(&mut slots);
    let one = sockets.add(Socket::new(UDP4, &mut first)).unwrap();
    let other = sockets.add(Socket::new(UDP4, &mut second)).unwrap();
    let socket = sockets.get_mut(one).unwrap();
    socket.bind(BindOptions::default()).unwrap();
    let mut handler = Meddler {
        other,
        seen: Vec::new(),
    };
    // A driver whose backend binds everything at once and sends nothing.
    while let Some(id) = sockets.poll_ready() {
        let socket = sockets.poll_mut(id).unwrap();
        while let Some(action) = socket.poll_action() {
            if let crate::Action::Bind(_) = action {
                let local = crate::Endpoint::new(UDP4.family().wildcard(), 1);
                socket.handle_bind(Ok(local)).unwrap();
            }
        }
        while let Some(socket) = sockets.poll_mut(id) {
            // What is told owns its bytes here, so that the handler can have the sockets.
            let event = match socket.poll_event() {
                Some(Event::Listening) => Event::Listening,
                Some(Event::Sent { token, result }) => Event::Sent {
                    token,
                    result: result.map_err(crate::Error::without_name),
                },
                Some(Event::Close) => Event::Close,
                Some(other) => panic!("{other:?} was not to be expected"),
                None => break,
            };
            handler.handle(&mut sockets, id, event);
        }
    }
    let expected = [(0, "listening"), (0, "sent"), (0, "close"), (1, "close")];
    assert_eq!(handler.seen, expected);
}
