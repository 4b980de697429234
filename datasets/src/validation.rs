//! A validation part cut from the training identities, never from the test part.

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::ChaCha8Rng};

use crate::{Dataset, Sample, Split};

/// Training samples in two parts with disjoint identities.
#[derive(Debug, Clone)]
pub struct ValidationSplit<'a> {
    /// Learned from.
    pub train: Vec<&'a Sample>,
    /// Held out: thresholds and choices are made on it.
    pub validation: Vec<&'a Sample>,
}

/// Holds out `share` (0 to 1) of the training identities that have two pictures or more, drawn by `seed`;
/// at least two where any are asked for.
pub fn split(dataset: &Dataset, share: f64, seed: u64) -> ValidationSplit<'_> {
    let mut candidates: Vec<u32> =
        dataset.counts(Split::Train).into_iter().filter(|(_, n)| *n >= 2).map(|(identity, _)| identity).collect();
    candidates.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let count = (candidates.len() as f64 * share.clamp(0.0, 1.0)).round() as usize;
    let count = if share > 0.0 { count.max(2) } else { 0 };
    let held: BTreeSet<u32> = candidates.into_iter().take(count).collect();
    let (validation, train) = dataset.part(Split::Train).into_iter().partition(|s| held.contains(&s.identity));
    ValidationSplit { train, validation }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;
    use crate::protocol::Protocol;
    use std::path::PathBuf;

    #[test]
    fn identities_are_disjoint_repeatable_and_of_the_training_part() {
        let samples = (0..60)
            .map(|i| Sample {
                path: PathBuf::from(format!("{i}")),
                identity: i / 3,
                camera: None,
                split: if i < 45 { Split::Train } else { Split::Test },
                role: Role::Both,
            })
            .collect();
        let identities = (0..20).map(|i| i.to_string()).collect();
        let set = Dataset {
            name: "s".into(),
            root: "s".into(),
            samples,
            identities,
            cameras: vec![],
            protocol: Protocol::LeaveOneOut,
        };
        let ids = |part: &[&Sample]| part.iter().map(|s| s.identity).collect::<BTreeSet<_>>();
        let a = split(&set, 0.2, 7);
        assert_eq!(ids(&a.validation).len(), 3);
        assert!(ids(&a.validation).is_disjoint(&ids(&a.train)));
        assert!(ids(&a.validation).iter().all(|i| *i < 15), "a test identity was held out");
        assert_eq!(a.train.len() + a.validation.len(), 45);
        assert_eq!(ids(&a.validation), ids(&split(&set, 0.2, 7).validation));
        assert!((0..9).any(|seed| ids(&split(&set, 0.2, seed).validation) != ids(&a.validation)));
        assert!(split(&set, 0.0, 7).validation.is_empty());
    }
}
