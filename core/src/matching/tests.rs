use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::decision::DecisionRule;
use crate::normalize::group_normalize;
use crate::search::top_identities;

struct Case {
    block: Vec<u8>,
    layout: EmbeddingLayout,
    rule: DecisionRule,
    codes: Vec<Vec<i8>>,
    identity_of: Vec<u32>,
    probe: Vec<i8>,
}

/// A gallery whose views are blurred copies of their identity, and a probe that is a view of one or a stranger.
fn random_case(rng: &mut ChaCha8Rng) -> Case {
    let layout = loop {
        let (dim, learners) = (rng.random_range(1..96), rng.random_range(1..9));
        if let Ok(layout) = EmbeddingLayout::new(dim, learners) {
            break layout;
        }
    };
    let rule = DecisionRule { threshold: rng.random_range(0.2..0.9), margin: rng.random_range(0.0..0.8) };
    let centre =
        |rng: &mut ChaCha8Rng| -> Vec<f32> { (0..layout.dim()).map(|_| rng.random_range(-1.0..1.0f32)).collect() };
    let identities = rng.random_range(0..7);
    let centres: Vec<_> = (0..identities).map(|_| centre(rng)).collect();
    let near = |rng: &mut ChaCha8Rng, c: &[f32]| -> Vec<i8> {
        let blur = rng.random_range(0.0..1.0f32);
        let mut e: Vec<f32> = c.iter().map(|v| v + blur * rng.random_range(-1.0..1.0f32)).collect();
        group_normalize(&mut e, &layout);
        let mut code = vec![0; e.len()];
        int8::encode(&e, &mut code);
        code
    };
    let mut builder = GalleryBlockBuilder::new(layout, rule, [7; 8]).unwrap();
    let (mut codes, mut identity_of) = (Vec::new(), Vec::new());
    for (i, c) in centres.iter().enumerate() {
        for _ in 0..rng.random_range(1..5) {
            codes.push(near(rng, c));
            identity_of.push(i as u32);
            builder.add(&format!("id {i}"), codes.last().unwrap()).unwrap();
        }
    }
    let of = if identities > 0 && rng.random_bool(0.6) {
        centres[rng.random_range(0..identities)].clone()
    } else {
        centre(rng)
    };
    let probe = near(rng, &of);
    Case { block: builder.build(), layout, rule, codes, identity_of, probe }
}

fn decoded(code: &[i8], layout: &EmbeddingLayout) -> Vec<f32> {
    let mut e = vec![0.0; code.len()];
    int8::decode(code, 0.003, &mut e);
    group_normalize(&mut e, layout);
    e
}

#[test]
fn a_block_answers_as_the_hosts_f32_search_does() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut seen = [0; 3];
    for _ in 0..3000 {
        let case = random_case(&mut rng);
        let block = GalleryBlock::parse(&case.block).unwrap();
        let verdict = block.identify(&case.probe);
        let matrix: Vec<f32> = case.codes.iter().flat_map(|c| decoded(c, &case.layout)).collect();
        let probe = decoded(&case.probe, &case.layout);
        let hits = top_identities(&matrix, case.layout.dim(), &case.identity_of, &probe, 2);
        let scores: Vec<f32> =
            hits.iter().map(|h| (h.best.score / case.layout.learners() as f32).clamp(-1.0, 1.0)).collect();
        let ours = [verdict.best, verdict.runner_up];
        for place in 0..2 {
            assert_eq!(ours[place].is_some(), scores.get(place).is_some());
            let (Some(ours), Some(score)) = (ours[place], scores.get(place)) else { continue };
            assert!((ours.similarity - score).abs() < 2e-6, "{} against {score}", ours.similarity);
        }
        // Where rounding can turn the answer, either answer is right.
        let at_the_edge = scores.first().is_some_and(|b| (b - case.rule.threshold).abs() < 4e-6)
            || scores.len() == 2 && (scores[0] - scores[1] - case.rule.margin).abs() < 4e-6;
        if !at_the_edge {
            let expected = case.rule.decide(scores.first().copied(), scores.get(1).copied());
            assert_eq!(verdict.decision, expected);
        }
        if scores.len() == 2 && scores[0] - scores[1] > 4e-6 {
            assert_eq!(u32::from(verdict.best.unwrap().identity), hits[0].identity);
        }
        seen[verdict.decision as usize] += 1;
    }
    assert!(seen.iter().all(|n| *n > 100), "every answer occurs: {seen:?}");
}

