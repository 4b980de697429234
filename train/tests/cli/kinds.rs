//! Pictures of every kind in one set: they are trained on and scored like all others.

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, Luma, LumaA, Rgb, RgbImage};

use crate::support::{Site, TEST_IDENTITIES, VIEWS};

#[test]
fn grey_deep_and_tiny_pictures_train_and_score() {
    let site = Site::new();
    let kinds: [DynamicImage; 6] = [
        GrayImage::from_pixel(20, 30, Luma([90])).into(),
        GrayAlphaImage::from_pixel(30, 20, LumaA([10, 100])).into(),
        ImageBuffer::<Rgb<u16>, Vec<u16>>::from_pixel(40, 40, Rgb([60_000, 300, 0])).into(),
        RgbImage::from_pixel(1, 1, Rgb([200, 10, 10])).into(),
        RgbImage::from_pixel(1, 400, Rgb([10, 200, 10])).into(),
        RgbImage::from_pixel(400, 1, Rgb([10, 10, 200])).into(),
    ];
    // The content decides, whatever the file is called; one identity of each part has nothing else.
    for identity in [0, crate::support::TRAIN_IDENTITIES] {
        for (view, kind) in kinds.iter().enumerate().take(VIEWS) {
            kind.save_with_format(site.picture(identity, view), image::ImageFormat::Png).unwrap();
        }
    }
    site.run("run", &["--validation-share", "0"]).done();
    let json = site.evaluate("run", &["--json"]).done().json();
    assert_eq!(json["scores"]["queries"].as_u64(), Some((TEST_IDENTITIES * VIEWS) as u64));
    let histogram = site.evaluate("run", &["--json", "--baseline", "histogram"]).done().json();
    assert_eq!(histogram["scores"]["queries"], json["scores"]["queries"]);
}
