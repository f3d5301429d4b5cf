//! `sendmmsg` and `recvmmsg` with segments, and nothing around them.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd as _, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use super::{ROOM, bound};

/// A socket, and messages for its calls with the memory that they point to.
pub struct Messages {
    pub socket: UdpSocket,
    buffers: Vec<Vec<u8>>,
    headers: Vec<libc::mmsghdr>,
    vectors: Vec<libc::iovec>,
    controls: Vec<[u64; 8]>,
    names: Vec<libc::sockaddr_in>,
    /// The kernel may put datagrams together, and tells their strides.
    is_coalesced: bool,
    /// Asks again when there is nothing, and never sleeps.
    pub is_awake: bool,
    /// What waits for messages in place of the call that takes them.
    epoll: Option<OwnedFd>,
    events: Vec<epoll::Event>,
    /// The last call has taken all there was.
    is_drained: bool,
}

impl Messages {
    /// With room for `count` messages of all lengths. `is_coalesced`: the kernel may put datagrams together.
    pub fn new(count: usize, is_coalesced: bool) -> Self {
        // SAFETY: zeroes are valid for all of these.
        let (header, vector, name): (libc::mmsghdr, _, _) = unsafe { std::mem::zeroed() };
        let mut all = Self {
            socket: bound(),
            buffers: vec![vec![0; ROOM]; count],
            headers: vec![header; count],
            vectors: vec![vector; count],
            controls: vec![[0; 8]; count],
            names: vec![name; count],
            is_coalesced,
            is_awake: false,
            epoll: None,
            events: Vec::with_capacity(1),
            is_drained: true,
        };
        let places = all.vectors.iter_mut().zip(&mut all.names);
        for (header, (vector, name)) in all.headers.iter_mut().zip(places) {
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_name = std::ptr::from_mut(name).cast();
        }
        for index in 0..count {
            all.lengths(index, ROOM, 0);
        }
        if is_coalesced {
            let on: i32 = 1;
            let value = std::ptr::from_ref(&on).cast();
            let fd = all.socket.as_raw_fd();
            // SAFETY: `value` points to four bytes.
            let set = unsafe { libc::setsockopt(fd, libc::SOL_UDP, libc::UDP_GRO, value, 4) };
            assert_eq!(set, 0);
        }
        all
    }

    /// Has an epoll watch the socket, and wait for what is received.
    pub fn watch(&mut self) {
        let epoll = epoll::create(CreateFlags::empty()).expect("an epoll");
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &self.socket, EventData::new_u64(0), flags).expect("it is new");
        self.epoll = Some(epoll);
    }

    /// The memory of a message.
    pub fn buffer(&mut self, index: usize) -> &mut [u8] {
        &mut self.buffers[index]
    }

    /// Has every message go to `to`.
    pub fn aim(&mut self, to: SocketAddr) {
        let SocketAddr::V4(to) = to else {
            panic!("{to} is not of IPv4")
        };
        for name in &mut self.names {
            name.sin_family = libc::AF_INET as u16;
            name.sin_port = to.port().to_be();
            name.sin_addr.s_addr = u32::from_ne_bytes(to.ip().octets());
        }
    }

    /// Makes a message as long as `length`: datagrams of `stride` bytes, if that is less and not 0.
    pub fn lengths(&mut self, index: usize, length: usize, stride: usize) {
        self.vectors[index].iov_base = self.buffers[index].as_mut_ptr().cast();
        self.vectors[index].iov_len = length;
        let header = &mut self.headers[index].msg_hdr;
        header.msg_namelen = 16;
        if stride > 0 && stride < length {
            let control = &mut self.controls[index];
            control[0] = 18;
            control[1] = (libc::SOL_UDP as u64) | ((libc::UDP_SEGMENT as u64) << 32);
            control[2] = stride as u64;
            header.msg_control = control.as_mut_ptr().cast();
            header.msg_controllen = 24;
        } else {
            header.msg_controllen = 0;
        }
    }

    /// Sends the first messages; how many of them.
    pub fn send(&mut self, count: usize) -> usize {
        let (fd, first) = (self.socket.as_raw_fd(), self.headers.as_mut_ptr());
        // SAFETY: the first `count` messages point to memory of the lengths that they say.
        let sent = unsafe { libc::sendmmsg(fd, first, count as u32, 0) };
        usize::try_from(sent).unwrap_or(0)
    }

    /// Waits for messages, or looks if there are some and pauses if not; how many there are.
    pub fn receive(&mut self) -> usize {
        for index in 0..self.headers.len() {
            self.lengths(index, ROOM, 0);
            if self.is_coalesced {
                let header = &mut self.headers[index].msg_hdr;
                header.msg_control = self.controls[index].as_mut_ptr().cast();
                header.msg_controllen = 64;
            }
        }
        if let Some(epoll) = self.epoll.as_ref().filter(|_| self.is_drained) {
            self.events.clear();
            epoll::wait(epoll, spare_capacity(&mut self.events), None).expect("it waits");
        }
        let (fd, first) = (self.socket.as_raw_fd(), self.headers.as_mut_ptr());
        let count = self.headers.len() as u32;
        let flags = if self.is_awake || self.epoll.is_some() {
            libc::MSG_DONTWAIT
        } else {
            libc::MSG_WAITFORONE
        };
        // SAFETY: the messages point to memory of the lengths that they say, which nothing else refers to now.
        let got = unsafe { libc::recvmmsg(fd, first, count, flags, std::ptr::null_mut()) };
        let got = usize::try_from(got).unwrap_or(0);
        // If they were all there are, the next one is told of.
        self.is_drained = got < self.headers.len();
        if got == 0 {
            // What asks at every moment would have the sender wait for what both of them look at.
            (0..PAUSE).for_each(|_| std::hint::spin_loop());
        }
        got
    }

    /// A message that was received, and the length of its datagrams.
    pub fn message(&self, index: usize) -> (&[u8], usize) {
        let header = &self.headers[index];
        let bytes = &self.buffers[index][..header.msg_len as usize];
        let stride = if header.msg_hdr.msg_controllen >= 20 {
            (self.controls[index][2] & 0xffff) as usize
        } else {
            bytes.len()
        };
        (bytes, stride.max(1))
    }
}

/// How long who never sleeps pauses, some microseconds.
const PAUSE: usize = 100;
