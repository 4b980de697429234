//! A PyTorch file with one tensor, as `torch.save` writes a state dict.

use std::io::Write;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

/// A tuple of small numbers.
fn tuple(out: &mut Vec<u8>, values: &[u8]) {
    out.push(b'(');
    values.iter().for_each(|v| out.extend([b'K', *v]));
    out.push(b't');
}

/// Writes `{name: zeros(shape)}`; sizes below 256.
pub fn state_dict(path: &Path, name: &str, shape: &[u8]) {
    let count = shape.iter().product();
    let mut strides = vec![1u8; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i];
    }
    // Protocol 2, {, name, _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()), }.
    let mut p = b"\x80\x02}(".to_vec();
    text(&mut p, name);
    p.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    text(&mut p, "storage");
    p.extend(b"ctorch\nFloatStorage\n");
    text(&mut p, "0");
    text(&mut p, "cpu");
    p.extend([b'K', count, b't', b'Q', b'K', 0]);
    tuple(&mut p, shape);
    tuple(&mut p, &strides);
    p.extend(b"\x89ccollections\nOrderedDict\n)RtRu.");

    let mut zip = ZipWriter::new(std::fs::File::create(path).unwrap());
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let zeros = vec![0; usize::from(count) * 4];
    for (file, bytes) in
        [("data.pkl", p), ("byteorder", b"little".to_vec()), ("data/0", zeros), ("version", b"3\n".to_vec())]
    {
        zip.start_file(format!("archive/{file}"), stored).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
}
