//! Which of a run's checkpoints is meant.

use std::fmt;
use std::str::FromStr;

/// A checkpoint of a run: `last`, `best`, or a number of epochs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// The newest.
    #[default]
    Last,
    /// The one with the best score on the validation part; the first of equals.
    Best,
    /// The one after so many epochs.
    Epoch(usize),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "last" => Ok(Self::Last),
            "best" => Ok(Self::Best),
            number => {
                number.parse().map(Self::Epoch).map_err(|_| "it must be last, best, or a number of epochs".into())
            }
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last => f.write_str("last"),
            Self::Best => f.write_str("best"),
            Self::Epoch(epochs) => write!(f, "{epochs}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_as_it_is_written() {
        for which in [Which::Last, Which::Best, Which::Epoch(12)] {
            assert_eq!(which.to_string().parse(), Ok(which));
        }
        assert!("first".parse::<Which>().unwrap_err().contains("last, best"));
    }
}
