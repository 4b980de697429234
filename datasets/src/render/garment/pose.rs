//! How a garment is shown in one picture.

use super::figure::Limb;
use crate::render::random::Dice;

/// What holds the garment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stance {
    Worn,
    Hanging,
    Lying,
}

/// The view, as In-Shop names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    Front,
    Side,
    Back,
    Full,
    Flat,
    Additional,
}

impl Aspect {
    /// Number and name in In-Shop's file names.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Front => "1_front",
            Self::Side => "2_side",
            Self::Back => "3_back",
            Self::Full => "4_full",
            Self::Flat => "6_flat",
            Self::Additional => "7_additional",
        }
    }
}

/// A pose. Angles in degrees.
#[derive(Clone, Debug)]
pub(super) struct Pose {
    pub(super) stance: Stance,
    pub(super) aspect: Aspect,
    pub(super) yaw: f32,
    pub(super) pitch: f32,
    pub(super) roll: f32,
    /// Of the wearer's right and left.
    pub(super) arms: [Limb; 2],
    pub(super) legs: [Limb; 2],
    /// Sleeves lie on the trunk instead of behind it.
    pub(super) sleeves_on_top: [bool; 2],
    /// Shift of the hips to the side, cm.
    pub(super) sway: f32,
    /// Half width of the gap of an open zip, cm.
    pub(super) gap: f32,
}

impl Pose {
    /// How far the trunk is shifted to the side at a height, cm.
    pub(super) fn sway_at(&self, y: f32) -> f32 {
        self.sway * ((-20.0 - y) / 40.0).clamp(0.0, 1.0)
    }

    /// A pose: six in ten worn, two on a hanger, two lying on a table.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let stance = dice.pick([Stance::Worn, Stance::Worn, Stance::Worn, Stance::Hanging, Stance::Lying]);
        let side = dice.pick([-1.0, 1.0]);
        let (aspect, yaw) = match (stance, dice.below(20)) {
            (Stance::Worn, 0..=9) => (Aspect::Front, dice.within(34.0)),
            (Stance::Worn, 10..=12) => (Aspect::Side, side * dice.range(42.0, 68.0)),
            (Stance::Worn, 13..=15) => (Aspect::Back, 180.0 + dice.within(28.0)),
            (Stance::Worn, _) => (Aspect::Full, dice.within(30.0)),
            (Stance::Hanging, _) => (Aspect::Additional, dice.within(38.0)),
            (Stance::Lying, 0..=2) => (Aspect::Flat, 180.0),
            (Stance::Lying, _) => (Aspect::Flat, 0.0),
        };
        let roll = match (stance, dice.below(4)) {
            (Stance::Worn, _) => dice.within(5.0),
            (Stance::Hanging, _) => dice.within(7.0),
            (Stance::Lying, 0) => dice.within(170.0),
            (Stance::Lying, _) => dice.within(40.0),
        };
        let mut sleeves_on_top = [false; 2];
        let arms = [0, 1].map(|i| match stance {
            Stance::Worn => worn_arm(dice),
            Stance::Hanging => Limb::new([dice.range(3.0, 9.0), 0.03], [dice.range(0.0, 8.0), 0.06]),
            Stance::Lying => {
                sleeves_on_top[i] = dice.chance(0.3);
                let upper = dice.range(20.0, 78.0);
                let lower = if sleeves_on_top[i] { -dice.range(10.0, 95.0) } else { upper + dice.within(45.0) };
                Limb::new([upper, 0.0], [lower, 0.0])
            }
        });
        let spread = if stance == Stance::Worn { 5.0 } else { 6.0 };
        let legs = [0, 1].map(|_| {
            let [upper, lower] = [dice.range(0.0, spread), dice.within(4.0)];
            match stance {
                Stance::Worn => Limb::new([upper, dice.within(0.22)], [lower, -dice.range(0.0, 0.3)]),
                _ => Limb::new([upper, 0.0], [lower + 2.0, 0.0]),
            }
        });
        Self {
            stance,
            aspect,
            yaw,
            pitch: if stance == Stance::Lying { dice.range(-8.0, 22.0) } else { dice.range(-8.0, 14.0) },
            roll,
            arms,
            legs,
            sleeves_on_top,
            sway: if stance == Stance::Worn { dice.within(3.5) } else { dice.within(1.5) },
            gap: if dice.chance(0.45) { dice.range(3.0, 8.5) } else { 0.0 },
        }
    }
}

/// Hanging down, in a pocket, on the hip, before the belly, held out or raised.
fn worn_arm(dice: &mut Dice) -> Limb {
    let mut around = |degrees: f32| degrees + dice.within(7.0);
    let poses = [
        ([around(12.0), 0.05], [around(8.0), 0.2]),
        ([around(13.0), -0.1], [around(6.0), 0.3]),
        ([around(24.0), -0.15], [around(-8.0), 0.25]),
        ([around(44.0), -0.1], [around(-44.0), 0.25]),
        ([around(12.0), 0.25], [around(-70.0), 0.75]),
        ([around(68.0), 0.1], [around(58.0), 0.3]),
        ([around(118.0), 0.1], [around(170.0), 0.25]),
    ];
    let (upper, lower) = poses[dice.below(poses.len())];
    Limb::new(upper, lower)
}
