//! What every command that embeds many pictures and ends may be asked about how it does that.

use dnc_edge::pipeline::Pipeline;
use dnc_edge::{Bundle, Embedder};

use super::batch_args::BatchArgs;
use super::runtime_args::RuntimeArgs;
use super::warm_up_args::WarmUpArgs;

/// How many pictures are embedded.
#[derive(Debug, clap::Args)]
pub struct WorkArgs {
    #[command(flatten)]
    runtime: RuntimeArgs,
    /// Pictures decoded and embedded at once, each on a thread of its own [default: all cores, divided by
    /// --runtime-threads].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Option<u32>,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    warm_up: WarmUpArgs,
}

impl WorkArgs {
    /// Loads the model.
    pub fn open(&self, bundle: &Bundle) -> anyhow::Result<Embedder> {
        self.runtime.open(bundle)
    }

    /// Threads that pictures are spread over.
    pub fn threads(&self) -> usize {
        self.runtime.pictures_at_once(self.threads)
    }

    /// Spreads the model over the threads, warm.
    pub fn pipeline(&self, embedder: Embedder) -> anyhow::Result<Pipeline> {
        let batch = self.batch.of(&embedder)?;
        let mut pipeline = Pipeline::new(embedder, self.threads())?.with_batch(batch)?;
        pipeline.warm_up(self.warm_up.of_a_short_run())?;
        Ok(pipeline)
    }
}
