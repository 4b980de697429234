//! Running the network on calibration pictures and looking at every value on the way.

use std::sync::Arc;

use rayon::prelude::*;
use tract_onnx::prelude::{
    DatumType, Framework, InferenceFact, InferenceModelExt, IntoRunnable, Tensor, TypedRunnableModel, TypedSimpleState,
    tvec,
};

use super::histogram::Histogram;
use super::ranges::ChannelRanges;
use crate::folded::FoldedNetwork;
use crate::onnx::observed;

/// Pictures of one chunk of work. Chunks are merged in order: the same pictures give the same sums on any number of
/// threads.
const CHUNK: usize = 8;

/// Preprocessed pictures, read when they are needed.
#[derive(Clone, Copy)]
pub struct Pictures<'a> {
    /// Their number.
    pub len: usize,
    /// The 3×H×W values of one of them.
    pub read: &'a (dyn Fn(usize) -> anyhow::Result<Vec<f32>> + Sync),
}

impl std::fmt::Debug for Pictures<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} pictures", self.len)
    }
}

impl Pictures<'_> {
    /// The values of one.
    ///
    /// # Errors
    /// Where it cannot be read, naming it.
    pub fn one(&self, at: usize) -> Result<Vec<f32>, CalibrationError> {
        (self.read)(at).map_err(|error| CalibrationError::Picture { at, reason: format!("{error:#}") })
    }
}

/// A network that cannot be calibrated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// There is nothing to calibrate on.
    #[error("no calibration picture: at least one picture of the training part is needed; give --data PATH")]
    NoPictures,
    /// A picture cannot be read.
    #[error("calibration picture {at} cannot be read: {reason}")]
    Picture {
        /// Its place among them.
        at: usize,
        /// Why.
        reason: String,
    },
    /// The network cannot be run.
    #[error("the network cannot be run for calibration: {0}; report it with the run's config.toml")]
    Run(String),
    /// A value is infinite or no number.
    #[error("value {0} of the network is not finite on a calibration picture: the model is broken, train it again")]
    NotFinite(String),
}

/// A network whose values can be looked at.
pub struct Calibrator {
    plan: Arc<TypedRunnableModel>,
    size: usize,
    /// Channels and name of each value, the pooled features last.
    values: Vec<(usize, String)>,
}

fn run_error(error: impl std::fmt::Display) -> CalibrationError {
    CalibrationError::Run(format!("{error:#}"))
}

impl Calibrator {
    /// Prepares `network` for pictures of `size` × `size` px.
    ///
    /// # Errors
    /// Where tract cannot run it.
    pub fn new(network: &FoldedNetwork, size: u32) -> Result<Self, CalibrationError> {
        let (bytes, size) = (observed(network, size), size as usize);
        let fact = InferenceFact::dt_shape(DatumType::F32, tvec![1, 3, size, size]);
        let plan = tract_onnx::onnx()
            .model_for_read(&mut &*bytes)
            .and_then(|model| model.with_input_fact(0, fact))
            .and_then(InferenceModelExt::into_optimized)
            .and_then(IntoRunnable::into_runnable)
            .map_err(run_error)?;
        let graph = &network.graph;
        let mut values = vec![(3, "picture".to_owned())];
        let mut channels = 3;
        for node in &graph.nodes {
            if let dnc_train::architecture::Node::Conv(conv) = node {
                channels = conv.c_out;
            }
            values.push((channels, node.name().to_owned()));
        }
        values.push((graph.features, "features".to_owned()));
        Ok(Self { plan, size, values })
    }

