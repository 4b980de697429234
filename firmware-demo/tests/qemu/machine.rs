//! An image in QEMU. Also part of tests/tests/gate, which cannot depend on a test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What firmware-demo/boards/build.sh built and found.
#[derive(Debug)]
pub struct Machines {
    qemu: String,
    libraries: String,
    gate: PathBuf,
    check: PathBuf,
}

/// Which program is booted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// The gate controller.
    Gate,
    /// Counts and the watchdog.
    Check,
}

impl Machines {
    /// What the environment names; where it names nothing, says why the test is skipped.
    ///
    /// # Panics
    /// Where it names nothing under CI, or what it names is not there.
    pub fn find() -> Option<Self> {
        let get = |name: &str| std::env::var(name).ok();
        let (Some(qemu), Some(gate), Some(check)) = (get("DNC_QEMU"), get("DNC_GATE_IMAGE"), get("DNC_CHECK_IMAGE"))
        else {
            let how = "DNC_QEMU, DNC_GATE_IMAGE or DNC_CHECK_IMAGE is unset: firmware-demo/boards/build.sh builds the \
                       images, finds QEMU and prints all three";
            assert!(std::env::var_os("CI").is_none(), "{how}");
            println!("skipped: {how}");
            return None;
        };
        let libraries = get("DNC_QEMU_LIBRARY_PATH").unwrap_or_default();
        let found = Self { qemu, libraries, gate: gate.into(), check: check.into() };
        for file in [Path::new(&found.qemu), &found.gate, &found.check] {
            assert!(file.is_file(), "{} is not there: run firmware-demo/boards/build.sh", file.display());
        }
        Some(found)
    }

    /// Boots an image whose UARTs are `serial`, in QEMU's words. An instruction takes 2^`shift` ns of the machine's time,
    /// however slow the host is.
    pub fn boot(&self, image: Image, shift: u32, serial: &[&str]) -> Machine {
        let kernel = if image == Image::Gate { &self.gate } else { &self.check };
        let mut command = Command::new(&self.qemu);
        command.args(["-machine", "mps2-an386", "-display", "none", "-monitor", "none"]);
        command.args(["-icount", &format!("shift={shift}"), "-kernel"]).arg(kernel);
        for line in serial {
            command.args(["-serial", line]);
        }
        // Where QEMU was unpacked and not installed.
        command.env("LD_LIBRARY_PATH", &self.libraries).stdin(Stdio::null());
        Machine(command.spawn().unwrap_or_else(|e| panic!("cannot run {}: {e}", self.qemu)))
    }
}

/// A running machine; it ends when it is dropped.
#[derive(Debug)]
pub struct Machine(Child);

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
