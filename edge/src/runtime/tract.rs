//! tract: ONNX inference in pure Rust.

use std::sync::Arc;

use dnc_core::quiet::quietly;
use tract_onnx::prelude::{
    DatumType, Framework, InferenceFact, InferenceModel, InferenceModelExt, IntoRunnable, TValue, Tensor, TypedModel,
    TypedRunnableModel, TypedSimpleState, tvec,
};
use tract_onnx::tract_hir::infer::Factoid;

use super::{Batching, Runtime, RuntimeError, guard};

const NAME: &str = "tract";

/// Version of the crate, which does not say it itself.
const VERSION: &str = "0.23.9";

/// A model optimised by tract for one picture at a time.
///
/// A batch is run picture by picture: on one thread the convolutions gain nothing from a batch axis, and a
/// known batch of 1 lets tract fold shapes and lay out weights once.
pub struct TractRuntime {
    plan: Arc<TypedRunnableModel>,
    state: TypedSimpleState,
    /// Given to every run; the run has let go of it when it ends.
    input: Arc<Tensor>,
    input_shape: [usize; 3],
    dim: usize,
    metadata: Arc<Vec<(String, String)>>,
}

impl TractRuntime {
    /// Loads the bytes of an ONNX file whose input is N×3×H×W (`input_shape` = `[3, H, W]`) and whose output is
    /// N×`dim`, both f32.
    ///
    /// # Errors
    /// Where the bytes are no whole ONNX model, a part of it is refused, or input or output have another shape (the error
    /// names the manifest's field).
    pub fn load(onnx: &[u8], input_shape: [usize; 3], dim: usize) -> Result<Self, RuntimeError> {
        let mut proto = guard::read(onnx, input_shape, NAME)?;
        // Shapes that a file notes beside its nodes agree with them, and tract would not let them agree with one picture.
        if let Some(graph) = &mut proto.graph {
            graph.value_info.clear();
        }
        // tract has asserts and index operations on the path of a malformed graph.
        let loaded = quietly(|| {
            let mut model = tract_onnx::onnx().model_for_proto_model(&proto).map_err(load)?;
            check_input(&model, input_shape)?;
            // A second output, of pooled features, is not for this trait: what it alone needs is not computed.
            if let [first, _, ..] = *model.output_outlets().map_err(load)? {
                model.select_output_outlets(&[first]).map_err(load)?;
            }
            let [c, h, w] = input_shape;
            let typed = model
                .set_input_fact(0, InferenceFact::dt_shape(DatumType::F32, tvec![1, c, h, w]))
                .and_then(|()| model.into_optimized())
                .map_err(load)?;
            check_output(&typed, dim)?;
            let plan = typed.into_runnable().map_err(load)?;
            let state = plan.spawn().map_err(load)?;
            let metadata = proto.metadata_props.into_iter().map(|p| (p.key, p.value)).collect();
            let input = empty_input(input_shape)?;
            Ok(Self { plan, state, input, input_shape, dim, metadata: Arc::new(metadata) })
        });
        loaded.unwrap_or_else(|panic| Err(load(format!("it panicked on this graph ({panic})"))))
    }
}

fn load(error: impl std::fmt::Display) -> RuntimeError {
    // `#` for tract's whole chain of causes: the outermost alone says little.
    RuntimeError::Load { runtime: NAME, reason: format!("{error:#}") }
}

fn empty_input([c, h, w]: [usize; 3]) -> Result<Arc<Tensor>, RuntimeError> {
    Ok(Arc::new(Tensor::zero::<f32>(&[1, c, h, w]).map_err(load)?))
}

