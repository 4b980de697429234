//! Which of the backends built in computes.

use serde::{Deserialize, Serialize};

/// A backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum BackendChoice {
    /// All cores of the processor; always built in.
    Cpu,
    /// The first NVIDIA GPU; built in by `--features cuda`.
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
    #[error("backend cuda: no usable NVIDIA driver or GPU ({0}); check `nvidia-smi`, or take --backend cpu")]
    NoDevice(String),
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
    fn run<B>(self, device: B::Device) -> anyhow::Result<Self::Output>
    where
        B: burn::tensor::backend::AutodiffBackend + crate::ops::NetOps,
        B::InnerBackend: crate::ops::NetOps;
}

/// Runs `task` on the backend asked for.
///
/// # Errors
/// [`BackendError`] where it is not built in or has no device; else the task's own.
pub fn dispatch<T: BackendTask>(choice: BackendChoice, task: T) -> anyhow::Result<T::Output> {
    match choice {
        BackendChoice::Cpu => task.run::<burn::backend::Autodiff<burn_flex::Flex>>(burn_flex::FlexDevice),
        BackendChoice::Cuda => cuda(task),
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda<T: BackendTask>(_task: T) -> anyhow::Result<T::Output> {
    Err(BackendError::NotBuilt("cuda").into())
}

#[cfg(feature = "cuda")]
fn cuda<T: BackendTask>(task: T) -> anyhow::Result<T::Output> {
    use burn::backend::{Autodiff, Cuda, cuda::CudaDevice};
    use burn::tensor::Tensor;

    let device = CudaDevice::default();
    // Without a driver the first touch of the device panics inside the backend: touch it here, quietly, and
    // turn that into an error.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let probe = std::panic::catch_unwind(|| {
        Tensor::<Cuda, 1>::ones([1], &CudaDevice::default()).into_data().into_vec::<f32>().map(|v| v[0])
    });
    std::panic::set_hook(hook);
    match probe {
        Ok(Ok(1.0)) => task.run::<Autodiff<Cuda>>(device),
        Ok(other) => Err(BackendError::NoDevice(format!("a test sum gave {other:?}")).into()),
        // What the panic says is about a channel inside the backend, not about the machine.
        Err(_) => Err(BackendError::NoDevice("the driver did not start".into()).into()),
    }
}
