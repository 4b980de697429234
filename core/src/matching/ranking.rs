//! The nearest identities of a stream of views, in a fixed room.

/// An identity and how near its best view is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Number of the identity.
    pub identity: u16,
    /// Row of its best view.
    pub row: usize,
    /// Similarity of its best view.
    pub similarity: f32,
}

/// The `N` nearest identities seen so far, best first, each at its best view; of equal similarities the one
/// that came first. A similarity that is not a number is passed over.
///
/// An identity pushed out has `N` better ones before it, and they only get better: it need not be remembered.
#[derive(Debug, Clone)]
pub struct Ranking<const N: usize> {
    places: [Ranked; N],
    filled: usize,
}

impl<const N: usize> Ranking<N> {
    /// A ranking that has seen nothing.
    pub const fn new() -> Self {
        Self { places: [Ranked { identity: 0, row: 0, similarity: 0.0 }; N], filled: 0 }
    }

    /// Takes one view into account. Views come in row order.
    pub fn see(&mut self, view: Ranked) {
        let full = self.filled == N;
        // Almost every row of a large gallery stops here.
        if N == 0 || view.similarity.is_nan() || full && view.similarity <= self.places[N - 1].similarity {
            return;
        }
        let vacated = match self.places[..self.filled].iter().position(|p| p.identity == view.identity) {
            Some(at) if self.places[at].similarity >= view.similarity => return,
            Some(at) => at,
            None if full => N - 1,
            None => {
                self.filled += 1;
                self.filled - 1
            }
        };
        let at = self.places[..vacated].iter().rposition(|p| p.similarity >= view.similarity).map_or(0, |p| p + 1);
        self.places.copy_within(at..vacated, at + 1);
        self.places[at] = view;
    }

    /// The identities, best first.
    pub fn places(&self) -> &[Ranked] {
        &self.places[..self.filled]
    }
}

impl<const N: usize> Default for Ranking<N> {
    fn default() -> Self {
        Self::new()
    }
}
