//! Draws a sheet of pictures to look at: rows are identities, columns cameras.
//!
//! ```text
//! cargo run --release -p dnc-datasets --example contact_sheet -- vehicles sheet.png 96
//! ```

use dnc_datasets::render::{RenderConfig, draw_garment, draw_vehicle};
use image::RgbImage;

const ROWS: u32 = 16;
const COLUMNS: u32 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, path, size] = &args[..] else {
        return Err("say what to draw, a file and a size, as: garments sheet.png 96".into());
    };
    let draw = match what.as_str() {
        "vehicles" => draw_vehicle,
        "garments" => draw_garment,
        other => return Err(format!("{other} cannot be drawn: say vehicles or garments").into()),
    };
    let config = RenderConfig { size_px: size.parse()?, ..RenderConfig::default() };
    let mut sheet = RgbImage::new(COLUMNS * config.size_px, ROWS * config.size_px);
    for (row, column) in (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))) {
        // The first identities that no training sees.
        let identity = config.train_identities + row as usize;
        let picture = draw(&config, identity, column as usize, 0);
        let (x, y) = (column * config.size_px, row * config.size_px);
        image::imageops::replace(&mut sheet, &picture, i64::from(x), i64::from(y));
    }
    sheet.save(path)?;
    Ok(())
}
