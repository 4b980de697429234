//! A small disk of its own, really full when it is full.

use std::path::Path;
use std::process::Command;

/// KiB that a file takes on such a disk.
pub fn kib(file: &Path) -> usize {
    (std::fs::metadata(file).unwrap().len() as usize).div_ceil(4096) * 4
}

/// A mounted tmpfs; unmounted when dropped, on panic too.
pub struct Disk {
    dir: tempfile::TempDir,
}

fn call(program: &str, args: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(args).output().map_err(|e| format!("{program}: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

impl Disk {
    /// A disk of `kib` KiB. `None`, with the reason on standard error, where mounting is not permitted; in CI
    /// that is a failure, since a test that never runs shows nothing.
    pub fn mount(kib: usize) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={kib}k");
        match call("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", dir.path().to_str().unwrap()]) {
            Ok(()) => Some(Self { dir }),
            Err(reason) => {
                assert!(std::env::var("CI").as_deref() != Ok("true"), "no small disk can be had: {reason}");
                eprintln!("skipped: no small disk can be had: {reason}");
                None
            }
        }
    }

    /// Makes it larger.
    pub fn grow(&self, kib: usize) {
        let size = format!("remount,size={kib}k");
        call("mount", &["-o", &size, self.path().to_str().unwrap()]).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let path = self.dir.path().to_str().unwrap_or_default();
        // Lazily where a child that a failed test left behind still holds it.
        if call("umount", &[path]).is_err() {
            let _ = call("umount", &["-l", path]);
        }
    }
}
