//! Which of the backends built in computes, and on which device.
//!
//! A run computes on one device. Burn 0.21's data parallelism (feature `distributed`, `Tensor::set_distributed`, the
//! learner of burn-train) gives each device a part of the batch and a loss of its own, and averages the gradients.
//! Metric losses compare the pictures of a batch with each other: pairs across the parts would never meet, and miners
//! would choose among fewer, so the same settings would train something else on two GPUs than on one. Until features
//! are gathered before the loss, several GPUs serve several runs (seeds, settings), each with a `device` of its own.

#[cfg(all(any(feature = "cuda", feature = "vulkan"), not(test)))]
mod gpu;

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
    /// Any GPU with a Vulkan driver, the fastest unless another is named; built in by `--features vulkan`.
    Vulkan,
}

impl BackendChoice {
    /// Name as settings have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Vulkan => "vulkan",
        }
    }
}

/// A backend that cannot be had, or that cannot do what is asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// It is not part of this program.
    #[error(
        "backend {0} is not built in; build it with `cargo build --release -p dnc-train --features {0}`, or take \
         --backend cpu"
    )]
    NotBuilt(&'static str),
    /// CUDA is built in, but the machine has no such device.
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
    /// Vulkan is built in, but the machine has no such device.
    #[error(
        "backend vulkan: no usable Vulkan driver or no discrete GPU {device} ({problem}); check `vulkaninfo --summary`, \
         leave device at 0 for the fastest one, or take --backend cpu"
    )]
    NoVulkan {
        /// Which GPU; 0 is the fastest, n the discrete one of that number, counted from 0.
        device: usize,
        /// What happened.
        problem: String,
    },
    /// A type that the backend has no kernels for, or the device no arithmetic.
    #[error("precision is {precision}, which {backend} does not compute in; {backend} has {has}: take one of these")]
    Precision {
        /// As asked for.
        precision: &'static str,
        /// The backend, or the device.
        backend: String,
        /// What could be asked for.
        has: &'static str,
    },
    /// There is one CPU.
    #[error("device is {0}; backend cpu has only device 0: leave it out, or take --backend cuda")]
    OneDevice(usize),
}

/// Where to compute, and in which type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The backend.
    pub backend: BackendChoice,
    /// Which of its devices.
    pub device: usize,
    /// Type of the backbone's activations.
    pub precision: Precision,
}

impl Target {
    /// What a configuration asks for.
    pub fn of(config: &Config) -> Self {
        Self { backend: config.backend, device: config.device, precision: config.precision }
    }

    /// The same device in f32: embedding pictures needs no other type, whatever the network was trained in.
    pub fn in_f32(self) -> Self {
        Self { precision: Precision::F32, ..self }
    }

    /// Whether the backend can train in the precision and on the device asked for, as far as that is known without
    /// touching the device.
    ///
    /// # Errors
    /// [`BackendError`] where the CPU is asked for a 16-bit type or for a second device, or Vulkan for a type of CUDA's.
    pub fn check(self) -> Result<(), BackendError> {
        let refused = |has| {
            let backend = format!("backend {}", self.backend.name());
            Err(BackendError::Precision { precision: self.precision.name(), backend, has })
        };
        match (self.backend, self.precision, self.device) {
            (BackendChoice::Cuda, ..) | (BackendChoice::Cpu, Precision::F32, 0) => Ok(()),
            (BackendChoice::Cpu, Precision::F32, device) => Err(BackendError::OneDevice(device)),
            (BackendChoice::Cpu, ..) => refused("f32 alone, GPUs more (--backend cuda)"),
            (BackendChoice::Vulkan, Precision::F32 | Precision::F16, _) => Ok(()),
            (BackendChoice::Vulkan, ..) => refused("f32 and f16"),
        }
    }
}

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

/// Runs `task` on the backend and device asked for.
///
/// # Errors
/// [`BackendError`] where it is not built in, has no such device, or cannot compute in the precision; else the task's
/// own.
pub fn dispatch<T: BackendTask>(target: Target, task: T) -> anyhow::Result<T::Output> {
    match target.backend {
        BackendChoice::Cpu => task.run::<burn::backend::Autodiff<burn_flex::Flex>>(burn_flex::FlexDevice),
        #[cfg(all(feature = "cuda", not(test)))]
        BackendChoice::Cuda => gpu::cuda(target, task),
        #[cfg(all(feature = "vulkan", not(test)))]
        BackendChoice::Vulkan => gpu::vulkan(target, task),
        // Unit tests name their backend: they would only wait for the compiler to make every task for each GPU.
        #[allow(unreachable_patterns, reason = "both GPU backends may be built in")]
        missing => Err(BackendError::NotBuilt(missing.name()).into()),
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
