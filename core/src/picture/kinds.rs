//! Every kind of picture that may come in: grey, palette, 16 bits, CMYK, turned by EXIF, a single pixel.

use std::io::Cursor;

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba};

use super::decode;
use crate::preprocess::{PixelLayout, Preprocess, Resampler};

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn first_pixel(bytes: &[u8]) -> [u8; 3] {
    decode(bytes).unwrap().get_pixel(0, 0).0
}

#[test]
fn grey_with_and_without_alpha() {
    let grey = GrayImage::from_pixel(8, 8, Luma([77]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        assert_eq!(first_pixel(&encoded(grey.clone(), format)), [77; 3], "{format:?}");
    }
    // A quarter of black over white.
    let veil = GrayAlphaImage::from_pixel(2, 2, LumaA([0, 51]));
    assert_eq!(first_pixel(&encoded(veil, ImageFormat::Png)), [204; 3]);
}

#[test]
fn sixteen_bits_are_rounded_to_eight() {
    // 257 · 8-bit value is the same brightness in 16 bits.
    for (value, expected) in [(0, 0), (128, 0), (129, 1), (257 * 77, 77), (257 * 77 + 128, 77), (0xFFFF, 255)] {
        let grey = ImageBuffer::<Luma<u16>, _>::from_pixel(2, 2, Luma([value]));
        assert_eq!(first_pixel(&encoded(grey, ImageFormat::Png)), [expected; 3], "{value}");
        let rgb = ImageBuffer::<Rgb<u16>, _>::from_pixel(2, 2, Rgb([value, 0xFFFF, 0]));
        assert_eq!(first_pixel(&encoded(rgb, ImageFormat::Png)), [expected, 255, 0], "{value}");
    }
    let veil = ImageBuffer::<Rgba<u16>, _>::from_pixel(2, 2, Rgba([0, 0xFFFF, 257 * 100, 257 * 51]));
    assert_eq!(first_pixel(&encoded(veil, ImageFormat::Png)), [204, 255, 224]);
}

/// 4 × 2 pixels of 2 bits, the last colour half transparent, and 9 × 2 pixels of 1 bit. Made with Pillow 13.0:
/// ```python
/// im = Image.new('P', (4, 2)); im.putpalette([255,0,0, 0,255,0, 0,0,255, 10,20,30])
/// im.putdata([0,1,2,3, 3,2,1,0])
/// im.save('p.png', optimize=True, bits=2, transparency=bytes([255, 255, 255, 128]))
/// im = Image.new('1', (9, 2), 1); im.putpixel((8, 1), 0); im.save('1.png')
/// ```
#[test]
fn palettes_and_single_bits() {
    let palette = decode(&bytes(
        "89504e470d0a1a0a0000000d494844520000000400000002020300000002c695f00000000c504c5445ff000000ff000000ff0a141e\
         228829040000000474524e53ffffff80ad922ad40000000c4944415478da639066780200013901007b9942370000000049454e44ae\
         426082",
    ));
    let [red, green, blue, veil] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [132, 137, 142]];
    let pixels: Vec<_> = palette.unwrap().pixels().map(|p| p.0).collect();
    assert_eq!(pixels, [red, green, blue, veil, veil, blue, green, red]);
    let bits = decode(&bytes(
        "89504e470d0a1a0a0000000d4948445200000009000000020100000000a22dcb7e0000000e49444154789c63fcdfc8f09f01000909\
         02815e3ece480000000049454e44ae426082",
    ));
    let dark: Vec<_> =
        bits.unwrap().enumerate_pixels().filter(|(_, _, p)| p.0 == [0; 3]).map(|(x, y, _)| (x, y)).collect();
    assert_eq!(dark, [(8, 1)]);
}

/// Quadrants of cyan, of half magenta, of yellow and a quarter of black, of black, as CMYK with Adobe's marker (which
/// means that the values stand inverted). Made with Pillow 13.0:
/// ```python
/// im = Image.new('CMYK', (32, 32))
/// for q, c in enumerate([(255, 0, 0, 0), (0, 128, 0, 0), (0, 0, 255, 64), (0, 0, 0, 255)]):
///     x, y = q % 2 * 16, q // 2 * 16
///     im.paste(c, (x, y, x + 16, y + 16))
/// im.save('cmyk.jpg', quality=90, subsampling=0, optimize=True)
/// ```
const CMYK: &str = "\
ffd8ffee000e41646f626500640000000000ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e\
12100d0e110e0b0b1016101113141515150c0f171816141812141514ffc000140800200020044311004d11005911004b1100ffc400170001010101\
00000000000000000000000000090a08ffc40014100100000000000000000000000000000000ffda000e0443004d0059004b00003f00954aa6aa6a\
a600d5425480032aeaac000d542548000aaccabb950001aa8402000655d7f4001aa8402007ffd9";

