//! Single datagrams: the system is asked once for each, and what it says is the result.

use anydgram_core::{Payload, SendMeta};

use super::*;
use crate::sys::faults::{self, Call, Outcome};

#[test]
fn the_system_is_asked_once_for_each_datagram_and_its_answer_is_the_result() {
    runtime().block_on(async {
        for (errno, calls, code) in [
            (libc::EPERM, 1, Some("EPERM")),
            (libc::ECONNREFUSED, 1, Some("ECONNREFUSED")),
            (libc::EAGAIN, 1, Some("EAGAIN")),
            (libc::ENOBUFS, 1, Some("EAGAIN")),
            (libc::EINTR, 2, None),
        ] {
            let socket = bound().await;
            let to = Destination::new(LOCALHOST, port_of(&socket));
            faults::plan(Call::Send, Outcome::Fail(errno));
            let before = faults::sends();
            let sent = socket.try_send_to("hello", to);
            assert_eq!(faults::sends() - before, calls, "{errno}");
            let failed = sent.as_ref().err().map(Error::code);
            assert_eq!(failed, code, "{errno}");
            let stats = socket.stats();
            let lacks = [errno == libc::EAGAIN, errno == libc::ENOBUFS].map(u32::from);
            assert_eq!([stats.buffer_full, stats.memory_full], lacks, "{errno}");
            let is_refused = code.is_some() && lacks == [0, 0];
            assert_eq!(stats.failed, u32::from(is_refused), "{errno}");
            assert_eq!(stats.sent, u32::from(code.is_none()), "{errno}");
            assert_eq!(socket.send_queue_count(), 0, "{errno}");
        }
        assert_eq!(faults::left(), 0);
    });
}

#[test]
fn a_refusal_names_the_destination() {
    runtime().block_on(async {
        let socket = bound().await;
        let to = Destination::new(LOCALHOST, port_of(&socket));
        for text in [
            format!("send EPERM 127.0.0.1:{}", to.port),
            format!("send EPERM localhost:{}", to.port),
        ] {
            faults::plan(Call::Send, Outcome::Fail(libc::EPERM));
            let named = if text.contains("localhost") {
                Destination::new("localhost", to.port)
            } else {
                to
            };
            let refused = socket.send_to("hello", named).await;
            assert_eq!(refused.unwrap_err().to_string(), text);
        }
    });
}

#[test]
fn datagrams_of_every_kind_leave_at_once() {
    runtime().block_on(async {
        let socket = bound().await;
        let to = Destination::new(LOCALHOST, port_of(&socket));
        let pieces: &[&[u8]] = &[b"he", b"llo"];
        let asking = SendMeta::new().with_hop_limit(3);
        for datagram in [
            Datagram::new("hello").to(to),
            Datagram::new("hello").to(to).unreported(),
            Datagram::new("hello").to(Destination::local(to.port)),
            Datagram::new(Payload::List(pieces)).to(to),
            Datagram::new("hello").to(to).with(asking),
        ] {
            let sent = core::pin::pin!(socket.send_datagram(datagram));
            let polled = sent.poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Ready(Ok(5)));
            assert_eq!(socket.recv(&mut [0; 8]).await, Ok(5));
        }
        assert_eq!(socket.stats().sent, 5);
    });
}
