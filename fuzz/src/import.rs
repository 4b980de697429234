//! Exported galleries.
//!
//! Input: one byte, then a file as it is (even), or the contents of its records, which are sealed here (odd).

use std::cell::RefCell;
use std::io::Cursor;
use std::path::Path;

use dnc_core::EmbeddingLayout;
use dnc_core::manifest::Precision;
use dnc_edge::gallery::{NewView, check_export};
use dnc_edge::{Gallery, Space};
use redb::backends::InMemoryBackend;

use crate::records;

const PATH: &str = "site.export";

/// A gallery in memory and what it exports. A refused import leaves it as it is, so the next input begins with the same.
struct Site {
    gallery: Gallery,
    exported: Vec<u8>,
}

thread_local! {
    static SITE: RefCell<Site> = RefCell::new(Site::new());
}

/// A file that is refused leaves the gallery as it was. One that is imported leaves it without a contradiction, adds
/// nothing when it is imported again, and is one that the check without a gallery lets through too.
///
/// # Panics
/// Where that does not hold.
pub fn check(input: &[u8]) -> bool {
    let Some((how, bytes)) = input.split_first() else { return false };
    let made = (how & 1 == 1).then(|| records::sealed(bytes));
    SITE.with_borrow_mut(|site| check_file(site, made.as_deref().unwrap_or(bytes)))
}

fn check_file(site: &mut Site, file: &[u8]) -> bool {
    let path = Path::new(PATH);
    let checked = check_export(Cursor::new(file), path);
    let fits = checked.as_ref().is_ok_and(|contents| contents.space == *site.gallery.space());
    match site.gallery.import(Cursor::new(file), path) {
        Ok(done) => {
            let contents = checked.expect("what is imported is a whole file");
            assert!(fits, "a file of another model was imported");
            // Every view is accounted for; of the bars, those that are there already are not told of.
            let told = (done.views + done.duplicates + done.bars + done.left_out.len()) as u64;
            assert!((contents.views..=contents.views + contents.bars).contains(&told), "{done:?} of {contents:?}");
            assert_eq!(site.gallery.verify().expect("it can be read").faults, Vec::<String>::new());
            site.gallery.snapshot().expect("it can be searched");
            let again = site.gallery.import(Cursor::new(file), path).expect("it is imported again");
            assert_eq!((again.new_identities, again.views, again.bars), (0, 0, 0), "added a second time");
            *site = Site::new();
            true
        }
        Err(error) => {
            assert!(!fits, "a whole file of this model is refused: {error}");
            super::check_words(&error.to_string(), PATH, file);
            assert!(exported(&site.gallery) == site.exported, "changed by a file that was refused: {error}");
            assert_eq!(site.gallery.verify().expect("it can be read").faults, Vec::<String>::new());
            false
        }
    }
}

impl Site {
    fn new() -> Self {
        let mut gallery = empty();
        gallery.enroll(&[view("a", 1, true), view("b", 2, false)]).expect("two views are enrolled");
        gallery.bar(&[view("a", 3, true)]).expect("a view is barred");
        let exported = exported(&gallery);
        Self { gallery, exported }
    }
}

fn empty() -> Gallery {
    let layout = EmbeddingLayout::new(4, 2).expect("four values in two slices");
    let space = Space { space_id: "fuzz".into(), layout };
    Gallery::create_with_backend(InMemoryBackend::new(), Path::new("memory"), &space).expect("a gallery is made")
}

fn view(identity: &str, picture: u8, keep_f32: bool) -> NewView {
    NewView {
        identity: identity.into(),
        embedding: vec![0.6, 0.8, 1.0, 0.0],
        source: format!("{picture}.jpg"),
        picture_sha256: [picture; 32],
        precision: Precision::F32,
        keep_f32,
        thumbnail: (picture % 2 == 1).then(|| vec![picture; 3]),
    }
}

fn exported(gallery: &Gallery) -> Vec<u8> {
    let mut file = Vec::new();
    gallery.export(&mut file).expect("the gallery can be read").expect("memory can be written");
    file
}

/// Exports of an empty gallery, of new views, and of ones that contradict the gallery they come to; as they are, and
/// opened.
///
/// # Panics
/// Where one cannot be made.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut files = vec![exported(&empty())];
    let mut new = empty();
    new.enroll(&[view("c", 4, true), view("c", 5, false), view("a", 6, true)]).expect("views are enrolled");
    new.bar(&[view("c", 7, true)]).expect("a view is barred");
    files.push(exported(&new));
    let mut contrary = empty();
    contrary.enroll(&[view("b", 1, true), view("a", 3, false), view("b", 2, true)]).expect("views are enrolled");
    contrary.bar(&[view("a", 1, true)]).expect("a view is barred");
    files.push(exported(&contrary));
    let opened: Vec<_> = files.iter().map(|file| [&[1], &records::opened(file)[..]].concat()).collect();
    files.into_iter().map(|file| [&[0], &file[..]].concat()).chain(opened).collect()
}
