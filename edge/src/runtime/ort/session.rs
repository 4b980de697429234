//! A session: where it computes, and what is done where that cannot be had.

use ::ort::environment::Environment;
use ::ort::ep;
use ::ort::session::Session;
use ::ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use super::{OrtOptions, Placed, load};
use crate::runtime::{Provider, RuntimeError};

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
pub fn session(
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
