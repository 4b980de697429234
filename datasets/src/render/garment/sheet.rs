//! Cloth, skin or wood as a mesh of points around a line.

use crate::render::geometry::{Vec3, sin_cos, vec3};

/// Points around a tube. The first and the last meet at the back.
const COLUMNS: usize = 40;

/// A cross-section: an ellipse.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    pub(super) centre: Vec3,
    /// Half axes, cm: towards the wearer's left (the viewer's right) and towards the front.
    pub(super) side: Vec3,
    pub(super) front: Vec3,
    /// Centimetres of cloth from the upper end.
    pub(super) along: f32,
}

/// A point of the mesh.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vertex {
    pub(super) at: Vec3,
    pub(super) normal: Vec3,
    /// Round the tube: 0 in the middle of the front, ±0.5 at the sides, ±1 in the middle of the back.
    pub(super) across: f32,
    /// As [`Ring::along`].
    pub(super) along: f32,
    /// Height of the folds, cm.
    pub(super) height: f32,
}

/// A tube, open at both ends.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) vertices: Vec<Vertex>,
    /// Vertices in a row, round the tube.
    pub(super) columns: usize,
}

impl Sheet {
    /// The tube through `rings`. `flat` is 0 for elliptic sections, 1 for two layers lying on each other. Each
    /// point stands out by `height` (across, along; cm), which also draws cloth into the fold.
    pub(super) fn tube(rings: &[Ring], flat: f32, height: impl Fn(f32, f32) -> f32) -> Self {
        let columns = COLUMNS + 1;
        let mut vertices = Vec::with_capacity(columns * rings.len());
        for ring in rings {
            for column in 0..columns {
                let across = 2.0 * column as f32 / COLUMNS as f32 - 1.0;
                let [s, c] = section(across, flat);
                vertices.push(Vertex {
                    at: ring.centre + ring.side * s + ring.front * c,
                    normal: vec3(0.0, 0.0, 0.0),
                    across,
                    along: ring.along,
                    height: height(across, ring.along),
                });
            }
        }
        let mut sheet = Self { vertices, columns };
        sheet.set_normals();
        for vertex in &mut sheet.vertices {
            vertex.at = vertex.at + vertex.normal * vertex.height;
        }
        sheet.set_normals();
        sheet
    }

    /// Rows of vertices.
    pub(super) fn rows(&self) -> usize {
        self.vertices.len() / self.columns
    }

    fn set_normals(&mut self) {
        let (rows, columns) = (self.rows(), self.columns);
        let normals: Vec<Vec3> = (0..self.vertices.len())
            .map(|i| {
                let (row, column) = (i / columns, i % columns);
                let at = |row: usize, column: usize| self.vertices[row * columns + column].at;
                // The seam's two columns are one line: both look over it.
                let (before, after) = match column {
                    0 => (columns - 2, 1),
                    c if c == columns - 1 => (columns - 2, 1),
                    c => (c - 1, c + 1),
                };
                let round = at(row, after) - at(row, before);
                let down = at((row + 1).min(rows - 1), column) - at(row.saturating_sub(1), column);
                down.cross(round).normalised()
            })
            .collect();
        self.vertices.iter_mut().zip(normals).for_each(|(vertex, normal)| vertex.normal = normal);
    }
}

/// The unit section: towards the side, towards the front.
fn section(across: f32, flat: f32) -> [f32; 2] {
    let (sin, cos) = sin_cos(180.0 * across);
    let half = across.abs();
    let (share, layer) = if half <= 0.5 { (2.0 * half, 1.0) } else { (2.0 - 2.0 * half, -1.0) };
    let line = if across < 0.0 { -share } else { share };
    [sin + (line - sin) * flat, cos + (layer * (1.0 - share * share) - cos) * flat]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_point_outwards_and_folds_stand_out() {
        let ring = |y: f32| Ring {
            centre: vec3(0.0, y, 0.0),
            side: vec3(10.0, 0.0, 0.0),
            front: vec3(0.0, 0.0, 6.0),
            along: -y,
        };
        let rings = [ring(0.0), ring(-5.0), ring(-10.0)];
        for flat in [0.0, 0.5] {
            let plain = Sheet::tube(&rings, flat, |_, _| 0.0);
            let folded = Sheet::tube(&rings, flat, |_, _| 1.0);
            for (p, f) in plain.vertices.iter().zip(&folded.vertices) {
                let outwards = vec3(p.at.x, 0.0, p.at.z);
                assert!(p.normal.dot(outwards) > 0.0, "{p:?}");
                assert!((f.at - p.at).dot(p.normal) > 0.9, "{f:?}");
            }
        }
    }
}
