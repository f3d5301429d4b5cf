//! Computers on one segment, the tasks that run on them, and the time that passes.

use alloc::rc::Rc;
use alloc::sync::Arc;
use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Seed, TableStorage};
use anydgram_core::{BindOptions, Handler, Instant, Options, SocketSlot, SocketType, Storage};
use anydgram_embassy::{
    DatagramSlot, Host, HostMemory, HostOptions, Inbox, JoinSlot, LookupSlot, Place, Socket,
    WaitSlot,
};
use anydgram_smoltcp::{Port, Segment};
use embassy_net::driver::Driver;
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Stack, StackResources, StaticConfigV4};
use embassy_net::{Ipv6Address, Ipv6Cidr, StaticConfigV6};
use embassy_time::{Duration, MockDriver, Timer};

use crate::computer;
use crate::executor::{Executor, Flag};
use crate::plug::{Cable, Plug, Wakers};

/// embassy's time is one for the whole process.
static TIME: Mutex<()> = Mutex::new(());

/// Frames that crossed the segment.
pub(crate) type Frames = Rc<RefCell<Vec<Vec<u8>>>>;

pub(crate) struct Lab {
    pub(crate) segment: Segment,
    pub(crate) frames: Frames,
    executor: Executor,
    wakers: Wakers,
    _time: MutexGuard<'static, ()>,
}

pub(crate) type SmoltcpComputer = computer::Computer<Port>;

/// A computer with embassy-net.
pub(crate) struct Computer<H: 'static = Inbox<'static>> {
    pub(crate) host: &'static Host<'static, H>,
    pub(crate) stack: Stack<'static>,
    pub(crate) cable: Rc<Cable>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let time = TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let (frames, wakers) = (Frames::default(), Wakers::default());
        let segment = Segment::new();
        let (capture, woken) = (Rc::clone(&frames), wakers.clone());
        segment.capture(move |_, frame| {
            capture.borrow_mut().push(frame.to_vec());
            woken.wake_but(&frame[6..12]);
        });
        Self {
            segment,
            frames,
            executor: Executor::default(),
            wakers,
            _time: time,
        }
    }

    /// The computer of this number: `192.0.2.number/24` and `fe80::number/64`, after its first turn.
    pub(crate) fn computer(&mut self, number: u8) -> Computer {
        let places: Vec<_> = (0..SOCKETS).map(|_| Place::new()).collect();
        let inbox = Inbox::new(places.leak(), leaked([const { WaitSlot::new() }; 16]));
        let computer = self.with_handler(number, inbox);
        for _ in 0..SOCKETS {
            let storage: &mut Storage<4096, 8, 4, 16, 4> = leaked(Storage::new());
            let datagrams = leaked([const { DatagramSlot::new() }; 64]);
            let lent = computer.host.lend(storage, datagrams, leaked([0; LONGEST]));
            assert_eq!(lent, Ok(()));
        }
        computer
    }

    /// The same with an application in place of tasks.
    pub(crate) fn with_handler<H: Handler>(&mut self, number: u8, handler: H) -> Computer<H> {
        let (host, plug) = self.host(number, handler);
        let cable = Rc::clone(&plug.cable);
        let stack = self.start(number, host, host.shim(plug, leaked([0; 1514])));
        Computer { host, stack, cable }
    }

    /// The same with sockets that take turns when they are asked to.
    pub(crate) fn stepped<H: Handler>(&mut self, number: u8, handler: H) -> Computer<H> {
        let (host, plug) = self.host(number, handler);
        let cable = Rc::clone(&plug.cable);
        let stack = self.start(number, host, host.stepped_shim(plug, leaked([0; 1514])));
        Computer { host, stack, cable }
    }

    fn host<H: Handler>(&self, number: u8, handler: H) -> (&'static Host<'static, H>, Plug) {
        let cable = Rc::new(Cable::default());
        let plug = Plug {
            port: self.segment.port([2, 0, 0, 0, 0, number]),
            wakers: self.wakers.clone(),
            cable: Rc::clone(&cable),
        };
        let memory = HostMemory {
            tables: leaked(TableStorage::<SOCKETS, 16, 1, 2, 16, 16_384>::new()).tables(),
            sockets: (0..SOCKETS)
                .map(|_| SocketSlot::new())
                .collect::<Vec<_>>()
                .leak(),
            neighbours: leaked([const { NeighbourSlot::new() }; 16]),
            waiting: leaked([const { WaitingSlot::new() }; 16]),
            waiting_bytes: leaked([0; 6000]),
            assemblies: leaked([const { AssemblySlot::new() }; 2]),
            assembly_bytes: vec![0; 2 * 65_515].leak(),
            groups: leaked([const { JoinSlot::new() }; 3]),
            lookups: leaked([const { LookupSlot::new() }; 2]),
        };
        let options = HostOptions::new(Seed::new([number; 16]));
        let host: &'static Host<'static, H> =
            leaked(Host::new(&plug, &options, memory, handler).unwrap());
        (host, plug)
    }

    /// Has embassy-net run on a host's driver.
    fn start<H: Handler>(
        &mut self,
        number: u8,
        host: &'static Host<'static, H>,
        shim: impl Driver + 'static,
    ) -> Stack<'static> {
        let resources = leaked(StackResources::<4>::new());
        let (stack, runner) = embassy_net::new(shim, config(number), resources, number.into());
        let runner = leaked(runner);
        self.spawn(async move { runner.run().await });
        self.spawn(async move { host.run(stack).await });
        self.settle();
        self.seen();
        stack
    }

    /// A computer with smoltcp and our sockets: `192.0.2.number/24` and `fe80::number/64`. It is to be
    /// [woken](Self::wake) after whatever is done to it.
    pub(crate) fn smoltcp_computer(&mut self, number: u8) -> Rc<RefCell<SmoltcpComputer>> {
        let port = self.segment.port([2, 0, 0, 0, 0, number]);
        let [v4, v6] = [format!("192.0.2.{number}"), format!("fe80::{number:x}")];
        let computer = SmoltcpComputer::new(number, port, &[(&v4, 24), (&v6, 64)]);
        let computer = Rc::new(RefCell::new(computer));
        let (polled, wakers) = (Rc::clone(&computer), self.wakers.clone());
        self.spawn(poll_fn(move |context| {
            wakers.register([2, 0, 0, 0, 0, number], context.waker());
            let now = now().as_micros();
            let next = polled.borrow_mut().poll(Instant::from_micros(now));
            if let Some(next) = next {
                let at = embassy_time::Instant::from_micros(next.as_micros());
                if pin!(Timer::at(at)).poll(context).is_ready() {
                    context.waker().wake_by_ref();
                }
            }
            Poll::Pending
        }));
        computer
    }

    pub(crate) fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.executor.spawn(future);
    }

    /// Lets happen what happens at once.
    pub(crate) fn settle(&mut self) {
        self.executor.settle();
    }

    /// One turn of each task that was woken.
    pub(crate) fn turn(&mut self) {
        self.executor.turn();
    }

    /// Lets so many milliseconds pass, with everything that happens meanwhile.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.settle();
        for _ in 0..milliseconds {
            MockDriver::get().advance(Duration::from_millis(1));
            self.settle();
        }
    }

    /// Runs a task until it is ready, which takes no more than ten seconds.
    pub(crate) fn wait<T: 'static>(&mut self, future: impl Future<Output = T>) -> T {
        self.wait_for(10_000, future).expect("it is ready in time")
    }

    /// Runs a task for so many milliseconds at most.
    pub(crate) fn wait_for<T>(
        &mut self,
        milliseconds: u64,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let mut future = pin!(future);
        let flag = Flag::set();
        let waker = Waker::from(Arc::clone(&flag));
        let mut passed = 0;
        loop {
            if flag.take()
                && let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return Some(value);
            }
            if self.executor.turn() || flag.is_set() {
                continue;
            }
            if passed == milliseconds {
                return None;
            }
            passed += 1;
            MockDriver::get().advance(Duration::from_millis(1));
        }
    }

    /// Wakes everybody who has to do with the Ethernet: a cable was plugged, or there is room.
    pub(crate) fn wake(&self) {
        self.wakers.wake_but(&[]);
    }

    /// What has crossed the segment since the last call.
    pub(crate) fn seen(&self) -> Vec<Vec<u8>> {
        self.frames.take()
    }
}

