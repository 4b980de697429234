//! Struct arrays out of MATLAB 5 MAT-files (`save -v5`, `-v6`, `-v7`), as CARS196 ships its annotation.
//!
//! Format: *MAT-File Format*, The MathWorks, chapter 1. Kept crates were tried first: `matfile` reads no structs, and
//! `matrw` panics on damaged files. Only what an annotation needs is read: one level of fields that hold a text or a
//! number. Damaged files give an error, never a panic, and never take more memory than [`MAX_INFLATED_BYTES`].

mod element;
mod error;
mod matrix;

use std::io::Read;

pub use error::MatError;

use element::{COMPRESSED, Elements, MATRIX};
use matrix::Matrix;

/// Most bytes that one variable may inflate to. CARS196's annotation takes about 7 MB.
pub const MAX_INFLATED_BYTES: u64 = 256 << 20;

const HEADER: usize = 128;

/// What a field of a struct holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// One row of characters.
    Text(String),
    /// One number.
    Number(f64),
    /// Anything else, which is passed over: no value, several, cells, structs.
    Other,
}

/// Reads the struct array `variable` of the file `bytes`: a row for each struct, in the file's order, with the values
/// of `fields` in the order asked for.
///
/// # Errors
/// Where the file is of another format, damaged, or holds no such variable or field.
pub fn struct_array<const N: usize>(
    bytes: &[u8],
    variable: &str,
    fields: [&str; N],
) -> Result<Vec<[Value; N]>, MatError> {
    check_header(bytes)?;
    let mut elements = Elements::new(&bytes[HEADER..]);
    let mut names = Vec::new();
    while let Some(element) = elements.next()? {
        let inflated;
        let data = match element.kind {
            MATRIX => element.data,
            COMPRESSED => {
                inflated = inflate(element.data)?;
                match Elements::new(&inflated).next()? {
                    Some(inner) if inner.kind == MATRIX => inner.data,
                    _ => return Err(MatError::Form("a compressed element without a variable".into())),
                }
            }
            _ => continue,
        };
        let matrix = Matrix::parse(data)?;
        if matrix.name == variable {
            return matrix.structs(fields);
        }
        names.push(matrix.name);
    }
    Err(MatError::NoVariable { name: variable.into(), found: names.join(", ") })
}

fn check_header(bytes: &[u8]) -> Result<(), MatError> {
    let begin = String::from_utf8_lossy(&bytes[..bytes.len().min(19)]).into_owned();
    if begin.starts_with("MATLAB 7.3") || begin.starts_with("\u{fffd}HDF") {
        return Err(MatError::Hdf5);
    }
    if bytes.len() < HEADER || begin != "MATLAB 5.0 MAT-file" {
        return Err(MatError::NotMat5);
    }
    match &bytes[126..128] {
        b"IM" => Ok(()),
        b"MI" => Err(MatError::BigEndian),
        _ => Err(MatError::NotMat5),
    }
}

fn inflate(data: &[u8]) -> Result<Vec<u8>, MatError> {
    let mut bytes = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(data).take(MAX_INFLATED_BYTES + 1);
    reader.read_to_end(&mut bytes).map_err(MatError::Inflate)?;
    if bytes.len() as u64 > MAX_INFLATED_BYTES { Err(MatError::TooLarge) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests;
