//! Symmetric int8 codes of embeddings: `value ≈ code · scale`, zero point 0.

/// Writes the code of `embedding` to `code` and returns its scale (the largest magnitude divided by 127).
/// An embedding of zeros has scale 0 and a code of zeros.
///
/// # Panics
/// Where the widths differ.
pub fn encode(embedding: &[f32], code: &mut [i8]) -> f32 {
    assert_eq!(embedding.len(), code.len(), "a code has as many values as its embedding");
    let largest = embedding.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let scale = largest / 127.0;
    if scale == 0.0 || !scale.is_finite() {
        code.fill(0);
        return 0.0;
    }
    for (c, v) in code.iter_mut().zip(embedding) {
        // `as` saturates; the rounding is to nearest, ties away from zero.
        *c = libm::roundf(v / scale) as i8;
    }
    scale
}

/// Writes `code · scale` to `embedding`.
///
/// # Panics
/// Where the widths differ.
pub fn decode(code: &[i8], scale: f32, embedding: &mut [f32]) {
    assert_eq!(embedding.len(), code.len(), "a code has as many values as its embedding");
    for (v, c) in embedding.iter_mut().zip(code) {
        *v = f32::from(*c) * scale;
    }
}

/// Dot product of two codes; exact for up to 133,000 values.
///
/// # Panics
/// Where the widths differ.
pub fn dot(a: &[i8], b: &[i8]) -> i32 {
    assert_eq!(a.len(), b.len(), "codes of different width cannot be compared");
    a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum()
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_within_half_a_step() {
        let e: Vec<f32> = (0..128).map(|i| (i as f32 * 0.7).sin() * 0.3).collect();
        let mut code = vec![0i8; 128];
        let scale = encode(&e, &mut code);
        let mut back = vec![0.0; 128];
        decode(&code, scale, &mut back);
        let worst = e.iter().zip(&back).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= scale * 0.5001, "{worst} against a step of {scale}");
        assert!(code.iter().any(|c| c.unsigned_abs() == 127), "the largest magnitude uses the whole range");
    }

    #[test]
    fn zeros_have_no_scale() {
        let mut code = [1i8; 3];
        assert_eq!(encode(&[0.0; 3], &mut code), 0.0);
        assert_eq!(code, [0; 3]);
    }
}
