//! Thumbnails, bars and sightings: what format version 1 has not.

use dnc_core::manifest::hex;
use redb::{ReadTransaction, ReadableTable};

use super::super::moment::is_kept;
use super::super::read::if_there;
use super::super::tables::{BARRED, IDENTITIES, PICTURES, SEEN, THUMBNAILS, VIEWS};
use super::MAX_THUMBNAIL_BYTES;

pub(super) fn faults(read: &ReadTransaction, dim: usize, faults: &mut Vec<String>) -> Result<(), redb::Error> {
    let (identities, views, pictures) =
        (read.open_table(IDENTITIES)?, read.open_table(VIEWS)?, read.open_table(PICTURES)?);
    if let Some(thumbnails) = if_there(read, THUMBNAILS)? {
        for row in thumbnails.iter()? {
            let (view, bytes) = row?;
            let (view, bytes) = (view.value(), bytes.value().len());
            if views.get(view)?.is_none() {
                faults.push(format!("a thumbnail of view {view} is kept, which is not there"));
            }
            if bytes == 0 || bytes > MAX_THUMBNAIL_BYTES {
                faults.push(format!("the thumbnail of view {view} has {bytes} bytes"));
            }
        }
    }
    if let Some(seen) = if_there(read, SEEN)? {
        for row in seen.iter()? {
            let (identity, time) = row?;
            if identities.get(identity.value())?.is_none() {
                faults.push(format!("identity {} was seen, which is not there", identity.value()));
            }
            if !is_kept(time.value()) {
                faults.push(format!("identity {} was seen at {:?}, which is no time", identity.value(), time.value()));
            }
        }
    }
    let Some(barred) = if_there(read, BARRED)? else { return Ok(()) };
    for row in barred.iter()? {
        let (key, row) = row?;
        let ((identity, picture), (values, _, time, precision, thumbnail)) = (key.value(), row.value());
        let bar = format!("picture {} is barred from identity {identity}", hex(picture));
        if identities.get(identity)?.is_none() {
            faults.push(format!("{bar}, which is not there"));
        }
        let owner = match pictures.get(picture)? {
            Some(view) => views.get(view.value())?.map(|row| row.value().0),
            None => None,
        };
        if owner == Some(identity) {
            faults.push(format!("{bar} and is enrolled under it"));
        }
        let (numbers, odd) = values.as_chunks::<4>();
        let whole = numbers.len() == dim && odd.is_empty();
        if !values.is_empty() && (!whole || numbers.iter().any(|v| !f32::from_le_bytes(*v).is_finite())) {
            faults.push(format!("{bar} with an embedding of {} bytes, or a value that is no number", values.len()));
        }
        if !is_kept(time) || !["f32", "f16", "int8"].contains(&precision) {
            faults.push(format!("{bar} since {time:?} with the precision {precision:?}"));
        }
        if thumbnail.len() > MAX_THUMBNAIL_BYTES {
            faults.push(format!("{bar} and its thumbnail has {} bytes", thumbnail.len()));
        }
    }
    Ok(())
}
