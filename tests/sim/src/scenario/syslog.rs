//! A logger at `/dev/log`, and those who log there: by handlers and by tasks, connected and not, bound and not. One of them is the
//! application of the host, which has its lines from another host.
//!
//! A line that its sender was told has left is written once, in order, unless the logger crashes before it has read it; one that was
//! refused is not.

mod book;
mod clients;
mod senders;

use alloc::rc::Rc;
use core::net::Ipv4Addr;
use core::time::Duration;

use anydgram_core::UnixDatagram;

use super::Scenario;
use crate::host::HostOptions;
use crate::network::SegmentOptions;
use crate::tasks;
use crate::world::{Violation, World};
use book::Book;
use clients::Client;
use senders::{Sensor, log_by_tasks, relay};

pub(super) const SCENARIO: Scenario = Scenario::new(
    "syslog",
    "a logger at /dev/log that starts anew now and then, and those who log there",
    run,
);

const LOG: &str = "/dev/log";
/// Who logs: two handlers, a task of a process, and the application of the host.
const CLIENTS: u8 = 4;
const RELAY: u8 = 3;
/// How many lines each is to have logged.
const LINES: u32 = 30;
/// How long they wait between two lines.
const PERIOD: Duration = Duration::from_millis(100);
/// How long the logger takes to write a line.
const WRITING: Duration = Duration::from_millis(15);
const LIMIT: Duration = Duration::from_secs(120);
const PORT: u16 = 514;
const HOST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn run(world: &mut World<'_>) -> Result<(), Violation> {
    let book = Rc::new(Book::default());
    let segment = world.add_segment(SegmentOptions::new());
    let kept = Rc::clone(&book);
    let host = world.add_async_host("host", HostOptions::new(), move |host| {
        relay(host, Rc::clone(&kept))
    });
    world.plug_in(host, segment, &["192.0.2.1/24"]);
    let kept = Rc::clone(&book);
    let sensor = world.add_host("sensor", HostOptions::new(), move |start| {
        Box::new(Sensor::start(start, Rc::clone(&kept)))
    });
    world.plug_in(sensor, segment, &["192.0.2.2/24"]);
    let kept = Rc::clone(&book);
    world.add_async_process(host, "logger", move |host| write(host, Rc::clone(&kept)));
    for number in 0..2 {
        let kept = Rc::clone(&book);
        world.add_process(host, &format!("client{number}"), move |start| {
            Box::new(Client::start(start, number, Rc::clone(&kept)))
        });
    }
    let kept = Rc::clone(&book);
    world.add_async_process(host, "client2", move |host| {
        log_by_tasks(host, Rc::clone(&kept))
    });
    let looked_at = Rc::clone(&book);
    let name = "each line is written once, in order, or refused";
    world.add_invariant(name, move |_| looked_at.verdict());
    if world.run_until(LIMIT, |_| book.is_done())? {
        return Ok(());
    }
    Err(world.violation(format!("after {LIMIT:?}: {}", book.missing())))
}

/// The logger.
async fn write(host: tasks::Host<'_>, book: Rc<Book>) {
    book.begin(host.boots());
    loop {
        let socket = host.unix_socket();
        if socket.bind(LOG).await.is_err() {
            host.sleep(PERIOD).await;
            continue;
        }
        let mut buffer = [0; 200];
        while let Ok((length, sender)) = socket.recv_from(&mut buffer).await {
            let line = &buffer[..length];
            book.write(line);
            if let Some(sender) = &sender {
                // Who has no room does without.
                let answer = UnixDatagram::new(line).to(sender);
                socket.queue(answer).ok();
            }
            host.sleep(WRITING).await;
        }
    }
}
