//! Model files.

use dnc_edge::Runtime;
use dnc_edge::runtime::{TractRuntime, check_model};
use prost::Message;
use tract_onnx::pb::ModelProto;

use crate::network::{DIM, SHAPE, foreign, network};

/// A model that is let in is let in again as it was read, and a runtime loads and runs it, or says why not: it neither
/// ends the process nor takes time or memory out of all proportion (libFuzzer's limits see to that).
///
/// # Panics
/// Where that does not hold.
pub fn check(input: &[u8]) -> bool {
    if let Err(error) = check_model(input, SHAPE) {
        super::check_words(&error.to_string(), "", input);
        return false;
    }
    let read = ModelProto::decode(input).expect("a model that was let in can be read");
    check_model(&read.encode_to_vec(), SHAPE).expect("what was read is let in as the file was");
    if let Ok(mut runtime) = TractRuntime::load(input, SHAPE, DIM) {
        let picture = vec![0.5; SHAPE.iter().product()];
        let mut embedding = Vec::new();
        if runtime.embed(&picture, 1, &mut embedding).is_ok() {
            assert_eq!(embedding.len(), DIM);
        }
    }
    true
}

/// A network with every kind of node that the exporter writes, and one with those of other tools.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![network().encode_to_vec(), foreign().encode_to_vec()]
}
