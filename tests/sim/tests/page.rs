//! The timeline in a real browser, without a window: what it draws, and what it says under the pointer.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use core::net::IpAddr;
use core::time::Duration;
use std::env;
use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anydgram_core::{
    BindOptions, Datagram, Endpoint, Event, Handler, Instant, Limits, Options, Socket, SocketId,
    SocketType, Sockets, UnixDatagram, UnixMessage,
};
use anydgram_sim::unix::{UnixHandler, UnixHost, UnixId, UnixStart};
use anydgram_sim::{HostOptions, Level, Rates, SegmentOptions, WorldOptions, simulate};

/// Looks at the page as a reader would, and writes down what there is.
const PROBE: &str = r"<pre id='probe'></pre><script>
const at = (one) => {
  const place = canvas.getBoundingClientRect();
  const pointer = { clientX: place.left + x(one[0]), clientY: place.top + y(one[1]), bubbles: true };
  canvas.dispatchEvent(new PointerEvent('pointermove', pointer));
  return detail.textContent;
};
const all = shown.length;
const isFirst = (one) => events.find((other) => other[0] === one[0] && other[1] === one[1]) === one;
const dropped = at(events.find((one) => (one[2] === 2 || one[2] === 9) && isFirst(one)));
const isAlone = (one) => events.every((other) => other === one || other[0] !== one[0] || other[1] !== one[1]);
const fault = at(events.find((one) => one[2] === 4 && isAlone(one)));
socket.value = endpoints[0];
socket.dispatchEvent(new Event('change'));
const ofSocket = shown.length;
socket.value = '';
text.value = 'corrupt';
text.dispatchEvent(new Event('input'));
const withText = shown.length;
text.value = '';
select();
const styles = [];
const plain = line;
line = (...given) => { styles.push(given[4]); plain(...given); };
draw();
line = plain;
const arrows = styles.filter((style) => style === color('--faint')).length;
const came = events.find((one) => one[2] === 8 && isFirst(one));
const frame = came ? at(came) : '';
const isUnix = (one) => `${one[3]}`.startsWith('~');
const local = events.filter((one) => one[2] === 1 && isUnix(one)).length;
const unix = at(events.find((one) => one[2] === 1 && isUnix(one) && isFirst(one)));
const ofUnix = states.filter((state) => `${state[1]}`.startsWith('u')).length;
const probe = [all, events.length, ofSocket, withText, states.length, dropped, fault, arrows, frame, lanes.length, local, unix, ofUnix];
document.getElementById('probe').textContent = probe.map((one) => `${one}`.trim().split('\n')[0]).join('|');
</script>";

/// The browser of this machine, if it has one.
fn browser() -> Option<&'static str> {
    let known = ["chromium", "chromium-browser", "google-chrome"];
    known.into_iter().find(|name| {
        let folders = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&folders).any(|folder| folder.join(name).is_file())
    })
}

/// Runs the browser on a page, and returns what it prints.
fn open(browser: &str, page: &Path, what: &str) -> String {
    let folder = page.parent().unwrap();
    let printed = folder.join("printed");
    let status = Command::new("timeout")
        .args(["--kill-after=5", "120", browser])
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        .args(["--window-size=1400,900", "--virtual-time-budget=5000", what])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("file://{}", page.display()))
        .env("HOME", folder)
        .stdout(File::create(&printed).unwrap())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{browser} {what}: {status}");
    fs::read_to_string(printed).unwrap()
}

/// Talks to its peer all the time.
struct Talker {
    socket: SocketId,
    peer: Endpoint,
    next: Instant,
}

impl Handler for Talker {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        if event == Event::Listening {
            sockets.get_mut(id).unwrap().connect(self.peer).unwrap();
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(Duration::from_millis(5));
        let socket = sockets.get_mut(self.socket).unwrap();
        // Without a peer, or room, it says nothing.
        socket.send(Datagram::new("hello").unreported()).ok();
    }
}

/// Is bound to a name, and talks by its Unix socket all the time, or listens.
struct Whisperer {
    socket: UnixId,
    next: Option<Instant>,
}

impl Whisperer {
    fn start(start: &mut UnixStart<'_>, name: &str) -> Box<dyn UnixHandler> {
        let socket = start.host.open();
        start.host.get_mut(socket).unwrap().bind(name).unwrap();
        let next = (name == "@one").then_some(start.now);
        Box::new(Self { socket, next })
    }
}

