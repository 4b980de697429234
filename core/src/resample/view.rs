//! A rectangle of a picture, read where it lies.

use image::RgbImage;

/// A rectangle of whole pixels of a picture. Nothing outside of it is seen, as if it had been cut out; nothing is copied.
#[derive(Debug, Clone, Copy)]
pub struct PictureView<'a> {
    picture: &'a RgbImage,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl<'a> PictureView<'a> {
    /// The rectangle's part that lies within `picture`; a view without pixels where there is none.
    pub fn new(picture: &'a RgbImage, left: u32, top: u32, width: u32, height: u32) -> Self {
        let (left, top) = (left.min(picture.width()), top.min(picture.height()));
        let (width, height) = (width.min(picture.width() - left), height.min(picture.height() - top));
        Self { picture, left, top, width, height }
    }

    /// Width, px.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height, px.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Whether there is no pixel.
    pub fn is_empty(&self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// A picture of its own, copied.
    pub fn to_picture(&self) -> RgbImage {
        image::imageops::crop_imm(self.picture, self.left, self.top, self.width, self.height).to_image()
    }

    /// The picture that is looked at.
    pub(super) fn picture(&self) -> &'a RgbImage {
        self.picture
    }

    /// Where in the picture the view begins: left, top.
    pub(super) fn corner(&self) -> (u32, u32) {
        (self.left, self.top)
    }
}

impl<'a> From<&'a RgbImage> for PictureView<'a> {
    fn from(picture: &'a RgbImage) -> Self {
        Self::new(picture, 0, 0, picture.width(), picture.height())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_clipped_to_its_picture_and_reads_its_own_pixels() {
        let picture = RgbImage::from_fn(10, 6, |x, y| image::Rgb([x as u8, y as u8, 0]));
        let view = PictureView::new(&picture, 7, 2, 100, 3);
        assert_eq!((view.width(), view.height()), (3, 3));
        let copy = view.to_picture();
        assert_eq!((copy.dimensions(), copy.get_pixel(2, 1).0), ((3, 3), [9, 3, 0]));
        for (left, top) in [(10, 0), (0, 6), (u32::MAX, u32::MAX)] {
            assert!(PictureView::new(&picture, left, top, 1, 1).is_empty());
        }
    }
}
