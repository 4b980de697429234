//! What version a loaded library says it is. `ort` asks for it and tells nobody.

// The one call that is unsafe to the compiler; why it is sound stands beside it.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::path::Path;

use ::ort::sys::OrtApiBase;
use libloading::{Error, Library, Symbol};

/// Version of the library at `path`, as `1.32.0`.
///
/// # Errors
/// Where the library cannot be opened or is not ONNX Runtime.
pub fn of(path: &Path) -> Result<String, Error> {
    // SAFETY: `ort` has loaded this very file: the system hands out the same library again and none of its code is run.
    let library = unsafe { Library::new(path)? };
    // SAFETY: the symbol's type is that of ONNX Runtime's C header (onnxruntime_c_api.h), which every version keeps.
    let base: Symbol<'_, unsafe extern "C" fn() -> *const OrtApiBase> = unsafe { library.get(b"OrtGetApiBase")? };
    // SAFETY: the function takes nothing and answers a static table or null; the table's second entry answers a static
    // string that ends with 0. Both live as long as the library, which `ort` never unloads.
    let version = unsafe { base().as_ref().map(|base| CStr::from_ptr((base.GetVersionString)())) };
    Ok(version.map_or_else(|| "of no known version".to_owned(), |version| version.to_string_lossy().into_owned()))
}
