//! The three programs, built and found.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// Packages whose programs the quick start runs. Our own is named too, so that cargo unifies features over the
/// same packages as for the program that is running, and builds nothing twice.
const PACKAGES: [&str; 4] = ["dnc-train", "dnc-export", "dnc-edge", env!("CARGO_PKG_NAME")];

/// The folder with the programs.
#[derive(Debug)]
pub struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Builds the programs where cargo finds them out of date, and looks for them beside the running one.
    ///
    /// # Errors
    /// Where the build fails; what cargo said is part of the error.
    pub fn build() -> anyhow::Result<Self> {
        let program = env::current_exe().context("cannot tell where this program lies")?;
        let folder = program.parent().context("this program lies in no folder")?;
        // A test's program lies one folder deeper.
        let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder }.to_owned();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).args(["build", "--release", "--bins"]);
        for package in PACKAGES {
            cargo.args(["--package", package]);
        }
        let built = cargo.output().context("cannot run cargo; start the quick start with `cargo quickstart`")?;
        if !built.status.success() {
            bail!("building the programs failed ({}):\n{}", built.status, String::from_utf8_lossy(&built.stderr));
        }
        Ok(Self { folder })
    }

    /// A command line of the program `name`, without arguments.
    ///
    /// # Errors
    /// Where there is no such program beside this one.
    pub fn command(&self, name: &str) -> anyhow::Result<Command> {
        let path = self.folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
        if !path.is_file() {
            bail!("{} does not exist; start the quick start with `cargo quickstart`", path.display());
        }
        // Relative to where the reader stands: the printed line is then short, and works when pasted.
        let here = env::current_dir().context("cannot tell the current folder")?;
        Ok(Command::new(path.strip_prefix(&here).unwrap_or(&path)))
    }
}
