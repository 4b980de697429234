//! What makes a vehicle itself: a fresh combination of attributes from lists that all identities share, so that a
//! network trained on some combinations can tell apart others.

use super::body::{BODY_TYPES, BodyType};
use super::paint::{PAINTS, contrast};
use crate::render::random::{Dice, Purpose};
use crate::render::shape::Shape;

/// How the second colour is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TwoTone {
    Plain,
    Roof,
    LowerHalf,
    WaistStripe,
    RearHalf,
    FrontQuarter,
    Slant,
    CentreStripe,
    Hoop,
}

/// What stands on the roof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoofItem {
    Nothing,
    Rails,
    LuggageBox,
    Beacons,
    Rack,
    Sign,
}

/// The look of the rims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rim {
    Disc,
    FiveSpoke,
    Cross,
    WhiteWall,
    SmallHub,
}

/// The shape of the lamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lamps {
    Square,
    Slit,
    Tall,
    FullWidth,
}

/// A shape stuck on the vehicle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decal {
    pub(super) shape: Shape,
    /// Index into the paints.
    pub(super) colour: usize,
    /// Relative to the room there is, 0..=1.
    pub(super) size: f32,
}

/// A dent or scratch on the near flank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scratch {
    /// Along the flank and up it, 0..=1.
    pub(super) at: [f32; 2],
    /// Metres.
    pub(super) length: f32,
    /// Degrees from level.
    pub(super) slope: f32,
}

/// Everything that tells one vehicle from another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Identity {
    pub(super) body: BodyType,
    /// Factors on the body type's length, roof height above the belt, and ground clearance.
    pub(super) stretch: [f32; 3],
    pub(super) first: usize,
    pub(super) second: usize,
    pub(super) layout: TwoTone,
    /// Decals on the rear door, the front door, the roof, the bonnet and the tail.
    pub(super) rear_door: Option<Decal>,
    pub(super) front_door: Option<Decal>,
    pub(super) roof_decal: Option<Decal>,
    pub(super) bonnet_decal: Option<Decal>,
    pub(super) tail_decal: Option<Decal>,
    pub(super) roof_item: RoofItem,
    pub(super) rim: Rim,
    /// sRGB.
    pub(super) rim_colour: [u8; 3],
    /// Factor on the body type's wheel radius.
    pub(super) wheel_size: f32,
    pub(super) lamps: Lamps,
    /// sRGB of front and rear side glass.
    pub(super) glass: [[u8; 3]; 2],
    /// sRGB, or body colour.
    pub(super) bumper: Option<[u8; 3]>,
    /// Black sills and arches.
    pub(super) cladding: bool,
    pub(super) scratches: Vec<Scratch>,
}

impl Identity {
    /// Identity `number` of the world `seed`: depends on nothing else.
    pub(super) fn new(seed: u64, number: usize) -> Self {
        let dice = &mut Dice::new(seed, Purpose::Identity, [number as u64, 0, 0]);
        let body = BODY_TYPES[dice.below(BODY_TYPES.len())];
        let stretch = [dice.range(0.92, 1.1), dice.range(0.9, 1.14), dice.range(0.85, 1.25)];
        let first = dice.below(PAINTS.len());
        let second = contrasting(dice, [first, first]);
        let layout = dice.pick([
            TwoTone::Plain,
            TwoTone::Plain,
            TwoTone::Roof,
            TwoTone::LowerHalf,
            TwoTone::WaistStripe,
            TwoTone::RearHalf,
            TwoTone::FrontQuarter,
            TwoTone::Slant,
            TwoTone::CentreStripe,
            TwoTone::Hoop,
        ]);
        let avoid = [first, if layout == TwoTone::Plain { first } else { second }];
        let mut decal = |chance: f32| {
            // All draws are made whether or not the decal is there, so that one choice never shifts the next.
            let there = dice.chance(chance);
            let made = Decal { shape: Shape::draw(dice), colour: contrasting(dice, avoid), size: dice.range(0.8, 1.0) };
            there.then_some(made)
        };
        let rear_door = decal(0.65);
        let front_door = decal(0.6);
        let roof_decal = decal(0.35);
        let bonnet_decal = decal(0.4);
        let tail_decal = decal(0.4);
        let clear = [74, 92, 104];
        Self {
            body,
            stretch,
            first,
            second,
            layout,
            rear_door,
            front_door,
            roof_decal,
            bonnet_decal,
            tail_decal,
            roof_item: dice.pick([
                RoofItem::Nothing,
                RoofItem::Nothing,
                RoofItem::Rails,
                RoofItem::LuggageBox,
                RoofItem::Beacons,
                RoofItem::Rack,
                RoofItem::Sign,
            ]),
            rim: dice.pick([Rim::Disc, Rim::FiveSpoke, Rim::Cross, Rim::WhiteWall, Rim::SmallHub]),
            rim_colour: dice.pick([[190, 192, 196], [46, 46, 50], [230, 230, 226], [196, 160, 60]]),
            wheel_size: dice.range(0.9, 1.15),
            lamps: dice.pick([Lamps::Square, Lamps::Slit, Lamps::Tall, Lamps::FullWidth]),
            glass: dice.pick([[clear, clear], [clear, [16, 18, 22]], [[16, 18, 22]; 2], [[150, 176, 190]; 2]]),
            bumper: dice.pick([None, None, Some([34, 34, 36]), Some([200, 202, 206])]),
            cladding: dice.chance(0.3),
            scratches: (0..dice.below(3))
                .map(|_| Scratch {
                    at: [dice.range(0.15, 0.85), dice.range(0.3, 0.8)],
                    length: dice.range(0.25, 0.6),
                    slope: dice.within(35.0),
                })
                .collect(),
        }
    }
}

/// A paint that stands out from both `from`: a random one of those far enough from both in RGB, else the farthest.
fn contrasting(dice: &mut Dice, from: [usize; 2]) -> usize {
    let start = dice.below(PAINTS.len());
    let candidates = (0..PAINTS.len()).map(|i| (start + i) % PAINTS.len());
    let margin = |colour: usize| contrast(colour, from[0]).min(contrast(colour, from[1]));
    // 0.36 parts silver from white (0.32), which a hazy camera makes one colour, and keeps 2 to 6 choices.
    candidates
        .clone()
        .find(|&c| margin(c) > 0.36)
        .unwrap_or_else(|| candidates.fold(start, |best, c| if margin(c) > margin(best) { c } else { best }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_depends_on_seed_and_number_only() {
        assert_eq!(Identity::new(3, 17), Identity::new(3, 17));
        assert_ne!(Identity::new(3, 17), Identity::new(4, 17));
        assert_ne!(Identity::new(3, 17), Identity::new(3, 18));
    }

    #[test]
    fn every_attribute_value_turns_up() {
        let all: Vec<_> = (0..400).map(|n| Identity::new(1, n)).collect();
        for body in BODY_TYPES {
            assert!(all.iter().filter(|i| i.body == body).count() > 15, "{body:?} is rare");
        }
        for colour in 0..PAINTS.len() {
            assert!(all.iter().filter(|i| i.first == colour).count() > 20, "paint {colour} is rare");
        }
        assert!(all.iter().all(|i| contrast(i.first, i.second) > 0.2));
    }
}
