//! A file of named tensors: a PyTorch state dict (zip, tar or legacy form) or safetensors.
//!
//! burn-store reads both. It trusts lengths inside a PyTorch file and puts zeros where values are missing, so what
//! it is given and what it gives are checked here. It takes values as they are stored: strides of a PyTorch
//! tensor are not seen, and a file saved in PyTorch's channels-last form must be made contiguous first.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use burn_store::pytorch::PytorchReader;
use burn_store::{ModuleStore, SafetensorsStore, TensorSnapshot};
use dnc_core::quiet::quietly;

use super::WeightsError;

type Tensors = BTreeMap<String, TensorSnapshot>;

/// Names, shapes and, on demand, values.
pub struct WeightsFile {
    path: PathBuf,
    tensors: Tensors,
}

/// Runs a reader that may panic over a damaged file.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    quietly(read).unwrap_or_else(|panic| Err(format!("the file is damaged: its reader panicked ({panic})")))
}

impl WeightsFile {
    /// Reads names and shapes.
    ///
    /// # Errors
    /// [`WeightsError::Read`] where it is no such file, or shorter than it says.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let read = || {
            let file = File::open(path).map_err(|e| e.to_string())?;
            let bytes = file.metadata().map_err(|e| e.to_string())?.len();
            let mut head = Vec::new();
            file.take(9).read_to_end(&mut head).map_err(|e| e.to_string())?;
            // Safetensors begin with eight bytes of length and a JSON object.
            if head.get(8) == Some(&b'{') { safetensors(path) } else { pytorch(path, bytes) }
        };
        let tensors = guarded(read).map_err(|problem| WeightsError::Read { path: path.to_owned(), problem })?;
        Ok(Self { path: path.to_owned(), tensors })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Shape of a tensor, if it is there.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| tensor.shape.as_slice())
    }

    /// Values of a tensor in row-major order, whatever number format they are stored in.
    ///
    /// # Errors
    /// Where they cannot be read, or one is not finite. Ask for the shape first: what a damaged file claims is
    /// taken at its word here.
    pub fn values(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let read = || {
            let tensor = self.tensors.get(name).ok_or_else(|| format!("no tensor {name}"))?;
            let data = tensor.to_data().map_err(|e| format!("tensor {name}: {e:?}"))?;
            data.convert::<f32>().into_vec::<f32>().map_err(|e| format!("tensor {name}: {e:?}"))
        };
        let values = guarded(read).map_err(|problem| WeightsError::Read { path: self.path.clone(), problem })?;
        match values.iter().all(|v| v.is_finite()) {
            true => Ok(values),
            false => Err(self.refuse(name, "has values that are no numbers")),
        }
    }

    /// Values that are not all 0: zeros are what missing ones are read as.
    ///
    /// # Errors
    /// As [`values`](Self::values), and where all are 0.
    pub fn nonzero(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let values = self.values(name)?;
        if values.iter().all(|v| *v == 0.0) { Err(self.refuse(name, "holds zeros only")) } else { Ok(values) }
    }

    fn refuse(&self, name: &str, problem: &'static str) -> WeightsError {
        WeightsError::Values { path: self.path.clone(), name: name.to_owned(), problem }
    }
}

fn safetensors(path: &Path) -> Result<Tensors, String> {
    let mut store = SafetensorsStore::from_file(path);
    store.get_all_snapshots().cloned().map_err(|e| e.to_string())
}

fn pytorch(path: &Path, bytes: u64) -> Result<Tensors, String> {
    refuse_swollen_zip(path, bytes)?;
    let reader = PytorchReader::new(path).map_err(|e| e.to_string())?;
    let legacy = reader.metadata().is_legacy_format();
    let there = reader.metadata().total_data_size.unwrap_or(usize::MAX);
    let tensors: Tensors = reader.into_tensors().into_iter().collect();
    let size = |t: &TensorSnapshot| t.shape.iter().fold(t.dtype.size(), |size, side| size.saturating_mul(*side));
    // In the legacy form all values follow the names, each storage behind its count of 8 bytes. The reader takes
    // values that are not there for zeros, so that a file that was cut by a byte must not get that far.
    let needed = tensors.values().map(|t| size(t).saturating_add(8)).fold(0, usize::saturating_add);
    if legacy && needed > there {
        return Err(format!("its tensors need {needed} bytes, {there} are there: the file is cut short"));
    }
    Ok(tensors)
}

/// PyTorch stores values uncompressed: an entry that claims more than the file has would only fill the memory.
fn refuse_swollen_zip(path: &Path, bytes: u64) -> Result<(), String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    let Ok(mut archive) = zip::ZipArchive::new(file) else { return Ok(()) };
    for i in 0..archive.len() {
        let entry = archive.by_index_raw(i).map_err(|e| e.to_string())?;
        if entry.size() > bytes {
            return Err(format!("entry {i} claims {} bytes, the whole file has {bytes}", entry.size()));
        }
    }
    Ok(())
}
