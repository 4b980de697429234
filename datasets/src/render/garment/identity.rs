//! What makes a garment itself: a fresh combination of attributes from lists that all identities share, so that a
//! network trained on some combinations can tell apart others.

use super::cut::{Closure, Collar, Cut, Neckline, Pockets};
use super::dye::{DYES, contrasting};
use super::pattern::{Pattern, Weave};
use super::print::Print;
use crate::render::random::{Dice, Purpose};

/// Everything that tells one garment from another. Lengths in cm.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Identity {
    pub(super) cut: Cut,
    /// Sold to women, or to men.
    pub(super) women: bool,
    /// Of the arm's length, 0..=1; 0 has no sleeves.
    pub(super) sleeve: f32,
    /// Half width of a sleeve's or leg's end.
    pub(super) cuff: f32,
    /// Height of the hem, from the base of the neck: negative.
    pub(super) hem: f32,
    /// How much wider than the body.
    pub(super) ease: f32,
    /// 0 falls straight, 1 follows the waist.
    pub(super) fitted: f32,
    /// Widening per cm below the hips.
    pub(super) flare: f32,
    /// Waves around the hem of a flared garment.
    pub(super) waves: usize,
    pub(super) neckline: Neckline,
    /// Depth of the neckline.
    pub(super) neck_depth: f32,
    pub(super) collar: Collar,
    pub(super) closure: Closure,
    pub(super) pockets: Pockets,
    /// Of cloth, pattern and second pattern colour.
    pub(super) dyes: [usize; 3],
    pub(super) pattern: Pattern,
    /// Sleeves, or a stripe down the legs, of the second dye.
    pub(super) contrast_limbs: bool,
    /// Dye of neck band and collar, cuffs, hem band.
    pub(super) collar_dye: usize,
    pub(super) cuff_dye: Option<usize>,
    pub(super) hem_dye: Option<usize>,
    /// Dye of buttons and zip.
    pub(super) closure_dye: usize,
    pub(super) front: Option<Print>,
    pub(super) back: Option<Print>,
}

