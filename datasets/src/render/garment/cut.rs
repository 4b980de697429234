//! The parts a garment is put together from.

/// The kind of garment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Tee,
    Tank,
    Shirt,
    Sweater,
    Hoodie,
    Jacket,
    Dress,
    Skirt,
    Trousers,
    Shorts,
}

impl Cut {
    /// Whether it hangs from the shoulders.
    pub(super) fn has_shoulders(self) -> bool {
        !matches!(self, Self::Skirt | Self::Trousers | Self::Shorts)
    }

    /// Whether it has two legs.
    pub(super) fn has_legs(self) -> bool {
        matches!(self, Self::Trousers | Self::Shorts)
    }
}

/// The edge around the neck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Neckline {
    Crew,
    Scoop,
    Vee,
    Boat,
}

/// What stands around the neck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collar {
    Nothing,
    Folded,
    Standing,
    Hood,
}

/// How the front closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closure {
    Nothing,
    Buttons,
    Zip,
}

/// Pockets on the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pockets {
    Nothing,
    Breast,
    TwoBreast,
    Pouch,
    Side,
}
