//! What a person beside the gate reads, on 128 × 64 points in one colour.

use dnc_core::decision::Decision;
use dnc_core::matching::MAX_NAME;
use embedded_graphics::mono_font::iso_8859_1::{FONT_5X8, FONT_6X10, FONT_9X18_BOLD};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Drawable, Point, Primitive, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};

/// Width of the picture, in points.
pub const WIDTH: u32 = 128;
/// Height of the picture, in points.
pub const HEIGHT: u32 = 64;
/// A name kept after the gallery it came from has been replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Name {
    bytes: [u8; MAX_NAME],
    len: usize,
}

impl Name {
    /// Keeps `name`, cut at the last character that fits.
    pub fn new(name: &str) -> Self {
        let mut kept = Self::default();
        for c in name.chars() {
            let end = kept.len + c.len_utf8();
            let Some(place) = kept.bytes.get_mut(kept.len..end) else { break };
            c.encode_utf8(place);
            kept.len = end;
        }
        kept
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        // Only whole characters were written.
        core::str::from_utf8(&self.bytes[..self.len]).unwrap_or("")
    }
}

/// Everything the display shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The last decision and the nearest identity; `None` before the first and after a silence.
    pub seen: Option<(Decision, Name)>,
    /// Whether the relay is held.
    pub open: bool,
    /// Whether the board has spoken lately.
    pub linked: bool,
    /// Number of the gallery in use; 0 for none.
    pub gallery: u32,
}

/// Draws `view` over the whole target.
///
/// # Errors
/// Where the target cannot be drawn to.
pub fn draw<D: DrawTarget<Color = BinaryColor>>(view: &View, target: &mut D) -> Result<(), D::Error> {
    target.clear(BinaryColor::Off)?;
    let (head, name) = match &view.seen {
        _ if view.gallery == 0 => ("NO GALLERY", ""),
        None if view.linked => ("READY", ""),
        None => ("NO BOARD", ""),
        Some((Decision::Known, name)) => ("KNOWN", name.as_str()),
        // The nearest identity is not shown: it was not accepted.
        Some((Decision::Unsure, _)) => ("UNSURE", "look again"),
        Some((Decision::Unknown, _)) => ("UNKNOWN", ""),
    };
    text(head, &FONT_6X10, Point::new(2, 2), Alignment::Left, BinaryColor::On, target)?;
    let link = if view.linked { "link" } else { "no link" };
    text(link, &FONT_6X10, Point::new(WIDTH as i32 - 2, 2), Alignment::Right, BinaryColor::On, target)?;
    let columns = name.chars().count() as u32;
    let font = [&FONT_9X18_BOLD, &FONT_6X10, &FONT_5X8]
        .into_iter()
        .find(|f| columns * f.character_size.width <= WIDTH)
        .unwrap_or(&FONT_5X8);
    let middle = 30 - font.character_size.height as i32 / 2;
    text(name, font, Point::new(WIDTH as i32 / 2, middle), Alignment::Center, BinaryColor::On, target)?;
    let bar = Rectangle::new(Point::new(0, HEIGHT as i32 - 18), Size::new(WIDTH, 18));
    let (words, ink) = if view.open {
        bar.into_styled(PrimitiveStyle::with_fill(BinaryColor::On)).draw(target)?;
        ("GATE OPEN", BinaryColor::Off)
    } else {
        bar.into_styled(PrimitiveStyle::with_stroke(BinaryColor::On, 1)).draw(target)?;
        ("gate closed", BinaryColor::On)
    };
    text(words, &FONT_6X10, Point::new(WIDTH as i32 / 2, HEIGHT as i32 - 14), Alignment::Center, ink, target)
}

fn text<D: DrawTarget<Color = BinaryColor>>(
    words: &str,
    font: &MonoFont<'_>,
    at: Point,
    alignment: Alignment,
    ink: BinaryColor,
    target: &mut D,
) -> Result<(), D::Error> {
    let style = TextStyleBuilder::new().alignment(alignment).baseline(Baseline::Top).build();
    Text::with_text_style(words, at, MonoTextStyle::new(font, ink), style).draw(target)?;
    Ok(())
}

