//! Simple shapes, drawn in a square from −1 to 1: a vehicle's decals, a garment's prints.

use super::geometry::sin_cos;
use super::random::Dice;

/// An outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Ring,
    Square,
    Diamond,
    Triangle,
    Star,
    Cross,
    Chevron,
    Bars,
    Checker,
}

impl Shape {
    /// Any shape, all alike likely.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        use Shape::*;
        dice.pick([Disc, Ring, Square, Diamond, Triangle, Star, Cross, Chevron, Bars, Checker])
    }

    /// Its polygons; (u, v) with v up.
    pub(super) fn polygons(self) -> Vec<Vec<[f32; 2]>> {
        match self {
            Self::Disc => vec![circle(0.92, 16)],
            Self::Ring => vec![ring()],
            Self::Square => vec![rectangle(-0.85, -0.85, 0.85, 0.85)],
            Self::Diamond => vec![vec![[0.0, -1.0], [0.8, 0.0], [0.0, 1.0], [-0.8, 0.0]]],
            Self::Triangle => vec![vec![[-1.0, -0.85], [1.0, -0.85], [0.0, 0.95]]],
            Self::Star => vec![star()],
            Self::Cross => vec![rectangle(-0.32, -0.95, 0.32, 0.95), rectangle(-0.95, -0.32, 0.95, 0.32)],
            Self::Chevron => vec![
                vec![[-0.9, -0.9], [-0.1, -0.9], [0.8, 0.0], [0.0, 0.0]],
                vec![[0.0, 0.0], [0.8, 0.0], [-0.1, 0.9], [-0.9, 0.9]],
            ],
            Self::Bars => vec![rectangle(-0.9, -0.9, -0.4, 0.9), rectangle(0.4, -0.9, 0.9, 0.9)],
            Self::Checker => vec![rectangle(-0.9, -0.9, 0.0, 0.0), rectangle(0.0, 0.0, 0.9, 0.9)],
        }
    }
}

/// A regular polygon of `corners` corners.
pub(super) fn circle(radius: f32, corners: usize) -> Vec<[f32; 2]> {
    (0..corners)
        .map(|i| {
            let (sin, cos) = sin_cos(360.0 * i as f32 / corners as f32);
            [radius * cos, radius * sin]
        })
        .collect()
}

fn rectangle(u0: f32, v0: f32, u1: f32, v1: f32) -> Vec<[f32; 2]> {
    vec![[u0, v0], [u1, v0], [u1, v1], [u0, v1]]
}

fn star() -> Vec<[f32; 2]> {
    (0..10)
        .map(|i| {
            let (sin, cos) = sin_cos(90.0 + 36.0 * i as f32);
            let radius = if i % 2 == 0 { 1.05 } else { 0.45 };
            [radius * cos, radius * sin]
        })
        .collect()
}

/// One outline that runs round the outside and back round the inside.
fn ring() -> Vec<[f32; 2]> {
    let mut outline = circle(0.95, 16);
    outline.push(outline[0]);
    let mut inner = circle(0.5, 16);
    inner.push(inner[0]);
    outline.extend(inner.into_iter().rev());
    outline
}