    /// Ranges of every value (by its id, the pooled features last) over `pictures`; `seen` is told of each.
    ///
    /// # Errors
    /// Where there is no picture, one cannot be read, or a value is not finite.
    pub fn ranges(
        &self,
        pictures: &Pictures<'_>,
        seen: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<ChannelRanges>, CalibrationError> {
        let empty = || self.values.iter().map(|(channels, _)| ChannelRanges::new(*channels)).collect();
        let ranges = self.fold(pictures, seen, empty, ChannelRanges::add, ChannelRanges::merge)?;
        let broken = ranges.iter().position(|r| {
            let (low, high) = r.whole();
            !low.is_finite() || !high.is_finite() || (0..r.low.len()).any(|c| !r.mean(c).is_finite())
        });
        match broken {
            Some(value) => Err(CalibrationError::NotFinite(self.values[value].1.clone())),
            None => Ok(ranges),
        }
    }

    /// Histograms of every value between the given ends.
    ///
    /// # Errors
    /// As [`ranges`](Self::ranges).
    pub fn histograms(
        &self,
        pictures: &Pictures<'_>,
        ends: &[(f32, f32)],
        seen: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Histogram>, CalibrationError> {
        let empty = || ends.iter().map(|ends| Histogram::new(*ends)).collect();
        self.fold(pictures, seen, empty, Histogram::add, Histogram::merge)
    }

    fn fold<T: Send>(
        &self,
        pictures: &Pictures<'_>,
        seen: &(dyn Fn(usize) + Sync),
        empty: impl Fn() -> Vec<T> + Sync,
        add: impl Fn(&mut T, &[f32]) + Sync,
        merge: impl Fn(&mut T, &T),
    ) -> Result<Vec<T>, CalibrationError> {
        let starts: Vec<usize> = (0..pictures.len).step_by(CHUNK).collect();
        let mut whole: Option<Vec<T>> = None;
        // A few chunks at a time: all of them at once would be held until the last is done.
        for part in starts.chunks(2 * rayon::current_num_threads()) {
            let chunks: Result<Vec<Vec<T>>, CalibrationError> = part
                .par_iter()
                .map(|start| {
                    let mut state = self.plan.spawn().map_err(run_error)?;
                    let mut sums = empty();
                    for at in *start..(start + CHUNK).min(pictures.len) {
                        self.look(&mut state, pictures, at, |value, values| add(&mut sums[value], values))?;
                        seen(1);
                    }
                    Ok(sums)
                })
                .collect();
            for chunk in chunks? {
                match &mut whole {
                    None => whole = Some(chunk),
                    Some(whole) => whole.iter_mut().zip(&chunk).for_each(|(a, b)| merge(a, b)),
                }
            }
        }
        whole.ok_or(CalibrationError::NoPictures)
    }

    fn look(
        &self,
        state: &mut TypedSimpleState,
        pictures: &Pictures<'_>,
        at: usize,
        mut see: impl FnMut(usize, &[f32]),
    ) -> Result<(), CalibrationError> {
        let input = Tensor::from_shape(&[1, 3, self.size, self.size], &pictures.one(at)?);
        let input = input.map_err(|e| CalibrationError::Picture { at, reason: e.to_string() })?;
        let outputs = state.run(tvec![input.into()]).map_err(run_error)?;
        for (value, output) in outputs.iter().enumerate() {
            see(value, output.try_as_plain_ram().and_then(|view| view.as_slice::<f32>()).map_err(run_error)?);
        }
        Ok(())
    }

    /// All values of one picture.
    #[cfg(test)]
    pub fn values(&self, pictures: &Pictures<'_>, at: usize) -> Result<Vec<Vec<f32>>, CalibrationError> {
        let mut all = Vec::new();
        let mut state = self.plan.spawn().map_err(run_error)?;
        self.look(&mut state, pictures, at, |_, values| all.push(values.to_vec()))?;
        Ok(all)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::folded::tests::random;
    use dnc_train::architecture::Backbone;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    /// Noise with a colour of its own for each picture.
    pub fn pictures(len: usize, size: usize) -> Pictures<'static> {
        let read = move |at: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(at as u64);
            let colour: [f32; 3] = rng.random();
            Ok((0..3 * size * size)
                .map(|i| colour[i / (size * size)] * 2.0 - 1.0 + rng.random_range(-0.5..0.5))
                .collect())
        };
        Pictures { len, read: Box::leak(Box::new(read)) }
    }

    #[test]
    fn sums_are_those_of_one_picture_after_the_other() {
        let network = random(Backbone::Small, 0.25, 8, 2);
        let calibrator = Calibrator::new(&network, 32).unwrap();
        let read = pictures(19, 32);
        let ranges = calibrator.ranges(&read, &|_| ()).unwrap();
        assert_eq!(ranges.len(), network.graph.nodes.len() + 2);
        let mut naive: Vec<ChannelRanges> = ranges.iter().map(|r| ChannelRanges::new(r.low.len())).collect();
        let mut all: Vec<Vec<f32>> = vec![Vec::new(); ranges.len()];
        for at in 0..19 {
            for (value, values) in calibrator.values(&read, at).unwrap().iter().enumerate() {
                naive[value].add(values);
                all[value].extend(values);
            }
        }
        for (told, naive) in ranges.iter().zip(&naive) {
            assert_eq!((&told.low, &told.high), (&naive.low, &naive.high));
            assert!((0..told.low.len()).all(|c| (told.mean(c) - naive.mean(c)).abs() < 1e-5));
        }
        let ends: Vec<_> = ranges.iter().map(ChannelRanges::whole).collect();
        let histograms = calibrator.histograms(&read, &ends, &|_| ()).unwrap();
        for ((histogram, ends), values) in histograms.iter().zip(ends).zip(all) {
            let mut naive = Histogram::new(ends);
            naive.add(&values);
            assert_eq!(*histogram, naive);
        }
    }

    #[test]
    fn faults_are_named() {
        let mut network = random(Backbone::Small, 0.25, 8, 2);
        let calibrator = Calibrator::new(&network, 32).unwrap();
        let none = calibrator.ranges(&pictures(0, 32), &|_| ()).unwrap_err();
        assert!(matches!(none, CalibrationError::NoPictures));
        let read = |at| {
            anyhow::ensure!(at < 1, "no such file");
            Ok(vec![0.5; 3 * 32 * 32])
        };
        let broken = Pictures { len: 3, read: &read };
        let error = calibrator.ranges(&broken, &|_| ()).unwrap_err().to_string();
        assert!(error.contains("picture 1") && error.contains("no such file"), "{error}");
        network.convs[2].bias[0] = f32::NAN;
        let error = Calibrator::new(&network, 32).unwrap().ranges(&pictures(1, 32), &|_| ()).unwrap_err();
        assert!(error.to_string().contains("features.1.pointwise"), "{error}");
    }
}
