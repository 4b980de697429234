//! A decoded picture with the part of it that is looked at.

use dnc_core::preprocess::PictureView;
use image::RgbImage;

use super::{Region, RegionError};

/// A picture and its box, which is not copied out of it.
#[derive(Debug)]
pub struct Opened {
    picture: RgbImage,
    region: Option<Region>,
}

impl Opened {
    /// Looks at the box of `picture`; at all of it where there is none.
    ///
    /// # Errors
    /// Where the box cuts nothing out.
    pub fn new(picture: RgbImage, region: Option<Region>) -> Result<Self, RegionError> {
        if let Some(region) = &region {
            region.of(&picture)?;
        }
        Ok(Self { picture, region })
    }

    /// The whole picture.
    pub fn picture(&self) -> &RgbImage {
        &self.picture
    }

    /// The whole picture, with its memory.
    pub fn into_picture(self) -> RgbImage {
        self.picture
    }
}

impl<'a> From<&'a Opened> for PictureView<'a> {
    fn from(opened: &'a Opened) -> Self {
        let whole = PictureView::from(&opened.picture);
        // The box was looked at when the picture was opened.
        opened.region.as_ref().and_then(|region| region.of(&opened.picture).ok()).unwrap_or(whole)
    }
}