/// A picture in memory, one bit a point, rows from the top, the leftmost point in a byte's highest bit: what a
/// display on I²C or SPI is filled from, and what PBM (P4) holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framebuffer {
    bytes: [u8; (WIDTH * HEIGHT / 8) as usize],
}

impl Framebuffer {
    /// A dark picture.
    pub const fn new() -> Self {
        Self { bytes: [0; (WIDTH * HEIGHT / 8) as usize] }
    }

    /// The points.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Default for Framebuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl embedded_graphics::geometry::OriginDimensions for Framebuffer {
    fn size(&self) -> Size {
        Size::new(WIDTH, HEIGHT)
    }
}

impl DrawTarget for Framebuffer {
    type Color = BinaryColor;
    type Error = core::convert::Infallible;

    fn draw_iter<I: IntoIterator<Item = embedded_graphics::Pixel<BinaryColor>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Self::Error> {
        for embedded_graphics::Pixel(at, colour) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y)) else { continue };
            // What lies outside is left out, as the trait asks.
            if x < WIDTH && y < HEIGHT {
                let bit = 0x80 >> (x % 8);
                let byte = &mut self.bytes[((y * WIDTH + x) / 8) as usize];
                *byte = if colour.is_on() { *byte | bit } else { *byte & !bit };
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn drawn(seen: Option<(Decision, &str)>, open: bool, linked: bool) -> Framebuffer {
        let view = View { seen: seen.map(|(d, n)| (d, Name::new(n))), open, linked, gallery: 1 };
        let mut picture = Framebuffer::new();
        draw(&view, &mut picture).unwrap();
        picture
    }

    /// `DNC_DISPLAY_PNG=path` keeps the pictures, one under another, to look at.
    #[test]
    fn every_state_looks_different_and_an_open_gate_is_bright() {
        let pictures: Vec<Framebuffer> = [
            drawn(None, false, true),
            drawn(None, false, false),
            drawn(Some((Decision::Known, "Zoë Müller")), true, true),
            drawn(Some((Decision::Known, "van-12345678901234567890")), false, true),
            drawn(Some((Decision::Unsure, "Zoë")), false, true),
            drawn(Some((Decision::Unknown, "")), false, true),
        ]
        .into();
        for (i, a) in pictures.iter().enumerate() {
            assert!(pictures[..i].iter().all(|b| a != b), "picture {i} looks like another");
        }
        let lit = |p: &Framebuffer| -> u32 { p.bytes().iter().map(|b| b.count_ones()).sum() };
        assert!(lit(&pictures[2]) > lit(&pictures[3]) + 1000);
        if let Ok(path) = std::env::var("DNC_DISPLAY_PNG") {
            let rows = pictures.len() as u32 * (HEIGHT + 4);
            let image = image::GrayImage::from_fn(WIDTH * 3, rows * 3, |x, y| {
                let (x, y) = (x / 3, y / 3);
                let (picture, row) = (&pictures[(y / (HEIGHT + 4)) as usize], y % (HEIGHT + 4));
                let on = row < HEIGHT && picture.bytes()[((row * WIDTH + x) / 8) as usize] & (0x80 >> (x % 8)) != 0;
                image::Luma([if row >= HEIGHT { 90 } else { u8::from(on) * 255 }])
            });
            image.save(path).unwrap();
        }
    }

    #[test]
    fn an_identity_that_was_not_accepted_is_not_named() {
        assert_eq!(
            drawn(Some((Decision::Unsure, "Ada")), false, true),
            drawn(Some((Decision::Unsure, "Bo")), false, true)
        );
        assert_ne!(
            drawn(Some((Decision::Known, "Ada")), false, true),
            drawn(Some((Decision::Known, "Bo")), false, true)
        );
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let long: String = "é".repeat(13);
        assert_eq!(Name::new(&long).as_str(), "é".repeat(12));
        assert_eq!(Name::new(&("x".repeat(23) + "é")).as_str(), "x".repeat(23));
    }
}
