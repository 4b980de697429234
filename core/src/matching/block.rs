//! A gallery as one block of bytes, read where it lies (in flash) and never copied.
//!
//! Little-endian, without padding; N views, I identities, d values, K learners:
//!
//! | bytes | content |
//! |---|---|
//! | 4 | `DNCG` |
//! | 1, 1, 2 | format version (1), K, d |
//! | 4, 4 | N, I |
//! | 4, 4 | threshold, margin of the decision (f32) |
//! | 8 | tag of the embedding space (`manifest::space_tag`): a probe of another model is refused |
//! | N·d | codes (i8) |
//! | N·K·4 | inverse length of each slice (f32) |
//! | N·2 | identity of each view |
//! | I·24 | names, UTF-8, filled up with zeros |

use super::{Ranked, Ranking, Verdict, inverse_lengths};
use crate::decision::DecisionRule;
use crate::{EmbeddingLayout, LayoutError, int8};

/// Learners a block can have: the lengths of a probe stand in a fixed array.
pub const MAX_LEARNERS: usize = 32;

pub(super) const MAGIC: [u8; 4] = *b"DNCG";
pub(super) const FORMAT: u8 = 1;
pub(super) const HEADER: usize = 32;
/// Bytes of an identity's name, at most.
pub const MAX_NAME: usize = 24;

/// Bytes that are no gallery block.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// Shorter or longer than its header says.
    #[error("the gallery block has {found} bytes, its header asks for {expected}; send the gallery again")]
    Length {
        /// Bytes there are.
        found: usize,
        /// Bytes the header asks for.
        expected: u64,
    },
    /// The first bytes are another file's.
    #[error("the bytes are no gallery block (they do not begin with DNCG)")]
    Magic,
    /// Written by a newer program.
    #[error("the gallery block has format {0}, this program reads format 1; update the firmware")]
    Format(u8),
    /// A layout that cannot be cut.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// More learners than fit.
    #[error("the gallery block has {0} learners; at most {MAX_LEARNERS} can be matched")]
    Learners(usize),
    /// Thresholds that are not finite.
    #[error("the gallery block's threshold {threshold} and margin {margin} must be finite, the margin not negative")]
    Rule {
        /// Threshold read.
        threshold: f32,
        /// Margin read.
        margin: f32,
    },
    /// A view names an identity that is not there.
    #[error("view {view} is of identity {identity}, but the gallery block has {identities}")]
    Identity {
        /// Row of the view.
        view: usize,
        /// Identity it names.
        identity: u16,
        /// Identities there are.
        identities: u32,
    },
    /// An inverse length that does not belong to its code.
    #[error("an inverse length of view {view} does not belong to its code")]
    InverseLength {
        /// Row of the view.
        view: usize,
    },
    /// A name that is not UTF-8.
    #[error("the name of identity {0} is not UTF-8")]
    Name(usize),
}

/// A checked view of a gallery block.
#[derive(Debug, Clone, Copy)]
pub struct GalleryBlock<'a> {
    layout: EmbeddingLayout,
    rule: DecisionRule,
    space: [u8; 8],
    codes: &'a [i8],
    inverses: &'a [[u8; 4]],
    identity_of: &'a [[u8; 2]],
    names: &'a [[u8; MAX_NAME]],
}

