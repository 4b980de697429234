//! What the tests share: a tiny model, bundles, pictures, and a way to run the binary.

pub mod bundle;
pub mod controller;
pub mod http;
pub mod onnx;
pub mod pictures;
pub mod site;
pub mod tools;

use std::process::Command;

/// What a run of the binary gave.
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Every line of standard output as JSON.
    pub fn json(&self) -> Vec<serde_json::Value> {
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line}\n{}", self.stderr));
        self.stdout.lines().map(parse).collect()
    }

    /// Checks that the run failed with `code` and that standard error says all of `words`.
    #[track_caller]
    pub fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in: {}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }

    /// Checks that the run succeeded.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// The binary, ready to be given arguments.
pub fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_dnc-edge"))
}

/// Runs `dnc-edge COMMAND`; every other argument is a flag's name or a value.
pub fn run<'a>(args: impl IntoIterator<Item = &'a dyn AsRef<std::ffi::OsStr>>) -> Output {
    let output = command().args(args.into_iter().map(|a| a.as_ref())).output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `edge!["list", "--gallery", path]`: runs the binary.
#[macro_export]
macro_rules! edge {
    ($($arg:expr),* $(,)?) => {
        $crate::support::run([$(&$arg as &dyn AsRef<std::ffi::OsStr>),*])
    };
}
