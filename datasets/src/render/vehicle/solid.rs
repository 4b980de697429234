//! Convex solids with layers painted on their faces, and the order in which to draw them.

use super::paint::Paint;
use crate::render::geometry::{HalfSpace, Vec3, clip, vec3};

/// Where a face sits on its solid; what is painted on it depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The vehicle's right flank (y < 0), the one every camera sees.
    Near,
    /// The other flank.
    Far,
    Front,
    Rear,
    Top,
    Bonnet,
    Windscreen,
    RearWindow,
    Deck,
    Under,
}

/// A flat convex face and what lies on it, bottom layer first.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub(super) side: Side,
    /// Corners, counted so that `normal` points out of the solid.
    pub(super) corners: Vec<Vec3>,
    /// Unit length.
    pub(super) normal: Vec3,
    /// Polygons in the face's plane with their paint.
    pub(super) layers: Vec<(Vec<Vec3>, Paint)>,
}

impl Face {
    fn new(side: Side, corners: Vec<Vec3>, inside: Vec3) -> Self {
        let mut normal = Vec3 { x: 0.0, y: 0.0, z: 0.0 };
        for i in 2..corners.len() {
            normal = normal + (corners[i - 1] - corners[0]).cross(corners[i] - corners[0]);
        }
        let mut normal = normal.normalised();
        if normal.dot(corners[0] - inside) < 0.0 {
            normal = normal * -1.0;
        }
        Self { side, corners, normal, layers: Vec::new() }
    }

    /// Paints the whole face.
    pub(super) fn coat(&mut self, paint: Paint) {
        self.layers.push((self.corners.clone(), paint));
    }

    /// Paints the part of the face inside all of `region`.
    pub(super) fn coat_within(&mut self, region: &[HalfSpace], paint: Paint) {
        let mut polygon = self.corners.clone();
        for &half in region {
            polygon = clip(&polygon, half);
        }
        self.push(polygon, paint);
    }

    /// Paints `polygon`, which lies in the face's plane, cut off at the face's edges.
    pub(super) fn stick(&mut self, mut polygon: Vec<Vec3>, paint: Paint) {
        let count = self.corners.len();
        let middle = self.corners.iter().fold(vec3(0.0, 0.0, 0.0), |sum, &c| sum + c) * (1.0 / count as f32);
        for i in 0..count {
            let (from, to) = (self.corners[i], self.corners[(i + 1) % count]);
            let mut inward = self.normal.cross(to - from);
            if inward.dot(middle - from) < 0.0 {
                inward = inward * -1.0;
            }
            polygon = clip(&polygon, HalfSpace::new(inward, inward.dot(from)));
        }
        self.push(polygon, paint);
    }

    /// The point at `u` across and `v` up a four-cornered face with corners (bottom start, bottom end, top end,
    /// top start); both 0..=1.
    pub(super) fn at(&self, u: f32, v: f32) -> Vec3 {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| self.corners[i.min(self.corners.len() - 1)]);
        let (bottom, top) = (a + (b - a) * u, d + (c - d) * u);
        bottom + (top - bottom) * v
    }

    /// Paints the patch from (u0, v0) to (u1, v1) of a four-cornered face; see [`Face::at`].
    pub(super) fn patch(&mut self, [u0, v0, u1, v1]: [f32; 4], paint: Paint) {
        let polygon = vec![self.at(u0, v0), self.at(u1, v0), self.at(u1, v1), self.at(u0, v1)];
        self.push(polygon, paint);
    }

    fn push(&mut self, polygon: Vec<Vec3>, paint: Paint) {
        if polygon.len() >= 3 {
            self.layers.push((polygon, paint));
        }
    }
}

/// A convex solid.
#[derive(Clone, Debug)]
pub(super) struct Solid {
    pub(super) faces: Vec<Face>,
}

impl Solid {
    /// A side profile, symmetric about y = 0. `profile` runs counter-clockwise seen with x to the right and z up:
    /// (x, z, half width) and the side of the strip that leads from this corner to the next.
    pub(super) fn extruded(profile: &[([f32; 3], Side)]) -> Self {
        let near: Vec<Vec3> = profile.iter().map(|&([x, z, half], _)| vec3(x, -half, z)).collect();
        let far: Vec<Vec3> = near.iter().map(|p| vec3(p.x, -p.y, p.z)).collect();
        let count = near.len();
        let inside =
            near.iter().zip(&far).fold(vec3(0.0, 0.0, 0.0), |sum, (&a, &b)| sum + a + b) * (0.5 / count.max(1) as f32);
        let mut faces = vec![Face::new(Side::Near, near.clone(), inside), Face::new(Side::Far, far.clone(), inside)];
        for (i, &(_, side)) in profile.iter().enumerate() {
            let j = (i + 1) % count;
            // Bottom start = near corner of this point: u runs across the vehicle, v along the profile.
            faces.push(Face::new(side, vec![near[i], far[i], far[j], near[j]], inside));
        }
        Self { faces }
    }

    /// A box between two opposite corners.
    pub(super) fn cuboid(low: Vec3, high: Vec3) -> Self {
        let mut solid = Self::extruded(&[
            ([low.x, low.z, 0.5], Side::Under),
            ([high.x, low.z, 0.5], Side::Front),
            ([high.x, high.z, 0.5], Side::Top),
            ([low.x, high.z, 0.5], Side::Rear),
        ]);
        // Built with y in ±0.5, then stretched to the wanted interval; normals stay axis-parallel.
        let (middle, width) = ((low.y + high.y) * 0.5, high.y - low.y);
        for face in &mut solid.faces {
            for corner in &mut face.corners {
                corner.y = middle + corner.y * width;
            }
        }
        solid
    }

    /// Every face in one paint.
    pub(super) fn coated(mut self, paint: Paint) -> Self {
        self.faces.iter_mut().for_each(|face| face.coat(paint));
        self
    }
}

/// Solids divided by planes: drawing the side away from the eye first is right for any viewpoint.
pub(super) enum Tree {
    Leaf(Solid),
    Split {
        plane: HalfSpace,
        /// Solids outside the half-space.
        low: Box<Tree>,
        /// Solids inside it.
        high: Box<Tree>,
    },
}

impl Tree {
    pub(super) fn split(normal: Vec3, offset: f32, low: Tree, high: Tree) -> Self {
        Self::Split { plane: HalfSpace::new(normal, offset), low: Box::new(low), high: Box::new(high) }
    }

    /// Calls `draw` for each face turned towards `eye`, far ones first.
    pub(super) fn for_each_visible(&self, eye: Vec3, draw: &mut dyn FnMut(&Face)) {
        match self {
            Self::Leaf(solid) => {
                for face in &solid.faces {
                    if face.corners.first().is_some_and(|&c| face.normal.dot(eye - c) > 0.0) {
                        draw(face);
                    }
                }
            }
            Self::Split { plane, low, high } => {
                let (first, second) = if plane.depth(eye) >= 0.0 { (low, high) } else { (high, low) };
                first.for_each_visible(eye, draw);
                second.for_each_visible(eye, draw);
            }
        }
    }

    /// Calls `visit` for every corner.
    pub(super) fn for_each_corner(&self, visit: &mut dyn FnMut(Vec3)) {
        match self {
            Self::Leaf(solid) => solid.faces.iter().flat_map(|f| &f.corners).for_each(|&c| visit(c)),
            Self::Split { low, high, .. } => {
                low.for_each_corner(visit);
                high.for_each_corner(visit);
            }
        }
    }
}
