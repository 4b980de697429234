//! Rank lists: a query and what was found for it, right and wrong ones framed.

use std::collections::BTreeSet;
use std::path::Path;

use dnc_core::metrics::{Labelled, score_by_distance};
use dnc_core::search::top_k;
use maud::{Markup, html};

use super::shown::Shown;

/// A picture found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The picture.
    pub shown: Shown,
    /// Similarity to the query, in \[−1, 1\].
    pub similarity: f32,
    /// Whether it has the query's identity.
    pub right: bool,
    /// Its rank, counted from 1.
    pub rank: usize,
}

/// A query and some of what was found for it, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct RankList {
    /// The query.
    pub query: Shown,
    /// Its average precision over all others, in \[0, 1\].
    pub average_precision: f64,
    /// Some of the others.
    pub found: Vec<Found>,
}

/// A row that was found for a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked {
    /// The row.
    pub row: usize,
    /// Its rank, counted from 1.
    pub rank: usize,
}

/// Average precision of each row as a query against all others, in \[0, 1\]; 0 where there is no second row of its
/// identity.
pub fn average_precisions(all: Labelled<'_>) -> Vec<f64> {
    score_by_distance(all, all, |query, row| query == row).into_iter().map(|query| query.average_precision).collect()
}

/// The middle of each of `n` equal stretches of `0..of`; all of it where that is no more.
pub fn even_steps(of: usize, n: usize) -> impl Iterator<Item = usize> {
    let n = n.min(of);
    (0..n).map(move |i| (2 * i + 1) * of / (2 * n))
}

/// The `n` queries with the lowest average precision, each of another identity, but for those that `skip` names.
pub fn worst(precision: &[f64], labels: &[u32], n: usize, skip: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut by_precision: Vec<usize> = (0..precision.len()).collect();
    by_precision.sort_by(|a, b| precision[*a].total_cmp(&precision[*b]));
    let mut identities = BTreeSet::new();
    let mut chosen = Vec::new();
    for query in by_precision {
        if chosen.len() < n && !skip(query) && identities.insert(labels[query]) {
            chosen.push(query);
        }
    }
    chosen
}

/// The `n` rows nearest to row `query`, itself left out. Rows are compared by their dot product: all have one
/// length.
pub fn nearest(all: Labelled<'_>, query: usize, n: usize) -> Vec<Ranked> {
    let hits = top_k(all.embeddings, all.dim, all.row(query), n, |row| row == query);
    hits.iter().enumerate().map(|(i, hit)| Ranked { row: hit.row, rank: i + 1 }).collect()
}

/// The nearest row of `query`'s identity, itself left out, with its rank.
pub fn first_right(all: Labelled<'_>, query: usize) -> Option<Ranked> {
    let label = all.labels[query];
    let right = top_k(all.embeddings, all.dim, all.row(query), 1, |row| row == query || all.labels[row] != label);
    let best = right.first()?;
    let nearer = |row: usize| {
        let score = dnc_core::distance::dot(all.row(row), all.row(query));
        row != query && (score > best.score || (score == best.score && row < best.row))
    };
    Some(Ranked { row: best.row, rank: 1 + (0..all.labels.len()).filter(|row| nearer(*row)).count() })
}

/// Rows of a report; `kind` says what an identity is, `uri` makes a picture's data URI.
///
/// # Errors
/// Where a picture cannot be read.
pub fn rows<'a>(
    lists: impl IntoIterator<Item = &'a RankList>,
    kind: &str,
    uri: &dyn Fn(&Path) -> anyhow::Result<String>,
) -> anyhow::Result<Markup> {
    let picture = |shown: &Shown, word: &str| -> anyhow::Result<Markup> {
        Ok(shown.image(&uri(&shown.path)?, &format!("{word}: {kind}")))
    };
    let matched = |place: usize, found: &Found| -> anyhow::Result<Markup> {
        let (class, sign) = if found.right { ("right", "✓") } else { ("wrong", "✗") };
        Ok(html! {
            li class=(class) {
                (picture(&found.shown, class)?)
                span.mark.(class) aria-hidden="true" { (sign) }
                // Where ranks are left out, the rank is said.
                small { @if found.rank != place + 1 { "rank " (found.rank) ", " } (format!("{:.2}", found.similarity)) }
            }
        })
    };
    Ok(html! {
        @for list in lists {
            div.ranks {
                div.query {
                    (picture(&list.query, "query")?)
                    span {
                        b { (kind) " " (list.query.identity) }
                        @if let Some(camera) = &list.query.camera { br; "camera " (camera) }
                        br; "AP " (format!("{:.2}", list.average_precision))
                    }
                }
                ol { @for (place, found) in list.found.iter().enumerate() { (matched(place, found)?) } }
            }
        }
    })
}

/// What the marks mean.
pub fn legend(kind: &str) -> Markup {
    html! {
        span.mark.right { "✓" } " the same " (kind) ", " span.mark.wrong { "✗" }
        " another one; the number is the similarity. AP: average precision of the whole ranking."
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn average_precision_leaves_the_query_out() {
        let embeddings = [1.0, 0.0, 0.9, 0.1, 0.0, 1.0, 0.8, 0.2];
        // Nearest to row 0 is row 1 (another identity), then row 3 (its own).
        let precision = average_precisions(Labelled::new(&embeddings, 2, &[7, 8, 8, 7]));
        assert!((precision[0] - 0.5).abs() < 1e-9, "{precision:?}");
    }

    #[test]
    fn even_steps_lie_in_the_middle_of_their_stretches() {
        let seven = |of| even_steps(of, 7).collect::<Vec<_>>();
        assert_eq!(seven(70), [5, 15, 25, 35, 45, 55, 65]);
        assert_eq!((seven(0), seven(2)), (vec![], vec![0, 1]));
    }

    #[test]
    fn the_worst_are_of_different_identities() {
        let labels: Vec<u32> = (0..70).map(|i| i / 10).collect();
        let mut precision = vec![0.9; 70];
        (precision[11], precision[12], precision[33], precision[51]) = (0.1, 0.15, 0.2, 0.3);
        assert_eq!(worst(&precision, &labels, 3, |_| false), [11, 33, 51]);
        assert_eq!(worst(&precision, &labels, 2, |query| query == 11), [12, 33]);
        assert_eq!(worst(&[0.5, 0.4], &[0, 0], 3, |_| false), [1]);
        assert!(worst(&[], &[], 3, |_| false).is_empty());
    }

    #[test]
    fn the_first_right_stands_where_a_full_sort_puts_it() {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        for case in 0..30 {
            let n = 5 + case;
            // Few distinct values, so that equal scores occur.
            let embeddings: Vec<f32> = (0..n * 2).map(|_| rng.random_range(-2..=2) as f32).collect();
            let labels: Vec<u32> = (0..n).map(|_| rng.random_range(0..4)).collect();
            let all = Labelled::new(&embeddings, 2, &labels);
            for query in 0..n {
                let sorted = nearest(all, query, n);
                let slow = sorted.iter().find(|ranked| labels[ranked.row] == labels[query]).copied();
                assert_eq!(first_right(all, query), slow, "case {case}, query {query}");
            }
        }
    }
}
