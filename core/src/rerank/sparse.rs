//! A sparse matrix of weights, compressed by rows.

/// Rows of (column, weight) pairs.
#[derive(Debug)]
pub struct Sparse {
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Sparse {
    /// From its rows.
    pub fn from_rows(rows: Vec<Vec<(u32, f32)>>) -> Self {
        let mut starts = Vec::with_capacity(rows.len() + 1);
        starts.push(0);
        let mut entries = Vec::with_capacity(rows.iter().map(Vec::len).sum());
        for row in rows {
            entries.extend(row);
            starts.push(entries.len());
        }
        Self { starts, entries }
    }

    /// Pairs of row `i`.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        self.entries[self.starts[i]..self.starts[i + 1]].iter().copied()
    }

    /// Mean of the rows `of`, columns ascending.
    pub fn mean_of(&self, of: &[u32]) -> Vec<(u32, f32)> {
        let mut all: Vec<(u32, f32)> = of.iter().flat_map(|&i| self.row(i as usize)).collect();
        // Stable: the weights of a column are added in the order of `of`.
        all.sort_by_key(|(column, _)| *column);
        let mut mean: Vec<(u32, f32)> = Vec::new();
        for (column, weight) in all {
            let weight = weight / of.len() as f32;
            match mean.last_mut() {
                Some(last) if last.0 == column => last.1 += weight,
                _ => mean.push((column, weight)),
            }
        }
        mean
    }

    /// The transpose of the rows `of`: row j holds (position in `of`, weight of column j there). As many rows as
    /// the matrix has; its columns are numbered like its rows.
    pub fn transposed(&self, of: &[u32]) -> Self {
        let mut starts = vec![0; self.starts.len()];
        for (column, _) in of.iter().flat_map(|&i| self.row(i as usize)) {
            starts[column as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); starts.last().copied().unwrap_or(0)];
        for (position, &i) in of.iter().enumerate() {
            for (column, weight) in self.row(i as usize) {
                entries[next[column as usize]] = (position as u32, weight);
                next[column as usize] += 1;
            }
        }
        Self { starts, entries }
    }
}
