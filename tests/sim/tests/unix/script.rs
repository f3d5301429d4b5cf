//! Scripts: calls by seed, and who carries them out.

use anydgram_sim::{Dice, Site};

/// How many sockets there are. The first two connect, to the others as a rule.
pub(crate) const SOCKETS: usize = 4;

/// How many strangers there are.
pub(crate) const STRANGERS: usize = 2;

/// One call. Sockets and strangers are numbers.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Bind {
        socket: usize,
        /// `None`: a name of the system's choice.
        name: Option<&'static str>,
        replace_stale: bool,
    },
    Connect(usize, &'static str),
    Disconnect(usize),
    /// Sends so many datagrams; without a name, to the peer.
    Send(usize, Option<&'static str>, usize),
    /// Closes the socket; the next call is a new one's.
    Close(usize),
    /// A stranger binds, reads one datagram, or dies. It leaves its file.
    StrangerBinds(usize, &'static str),
    StrangerReads(usize),
    StrangerDies(usize),
    PutFile(&'static str),
    RemoveFile(&'static str),
}

/// Who carries calls out.
pub(crate) trait Side {
    /// What has happened: what the call returned, then what each socket was told, then which files there are.
    fn play(&mut self, call: &Call) -> Vec<String>;
}

/// All names of files.
pub(crate) const PATHS: [&str; 4] = ["p0", "p1", "p2", "p3"];

const OWN: [&str; 3] = ["p0", "p1", "@a0"];
const OTHERS: [&str; 3] = ["p2", "p3", "@a1"];
const ALL: [&str; 7] = ["p0", "p1", "p2", "p3", "@a0", "@a1", "@nobody"];

/// The script of a seed, with up to `most` datagrams in a call.
pub(crate) fn script(seed: u64, most: usize) -> Vec<Call> {
    let mut dice = Dice::new(seed, Site::Host(0), 0);
    (0..60).map(|_| call(&mut dice, most)).collect()
}

fn call(dice: &mut Dice, most: usize) -> Call {
    let socket = below(dice, SOCKETS);
    let (connector, stranger) = (below(dice, 2), below(dice, STRANGERS));
    let own = if socket < 2 { &OWN } else { &OTHERS };
    // Now and then more than a peer has room for that does not read.
    let count = if below(dice, 4) > 0 { 1 } else { most };
    match below(dice, 24) {
        0..4 => Call::Bind {
            socket,
            name: (below(dice, 6) > 0).then(|| any(dice, own)),
            replace_stale: below(dice, 4) > 0,
        },
        // Only one of them waits for strangers, which do not read: who goes first of several that wait, nobody says.
        4..7 if connector == 0 => Call::Connect(0, any(dice, &OTHERS)),
        4..7 => Call::Connect(1, any(dice, &["@a1", "p0"])),
        7 => Call::Disconnect(connector),
        8..12 => Call::Send(connector, None, count),
        12..17 => Call::Send(socket, Some(any(dice, &ALL)), count),
        17 => Call::Close(socket),
        18 | 19 => Call::StrangerBinds(stranger, any(dice, &OTHERS[..2])),
        20 => Call::StrangerReads(stranger),
        21 => Call::StrangerDies(stranger),
        22 => Call::PutFile(any(dice, &PATHS)),
        _ => Call::RemoveFile(any(dice, &PATHS)),
    }
}

fn any(dice: &mut Dice, names: &[&'static str]) -> &'static str {
    names[below(dice, names.len())]
}

fn below(dice: &mut Dice, bound: usize) -> usize {
    let bound = u64::try_from(bound).expect("it is small");
    usize::try_from(dice.below(bound)).expect("it is below the bound")
}