#[test]
fn a_ranking_equals_sorting_the_best_view_of_each_identity() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for _ in 0..3000 {
        // Few different values, so that ties are common.
        let views: Vec<Ranked> = (0..rng.random_range(0..30))
            .map(|row| Ranked {
                identity: rng.random_range(0..8),
                row,
                similarity: rng.random_range(-3..4) as f32 / 4.0,
            })
            .collect();
        let mut best: Vec<Ranked> = Vec::new();
        for identity in 0..8 {
            // `max_by` takes the last of equals: reversed, the first row.
            let of = views.iter().rev().filter(|v| v.identity == identity);
            best.extend(of.max_by(|a, b| a.similarity.total_cmp(&b.similarity)));
        }
        best.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.row.cmp(&b.row)));
        best.truncate(3);
        let mut ranking = Ranking::<3>::new();
        for view in &views {
            ranking.see(*view);
            ranking.see(Ranked { similarity: f32::NAN, ..*view });
        }
        assert_eq!(ranking.places(), best);
    }
}

#[test]
fn ranks_by_the_published_similarity_to_the_last_bit() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for _ in 0..300 {
        let case = random_case(&mut rng);
        let block = GalleryBlock::parse(&case.block).unwrap();
        let lengths = |code: &[i8]| {
            let mut l = vec![0.0; case.layout.learners()];
            inverse_lengths(code, &case.layout, &mut l);
            l
        };
        let probe = lengths(&case.probe);
        for place in block.nearest::<8>(&case.probe).places() {
            let code = &case.codes[place.row];
            let expected = similarity((&case.probe, &probe), (code, &lengths(code)), &case.layout);
            assert_eq!(place.similarity.to_bits(), expected.to_bits());
        }
    }
}

#[test]
fn a_slice_of_zeros_is_similar_to_nothing() {
    let layout = EmbeddingLayout::new(4, 2).unwrap();
    let rule = DecisionRule { threshold: 0.4, margin: 0.0 };
    let mut builder = GalleryBlockBuilder::new(layout, rule, [0; 8]).unwrap();
    builder.add("half", &[0, 0, 127, 0]).unwrap();
    let bytes = builder.build();
    let block = GalleryBlock::parse(&bytes).unwrap();
    assert_eq!(block.identify(&[5, 5, 9, 0]).best.unwrap().similarity, 0.5);
    assert_eq!(block.identify(&[0; 4]).decision, Decision::Unknown);
}

#[test]
fn a_block_opened_again_answers_as_the_parsed_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..300 {
        let case = random_case(&mut rng);
        let (parsed, again) = (GalleryBlock::parse(&case.block).unwrap(), GalleryBlock::reopen(&case.block).unwrap());
        assert_eq!(again.identify(&case.probe), parsed.identify(&case.probe));
        assert_eq!((again.space(), again.views(), again.identities()), ([7; 8], case.codes.len(), parsed.identities()));
    }
}

#[test]
fn harmed_blocks_are_refused_or_read_but_never_a_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut case = random_case(&mut rng);
    while case.codes.len() < 4 {
        case = random_case(&mut rng);
    }
    for cut in 0..case.block.len() {
        assert!(GalleryBlock::parse(&case.block[..cut]).is_err(), "cut at {cut}");
        assert!(GalleryBlock::reopen(&case.block[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..case.block.len() {
        for bit in 0..8 {
            let mut harmed = case.block.clone();
            harmed[at] ^= 1 << bit;
            let parsed = GalleryBlock::parse(&harmed);
            let reopened = GalleryBlock::reopen(&harmed);
            assert!(reopened.is_ok() || parsed.is_err(), "byte {at}: parsed, but not opened again");
            for block in [parsed, reopened].into_iter().flatten().filter(|b| b.layout().dim() == case.probe.len()) {
                if let Some(best) = block.identify(&case.probe).best {
                    block.name(best.identity);
                }
            }
        }
    }
}

#[test]
fn what_no_block_can_hold_is_refused() {
    let rule = DecisionRule { threshold: 0.5, margin: 0.0 };
    let wide = EmbeddingLayout::new(66, 33).unwrap();
    assert!(matches!(GalleryBlockBuilder::new(wide, rule, [0; 8]), Err(BuildError::Layout { .. })));
    let mut builder = GalleryBlockBuilder::new(EmbeddingLayout::new(2, 1).unwrap(), rule, [0; 8]).unwrap();
    assert!(matches!(builder.add("a", &[1]), Err(BuildError::Width { found: 1, expected: 2 })));
    assert!(matches!(builder.add("", &[1, 2]), Err(BuildError::Name(_))));
    assert!(matches!(builder.add(&"x".repeat(25), &[1, 2]), Err(BuildError::Name(_))));
    builder.add(&"x".repeat(24), &[1, 2]).unwrap();
    assert_eq!(GalleryBlock::parse(&builder.build()).unwrap().name(0), Some("x".repeat(24).as_str()));
}
