//! A garment's pieces of cloth in a pose.

use super::collar;
use super::cut::Cut;
use super::figure::{self, ARM, CROTCH, HIP, HIP_JOINT, LEG, NECK, SHOULDER, WAIST};
use super::folds::{Folds, Waves};
use super::identity::Identity;
use super::pose::{Pose, Stance};
use super::sheet::{Ring, Sheet};
use crate::render::geometry::{Vec3, vec3};
use crate::render::random::Dice;

/// Which piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Trunk,
    /// On the wearer's right where mirrored.
    Sleeve {
        mirrored: bool,
    },
    Leg {
        mirrored: bool,
    },
    Collar,
    Hood,
}

/// A piece in space.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) part: Part,
    pub(super) sheet: Sheet,
}

/// The pieces of `identity`, from the innermost out.
pub(super) fn sew(identity: &Identity, pose: &Pose, dice: &mut Dice) -> Vec<Piece> {
    let mut pieces = vec![trunk(identity, pose, dice)];
    for (i, mirrored) in [(0, true), (1, false)] {
        if identity.cut.has_legs() {
            pieces.push(leg(identity, pose, i, mirrored, dice));
        }
        if identity.sleeve > 0.0 {
            pieces.push(sleeve(identity, pose, i, mirrored, dice));
        }
    }
    pieces.extend(collar::sew(identity.collar, pose));
    pieces
}

/// Half axes as they are in this stance: laid flat, the girth stays.
pub(super) fn pressed([across, deep]: [f32; 2], stance: Stance, thick: f32) -> [f32; 2] {
    let girth = std::f32::consts::FRAC_PI_2 * (0.5 * (across * across + deep * deep)).sqrt();
    match stance {
        Stance::Worn => [across, deep],
        Stance::Hanging => [0.95 * girth, 3.0 * thick],
        Stance::Lying => [girth, 1.2 * thick],
    }
}

/// How far a section is from an ellipse, as [`Sheet::tube`] takes it.
pub(super) fn flatness(stance: Stance) -> f32 {
    match stance {
        Stance::Worn => 0.0,
        Stance::Hanging => 0.75,
        Stance::Lying => 1.0,
    }
}

/// Height of the upper end of the trunk.
pub(super) fn top(identity: &Identity) -> f32 {
    if identity.cut.has_shoulders() { NECK } else { WAIST }
}

/// Height of the lower end of the trunk.
pub(super) fn bottom(identity: &Identity) -> f32 {
    if identity.cut.has_legs() { CROTCH } else { identity.hem }
}

/// A quarter of the girth at the chest or hips: half the width when laid flat, cm.
pub(super) fn half_width(identity: &Identity) -> f32 {
    22.3 + identity.ease
}

fn trunk(identity: &Identity, pose: &Pose, dice: &mut Dice) -> Piece {
    let (top, bottom) = (top(identity), bottom(identity));
    let count = ((top - bottom) / 1.5) as usize + 2;
    let [chest, _] = figure::trunk(-20.0);
    let rings: Vec<Ring> = (0..count)
        .map(|i| {
            let y = top + (bottom - top) * i as f32 / (count - 1) as f32;
            let [mut across, mut deep] = figure::trunk(y);
            let below_chest = ((-20.0 - y) / 12.0).clamp(0.0, 1.0);
            let loose = (1.0 - identity.fitted) * below_chest;
            if identity.cut.has_shoulders() {
                across += (across.max(chest) - across) * loose;
                deep += (deep.max(10.6) - deep) * loose;
            }
            let ease = identity.ease * ((NECK - y) / 14.0).clamp(0.12, 1.0);
            let wide = identity.flare * (HIP - y).max(0.0);
            let cut_in = if identity.cut.has_legs() { ((HIP - 4.0 - y) / 10.0).clamp(0.0, 1.0) * 2.0 } else { 0.0 };
            let [across, deep] = pressed([across + ease + wide - cut_in, deep + 0.8 * ease + wide], pose.stance, 1.0);
            Ring {
                centre: vec3(pose.sway_at(y), y, 0.0),
                side: vec3(across, 0.0, 0.0),
                front: vec3(0.0, 0.0, deep),
                along: top - y,
            }
        })
        .collect();
    let mut folds = Folds::draw(dice, pose.stance, half_width(identity), top - bottom, None);
    let phase = dice.range(0.0, 360.0);
    if identity.flare > 0.1 {
        let height = (0.09 * (HIP - bottom).max(0.0) * identity.flare.min(0.4) / 0.3).min(5.0);
        let height = if pose.stance == Stance::Worn { height } else { 0.25 * height };
        let span = [top - HIP - 6.0, top - bottom];
        folds = folds.with_waves(Waves { count: identity.waves, phase, height, span });
    }
    Piece { part: Part::Trunk, sheet: Sheet::tube(&rings, flatness(pose.stance), |u, v| folds.height(u, v)) }
}

