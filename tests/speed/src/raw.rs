//! The system calls by hand: what the others are compared with.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::sync::mpsc;

use crate::peers::{std_receive, std_send, touch, wait};
use crate::{Flood, Group, Way, bound};

pub const WAYS: &[Way] = &[
    Way {
        name: "std",
        group: Group::OneByOne,
        send: std_send,
        receive: std_receive,
    },
    Way {
        name: "sendmmsg and recvmmsg by hand",
        group: Group::Batched,
        send: mmsg_send,
        receive: |flood, tell| receive(flood, tell, false),
    },
    Way {
        name: "gso-touch by hand",
        group: Group::Segments,
        send: touch_send,
        receive: |flood, tell| receive(flood, tell, true),
    },
];

/// How many datagrams a message has at most.
const SEGMENTS: usize = 64;
/// How many messages a call has.
const MESSAGES: usize = 64;

/// Messages for a call, with the memory that they point to.
struct Messages {
    headers: Vec<libc::mmsghdr>,
    vectors: Vec<libc::iovec>,
    controls: Vec<[u64; 8]>,
    name: libc::sockaddr_in,
}

impl Messages {
    fn new(count: usize, to: Option<SocketAddr>) -> Box<Self> {
        // SAFETY: zeroes are valid for all of these.
        let (header, vector, name) = unsafe { std::mem::zeroed() };
        let mut all = Box::new(Self {
            headers: vec![header; count],
            vectors: vec![vector; count],
            controls: vec![[0; 8]; count],
            name,
        });
        let all_mut = &mut *all;
        if let Some(SocketAddr::V4(to)) = to {
            all_mut.name.sin_family = libc::AF_INET as u16;
            all_mut.name.sin_port = to.port().to_be();
            all_mut.name.sin_addr.s_addr = u32::from_ne_bytes(to.ip().octets());
        }
        let name: *mut libc::sockaddr_in = &mut all_mut.name;
        for (header, vector) in all_mut.headers.iter_mut().zip(&mut all_mut.vectors) {
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            if to.is_some() {
                header.msg_hdr.msg_name = name.cast();
                header.msg_hdr.msg_namelen = 16;
            }
        }
        all
    }

    fn point(&mut self, index: usize, bytes: &[u8]) {
        self.vectors[index].iov_base = bytes.as_ptr().cast_mut().cast();
        self.vectors[index].iov_len = bytes.len();
    }

    fn segment(&mut self, index: usize, stride: usize) {
        let control = &mut self.controls[index];
        control[0] = 18;
        control[1] = (libc::SOL_UDP as u64) | ((libc::UDP_SEGMENT as u64) << 32);
        control[2] = stride as u64;
        self.headers[index].msg_hdr.msg_control = control.as_mut_ptr().cast();
        self.headers[index].msg_hdr.msg_controllen = 24;
    }

    /// Sends the first messages; how many of them.
    fn send(&mut self, socket: &UdpSocket, count: usize) -> usize {
        let first = self.headers.as_mut_ptr();
        // SAFETY: the first `count` messages point to memory of the lengths that they say.
        let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), first, count as u32, 0) };
        usize::try_from(sent).unwrap_or(0)
    }
}

fn mmsg_send(flood: &Flood, to: SocketAddr) -> u64 {
    let socket = bound();
    let payload = vec![1; flood.size + MESSAGES];
    let mut messages = Messages::new(MESSAGES, Some(to));
    for index in 0..MESSAGES {
        messages.point(index, &payload[..flood.size + index]);
    }
    flood.repeat(|| messages.send(&socket, MESSAGES) as u64)
}

/// Copies each datagram in, and sends what is together as one.
fn touch_send(flood: &Flood, to: SocketAddr) -> u64 {
    let socket = bound();
    let payload = vec![1; flood.size];
    let most = SEGMENTS.min(65_507 / flood.size);
    let mut buffers = vec![vec![0; most * flood.size]; 8];
    let mut messages = Messages::new(8, Some(to));
    flood.repeat(|| {
        for (index, buffer) in buffers.iter_mut().enumerate() {
            for place in buffer.chunks_exact_mut(flood.size) {
                copy(place, &payload);
            }
            messages.point(index, buffer);
            if most > 1 {
                messages.segment(index, flood.size);
            }
        }
        (messages.send(&socket, 8) * most) as u64
    })
}

#[inline(never)]
fn copy(place: &mut [u8], payload: &[u8]) {
    place.copy_from_slice(std::hint::black_box(payload));
}

fn receive(flood: &Flood, tell: mpsc::Sender<SocketAddr>, is_coalesced: bool) -> u64 {
    let socket = bound();
    if is_coalesced {
        let on: i32 = 1;
        let value = std::ptr::from_ref(&on).cast();
        // SAFETY: `value` points to four bytes.
        let set =
            unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_UDP, libc::UDP_GRO, value, 4) };
        assert_eq!(set, 0);
    }
    tell.send(socket.local_addr().expect("it is bound"))
        .expect("somebody waits");
    let buffers = vec![vec![0_u8; 65_536]; 32];
    let mut messages = Messages::new(32, None);
    for (index, buffer) in buffers.iter().enumerate() {
        messages.point(index, buffer);
    }
    let mut count = 0;
    loop {
        let Messages {
            headers, controls, ..
        } = &mut *messages;
        for (header, control) in headers.iter_mut().zip(controls) {
            header.msg_hdr.msg_control = control.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = 64;
        }
        let first = messages.headers.as_mut_ptr();
        // SAFETY: the messages point to memory of the lengths that they say, which nothing else refers to now.
        let got = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                first,
                32,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let Ok(got) = usize::try_from(got) else {
            if !wait(&socket) && flood.is_over() {
                return count;
            }
            continue;
        };
        for (index, header) in messages.headers.iter().take(got).enumerate() {
            let bytes = &buffers[index][..header.msg_len as usize];
            let stride = if header.msg_hdr.msg_controllen >= 20 {
                (messages.controls[index][2] & 0xffff) as usize
            } else {
                bytes.len()
            };
            count += bytes.chunks(stride.max(1)).map(touch).sum::<u64>();
        }
    }
}
