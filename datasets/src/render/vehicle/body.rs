//! Body types: the proportions of each, as one table.

/// The kind of vehicle. The index in [`BODY_TYPES`] is the number written to `attribute/model_attr.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyType {
    Hatchback,
    Saloon,
    Estate,
    Coupe,
    Suv,
    Van,
    Minibus,
    Pickup,
    BoxLorry,
    Flatbed,
}

/// All body types, in the order of their numbers.
pub(super) const BODY_TYPES: [BodyType; 10] = [
    BodyType::Hatchback,
    BodyType::Saloon,
    BodyType::Estate,
    BodyType::Coupe,
    BodyType::Suv,
    BodyType::Van,
    BodyType::Minibus,
    BodyType::Pickup,
    BodyType::BoxLorry,
    BodyType::Flatbed,
];

/// Which solid a decal of the flank is stuck on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    Lower,
    Cabin,
    Cargo,
}

/// Room for a decal on the near flank.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) panel: Panel,
    /// Fraction of the length from the rear.
    pub(super) x: f32,
}

/// Proportions: heights in metres above the ground, positions along the vehicle as fractions of the length from
/// the rear. Shorter and taller than real vehicles, as toys are, so that flanks stay large in a small picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proportions {
    pub(super) length: f32,
    pub(super) width: f32,
    pub(super) sill: f32,
    /// Bottom of the windows.
    pub(super) belt: f32,
    pub(super) roof: f32,
    /// Front edge of the bonnet.
    pub(super) nose: f32,
    /// Rear edge of the boot lid.
    pub(super) tail: f32,
    /// Bottom and top of the windscreen, top and bottom of the rear window.
    pub(super) cowl: f32,
    pub(super) screen_top: f32,
    pub(super) rear_top: f32,
    pub(super) rear_base: f32,
    pub(super) wheel_radius: f32,
    pub(super) axles: [f32; 2],
    /// Side windows as fractions of the cabin's side, rear to front.
    pub(super) windows: &'static [[f32; 2]],
    /// Load: from and to along the length, top in metres.
    pub(super) cargo: Option<[f32; 3]>,
    /// Room for the rear door's and the front door's decal.
    pub(super) slots: [Slot; 2],
}

const LOWER: [Slot; 2] = [Slot { panel: Panel::Lower, x: 0.37 }, Slot { panel: Panel::Lower, x: 0.61 }];

impl BodyType {
    /// The number written to `attribute/model_attr.txt`.
    pub(super) fn number(self) -> usize {
        BODY_TYPES.iter().position(|&t| t == self).unwrap_or(0)
    }

    /// This type's proportions before an identity stretches them.
    pub(super) fn proportions(self) -> Proportions {
        let hatchback = Proportions {
            length: 3.5,
            width: 1.75,
            sill: 0.30,
            belt: 1.08,
            roof: 1.68,
            nose: 0.86,
            tail: 1.08,
            cowl: 0.74,
            screen_top: 0.56,
            rear_top: 0.10,
            rear_base: 0.01,
            wheel_radius: 0.36,
            axles: [0.17, 0.82],
            windows: &[[0.06, 0.24], [0.28, 0.54], [0.58, 0.88]],
            cargo: None,
            slots: LOWER,
        };
        match self {
            Self::Hatchback => hatchback,
            Self::Saloon => Proportions {
                length: 4.2,
                roof: 1.60,
                tail: 1.0,
                cowl: 0.70,
                screen_top: 0.56,
                rear_top: 0.30,
                rear_base: 0.19,
                windows: &[[0.16, 0.46], [0.51, 0.84]],
                ..hatchback
            },
            Self::Estate => {
                Proportions { length: 4.3, roof: 1.62, cowl: 0.72, screen_top: 0.58, rear_top: 0.05, ..hatchback }
            }
            Self::Coupe => Proportions {
                length: 3.9,
                width: 1.85,
                sill: 0.24,
                belt: 0.94,
                roof: 1.38,
                nose: 0.68,
                tail: 0.92,
                cowl: 0.62,
                screen_top: 0.46,
                rear_top: 0.30,
                rear_base: 0.08,
                windows: &[[0.34, 0.80]],
                ..hatchback
            },
            Self::Suv => Proportions {
                length: 3.9,
                width: 1.95,
                sill: 0.48,
                belt: 1.30,
                roof: 2.0,
                nose: 1.14,
                tail: 1.30,
                cowl: 0.71,
                screen_top: 0.62,
                rear_top: 0.03,
                wheel_radius: 0.45,
                windows: &[[0.04, 0.28], [0.33, 0.60], [0.65, 0.92]],
                ..hatchback
            },
            Self::Van => Proportions {
                length: 4.3,
                width: 1.95,
                sill: 0.34,
                belt: 1.25,
                roof: 2.35,
                nose: 1.06,
                tail: 1.25,
                cowl: 0.90,
                screen_top: 0.75,
                rear_top: 0.02,
                windows: &[[0.70, 0.95]],
                slots: [Slot { panel: Panel::Cabin, x: 0.32 }, Slot { panel: Panel::Lower, x: 0.55 }],
                ..hatchback
            },
            Self::Minibus => Proportions {
                length: 4.7,
                width: 2.0,
                sill: 0.34,
                belt: 1.25,
                roof: 2.20,
                nose: 1.16,
                tail: 1.25,
                cowl: 0.97,
                screen_top: 0.90,
                rear_top: 0.02,
                windows: &[[0.04, 0.24], [0.28, 0.48], [0.52, 0.72], [0.77, 0.96]],
                ..hatchback
            },
            Self::Pickup => Proportions {
                length: 4.5,
                width: 1.9,
                sill: 0.48,
                belt: 1.26,
                roof: 1.90,
                nose: 1.10,
                tail: 1.24,
                cowl: 0.74,
                screen_top: 0.64,
                rear_top: 0.44,
                rear_base: 0.41,
                wheel_radius: 0.43,
                windows: &[[0.18, 0.82]],
                ..hatchback
            },
            Self::BoxLorry => Proportions {
                length: 4.9,
                width: 2.1,
                sill: 0.45,
                belt: 1.10,
                roof: 2.2,
                nose: 1.05,
                tail: 1.10,
                cowl: 0.985,
                screen_top: 0.92,
                rear_top: 0.71,
                rear_base: 0.70,
                wheel_radius: 0.44,
                axles: [0.20, 0.84],
                windows: &[[0.3, 0.9]],
                cargo: Some([0.01, 0.67, 2.75]),
                slots: [Slot { panel: Panel::Cargo, x: 0.20 }, Slot { panel: Panel::Cargo, x: 0.48 }],
            },
            Self::Flatbed => Proportions {
                cargo: Some([0.01, 0.67, 1.60]),
                roof: 2.1,
                slots: [Slot { panel: Panel::Lower, x: 0.40 }, Slot { panel: Panel::Lower, x: 0.62 }],
                ..Self::BoxLorry.proportions()
            },
        }
    }
}
