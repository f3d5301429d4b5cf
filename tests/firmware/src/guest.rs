//! A board in QEMU: its process, its cable, its log and the monitor that changes it.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::counter::Counter;
use crate::time::Deadline;
use crate::{Firmware, Log, Port, Switch};

pub(crate) const QEMU: &str = "qemu-system-arm";

/// What a monitor says when it waits for a command.
const PROMPT: &[u8] = b"(qemu) ";
/// How long QEMU may take for its own things; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// A board that runs a program. It ends with this, wherever a test leaves.
#[derive(Debug)]
pub struct Guest {
    process: Child,
    number: u8,
    port: Option<Port>,
    monitor: PathBuf,
    counter: Option<Counter>,
    log: Log,
    /// What it has for itself, without a switch.
    folder: Option<TempDir>,
}

impl Guest {
    /// Boots a board on a switch. Boards on one switch have different numbers, the last byte of their addresses.
    ///
    /// # Errors
    /// If QEMU cannot be started.
    pub fn boot(firmware: &Firmware, switch: &Switch, number: u8) -> io::Result<Self> {
        Self::boot_with(firmware, switch, number, &[])
    }

    /// Boots a board whose time flies: if it sleeps, it is at once as late as it wants to be woken.
    ///
    /// # Errors
    /// If QEMU cannot be started.
    pub fn boot_where_time_flies(
        firmware: &Firmware,
        switch: &Switch,
        number: u8,
    ) -> io::Result<Self> {
        let arguments = ["-icount", "shift=0,sleep=off"];
        Self::boot_with(firmware, switch, number, &arguments)
    }

    /// Boots a board whose [instructions](Self::instructions) are counted.
    ///
    /// # Errors
    /// If QEMU cannot be started, or its plugin that counts cannot be compiled.
    pub fn boot_counting(firmware: &Firmware, switch: &Switch, number: u8) -> io::Result<Self> {
        let folder = switch.path();
        let folder = folder.parent().ok_or(io::ErrorKind::NotFound)?;
        let counter = Counter::new(folder, number)?;
        let arguments = ["-plugin", &counter.argument()];
        let mut guest = Self::boot_with(firmware, switch, number, &arguments)?;
        guest.counter = Some(counter);
        Ok(guest)
    }

