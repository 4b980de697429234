//! The controller's answer beside our own.

use dnc_core::decision::Decision;
use dnc_core::matching::{GalleryBlock, Ranked, Verdict};

use super::reply::{Near, Seen};

/// Two answers to one probe: the controller's, and that of the same code on this side.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The controller's.
    pub controller: Seen,
    /// Ours, by the gallery that we hold.
    pub edge: Verdict,
    /// Name of the nearest identity in it; empty where there is none.
    pub edge_name: String,
}

impl Compared {
    /// Answers `probe` from `block` and sets the answer beside the controller's.
    ///
    /// # Panics
    /// Where `probe` has not the block's width.
    pub fn new(controller: Seen, block: &GalleryBlock<'_>, probe: &[i8]) -> Self {
        let edge = block.identify(probe);
        let edge_name = edge.best.and_then(|b| block.name(b.identity)).unwrap_or_default().to_owned();
        Self { controller, edge, edge_name }
    }

    /// Whether decision, names and similarities are the same, the latter to the last bit: both ends do the same
    /// operations in the same order.
    pub fn same(&self) -> bool {
        let same = |ours: Option<Ranked>, theirs: Option<Near>| {
            let ours = ours.map(|r| (r.identity, r.similarity.to_bits()));
            ours == theirs.map(|n| (n.identity, n.similarity.to_bits()))
        };
        self.controller.decision == self.edge.decision
            && self.controller.name == self.edge_name
            && same(self.edge.best, self.controller.best)
            && same(self.edge.runner_up, self.controller.runner_up)
    }

    /// Whether the two would act alike: the same decision, and the same name where somebody is known.
    pub fn acts_alike(&self) -> bool {
        let known = self.edge.decision == Decision::Known;
        self.controller.decision == self.edge.decision && (!known || self.controller.name == self.edge_name)
    }
}

#[cfg(test)]
mod tests {
    use dnc_core::EmbeddingLayout;
    use dnc_core::decision::DecisionRule;
    use dnc_core::matching::GalleryBlockBuilder;

    use super::*;

    #[test]
    fn one_bit_of_a_similarity_is_a_difference() {
        let rule = DecisionRule { threshold: 0.9, margin: 0.1 };
        let mut builder = GalleryBlockBuilder::new(EmbeddingLayout::new(2, 1).unwrap(), rule, [0; 8]).unwrap();
        builder.add("Ada", &[100, 3]).unwrap();
        builder.add("Bo", &[-7, 90]).unwrap();
        let bytes = builder.build();
        let block = GalleryBlock::parse(&bytes).unwrap();
        let verdict = block.identify(&[100, 4]);
        let near = |r: Option<Ranked>| r.map(|r| Near { identity: r.identity, similarity: r.similarity });
        let seen = Seen {
            decision: Decision::Known,
            best: near(verdict.best),
            runner_up: near(verdict.runner_up),
            name: "Ada".into(),
            opened: false,
        };
        let compared = |seen: Seen| Compared::new(seen, &block, &[100, 4]);
        assert!(compared(seen.clone()).same() && compared(seen.clone()).acts_alike());
        let last_bit = |n: Near| Near { similarity: f32::from_bits(n.similarity.to_bits() ^ 1), ..n };
        let bit = compared(Seen { best: seen.best.map(last_bit), ..seen.clone() });
        assert!(!bit.same() && bit.acts_alike());
        let other = compared(Seen { decision: Decision::Unknown, ..seen.clone() });
        assert!(!other.same() && !other.acts_alike());
        let name = compared(Seen { name: "Bo".into(), ..seen });
        assert!(!name.same() && !name.acts_alike());
    }
}
