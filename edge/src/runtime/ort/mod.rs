//! ONNX Runtime, loaded from a shared library while the program runs.

mod library;
mod options;
mod session;
mod version;

use std::path::Path;
use std::sync::Arc;

use ::ort::session::Session;
use ::ort::value::{Outlet, TensorElementType, TensorRef, ValueType};
use prost::Message;

use super::{Batching, Runtime, RuntimeError, guard};
use library::{Library, library};
use session::session;

pub use options::{OrtOptions, Placed};

const NAME: &str = "ONNX Runtime";

/// A model in ONNX Runtime.
pub struct OrtRuntime {
    library: Library,
    session: Session,
    onnx: Arc<Vec<u8>>,
    options: OrtOptions,
    placed: Vec<Placed>,
    metadata: Vec<(String, String)>,
    input_shape: [usize; 3],
    dim: usize,
    names: [String; 2],
    /// Pictures that the model takes at once, where it takes only so many.
    batch: Option<usize>,
    /// The last pictures of such a model, filled up.
    filled: Vec<f32>,
}

fn load(error: impl std::fmt::Display) -> RuntimeError {
    RuntimeError::Load { runtime: NAME, reason: error.to_string() }
}

fn run(error: impl std::fmt::Display) -> RuntimeError {
    RuntimeError::Run { runtime: NAME, reason: error.to_string() }
}

/// Dimensions of an f32 input or output; −1 where they are open.
fn dims(outlet: &Outlet) -> Option<Vec<i64>> {
    match outlet.dtype() {
        ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } => Some(shape.to_vec()),
        _ => None,
    }
}

impl OrtRuntime {
    /// Loads the bytes of an ONNX file whose input is N×3×H×W (`input_shape` = `[3, H, W]`) and whose first output is
    /// N×`dim`, both f32.
    ///
    /// # Errors
    /// Where the library or a provider cannot be had, the bytes are no model that it can run, a part of it is refused, or
    /// input or output have another shape (the error names the manifest's field).
    pub fn load(onnx: &[u8], input_shape: [usize; 3], dim: usize, options: &OrtOptions) -> Result<Self, RuntimeError> {
        // What was checked is what the library reads: fields that are unknown here may mean something to it.
        let checked = guard::read(onnx, input_shape, NAME)?.encode_to_vec();
        Self::open(Arc::new(checked), input_shape, dim, options)
    }

    fn open(
        onnx: Arc<Vec<u8>>,
        input_shape: [usize; 3],
        dim: usize,
        options: &OrtOptions,
    ) -> Result<Self, RuntimeError> {
        let library = library(options.library.as_deref())?;
        let (session, placed) = session(&library.environment, &onnx, options)?;
        let [c, h, w] = input_shape;
        let expected = format!("one input N×{c}×{h}×{w} of f32");
        let differs = |found| RuntimeError::Shape { field: "input.shape", found, expected: expected.clone() };
        let [input] = session.inputs() else { return Err(differs(format!("{} inputs", session.inputs().len()))) };
        let fits = |found: i64, size: usize| found < 0 || found == size as i64;
        let batch = match dims(input).as_deref() {
            Some([n, rest @ ..]) if rest.len() == 3 && rest.iter().zip(input_shape).all(|(f, s)| fits(*f, s)) => {
                usize::try_from(*n).ok()
            }
            _ => return Err(differs(format!("input {:?}", input.dtype()))),
        };
        let Some(output) = session.outputs().first() else { return Err(differs("no output".into())) };
        if !dims(output).is_some_and(|d| matches!(d.as_slice(), [_, last] if fits(*last, dim))) {
            let (found, expected) = (format!("output {:?}", output.dtype()), format!("one output N×{dim} of f32"));
            return Err(RuntimeError::Shape { field: "output.dim", found, expected });
        }
        let names = [input.name().to_owned(), output.name().to_owned()];
        let metadata = {
            let metadata = session.metadata().map_err(load)?;
            let keys = metadata.custom_keys().map_err(load)?;
            keys.into_iter().filter_map(|key| metadata.custom(&key).map(|value| (key, value))).collect()
        };
        let (options, filled) = (options.clone(), Vec::new());
        Ok(Self { library, session, onnx, options, placed, metadata, input_shape, dim, names, batch, filled })
    }

    fn run_once(&mut self, input: &[f32], n: usize, out: &mut Vec<f32>) -> Result<(), RuntimeError> {
        let [c, h, w] = self.input_shape;
        let tensor = TensorRef::from_array_view(([n, c, h, w], input)).map_err(run)?;
        let [input_name, output_name] = &self.names;
        let outputs = self.session.run(::ort::inputs![input_name.as_str() => tensor]).map_err(run)?;
        let output = outputs.get(output_name.as_str()).ok_or_else(|| run("the embedding did not come out"))?;
        let (_, values) = output.try_extract_tensor::<f32>().map_err(run)?;
        if values.len() != n * self.dim {
            return Err(run(format!("{} values came out, {} were expected", values.len(), n * self.dim)));
        }
        out.extend_from_slice(values);
        Ok(())
    }
}

impl Runtime for OrtRuntime {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> &str {
        &self.library.version
    }

    fn library(&self) -> Option<&Path> {
        Some(&self.library.path)
    }

    fn batching(&self) -> Batching {
        self.batch.map_or(Batching::Together, Batching::Fixed)
    }

    fn embed(&mut self, input: &[f32], n: usize, out: &mut Vec<f32>) -> Result<(), RuntimeError> {
        let each: usize = self.input_shape.iter().product();
        if each.checked_mul(n) != Some(input.len()) {
            return Err(RuntimeError::Input { found: input.len(), pictures: n, each });
        }
        out.clear();
        out.reserve(n * self.dim);
        let Some(batch) = self.batch else { return if n == 0 { Ok(()) } else { self.run_once(input, n, out) } };
        // A model of a fixed batch: the last one is filled up with zeros, whose embeddings are dropped.
        for part in input.chunks(batch * each) {
            if part.len() == batch * each {
                self.run_once(part, batch, out)?;
            } else {
                let mut filled = std::mem::take(&mut self.filled);
                filled.clear();
                filled.extend_from_slice(part);
                filled.resize(batch * each, 0.0);
                let done = self.run_once(&filled, batch, out);
                self.filled = filled;
                done?;
            }
        }
        out.truncate(n * self.dim);
        Ok(())
    }

    fn fork(&self) -> Result<Box<dyn Runtime>, RuntimeError> {
        Ok(Box::new(Self::open(self.onnx.clone(), self.input_shape, self.dim, &self.options)?))
    }

    fn placement(&self) -> &[Placed] {
        &self.placed
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}
