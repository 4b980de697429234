//! Colours of the reports, in both schemes.
//!
//! A chart is drawn once, with the light colours; in the dark scheme the page's style sheet finds each of them by
//! its value in the SVG and replaces it.

use plotters::style::RGBColor;

/// A colour on light and on dark ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink {
    /// Name of its CSS variable.
    name: &'static str,
    light: (u8, u8, u8),
    dark: (u8, u8, u8),
}

const fn ink(name: &'static str, light: (u8, u8, u8), dark: (u8, u8, u8)) -> Ink {
    Ink { name, light, dark }
}

/// Labels of axes and notes.
pub const MUTED: Ink = ink("muted", (0x5C, 0x63, 0x6B), (0xA4, 0xAC, 0xB5));
/// Lines of a grid.
pub const GRID: Ink = ink("rule", (0xE1, 0xE4, 0xE7), (0x33, 0x39, 0x40));
/// Every second phase of the training.
pub const BAND: Ink = ink("band", (0xF1, 0xF3, 0xF5), (0x22, 0x27, 0x2D));
/// Text on top of a filled bar.
pub const ON_BAR: Ink = ink("on-bar", (0xFF, 0xFF, 0xFE), (0xFF, 0xFF, 0xFD));
/// First series: the trained network, enrolled identities.
pub const FIRST: Ink = ink("first", (0x1F, 0x66, 0xB8), (0x62, 0xA5, 0xEE));
/// Second series.
pub const SECOND: Ink = ink("second", (0xB8, 0x56, 0x0F), (0xF0, 0x98, 0x4E));
/// Strangers.
pub const THIRD: Ink = ink("third", (0x75, 0x7D, 0x87), (0x8C, 0x95, 0xA0));
/// A faint line behind the first series.
pub const FAINT: Ink = ink("faint", (0xB5, 0xCF, 0xEB), (0x2D, 0x4A, 0x6B));
/// A threshold.
pub const LIMIT: Ink = ink("limit", (0x16, 0x19, 0x1D), (0xF2, 0xF4, 0xF6));

/// Clusters, in turn. White text can be read on each.
pub const CLUSTERS: [Ink; 8] = [
    ink("c0", (0x2A, 0x6F, 0xBB), (0x2F, 0x74, 0xC0)),
    ink("c1", (0xB5, 0x54, 0x1C), (0xB9, 0x58, 0x20)),
    ink("c2", (0x1A, 0x7F, 0x64), (0x1B, 0x82, 0x66)),
    ink("c3", (0x73, 0x57, 0xA8), (0x7D, 0x61, 0xB4)),
    ink("c4", (0xB0, 0x41, 0x76), (0xB6, 0x48, 0x7C)),
    ink("c5", (0x7A, 0x66, 0x1C), (0x85, 0x70, 0x22)),
    ink("c6", (0x56, 0x69, 0x7B), (0x5E, 0x72, 0x85)),
    ink("c7", (0x4B, 0x7D, 0x2B), (0x4F, 0x83, 0x2F)),
];

const NAMED: [Ink; 9] = [MUTED, GRID, BAND, ON_BAR, FIRST, SECOND, THIRD, FAINT, LIMIT];

impl Ink {
    /// The colour of the reader's scheme, for a style.
    pub fn css(self) -> String {
        format!("var(--{})", self.name)
    }
}

impl From<Ink> for RGBColor {
    fn from(ink: Ink) -> Self {
        let (r, g, b) = ink.light;
        Self(r, g, b)
    }
}

/// As plotters writes a colour: attribute selectors compare letter by letter.
fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// Style rules for both schemes: the variables, and for the dark one the colours of the charts.
pub fn css() -> String {
    let inks = || NAMED.iter().chain(&CLUSTERS);
    let mut css = String::from(":root{");
    css.extend(inks().map(|i| format!("--{}:{};", i.name, hex(i.light))));
    css += "}\n@media (prefers-color-scheme:dark){:root{";
    css.extend(inks().map(|i| format!("--{}:{};", i.name, hex(i.dark))));
    css += "}\n";
    for attribute in ["fill", "stroke"] {
        css.extend(
            inks().map(|i| format!("svg [{attribute}=\"{}\"]{{{attribute}:var(--{})}}\n", hex(i.light), i.name)),
        );
    }
    css + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_inks_share_a_light_colour_or_a_name() {
        // They could not be told apart in the dark scheme.
        let all: Vec<Ink> = NAMED.into_iter().chain(CLUSTERS).collect();
        assert_eq!(all.iter().map(|i| i.light).collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|i| i.name).collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|i| css().contains(&format!("svg [fill=\"{}\"]", hex(i.light)))));
    }

    #[test]
    fn white_can_be_read_on_every_cluster_in_both_schemes() {
        // Contrast of WCAG 2: (1 + 0.05) / (luminance + 0.05), 4.5 for text.
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        for cluster in CLUSTERS {
            for (r, g, b) in [cluster.light, cluster.dark] {
                let luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
                assert!(1.05 / (luminance + 0.05) >= 4.5, "{}", cluster.name);
            }
        }
    }
}
