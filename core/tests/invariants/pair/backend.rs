//! The backend's half: actions, datagrams and answers.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::{
    Action, Address, Endpoint, Errno, Error, ErrorAddress, Event, Host, Socket, Syscall,
    SystemError,
};

use super::{Pair, Taken, text, transmit_text, transmitted};
use crate::model::{Expected, Text};
use crate::step::{FAULT, Fate, Outcome};

impl Pair {
    pub(crate) fn poll_action(&mut self, socket: &mut Socket<'_>) -> Text {
        let was_ready = socket.is_ready();
        let expected = self.model.poll_action();
        let action = socket.poll_action();
        assert!(was_ready || action.is_none(), "{action:?} came unannounced");
        let text = format!("{action:?}");
        let taken = match (action, expected) {
            (None, Expected::Nothing) => return text,
            (Some(Action::Close), Expected::Action(expected)) => {
                assert_eq!(expected, "close");
                self.record.released();
                return text;
            }
            (Some(Action::Bind(request)), Expected::Action(expected)) => {
                let (address, port) = (request.address.ip, request.port);
                let (fd, exclusive) = (request.fd, request.exclusive);
                assert_eq!(
                    format!("bind {address}:{port} {fd:?} {exclusive}"),
                    expected
                );
                Taken::Bind(address, port)
            }
            (Some(Action::Connect(peer)), Expected::Action(expected)) => {
                assert_eq!(
                    format!("connect {}:{}", peer.address.ip, peer.port),
                    expected
                );
                Taken::Connect
            }
            (Some(Action::Disconnect), Expected::Action(expected)) => {
                assert_eq!(expected, "disconnect");
                Taken::Disconnect
            }
            (Some(Action::SetOption(option)), Expected::OneOption(due)) => {
                assert!(due.contains(&option), "{option:?} is not in {due:?}");
                self.model.took_option(option);
                Taken::Option(option)
            }
            (Some(Action::Membership(change, membership)), Expected::OneMembership(due)) => {
                assert!(due.contains(&(change, membership)), "it is not in {due:?}");
                self.model.took_membership(change, &membership);
                Taken::Membership(change, membership)
            }
            (Some(Action::LookUp { token, host, .. }), Expected::LookUp(id, expected)) => {
                let host = match host {
                    Host::Name(name) => name.to_string(),
                    Host::Ip(address) => address.to_string(),
                    Host::Default => "the default".to_string(),
                };
                assert_eq!(host, expected);
                Taken::LookUp(token, id)
            }
            (action, expected) => panic!("{action:?} instead of {expected:?}"),
        };
        self.taken.push(taken);
        text
    }

    pub(crate) fn poll_transmit(&mut self, socket: &mut Socket<'_>) -> Text {
        let was_ready = socket.is_ready();
        let expected = self.model.poll_transmit();
        let transmit = socket.poll_transmit();
        let is_some = transmit.is_some();
        let seen = transmit.map(|transmit| {
            self.record.left_by_poll(&transmit);
            (transmit.token, transmit_text(&transmit))
        });
        assert_eq!(
            seen.as_ref().map(|seen| &seen.1),
            expected.as_ref().map(|seen| &seen.1)
        );
        assert!(was_ready || !is_some, "{seen:?} came unannounced");
        let (Some((token, text)), Some((id, _))) = (seen, expected) else {
            return Text::new();
        };
        assert_eq!(self.record.id_of(token), id);
        self.taken.push(Taken::Transmit(token, id));
        text
    }

    pub(crate) fn transmit_next(&mut self, socket: &mut Socket<'_>, outcome: Outcome) -> Text {
        let was_ready = socket.is_ready();
        let fate = fate(outcome);
        let expected = self.model.poll_transmit();
        let mut seen = None;
        let done = socket.transmit_next(|transmit| {
            self.record.left_by_poll(transmit);
            seen = Some((transmit.token, transmit_text(transmit)));
            transmitted(fate)
        });
        assert_eq!(
            seen.as_ref().map(|seen| &seen.1),
            expected.as_ref().map(|seen| &seen.1)
        );
        assert_eq!(done, seen.is_some().then_some(transmitted(fate)));
        assert!(was_ready || done.is_none(), "{seen:?} came unannounced");
        let (Some((token, text)), Some((id, _))) = (seen, expected) else {
            return Text::new();
        };
        assert_eq!(self.record.id_of(token), id);
        self.record.transmit_answered(token, fate);
        self.model.handle_transmit(id, fate);
        text
    }

