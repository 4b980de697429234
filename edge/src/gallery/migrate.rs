//! From an older format version to this build's, in one transaction: it is there as a whole or not at all.

use redb::Database;

use super::tables::{FORMAT, META};
use super::write::Tables;

/// Brings a gallery of version `format` to [`FORMAT`]. From 1 to 2 three tables are added, empty; every row stays.
pub(super) fn migrate(db: &Database, format: &str) -> Result<(), redb::Error> {
    if format == FORMAT {
        return Ok(());
    }
    let transaction = db.begin_write()?;
    Tables::open(&transaction)?;
    transaction.open_table(META)?.insert("format", FORMAT)?;
    transaction.commit()?;
    Ok(())
}
