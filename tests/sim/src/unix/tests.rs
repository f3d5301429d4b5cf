//! What goes wrong on purpose.

use anydgram_core::UnixDatagram;

use super::*;

/// Keeps what it is told, as texts.
#[derive(Default)]
struct Log(Vec<String>);

impl UnixHandler for Log {
    fn handle(&mut self, _: &mut UnixHost, id: UnixId, event: Event<'_>) {
        let text = match event {
            Event::Sent { result, .. } => match result {
                Ok(len) => format!("sent {len}"),
                Err(error) => error.to_string(),
            },
            Event::Error { error, .. } => error.to_string(),
            Event::Listening | Event::Connect | Event::Drained | Event::Close => {
                format!("{event:?}")
            }
            Event::Message(_) | _ => panic!("{event:?}"),
        };
        self.0.push(format!("{} {text}", id.0));
    }

    fn message(&mut self, _: &mut UnixHost, id: UnixId, message: UnixMessage<'_>) {
        let data = String::from_utf8_lossy(message.data);
        let sender = message.sender.map(|sender| sender.to_string());
        let sender = sender.unwrap_or_default();
        self.0
            .push(format!("{} message {data} from {sender}", id.0));
    }
}

fn told(host: &mut UnixHost) -> Vec<String> {
    let mut log = Log::default();
    host.run(&mut log);
    log.0
}

fn bound(host: &mut UnixHost, path: &str) -> UnixId {
    let id = host.open();
    host.get_mut(id).unwrap().bind(path).unwrap();
    assert_eq!(told(host), [format!("{} Listening", id.0)]);
    id
}

#[test]
fn a_crash_leaves_a_file_that_the_next_start_replaces() {
    let mut host = UnixHost::new(10);
    let server = bound(&mut host, "/server");
    let client = host.open();
    host.crash(server);
    assert!(host.has_file("/server") && host.get_mut(server).is_none());
    let datagram = UnixDatagram::new("x").to("/server");
    host.get_mut(client).unwrap().send(datagram).unwrap();
    assert_eq!(told(&mut host), ["1 send ECONNREFUSED /server"]);
    let server = bound(&mut host, "/server");
    host.get_mut(client).unwrap().send(datagram).unwrap();
    assert_eq!(told(&mut host), ["1 sent 1", "2 message x from "]);
    host.get_mut(server).unwrap().close().unwrap();
    assert_eq!(told(&mut host), ["2 Close"]);
    assert!(!host.has_file("/server"));
}

#[test]
fn a_peer_that_does_not_read_is_waited_for_when_connected() {
    let mut host = UnixHost::new(2);
    let server = bound(&mut host, "/server");
    let client = host.open();
    host.pause(server, true);
    let core = host.get_mut(client).unwrap();
    for _ in 0..4 {
        core.send(UnixDatagram::new("x").to("/server")).unwrap();
    }
    let sent = "1 sent 1";
    let expected = [sent, sent, sent, "1 send EAGAIN /server"];
    assert_eq!(told(&mut host), expected);
    let core = host.get_mut(client).unwrap();
    core.connect("/server").unwrap();
    assert_eq!(told(&mut host), ["1 Connect"]);
    let core = host.get_mut(client).unwrap();
    core.send(UnixDatagram::new("last")).unwrap();
    assert!(told(&mut host).is_empty());
    assert_eq!(host.read(server).unwrap(), b"x"[..].into());
    assert_eq!(told(&mut host), ["1 sent 4"]);
    host.pause(server, false);
    let message = "0 message x from ";
    assert_eq!(told(&mut host), [message, message, "0 message last from "]);
}

#[test]
fn the_same_calls_give_the_same_events() {
    let run = || {
        let mut host = UnixHost::new(1);
        let ids: Vec<UnixId> = (0..4).map(|_| host.open()).collect();
        for id in &ids {
            let core = host.get_mut(*id).unwrap();
            core.bind(anydgram_core::UnixBind::automatic()).unwrap();
            for to in 0..4 {
                let to = format!("@{to:05x}");
                core.send(UnixDatagram::new("x").to(to.as_str())).unwrap();
            }
        }
        told(&mut host)
    };
    assert_eq!(run(), run());
    assert!(
        run().contains(&"0 message x from @00002".to_owned()),
        "{:?}",
        run()
    );
}
