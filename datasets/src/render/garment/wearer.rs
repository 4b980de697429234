//! Who wears a garment: skin, hair, shoes and plain other clothes. None of it belongs to the garment's identity.

use super::body::{ball, column, mane, trunk_of_skin};
use super::cut::{Closure, Collar, Cut, Neckline, Pockets};
use super::dye::{DYES, dyed};
use super::figure::{ARM, HIP_JOINT, LEG, Limb, SHOULDER};
use super::frame::Fragment;
use super::identity::Identity;
use super::pattern::{Pattern, Weave};
use super::piece::{Piece, sew};
use super::pose::Pose;
use super::sheet::Sheet;
use crate::render::colour::{Light3, scaled, srgb};
use crate::render::geometry::vec3;
use crate::render::random::Dice;

/// What a part of the wearer looks like.
#[derive(Clone, Copy, Debug)]
enum Surface {
    Plain(Light3),
    /// Head with a face.
    Face(Light3),
    /// Hair, which leaves the face free down to a length (cm from the crown).
    Hair(Light3, f32),
}

/// A wearer in a pose.
#[derive(Debug)]
pub(super) struct Wearer {
    body: Vec<(Surface, Sheet)>,
    /// Other clothes with their dye.
    pub(super) clothes: Vec<(Identity, Light3, Vec<Piece>)>,
}

impl Wearer {
    /// A wearer for `identity`.
    pub(super) fn draw(identity: &Identity, pose: &Pose, dice: &mut Dice) -> Self {
        let skin = srgb(dice.pick([[236, 196, 170], [214, 168, 136], [176, 124, 92], [128, 84, 60], [88, 58, 44]]));
        let hair = srgb(dice.pick([
            [36, 28, 24],
            [72, 48, 32],
            [120, 84, 48],
            [196, 160, 100],
            [128, 60, 34],
            [150, 148, 146],
        ]));
        let shoe = srgb(dice.pick([[30, 30, 32], [220, 218, 212], [110, 76, 50], [60, 70, 100]]));
        // Long hair falls over the shoulders and hides the collar.
        let long = dice.chance(if identity.women { 0.6 } else { 0.12 });
        let mut body = vec![
            (Surface::Plain(skin), trunk_of_skin(pose)),
            (Surface::Plain(skin), column([vec3(0.0, 12.0, -0.6), vec3(0.0, -3.0, -0.8)], [5.4, 6.4])),
            (Surface::Face(skin), ball(vec3(0.0, 19.0, 1.2), [7.4, 11.2, 8.8])),
            (
                Surface::Hair(hair, if long { 15.0 } else { 11.0 }),
                if long { mane(dice) } else { ball(vec3(0.0, 20.6, -0.4), [8.3, 11.0, 9.2]) },
            ),
        ];
        // Striding legs would show through a narrow skirt.
        let skirted = matches!(identity.cut, Cut::Dress | Cut::Skirt);
        for (i, mirrored) in [(0, true), (1, false)] {
            let arm = pose.arms[i].rings(SHOULDER, ARM[0], [-1.0, ARM[1] + 17.0], mirrored, |at| match at {
                a if a < ARM[1] => [4.9 - 0.042 * a; 2],
                // The hand.
                a => {
                    let t = (a - ARM[1]) / 17.0;
                    [2.6 + 5.2 * t * (1.0 - t), 2.4 * (1.0 - 0.8 * t)]
                }
            });
            let sway = if mirrored { -pose.sway } else { pose.sway };
            let (limb, thigh) = if skirted { (Limb::new([1.0, 0.0], [-1.0, 0.0]), 7.6) } else { (pose.legs[i], 8.4) };
            let hip = HIP_JOINT + vec3(sway, 0.0, 0.0);
            let leg = limb.rings(hip, LEG[0], [-1.0, LEG[1] + 2.0], mirrored, |at| [thigh - 0.046 * at; 2]);
            let ankle = leg.last().map_or(HIP_JOINT, |ring| ring.centre);
            body.push((Surface::Plain(skin), Sheet::tube(&arm, 0.0, |_, _| 0.0)));
            body.push((Surface::Plain(skin), Sheet::tube(&leg, 0.0, |_, _| 0.0)));
            body.push((Surface::Plain(shoe), ball(ankle + vec3(0.0, -3.0, 6.0), [4.8, 4.2, 12.0])));
        }
        let mut clothes = Vec::new();
        let mut wear = |cut: Cut, dice: &mut Dice| {
            let (dye, other) = (dice.below(DYES.len()), plain(cut, dice));
            let pieces = sew(&other, pose, dice);
            clothes.push((other, dyed(dye), pieces));
        };
        let below = dice.pick([Cut::Trousers, Cut::Trousers, Cut::Shorts]);
        let open = identity.closure == Closure::Zip && pose.gap > 0.0;
        match identity.cut {
            Cut::Dress => {}
            Cut::Skirt | Cut::Trousers | Cut::Shorts => wear(Cut::Tee, dice),
            _ => wear(below, dice),
        }
        if open && identity.cut.has_shoulders() {
            wear(Cut::Tank, dice);
        }
        Self { body, clothes }
    }

    /// All sheets of the body, with how each looks.
    pub(super) fn body(&self) -> impl Iterator<Item = (&Sheet, impl Fn(Fragment) -> Option<Light3>)> {
        self.body.iter().map(|(surface, sheet)| (sheet, |at: Fragment| surface.look(at)))
    }
}

impl Surface {
    fn look(self, at: Fragment) -> Option<Light3> {
        let x = at.across;
        match self {
            Self::Plain(colour) => Some(colour),
            Self::Face(skin) => {
                let eye = (x.abs() - 0.16).abs() < 0.045 && (at.along - 10.6).abs() < 0.75;
                let brow = (x.abs() - 0.16).abs() < 0.075 && (at.along - 8.6).abs() < 0.5;
                let mouth = x.abs() < 0.11 && (at.along - 17.0).abs() < 0.7;
                Some(if eye || brow {
                    scaled(skin, 0.16)
                } else if mouth {
                    [skin[0] * 0.75, skin[1] * 0.45, skin[2] * 0.45]
                } else {
                    skin
                })
            }
            Self::Hair(colour, length) => {
                let face = x.abs() < 0.34 && at.along > 6.4 - 6.0 * x.abs();
                let beard_line = at.along > length && x.abs() < 0.5 && length < 12.0;
                (!(face || beard_line)).then_some(colour)
            }
        }
    }
}

/// Plain clothes of a cut, a little narrower than what is worn over them.
fn plain(cut: Cut, dice: &mut Dice) -> Identity {
    let pattern = Pattern { weave: Weave::Plain, period: 5.0, share: 0.5, shift: 0.0 };
    Identity {
        cut,
        sleeve: if cut == Cut::Tee { dice.range(0.25, 1.0) } else { 0.0 },
        cuff: if cut == Cut::Tee { 5.2 } else { dice.range(8.0, 11.0) },
        hem: match cut {
            Cut::Trousers => -144.0,
            Cut::Shorts => -96.0,
            _ => -56.0,
        },
        ease: -0.5,
        fitted: 1.0,
        flare: 0.0,
        neckline: Neckline::Crew,
        neck_depth: 0.2,
        collar: Collar::Nothing,
        closure: Closure::Nothing,
        pockets: Pockets::Nothing,
        pattern,
        contrast_limbs: false,
        cuff_dye: None,
        hem_dye: None,
        front: None,
        back: None,
        ..Identity::new(0, 0)
    }
}
