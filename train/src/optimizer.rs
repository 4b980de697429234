//! Adam as the published runs use it, over groups with learning rates of their own.

use std::collections::HashMap;

use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::record::AdaptorRecord;
use burn::optim::{GradientsParams, Optimizer, SimpleOptimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::ops::FloatTensor;
use serde::{Deserialize, Serialize};

use crate::adam::{Adam, Moments, Update};
use crate::clip::{clip_factor, global_norm};
use crate::ops::{NetOps, TrainBackend};
use crate::trainee::Trainee;

/// What is remembered of each parameter, as Burn stores it.
pub type Records<B> = <OptimizerAdaptor<Adam, Trainee<B>, B> as Optimizer<Trainee<B>, B>>::Record;

/// Adam over the parameters of a module, all in one operation.
pub struct AdamOver<B: TrainBackend> {
    adam: Adam,
    records: Records<B>,
}

/// Gathers what a step is made of, parameter by parameter.
struct Gathered<'a, B: TrainBackend> {
    adam: &'a Adam,
    records: &'a mut Records<B>,
    /// Learning rate and gradients of each group.
    groups: Vec<(f64, GradientsParams)>,
    scale: f64,
    updates: Vec<Update<FloatTensor<B::InnerBackend>>>,
    /// Whose they are, and which step of theirs.
    of: Vec<(ParamId, usize)>,
}

impl<B: TrainBackend> ModuleVisitor<B> for Gathered<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let mut groups = self.groups.iter_mut();
        let found = groups.find_map(|(rate, grads)| Some((*rate, grads.remove::<B::InnerBackend, D>(param.id)?)));
        let Some((rate, grad)) = found else { return };
        // Taken out, so that nothing else holds the moments: they are updated where they lie.
        let state = self.records.remove(&param.id).map(AdaptorRecord::into_state);
        let state = state.map(|state| <Adam as SimpleOptimizer<B::InnerBackend>>::to_device(state, &grad.device()));
        let (update, time) = self.adam.update(rate, self.scale, param.val().inner(), grad, state);
        self.updates.push(update);
        self.of.push((param.id, time));
    }
}

/// A parameter after its step of that number, counted from 1.
type Stepped<B> = (usize, Moments<FloatTensor<<B as AutodiffBackend>::InnerBackend>>);

/// Puts the results back.
struct Returned<'a, B: TrainBackend> {
    records: &'a mut Records<B>,
    now: HashMap<ParamId, Stepped<B>>,
}

impl<B: TrainBackend> ModuleMapper<B> for Returned<'_, B> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, was, mapper) = param.consume();
        let Some((time, now)) = self.now.remove(&id) else { return Param::from_mapped_value(id, was, mapper) };
        let (value, state) = Adam::updated(now, time);
        self.records.insert(id, AdaptorRecord::from_state(state));
        let value = Tensor::from_inner(value).set_require_grad(was.is_require_grad());
        Param::from_mapped_value(id, value, mapper)
    }
}

impl<B: TrainBackend> AdamOver<B> {
    /// Without memory, with weight decay of at least 0.
    pub fn new(weight_decay: f64) -> Self {
        Self { adam: Adam::new(weight_decay), records: Records::<B>::default() }
    }

    /// One step by the gradients of all groups times `scale`, each group with its learning rate. A parameter without
    /// a gradient keeps its step count and is not decayed.
    pub fn step<M: AutodiffModule<B>>(&mut self, module: M, groups: Vec<(f64, GradientsParams)>, scale: f64) -> M {
        let Self { adam, records } = self;
        let mut gathered = Gathered::<B> { adam, records, groups, scale, updates: Vec::new(), of: Vec::new() };
        module.visit(&mut gathered);
        let Gathered { updates, of, .. } = gathered;
        let now = B::InnerBackend::adam(updates);
        let now = of.into_iter().zip(now).map(|((id, time), now)| (id, (time, now))).collect();
        module.map(&mut Returned::<B> { records, now })
    }
}

struct Ids(Vec<ParamId>);

impl<B: Backend> ModuleVisitor<B> for Ids {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.push(param.id);
    }
}

