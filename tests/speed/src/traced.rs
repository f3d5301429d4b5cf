//! A process whose first thread stops at each of its system calls.
//!
//! Linux: ptrace(2)

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::ptr;
use std::thread;
use std::time::{Duration, Instant};

/// A process that goes on from one system call to the next.
pub struct Traced {
    pub child: Child,
    id: libc::pid_t,
    /// The signal that it is to have when it goes on.
    signal: libc::c_int,
}

impl Traced {
    /// Starts a process, which waits to go on.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let trace = || {
            // SAFETY: it has no memory to look at, and may be called between fork and exec.
            done(unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, ptr::null_mut::<u8>(), 0_usize) })
        };
        // SAFETY: the closure makes one system call.
        unsafe { command.pre_exec(trace) };
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let id = libc::pid_t::try_from(child.id()).expect("processes have numbers like that");
        let mut traced = Self {
            child,
            id,
            signal: 0,
        };
        traced.wait()?;
        traced.signal = 0;
        let options = libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL;
        let options = usize::try_from(options).expect("they are few");
        // SAFETY: it is our child, and stands still; no memory is looked at.
        done(unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, id, ptr::null_mut::<u8>(), options) })?;
        Ok(traced)
    }

    /// Goes on to the next system call; its number.
    pub fn next(&mut self) -> io::Result<u64> {
        loop {
            let signal = usize::try_from(self.signal).expect("signals are positive");
            let nowhere = ptr::null_mut::<u8>();
            // SAFETY: it is our child, and stands still; no memory is looked at.
            done(unsafe { libc::ptrace(libc::PTRACE_SYSCALL, self.id, nowhere, signal) })?;
            if self.wait()?
                && let Some(call) = self.call()?
            {
                return Ok(call);
            }
        }
    }

    /// Waits until it stands still; whether that is for a system call.
    fn wait(&mut self) -> io::Result<bool> {
        let start = Instant::now();
        loop {
            let mut status = 0;
            let flags = libc::__WALL | libc::WNOHANG;
            // SAFETY: `status` is a place for the status.
            match unsafe { libc::waitpid(self.id, &raw mut status, flags) } {
                0 if start.elapsed() > PATIENCE => {
                    return Err(io::Error::other("it makes no more system calls"));
                }
                0 => thread::sleep(PAUSE),
                -1 => return Err(io::Error::last_os_error()),
                _ if !libc::WIFSTOPPED(status) => return Err(io::Error::other("it has ended")),
                _ => {
                    let signal = libc::WSTOPSIG(status);
                    let is_call = signal == libc::SIGTRAP | CALL;
                    self.signal = if is_call { 0 } else { signal };
                    return Ok(is_call);
                }
            }
        }
    }

    /// The number of the system call, if it is about to be made.
    fn call(&self) -> io::Result<Option<u64>> {
        let mut info = MaybeUninit::<libc::ptrace_syscall_info>::zeroed();
        let (room, size) = (info.as_mut_ptr(), size_of::<libc::ptrace_syscall_info>());
        // SAFETY: it is our child, and stands still; `room` has `size` bytes.
        done(unsafe { libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, self.id, size, room) })?;
        // SAFETY: zeroes are valid for all fields, and so is what the kernel writes.
        let info = unsafe { info.assume_init() };
        // SAFETY: a stop for a system call to be made says which.
        let entry = unsafe { info.u.entry };
        Ok((info.op == libc::PTRACE_SYSCALL_INFO_ENTRY).then_some(entry.nr))
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // It has no state that somebody would miss.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn done(result: libc::c_long) -> io::Result<()> {
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Beside SIGTRAP: the process stands still for a system call.
const CALL: libc::c_int = 0x80;
/// How long a process may take to its next system call.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_micros(20);
