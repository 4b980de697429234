//! Reading an exported file into a gallery, in one transaction that ends only where the whole file is as it was written.

use std::io::Read;
use std::path::Path;

use dnc_core::EmbeddingLayout;
use dnc_core::int8;
use dnc_core::normalize::group_normalize;

use super::super::enroll::{check_embedding, check_name};
use super::super::moment::is_kept;
use super::super::transaction::{Stop, refuse};
use super::super::write::{Entry, Kept, Tables};
use super::super::{Gallery, MAX_THUMBNAIL_BYTES, Space};
use super::record::{Embedding, Picture, Record};
use super::stream::RecordReader;
use super::{Contents, ImportError};

/// Values that an embedding may have: far beyond any real one, and far below what a file could make us take memory for.
const MAX_DIM: u32 = 1 << 16;

/// Longest `space_id`, as in a bundle.
const MAX_SPACE_ID: usize = crate::bundle::MAX_SPACE_ID;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Identities of the file that the gallery had not.
    pub new_identities: usize,
    /// Views written.
    pub views: usize,
    /// Views whose picture was enrolled under the same identity before.
    pub duplicates: usize,
    /// Bars written.
    pub bars: usize,
    /// Views and bars that contradict what the gallery has, one sentence each; the gallery's word stands.
    pub left_out: Vec<String>,
}

/// Reads a whole exported file and checks everything that can be checked without a gallery.
///
/// # Errors
/// Where it is not one, is cut, damaged or of another version, or holds what no gallery can.
pub fn check_export(from: impl Read, path: &Path) -> Result<Contents, ImportError> {
    let mut nothing = |_: &Found<'_>| Ok(());
    match read_records(from, path, &mut nothing) {
        Ok(contents) => Ok(contents),
        Err(Stop::Refused(error)) => Err(error),
        // Nothing is written.
        Err(Stop::Storage(error)) => Err(ImportError::Gallery(super::super::GalleryError::storage(path, error))),
    }
}

impl Gallery {
    /// Adds what an exported file holds, in one transaction: identities by their name, views by their picture. A view that
    /// is there already is left; one whose picture is enrolled under another identity or barred from its own is left out
    /// and named. When this returns `Ok`, all of it is on the disk; otherwise the gallery is as it was. `path` names the
    /// file in messages; [`check_export`] before spares a long transaction for a file that is not whole.
    ///
    /// # Errors
    /// As [`check_export`], and where the file is of another model, the gallery is open for reading only, or the disk
    /// refuses.
    pub fn import(&mut self, from: impl Read, path: &Path) -> Result<Imported, ImportError> {
        let (space, gallery) = (self.space.clone(), self.path.clone());
        self.writing(|tables| {
            let mut writer = Importer { tables, identities: Vec::new(), done: Imported::default() };
            read_records(from, path, &mut |found| match *found {
                Found::Space(found) if *found != space => {
                    let (path, gallery) = (path.to_owned(), gallery.clone());
                    let (found, wanted) = (Box::new(found.clone()), Box::new(space.clone()));
                    refuse(ImportError::OtherSpace { path, gallery, found, wanted })
                }
                _ => writer.take(found),
            })?;
            Ok(writer.done)
        })
    }
}