/// Adam over a trainee, with a learning rate for each of its parts.
pub struct TraineeOptimizer<B: TrainBackend> {
    adam: AdamOver<B>,
    head: Vec<ParamId>,
    masks: Vec<ParamId>,
    objective: Vec<ParamId>,
}

/// Learning rates of a step; a part with rate 0 stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Of the backbone.
    pub backbone: f64,
    /// Of the embedding layer.
    pub head: f64,
    /// Of the learners' masks.
    #[serde(default)]
    pub masks: f64,
    /// Of what the losses learn themselves.
    pub objective: f64,
}

impl Rates {
    /// Each part's name and rate.
    pub fn named(&self) -> [(&'static str, f64); 4] {
        [("backbone", self.backbone), ("head", self.head), ("masks", self.masks), ("objective", self.objective)]
    }
}

/// Bounds and scale of a step's gradients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Largest norm of all gradients together.
    pub norm: Option<f64>,
    /// What the loss was multiplied by; 1 without loss scaling.
    pub loss_scale: f64,
}

impl Limits {
    /// Neither.
    pub const NONE: Self = Self { norm: None, loss_scale: 1.0 };
}

/// What a step gave.
pub struct Step<B: TrainBackend> {
    /// The trainee after it; as it was where the norm is not finite.
    pub trainee: Trainee<B>,
    /// L2 norm of all gradients, of the unscaled loss, before they were clipped. Parts with rate 0 are not counted,
    /// as frozen parameters are not in PyTorch.
    pub norm: f64,
}

/// Adam with PyTorch's order: unscale, clip by the global norm, decay, moments. Answers the norm; nothing is changed
/// where it is not finite.
fn step<B: TrainBackend, M: AutodiffModule<B>>(
    adam: &mut AdamOver<B>,
    module: M,
    mut groups: Vec<(f64, GradientsParams)>,
    limits: Limits,
) -> (M, f64) {
    groups.retain(|(rate, _)| *rate > 0.0);
    let grads: Vec<&GradientsParams> = groups.iter().map(|(_, grads)| grads).collect();
    let norm = global_norm::<B, M>(&grads, &module) / limits.loss_scale;
    if !norm.is_finite() {
        return (module, norm);
    }
    let scale = limits.norm.map_or(1.0, |limit| clip_factor(norm, limit)) / limits.loss_scale;
    (adam.step(module, groups, scale), norm)
}

fn ids<B: TrainBackend, M: Module<B>>(module: &M) -> Vec<ParamId> {
    let mut ids = Ids(Vec::new());
    module.visit(&mut ids);
    ids.0
}

impl<B: TrainBackend> TraineeOptimizer<B> {
    /// A fresh optimiser.
    pub fn new(trainee: &Trainee<B>, weight_decay: f64) -> Self {
        Self {
            adam: AdamOver::new(weight_decay),
            head: ids(&trainee.network.head),
            masks: ids(&trainee.objective.masks),
            objective: ids(&trainee.objective),
        }
    }

    /// One step by the gradients of a loss that was multiplied by `limits.loss_scale`.
    pub fn step(&mut self, trainee: Trainee<B>, mut grads: B::Gradients, rates: Rates, limits: Limits) -> Step<B> {
        let mut groups = Vec::new();
        // Masks are a part of the objective: whoever comes first takes the gradients.
        let parts = [(&self.head, rates.head), (&self.masks, rates.masks), (&self.objective, rates.objective)];
        for (ids, rate) in parts {
            groups.push((rate, GradientsParams::from_params(&mut grads, &trainee, ids)));
        }
        // What is left of the gradients after the others were taken.
        groups.push((rates.backbone, GradientsParams::from_grads(grads, &trainee)));
        let (trainee, norm) = step(&mut self.adam, trainee, groups, limits);
        Step { trainee, norm }
    }

    /// Moments and step counts, to be stored.
    pub fn record(&self) -> Records<B> {
        self.adam.records.clone()
    }

