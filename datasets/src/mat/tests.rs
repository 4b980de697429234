//! The reader against a file of another writer, against its own kind, and against damage of any sort.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::*;
use crate::fixture::mat::{Field, file};

const FIELDS: [&str; 2] = ["relative_im_path", "class"];

/// Made with SciPy 1.17.1:
/// ```python
/// import numpy as np, scipy.io as sio
/// a = np.zeros((1, 2), dtype=[(f, 'O') for f in ('relative_im_path', 'bbox_x1', 'class', 'test')])
/// for i, (p, c) in enumerate([('car_ims/000001.jpg', 1), ('car_ims/016185.jpg', 196)]):
///     a[0, i] = (p, np.uint8([[112]]), np.uint8([[c]]), np.uint8([[0]]))
/// names = np.array([['AM General Hummer SUV 2000', 'smart fortwo']], dtype=object)
/// sio.savemat('annos.mat', {'annotations': a, 'class_names': names}, do_compression=True)
/// print(open('annos.mat', 'rb').read()[128:].hex())
/// ```
const SCIPY: &str = "\
0f000000a1000000789ce3636060686062606003d21c400c6482012b94cf081503d1dc409c9897975f925892999f570c55c7c22008957701e2a2\
d41ca06c596a7c666e7c416249064352527e457c8521031c24e724161733208192d4e2120674c007c41e0c0877b16071971094060101283f39b1\
086875b1be010818ea6515a423cc3340328f138b798c48e63101590564ea6324531f55fc6d686668613a30fe3e4281bf013e2323a90f0000006e\
000000789ce3636060b801c46c40cc01c48c0c10c08ac46782d2dc409c9c93585c1c9f97989b5a0c56c707c40148fa59b0e89742325700ca77f4\
55704fcd4b2d4acc51f028cdcd4d2d52080e0d533032303060809beb40c05c1e347341fce2dcc4a21285b4fca292f27c9038008d4513d7";

fn scipy() -> Vec<u8> {
    let mut bytes = b"MATLAB 5.0 MAT-file".to_vec();
    bytes.resize(124, b' ');
    bytes.extend([0, 1, b'I', b'M']);
    let hex = |i: usize| u8::from_str_radix(&SCIPY[i..i + 2], 16).unwrap();
    bytes.extend((0..SCIPY.len()).step_by(2).map(hex));
    bytes
}

fn annotations(compressed: bool) -> Vec<u8> {
    let row = |path: &str, class| vec![Field::Text(path.into()), Field::Number(class), Field::Empty];
    let rows: Vec<_> = (0..40).map(|i| row(&format!("car_ims/{i:06}.jpg"), f64::from(i))).collect();
    file(&[("annotations", &["relative_im_path", "class", "test"], &rows)], compressed)
}

#[test]
fn a_file_of_another_writer_is_read() {
    let rows = struct_array(&scipy(), "annotations", FIELDS).unwrap();
    let expected = [("car_ims/000001.jpg", 1.0), ("car_ims/016185.jpg", 196.0)];
    assert_eq!(rows, expected.map(|(path, class)| [Value::Text(path.into()), Value::Number(class)]));
    let classes = struct_array(&scipy(), "annotations", ["class"]).unwrap();
    assert_eq!(classes[1], [Value::Number(196.0)]);
}

#[test]
fn plain_and_compressed_files_hold_the_same() {
    let plain = struct_array(&annotations(false), "annotations", FIELDS).unwrap();
    assert_eq!(plain, struct_array(&annotations(true), "annotations", FIELDS).unwrap());
    assert_eq!(plain[39], [Value::Text("car_ims/000039.jpg".into()), Value::Number(39.0)]);
    let empty = struct_array(&annotations(true), "annotations", ["test"]).unwrap();
    assert_eq!((empty.len(), &empty[0][0]), (40, &Value::Other));
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let fault = |bytes: &[u8], name, field| struct_array(bytes, name, [field]).unwrap_err().to_string();
    let bytes = scipy();
    let error = fault(&bytes, "boxes", "class");
    assert!(error.contains("\"boxes\"") && error.contains("[annotations, class_names]"), "{error}");
    let error = fault(&bytes, "annotations", "colour");
    assert!(error.contains("\"colour\"") && error.contains("relative_im_path, bbox_x1, class, test"), "{error}");
    assert!(fault(&bytes, "class_names", "class").contains("no struct array"));
    assert!(fault(b"MATLAB 7.3 MAT-file, Platform", "a", "b").contains("save -v7"));
    assert!(fault(b"path,identity,split\n", "a", "b").contains("not a MATLAB 5"));
    let mut big = bytes.clone();
    big[126..128].copy_from_slice(b"MI");
    assert!(fault(&big, "a", "b").contains("big-endian"));
}

#[test]
fn a_file_cut_at_any_byte_is_an_error() {
    for bytes in [annotations(false), annotations(true)] {
        for length in 0..bytes.len() {
            assert!(struct_array(&bytes[..length], "annotations", FIELDS).is_err(), "cut at {length}");
        }
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (mut refused, mut read) = (0, 0);
    for whole in [annotations(false), annotations(true), scipy()] {
        for _ in 0..4000 {
            let mut bytes = whole.clone();
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bytes.len());
                // Small and large values are what lengths and counts break on.
                bytes[at] = *[0, 1, 0x7F, 0x80, 0xFF, rng.random()].get(rng.random_range(0..6)).unwrap();
            }
            match struct_array(&bytes, "annotations", FIELDS) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused: the damage is of one kind only");
}

#[test]
fn a_count_beyond_the_file_takes_no_memory() {
    let mut bytes = annotations(false);
    // Array flags take 16 bytes behind the variable's tag, the tag of the dimensions 8 more.
    let dimensions = 128 + 8 + 16 + 8;
    assert_eq!(bytes[dimensions..dimensions + 8], [1, 0, 0, 0, 40, 0, 0, 0]);
    bytes[dimensions..dimensions + 8].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F]);
    let error = struct_array(&bytes, "annotations", FIELDS).unwrap_err().to_string();
    assert!(error.contains("2147483647"), "{error}");
}
