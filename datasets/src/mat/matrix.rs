//! A variable of a MAT-file: flags, dimensions, a name, and what its class holds.

use super::element::{Elements, INT8, INT32, MATRIX, TAG, UINT32};
use super::{MatError, Value};

const STRUCT: u8 = 2;
const TEXT: u8 = 4;
/// Double, single and the integers of 8 to 64 bits.
const NUMBERS: std::ops::RangeInclusive<u8> = 6..=15;

/// A variable, or a field of a struct: `name` is empty there.
pub struct Matrix<'a> {
    class: u8,
    dimensions: Vec<usize>,
    pub name: String,
    contents: Elements<'a>,
}

impl<'a> Matrix<'a> {
    pub fn parse(data: &'a [u8]) -> Result<Self, MatError> {
        let mut contents = Elements::new(data);
        let flags = contents.expect(UINT32, "array flags")?;
        let class = *flags.first().ok_or_else(|| MatError::Form("empty array flags".into()))?;
        let dimensions = contents
            .expect(INT32, "dimensions")?
            .as_chunks()
            .0
            .iter()
            .map(|b| usize::try_from(i32::from_le_bytes(*b)))
            .collect::<Result<_, _>>()
            .map_err(|_| MatError::Form("a negative dimension".into()))?;
        let name = String::from_utf8_lossy(contents.expect(INT8, "array name")?).into_owned();
        Ok(Self { class, dimensions, name, contents })
    }

    /// The values of `fields`, a row for each struct.
    pub fn structs<const N: usize>(mut self, fields: [&str; N]) -> Result<Vec<[Value; N]>, MatError> {
        if self.class != STRUCT {
            return Err(MatError::NoStruct(self.name));
        }
        let width = self.contents.expect(INT32, "field name length")?;
        let width = width.first_chunk().map_or(0, |b| u32::from_le_bytes(*b)) as usize;
        let names = self.contents.expect(INT8, "field names")?;
        if width == 0 || !names.len().is_multiple_of(width) {
            return Err(MatError::Form(format!("{} bytes of field names, {width} bytes a name", names.len())));
        }
        let names: Vec<String> = names.chunks(width).map(until_zero).collect();
        let mut places = [0; N];
        for (place, field) in places.iter_mut().zip(fields) {
            *place = names.iter().position(|n| n == field).ok_or_else(|| MatError::NoField {
                variable: self.name.clone(),
                name: field.into(),
                found: names.join(", "),
            })?;
        }
        let count = self.dimensions.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        // Every field takes a tag at least, so that a damaged count cannot ask for much memory.
        let fits = count.and_then(|n| n.checked_mul(names.len())).is_some_and(|n| n <= self.contents.left() / TAG);
        let Some(count) = count.filter(|_| fits) else {
            return Err(MatError::Form(format!("{:?} structs of {} fields", self.dimensions, names.len())));
        };
        let mut rows = Vec::with_capacity(count);
        for _ in 0..count {
            let mut row = [const { Value::Other }; N];
            for at in 0..names.len() {
                let data = self.contents.expect(MATRIX, "field")?;
                if let Some(place) = places.iter().position(|p| *p == at) {
                    row[place] = value(data)?;
                }
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

fn until_zero(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// What a field holds. Fields without a value are empty.
fn value(data: &[u8]) -> Result<Value, MatError> {
    if data.is_empty() {
        return Ok(Value::Other);
    }
    let mut matrix = Matrix::parse(data)?;
    if matrix.class != TEXT && !NUMBERS.contains(&matrix.class) {
        return Ok(Value::Other);
    }
    // Several rows stand column by column, which makes no text.
    let one_row = matrix.dimensions.first() == Some(&1);
    let Some(element) = matrix.contents.next()? else { return Ok(Value::Other) };
    let value = match matrix.class {
        TEXT => element.text().filter(|_| one_row).map(Value::Text),
        _ => element.number().map(Value::Number),
    };
    Ok(value.unwrap_or(Value::Other))
}
