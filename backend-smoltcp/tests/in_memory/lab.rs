//! Computers on one segment, and the time that passes for them.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::time::Duration;

use anydgram_core::{Family, Instant, SocketId, SocketType};
use anydgram_smoltcp::{Port, Segment};

use crate::computer;
pub(crate) use crate::computer::{ETH0, ip};

pub(crate) type Computer = computer::Computer<Port>;

/// Frames that crossed the segment, with the port they came from.
pub(crate) type Frames = Rc<RefCell<Vec<(usize, Vec<u8>)>>>;

pub(crate) struct Lab {
    pub(crate) segment: Segment,
    pub(crate) computers: Vec<Computer>,
    pub(crate) frames: Frames,
    pub(crate) now: Instant,
}

impl Lab {
    /// So many computers on one segment: 192.0.2.1, 192.0.2.2 and so on.
    pub(crate) fn new(count: u8) -> Self {
        let segment = Segment::new();
        let frames = Frames::default();
        let capture = Rc::clone(&frames);
        segment.capture(move |port, frame| capture.borrow_mut().push((port, frame.to_vec())));
        let computers = (1..=count).map(|number| {
            let port = segment.port([2, 0, 0, 0, 0, number]);
            let [v4, v6] = [format!("192.0.2.{number}"), format!("fe80::{number:x}")];
            Computer::new(number, port, &[(&v4, 24), (&v6, 64)])
        });
        Self {
            computers: computers.collect(),
            segment,
            frames,
            now: Instant::from_micros(0),
        }
    }

    /// Lets `limit` pass, with everything that happens meanwhile.
    pub(crate) fn pass(&mut self, limit: Duration) {
        let end = self.now.saturating_add(limit);
        for _ in 0..1_000_000 {
            let mut next: Option<Instant> = None;
            for computer in &mut self.computers {
                let wanted = computer.poll(self.now);
                next = match (next, wanted) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
            if !self.segment.is_idle() || next.is_some_and(|at| at <= self.now) {
                continue;
            }
            match next {
                Some(at) if at <= end => self.now = at,
                _ => {
                    self.now = end;
                    return;
                }
            }
        }
        panic!("it never rests");
    }

    /// Lets happen what happens at once.
    pub(crate) fn settle(&mut self) {
        self.pass(Duration::ZERO);
    }

    /// All that was told since the last call is forgotten.
    pub(crate) fn forget(&mut self) {
        for computer in &mut self.computers {
            computer.forget();
        }
        self.frames.borrow_mut().clear();
    }

    /// Two computers with a bound socket each, at port 7.
    pub(crate) fn pair(socket_type: SocketType) -> (Self, SocketId, SocketId) {
        let mut lab = Self::new(2);
        let a = lab.computers[0].bound(socket_type, 7);
        let b = lab.computers[1].bound(socket_type, 7);
        lab.settle();
        for (at, id) in [a, b].into_iter().enumerate() {
            assert_eq!(lab.computers[at].told(id), ["listening"]);
        }
        lab.forget();
        (lab, a, b)
    }
}

pub(crate) const V4: Family = Family::V4;
