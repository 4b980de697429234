//! Flags that say what is measured, and how.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use dnc_core::expansion::QueryExpansion;
use dnc_core::rerank::KReciprocal;
use dnc_datasets::protocol::{Protocol, ProtocolError};

use crate::evaluate::{EvaluationOptions, Metric};

/// At least 1.
fn positive() -> impl TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(1..)
}

fn protocol() -> impl TypedValueParser<Value = Protocol> {
    PossibleValuesParser::new(Protocol::NAMES).try_map(|name| -> Result<Protocol, ProtocolError> { name.parse() })
}

fn share(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|e| format!("{e}"))?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err("it must be 0 to 1".into()) }
}

fn exponent(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|e| format!("{e}"))?;
    if value >= 0.0 && value.is_finite() { Ok(value) } else { Err("it must be 0 or more".into()) }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Measures")]
pub struct Measures {
    /// Who is query and who gallery [default: the data set's own]
    #[arg(long, value_parser = protocol())]
    protocol: Option<Protocol>,
    /// Galleries that --protocol gallery-draws draws
    #[arg(long, default_value_t = 10, value_parser = positive())]
    draws: u32,
    /// Seed of these draws
    #[arg(long, default_value_t = 1)]
    draw_seed: u64,
    /// What is measured
    #[arg(long, value_enum, value_delimiter = ',', default_value = "retrieval,nmi,verification,open-set")]
    metrics: Vec<Metric>,
    /// Ranks of recall@k
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8", value_parser = positive())]
    recall_at: Vec<u32>,
    /// Score what each learner has of the embedding alone as well: its slice, or the whole times its mask
    #[arg(long)]
    per_learner: bool,
    /// k-reciprocal re-ranking (Zhong et al., CVPR 2017)
    #[arg(long)]
    rerank: bool,
    /// Re-ranking: neighbours that must name each other
    #[arg(long, requires = "rerank", default_value_t = 20, value_parser = positive())]
    rerank_k1: u32,
    /// Re-ranking: nearest pictures whose sets are averaged
    #[arg(long, requires = "rerank", default_value_t = 6, value_parser = positive())]
    rerank_k2: u32,
    /// Re-ranking: weight of the original distance, 0 to 1
    #[arg(long, requires = "rerank", default_value_t = 0.3, value_parser = share)]
    rerank_lambda: f32,
    /// Query expansion: average each query with its N nearest gallery pictures
    #[arg(long, value_name = "N", conflicts_with = "rerank", value_parser = positive())]
    expand_query: Option<u32>,
    /// Query expansion: weigh each picture by its similarity to this power; 0 averages plainly
    #[arg(long, requires = "expand_query", default_value_t = 0.0, value_parser = exponent)]
    expand_alpha: f32,
}

impl Measures {
    /// The options that the flags name.
    pub fn options(&self) -> EvaluationOptions {
        let drawn = Protocol::GalleryDraws { draws: self.draws as usize, seed: self.draw_seed };
        EvaluationOptions {
            protocol: self.protocol.map(|p| if matches!(p, Protocol::GalleryDraws { .. }) { drawn } else { p }),
            metrics: self.metrics.clone(),
            recall_at: self.recall_at.iter().map(|k| *k as usize).collect(),
            rerank: self.rerank.then_some(KReciprocal {
                k1: self.rerank_k1 as usize,
                k2: self.rerank_k2 as usize,
                lambda: self.rerank_lambda,
            }),
            expansion: self.expand_query.map(|n| QueryExpansion { neighbours: n as usize, alpha: self.expand_alpha }),
            per_learner: self.per_learner,
        }
    }
}
