//! Writing a gallery block, on the host.

use super::block::{FORMAT, HEADER, MAGIC, MAX_LEARNERS, MAX_NAME};
use super::inverse_lengths;
use crate::EmbeddingLayout;
use crate::decision::DecisionRule;

/// A gallery that no block can hold.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Wider, or cut for more learners, than the block's fields can say.
    #[error("{dim} values for {learners} learners: a gallery block holds at most 65535 for {MAX_LEARNERS}")]
    Layout {
        /// Values of an embedding.
        dim: usize,
        /// Learners.
        learners: usize,
    },
    /// A name that does not fit.
    #[error("the name {0:?} must have 1 to {MAX_NAME} bytes, none of them zero; give the identity a short name")]
    Name(String),
    /// More identities than numbers.
    #[error("a gallery block holds at most 65536 identities; enrol fewer on the device")]
    Identities,
    /// A code of another width.
    #[error("a code of {found} values for a gallery block of {expected}")]
    Width {
        /// Values of the code.
        found: usize,
        /// Values of the block's layout.
        expected: usize,
    },
}

/// Collects views and writes them as one block.
#[derive(Debug, Clone)]
pub struct GalleryBlockBuilder {
    layout: EmbeddingLayout,
    rule: DecisionRule,
    space: [u8; 8],
    names: Vec<String>,
    identity_of: Vec<u16>,
    codes: Vec<i8>,
}

impl GalleryBlockBuilder {
    /// An empty gallery. `space` is the tag of the embedding space.
    ///
    /// # Errors
    /// Where the layout is larger than a block can say.
    pub fn new(layout: EmbeddingLayout, rule: DecisionRule, space: [u8; 8]) -> Result<Self, BuildError> {
        if layout.learners() > MAX_LEARNERS || layout.dim() > usize::from(u16::MAX) {
            return Err(BuildError::Layout { dim: layout.dim(), learners: layout.learners() });
        }
        Ok(Self { layout, rule, space, names: Vec::new(), identity_of: Vec::new(), codes: Vec::new() })
    }

    /// Adds a view of the identity called `name`; a name not seen before becomes a new identity.
    ///
    /// # Errors
    /// Where the name or the code does not fit.
    pub fn add(&mut self, name: &str, code: &[i8]) -> Result<(), BuildError> {
        if code.len() != self.layout.dim() {
            return Err(BuildError::Width { found: code.len(), expected: self.layout.dim() });
        }
        let identity = match self.names.iter().position(|n| n == name) {
            Some(known) => known,
            None if name.is_empty() || name.len() > MAX_NAME || name.contains('\0') => {
                return Err(BuildError::Name(name.to_owned()));
            }
            None => {
                self.names.push(name.to_owned());
                self.names.len() - 1
            }
        };
        self.identity_of.push(u16::try_from(identity).map_err(|_| BuildError::Identities)?);
        self.codes.extend_from_slice(code);
        Ok(())
    }

    /// The block's bytes.
    pub fn build(&self) -> Vec<u8> {
        let (dim, learners) = (self.layout.dim(), self.layout.learners());
        let mut block = Vec::with_capacity(HEADER + self.codes.len() * 2);
        block.extend_from_slice(&MAGIC);
        block.extend_from_slice(&[FORMAT, learners as u8]);
        block.extend_from_slice(&(dim as u16).to_le_bytes());
        block.extend_from_slice(&(self.identity_of.len() as u32).to_le_bytes());
        block.extend_from_slice(&(self.names.len() as u32).to_le_bytes());
        block.extend_from_slice(&self.rule.threshold.to_le_bytes());
        block.extend_from_slice(&self.rule.margin.to_le_bytes());
        block.extend_from_slice(&self.space);
        block.extend_from_slice(bytemuck::cast_slice(&self.codes));
        let mut lengths = vec![0.0f32; learners];
        for code in self.codes.chunks_exact(dim) {
            inverse_lengths(code, &self.layout, &mut lengths);
            lengths.iter().for_each(|l| block.extend_from_slice(&l.to_le_bytes()));
        }
        self.identity_of.iter().for_each(|i| block.extend_from_slice(&i.to_le_bytes()));
        for name in &self.names {
            let mut field = [0u8; MAX_NAME];
            field[..name.len()].copy_from_slice(name.as_bytes());
            block.extend_from_slice(&field);
        }
        block
    }
}
