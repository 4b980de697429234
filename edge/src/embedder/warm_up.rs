//! What is done before the first picture comes.

use image::{Rgb, RgbImage};

use super::{EmbedError, Embedder};
use crate::runtime::Batching;

impl Embedder {
    /// Runs the model `times` times on `batch` grey pictures of its own size: memory, plans and kernels that are made on
    /// first use are there when a picture comes. What comes out is not looked at: a sound model may make nothing of grey.
    ///
    /// # Errors
    /// Where the runtime fails.
    pub fn warm_up(&mut self, times: usize, batch: usize) -> Result<(), EmbedError> {
        let side = self.preprocess.size;
        let grey = RgbImage::from_pixel(side, side, Rgb([128; 3]));
        for _ in 0..times {
            self.prepare(std::iter::repeat_n(&grey, batch.max(1)))?;
            self.run()?;
        }
        Ok(())
    }

    /// Whether `batch` pictures can be given to one run. One always can be: what a fixed batch lacks is filled up.
    ///
    /// # Errors
    /// Where the model takes another number of pictures.
    pub fn check_batch(&self, batch: usize) -> Result<(), EmbedError> {
        match self.runtime.batching() {
            Batching::Fixed(fixed) if batch > 1 && batch != fixed => {
                Err(EmbedError::FixedBatch { file: self.variant.file.clone(), fixed, asked: batch })
            }
            _ => Ok(()),
        }
    }
}
