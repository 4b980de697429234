//! Batches are the same wherever their pictures come from.

use std::path::Path;

use dnc_datasets::{Role, Split};
use image::RgbImage;

use super::*;

const AUGMENT: Augment = Augment { crop_min: 0.2, flip: true };

/// Pictures of different sizes, half of them large enough to be reduced, and their samples.
fn samples(dir: &Path) -> Vec<Sample> {
    (0..12u32)
        .map(|i| {
            let path = dir.join(format!("{i}.png"));
            let (w, h) = if i % 2 == 0 { (180 + i, 90 + i) } else { (40, 30 + i) };
            RgbImage::from_fn(w, h, |x, y| image::Rgb([(x * i) as u8, (y * 3) as u8, (x + y) as u8]))
                .save(&path)
                .unwrap();
            Sample { path, identity: i, camera: None, split: Split::Train, role: Role::Both }
        })
        .collect()
}

fn memory_only(memory: u64) -> Storage {
    Storage { memory, disk: None, keep_all: false }
}

fn load(samples: &[Sample], storage: Storage) -> PictureCache {
    let refs: Vec<&Sample> = samples.iter().collect();
    let (cache, whole, broken) = PictureCache::load(&refs, &Preprocess::imagenet(32), &AUGMENT, storage, || ());
    assert_eq!((whole.len(), broken.len()), (samples.len(), 0));
    cache
}

/// All values that training would see: batches through the prefetching threads, and the plain pictures.
fn values(cache: &PictureCache, workers: usize) -> (Vec<Vec<f32>>, Vec<f32>) {
    let preprocess = Preprocess::imagenet(32);
    let batches: Vec<Batch> =
        (0..7).map(|i| Batch { cluster: i, samples: vec![i, (i * 5) % 12, (i * 7 + 1) % 12] }).collect();
    let prepared = std::thread::scope(|scope| {
        let prepared = prepare(scope, cache, batches.clone(), &preprocess, AUGMENT, 9, workers);
        prepared.map(Result::unwrap).collect::<Vec<_>>()
    });
    assert_eq!(prepared.iter().map(|p| p.batch.clone()).collect::<Vec<_>>(), batches, "order and number are kept");
    (prepared.into_iter().map(|p| p.values).collect(), cache.plain(0..cache.len(), &preprocess).unwrap())
}

#[test]
fn memory_disk_and_decoding_give_equal_batches() {
    let dir = tempfile::tempdir().unwrap();
    let samples = samples(dir.path());
    let cache = load(&samples, memory_only(u64::MAX));
    assert_eq!(cache.places(), Places { memory: 12, disk: 0, original: 0 });
    assert_eq!(cache.note(), None);
    let expected = values(&cache, 1);

    let original = load(&samples, memory_only(0));
    assert_eq!(original.places().original, 12);
    assert!(original.note().unwrap().contains("12 are decoded anew"), "{:?}", original.note());
    assert_eq!(values(&original, 3), expected);

    let folder = dir.path().join("cache");
    let on_disk = |memory| Storage { memory, disk: Some(DiskCache::open(&folder, 1 << 30)), keep_all: false };
    let disk = load(&samples, on_disk(0));
    // A machine with less than a GiB free stores nothing, and trains all the same.
    let stored = disk.places().disk;
    assert!(stored == 12 || disk.disk_is_full(), "{:?}", disk.places());
    assert_eq!(values(&disk, 2), expected);
    // A part here, a part there; then entries that are gone or damaged.
    let mixed = load(&samples, on_disk(60_000));
    assert!(mixed.places().memory > 0 && mixed.places().memory < 12, "{:?}", mixed.places());
    assert_eq!(values(&mixed, 8), expected);
    if stored == 12 {
        for (i, shard) in std::fs::read_dir(&folder).unwrap().enumerate() {
            let entry = std::fs::read_dir(shard.unwrap().path()).unwrap().next().unwrap().unwrap().path();
            if i % 2 == 0 { std::fs::remove_file(entry).unwrap() } else { std::fs::write(entry, b"DNCRGB1").unwrap() }
        }
        assert_eq!(values(&disk, 2), expected);
    }
}

