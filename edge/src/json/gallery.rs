//! Lines of `remove` and of the commands below `gallery`.

use serde::{Deserialize, Serialize};

use crate::gallery::Stats;

/// The line of `remove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedLine {
    /// Name of the identity.
    pub removed: String,
    /// Views that went with it.
    pub views: usize,
}

/// The line of `gallery rename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenamedLine {
    /// Name that the identity had.
    pub renamed: String,
    /// Name that it has.
    pub to: String,
}

/// The line of `gallery merge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedLine {
    /// Name of the identity that ended.
    pub merged: String,
    /// Name of the one that has its views.
    pub into: String,
    /// Views that moved.
    pub views: usize,
}

/// The line of `gallery verify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifiedLine {
    /// Identities looked at.
    pub identities: u64,
    /// Views looked at.
    pub views: u64,
    /// What contradicts what; empty where all is well.
    pub faults: Vec<String>,
    /// What `--scan` finds of what an exact search finds, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<RecallLine>,
}

/// Part of the line of `gallery verify --scan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecallLine {
    /// Views, with a little noise, that were looked for.
    pub probes: usize,
    /// Share of the ten nearest that were found.
    pub recall_at_10: f64,
    /// Memory of the index beside the embeddings, bytes; 0 where there is none.
    pub index_bytes: usize,
}

/// The line of `gallery split`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitLine {
    /// Name of the identity that had the views.
    pub split: String,
    /// Name of the new one.
    pub to: String,
    /// Views that moved.
    pub views: usize,
}

/// A line of `gallery bar`: one picture or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarLine {
    /// The identity.
    pub barred_from: String,
    /// Path of the picture, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Id of the view that was taken out of the identity, where it was enrolled under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<u64>,
    /// Whether it was barred before.
    pub already: bool,
}

/// The line of `gallery unbar`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnbarredLine {
    /// The identity.
    pub unbarred_from: String,
    /// Bars lifted.
    pub pictures: usize,
}

/// A line of `gallery views`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewLine {
    /// Id of the view; none of a bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<u64>,
    /// Name of its identity, or of the one it is barred from.
    pub identity: String,
    /// Whether it is barred from it.
    pub barred: bool,
    /// Where the picture came from.
    pub source: String,
    /// SHA-256 of the picture's bytes, hex.
    pub sha256: String,
    /// When it was enrolled or barred, RFC 3339, UTC.
    pub time: String,
    /// Precision of the variant that embedded it.
    pub precision: String,
    /// Whether a small picture is kept.
    pub thumbnail: bool,
}

/// The line of `gallery expire`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredLine {
    /// What is older than this went, RFC 3339, UTC.
    pub before: String,
    /// Names of the identities that went.
    pub expired: Vec<String>,
    /// Views that went, those of these identities and others.
    pub views: usize,
    /// Whether nothing was changed.
    pub dry_run: bool,
}

/// The line of `gallery export`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedLine {
    /// The file, or the folder.
    pub exported: String,
    /// Identities in it.
    pub identities: u64,
    /// Views in it.
    pub views: u64,
    /// Views barred from an identity.
    pub bars: u64,
    /// Pictures written into the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictures: Option<u64>,
}

/// The line of `gallery import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedLine {
    /// The file.
    pub imported: String,
    /// Identities that the gallery had not.
    pub new_identities: usize,
    /// Views written.
    pub views: usize,
    /// Views that were enrolled under the same identity before.
    pub duplicates: usize,
    /// Bars written.
    pub bars: usize,
    /// What contradicts the gallery and was left out, one sentence each.
    pub left_out: Vec<String>,
}

/// The line of `gallery re-embed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReEmbeddedLine {
    /// The new gallery.
    pub re_embedded: String,
    /// Its identities.
    pub identities: usize,
    /// Its views.
    pub views: usize,
    /// Bars with an embedding.
    pub bars: usize,
    /// What has no embedding.
    pub left_out: Vec<LeftOutLine>,
}

/// A view or a bar without an embedding in a re-embedded gallery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutLine {
    /// Name of its identity.
    pub identity: String,
    /// Where the picture came from.
    pub source: String,
    /// Whether it is a bar.
    pub bar: bool,
    /// Why.
    pub reason: String,
}

/// The line of `gallery compact`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactedLine {
    /// The file.
    pub compacted: String,
    /// Its length before.
    pub bytes_before: u64,
    /// Its length after.
    pub bytes_after: u64,
}

/// The line of `gallery stats`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatsLine {
    /// The file.
    pub gallery: String,
    /// Version of its format.
    pub format: String,
    /// The space it is bound to.
    pub space_id: String,
    /// Length of the file.
    pub bytes: u64,
    /// What it holds.
    #[serde(flatten)]
    pub stats: Stats,
}
