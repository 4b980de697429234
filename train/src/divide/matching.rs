//! Numbering new clusters like the old ones, so that a learner keeps its part of the data.

use pathfinding::kuhn_munkres::kuhn_munkres_min;
use pathfinding::matrix::Matrix;

/// L1 distance of the membership indicators of current cluster i (row) and previous cluster j (column):
/// how many samples are in one and not in the other.
///
/// # Panics
/// Where the lengths differ or a cluster is not below `clusters`.
pub fn membership_cost(previous: &[u32], current: &[u32], clusters: usize) -> Vec<Vec<i64>> {
    assert_eq!(previous.len(), current.len(), "two divisions of the same samples");
    let mut shared = vec![vec![0i64; clusters]; clusters];
    let (mut of_previous, mut of_current) = (vec![0i64; clusters], vec![0i64; clusters]);
    for (p, c) in previous.iter().zip(current) {
        shared[*c as usize][*p as usize] += 1;
        of_previous[*p as usize] += 1;
        of_current[*c as usize] += 1;
    }
    let cost = |i: usize, j: usize| of_current[i] + of_previous[j] - 2 * shared[i][j];
    (0..clusters).map(|i| (0..clusters).map(|j| cost(i, j)).collect()).collect()
}

/// `current` with every cluster renumbered to the previous cluster that a minimum-cost assignment matches
/// with it. (The published code applies the inverse permutation.)
///
/// # Panics
/// As [`membership_cost`].
pub fn match_clusters(previous: &[u32], current: &[u32], clusters: usize) -> Vec<u32> {
    let cost = membership_cost(previous, current, clusters);
    let weights = Matrix::from_rows(cost).expect("a square cost matrix");
    let (_, matched) = kuhn_munkres_min(&weights);
    current.iter().map(|c| matched[*c as usize] as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_of_three_is_undone_in_the_right_direction() {
        // A swap is its own inverse; only a longer cycle tells the directions apart.
        let previous = [0, 0, 1, 1, 2, 2];
        let current = [1, 1, 2, 2, 0, 0];
        assert_eq!(match_clusters(&previous, &current, 3), previous);
    }

    #[test]
    fn the_cost_is_the_l1_distance_of_indicators() {
        let (previous, current) = ([0, 0, 1, 1, 1], [0, 1, 1, 1, 0]);
        let indicator = |of: &[u32], k: u32| of.iter().map(|c| i64::from(*c == k)).collect::<Vec<_>>();
        for (i, row) in membership_cost(&previous, &current, 2).iter().enumerate() {
            for (j, cost) in row.iter().enumerate() {
                let (a, b) = (indicator(&current, i as u32), indicator(&previous, j as u32));
                assert_eq!(*cost, a.iter().zip(&b).map(|(x, y)| (x - y).abs()).sum::<i64>());
            }
        }
    }
}