impl Identity {
    /// Identity `number` of the world `seed`: depends on nothing else.
    pub(super) fn new(seed: u64, number: usize) -> Self {
        use Cut::*;
        let dice = &mut Dice::new(seed, Purpose::Identity, [number as u64, 0, 0]);
        let cut = dice.pick([Tee, Tee, Tank, Shirt, Sweater, Hoodie, Jacket, Dress, Dress, Skirt, Trousers, Shorts]);
        let women = dice.chance(0.5) || matches!(cut, Dress | Skirt);
        let base = dice.below(DYES.len());
        let second = contrasting(dice, [base, base]);
        let third = contrasting(dice, [base, second]);
        let trim = |dice: &mut Dice, chance: f32| {
            // All draws are made whether or not they are used, so that one choice never shifts the next.
            let (there, dye) = (dice.chance(chance), dice.pick([second, third]));
            there.then_some(dye)
        };
        let (collar_trim, cuff_trim, hem_trim) = (trim(dice, 0.4), trim(dice, 0.35), trim(dice, 0.25));
        let closure_dye = contrasting(dice, [base, base]);
        let unit = dice.unit();
        let span = |low: f32, high: f32| low + (high - low) * unit;
        let sleeve = match cut {
            Tee => dice.pick([0.28, 0.36, 0.5]) + dice.within(0.04),
            Shirt => dice.pick([0.4, 0.7, 1.0]),
            Tank | Skirt | Trousers | Shorts => 0.0,
            Dress => dice.pick([0.0, 0.0, 0.3, 0.65, 1.0]),
            Sweater | Hoodie | Jacket => dice.pick([0.97, 1.0, 1.0]),
        };
        let hem = match cut {
            Tee | Tank | Shirt => span(-74.0, -54.0),
            Sweater | Hoodie => span(-68.0, -50.0),
            Jacket => span(-80.0, -48.0),
            Dress => span(-128.0, -78.0),
            Skirt => span(-126.0, -78.0),
            Trousers => span(-148.0, -128.0),
            Shorts => span(-108.0, -82.0),
        };
        let pattern = Pattern::draw(dice);
        let marked = [base, if pattern.weave == Weave::Plain { base } else { second }];
        // Something on the front tells most garments apart, more so where the cloth is plain.
        let chance = if pattern.weave == Weave::Plain { 0.85 } else { 0.35 };
        let (front_there, back_there) = (dice.chance(chance), dice.chance(0.6 * chance));
        let (centre, room) = match cut {
            Skirt => ([0.0, 24.0], 15.0),
            Trousers | Shorts => ([10.5, 15.0], 9.0),
            _ => ([0.0, 31.0], 17.0),
        };
        let front = Print::draw(dice, marked, centre, room);
        let back = Print::draw(dice, marked, centre, room);
        let buttoned = cut == Shirt || (cut == Jacket && dice.chance(0.4));
        let collar_of_jacket = dice.pick([Collar::Folded, Collar::Standing, Collar::Hood]);
        let collar_of_sweater = dice.pick([Collar::Nothing, Collar::Nothing, Collar::Standing, Collar::Folded]);
        Self {
            cut,
            women,
            sleeve,
            cuff: match cut {
                Trousers => dice.range(7.5, 15.0),
                Shorts => dice.range(11.0, 15.0),
                Dress => dice.range(4.5, 10.0),
                _ => dice.range(4.2, 6.4) + 4.0 * (1.0 - sleeve),
            },
            hem,
            ease: match cut {
                Hoodie | Jacket | Sweater => dice.range(2.0, 6.5),
                Skirt | Trousers | Shorts | Dress => dice.range(0.4, 2.0),
                _ => dice.range(0.8, 4.5),
            },
            fitted: match cut {
                Dress => dice.range(0.3, 1.0),
                Hoodie => 0.0,
                _ => dice.unit() * if women { 0.9 } else { 0.4 },
            },
            flare: match cut {
                Dress | Skirt => dice.pick([0.0, 0.18, 0.36]) + dice.range(0.0, 0.1),
                _ => dice.range(0.0, 0.06),
            },
            waves: 4 + dice.below(6),
            neckline: dice.pick([Neckline::Crew, Neckline::Scoop, Neckline::Vee, Neckline::Boat]),
            neck_depth: dice.range(0.0, 1.0),
            collar: match cut {
                Shirt => Collar::Folded,
                Hoodie => Collar::Hood,
                Jacket => collar_of_jacket,
                Sweater => collar_of_sweater,
                _ => Collar::Nothing,
            },
            closure: match cut {
                Jacket if !buttoned => Closure::Zip,
                Hoodie if dice.chance(0.4) => Closure::Zip,
                _ if buttoned => Closure::Buttons,
                _ => Closure::Nothing,
            },
            pockets: match cut {
                Hoodie => Pockets::Pouch,
                Shirt => dice.pick([Pockets::Nothing, Pockets::Breast, Pockets::TwoBreast]),
                Jacket => dice.pick([Pockets::TwoBreast, Pockets::Side]),
                Tee => dice.pick([Pockets::Nothing, Pockets::Nothing, Pockets::Breast]),
                Trousers | Shorts | Skirt => dice.pick([Pockets::Nothing, Pockets::Side]),
                _ => Pockets::Nothing,
            },
            dyes: [base, second, third],
            pattern,
            contrast_limbs: dice.chance(0.25),
            collar_dye: collar_trim.unwrap_or(base),
            cuff_dye: cuff_trim,
            hem_dye: hem_trim,
            closure_dye,
            front: front_there.then_some(front),
            back: back_there.then_some(back),
        }
    }

    /// Folder of its category, as in In-Shop.
    pub(super) fn category(&self) -> &'static str {
        match (self.cut, self.women) {
            (Cut::Tee | Cut::Tank, true) => "WOMEN/Tees_Tanks",
            (Cut::Tee | Cut::Tank, false) => "MEN/Tees_Tanks",
            (Cut::Shirt, true) => "WOMEN/Blouses_Shirts",
            (Cut::Shirt, false) => "MEN/Shirts_Polos",
            (Cut::Sweater, true) => "WOMEN/Sweaters",
            (Cut::Sweater, false) => "MEN/Sweaters",
            (Cut::Hoodie, true) => "WOMEN/Sweatshirts_Hoodies",
            (Cut::Hoodie, false) => "MEN/Sweatshirts_Hoodies",
            (Cut::Jacket, true) => "WOMEN/Jackets_Coats",
            (Cut::Jacket, false) => "MEN/Jackets_Vests",
            (Cut::Dress, _) => "WOMEN/Dresses",
            (Cut::Skirt, _) => "WOMEN/Skirts",
            (Cut::Trousers, true) => "WOMEN/Pants",
            (Cut::Trousers, false) => "MEN/Pants",
            (Cut::Shorts, true) => "WOMEN/Shorts",
            (Cut::Shorts, false) => "MEN/Shorts",
        }
    }
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
    fn no_two_of_many_are_alike_but_all_share_their_dyes() {
        let all: Vec<_> = (0..300).map(|i| Identity::new(1, i)).collect();
        for (i, a) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|b| a != b), "identity {i} was there before");
        }
        for dye in 0..DYES.len() {
            assert!(all.iter().filter(|a| a.dyes.contains(&dye)).count() > 40, "dye {dye} is rare");
        }
    }
}
