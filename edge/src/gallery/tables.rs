//! The gallery's file format, version 2: a redb database with the tables below. It is a promise: another
//! meaning of a table needs another version and a migration.

use redb::{ReadableTable, TableDefinition};

/// Version of the format that this build writes.
pub const FORMAT: &str = "2";

/// Versions that this build reads, oldest first. Version 1 has not the tables [`THUMBNAILS`], [`BARRED`] and [`SEEN`];
/// the first opening for writing adds them.
pub(super) const READ: [&str; 2] = ["1", FORMAT];

/// Facts of the whole gallery: `format`, `space_id`, `dim`, `learners`, in decimal where numbers.
pub(super) const META: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");

/// Next free id, by `identity` and `view`: an id is never given twice, also after a removal.
pub(super) const NEXT_IDS: TableDefinition<'_, &str, u64> = TableDefinition::new("next_ids");

/// What is kept of an identity: its name and when it was created (RFC 3339, UTC).
pub(super) type IdentityRow = (&'static str, &'static str);

/// Identity → [`IdentityRow`].
pub(super) const IDENTITIES: TableDefinition<'_, u64, IdentityRow> = TableDefinition::new("identities");

/// Name → identity: a name belongs to one identity.
pub(super) const NAMES: TableDefinition<'_, &str, u64> = TableDefinition::new("names");

/// What is kept of a view: identity, scale of the int8 code, the code (d bytes, two's complement), where the
/// picture came from, SHA-256 of its bytes, when it was enrolled (RFC 3339, UTC), precision of the variant.
pub(super) type ViewRow = (u64, f32, &'static [u8], &'static str, &'static [u8; 32], &'static str, &'static str);

/// View → [`ViewRow`].
pub(super) const VIEWS: TableDefinition<'_, u64, ViewRow> = TableDefinition::new("views");

/// View → its f32 embedding (d little-endian values), where it was kept.
pub(super) const EMBEDDINGS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("embeddings");

/// (identity, view): the views of an identity, as one range.
pub(super) const IDENTITY_VIEWS: TableDefinition<'_, (u64, u64), ()> = TableDefinition::new("identity_views");

/// SHA-256 of a picture's bytes → view: a picture is enrolled once.
pub(super) const PICTURES: TableDefinition<'_, &[u8; 32], u64> = TableDefinition::new("pictures");

/// View → a small JPEG or PNG of its picture, where it was kept.
pub(super) const THUMBNAILS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("thumbnails");

/// An identity and the SHA-256 of a picture's bytes.
pub(super) type BarredKey = (u64, &'static [u8; 32]);

/// What is kept of a barred view: its f32 embedding (d little-endian values; empty where a re-embedding had no picture
/// of it), where the picture came from, when it was barred (RFC 3339, UTC), precision of the variant, a small JPEG or PNG
/// (empty where none was kept).
pub(super) type BarredRow = (&'static [u8], &'static str, &'static str, &'static str, &'static [u8]);

/// (identity, picture) → [`BarredRow`]: the picture is not of that identity.
pub(super) const BARRED: TableDefinition<'_, BarredKey, BarredRow> = TableDefinition::new("barred");

/// Identity → when it was last recognised (RFC 3339, UTC), where that was recorded.
pub(super) const SEEN: TableDefinition<'_, u64, &str> = TableDefinition::new("seen");

/// Ids of an identity's views, in their order.
pub(super) fn views_of(listed: &impl ReadableTable<(u64, u64), ()>, identity: u64) -> Result<Vec<u64>, redb::Error> {
    let rows = listed.range((identity, 0)..=(identity, u64::MAX))?;
    Ok(rows.map(|row| row.map(|(key, _)| key.value().1)).collect::<Result<_, _>>()?)
}
