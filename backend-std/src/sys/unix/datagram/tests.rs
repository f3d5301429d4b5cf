//! Files, addresses and datagrams of real Unix sockets.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::{UnixDatagram as StdDatagram, UnixListener};
use std::path::{Path, PathBuf};

use anydgram_core::{UnixBind, UnixDatagram, UnixSocket};
use tempfile::TempDir;

use super::*;

/// A directory of the test's own.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().expect("there is a directory for temporary files"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        let path = self.path(name);
        path.to_str().expect("its name is plain").to_owned()
    }
}

/// Binds a new socket as the core would ask for it.
fn try_bind<'a>(options: impl Into<UnixBind<'a>>) -> Result<OsUnixSocket, Errno> {
    let mut core = UnixSocket::with_heap(anydgram_core::Limits::new());
    core.bind(options).expect("it is unbound");
    let Some(anydgram_core::UnixAction::Bind(request)) = core.poll_action() else {
        panic!("it asks for its bind");
    };
    let mut socket = OsUnixSocket::open()?;
    socket.bind(&request)?;
    Ok(socket)
}

fn bound<'a>(options: impl Into<UnixBind<'a>>) -> OsUnixSocket {
    try_bind(options).expect("nothing is in the way")
}

fn send(socket: &OsUnixSocket, datagram: UnixDatagram<'_>) -> Transmitted {
    let mut core = UnixSocket::with_heap(anydgram_core::Limits::new());
    if datagram.destination.is_none() {
        core.connect("/peer").expect("it is not connected");
        assert!(core.poll_action().is_some());
        core.handle_connect(Ok(()));
    }
    let mut outcome = None;
    core.send_now(datagram, |transmit| {
        let result = socket.send(transmit);
        outcome = Some(result);
        result
    })
    .expect("it is open");
    outcome.expect("nothing is before it")
}

/// What a socket has received, with its sender as text.
fn received(socket: &OsUnixSocket) -> Result<(Vec<u8>, String), Errno> {
    let mut buffer = [0; 64];
    let received = socket.receive(&mut buffer)?;
    Ok((buffer[..received.len].to_vec(), received.sender.to_string()))
}

#[test]
fn a_file_that_somebody_answers_on_is_never_replaced() {
    let place = Place::new();
    let name = place.text("s");
    let first = bound(name.as_str());
    assert_eq!(try_bind(name.as_str()).unwrap_err(), Errno::EADDRINUSE);
    let sender = OsUnixSocket::open().unwrap();
    let datagram = UnixDatagram::new("x").to(name.as_str());
    assert_eq!(send(&sender, datagram), Transmitted::Sent);
    assert_eq!(received(&first).unwrap(), (b"x".to_vec(), String::new()));
    // Nor if it is of another type.
    let _stream = UnixListener::bind(place.path("stream")).unwrap();
    let result = try_bind(place.text("stream").as_str());
    assert_eq!(result.unwrap_err(), Errno::EADDRINUSE);
}

#[test]
fn a_stale_file_is_replaced_unless_that_is_refused() {
    let place = Place::new();
    let name = place.text("s");
    // The standard library leaves files where they are.
    drop(StdDatagram::bind(place.path("s")).unwrap());
    let options = UnixBind::new(name.as_str()).replace_stale(false);
    assert_eq!(try_bind(options).unwrap_err(), Errno::EADDRINUSE);
    let _socket = bound(name.as_str());
    drop(UnixListener::bind(place.path("stream")).unwrap());
    bound(place.text("stream").as_str());
}

#[test]
fn only_sockets_are_replaced() {
    let place = Place::new();
    fs::write(place.path("file"), "precious").unwrap();
    fs::create_dir(place.path("directory")).unwrap();
    drop(StdDatagram::bind(place.path("stale")).unwrap());
    symlink(place.path("stale"), place.path("to-socket")).unwrap();
    symlink(place.path("file"), place.path("to-file")).unwrap();
    symlink(place.path("nothing"), place.path("dangling")).unwrap();
    for name in ["file", "directory", "to-socket", "to-file", "dangling"] {
        let result = try_bind(place.text(name).as_str());
        assert_eq!(result.unwrap_err(), Errno::EADDRINUSE, "{name}");
    }
    assert_eq!(fs::read_to_string(place.path("file")).unwrap(), "precious");
    assert_eq!(fs::read_dir(place.0.path()).unwrap().count(), 6);
}