fn check_input(model: &InferenceModel, shape: [usize; 3]) -> Result<(), RuntimeError> {
    let expected = format!("one input N×{}×{}×{}", shape[0], shape[1], shape[2]);
    let differs = |found| RuntimeError::Shape { field: "input.shape", found, expected: expected.clone() };
    let inputs = model.input_outlets().map_err(load)?;
    let [input] = inputs else { return Err(differs(format!("{} inputs", inputs.len()))) };
    let fact = model.outlet_fact(*input).map_err(load)?;
    let dims: Vec<_> = fact.shape.dims().collect();
    // The batch axis is free; a named or unknown size elsewhere takes what is given.
    let fits = dims.len() == 4
        && dims[1..]
            .iter()
            .zip(shape)
            .all(|(dim, size)| dim.concretize().and_then(|d| d.to_i64().ok()).is_none_or(|d| d == size as i64))
        && dims[0].concretize().and_then(|d| d.to_i64().ok()).is_none_or(|d| d == 1);
    if !fits || fact.datum_type.concretize().is_some_and(|t| t != DatumType::F32) {
        return Err(differs(format!("input {}", fact.format_dt_shape())));
    }
    Ok(())
}

fn check_output(model: &TypedModel, dim: usize) -> Result<(), RuntimeError> {
    let differs =
        |found| RuntimeError::Shape { field: "output.dim", found, expected: format!("one output N×{dim} of f32") };
    let outputs = model.output_outlets().map_err(load)?;
    let [output] = outputs else { return Err(differs(format!("{} outputs", outputs.len()))) };
    let fact = model.outlet_fact(*output).map_err(load)?;
    if fact.datum_type != DatumType::F32 || fact.shape.as_concrete() != Some(&[1, dim]) {
        return Err(differs(format!("output {fact:?}")));
    }
    Ok(())
}

impl Runtime for TractRuntime {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> &str {
        VERSION
    }

    fn batching(&self) -> Batching {
        Batching::OneByOne
    }

    fn embed(&mut self, input: &[f32], n: usize, out: &mut Vec<f32>) -> Result<(), RuntimeError> {
        let each: usize = self.input_shape.iter().product();
        if each.checked_mul(n) != Some(input.len()) {
            return Err(RuntimeError::Input { found: input.len(), pictures: n, each });
        }
        let run = |reason: String| RuntimeError::Run { runtime: NAME, reason };
        let failed = |error| run(format!("{error:#}"));
        out.clear();
        out.reserve(n * self.dim);
        for picture in input.chunks_exact(each) {
            if Arc::get_mut(&mut self.input).is_none() {
                // A run that failed half-way may hold it still.
                self.input = empty_input(self.input_shape)?;
            }
            if let Some(tensor) = Arc::get_mut(&mut self.input) {
                let mut view = tensor.try_as_plain_ram_mut().map_err(failed)?;
                view.as_slice_mut::<f32>().map_err(failed)?.copy_from_slice(picture);
            }
            let tensor = TValue::from_const(self.input.clone());
            let outputs = quietly(|| self.state.run(tvec![tensor]))
                .map_err(|panic| run(format!("it panicked on this input ({panic})")))?
                .map_err(failed)?;
            let values = outputs[0].try_as_plain_ram().and_then(|view| view.as_slice::<f32>());
            let values = values.map_err(failed)?;
            if values.len() != self.dim {
                return Err(run(format!("{} values came out, {} were expected", values.len(), self.dim)));
            }
            out.extend_from_slice(values);
        }
        Ok(())
    }

    fn fork(&self) -> Result<Box<dyn Runtime>, RuntimeError> {
        let state = self.plan.spawn().map_err(load)?;
        let (plan, metadata) = (self.plan.clone(), self.metadata.clone());
        let input = empty_input(self.input_shape)?;
        Ok(Box::new(Self { plan, state, input, input_shape: self.input_shape, dim: self.dim, metadata }))
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_is_built() {
        let lock = include_str!("../../../Cargo.lock");
        let built = lock.split("[[package]]").find(|package| package.contains("name = \"tract-onnx\"\n"));
        assert!(built.unwrap().contains(&format!("version = \"{VERSION}\"")), "{built:?}");
    }
}
