//! ONNX Runtime, loaded from a shared library while the program runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ::ort::environment::Environment;
use ::ort::ep;
use ::ort::session::Session;
use ::ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ::ort::value::{Outlet, TensorElementType, TensorRef, ValueType};
use prost::Message;
use serde::{Deserialize, Serialize};

use super::elf;
use super::library::{self, LIBRARY_VARIABLE};
use super::options::Provider;
use super::{Runtime, RuntimeError, guard};

const NAME: &str = "ONNX Runtime";

/// What can be asked of ONNX Runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrtOptions {
    /// The library; see [`library::find`] for where it is looked for otherwise.
    pub library: Option<PathBuf>,
    /// Threads of one run.
    pub threads: usize,
    /// Execution providers, the most wanted first. Without the CPU among them nothing falls back to it.
    pub providers: Vec<Provider>,
    /// Folder in which TensorRT keeps the engines that it built.
    pub engine_cache: Option<PathBuf>,
    /// Whether TensorRT may compute in 16-bit floats.
    pub fp16: bool,
    /// Whether TensorRT may compute in 8-bit integers: wanted for a variant that is quantised for it.
    pub int8: bool,
}

impl Default for OrtOptions {
    fn default() -> Self {
        Self { library: None, threads: 1, providers: vec![Provider::Cpu], engine_cache: None, fp16: false, int8: false }
    }
}

/// What became of a provider that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The provider.
    pub provider: Provider,
    /// Why it does not run, where it does not.
    pub problem: Option<String>,
}

/// A model in ONNX Runtime.
pub struct OrtRuntime {
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
}

/// The library is loaded once in a process.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

fn environment(asked: Option<&Path>) -> Result<Environment, RuntimeError> {
    let fail = |reason: String| RuntimeError::Library {
        reason,
        next: format!(
            "get it with `dnc-edge runtime fetch`, or name it with --ort-library or {LIBRARY_VARIABLE} (on a Jetson: \
             JetPack's own)"
        ),
    };
    let path = library::find(asked).ok_or_else(|| fail("no library is there".to_owned()))?;
    // A relative path would be looked for beside the program first.
    let path = std::path::absolute(&path).map_err(|e| fail(format!("{}: {e}", path.display())))?;
    let mut loaded = LOADED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((before, environment)) = &*loaded {
        if *before != path {
            return Err(fail(format!("{} is loaded, and {} was asked for", before.display(), path.display())));
        }
        return Ok(environment.clone());
    }
    let broken = if cfg!(target_os = "linux") { elf::problem(&path) } else { Ok(None) };
    if let Some(problem) = broken.map_err(|e| fail(format!("{}: {e}", path.display())))? {
        return Err(fail(format!("{}: {problem}", path.display())));
    }
    let builder = ::ort::init_from(&path).map_err(|e| fail(with_causes(&e)))?;
    let environment = builder.build().map_err(|e| fail(format!("{}: {e}", path.display())))?;
    *loaded = Some((path, environment.clone()));
    Ok(environment)
}

/// An error's text with that of its causes: the system's own reason is at the end of the chain.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

fn load(error: impl std::fmt::Display) -> RuntimeError {
    RuntimeError::Load { runtime: NAME, reason: error.to_string() }
}

fn run(error: impl std::fmt::Display) -> RuntimeError {
    RuntimeError::Run { runtime: NAME, reason: error.to_string() }
}

/// A session's options with the providers that could be had, and what became of each.
fn builder(environment: &Environment, options: &OrtOptions) -> Result<(SessionBuilder, Vec<Placed>), RuntimeError> {
    let mut builder = SessionBuilder::new(environment)
        .map_err(load)?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(load)?
        .with_intra_threads(options.threads.max(1))
        .map_err(load)?;
    let mut placed = Vec::new();
    for (at, provider) in options.providers.iter().enumerate() {
        let wanted = match provider {
            Provider::Cpu => {
                placed.push(Placed { provider: *provider, problem: None });
                // ONNX Runtime always takes the processor last, wherever it stands.
                let behind = options.providers[at + 1..].iter();
                let problem = Some("cpu stands before it".to_owned());
                placed.extend(behind.map(|p| Placed { provider: *p, problem: problem.clone() }));
                break;
            }
            Provider::Cuda => ep::CUDA::default().build(),
            Provider::Tensorrt => {
                let mut tensorrt = ep::TensorRT::default().with_fp16(options.fp16).with_int8(options.int8);
                if let Some(folder) = &options.engine_cache {
                    tensorrt = tensorrt.with_engine_cache(true).with_engine_cache_path(folder.display());
                }
                tensorrt.build()
            }
        };
        let problem = match builder.with_execution_providers([wanted.error_on_failure()]) {
            Ok(with) => {
                builder = with;
                None
            }
            Err(error) => {
                let problem = error.to_string();
                builder = error.recover();
                Some(problem)
            }
        };
        placed.push(Placed { provider: *provider, problem });
    }
    if !options.providers.contains(&Provider::Cpu) {
        if placed.iter().all(|p| p.problem.is_some()) {
            let reasons = placed.iter().map(|p| {
                format!(
                    "execution provider {} cannot be had: {}",
                    p.provider.name(),
                    p.problem.as_deref().unwrap_or("")
                )
            });
            return Err(RuntimeError::Provider { reasons: reasons.collect::<Vec<_>>().join("; ") });
        }
        builder = builder.with_disable_cpu_fallback().map_err(load)?;
    }
    Ok((builder, placed))
}

/// A session, and what became of each provider. One that can be had and then cannot run the model (a driver is missing)
/// falls back to the processor where that was asked for too.
fn session(
    environment: &Environment,
    onnx: &[u8],
    options: &OrtOptions,
) -> Result<(Session, Vec<Placed>), RuntimeError> {
    let (mut wanted, mut placed) = builder(environment, options)?;
    let failed = match wanted.commit_from_memory(onnx) {
        Ok(session) => return Ok((session, placed)),
        Err(error) => error.to_string(),
    };
    let beside_cpu = |p: &Placed| p.provider != Provider::Cpu && p.problem.is_none();
    if !options.providers.contains(&Provider::Cpu) || !placed.iter().any(beside_cpu) {
        return Err(load(failed));
    }
    for placed in placed.iter_mut().filter(|p| beside_cpu(p)) {
        placed.problem = Some(failed.clone());
    }
    let (mut cpu, _) = builder(environment, &OrtOptions { providers: vec![Provider::Cpu], ..options.clone() })?;
    Ok((cpu.commit_from_memory(onnx).map_err(load)?, placed))
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
        let (session, placed) = session(&environment(options.library.as_deref())?, &onnx, options)?;
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
        Ok(Self { session, onnx, options: options.clone(), placed, metadata, input_shape, dim, names, batch })
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
                let mut filled = part.to_vec();
                filled.resize(batch * each, 0.0);
                self.run_once(&filled, batch, out)?;
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
