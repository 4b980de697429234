//! A safe face for the `gemm` crate.

use gemm::Parallelism;

/// A row-major matrix, or its transpose.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `rows` × `cols`, row by row.
    ///
    /// # Panics
    /// Where `data` does not hold rows × cols values.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        assert_eq!(data.len(), rows * cols, "a {rows} × {cols} matrix");
        Self { data, rows, cols, row_stride: cols, col_stride: 1 }
    }

    /// The transpose, without a copy.
    pub fn t(self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }
}

/// `c` = `a`·`b`, or `c` + `a`·`b` where `accumulate`; one thread.
///
/// # Panics
/// Where the sizes do not fit.
pub fn matmul(a: Matrix<'_>, b: Matrix<'_>, c: &mut [f32], accumulate: bool) {
    assert_eq!(a.cols, b.rows, "inner sizes of a matrix product");
    assert_eq!(c.len(), a.rows * b.cols, "size of a matrix product");
    if c.is_empty() {
        return;
    }
    // SAFETY: strides and sizes of both factors were checked against their slices in `Matrix::new`
    // (transposing swaps both), `c` holds rows × cols contiguous values and is borrowed mutably, so it
    // overlaps neither factor.
    unsafe {
        gemm::gemm(
            a.rows,
            b.cols,
            a.cols,
            c.as_mut_ptr(),
            1,
            b.cols as isize,
            accumulate,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_three_loops_with_and_without_transposes() {
        let (m, k, n) = (5, 7, 3);
        let a: Vec<f32> = (0..m * k).map(|i| (i as f32 * 0.3).sin()).collect();
        let b: Vec<f32> = (0..k * n).map(|i| (i as f32 * 0.7).cos()).collect();
        let at: Vec<f32> = (0..k * m).map(|i| a[(i % m) * k + i / m]).collect();
        let slow: Vec<f32> = (0..m * n).map(|i| (0..k).map(|l| a[(i / n) * k + l] * b[l * n + i % n]).sum()).collect();
        let mut c = vec![1.0; m * n];
        matmul(Matrix::new(&a, m, k), Matrix::new(&b, k, n), &mut c, false);
        assert!(c.iter().zip(&slow).all(|(x, y)| (x - y).abs() < 1e-5));
        matmul(Matrix::new(&at, k, m).t(), Matrix::new(&b, k, n), &mut c, true);
        assert!(c.iter().zip(&slow).all(|(x, y)| (x - 2.0 * y).abs() < 1e-5));
    }
}
