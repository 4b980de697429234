//! Random galleries of one picture of each identity.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::{Comparison, ProtocolError};
use crate::Sample;

/// `draws` comparisons: one random picture of each identity is the gallery, all others are queries.
pub(super) fn gallery_draws(samples: &[&Sample], draws: usize, seed: u64) -> Result<Vec<Comparison>, ProtocolError> {
    if draws == 0 {
        return Err(ProtocolError::NoDraws);
    }
    let mut of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (i, sample) in samples.iter().enumerate() {
        of.entry(sample.identity).or_default().push(i as u32);
    }
    let (pictures, gallery) = (samples.len(), of.len());
    if pictures == gallery {
        return Err(ProtocolError::OneSided { protocol: "gallery-draws", pictures, queries: 0, gallery });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |_| {
        let gallery: Vec<u32> = of.values().map(|pictures| pictures[rng.random_range(0..pictures.len())]).collect();
        let mut is_query = vec![true; samples.len()];
        gallery.iter().for_each(|i| is_query[*i as usize] = false);
        let queries = (0..samples.len() as u32).filter(|i| is_query[*i as usize]).collect();
        Comparison::new(samples, queries, gallery, false)
    };
    Ok((0..draws).map(&mut draw).collect())
}