    /// Boots a board whose cable ends in a TAP interface of the kernel's.
    ///
    /// # Errors
    /// If QEMU cannot be started.
    pub fn boot_on_tap(firmware: &Firmware, interface: &str, number: u8) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("anydgram-").tempdir()?;
        let cable = format!("tap,id=cable,ifname={interface},script=no,downscript=no");
        let mut guest = Self::boot_on(firmware, folder.path(), &cable, number, &[])?;
        guest.folder = Some(folder);
        Ok(guest)
    }

    fn boot_with(
        firmware: &Firmware,
        switch: &Switch,
        number: u8,
        arguments: &[&str],
    ) -> io::Result<Self> {
        let port = switch.connect(&format!("guest-{number}"))?;
        let path = switch.path();
        let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
        let cable = format!(
            "dgram,id=cable,local.type=unix,local.path={},remote.type=unix,remote.path={}",
            port.path().display(),
            path.display()
        );
        let mut guest = Self::boot_on(firmware, folder, &cable, number, arguments)?;
        guest.port = Some(port);
        Ok(guest)
    }

    /// Boots a board at the end of a cable, as QEMU is told of it.
    fn boot_on(
        firmware: &Firmware,
        folder: &Path,
        cable: &str,
        number: u8,
        arguments: &[&str],
    ) -> io::Result<Self> {
        let [a, b, c, d, e, f] = hardware_address(number);
        let address = format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}");
        let card = format!("nic,model=lan9118,netdev=cable,macaddr={address}");
        let monitor = folder.join(format!("monitor-{number}"));
        // A test that is killed cannot end its boards: the system does.
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", QEMU, "-M", "mps2-an385"])
            .args(["-display", "none", "-serial", "null"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .arg("-monitor")
            .arg(format!("unix:{},server,nowait", monitor.display()))
            .args(["-netdev", cable, "-net", &card])
            .args(arguments)
            .arg("-kernel")
            .arg(firmware.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take();
        // From here on there is somebody who ends the process.
        let mut ending = Ending(Some(process));
        let output = output.ok_or_else(|| io::Error::other("no output"))?;
        let log = Log::new(firmware.path(), output)?;
        let process = ending
            .0
            .take()
            .ok_or_else(|| io::Error::other("no process"))?;
        Ok(Self {
            process,
            number,
            port: None,
            monitor,
            counter: None,
            log,
            folder: None,
        })
    }

    /// Where it is connected.
    ///
    /// # Panics
    /// If that is no switch.
    #[must_use]
    pub const fn port(&self) -> &Port {
        self.port.as_ref().expect("it is on a switch")
    }

    /// The address of its Ethernet chip.
    #[must_use]
    pub const fn hardware_address(&self) -> [u8; 6] {
        hardware_address(self.number)
    }

    /// The IPv4 address that programs give themselves: 10.99.0.0/24 with the last byte of the hardware address.
    #[must_use]
    pub const fn ipv4(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 99, 0, self.number)
    }

    /// Its IPv6 link-local address, RFC 4291 appendix A.
    #[must_use]
    pub fn ipv6(&self) -> Ipv6Addr {
        link_local(self.hardware_address())
    }

    /// What it logs.
    pub const fn log(&mut self) -> &mut Log {
        &mut self.log
    }

    /// How many instructions it has executed, once it has nothing more to do.
    ///
    /// # Errors
    /// `TimedOut` if it is never at rest; `Unsupported` if nobody counts them.
    pub fn instructions(&self, within: Duration) -> io::Result<u64> {
        let counter = self.counter.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        counter.at_rest(within)
    }

    /// Plugs its cable in, or pulls it.
    ///
    /// # Errors
    /// If its monitor does not answer.
    pub fn set_link(&mut self, up: bool) -> io::Result<()> {
        let state = if up { "on" } else { "off" };
        self.command(&format!("set_link lan9118.0 {state}"))
    }

    /// Waits until it ends by itself, and returns its exit code.
    ///
    /// # Errors
    /// `TimedOut` if it does not, or another error if it was ended by a signal.
    pub fn wait(&mut self, within: Duration) -> io::Result<i32> {
        let status = Deadline::after(within).poll("a board's end", || self.process.try_wait())?;
        status
            .code()
            .ok_or_else(|| io::Error::other(status.to_string()))
    }

    /// Has the monitor carry out a command that answers nothing if it succeeds.
    fn command(&self, command: &str) -> io::Result<()> {
        let deadline = Deadline::after(PATIENCE);
        let mut monitor =
            deadline.poll(
                "the monitor",
                || Ok(UnixStream::connect(&self.monitor).ok()),
            )?;
        read_to_prompt(&mut monitor, deadline)?;
        monitor.write_all(format!("{command}\n").as_bytes())?;
        let answer = read_to_prompt(&mut monitor, deadline)?;
        // The monitor repeats what it is told, as a terminal would.
        let answer = answer.split_once('\n').map_or("", |(_, answer)| answer);
        if answer.is_empty() {
            Ok(())
        } else {
            Err(io::Error::other(format!("{command}: {answer}")))
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        end(&mut self.process);
        if thread::panicking() {
            report(&self.log);
        }
    }
}

/// Ends a process that nobody owns yet.
struct Ending(Option<Child>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(process) = &mut self.0 {
            end(process);
        }
    }
}

/// Ends a process by its id; it may have ended by itself.
fn end(process: &mut Child) {
    drop(process.kill());
    drop(process.wait());
}

#[expect(
    clippy::print_stderr,
    reason = "a test that fails shows what its boards have said"
)]
fn report(log: &Log) {
    eprintln!("the log of a board, as far as the test has read it:\n{log}");
}

const fn hardware_address(number: u8) -> [u8; 6] {
    // Administered locally.
    [0x52, 0x54, 0, 0x99, 0, number]
}

pub(crate) fn link_local([a, b, c, d, e, f]: [u8; 6]) -> Ipv6Addr {
    Ipv6Addr::from_octets([
        0xFE,
        0x80,
        0,
        0,
        0,
        0,
        0,
        0,
        a ^ 2,
        b,
        c,
        0xFF,
        0xFE,
        d,
        e,
        f,
    ])
}

/// What the monitor says up to its prompt.
fn read_to_prompt(monitor: &mut UnixStream, deadline: Deadline) -> io::Result<String> {
    let mut said = Vec::new();
    while !said.ends_with(PROMPT) {
        monitor.set_read_timeout(Some(deadline.left("the monitor's prompt")?))?;
        let mut byte = [0];
        monitor.read_exact(&mut byte)?;
        said.extend(byte);
    }
    said.truncate(said.len() - PROMPT.len());
    Ok(String::from_utf8_lossy(&said).replace('\r', ""))
}