/// The same with ink turned into luma and chroma, as Photoshop writes it: the YCCK values pasted as above, 255 - value,
/// and the marker's transform set to 2 (byte 17).
const YCCK: &str = "\
ffd8ffee000e41646f626500640000000002ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e\
12100d0e110e0b0b1016101113141515150c0f171816141812141514ffc000140800200020044311004d11005911004b1100ffc400190001010101\
010100000000000000000000000902070608ffc40014100100000000000000000000000000000000ffda000e0443004d0059004b00003f00f9d1c3\
154d54c0196d070006985e300196d070007045c37587ca800e64958f7080400e9aaa6f0ebfa00e64958f7080400fffd9";

#[test]
fn cmyk_jpegs_have_the_colours_that_pillow_gives() {
    // Light left over is (1 - ink) · (1 - black).
    let expected = [[0, 255, 255], [255, 127, 255], [191, 191, 0], [0, 0, 0]];
    let (cmyk, ycck) = (bytes(CMYK), bytes(YCCK));
    let without_marker = [&cmyk[..2], &cmyk[18..]].concat();
    for (name, jpeg) in [("CMYK", cmyk), ("YCCK", ycck), ("no marker", without_marker)] {
        let picture = decode(&jpeg).unwrap();
        assert_eq!(picture.dimensions(), (32, 32));
        for (quadrant, expected) in (0..).zip(expected) {
            let found = picture.get_pixel(8 + quadrant % 2 * 16, 8 + quadrant / 2 * 16).0;
            let far = (0..3).map(|c| found[c].abs_diff(expected[c])).max().unwrap();
            assert!(far <= 2, "{name}, quadrant {quadrant}: {found:?}, expected {expected:?}");
        }
    }
}

/// `jpeg` with an EXIF segment that holds an orientation and nothing else.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn exif_turns_and_mirrors() {
    let (w, h) = (24, 16);
    let stored = RgbImage::from_fn(w, h, |x, y| Rgb([(x * 10) as u8, (y * 15) as u8, 128]));
    let jpeg = encoded(stored, ImageFormat::Jpeg);
    let plain = decode(&jpeg).unwrap();
    // Where the stored pixel of column c and row r is shown: EXIF 2.3, tag 274.
    let shown = |orientation, c, r| match orientation {
        2 => (w - 1 - c, r),
        3 => (w - 1 - c, h - 1 - r),
        4 => (c, h - 1 - r),
        5 => (r, c),
        6 => (h - 1 - r, c),
        7 => (h - 1 - r, w - 1 - c),
        8 => (r, w - 1 - c),
        _ => (c, r),
    };
    // 0 and 9 are no orientations: the picture stays.
    for orientation in 0..=9 {
        let turned = decode(&with_orientation(&jpeg, orientation)).unwrap();
        let side_ways = (5..=8).contains(&orientation);
        assert_eq!(turned.dimensions(), if side_ways { (h, w) } else { (w, h) }, "{orientation}");
        for (c, r, pixel) in plain.enumerate_pixels() {
            let (x, y) = shown(orientation, c, r);
            assert_eq!(turned.get_pixel(x, y), pixel, "orientation {orientation}, column {c}, row {r}");
        }
    }
}

#[test]
fn one_pixel_and_one_row_go_through_decoding_and_preprocessing() {
    let rule = Preprocess::imagenet(16);
    for (w, h) in [(1, 1), (1, 2), (2, 1), (1, 500), (500, 1), (3, 700)] {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let picture = decode(&encoded(RgbImage::from_pixel(w, h, Rgb([200, 200, 200])), format)).unwrap();
            assert_eq!(picture.dimensions(), (w, h));
            let mut values = vec![f32::NAN; rule.values()];
            rule.apply(&picture, &mut Resampler::default(), PixelLayout::Hwc, &mut values);
            for pixel in values.chunks_exact(3) {
                for (c, value) in pixel.iter().enumerate() {
                    let expected = (200.0 / 255.0 - rule.mean[c]) / rule.std[c];
                    assert!((value - expected).abs() < 0.03, "{w} × {h} {format:?}: {value} for {expected}");
                }
            }
        }
    }
}

#[test]
fn a_column_of_pixels_keeps_its_centre() {
    let column = RgbImage::from_fn(1, 9, |_, y| Rgb([if y == 4 { 255 } else { 0 }; 3]));
    let rule = Preprocess::imagenet(14);
    let mut values = vec![f32::NAN; rule.values()];
    rule.apply(&column, &mut Resampler::default(), PixelLayout::Chw, &mut values);
    let white = (1.0 - rule.mean[0]) / rule.std[0];
    for row in values[..14 * 14].chunks_exact(14) {
        assert!(row.iter().all(|v| v == &row[0]), "one pixel wide: {row:?}");
    }
    // The brightest rows are in the middle, and nearly white.
    assert!((values[7 * 14] - white).abs() < 0.5 && values[0] < values[7 * 14], "{:?}", &values[..14 * 14]);
}