/// A checked record.
enum Found<'a> {
    Space(&'a Space),
    Identity { name: &'a str, created: &'a str, seen: &'a str },
    View { identity: usize, kept: Kept<'a>, of: Picture<'a> },
    Bar { identity: usize, values: &'a [u8], of: Picture<'a> },
}

type Take<'t> = &'t mut dyn FnMut(&Found<'_>) -> Result<(), Stop<ImportError>>;

fn read_records(from: impl Read, path: &Path, take: Take<'_>) -> Result<Contents, Stop<ImportError>> {
    let mut reader = RecordReader::new(from, path).map_err(Stop::Refused)?;
    reader.advance().map_err(Stop::Refused)?;
    let space = header(&reader).map_err(Stop::Refused)?;
    take(&Found::Space(&space))?;
    let layout = space.layout;
    let (mut identities, mut views, mut bars) = (0u64, 0u64, 0u64);
    let mut values = Vec::new();
    loop {
        reader.advance().map_err(Stop::Refused)?;
        let damaged = |reason: String| Stop::Refused(reader.damaged(reason));
        let known = |identity: u32| match u64::from(identity) < identities {
            true => Ok(identity as usize),
            false => Err(damaged(format!("identity {identity} of {identities}"))),
        };
        match reader.record().map_err(Stop::Refused)? {
            Record::Header { .. } => return Err(damaged("a second header".into())),
            Record::Identity { name, created, seen } => {
                if views + bars > 0 {
                    return Err(damaged("an identity after the views".into()));
                }
                check_name(name).map_err(|e| damaged(e.to_string()))?;
                if !is_kept(created) || !(seen.is_empty() || is_kept(seen)) {
                    return Err(damaged(format!("the times {created:?} and {seen:?}")));
                }
                take(&Found::Identity { name, created, seen })?;
                identities += 1;
            }
            Record::View { identity, embedding, of } => {
                if bars > 0 {
                    return Err(damaged("a view after the bars".into()));
                }
                let identity = known(identity)?;
                check_picture(&of).map_err(damaged)?;
                let kept = match embedding {
                    Embedding::Values(bytes) => {
                        to_values(bytes, &mut values);
                        Kept::Values { values: &values, keep: true }
                    }
                    Embedding::Code(scale, _) if !scale.is_finite() || scale < 0.0 => {
                        return Err(damaged(format!("the scale {scale}")));
                    }
                    Embedding::Code(scale, code) => {
                        to_decoded(scale, code, &layout, &mut values);
                        Kept::Code { scale, code }
                    }
                };
                check_embedding(&values, &layout, of.source).map_err(|e| damaged(e.to_string()))?;
                take(&Found::View { identity, kept, of })?;
                views += 1;
            }
            Record::Bar { identity, values: bytes, of } => {
                let identity = known(identity)?;
                check_picture(&of).map_err(damaged)?;
                if !bytes.is_empty() {
                    to_values(bytes, &mut values);
                    check_embedding(&values, &layout, of.source).map_err(|e| damaged(e.to_string()))?;
                }
                take(&Found::Bar { identity, values: bytes, of })?;
                bars += 1;
            }
            Record::End { identities: i, views: v, bars: b, sha256 } => {
                if (i, v, b) != (identities, views, bars) || sha256 != reader.before() {
                    return Err(damaged("the numbers or the SHA-256 of what stands before it differ".into()));
                }
                break;
            }
        }
    }
    reader.nothing_follows().map_err(Stop::Refused)?;
    Ok(Contents { space, identities, views, bars })
}

fn header<R: Read>(reader: &RecordReader<'_, R>) -> Result<Space, ImportError> {
    let Record::Header { space_id, dim, learners, .. } = reader.record()? else {
        return Err(reader.damaged("no header"));
    };
    if dim > MAX_DIM || space_id.is_empty() || space_id.len() > MAX_SPACE_ID || space_id.chars().any(char::is_control) {
        return Err(reader.damaged(format!("{dim} values in a space_id of {} bytes", space_id.len())));
    }
    let layout = EmbeddingLayout::new(dim as usize, learners as usize).map_err(|e| reader.damaged(e.to_string()))?;
    Ok(Space { space_id: space_id.to_owned(), layout })
}

fn check_picture(of: &Picture<'_>) -> Result<(), String> {
    if !is_kept(of.time) {
        return Err(format!("the time {:?}", of.time));
    }
    if !["f32", "f16", "int8"].contains(&of.precision) {
        return Err(format!("the precision {:?}", of.precision));
    }
    if of.thumbnail.len() > MAX_THUMBNAIL_BYTES {
        return Err(format!("a thumbnail of {} bytes", of.thumbnail.len()));
    }
    Ok(())
}

/// Little-endian f32 values. Bytes too many give a width that no check lets through.
fn to_values(bytes: &[u8], values: &mut Vec<f32>) {
    values.clear();
    values.extend(bytes.chunks(4).map(|four| four.try_into().map_or(f32::NAN, f32::from_le_bytes)));
}

/// What a search reads of a code.
fn to_decoded(scale: f32, code: &[u8], layout: &EmbeddingLayout, values: &mut Vec<f32>) {
    let code: Vec<i8> = code.iter().map(|c| c.cast_signed()).collect();
    values.clear();
    values.resize(code.len(), 0.0);
    int8::decode(&code, scale, values);
    if values.len() == layout.dim() {
        group_normalize(values, layout);
    }
}

/// Writes what comes.
struct Importer<'a, 't> {
    tables: &'a mut Tables<'t>,
    /// Id and name in this gallery, by the file's number.
    identities: Vec<(u64, String)>,
    done: Imported,
}

impl Importer<'_, '_> {
    fn take(&mut self, found: &Found<'_>) -> Result<(), Stop<ImportError>> {
        match *found {
            Found::Space(_) => {}
            Found::Identity { name, created, seen } => {
                let is_new = self.tables.identity(name)?.is_none();
                self.done.new_identities += usize::from(is_new);
                let id = self.tables.identity_or_new(name, created)?;
                if !seen.is_empty() {
                    self.tables.saw(id, seen)?;
                }
                self.identities.push((id, name.to_owned()));
            }
            Found::View { identity, kept, of } => {
                let Some((identity, name)) = self.identities.get(identity) else { return Ok(()) };
                if let Some(known) = self.tables.duplicate(&of.sha256)? {
                    if known.identity == *name {
                        self.done.duplicates += 1;
                    } else {
                        let text = format!("{} as {name}: enrolled here as {}", of.source, known.identity);
                        self.done.left_out.push(text);
                    }
                } else if self.tables.is_barred(*identity, &of.sha256)? {
                    self.done.left_out.push(format!("{} as {name}: barred here from that identity", of.source));
                } else {
                    let Picture { source, time, precision, thumbnail, .. } = of;
                    let entry = Entry { kept, source, picture: &of.sha256, time, precision, thumbnail };
                    self.tables.add(*identity, entry)?;
                    self.done.views += 1;
                }
            }
            Found::Bar { identity, values, of } => {
                let Some((identity, name)) = self.identities.get(identity) else { return Ok(()) };
                if self.tables.duplicate(&of.sha256)?.is_some_and(|known| known.identity == *name) {
                    let text = format!("the bar of {} from {name}: enrolled here under that identity", of.source);
                    self.done.left_out.push(text);
                } else if !self.tables.is_barred(*identity, &of.sha256)? {
                    let row = (values, of.source, of.time, of.precision, of.thumbnail);
                    self.tables.barred.insert((*identity, &of.sha256), row)?;
                    self.done.bars += 1;
                }
            }
        }
        Ok(())
    }
}