impl<'a> GalleryBlock<'a> {
    /// Checks every field of `bytes` and gives access to it. Reads each code once (to hold the stored lengths
    /// to it), which costs as much as a match: do this when a gallery arrives or the device starts.
    ///
    /// # Errors
    /// Where the bytes are not a whole block or a field contradicts another.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BlockError> {
        let block = Self::reopen(bytes)?;
        block.check()?;
        Ok(block)
    }

    /// Access to a block that [`parse`](Self::parse) has accepted before: the header is read again, the rows are
    /// not. For a device whose flash cannot stay borrowed between two probes.
    ///
    /// Of bytes that were never parsed the answers mean nothing, but nothing worse comes of them: no index and no
    /// length is taken from a row.
    ///
    /// # Errors
    /// Where the header is no block's or does not fit the number of bytes.
    pub fn reopen(bytes: &'a [u8]) -> Result<Self, BlockError> {
        let found = bytes.len();
        let Some((header, body)) = bytes.split_first_chunk::<HEADER>() else {
            return Err(BlockError::Length { found, expected: HEADER as u64 });
        };
        let word = |at: usize| [header[at], header[at + 1], header[at + 2], header[at + 3]];
        if word(0) != MAGIC {
            return Err(BlockError::Magic);
        }
        if header[4] != FORMAT {
            return Err(BlockError::Format(header[4]));
        }
        let layout = EmbeddingLayout::new(usize::from(u16::from_le_bytes([header[6], header[7]])), header[5].into())?;
        let (dim, learners) = (layout.dim(), layout.learners());
        if learners > MAX_LEARNERS {
            return Err(BlockError::Learners(learners));
        }
        let (views, identities) = (u32::from_le_bytes(word(8)), u32::from_le_bytes(word(12)));
        // In 64 bits: no product of two header fields overflows there.
        let row = dim as u64 + learners as u64 * 4 + 2;
        let expected = HEADER as u64 + u64::from(views) * row + u64::from(identities) * MAX_NAME as u64;
        if expected != found as u64 {
            return Err(BlockError::Length { found, expected });
        }
        let (threshold, margin) = (f32::from_le_bytes(word(16)), f32::from_le_bytes(word(20)));
        if !threshold.is_finite() || !margin.is_finite() || margin < 0.0 {
            return Err(BlockError::Rule { threshold, margin });
        }
        let mut space = [0; 8];
        space.copy_from_slice(&header[24..32]);
        let views = views as usize;
        let (codes, rest) = body.split_at(views * dim);
        let (inverses, rest) = rest.split_at(views * learners * 4);
        let (identity_of, names) = rest.split_at(views * 2);
        Ok(Self {
            layout,
            rule: DecisionRule { threshold, margin },
            space,
            codes: bytemuck::cast_slice(codes),
            inverses: inverses.as_chunks().0,
            identity_of: identity_of.as_chunks().0,
            names: names.as_chunks().0,
        })
    }

    fn check(&self) -> Result<(), BlockError> {
        let identities = self.identities() as u32;
        let mut lengths = [0.0f32; MAX_LEARNERS];
        let lengths = &mut lengths[..self.layout.learners()];
        for view in 0..self.views() {
            let identity = self.identity_of(view);
            if u32::from(identity) >= identities {
                return Err(BlockError::Identity { view, identity, identities });
            }
            inverse_lengths(self.code(view), &self.layout, lengths);
            if !lengths.iter().zip(self.stored(view)).all(|(l, s)| l.to_bits() == s.to_bits()) {
                return Err(BlockError::InverseLength { view });
            }
        }
        match (0..self.names.len()).find(|i| core::str::from_utf8(&self.names[*i]).is_err()) {
            Some(bad) => Err(BlockError::Name(bad)),
            None => Ok(()),
        }
    }

    /// How the embeddings are cut.
    pub fn layout(&self) -> &EmbeddingLayout {
        &self.layout
    }

    /// The thresholds the gallery came with.
    pub fn rule(&self) -> &DecisionRule {
        &self.rule
    }

    /// Tag of the embedding space.
    pub fn space(&self) -> [u8; 8] {
        self.space
    }

    /// Number of views.
    pub fn views(&self) -> usize {
        self.identity_of.len()
    }

    /// Number of identities.
    pub fn identities(&self) -> usize {
        self.names.len()
    }

    /// Name of `identity`; `None` where there is no such identity.
    pub fn name(&self, identity: u16) -> Option<&'a str> {
        let name = self.names.get(usize::from(identity))?;
        core::str::from_utf8(name).ok().map(|n| n.trim_end_matches('\0'))
    }

    /// The `N` nearest identities, each by its best view; the room is on the stack.
    ///
    /// # Panics
    /// Where `probe` has not d values.
    pub fn nearest<const N: usize>(&self, probe: &[i8]) -> Ranking<N> {
        let learners = self.layout.learners();
        let mut lengths = [0.0f32; MAX_LEARNERS];
        let lengths = &mut lengths[..learners];
        inverse_lengths(probe, &self.layout, lengths);
        let mut ranking = Ranking::new();
        for row in 0..self.views() {
            let code = self.code(row);
            // The order of operations is that of `super::similarity`, to which a test holds it.
            let sum: f32 = (self.layout.slices().zip(lengths.iter()).zip(self.stored(row)))
                .map(|((slice, a), b)| int8::dot(&probe[slice.clone()], &code[slice]) as f32 * (a * b))
                .sum();
            ranking.see(Ranked { identity: self.identity_of(row), row, similarity: sum / learners as f32 });
        }
        ranking
    }

    /// Answers who `probe` is, by the gallery's own rule.
    ///
    /// # Panics
    /// Where `probe` has not d values.
    pub fn identify(&self, probe: &[i8]) -> Verdict {
        let ranking = self.nearest::<2>(probe);
        // Ranked unclamped, compared clamped: as the host's search does.
        let clamp = |r: &Ranked| Ranked { similarity: r.similarity.clamp(-1.0, 1.0), ..*r };
        let (best, runner_up) = (ranking.places().first().map(clamp), ranking.places().get(1).map(clamp));
        let decision = self.rule.decide(best.map(|r| r.similarity), runner_up.map(|r| r.similarity));
        Verdict { decision, best, runner_up }
    }

    fn code(&self, view: usize) -> &'a [i8] {
        &self.codes[view * self.layout.dim()..][..self.layout.dim()]
    }

    fn stored(&self, view: usize) -> impl Iterator<Item = f32> + use<'a> {
        let learners = self.layout.learners();
        self.inverses[view * learners..][..learners].iter().map(|b| f32::from_le_bytes(*b))
    }

    fn identity_of(&self, view: usize) -> u16 {
        u16::from_le_bytes(self.identity_of[view])
    }
}
