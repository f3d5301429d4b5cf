//! The application's calls. Each gives what it returns as a text, empty for success.

use core::net::{IpAddr, Ipv4Addr};

use super::{Asked, Bind, Connection, Item, Life, Member, Model, Parting, Stage, Text, What, Why};
use crate::step::Target;

const NOT_RUNNING: &str = "Not running";
const ALREADY_BOUND: &str = "Socket is already bound";
pub(super) const ALREADY_CONNECTED: &str = "Already connected";
const NOT_CONNECTED: &str = "Not connected";
pub(super) const FULL: &str = "Send queue is full";
pub(super) const BAD_NAME: &str = "Host name is longer than 253 bytes or contains a NUL byte";

const WILDCARD: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How a bind is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    fd: Option<i32>,
    is_exclusive: bool,
    is_within_call: bool,
}

impl How {
    pub(super) const IMPLICIT: Self = Self {
        fd: None,
        is_exclusive: true,
        is_within_call: false,
    };
    const SYNC: Self = Self {
        is_within_call: true,
        ..Self::IMPLICIT
    };
}

pub(super) type Outcome<T = ()> = Result<T, Text>;

pub(super) fn no<T>(text: impl Into<Text>) -> Outcome<T> {
    Err(text.into())
}

pub(super) fn bad_port<T>(port: Option<u16>) -> Outcome<T> {
    let given = port.map_or_else(
        || "undefined".into(),
        |port| format!("type number ({port})"),
    );
    no(format!("Port should be > 0 and < 65536. Received {given}."))
}

fn not_numeric<T>(call: &str, argument: &str, kind: &str) -> Outcome<T> {
    no(format!(
        "The {kind} '{argument}' must be a numeric IP address; {call} does not perform DNS resolution."
    ))
}

impl Model {
    pub(crate) fn bind(&mut self, target: Target, port: u16, fd: Option<i32>) -> Outcome {
        self.check_unbound()?;
        if target == Target::BadName {
            return no(BAD_NAME);
        }
        let how = How {
            fd,
            is_exclusive: false,
            is_within_call: fd.is_some(),
        };
        self.start_bind(target, port, how)
    }

    pub(crate) fn bind_sync(&mut self, target: Target, port: u16) -> Outcome {
        self.check_unbound()?;
        if target.name().is_some() {
            return not_numeric("bindSync", "options.address", "property");
        }
        self.want_event()?;
        self.request_bind(target, port, How::SYNC);
        Ok(())
    }

    pub(crate) fn rebind(&mut self) -> Outcome {
        self.check_running()?;
        if self.bind != Bind::Bound {
            return no("Socket is not bound");
        }
        self.want_event()?;
        self.bind = Bind::Requested;
        self.fd = None;
        self.is_within_call = false;
        self.is_rebound = true;
        self.parting = Parting::No;
        for (_, is_due) in &mut self.options {
            *is_due = true;
        }
        self.memberships.retain(|(_, joined)| joined.is_member());
        for (_, joined) in &mut self.memberships {
            *joined = Member::Wanted;
        }
        self.connection = match self.connection {
            Connection::Connected => Connection::Due(Asked::Rebind),
            Connection::Issued(Asked::Call) => Connection::Queued,
            Connection::Issued(asked) => Connection::Due(asked),
            other => other,
        };
        Ok(())
    }

    pub(crate) fn connect(&mut self, target: Target, port: u16) -> Outcome {
        self.check_connect(port)?;
        if target == Target::BadName {
            return no(BAD_NAME);
        }
        self.with_implicit_bind(|model| {
            model.want_event()?;
            let id = model.new_id();
            let item = model.item(id, What::Connect, target, port);
            model.push(item)?;
            model.connection = Connection::Queued;
            Ok(())
        })
    }

    pub(crate) fn connect_sync(&mut self, target: Target, port: u16) -> Outcome {
        self.check_running()?;
        self.check_connect(port)?;
        if target.name().is_some() {
            return not_numeric("connectSync", "address", "argument");
        }
        if self.is_binding() {
            return no(ALREADY_BOUND);
        }
        let was_unbound = self.bind == Bind::Unbound;
        if was_unbound {
            self.want_event()?;
            self.request_bind(Target::Default, 0, How::SYNC);
        }
        let address = target.address(LOOPBACK);
        if self.send_rules.contains(&address) {
            // As in Node, the implicit bind stays.
            return no(format!("IP({address}) is blocked by net.BlockList"));
        }
        if let Err(full) = self.want_event() {
            if was_unbound {
                self.bind = Bind::Unbound;
            }
            return Err(full);
        }
        self.peer = (address, port);
        self.connection = Connection::Due(Asked::SyncCall);
        Ok(())
    }

    pub(crate) fn disconnect(&mut self) -> Outcome {
        if !self.is_connected() {
            return no(NOT_CONNECTED);
        }
        self.check_running()?;
        if self.connection != Connection::Due(Asked::Rebind) {
            self.parting = Parting::Due;
        }
        self.connection = Connection::Disconnected;
        Ok(())
    }

