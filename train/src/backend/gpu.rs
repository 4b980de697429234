//! GPUs: found without a panic, or refused with what is missing.

use burn::backend::Autodiff;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{BackendError, BackendTask, Target};

/// Has compiled kernels kept between runs, in the user's cache folder: a network has some hundred, and compiling them
/// takes 10 to 20 s. A `cubecl.toml` that names another place wins.
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

/// What `touch` answers, or what it panicked with. Without a driver the first touch of a device panics inside the
/// backend; nothing of that is printed.
fn quietly<T>(touch: impl FnOnce() -> T + std::panic::UnwindSafe) -> Result<T, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let answer = std::panic::catch_unwind(touch);
    std::panic::set_hook(hook);
    answer.map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        said.unwrap_or("it did not start").to_owned()
    })
}

/// Computes something on the device and reads it back.
fn probe<B: Backend>(device: &B::Device) -> Result<(), String> {
    let device = device.clone();
    let sum = quietly(std::panic::AssertUnwindSafe(move || {
        Tensor::<B, 1>::ones([1], &device).into_data().into_vec::<f32>().map(|v| v[0])
    }));
    match sum {
        Ok(Ok(1.0)) => Ok(()),
        Ok(other) => Err(format!("a test sum gave {other:?}")),
        // What the panic says is about a channel inside the backend, not about the machine.
        Err(_) => Err("it did not start".into()),
    }
}

/// On the NVIDIA GPU of that number.
#[cfg(feature = "cuda")]
pub(super) fn cuda<T: BackendTask>(target: Target, task: T) -> anyhow::Result<T::Output> {
    use burn::backend::{Cuda, cuda::CudaDevice};

    keep_compiled_kernels();
    let device = CudaDevice::new(target.device);
    probe::<Cuda>(&device).map_err(|problem| BackendError::NoDevice { device: target.device, problem })?;
    task.run::<Autodiff<Cuda>>(device)
}

/// On the fastest GPU with a Vulkan driver, or on the discrete one of that number.
#[cfg(feature = "vulkan")]
pub(super) fn vulkan<T: BackendTask>(target: Target, task: T) -> anyhow::Result<T::Output> {
    use burn::backend::{Vulkan, wgpu::WgpuDevice};

    keep_compiled_kernels();
    let Target { device: number, precision, .. } = target;
    let device = if number == 0 { WgpuDevice::DefaultDevice } else { WgpuDevice::DiscreteGpu(number) };
    let missing = |problem| BackendError::NoVulkan { device: number, problem };
    let name = start(&device).map_err(missing)?;
    probe::<Vulkan>(&device).map_err(missing)?;
    if !<Vulkan as Backend>::supports_dtype(&device, precision.dtype()) {
        return Err(BackendError::Precision { precision: precision.name(), backend: name, has: "f32" }.into());
    }
    task.run::<Autodiff<Vulkan>>(device)
}

/// Starts a device once in the process, says which one it is, and answers its name.
#[cfg(feature = "vulkan")]
fn start(device: &burn::backend::wgpu::WgpuDevice) -> Result<String, String> {
    use burn::backend::wgpu::{graphics, init_setup};
    use std::sync::{Mutex, PoisonError};

    static STARTED: Mutex<Vec<(burn::backend::wgpu::WgpuDevice, String)>> = Mutex::new(Vec::new());
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, name)) = started.iter().find(|(known, _)| known == device) {
        return Ok(name.clone());
    }
    let asked = device.clone();
    let info = quietly(move || init_setup::<graphics::Vulkan>(&asked, Default::default()).adapter.get_info())?;
    eprintln!("backend vulkan: {} computes ({} {})", info.name, info.driver, info.driver_info);
    started.push((device.clone(), info.name.clone()));
    Ok(info.name)
}
