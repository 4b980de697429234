//! What PyTorch computed.

use std::path::PathBuf;
use std::process::Command;

use burn::tensor::TensorData;
use burn_store::pytorch::PytorchReader;

/// The files that `reference.py` wrote.
pub struct Reference {
    folder: tempfile::TempDir,
    reader: PytorchReader,
}

/// A Python that has `module`: the one on the path, else the system's, which Debian's packages belong to.
fn python(module: &str) -> Option<&'static str> {
    let has_it = |python: &&str| {
        let output = Command::new(python).args(["-c", &format!("import {module}")]).output();
        output.is_ok_and(|o| o.status.success())
    };
    ["python3", "/usr/bin/python3"].into_iter().find(has_it)
}

impl Reference {
    /// Runs `reference.py` for one network; `None`, with the reason on standard output, where no PyTorch is there.
    pub fn make(network: &str) -> Option<Self> {
        Self::by("reference.py", "torch", network)
    }

    /// Runs a script, which needs a Python module, for one network; `None`, with the reason on standard output, where
    /// there is none.
    pub fn by(script: &str, module: &str, network: &str) -> Option<Self> {
        let Some(python) = python(module) else {
            let reason = format!("no Python here has {module} (Debian: apt-get install python3-{module})");
            assert!(std::env::var_os("CI").is_none(), "{reason}");
            println!("skipped: {reason}");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let script = format!("{}/tests/parity/{script}", env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(python).args([&script, network]).arg(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let reader = PytorchReader::new(folder.path().join("reference.pt")).unwrap();
        Some(Self { folder, reader })
    }

    /// One of the files.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Names that begin with `prefix`, without it, sorted.
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let keys = self.reader.keys();
        let mut names: Vec<String> = keys.iter().filter_map(|n| n.strip_prefix(prefix).map(str::to_owned)).collect();
        names.sort();
        names
    }

    /// A tensor.
    #[track_caller]
    pub fn data(&self, name: &str) -> TensorData {
        self.reader.get(name).unwrap_or_else(|| panic!("PyTorch wrote no {name}")).to_data().unwrap()
    }

    /// Its values in row-major order.
    #[track_caller]
    pub fn values(&self, name: &str) -> Vec<f32> {
        self.data(name).into_vec().unwrap()
    }

    /// Its shape.
    #[track_caller]
    pub fn shape(&self, name: &str) -> Vec<usize> {
        self.data(name).shape.to_vec()
    }
}
