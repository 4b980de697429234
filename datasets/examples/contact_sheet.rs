//! Draws a sheet of vehicles to look at: rows are identities, columns cameras.
//!
//! ```text
//! cargo run --release -p dnc-datasets --example contact_sheet -- sheet.png 96
//! ```

use dnc_datasets::render::{RenderConfig, draw_vehicle};
use image::RgbImage;

const ROWS: u32 = 16;
const COLUMNS: u32 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(path), Some(size)) = (args.next(), args.next()) else {
        return Err("give a file and a size, as: sheet.png 96".into());
    };
    let config = RenderConfig { size_px: size.parse()?, ..RenderConfig::default() };
    let mut sheet = RgbImage::new(COLUMNS * config.size_px, ROWS * config.size_px);
    for (row, column) in (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))) {
        // The first identities that no training sees.
        let identity = config.train_identities + row as usize;
        let picture = draw_vehicle(&config, identity, column as usize, 0);
        let (x, y) = (column * config.size_px, row * config.size_px);
        image::imageops::replace(&mut sheet, &picture, i64::from(x), i64::from(y));
    }
    sheet.save(path)?;
    Ok(())
}
