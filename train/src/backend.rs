//! Which of the backends built in computes, and on which device.
//!
//! A run computes on one device. Burn 0.21's data parallelism (feature `distributed`, `Tensor::set_distributed`, the
//! learner of burn-train) gives each device a part of the batch and a loss of its own, and averages the gradients.
//! Metric losses compare the pictures of a batch with each other: pairs across the parts would never meet, and miners
//! would choose among fewer, so the same settings would train something else on two GPUs than on one. Until features
//! are gathered before the loss, several GPUs serve several runs (seeds, settings), each with a `device` of its own.

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::ops::TrainBackend;
use crate::precision::Precision;

/// A backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum BackendChoice {
    /// All cores of the processor; always built in.
    Cpu,
    /// An NVIDIA GPU, the first unless another is named; built in by `--features cuda`.
    Cuda,
}

/// A backend that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// It is not part of this program.
    #[error(
        "backend {0} is not built in; build it with `cargo build --release -p dnc-train --features {0}`, or take \
         --backend cpu"
    )]
    NotBuilt(&'static str),
    /// It is built in, but the machine has no such device.
    #[error(
        "backend cuda: no usable NVIDIA driver or no GPU {device} ({problem}); check `nvidia-smi`, which counts them \
         from 0, or take --backend cpu"
    )]
    NoDevice {
        /// Which GPU, counted from 0.
        device: usize,
        /// What happened.
        problem: String,
    },
    /// The CPU's kernels are f32.
    #[error("precision is {0}; on backend cpu it must be f32: leave it out, or take --backend cuda")]
    Precision(&'static str),
    /// There is one CPU.
    #[error("device is {0}; backend cpu has only device 0: leave it out, or take --backend cuda")]
    OneDevice(usize),
}

/// Backends built into this program.
pub const BUILT_IN: &[&str] = if cfg!(feature = "cuda") { &["cpu", "cuda"] } else { &["cpu"] };

/// Something that can run on any backend.
pub trait BackendTask {
    /// What it answers.
    type Output;

    /// Runs on one backend.
    ///
    /// # Errors
    /// Its own.
    fn run<B: TrainBackend>(self, device: B::Device) -> anyhow::Result<Self::Output>;
}

/// Checks that the backend can train in the precision and on the device asked for.
///
/// # Errors
/// [`BackendError`] where the CPU is asked for a 16-bit type or for a second device.
pub fn check(config: &Config) -> Result<(), BackendError> {
    match (config.backend, config.precision, config.device) {
        (BackendChoice::Cuda, ..) | (BackendChoice::Cpu, Precision::F32, 0) => Ok(()),
        (BackendChoice::Cpu, Precision::F32, device) => Err(BackendError::OneDevice(device)),
        (BackendChoice::Cpu, precision, _) => Err(BackendError::Precision(precision.name())),
    }
}

/// Runs `task` on the backend asked for, on its `device`, counted from 0 (the CPU is one).
///
/// # Errors
/// [`BackendError`] where it is not built in or has no such device; else the task's own.
pub fn dispatch<T: BackendTask>(choice: BackendChoice, device: usize, task: T) -> anyhow::Result<T::Output> {
    match choice {
        BackendChoice::Cpu => task.run::<burn::backend::Autodiff<burn_flex::Flex>>(burn_flex::FlexDevice),
        BackendChoice::Cuda => cuda(device, task),
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda<T: BackendTask>(_device: usize, _task: T) -> anyhow::Result<T::Output> {
    Err(BackendError::NotBuilt("cuda").into())
}

/// Has compiled kernels kept between runs, in the user's cache folder: a network has some hundred, and compiling them
/// takes 10 to 20 s. A `cubecl.toml` that names another place wins.
#[cfg(feature = "cuda")]
fn keep_compiled_kernels() {
    use burn_cubecl::cubecl::config::{CubeClRuntimeConfig, RuntimeConfig, cache::CacheConfig};

    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let mut config = CubeClRuntimeConfig::from_current_dir().override_from_env();
        let cache = std::env::var_os("XDG_CACHE_HOME").map(std::path::PathBuf::from);
        let cache = cache.or_else(|| Some(std::path::PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        if let (None, Some(folder)) = (&config.compilation.cache, cache) {
            config.compilation.cache = Some(CacheConfig::File(folder.join("dnc-reid").join("kernels")));
        }
        CubeClRuntimeConfig::set(config);
    });
}

#[cfg(feature = "cuda")]
fn cuda<T: BackendTask>(number: usize, task: T) -> anyhow::Result<T::Output> {
    use burn::backend::{Autodiff, Cuda, cuda::CudaDevice};
    use burn::tensor::Tensor;

    keep_compiled_kernels();
    let device = CudaDevice::new(number);
    // Without a driver the first touch of the device panics inside the backend: touch it here, quietly, and
    // turn that into an error.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let probe = std::panic::catch_unwind(|| {
        Tensor::<Cuda, 1>::ones([1], &CudaDevice::new(number)).into_data().into_vec::<f32>().map(|v| v[0])
    });
    std::panic::set_hook(hook);
    match probe {
        Ok(Ok(1.0)) => task.run::<Autodiff<Cuda>>(device),
        Ok(other) => {
            Err(BackendError::NoDevice { device: number, problem: format!("a test sum gave {other:?}") }.into())
        }
        // What the panic says is about a channel inside the backend, not about the machine.
        Err(_) => Err(BackendError::NoDevice { device: number, problem: "it did not start".into() }.into()),
    }
}

/// The backend that unit tests run on: Vulkan where the crate is built for it, else the GPU where it is built for that
/// (`cargo test -p dnc-train --features cuda` on a machine that has one), else the CPU. Built for both, one build of the
/// dependencies serves the tests on Vulkan and the program for CUDA.
#[cfg(test)]
pub(crate) mod testing {
    use burn::backend::Autodiff;

    /// Without gradients.
    #[cfg(feature = "vulkan")]
    pub type Inner = burn::backend::Vulkan;
    /// Without gradients.
    #[cfg(all(feature = "cuda", not(feature = "vulkan")))]
    pub type Inner = burn::backend::Cuda;
    /// Without gradients.
    #[cfg(not(any(feature = "cuda", feature = "vulkan")))]
    pub type Inner = burn_flex::Flex;

    /// With gradients.
    pub type B = Autodiff<Inner>;
}