    /// Goes on from a stored state.
    pub fn load(mut self, record: Records<B>) -> Self {
        self.adam.records = record;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::testing::{B, Inner};
    use burn::tensor::TensorData;

    type Module = Vec<Param<Tensor<B, 2>>>;

    #[derive(Deserialize)]
    struct Golden {
        rows: usize,
        columns: usize,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        start: Vec<Vec<f32>>,
        rates: Vec<f64>,
        clip_norm: f64,
        weight_decay: f64,
        steps: Vec<GoldenStep>,
    }

    #[derive(Deserialize)]
    struct GoldenStep {
        gradients: Vec<Option<Vec<f32>>>,
        norm: f64,
        weights: Vec<Vec<f32>>,
    }

    fn grads(
        module: &Module,
        shape: [usize; 2],
        rates: &[f64],
        values: &[Option<Vec<f32>>],
    ) -> Vec<(f64, GradientsParams)> {
        let group = |i: usize| {
            let (param, rate, values) = (&module[i], rates[i], &values[i]);
            let mut grads = GradientsParams::new();
            if let Some(values) = values {
                let tensor = Tensor::<Inner, 2>::from_data(TensorData::new(values.clone(), shape), &Default::default());
                grads.register(param.id, tensor);
            }
            (rate, grads)
        };
        (0..rates.len()).map(group).collect()
    }

    #[test]
    fn equals_pytorch_over_groups_with_gradients_missing_in_some_steps() {
        let golden: Golden = serde_json::from_str(include_str!("../golden/adam.json")).unwrap();
        let shape = [golden.rows, golden.columns];
        for (number, case) in golden.cases.into_iter().enumerate() {
            let mut adam = AdamOver::<B>::new(case.weight_decay);
            let fresh = |values: Vec<f32>| crate::network::param(values, shape, &Default::default());
            let mut module: Module = case.start.into_iter().map(fresh).collect();
            let norm = (case.clip_norm > 0.0).then_some(case.clip_norm);
            for (i, golden) in case.steps.into_iter().enumerate() {
                // A scaled loss has scaled gradients; the step must not show it.
                let loss_scale = [1.0, 1024.0][i % 2];
                let scaled: Vec<_> = golden
                    .gradients
                    .into_iter()
                    .map(|g| g.map(|g| g.into_iter().map(|v| v * loss_scale as f32).collect()))
                    .collect();
                let groups = grads(&module, shape, &case.rates, &scaled);
                let found;
                (module, found) = step(&mut adam, module, groups, Limits { norm, loss_scale });
                assert!((found - golden.norm).abs() < 1e-5 * golden.norm, "case {number}, step {i}: norm {found}");
                for (group, (param, weights)) in module.iter().zip(golden.weights).enumerate() {
                    let ours: Vec<f32> = param.val().into_data().into_vec().unwrap();
                    for (ours, torch) in ours.into_iter().zip(weights) {
                        let what = format!("case {number}, step {i}, group {group}: {ours} instead of {torch}");
                        assert!((ours - torch).abs() < 1e-6, "{what}");
                    }
                }
            }
        }
    }

    #[test]
    fn gradients_that_are_not_finite_change_nothing() {
        let shape = [1, 2];
        let mut adam = AdamOver::<B>::new(0.1);
        let module: Module = [1.0, 2.0].map(|v| crate::network::param(vec![v; 2], shape, &Default::default())).into();
        let groups = grads(&module, shape, &[0.1, 0.1], &[Some(vec![1.0, 1.0]), Some(vec![1.0, f32::NAN])]);
        let (module, norm) = step(&mut adam, module, groups, Limits::NONE);
        assert!(norm.is_nan());
        let first: Vec<f32> = module[0].val().into_data().into_vec().unwrap();
        assert_eq!(first, [1.0, 1.0]);
        assert!(adam.records.is_empty(), "no moments of a step that was not made");
        // A part with rate 0 neither moves nor counts.
        let groups = grads(&module, shape, &[0.1, 0.0], &[Some(vec![3.0, 4.0]), Some(vec![1.0, f32::NAN])]);
        let (_, norm) = step(&mut adam, module, groups, Limits::NONE);
        assert!((norm - 5.0).abs() < 1e-6, "{norm}");
    }
}
