//! Host names, by embassy-net's DNS client: for async calls at once, for [`Handler`](anydgram_core::Handler)s and queues
//! one after the other, by the host's task.

use core::future::poll_fn;
use core::task::Poll;

use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Errno, Family, Host as GivenHost, LookupToken, SocketId};
use embassy_net::Stack;
use embassy_net::dns::DnsQueryType;
use heapless::String;

use super::Host;

/// A place for a name in the memory of a host.
#[derive(Debug, Default)]
pub struct LookupSlot(Option<Question>);

impl LookupSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for LookupSlot {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "LookupSlot {{ is_taken: {=bool} }}", self.0.is_some());
    }
}

#[derive(Debug)]
struct Question {
    id: SocketId,
    token: LookupToken,
    family: Family,
    name: String<LONGEST>,
}

/// The names that sockets wait for.
#[derive(Debug)]
pub(crate) struct Names<'m> {
    slots: &'m mut [LookupSlot],
    is_new: bool,
}

impl<'m> Names<'m> {
    pub(crate) const fn new(slots: &'m mut [LookupSlot]) -> Self {
        Self {
            slots,
            is_new: false,
        }
    }

    /// Answers, or begins to look: `None`.
    pub(crate) fn look_up(&mut self, lookup: &Lookup<'_>) -> Option<Result<Address, Errno>> {
        let name = match lookup.host {
            GivenHost::Ip(address) => return Some(Ok(address)),
            GivenHost::Default => return Some(Ok(lookup.family.loopback())),
            GivenHost::Name(name) => name,
        };
        let Ok(name) = String::try_from(name) else {
            return Some(Err(Errno::ENOTFOUND));
        };
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.0.is_none()) else {
            return Some(Err(Errno::EAIAGAIN));
        };
        slot.0 = Some(Question {
            id: lookup.id,
            token: lookup.token,
            family: lookup.family,
            name,
        });
        self.is_new = true;
        None
    }

    /// Whether a name has come since the last call.
    pub(crate) const fn take_news(&mut self) -> bool {
        core::mem::replace(&mut self.is_new, false)
    }

    fn take(&mut self) -> Option<Question> {
        self.slots.iter_mut().find_map(|slot| slot.0.take())
    }
}

impl<'m, H> Host<'m, H> {
    /// The first address of a name: `EAI_AGAIN` before [`run`](Host::run) runs, `ENOTFOUND` if nobody knows it.
    pub(crate) async fn ask(&self, name: &str, family: Family) -> Result<Address, Errno> {
        let stack = self.stack.get().ok_or(Errno::EAIAGAIN)?;
        ask(stack, name, family).await
    }

    /// Looks the names up that sockets wait for. What is new, the host's task is woken for.
    pub(super) async fn answer(&self, stack: Stack<'m>) -> ! {
        loop {
            let question = poll_fn(|_| {
                let question = self.inner.borrow_mut().lookups.names.take();
                question.map_or(Poll::Pending, Poll::Ready)
            });
            let Question {
                id,
                token,
                family,
                name,
            } = question.await;
            let answer = ask(stack, &name, family).await;
            let inner = &mut *self.inner.borrow_mut();
            if let Some(socket) = inner.sockets.get_mut(id) {
                socket.handle_lookup(token, answer);
                inner.wake_runner();
            }
        }
    }
}

async fn ask(stack: Stack<'_>, name: &str, family: Family) -> Result<Address, Errno> {
    let query = match family {
        Family::V4 => DnsQueryType::A,
        Family::V6 => DnsQueryType::Aaaa,
    };
    let found = stack.dns_query(name, query).await;
    // There is one reason only: it failed.
    let found = found.map_err(|_| Errno::ENOTFOUND)?;
    let first = found.first().ok_or(Errno::ENOTFOUND)?;
    Ok(Address::new((*first).into()))
}

/// The longest name in bytes (RFC 1035 § 3.1).
const LONGEST: usize = 253;
