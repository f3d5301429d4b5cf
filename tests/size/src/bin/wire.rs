#![no_std]
#![no_main]
//! An echo on a way to the wire, without sockets.

use core::mem::MaybeUninit;

use anydgram_size::chip::{self, Chip};
use anydgram_size::memory;
#[cfg(feature = "direct")]
use anydgram_size::strategy::direct::Direct as Way;
#[cfg(feature = "ports")]
use anydgram_size::strategy::ports::Ports as Way;
#[cfg(feature = "raw")]
use anydgram_size::strategy::raw::Raw as Way;
use anydgram_size::strategy::{Datagram, LONGEST, Strategy};

#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: the program begins here, once.
    let (mut chip, way, copy) = unsafe {
        (
            Chip::take(),
            memory!(WAY: MaybeUninit<Way> = MaybeUninit::uninit()),
            memory!(COPY: [u8; LONGEST] = [0; LONGEST]),
        )
    };
    // SAFETY: as above.
    let way = way.write(unsafe { Way::new(chip::micros(), &mut chip) });
    loop {
        let now = chip::micros();
        let mut answer = None;
        way.receive(now, &mut chip, |datagram| {
            let (bytes, _) = copy.split_at_mut(datagram.payload.len().min(LONGEST));
            bytes.copy_from_slice(datagram.payload);
            let Datagram {
                local,
                peer,
                peer_port,
                ..
            } = datagram;
            answer = Some((local, peer, peer_port, bytes.len()));
        });
        if let Some((local, peer, peer_port, len)) = answer {
            let (payload, _) = copy.split_at(len);
            let answer = Datagram {
                local,
                peer,
                peer_port,
                hop_limit: 64,
                payload,
            };
            way.send(now, &mut chip, &answer);
        }
        way.poll(now, &mut chip);
    }
}
