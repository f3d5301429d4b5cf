//! The boards of a scenario, as a network.

use core::time::Duration;
use std::{io, thread};

use anydgram_conformance::handler_backend::{At, Network, News};
use anydgram_conformance::need::Need;
use anydgram_conformance::scenario::Scenario;
use anydgram_conformance_agent::{Answer, Call, Command, Reply, SocketNumber};
use anydgram_core::{Instant, Options};
use anydgram_firmware_tests::Firmware;

use crate::board::Board;

pub(crate) struct Boards(Vec<Board>);

impl Boards {
    /// A board for each host.
    pub(crate) fn boot(scenario: &Scenario) -> io::Result<Self> {
        let firmware = Firmware::find("agent").ok_or(io::ErrorKind::Unsupported)?;
        let is_link_local = scenario.needs.contains(&Need::LinkLocal);
        let boot = |last| Board::boot(&firmware, last, is_link_local);
        let boards: io::Result<Vec<_>> = (10..).take(scenario.hosts).map(boot).collect();
        Ok(Self(boards?))
    }

    fn board(&mut self, host: usize) -> &mut Board {
        let board = self.0.get_mut(host);
        board.expect("scenarios name hosts that are there")
    }

    /// What a board answers; a board that does not ends the scenario, and says why.
    fn ask(&mut self, host: usize, command: &Command<'_>) -> Reply {
        let reply = self.board(host).ask(command);
        let reply = reply.expect("boards answer");
        self.collect().expect("cables hold");
        reply
    }

    /// Keeps the frames that boards have sent, until they are let through.
    fn collect(&mut self) -> io::Result<()> {
        for from in 0..self.0.len() {
            for frame in self.board(from).sent()? {
                let others = (0..).zip(&mut self.0).filter(|(at, _)| *at != from);
                others.for_each(|(_, board)| board.hold(&frame));
            }
        }
        Ok(())
    }

    /// How long it is until a board has something to do by itself.
    fn next(&mut self, host: usize) -> Option<Duration> {
        let Ok(Answer::Next { at, now }) = self.ask(host, &Command::Next) else {
            unreachable!("this cannot be refused")
        };
        at.map(|at| Duration::from_micros(at.saturating_sub(now)))
    }
}

impl Network for Boards {
    fn hosts(&self) -> usize {
        self.0.len()
    }

    fn create(&mut self, at: At, options: Options) -> Answer {
        let reply = self.ask(at.host, &Command::Create(options));
        reply.unwrap_or(Answer::Impossible)
    }

    fn execute(&mut self, at: At, socket: SocketNumber, call: Call<'_>) -> Reply {
        self.ask(at.host, &Command::Call(socket, call))
    }

    fn step(&mut self, at: At) -> bool {
        if self.ask(at.host, &Command::Step) == Ok(Answer::More(true)) {
            return true;
        }
        self.board(at.host).release().expect("cables hold")
    }

    fn take_news(&mut self, host: usize) -> Option<(SocketNumber, News)> {
        self.board(host).told.take()
    }

    fn is_idle(&self) -> bool {
        self.0.iter().all(Board::is_idle)
    }

    /// Where nothing is due, no time has to pass: boards do nothing by themselves.
    fn wait(&mut self, now: Instant, limit: Duration) -> Instant {
        let next = (0..self.0.len()).filter_map(|host| self.next(host)).min();
        let Some(next) = next else {
            return now.saturating_add(limit);
        };
        let passes = next.clamp(SOON, limit.max(SOON));
        sleep(passes);
        now.saturating_add(passes)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the boards' time is the real one"
)]
fn sleep(time: Duration) {
    thread::sleep(time);
}

/// What is overdue is due as soon as time passes.
const SOON: Duration = Duration::from_micros(1);
