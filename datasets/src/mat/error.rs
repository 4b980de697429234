//! What can be wrong with a MAT-file.

/// A MAT-file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MatError {
    /// Another format, or a damaged header.
    #[error("not a MATLAB 5 MAT-file")]
    NotMat5,
    /// The format of MATLAB 7.3.
    #[error("a MATLAB 7.3 file (HDF5); save it again with `save -v7`")]
    Hdf5,
    /// Written on a big-endian machine.
    #[error("a big-endian MAT-file; save it again on a little-endian machine")]
    BigEndian,
    /// It ends too early.
    #[error("cut off: {needed} bytes are announced where {left} are left")]
    Cut {
        /// Bytes announced.
        needed: usize,
        /// Bytes there.
        left: usize,
    },
    /// A compressed variable is damaged.
    #[error("damaged: {0}")]
    Inflate(std::io::Error),
    /// A compressed variable is larger than any annotation.
    #[error("a variable inflates to more than {} MiB", super::MAX_INFLATED_BYTES >> 20)]
    TooLarge,
    /// The parts do not fit together.
    #[error("damaged: {0}")]
    Form(String),
    /// The variable is not there.
    #[error("no variable {name:?}; there are [{found}]")]
    NoVariable {
        /// Asked for.
        name: String,
        /// Those of the file.
        found: String,
    },
    /// The variable is no struct array.
    #[error("variable {0:?} is no struct array")]
    NoStruct(String),
    /// The field is not there.
    #[error("variable {variable:?} has no field {name:?}; there are [{found}]")]
    NoField {
        /// The variable.
        variable: String,
        /// Asked for.
        name: String,
        /// Those of the struct.
        found: String,
    },
}
