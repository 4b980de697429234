//! Vectors, clipping of polygons, and angles computed the same way on every machine.

use std::ops::{Add, Mul, Sub};

/// A point or direction. Vehicles: metres; x forward, y to the vehicle's left, z up, origin on the ground under
/// its middle. Garments: centimetres; x to the wearer's left, y up, z to the front, origin at the base of the neck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vec3 {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) z: f32,
}

/// Short for a [`Vec3`].
pub(super) const fn vec3(x: f32, y: f32, z: f32) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec3 {
    pub(super) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub(super) fn cross(self, other: Self) -> Self {
        vec3(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    /// Unit length; a zero vector stays zero.
    pub(super) fn normalised(self) -> Self {
        let length = self.dot(self).sqrt();
        if length > 0.0 { self * (1.0 / length) } else { self }
    }
}

impl Add for Vec3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        vec3(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        vec3(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f32> for Vec3 {
    type Output = Self;
    fn mul(self, by: f32) -> Self {
        vec3(self.x * by, self.y * by, self.z * by)
    }
}

/// The points p with normal·p ≥ offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct HalfSpace {
    pub(super) normal: Vec3,
    pub(super) offset: f32,
}

impl HalfSpace {
    pub(super) fn new(normal: Vec3, offset: f32) -> Self {
        Self { normal, offset }
    }

    /// Signed distance times |normal|; not negative inside.
    pub(super) fn depth(&self, point: Vec3) -> f32 {
        self.normal.dot(point) - self.offset
    }
}

/// The part of `polygon` inside `keep` (Sutherland–Hodgman); empty where nothing is left.
pub(super) fn clip(polygon: &[Vec3], keep: HalfSpace) -> Vec<Vec3> {
    let mut kept = Vec::with_capacity(polygon.len() + 2);
    for (i, &to) in polygon.iter().enumerate() {
        let from = polygon[(i + polygon.len() - 1) % polygon.len()];
        let (a, b) = (keep.depth(from), keep.depth(to));
        if (a < 0.0) != (b < 0.0) {
            kept.push(from + (to - from) * (a / (a - b)));
        }
        if b >= 0.0 {
            kept.push(to);
        }
    }
    if kept.len() < 3 { Vec::new() } else { kept }
}

/// Sine and cosine of an angle in degrees. The system's `sin` may differ in its last bit between C libraries and
/// so move a polygon's edge; this uses only +, −, × (error below 1e-6).
pub(super) fn sin_cos(degrees: f32) -> (f32, f32) {
    let mut angle = f64::from(degrees) % 360.0;
    if angle > 180.0 {
        angle -= 360.0;
    } else if angle < -180.0 {
        angle += 360.0;
    }
    (sine(angle) as f32, sine(90.0 - angle) as f32)
}

/// Sine of −180..=270 degrees: folded into ±90, then a Taylor polynomial.
fn sine(degrees: f64) -> f64 {
    let folded = match degrees {
        d if d > 90.0 => 180.0 - d,
        d if d < -90.0 => -180.0 - d,
        d => d,
    };
    let x = folded * (std::f64::consts::PI / 180.0);
    let q = x * x;
    x * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * (1.0 - q / 72.0 * (1.0 - q / 110.0 * (1.0 - q / 156.0))))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_agree_with_the_standard_library() {
        for step in -800..800 {
            let degrees = step as f32 * 0.9;
            let (sin, cos) = sin_cos(degrees);
            assert!((sin - degrees.to_radians().sin()).abs() < 1e-5, "sin {degrees}");
            assert!((cos - degrees.to_radians().cos()).abs() < 1e-5, "cos {degrees}");
        }
    }

    #[test]
    fn clipping_keeps_the_inner_half() {
        let square = [vec3(0.0, 0.0, 0.0), vec3(2.0, 0.0, 0.0), vec3(2.0, 0.0, 2.0), vec3(0.0, 0.0, 2.0)];
        let half = clip(&square, HalfSpace::new(vec3(1.0, 0.0, 0.0), 1.0));
        assert_eq!(half.len(), 4);
        assert!(half.iter().all(|p| p.x >= 1.0));
        assert!(clip(&square, HalfSpace::new(vec3(1.0, 0.0, 0.0), 3.0)).is_empty());
    }
}
