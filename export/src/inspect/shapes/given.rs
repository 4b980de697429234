//! Shapes of inputs that the caller gives, for models whose file leaves sizes open.

use std::collections::HashMap;
use std::str::FromStr;

use super::Fact;
use crate::inspect::graph::Lookup;

/// A shape, and the input it is of: the only one, where no name is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputShape {
    name: Option<String>,
    dims: Vec<u64>,
}

/// A shape that cannot be taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeError {
    /// It is no list of sizes.
    #[error(
        "{0:?} is no shape; give sizes of 1 to 1000000000 as 1,3,224,224 or with the input's name as picture=1,3,224,224"
    )]
    Format(String),
    /// No input has this name.
    #[error("the model has no input {name:?}; it has {inputs}")]
    Name {
        /// The name given.
        name: String,
        /// The names there are.
        inputs: String,
    },
    /// A shape without a name, and several inputs.
    #[error("the model's inputs are {0}; say which one the shape is of, as NAME=1,3,224,224")]
    Which(String),
    /// The file says another.
    #[error("input {name} is {declared} in the file, which {given} does not fit; sizes shown as ? can be given")]
    Differs {
        /// The input.
        name: String,
        /// Its shape in the file.
        declared: String,
        /// The shape given.
        given: String,
    },
}

impl InputShape {
    /// Whether it may be of the input `name`.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.name.as_deref().is_none_or(|own| own == name)
    }
}

impl FromStr for InputShape {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let (name, sizes) = text.rsplit_once('=').map_or((None, text), |(name, sizes)| (Some(name.into()), sizes));
        let size = |s: &str| s.trim().parse().ok().filter(|d| (1..=1_000_000_000).contains(d));
        let dims = sizes.split(',').map(size).collect::<Option<_>>();
        Ok(Self { name, dims: dims.ok_or_else(|| ShapeError::Format(text.into()))? })
    }
}

/// Sizes as `1×3×?×?`.
pub fn text(shape: &super::Shape) -> String {
    match shape {
        None => "?".into(),
        Some(dims) if dims.is_empty() => "scalar".into(),
        Some(dims) => {
            let sizes: Vec<_> = dims.iter().map(|dim| dim.map_or("?".into(), |d| d.to_string())).collect();
            sizes.join("×")
        }
    }
}

/// Sets the given shapes.
pub fn apply(facts: &mut HashMap<String, Fact>, lookup: &Lookup<'_>, given: &[InputShape]) -> Result<(), ShapeError> {
    let inputs: Vec<&str> = lookup.inputs().map(|input| input.name.as_str()).collect();
    for shape in given {
        let name = match (&shape.name, &inputs[..]) {
            (Some(name), _) => inputs.iter().find(|input| *input == name).copied(),
            (None, [one]) => Some(*one),
            (None, _) => return Err(ShapeError::Which(inputs.join(", "))),
        };
        let asked = || shape.name.clone().unwrap_or_default();
        let name = name.ok_or_else(|| ShapeError::Name { name: asked(), inputs: inputs.join(", ") })?;
        let fact = facts.entry(name.to_owned()).or_default();
        let dims: Vec<_> = shape.dims.iter().copied().map(Some).collect();
        let fits = fact.shape.as_ref().is_none_or(|declared| {
            declared.len() == dims.len() && declared.iter().zip(&dims).all(|(a, b)| a.is_none() || a == b)
        });
        if !fits {
            let (declared, given) = (text(&fact.shape), text(&Some(dims)));
            return Err(ShapeError::Differs { name: name.into(), declared, given });
        }
        fact.shape = Some(dims);
    }
    Ok(())
}
