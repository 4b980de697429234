//! Names and values of what TensorBoard shows.

use crate::history::EpochRecord;
use crate::optimizer::Rates;

/// Loss of a batch; its step counts batches.
pub const BATCH_LOSS: &str = "loss/batch";
/// Mean loss of an epoch; its step, as that of all below, counts epochs.
pub const EPOCH_LOSS: &str = "loss/epoch";

/// What is told of an epoch, the mean loss first.
pub fn of_epoch(record: &EpochRecord) -> Vec<(String, f64)> {
    let mut values = vec![
        (EPOCH_LOSS.to_owned(), record.loss),
        ("speed/pictures_per_second".to_owned(), record.pictures as f64 / record.seconds.max(1e-9)),
        ("speed/stalled_share".to_owned(), record.stalled),
        ("phase".to_owned(), f64::from(record.phase as u8)),
    ];
    let rates = record.rates.iter().flat_map(Rates::named);
    values.extend(rates.map(|(group, rate)| (format!("learning_rate/{group}"), rate)));
    values.extend(record.gradient_norm.map(|norm| ("gradient_norm".to_owned(), norm)));
    for (i, size) in record.clusters.iter().flatten().enumerate() {
        values.push((format!("cluster_size/{}", i + 1), *size as f64));
    }
    values.extend(record.sat_out.map(|n| ("division/sat_out".to_owned(), n as f64)));
    values.extend(record.nmi.map(|nmi| ("division/nmi_to_last".to_owned(), nmi)));
    if let Some(scores) = &record.validation {
        values.extend(scores.recall.iter().map(|(k, recall)| (format!("validation/recall_at_{k}"), *recall)));
        values.push(("validation/map".to_owned(), scores.map));
        values.push(("validation/map_at_r".to_owned(), scores.map_at_r));
    }
    values
}
