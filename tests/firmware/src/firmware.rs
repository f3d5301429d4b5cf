//! Where programs for the board come from: built here, or by whoever starts the tests.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, io};

use crate::guest::QEMU;

const TARGET: &str = "thumbv7m-none-eabi";

/// A program for the board.
#[derive(Clone, Debug)]
pub struct Firmware {
    path: PathBuf,
}

impl Firmware {
    /// The program of this name from `examples/firmware`.
    ///
    /// If the variable `ANYDGRAM_FIRMWARE` names a folder, programs are taken from there; if not, they are built.
    /// Where QEMU or the target is missing, there is none; the caller returns, and it has been said why.
    ///
    /// # Panics
    /// If a program cannot be built or found; if it would have to be skipped, and the variable `CI` is set.
    #[must_use]
    pub fn find(program: &str) -> Option<Self> {
        static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let folder = match FOLDER.get_or_init(folder) {
            Ok(folder) => folder,
            Err(why) => {
                assert!(env::var_os("CI").is_none(), "not skipped in CI: {why}");
                say(&format!("SKIPPED {program}: {why}"));
                return None;
            }
        };
        let path = folder.join(program);
        assert!(path.is_file(), "{} is not there", path.display());
        Some(Self { path })
    }

    /// Where the program lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The folder with all programs, or why there is none.
fn folder() -> Result<PathBuf, String> {
    answer(Command::new(QEMU).arg("--version"))
        .map_err(|error| format!("{QEMU} is missing: {error}"))?;
    if let Some(folder) = env::var_os("ANYDGRAM_FIRMWARE") {
        return Ok(folder.into());
    }
    let targets = answer(Command::new("rustup").args(["target", "list", "--installed"]));
    if !targets.is_ok_and(|targets| targets.lines().any(|target| target == TARGET)) {
        return Err(format!(
            "rustup has no target {TARGET}; .ci/firmware.sh builds without it"
        ));
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/firmware");
    let built =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| source.join("target"), PathBuf::from);
    // Names are looked up by a client that embassy-net then has in every program: those that need it are built apart.
    for which in [
        &["--bins"][..],
        &["--bin", "sntp", "--features", "dns"],
        &["--package", "anydgram-firmware-agent"],
    ] {
        let status = Command::new("cargo")
            .args(["build", "--quiet", "--release", "--locked"])
            .args(["--target", TARGET, "--target-dir"])
            .arg(&built)
            .args(which)
            .current_dir(&source)
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the firmware does not build"
        );
    }
    Ok(built.join(TARGET).join("release"))
}

/// What a command says, if it succeeds.
pub(crate) fn answer(command: &mut Command) -> io::Result<String> {
    let output = command.stderr(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(output.status.to_string()));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

/// Says something past the test harness, which shows nothing of a test that passes.
pub(crate) fn say(text: &str) {
    // Without anybody to read it, nothing is lost.
    drop(writeln!(io::stderr(), "{text}"));
}