impl Computer {
    pub(crate) fn socket(&self, socket_type: SocketType) -> Socket<'static> {
        let options = Options::new(socket_type).ipv6_only(socket_type == SocketType::Udp6);
        self.host.socket(options).unwrap()
    }

    /// A socket at this port.
    pub(crate) fn bound(
        &self,
        lab: &mut Lab,
        socket_type: SocketType,
        port: u16,
    ) -> Socket<'static> {
        let socket = self.socket(socket_type);
        lab.wait(socket.bind(BindOptions::port(port))).unwrap();
        socket
    }
}

pub(crate) fn config(number: u8) -> Config {
    let mut config = Config::default();
    config.ipv4 = embassy_net::ConfigV4::Static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(192, 0, 2, number), 24),
        gateway: None,
        dns_servers: Default::default(),
    });
    config.ipv6 = embassy_net::ConfigV6::Static(StaticConfigV6 {
        address: Ipv6Cidr::new(
            Ipv6Address::new(0xfe80, 0, 0, 0, 0, 0, 0, number.into()),
            64,
        ),
        gateway: None,
        dns_servers: Default::default(),
    });
    config
}

#[expect(clippy::disallowed_methods, reason = "the time of the lab")]
pub(crate) fn now() -> embassy_time::Instant {
    embassy_time::Instant::now()
}

/// What tests use lives until the process ends.
pub(crate) fn leaked<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

const SOCKETS: usize = 8;
/// Bytes of the longest datagram that a socket has room for.
pub(crate) const LONGEST: usize = 8192;
