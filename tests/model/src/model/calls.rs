//! The application's calls: binding, connecting, closing.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::SendMeta;

use super::failure::{
    already_bound, already_connected, bad_name, bad_port, blocked, full, not_bound, not_connected,
    not_numeric, not_running,
};
use super::{Asked, Bind, Connection, Done, Item, Life, Member, Model, Parting, Stage, What, Why};
use crate::seen::Told;
use crate::step::Target;

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

impl Model {
    pub(super) fn bind(&mut self, target: Target, port: u16, fd: Option<i32>) -> Done {
        self.check_unbound()?;
        if target == Target::BadName {
            return Err(bad_name());
        }
        let how = How {
            fd,
            is_exclusive: false,
            is_within_call: fd.is_some(),
        };
        self.start_bind(target, port, how)
    }

    pub(super) fn bind_sync(&mut self, target: Target, port: u16) -> Done {
        self.check_unbound()?;
        if target.name().is_some() {
            return not_numeric("bindSync", "options.address", "property");
        }
        self.want_event()?;
        self.request_bind(target, port, How::SYNC);
        Ok(())
    }

    pub(super) fn rebind(&mut self) -> Done {
        self.check_running()?;
        if self.bind != Bind::Bound {
            return Err(not_bound());
        }
        self.want_event()?;
        self.bind = Bind::Requested;
        self.fd = None;
        self.is_within_call = false;
        self.is_rebound = true;
        self.parting = Parting::No;
        for (_, is_due) in &mut self.settings {
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

    pub(super) fn connect(&mut self, target: Target, port: u16) -> Done {
        self.check_connect(port)?;
        if target == Target::BadName {
            return Err(bad_name());
        }
        self.with_implicit_bind(|model| {
            model.want_event()?;
            let item = model.item(What::Connect, target, port);
            model.push(item)?;
            model.connection = Connection::Queued;
            Ok(())
        })
    }

    pub(super) fn connect_sync(&mut self, target: Target, port: u16) -> Done {
        self.check_running()?;
        self.check_connect(port)?;
        if target.name().is_some() {
            return not_numeric("connectSync", "address", "argument");
        }
        if self.is_binding() {
            return Err(already_bound());
        }
        let was_unbound = self.bind == Bind::Unbound;
        if was_unbound {
            self.want_event()?;
            self.request_bind(Target::Default, 0, How::SYNC);
        }
        let address = target.address(LOOPBACK);
        if self.send_rules.contains(&address) {
            // As in Node, the implicit bind stays.
            return Err(blocked(address));
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

    pub(super) fn disconnect(&mut self) -> Done {
        if !self.is_connected() {
            return Err(not_connected());
        }
        self.check_running()?;
        if self.connection != Connection::Due(Asked::Rebind) {
            self.parting = Parting::Due;
        }
        self.connection = Connection::Disconnected;
        Ok(())
    }

    pub(super) fn close(&mut self) -> Done {
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
        for waiting in &mut self.told {
            if waiting.is_overtaken_by_close {
                waiting.told = None;
            }
        }
        self.tell(Told::Close);
    }

    pub(super) fn cancel_sends(&mut self) {
        while let Some(item) = self.open(|item| item.what == What::Send) {
            self.stats.canceled += 1;
            if item.report {
                self.tell_failure(&item, Why::System("ECANCELED"));
                self.count_as_queued(item.is_queued().then_some(item.length));
            } else {
                self.remove(item.id);
            }
        }
    }

    pub(super) fn check_running(&self) -> Done {
        if self.is_open() {
            Ok(())
        } else {
            Err(not_running())
        }
    }

    fn check_unbound(&self) -> Done {
        self.check_running()?;
        if self.bind == Bind::Unbound {
            Ok(())
        } else {
            Err(already_bound())
        }
    }

    fn check_connect(&self, port: u16) -> Done {
        if port == 0 {
            return Err(bad_port(Some(0)));
        }
        self.check_running()?;
        if self.connection == Connection::Disconnected {
            Ok(())
        } else {
            Err(already_connected())
        }
    }

    pub(super) fn want_event(&mut self) -> Done {
        if self.has_room_for_event() {
            return Ok(());
        }
        self.owes_drained = true;
        Err(full())
    }

    pub(super) fn item(&mut self, what: What, target: Target, port: u16) -> Item {
        let default = if what == What::Bind {
            WILDCARD
        } else {
            LOOPBACK
        };
        self.next_id += 1;
        Item {
            id: self.next_id - 1,
            what,
            send: self.sends,
            stage: Stage::Waiting,
            target,
            address: target.address(default),
            port,
            meta: SendMeta::new(),
            payload: Vec::new(),
            length: 0,
            is_too_long: false,
            report: false,
            to_peer: false,
        }
    }

    pub(super) fn push(&mut self, mut item: Item) -> Done {
        let size = item.size();
        if !self.has_room_beside(size, |_| true) {
            // `Drained` tells when there is room, unless there never will be.
            self.owes_drained |= size <= self.config.room.bytes && self.config.room.sends > 0;
            return Err(full());
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
        call: impl FnOnce(&mut Self) -> Done<T>,
    ) -> Done<T> {
        if self.bind != Bind::Unbound {
            return call(self);
        }
        if self.config.look_up_always && self.config.room.sends < 2 {
            return Err(full());
        }
        self.start_bind(Target::Default, 0, How::IMPLICIT)?;
        let result = call(self);
        if result.is_err() {
            self.bind = Bind::Unbound;
            self.remove_open(What::Bind);
        }
        result
    }

    pub(super) fn start_bind(&mut self, target: Target, port: u16, how: How) -> Done {
        self.want_event()?;
        let has_lookup = self.config.look_up_always || target.name().is_some();
        if has_lookup && how.fd.is_none() {
            let item = self.item(What::Bind, target, port);
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