#[test]
fn a_file_is_not_replaced_while_somebody_else_replaces_one_beside_it() {
    let place = Place::new();
    drop(StdDatagram::bind(place.path("s")).unwrap());
    let name = place.text("s");
    let lock = fs::File::open(place.0.path()).unwrap();
    // SAFETY: the descriptor is open.
    assert_eq!(unsafe { libc::flock(lock.as_raw_fd(), libc::LOCK_EX) }, 0);
    assert_eq!(try_bind(name.as_str()).unwrap_err(), Errno::EADDRINUSE);
    drop(lock);
    bound(name.as_str());
}

#[test]
fn a_socket_removes_its_own_file_only() {
    let place = Place::new();
    let path = place.path("s");
    let name = place.text("s");
    drop(bound(name.as_str()));
    assert!(!path.exists());
    // Somebody has put a socket of their own there.
    let socket = bound(name.as_str());
    fs::remove_file(&path).unwrap();
    let _other = StdDatagram::bind(&path).unwrap();
    let inode = fs::metadata(&path).unwrap().ino();
    drop(socket);
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    // Or a file.
    fs::remove_file(&path).unwrap();
    let socket = bound(name.as_str());
    fs::remove_file(&path).unwrap();
    fs::write(&path, "precious").unwrap();
    drop(socket);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    // One that could not bind removes nothing.
    assert!(try_bind(name.as_str()).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_file_has_the_mode_that_was_asked_for() {
    let place = Place::new();
    for mode in [0o600, 0o666, 0o777, 0o620] {
        let name = place.text(&format!("{mode:o}"));
        let _socket = bound(UnixBind::new(name.as_str()).mode(mode));
        let permissions = fs::metadata(Path::new(&name)).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o7777, mode, "{name}");
    }
    let name = place.text("more");
    let result = try_bind(UnixBind::new(name.as_str()).mode(0o1777));
    assert_eq!(result.unwrap_err(), Errno::EINVAL);
    let result = try_bind(UnixBind::new("@anydgram-test-mode").mode(0o600));
    assert_eq!(result.unwrap_err(), Errno::EINVAL);
}

#[test]
fn paths_are_used_whole_or_refused() {
    let place = Place::new();
    let directory = place.text("").len();
    // SAFETY: zeroes are a valid address.
    let longest = unsafe { core::mem::zeroed::<libc::sockaddr_un>() };
    let longest = longest.sun_path.len() - 1;
    let name = place.text(&"x".repeat(longest - directory));
    assert_eq!(name.len(), longest);
    let socket = bound(name.as_str());
    assert_eq!(socket.local_address().unwrap().to_string(), name);
    assert!(Path::new(&name).exists());
    if longest < UnixAddress::LONGEST_PATH {
        let name = format!("{name}x");
        assert_eq!(try_bind(name.as_str()).unwrap_err(), Errno::ENAMETOOLONG);
    }
    let missing = place.text("no/where");
    assert_eq!(try_bind(missing.as_str()).unwrap_err(), Errno::ENOENT);
    fs::write(place.path("file"), "").unwrap();
    let inside = place.text("file/inside");
    assert_eq!(try_bind(inside.as_str()).unwrap_err(), Errno::ENOTDIR);
}

#[test]
fn a_directory_that_may_not_be_written_to_stays_as_it_is() {
    let place = Place::new();
    drop(StdDatagram::bind(place.path("stale")).unwrap());
    let set = |mode| fs::set_permissions(place.0.path(), fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    let (new, stale) = (place.text("new"), place.text("stale"));
    let outcomes = [try_bind(new.as_str()), try_bind(stale.as_str())];
    set(0o755);
    let errors = outcomes.map(|outcome| outcome.err());
    if errors[0].is_none() {
        // Past the capture of `eprintln!`: a skipped test has to be seen although it passes.
        use io::Write as _;
        writeln!(
            io::stderr(),
            "SKIPPED: directories of others: root may write to all"
        )
        .unwrap();
        return;
    }
    assert_eq!(errors, [Some(Errno::EACCES), Some(Errno::EADDRINUSE)]);
    assert!(place.path("stale").exists());
}

#[test]
fn a_sender_can_be_answered_at_its_path() {
    let place = Place::new();
    let (client, server) = (place.text("client"), place.text("server"));
    let (a, b) = (bound(client.as_str()), bound(server.as_str()));
    let datagram = UnixDatagram::new("ping").to(server.as_str());
    assert_eq!(send(&a, datagram), Transmitted::Sent);
    let (data, sender) = received(&b).unwrap();
    assert_eq!(
        (data.as_slice(), sender.as_str()),
        (&b"ping"[..], client.as_str())
    );
    let answer = UnixDatagram::new("pong").to(sender.as_str());
    assert_eq!(send(&b, answer), Transmitted::Sent);
    assert_eq!(received(&a).unwrap(), (b"pong".to_vec(), server));
    assert_eq!(received(&a).unwrap_err(), Errno::EAGAIN);
}

#[test]
fn failures_to_send_say_why() {
    let place = Place::new();
    let socket = OsUnixSocket::open().unwrap();
    let fails = |name: &str, errno| {
        let datagram = UnixDatagram::new("x").to(name);
        assert_eq!(
            send(&socket, datagram),
            Transmitted::Failed(errno),
            "{name}"
        );
        let peer = UnixAddress::from(name);
        assert_eq!(socket.connect(peer), Err(errno), "{name}");
    };
    fails(&place.text("nothing"), Errno::ENOENT);
    drop(StdDatagram::bind(place.path("gone")).unwrap());
    fails(&place.text("gone"), Errno::ECONNREFUSED);
    fs::write(place.path("file"), "").unwrap();
    fails(&place.text("file"), Errno::ECONNREFUSED);
    let _stream = UnixListener::bind(place.path("stream")).unwrap();
    fails(&place.text("stream"), Errno::EPROTOTYPE);
}

#[test]
fn a_full_peer_is_waited_for_by_connected_sockets_only() {
    let place = Place::new();
    let name = place.text("s");
    let server = bound(name.as_str());
    let socket = OsUnixSocket::open().unwrap();
    let datagram = UnixDatagram::new("x").to(name.as_str());
    let full = (0..100_000).map(|_| send(&socket, datagram));
    let full = full
        .into_iter()
        .find(|outcome| *outcome != Transmitted::Sent);
    assert_eq!(full, Some(Transmitted::Failed(Errno::EAGAIN)));
    socket.connect(UnixAddress::from(name.as_str())).unwrap();
    let to_peer = UnixDatagram::new("x");
    assert_eq!(send(&socket, to_peer), Transmitted::Blocked(Full::Buffer));
    while received(&server).is_ok() {}
    assert_eq!(send(&socket, to_peer), Transmitted::Sent);
    socket.disconnect().unwrap();
    assert_eq!(send(&socket, datagram), Transmitted::Sent);
}

#[test]
fn truncation_is_told_with_the_full_length() {
    let place = Place::new();
    let server = bound(place.text("s").as_str());
    let socket = OsUnixSocket::open().unwrap();
    let name = place.text("s");
    send(&socket, UnixDatagram::new("truncated").to(name.as_str()));
    let mut buffer = [0; 5];
    let received = server.receive(&mut buffer).unwrap();
    assert_eq!((received.len, &buffer), (5, b"trunc"));
    assert_eq!(received.wire_len, TELLS_FULL_LENGTH.then_some(9));
    send(&socket, UnixDatagram::new("").to(name.as_str()));
    let received = server.receive(&mut buffer).unwrap();
    assert_eq!((received.len, received.wire_len), (0, Some(0)));
}

#[cfg(target_os = "linux")]
#[test]
fn abstract_names_need_no_file() {
    let name = format!("@anydgram-{}-a\0b", std::process::id());
    let server = bound(name.as_str());
    let address = server.local_address().unwrap();
    assert_eq!(address.address(), Some(name.as_str().into()));
    assert_eq!(try_bind(name.as_str()).unwrap_err(), Errno::EADDRINUSE);
    let client = bound(UnixBind::automatic());
    let own = client.local_address().unwrap().to_string();
    assert_eq!((own.len(), own.get(..1)), (6, Some("@")), "{own}");
    let datagram = UnixDatagram::new("x").to(name.as_str());
    assert_eq!(send(&client, datagram), Transmitted::Sent);
    assert_eq!(received(&server).unwrap(), (b"x".to_vec(), own));
    drop(server);
    assert_eq!(
        send(&client, datagram),
        Transmitted::Failed(Errno::ECONNREFUSED)
    );
}

#[cfg(not(target_os = "linux"))]
#[test]
fn abstract_names_are_linuxs() {
    assert_eq!(try_bind("@name").unwrap_err(), Errno::ENOTSUP);
    assert_eq!(try_bind(UnixBind::automatic()).unwrap_err(), Errno::ENOTSUP);
}