impl UnixHandler for Whisperer {
    fn handle(&mut self, _: &mut UnixHost, _: UnixId, _: Event<'_>) {}

    fn message(&mut self, _: &mut UnixHost, _: UnixId, _: UnixMessage<'_>) {}

    fn wake_at(&self) -> Option<Instant> {
        self.next
    }

    fn wake(&mut self, host: &mut UnixHost, now: Instant) {
        self.next = Some(now.saturating_add(Duration::from_millis(30)));
        let socket = host.get_mut(self.socket).unwrap();
        let datagram = UnixDatagram::new("psst").to("@two");
        socket.send(datagram.unreported()).ok();
    }
}

const HOSTS: u8 = 8;
/// A line for each host, and for each process on one of them.
const LANES: usize = 8 + 2;

fn end(number: u8) -> Endpoint {
    (IpAddr::from([192, 0, 2, number + 1]), 4000).into()
}

/// The page of a world of 10,000 events and more, with all faults.
fn page(folder: &Path, level: Level) -> PathBuf {
    let options = WorldOptions::new(5).level(level);
    let options = options.rates(Rates::all()).keep_records();
    let page = simulate(&options, |world| {
        let segment = world.add_segment(SegmentOptions::new());
        for number in 0..HOSTS {
            let name = format!("host{number}");
            let host = world.add_host(&name, HostOptions::new(), move |start| {
                let options = Options::new(SocketType::Udp4);
                let mut socket = Socket::with_heap(options, Limits::new());
                socket.bind(BindOptions::port(4000)).unwrap();
                Box::new(Talker {
                    socket: start.sockets.add(socket).unwrap(),
                    peer: end(number ^ 1),
                    next: start.now.saturating_add(Duration::from_millis(1)),
                })
            });
            let address = format!("{}/24", end(number).address);
            world.plug_in(host, segment, &[&address]);
            if number == 3 {
                for name in ["@one", "@two"] {
                    world.add_process(host, name, |start| Whisperer::start(start, name));
                }
            }
        }
        while world.records().len() < 10_000 {
            world.run_for(Duration::from_millis(100)).unwrap();
        }
        let mut page = Vec::new();
        world.write_timeline(&mut page, "eight talkers").unwrap();
        page
    });
    let file = folder.join("page.html");
    fs::write(&file, [&page, PROBE.as_bytes()].concat()).unwrap();
    file
}

#[test]
fn the_page_draws_all_and_says_what_is_under_the_pointer() {
    let Some(browser) = browser() else {
        let why = "SKIPPED: the page is not looked at: there is no chromium";
        writeln!(io::stderr(), "{why}").unwrap();
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{why}");
        return;
    };
    for level in Level::ALL {
        look(browser, level);
    }
}

fn look(browser: &str, level: Level) {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path(), level);

    let dom = open(browser, &page, "--dump-dom");
    let probe = dom.split_once("<pre id=\"probe\">").unwrap().1;
    let probe = probe.split_once("</pre>").unwrap().0;
    let found: Vec<&str> = probe.split('|').collect();
    let number = |at: usize| found[at].parse::<usize>().unwrap();
    assert_eq!(number(0), number(1), "all events are shown: {probe}");
    assert!(
        number(2) > 0 && number(2) < number(0),
        "of one socket: {probe}"
    );
    assert!(
        number(3) > 0 && number(3) < number(0),
        "with a text: {probe}"
    );
    assert!(number(1) >= 10_000, "{probe}");
    assert!(number(4) >= 16, "bound, then connected: {probe}");
    // The frame of a datagram is dropped before it is.
    let has_frames = level == Level::Frames;
    let dropped = if has_frames { "sent frame " } else { "sent #" };
    assert!(found[5].contains(dropped), "what was dropped: {probe}");
    assert!(found[6].contains("fault: "), "{probe}");
    assert_eq!(number(7) > 1_000, has_frames, "arrows of frames: {probe}");
    assert_eq!(found[8].contains("sent frame "), has_frames, "{probe}");
    assert_eq!(number(9), LANES, "{probe}");
    assert!(number(10) > 20, "Unix datagrams that came: {probe}");
    assert!(found[11].contains("sent ~"), "one of them: {probe}");
    assert!(number(12) >= 2, "states of Unix sockets: {probe}");

    let shot = folder.path().join("shot.png");
    open(browser, &page, &format!("--screenshot={}", shot.display()));
    let drawn = drawn(&shot);
    for (what, color) in [
        ("arrows", [0x2f, 0x6f, 0xde]),
        ("drops", [0xc6, 0x28, 0x28]),
        ("faults", [0xb2, 0x6a, 0x00]),
        ("states of sockets", [0x2e, 0x7d, 0x32]),
        ("lanes", [0xee, 0xf1, 0xf4]),
    ] {
        let pixels = drawn.iter().filter(|pixel| is_like(**pixel, color));
        let count = pixels.count();
        assert!(count > 20, "{count} pixels of {what}");
    }
}

/// The pixels of a picture below the head of the page.
fn drawn(file: &Path) -> Vec<[u8; 3]> {
    let decoder = png::Decoder::new(BufReader::new(File::open(file).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!((info.width, info.height), (1400, 900));
    let samples = info.color_type.samples();
    let head = usize::try_from(info.width).unwrap() * 100 * samples;
    let pixels = bytes[head..info.buffer_size()].chunks_exact(samples);
    pixels.map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

/// Whether a pixel has a color, maybe with some paper showing through.
fn is_like(pixel: [u8; 3], color: [u8; 3]) -> bool {
    let mut pairs = pixel.into_iter().zip(color);
    pairs.all(|(one, other)| one.abs_diff(other) < 40)
}
