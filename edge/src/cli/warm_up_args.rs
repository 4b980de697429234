//! What every command that runs a model may be asked to do before the first picture.

/// What is done before the first picture.
#[derive(Debug, clap::Args)]
pub struct WarmUpArgs {
    /// Runs of the model on a grey picture before the first one comes, by each thread: memory and plans are made then
    /// [default: 1 for watch and serve, else 0].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    warm_up: Option<u32>,
}

impl WarmUpArgs {
    /// Runs of a command that goes on for long: its first picture should wait no longer than the others.
    pub fn of_a_long_run(&self) -> usize {
        self.warm_up.unwrap_or(1) as usize
    }

    /// Runs of a command that does one thing and ends.
    pub fn of_a_short_run(&self) -> usize {
        self.warm_up.unwrap_or(0) as usize
    }
}
