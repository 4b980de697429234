//! Pictures that stand twice in one part, or under two identities.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use super::duplicates::Same;
use super::inspect::{Digests, Inspected};
use super::lossy;
use crate::part::Part;
use crate::{Dataset, Sample, Split};

/// A picture that its identity has twice in one part: each copy finds the other at distance 0, which flatters every
/// score, and in the training part a threshold, since the validation part is cut from there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Repeat {
    /// The part.
    pub part: Part,
    /// Its first place.
    #[serde(serialize_with = "lossy::path")]
    pub first: PathBuf,
    /// A later one; the same path where the file is listed twice.
    #[serde(serialize_with = "lossy::path")]
    pub again: PathBuf,
    /// In what they are the same.
    pub same: Same,
}

/// A picture that one part (train, or test with its queries and gallery) has under two identities: at least one is
/// wrong.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TwoIdentities {
    /// Its first place.
    #[serde(serialize_with = "lossy::path")]
    pub first: PathBuf,
    /// Its identity there.
    pub first_identity: String,
    /// A later one; the same path where the file is listed twice.
    #[serde(serialize_with = "lossy::path")]
    pub again: PathBuf,
    /// Its identity there.
    pub again_identity: String,
    /// In what they are the same.
    pub same: Same,
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (again, part) = (self.again.display(), self.part.name());
        if self.first == self.again {
            return write!(f, "{again} is listed twice in {part}");
        }
        write!(f, "{again} is {} {}, both in {part}", what(self.same), self.first.display())
    }
}

impl fmt::Display for TwoIdentities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (again, identity, earlier) = (self.again.display(), &self.again_identity, &self.first_identity);
        if self.first == self.again {
            return write!(f, "{again} is listed as {earlier:?} and as {identity:?}");
        }
        write!(f, "{again} of {identity:?} is {} {} of {earlier:?}", what(self.same), self.first.display())
    }
}

fn what(same: Same) -> &'static str {
    match same {
        Same::Bytes => "the file",
        Same::Pixels => "the picture",
    }
}

/// What a picture is known by: its pixels (equal files have equal ones), or its path where it cannot be decoded: files
/// that were cut to nothing are alike, and no picture.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Content<'a> {
    Path(&'a Path),
    Pixels([u8; 32]),
}

#[derive(Default)]
pub struct Repeated {
    pub repeats: Vec<Repeat>,
    pub two_identities: Vec<TwoIdentities>,
}

/// Repeats of a picture in its part under its identity, and in its split under another, in the order of the samples.
///
/// A query that stands in the gallery too, under the same identity, is no repeat: VeRi-776 is shipped so. Distractors
/// are no two identities: nobody is to match them, whatever they are called.
pub fn within_parts(dataset: &Dataset, inspected: &Inspected) -> Repeated {
    let digests: HashMap<&Path, &Digests> = inspected.digests.iter().map(|d| (d.sample.path.as_path(), d)).collect();
    let bytes = |sample: &Sample| digests.get(sample.path.as_path()).map(|d| d.bytes);
    let same = |a, b| if bytes(a) == bytes(b) { Same::Bytes } else { Same::Pixels };
    let queried: BTreeSet<u32> = Part::Query.samples(dataset).iter().map(|s| s.identity).collect();
    let label = |s: &Sample| (Part::of(s) != Part::Gallery || queried.contains(&s.identity)).then_some(s.identity);

    let mut found = Repeated::default();
    let mut of_identity = HashMap::<(Part, u32, Content), &Sample>::new();
    let mut of_split = HashMap::<(Split, Content), &Sample>::new();
    for sample in &dataset.samples {
        let (part, again) = (Part::of(sample), sample.path.clone());
        let pixels = digests.get(sample.path.as_path()).and_then(|d| d.pixels);
        let content = pixels.map_or(Content::Path(&sample.path), Content::Pixels);
        let earlier = *of_split.entry((sample.split, content)).or_insert(sample);
        match of_identity.entry((part, sample.identity, content)) {
            Entry::Occupied(entry) => {
                let first = *entry.get();
                let (same, first) = (same(first, sample), first.path.clone());
                found.repeats.push(Repeat { part, first, again, same });
            }
            Entry::Vacant(entry) => {
                entry.insert(sample);
                if label(earlier) != label(sample) {
                    found.two_identities.push(TwoIdentities {
                        first: earlier.path.clone(),
                        first_identity: dataset.identity_name(earlier.identity).to_owned(),
                        again,
                        again_identity: dataset.identity_name(sample.identity).to_owned(),
                        same: same(earlier, sample),
                    });
                }
            }
        }
    }
    found
}
