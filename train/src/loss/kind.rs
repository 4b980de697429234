//! Losses as a run's settings name them.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Name of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// Margin loss (Wu et al. 2017)
    Margin,
    /// Triplet loss (Schroff et al. 2015)
    Triplet,
    /// N-pairs loss (Sohn 2016)
    NPairs,
    /// Contrastive loss (Hadsell et al. 2006)
    Contrastive,
    /// Multi-similarity loss (Wang et al. 2019)
    MultiSimilarity,
    /// ProxyNCA++ (Teh et al. 2020)
    ProxyNca,
}

impl LossKind {
    /// Whether a miner chooses its pairs.
    pub fn mines(self) -> bool {
        matches!(self, Self::Margin | Self::Triplet)
    }

    /// Whether it compares pairs, so that remembered embeddings add some. N-pairs takes one negative of each class of
    /// the batch, ProxyNCA++ compares with proxies of all classes as it is.
    pub fn remembers(self) -> bool {
        !matches!(self, Self::NPairs | Self::ProxyNca)
    }
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

/// Losses of the learners: one for all, or one for each, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LossList(Vec<LossKind>);

/// A list that names another loss, or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no loss {name:?}; give {known}, one for all learners or one for each, separated by commas")]
pub struct BadLoss {
    name: String,
    known: String,
}

impl LossList {
    /// The same loss for every learner.
    pub fn one(kind: LossKind) -> Self {
        Self(vec![kind])
    }

    /// Losses as given: never none.
    pub fn kinds(&self) -> &[LossKind] {
        &self.0
    }

    /// Loss of `learner`.
    pub fn of(&self, learner: usize) -> LossKind {
        self.0[learner.min(self.0.len() - 1)]
    }
}

impl FromStr for LossList {
    type Err = BadLoss;

    fn from_str(text: &str) -> Result<Self, BadLoss> {
        let kind = |name: &str| {
            LossKind::from_str(name.trim(), false).map_err(|_| BadLoss {
                name: name.trim().to_owned(),
                known: LossKind::value_variants().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            })
        };
        text.split(',').map(kind).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for LossList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    }
}

impl TryFrom<String> for LossList {
    type Error = BadLoss;

    fn try_from(text: String) -> Result<Self, BadLoss> {
        text.parse()
    }
}

impl From<LossList> for String {
    fn from(list: LossList) -> Self {
        list.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let text = "margin,triplet,n-pairs,contrastive,multi-similarity,proxy-nca";
        let list: LossList = text.replace(',', " , ").parse().unwrap();
        assert_eq!(list.to_string(), text);
        assert_eq!(list.kinds().len(), LossKind::value_variants().len());
        assert_eq!(list.of(4), LossKind::MultiSimilarity);
        assert_eq!(LossList::one(LossKind::Triplet).of(7), LossKind::Triplet);
        for bad in ["margn", "", "margin,"] {
            let error = bad.parse::<LossList>().unwrap_err().to_string();
            assert!(error.contains("no loss \"") && error.contains("multi-similarity, proxy-nca"), "{error}");
        }
    }
}
