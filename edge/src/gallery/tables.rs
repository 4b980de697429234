//! The gallery's file format, version 1: a redb database with the tables below. It is a promise: another
//! meaning of a table needs another version and a migration.

use redb::{ReadableTable, TableDefinition};

/// Version of the format that this build writes and reads.
pub const FORMAT: &str = "1";

/// Facts of the whole gallery: `format`, `space_id`, `dim`, `learners`, in decimal where numbers.
pub(super) const META: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");

/// Next free id, by `identity` and `view`: an id is never given twice, also after a removal.
pub(super) const NEXT_IDS: TableDefinition<'_, &str, u64> = TableDefinition::new("next_ids");

/// Identity → its name and when it was created (RFC 3339, UTC).
pub(super) const IDENTITIES: TableDefinition<'_, u64, (&str, &str)> = TableDefinition::new("identities");

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

/// Ids of an identity's views, in their order.
pub(super) fn views_of(listed: &impl ReadableTable<(u64, u64), ()>, identity: u64) -> Result<Vec<u64>, redb::Error> {
    let rows = listed.range((identity, 0)..=(identity, u64::MAX))?;
    Ok(rows.map(|row| row.map(|(key, _)| key.value().1)).collect::<Result<_, _>>()?)
}

/// SHA-256 of a picture's bytes → view: a picture is enrolled once.
pub(super) const PICTURES: TableDefinition<'_, &[u8; 32], u64> = TableDefinition::new("pictures");