#[test]
fn a_warm_folder_spares_decoding_and_a_changed_picture_is_decoded() {
    let dir = tempfile::tempdir().unwrap();
    let samples = samples(dir.path());
    let storage = || Storage {
        memory: u64::MAX,
        disk: Some(DiskCache::open(&dir.path().join("cache"), 1 << 30)),
        keep_all: true,
    };
    let cold = load(&samples, storage());
    if cold.disk_is_full() {
        return;
    }
    // Replaced by something that is no picture, under the same name, size and time: only the entry can answer.
    let facts = std::fs::metadata(&samples[0].path).unwrap();
    std::fs::write(&samples[0].path, vec![0; facts.len() as usize]).unwrap();
    std::fs::File::options()
        .write(true)
        .open(&samples[0].path)
        .unwrap()
        .set_modified(facts.modified().unwrap())
        .unwrap();
    assert_eq!(values(&load(&samples, storage()), 2), values(&cold, 2));
    std::fs::write(&samples[0].path, b"no picture").unwrap();
    let refs: Vec<&Sample> = samples.iter().collect();
    assert_eq!(PictureCache::load(&refs, &Preprocess::imagenet(32), &AUGMENT, storage(), || ()).2.len(), 1);
}

#[test]
fn the_smallest_crop_of_a_reduced_picture_fills_the_networks_input() {
    let preprocess = Preprocess::imagenet(64);
    for crop_min in [0.05, 0.08, 0.2, 1.0] {
        let augment = Augment { crop_min, flip: false };
        let shorter = pictures::cached_shorter(&preprocess, &augment);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut narrowest = f64::INFINITY;
        for (width, height) in [(shorter, shorter), (2 * shorter, shorter), (shorter, 3 * shorter)] {
            for _ in 0..2000 {
                let crop = augment.source_box(width, height, &mut rng);
                narrowest = narrowest.min(crop.width.min(crop.height));
            }
        }
        assert!(narrowest >= 64.0, "crop_min {crop_min}: a crop is {narrowest} px wide");
        // And not kept far larger than that asks for.
        assert!(shorter == 2 * preprocess.resize_shorter || narrowest < 1.2 * 64.0, "crop_min {crop_min}: {narrowest}");
    }
}

#[test]
fn a_picture_that_vanishes_while_training_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let samples = samples(dir.path());
    let cache = load(&samples, memory_only(0));
    std::fs::remove_file(&samples[3].path).unwrap();
    let preprocess = Preprocess::imagenet(32);
    let batches = vec![Batch { cluster: 0, samples: vec![1, 2] }, Batch { cluster: 0, samples: vec![2, 3] }];
    std::thread::scope(|scope| {
        let mut prepared = prepare(scope, &cache, batches, &preprocess, AUGMENT, 1, 2);
        assert!(prepared.next().unwrap().is_ok());
        assert!(prepared.next().unwrap().err().unwrap().to_string().contains("3.png"));
    });
    assert!(cache.plain(0..12, &preprocess).unwrap_err().to_string().contains("3.png"));
}

#[test]
fn threads_end_when_nobody_waits_for_their_batches() {
    let dir = tempfile::tempdir().unwrap();
    let cache = load(&samples(dir.path()), memory_only(u64::MAX));
    let preprocess = Preprocess::imagenet(32);
    let batches = vec![Batch { cluster: 0, samples: vec![0, 1] }; 50];
    std::thread::scope(|scope| {
        let mut prepared = prepare(scope, &cache, batches, &preprocess, AUGMENT, 1, 4);
        assert!(prepared.next().unwrap().is_ok());
        drop(prepared);
    });
}

#[test]
fn the_same_seed_gives_the_same_batch_and_large_pictures_are_reduced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.png");
    RgbImage::from_fn(400, 300, |x, y| image::Rgb([x as u8, y as u8, 7])).save(&path).unwrap();
    let sample = Sample { path, identity: 0, camera: None, split: Split::Train, role: Role::Both };
    let preprocess = Preprocess::imagenet(32);
    let cache = load(&[sample.clone(), sample], memory_only(u64::MAX));
    assert_eq!(cache.picture(0).unwrap().height(), pictures::cached_shorter(&preprocess, &AUGMENT));
    let batch = Batch { cluster: 0, samples: vec![0, 1] };
    let a = cache.augmented(&batch, &preprocess, &AUGMENT, 5).unwrap();
    assert_eq!(a, cache.augmented(&batch, &preprocess, &AUGMENT, 5).unwrap());
    assert_ne!(a, cache.augmented(&batch, &preprocess, &AUGMENT, 6).unwrap());
    let (first, second) = a.split_at(preprocess.values());
    assert_ne!(first, second, "each place of a batch has its own crop");
}
