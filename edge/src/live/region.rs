//! The part of a picture that somebody is on.

use std::str::FromStr;

use dnc_core::preprocess::PictureView;
use image::RgbImage;
use serde::{Deserialize, Serialize};

/// A box in pixels of the picture as it is shown (EXIF orientation applied), from its upper left corner. In JSON and
/// on the command line: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub struct Region {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A box that cuts nothing out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RegionError {
    /// Not four numbers.
    #[error("box {found:?}: four numbers are needed, left,top,width,height in pixels, as 40,10,200,180")]
    Form {
        /// What was given.
        found: String,
    },
    /// A number is infinite or none, or the box has no area.
    #[error("box {0}: finite numbers and a width and height above 0 are needed")]
    Empty(String),
    /// The box lies beside the picture.
    #[error("box {region} lies outside the picture of {width} × {height} px; give pixels of this picture")]
    Outside {
        /// The box.
        region: String,
        /// Width of the picture, px.
        width: u32,
        /// Height of the picture, px.
        height: u32,
    },
}

impl From<[f64; 4]> for Region {
    fn from([left, top, width, height]: [f64; 4]) -> Self {
        Self { left, top, width, height }
    }
}

impl From<Region> for [f64; 4] {
    fn from(r: Region) -> Self {
        [r.left, r.top, r.width, r.height]
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
        let form = || RegionError::Form { found: text.chars().take(64).collect() };
        let four: [f64; 4] = numbers.map_err(|_| form())?.try_into().map_err(|_| form())?;
        Ok(four.into())
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},{},{}", self.left, self.top, self.width, self.height)
    }
}

impl Region {
    /// The box's part of `picture`, read where it lies. What reaches over the edge is cut off, since detectors draw such
    /// boxes; every pixel that the box touches is taken.
    ///
    /// # Errors
    /// Where the box has no area or lies outside the picture.
    pub fn of<'a>(&self, picture: &'a RgbImage) -> Result<PictureView<'a>, RegionError> {
        let numbers = <[f64; 4]>::from(*self);
        if numbers.iter().any(|n| !n.is_finite()) || self.width <= 0.0 || self.height <= 0.0 {
            return Err(RegionError::Empty(self.to_string()));
        }
        let (width, height) = picture.dimensions();
        // `as` clips to the range of u32; the picture's own size clips the rest.
        let span = |from: f64, length: f64, limit: u32| {
            let (first, end) =
                (from.floor().max(0.0) as u32, (from + length).ceil().clamp(0.0, f64::from(limit)) as u32);
            (first, end.saturating_sub(first))
        };
        let ((x, w), (y, h)) = (span(self.left, self.width, width), span(self.top, self.height, height));
        if w == 0 || h == 0 {
            return Err(RegionError::Outside { region: self.to_string(), width, height });
        }
        Ok(PictureView::new(picture, x, y, w, h))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> RgbImage {
        RgbImage::from_fn(10, 6, |x, y| image::Rgb([x as u8, y as u8, 0]))
    }

    #[test]
    fn every_pixel_that_the_box_touches_is_taken() {
        let picture = picture();
        let cut = "2,1,3,4".parse::<Region>().unwrap().of(&picture).unwrap().to_picture();
        assert_eq!((cut.dimensions(), cut.get_pixel(0, 0).0), ((3, 4), [2, 1, 0]));
        let cut = "2.5,1,3,0.5".parse::<Region>().unwrap().of(&picture).unwrap().to_picture();
        assert_eq!(cut.dimensions(), (4, 1));
    }

    #[test]
    fn what_reaches_over_the_edge_is_cut_off() {
        let picture = picture();
        for (text, size) in [("-4,-4,5,5", (1, 1)), ("9,5,1e300,1e300", (1, 1)), ("-1e300,-1e300,2e300,2e300", (10, 6))]
        {
            let cut = text.parse::<Region>().unwrap().of(&picture).unwrap().to_picture();
            assert_eq!(cut.dimensions(), size, "{text}");
        }
    }

    #[test]
    fn boxes_that_cut_nothing_out_are_refused() {
        for text in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1;2;3;4"] {
            assert!(matches!(text.parse::<Region>(), Err(RegionError::Form { .. })), "{text}");
        }
        let picture = picture();
        let refused = |text: &str| text.parse::<Region>().unwrap().of(&picture).unwrap_err();
        for text in ["0,0,0,5", "0,0,5,-1", "nan,0,1,1", "0,0,inf,1"] {
            assert!(matches!(refused(text), RegionError::Empty(_)), "{text}");
        }
        for text in ["10,0,5,5", "0,6,1,1", "-9,0,9,6", "0,1e300,1,1"] {
            assert!(matches!(refused(text), RegionError::Outside { .. }), "{text}");
        }
    }
}