    pub(crate) fn poll_event(&mut self, socket: &mut Socket<'_>) -> Text {
        let was_ready = socket.is_ready();
        let expected = self.model.poll_event();
        let text = socket.poll_event().map(|event| {
            self.record.told(&event);
            match event {
                Event::Listening => "listening".to_string(),
                Event::Connect => "connect".to_string(),
                Event::Sent { token, result } => {
                    let id = self.record.id_of(token);
                    let result = result.map_or_else(|error| error.to_string(), |n| n.to_string());
                    format!("sent {id}: {result}")
                }
                Event::Drained => "drained".to_string(),
                Event::Error { operation, error } => format!("{operation:?} error: {error}"),
                Event::Close => "close".to_string(),
                other => panic!("{other:?} is no event of a poll"),
            }
        });
        assert!(was_ready || text.is_none(), "{text:?} came unannounced");
        assert_eq!(text, expected);
        text.unwrap_or_default()
    }

    pub(crate) fn answer(
        &mut self,
        socket: &mut Socket<'_>,
        taken: Taken,
        outcome: Outcome,
    ) -> Text {
        let is_good = outcome != Outcome::Bad;
        let ok = if is_good { Ok(()) } else { Err(FAULT) };
        let expected_ok = ok.map_err(Errno::name);
        let odd_local = (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)), 5);
        let odd_end = Endpoint::new(odd_local.0.into(), odd_local.1);
        let model = &mut self.model;
        let (done, expected) = match taken {
            Taken::Bind(address, port) => {
                return self.answer_bind(socket, (address, port), outcome);
            }
            Taken::LookUp(token, id) => {
                let found: IpAddr = match outcome {
                    Outcome::Odd => Ipv6Addr::LOCALHOST.into(),
                    Outcome::Good | Outcome::Bad => Ipv4Addr::new(198, 51, 100, 7).into(),
                };
                let given = ok.map(|()| Address::from(found));
                socket.handle_lookup(token, given);
                model.handle_lookup(id, expected_ok.map(|()| found));
                (Ok(()), Ok(()))
            }
            Taken::Option(option) => (
                text(socket.handle_option(option, ok)),
                model.handle_option(option, expected_ok),
            ),
            Taken::Membership(change, membership) => (
                text(socket.handle_membership(change, membership, ok)),
                model.handle_membership(change, &membership, expected_ok),
            ),
            Taken::Connect => {
                let odd = outcome == Outcome::Odd;
                self.record.connect_answered(socket, is_good);
                (
                    text(socket.handle_connect(ok.map(|()| odd.then_some(odd_end)))),
                    model.handle_connect(expected_ok.map(|()| odd.then_some(odd_local))),
                )
            }
            Taken::Disconnect => {
                socket.handle_local_address(odd_end);
                model.handle_local_address(odd_local);
                (
                    text(socket.handle_disconnect(ok)),
                    model.handle_disconnect(expected_ok),
                )
            }
            Taken::Transmit(token, id) => {
                let fate = fate(outcome);
                socket.handle_transmit(token, transmitted(fate));
                self.record.transmit_answered(token, fate);
                model.handle_transmit(id, fate);
                (Ok(()), Ok(()))
            }
        };
        assert_eq!(done, expected, "{taken:?} {outcome:?}");
        done.err().unwrap_or_default()
    }
    fn answer_bind(
        &mut self,
        socket: &mut Socket<'_>,
        (address, port): (IpAddr, u16),
        outcome: Outcome,
    ) -> Text {
        let is_good = outcome != Outcome::Bad;
        let at = ErrorAddress::Ip(address.into());
        let error = Error::from(SystemError::at(Syscall::Bind, FAULT, at, port));
        let is_ephemeral = port == 0 || outcome == Outcome::Odd;
        let port = if is_ephemeral { 49_152 } else { port };
        let (given, modelled) = if is_good {
            let local = Endpoint::new(address.into(), port);
            (Ok(local), Ok((address, port)))
        } else {
            (Err(error), Err(error.to_string()))
        };
        self.record.bind_answered(socket, is_good);
        let done = text(socket.handle_bind(given));
        assert_eq!(done, self.model.handle_bind(modelled));
        done.err().unwrap_or_default()
    }
}

fn fate(outcome: Outcome) -> Fate {
    match outcome {
        Outcome::Good => Fate::Sent,
        Outcome::Odd => Fate::Blocked,
        Outcome::Bad => Fate::Failed,
    }
}