    pub(crate) fn close(&mut self) -> Outcome {
        self.check_running()?;
        let waits = |item: &Item| item.what != What::Bind;
        if self.is_binding() && self.open(waits).is_some() {
            self.life = Life::Closing;
        } else {
            self.close_now();
        }
        Ok(())
    }

    pub(super) fn close_now(&mut self) {
        self.life = Life::Closed;
        self.must_close = matches!(self.bind, Bind::Opening | Bind::Bound) || self.is_rebound;
        self.parting = Parting::No;
        self.owes_drained = false;
        self.remove_open(What::Bind);
        if !self.is_connected() {
            self.remove_open(What::Connect);
            self.connection = Connection::Disconnected;
        }
        self.cancel_sends();
        self.memberships.clear();
        for told in &mut self.told {
            if told.as_ref().is_some_and(|told| told.is_overtaken_by_close) {
                *told = None;
            }
        }
        self.tell("close");
    }

    pub(super) fn cancel_sends(&mut self) {
        while let Some(item) = self.open(|item| item.what == What::Send) {
            self.stats.canceled += 1;
            if item.report {
                let head = format!("sent {}", item.id);
                let was_queued = Self::is_queued(&item);
                self.tell_failure(&item, Why::System("ECANCELED"), &head);
                self.last_told().queued = was_queued.then_some(item.length);
            } else {
                self.remove(item.id);
            }
        }
    }

    pub(super) fn check_running(&self) -> Outcome {
        if self.is_open() {
            Ok(())
        } else {
            no(NOT_RUNNING)
        }
    }

    fn check_unbound(&self) -> Outcome {
        self.check_running()?;
        if self.bind == Bind::Unbound {
            Ok(())
        } else {
            no(ALREADY_BOUND)
        }
    }

    fn check_connect(&self, port: u16) -> Outcome {
        if port == 0 {
            return bad_port(Some(0));
        }
        self.check_running()?;
        if self.connection == Connection::Disconnected {
            Ok(())
        } else {
            no(ALREADY_CONNECTED)
        }
    }

    pub(super) fn want_event(&mut self) -> Outcome {
        if self.has_room_for_event() {
            return Ok(());
        }
        self.owes_drained = true;
        no(FULL)
    }

    pub(super) fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    pub(super) fn item(&self, id: u64, what: What, target: Target, port: u16) -> Item {
        let default = if what == What::Bind {
            WILDCARD
        } else {
            LOOPBACK
        };
        Item {
            id,
            what,
            stage: Stage::Waiting,
            target,
            address: target.address(default),
            port,
            payload: Vec::new(),
            length: 0,
            is_too_long: false,
            report: false,
            to_peer: false,
        }
    }

    pub(super) fn push(&mut self, mut item: Item) -> Outcome {
        if !self.has_room_beside(item.size(), |_| true) {
            self.owes_drained |= self.could_hold(item.size());
            return no(FULL);
        }
        item.stage = match item.what {
            What::Bind => Stage::NeedsLookup,
            What::Connect | What::Send if self.bind == Bind::Bound => self.stage_when_bound(&item),
            What::Connect | What::Send => Stage::Waiting,
        };
        self.items.push(item);
        Ok(())
    }

    pub(super) fn stage_when_bound(&self, item: &Item) -> Stage {
        let has_lookup = self.config.look_up_always || item.target.name().is_some();
        if has_lookup && !item.to_peer {
            Stage::NeedsLookup
        } else {
            Stage::Ready
        }
    }

    /// Does `call` beside an implicit bind, which is taken back if the call fails.
    pub(super) fn with_implicit_bind<T>(
        &mut self,
        call: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        if self.bind != Bind::Unbound {
            return call(self);
        }
        if self.config.look_up_always && self.room.sends < 2 {
            return no(FULL);
        }
        self.start_bind(Target::Default, 0, How::IMPLICIT)?;
        let result = call(self);
        if result.is_err() {
            self.bind = Bind::Unbound;
            self.remove_open(What::Bind);
        }
        result
    }

    pub(super) fn start_bind(&mut self, target: Target, port: u16, how: How) -> Outcome {
        self.want_event()?;
        let has_lookup = self.config.look_up_always || target.name().is_some();
        if has_lookup && how.fd.is_none() {
            let id = self.new_id();
            let item = self.item(id, What::Bind, target, port);
            self.push(item)?;
            self.request_bind(Target::Default, port, how);
            self.bind = Bind::LookingUp;
        } else {
            self.request_bind(target, port, how);
        }
        Ok(())
    }

    fn request_bind(&mut self, target: Target, port: u16, how: How) {
        self.bind = Bind::Requested;
        self.local = (target.address(WILDCARD), port);
        self.fd = how.fd;
        self.is_exclusive = how.is_exclusive;
        self.is_within_call = how.is_within_call;
        self.is_rebound = false;
    }
}