/// Length of the sleeves, cm.
pub(super) fn sleeve_length(identity: &Identity) -> f32 {
    (identity.sleeve * ARM[1]).max(10.0)
}

fn sleeve(identity: &Identity, pose: &Pose, i: usize, mirrored: bool, dice: &mut Dice) -> Piece {
    let length = sleeve_length(identity);
    let upper = 7.4 + 0.5 * identity.ease;
    let half = |at: f32| {
        let t = (at / length).clamp(0.0, 1.0);
        // The sleeve's head is narrow, as the shoulder in it is round.
        let head = ((at + 2.0) / 9.0).clamp(0.0, 1.0).sqrt();
        let narrow = if pose.stance == Stance::Worn { 0.42 } else { 0.7 };
        let radius = (upper + (identity.cuff - upper) * t * (1.3 - 0.3 * t)) * (narrow + (1.0 - narrow) * head);
        pressed([radius, 0.92 * radius], pose.stance, 0.8)
    };
    let ahead = match (pose.stance, pose.sleeves_on_top[i]) {
        (Stance::Worn, _) => 0.0,
        (Stance::Hanging, _) => -0.6,
        (Stance::Lying, false) => -0.7,
        (Stance::Lying, true) => 1.7 + 0.6 * i as f32,
    };
    let start = SHOULDER + vec3(0.4 * identity.ease, 0.0, ahead) + outwards(pose.stance);
    let rings = pose.arms[i].rings(start, ARM[0], [-2.0, length], mirrored, half);
    let bend = (length > ARM[0] + 4.0 && pose.stance != Stance::Hanging).then_some(ARM[0]);
    let folds = Folds::draw(dice, pose.stance, 11.0, length, bend);
    Piece {
        part: Part::Sleeve { mirrored },
        sheet: Sheet::tube(&rings, flatness(pose.stance), |u, v| folds.height(u, v)),
    }
}

/// How much further out the shoulders are in a stance: cloth laid flat is wider than the wearer.
fn outwards(stance: Stance) -> Vec3 {
    if stance == Stance::Worn { vec3(0.0, 0.0, 0.0) } else { vec3(3.0, 0.6, 0.0) }
}

/// Length of the legs from the hip joint, cm.
pub(super) fn leg_length(identity: &Identity) -> f32 {
    HIP_JOINT.y - identity.hem
}

fn leg(identity: &Identity, pose: &Pose, i: usize, mirrored: bool, dice: &mut Dice) -> Piece {
    let length = leg_length(identity);
    let upper = 9.3 + 0.6 * identity.ease;
    let half = |at: f32| {
        let t = (at / length).clamp(0.0, 1.0);
        let straight = upper + (identity.cuff - upper) * t;
        // A narrow knee, as far as the hem is narrow or flared.
        let pinch = if identity.cut == Cut::Trousers { 1.6 * (1.0 - (2.0 * t - 1.0) * (2.0 * t - 1.0)) } else { 0.0 };
        let radius = straight - pinch * (1.0 - identity.fitted);
        let [across, deep] = pressed([radius, radius], pose.stance, 0.9);
        // Laid flat, two legs side by side are as wide as the hips.
        [if pose.stance == Stance::Worn { across } else { 0.84 * across }, deep]
    };
    let apart = if pose.stance == Stance::Worn { 0.0 } else { 3.4 };
    let sway = if mirrored { -pose.sway } else { pose.sway };
    let start = HIP_JOINT + vec3(apart + sway, 0.0, 0.0);
    let rings = pose.legs[i].rings(start, LEG[0], [-1.0, length], mirrored, half);
    let bend = (identity.cut == Cut::Trousers && pose.stance == Stance::Worn).then_some(LEG[0]);
    let folds = Folds::draw(dice, pose.stance, 14.0, length, bend);
    Piece { part: Part::Leg { mirrored }, sheet: Sheet::tube(&rings, flatness(pose.stance), |u, v| folds.height(u, v)) }
}
