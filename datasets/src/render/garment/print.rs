//! A motif at one place of the cloth.

use super::dye::{contrasting, dyed};
use crate::render::colour::Light3;
use crate::render::random::Dice;
use crate::render::shape::Shape;

/// What is printed.
#[derive(Clone, Debug, PartialEq)]
enum Motif {
    /// An outline.
    Shape(Vec<Vec<[f32; 2]>>),
    /// Rows of square cells from the top, mirrored left and right: bits 0..3 are columns from the middle outwards.
    Emblem([u8; 5]),
    /// Signs of 3 × 5 cells, in a row: bit 3 · row + column.
    Word(Vec<u16>),
}

/// A motif with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Print {
    motif: Motif,
    dye: usize,
    /// Dye of the plate below it.
    plate: Option<usize>,
    /// Middle: cm round from the middle of its side of the garment, cm down from the top.
    at: [f32; 2],
    /// Half its width, cm.
    half: f32,
}

impl Print {
    /// A print that stands out from the dyes `from`, around `centre` on a face of the given half width (cm).
    pub(super) fn draw(dice: &mut Dice, from: [usize; 2], centre: [f32; 2], room: f32) -> Self {
        let shape = Shape::draw(dice).polygons();
        let emblem = std::array::from_fn(|_| 1 + dice.below(7) as u8);
        let word = (0..2 + dice.below(3)).map(|_| sign(dice)).collect();
        let motif = match dice.below(3) {
            0 => Motif::Shape(shape),
            1 => Motif::Emblem(emblem),
            _ => Motif::Word(word),
        };
        let small = dice.chance(0.3);
        let (dye, plate) = (contrasting(dice, from), contrasting(dice, from));
        let plate = (dice.chance(0.3) && plate != dye).then_some(plate);
        let half = room * if small { dice.range(0.24, 0.32) } else { dice.range(0.42, 0.66) };
        let side = if small { dice.pick([-0.48, 0.48]) * room } else { 0.0 };
        let at = [centre[0] + side, centre[1] + if small { -0.25 * room } else { dice.range(-0.1, 0.5) * room }];
        Self { motif, dye, plate, at, half }
    }

    /// Its colour at a point of the cloth, if it covers that.
    pub(super) fn at(&self, u: f32, v: f32) -> Option<Light3> {
        let (x, y) = ((u - self.at[0]) / self.half, (self.at[1] - v) / self.half);
        if x.abs() > 1.25 || y.abs() > 1.25 {
            return None;
        }
        if self.motif.covers(x, y) {
            return Some(dyed(self.dye));
        }
        let tall = if matches!(self.motif, Motif::Word(_)) { 0.62 } else { 1.2 };
        self.plate.filter(|_| y.abs() < tall && x.abs() < 1.2).map(dyed)
    }
}

impl Motif {
    /// Whether it covers the point (x, y) of its square −1..=1, y up.
    fn covers(&self, x: f32, y: f32) -> bool {
        if x.abs() >= 1.0 || y.abs() >= 1.0 {
            return false;
        }
        match self {
            Self::Shape(polygons) => polygons.iter().any(|polygon| contains(polygon, x, y)),
            Self::Emblem(rows) => {
                let (row, column) = ((2.5 * (1.0 - y)) as usize, (2.5 * x.abs() + 0.5) as u8);
                rows[row.min(4)] >> column & 1 == 1
            }
            Self::Word(signs) => {
                let place = 0.5 * (x + 1.0) * signs.len() as f32;
                let (index, inside) = (place as usize, place - place.floor());
                // Four columns and the height of a line: the fourth column is the gap to the next sign.
                let (column, row) = ((inside * 4.0) as u32, ((0.5 - y) * 5.0).floor());
                (0.0..5.0).contains(&row)
                    && column < 3
                    && signs[index.min(signs.len() - 1)] >> (3 * row as u32 + column) & 1 == 1
            }
        }
    }
}

/// A made-up letter: an upright with a few bars and dots.
fn sign(dice: &mut Dice) -> u16 {
    let upright =
        dice.pick([0b001_001_001_001_001, 0b100_100_100_100_100, 0b010_010_010_010_010, 0b101_101_101_101_101]);
    let bars = dice.pick([0b111, 0b111 << 12, 0b111 << 6, 0b111 | 0b111 << 12, 0b111 << 6 | 0b111 << 12]);
    upright | bars | (dice.below(1 << 15) & 0b010_000_101_000_010) as u16
}

/// Whether a polygon contains a point, by the number of sides crossed to its left.
fn contains(polygon: &[[f32; 2]], x: f32, y: f32) -> bool {
    let mut inside = false;
    for (i, &[x1, y1]) in polygon.iter().enumerate() {
        let [x0, y0] = polygon[(i + polygon.len() - 1) % polygon.len()];
        if (y0 > y) != (y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0) {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::random::Purpose;

    #[test]
    fn every_motif_covers_some_of_its_square_and_not_all() {
        let mut dice = Dice::new(1, Purpose::Identity, [0; 3]);
        for _ in 0..300 {
            let print = Print::draw(&mut dice, [0, 1], [0.0, 20.0], 20.0);
            let cell = |i: i32| (i as f32 + 0.5) / 10.0 - 1.0;
            let covered = (0..400).filter(|i| print.motif.covers(cell(i % 20), cell(i / 20))).count();
            assert!((20..380).contains(&covered), "{covered} of 400 in {print:?}");
        }
    }
}
