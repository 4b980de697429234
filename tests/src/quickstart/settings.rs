//! Every number of the quick start, in one place: a set, a network and a schedule that two cores can learn from
//! scratch within five minutes.

/// What `dnc-train render` draws.
const RENDER: &[(&str, &str)] = &[
    ("--train-identities", "360"),
    ("--test-identities", "60"),
    ("--train-cameras", "6"),
    ("--test-cameras", "4"),
    ("--views", "10"),
    ("--size", "96"),
];

/// How `dnc-train run` learns: `benches/RESULTS.md` says how these were found. From scratch MobileNetV2 is still on
/// its first plateau when the five minutes are over; a shorter network has left it after one.
const TRAIN: &[(&str, &str)] = &[
    ("--backbone", "small"),
    ("--size", "48"),
    ("--dim", "128"),
    ("--learners", "4"),
    ("--batch", "40"),
    ("--lr", "0.004"),
    ("--head-lr", "0.004"),
    ("--validation-share", "0.15"),
    ("--crop-min", "0.6"),
    ("--flip", "false"),
    ("--evaluate-every", "4"),
];

/// Epochs of the training.
pub const EPOCHS: usize = 28;

/// Seed of pictures and training.
pub const SEED: u64 = 1;

/// Views of each enrolled identity that go into the gallery; the others are probes.
pub const ENROLLED_VIEWS: usize = 5;

/// Flags of `dnc-train render`.
pub fn render_flags(seed: u64) -> Vec<String> {
    flags(RENDER, &[("--seed", seed.to_string())])
}

/// Flags of `dnc-train run`.
pub fn train_flags(seed: u64, epochs: usize) -> Vec<String> {
    flags(TRAIN, &[("--epochs", epochs.to_string()), ("--seed", seed.to_string())])
}

fn flags(fixed: &[(&str, &str)], given: &[(&str, String)]) -> Vec<String> {
    let fixed = fixed.iter().map(|(flag, value)| (*flag, (*value).to_owned()));
    fixed.chain(given.iter().cloned()).flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_values_follow_the_fixed_ones_and_no_flag_comes_twice() {
        let all = train_flags(7, 3);
        assert!(all.windows(2).any(|w| w == ["--epochs", "3"]) && all.ends_with(&["--seed".into(), "7".into()]));
        for all in [all, render_flags(7)] {
            let names: Vec<_> = all.iter().filter(|f| f.starts_with("--")).collect();
            let distinct: std::collections::BTreeSet<_> = names.iter().collect();
            assert_eq!(names.len(), distinct.len(), "{all:?}");
        }
    }
}
