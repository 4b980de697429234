//! What a command that embeds several pictures at a time may be asked about how many the model gets.

use dnc_edge::Embedder;
use dnc_edge::runtime::Batching;

/// How many pictures a run of the model gets.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// Pictures of one run of the model: embeddings are the same; ONNX Runtime may take less time for each, most of all on
    /// a GPU. tract runs them one after another.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    batch: u32,
}

impl BatchArgs {
    /// What was asked for, where the model takes it; what it cannot gain is said.
    pub fn of(&self, embedder: &Embedder) -> anyhow::Result<usize> {
        let batch = self.batch as usize;
        embedder.check_batch(batch)?;
        if batch > 1 && embedder.runtime().batching() == Batching::OneByOne {
            eprintln!("note: {} runs the pictures of a batch one after another", embedder.runtime().name());
        }
        Ok(batch)
    }
}
