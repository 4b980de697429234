//! Published runs: their settings, and the scores that their authors state.

use std::path::Path;

use dnc_datasets::layout::Layout;

use crate::config::{Config, ConfigError};

/// A paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Variant {
    /// Divide and Conquer the Embedding Space for Metric Learning, CVPR 2019
    #[value(name = "cvpr2019")]
    Cvpr2019,
    /// Improving Deep Metric Learning by Divide and Conquer, TPAMI 2021: hierarchical division, learned masks
    #[value(name = "tpami2021")]
    Tpami2021,
}

impl Variant {
    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cvpr2019 => "cvpr2019",
            Self::Tpami2021 => "tpami2021",
        }
    }

    fn settings(self) -> &'static str {
        match self {
            Self::Cvpr2019 => include_str!("../presets/cvpr2019.toml"),
            Self::Tpami2021 => include_str!("../presets/tpami2021.toml"),
        }
    }
}

/// A published run on one data set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// Name of the data set on the command line.
    pub set: &'static str,
    /// The paper.
    pub variant: Variant,
    /// How the set lies on disk.
    pub layout: Layout,
    /// VehicleID's test list that the scores are of.
    pub test_size: Option<usize>,
    /// Learners, K, where they are not those of the paper's other sets.
    learners: Option<usize>,
    /// Recall in per cent by k.
    pub recall: &'static [(usize, f64)],
    /// Normalised mutual information in per cent.
    pub nmi: Option<f64>,
    /// Where the scores stand.
    pub source: &'static str,
}

const CVPR_PAPER: &str = "CVPR 2019, as later papers' tables quote it";
const CVPR_CODE: &str = "the README of the authors' CVPR 2019 code, which says slightly higher than the paper";
const TPAMI_CODE: &str = "the README of the authors' TPAMI 2021 code, learnable masks";

/// All published runs. The authors' code keeps the best epoch by the test part, so their scores lean high.
pub const PRESETS: [Preset; 10] = [
    Preset {
        set: "cub",
        layout: Layout::Cub200,
        learners: Some(4),
        recall: &[(1, 65.9), (2, 76.6), (4, 84.4), (8, 90.6)],
        ..CVPR
    },
    Preset {
        set: "cars",
        layout: Layout::Cars196,
        learners: Some(4),
        recall: &[(1, 84.6), (2, 90.7), (4, 94.1), (8, 96.5)],
        ..CVPR
    },
    Preset {
        set: "sop",
        layout: Layout::OnlineProducts,
        recall: &[(1, 75.9), (10, 88.4), (100, 94.9), (1000, 98.1)],
        ..CVPR
    },
    Preset { set: "in-shop", layout: Layout::InShop, recall: &[(1, 85.7), (10, 95.5), (20, 96.9), (30, 97.5)], ..CVPR },
    Preset {
        set: "vehicle-id",
        layout: Layout::VehicleId,
        test_size: Some(2400),
        recall: &[(1, 91.54)],
        source: CVPR_CODE,
        ..CVPR
    },
    Preset {
        set: "cub",
        layout: Layout::Cub200,
        recall: &[(1, 67.71), (2, 78.14), (4, 85.80), (8, 91.46)],
        nmi: Some(69.84),
        ..TPAMI
    },
    Preset {
        set: "cars",
        layout: Layout::Cars196,
        recall: &[(1, 86.90), (2, 92.34), (4, 95.41), (8, 97.45)],
        nmi: Some(70.10),
        ..TPAMI
    },
    Preset {
        set: "sop",
        layout: Layout::OnlineProducts,
        recall: &[(1, 79.80), (10, 90.46), (100, 95.26)],
        nmi: Some(89.68),
        ..TPAMI
    },
    Preset {
        set: "in-shop",
        layout: Layout::InShop,
        recall: &[(1, 90.49), (10, 97.48), (20, 98.23), (30, 98.51)],
        nmi: Some(89.88),
        ..TPAMI
    },
    Preset {
        set: "vehicle-id",
        layout: Layout::VehicleId,
        test_size: Some(2400),
        recall: &[(1, 93.93), (5, 95.99)],
        nmi: Some(90.70),
        ..TPAMI
    },
];

const CVPR: Preset = Preset {
    set: "",
    variant: Variant::Cvpr2019,
    layout: Layout::Folders,
    test_size: None,
    learners: None,
    recall: &[],
    nmi: None,
    source: CVPR_PAPER,
};
const TPAMI: Preset = Preset { variant: Variant::Tpami2021, source: TPAMI_CODE, ..CVPR };

impl Preset {
    /// Whose settings these are, where the authors publish none for this set.
    pub fn borrowed(&self) -> Option<&'static str> {
        match (self.variant, self.set) {
            (Variant::Cvpr2019, "cub" | "cars") => {
                Some("settings of the command that the authors give for SOP, In-Shop and VehicleID, with the paper's K")
            }
            (Variant::Tpami2021, "cub" | "cars" | "in-shop" | "vehicle-id") => {
                Some("settings of the command that the authors give for SOP, the only one they publish")
            }
            _ => None,
        }
    }

    /// Names of the data sets, in order.
    pub fn sets() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().filter(|p| p.variant == Variant::Cvpr2019).map(|p| p.set)
    }

    /// The published run of `variant` on `set`.
    pub fn find(set: &str, variant: Variant) -> Option<&'static Self> {
        PRESETS.iter().find(|p| p.set == set && p.variant == variant)
    }

    /// Its settings, without pictures and weights.
    ///
    /// # Errors
    /// Where the built-in file names a field that settings do not have.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let name = format!("presets/{}.toml", self.variant.name());
        let config = Config::parse(self.variant.settings(), Path::new(&name))?;
        Ok(Config { learners: self.learners.unwrap_or(config.learners), test_size: self.test_size, ..config })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Phase;

    #[test]
    fn every_set_has_both_variants_with_settings_that_pass() {
        assert_eq!(Preset::sets().collect::<Vec<_>>(), ["cub", "cars", "sop", "in-shop", "vehicle-id"]);
        for set in Preset::sets() {
            for variant in [Variant::Cvpr2019, Variant::Tpami2021] {
                let preset = Preset::find(set, variant).unwrap();
                preset.config().unwrap().check().unwrap();
                assert!(preset.recall.iter().all(|(k, recall)| *k > 0 && (50.0..100.0).contains(recall)), "{set}");
                assert!(preset.recall.windows(2).all(|w| w[0].1 < w[1].1), "{set}: recall grows with k");
            }
        }
        assert_eq!(Preset::find("mnist", Variant::Cvpr2019), None);
    }

    #[test]
    fn phases_are_the_published_ones() {
        let phases = |variant: Variant, epochs: [usize; 3]| {
            let config = Preset::find("sop", variant).unwrap().config().unwrap();
            epochs.map(|epoch| config.schedule().phase(epoch, config.learners))
        };
        use Phase::{Conquer, Join, Learn};
        assert_eq!(phases(Variant::Cvpr2019, [79, 189, 190]), [Learn, Join, Conquer]);
        assert_eq!(phases(Variant::Tpami2021, [79, 80, 179]), [Learn, Join, Join]);
    }
}
