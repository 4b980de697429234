//! Bias correction (Nagel et al., "Data-free quantization through weight equalization and bias correction", ICCV 2019,
//! section 4.2 and appendix D): rounding shifts the mean output of a channel, and its bias takes the shift back. The
//! shift is measured on calibration pictures, layer after layer, each with the corrections before it in place.

use super::calibration::{CalibrationError, Pictures};
use super::emulation::{channels_last, walk};
use super::plan::Plan;
use crate::folded::FoldedNetwork;

/// Values of the pictures that are run at once, at most: all layers' outputs of a few are in memory.
const MOST_VALUES: usize = 64 * 128 * 128 * 3;
/// Pictures at most.
const MOST_PICTURES: usize = 64;
/// Pictures at least, where there are as many.
const FEWEST_PICTURES: usize = 8;

/// Corrects the biases of every convolution of `plan` that is in integers. It starts from the biases of the network: a
/// plan that was corrected before and had layers put into float since is corrected anew.
///
/// # Errors
/// Where a picture cannot be read, or there is none.
pub fn correct(
    network: &FoldedNetwork,
    plan: &mut Plan,
    size: u32,
    pictures: &Pictures<'_>,
) -> Result<(), CalibrationError> {
    for (planned, numbers) in plan.convs.iter_mut().zip(&network.convs) {
        if let Some(planned) = planned {
            planned.bias.clone_from(&numbers.bias);
        }
    }
    let area = (size * size) as usize;
    let count = (MOST_VALUES / (area * 3)).clamp(FEWEST_PICTURES, MOST_PICTURES).min(pictures.len);
    let mut input = Vec::with_capacity(count * area * 3);
    // Spread over all of them: neighbours may be of one identity.
    for at in (0..count).map(|i| i * pictures.len / count) {
        input.extend(channels_last(&pictures.one(at)?, 3));
    }
    if count == 0 {
        return Err(CalibrationError::NoPictures);
    }
    let mut shifts = vec![Vec::new(); plan.convs.len()];
    walk(network, plan, input, size, |at, outputs| {
        shifts[at] = outputs.shifts();
        shifts[at].clone()
    });
    for (planned, shifts) in plan.convs.iter_mut().zip(shifts) {
        if let Some(planned) = planned {
            planned.bias.iter_mut().zip(shifts).for_each(|(bias, shift)| *bias -= shift);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::calibration::tests::pictures;
    use super::super::plan::Scheme;
    use super::super::{Calibrated, Recipe};
    use super::*;
    use crate::folded::tests::random;
    use dnc_train::architecture::Backbone;

    #[test]
    fn no_mean_is_shifted_after_it() {
        let network = random(Backbone::MobilenetV2, 0.25, 8, 2);
        let read = pictures(8, 32);
        let recipe = Recipe { correct_bias: false, ..Recipe::best(Scheme::Ort) };
        let quantised = Calibrated::of(network, 32, true, &read, &|_| ()).unwrap().quantise(recipe).unwrap();
        let mut plan = quantised.plan;
        let input: Vec<f32> = (0..8).flat_map(|at| channels_last(&(read.read)(at).unwrap(), 3)).collect();
        let largest_shift = |plan: &Plan| {
            let mut largest = 0.0f32;
            walk(&quantised.network, plan, input.clone(), 32, |_, outputs| {
                let shifts = outputs.shifts();
                largest = shifts.iter().fold(largest, |m, s| m.max(s.abs()));
                vec![0.0; shifts.len()]
            });
            largest
        };
        let before = largest_shift(&plan);
        plan.convs[3] = None;
        correct(&quantised.network, &mut plan, 32, &read).unwrap();
        assert!(largest_shift(&plan) < 1e-4 && before > 1e-3, "{} after, {before} before", largest_shift(&plan));
    }
}
