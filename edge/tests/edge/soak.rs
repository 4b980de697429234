//! Many identifications on end: memory stays what it was, and every one is answered.
//!
//! `DNC_SOAK=200000 cargo test --release -p dnc-edge --test edge soak -- --nocapture` runs more of them; `DNC_SOAK_BUNDLE`
//! names a bundle to be used in place of the tests' tiny one.

use std::path::PathBuf;

use image::ImageFormat;
use image::imageops::FilterType;

use crate::edge;
use crate::support::bundle::parts;
use crate::support::http::Server;
use crate::support::pictures::{folder, picture};

const CONNECTIONS: usize = 4;
/// Share of the identifications after which memory is looked at first.
const WARM_UP: f64 = 0.2;
/// What it may grow by from then on.
const GROWTH: f64 = 0.05;

#[test]
fn memory_is_flat_over_many_identifications() {
    let n: usize = std::env::var("DNC_SOAK").map_or(20_000, |n| n.parse().expect("DNC_SOAK is a number"));
    let dir = tempfile::tempdir().unwrap();
    let bundle =
        std::env::var_os("DNC_SOAK_BUNDLE").map_or_else(|| parts(1).folder(&dir.path().join("bundle")), PathBuf::from);
    let (gallery, people) = (dir.path().join("g"), folder(&dir.path().join("people"), 10, 2));
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    // Every connection waits for its answer: with a place for each in the queue none is refused.
    let server = Server::start(&bundle, &gallery, &["--queue", "16", "--timeout", "60"]);
    let pictures: Vec<Vec<u8>> = (0..40)
        .map(|i| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            let large = image::imageops::resize(&picture(i, 3), 64, 64, FilterType::Nearest);
            large.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
            bytes.into_inner()
        })
        .collect();
    let run = |n: usize| {
        std::thread::scope(|scope| {
            for c in 0..CONNECTIONS {
                let (server, pictures) = (&server, &pictures);
                scope.spawn(move || {
                    let (mut client, headers) = (server.connect(), server.headers());
                    for i in (c..n).step_by(CONNECTIONS) {
                        let answer = client.ask("POST", "/v1/identify", &headers, &pictures[i % pictures.len()]);
                        assert_eq!(answer.status, 200, "{i}: {}", answer.text());
                    }
                });
            }
        });
    };
    let began = std::time::Instant::now();
    let warm_up = (n as f64 * WARM_UP) as usize;
    run(warm_up);
    let before = server.metric("process_resident_memory_bytes");
    run(n - warm_up);
    let after = server.metric("process_resident_memory_bytes");
    let counted = server.metric("dnc_edge_requests_total{path=\"/v1/identify\",status=\"200\"}");
    eprintln!(
        "{n} identifications in {:.1} s; resident {:.1} MiB after {warm_up}, {:.1} MiB at the end ({:+.2} %)",
        began.elapsed().as_secs_f64(),
        before / 1048576.0,
        after / 1048576.0,
        (after / before - 1.0) * 100.0
    );
    assert_eq!(counted, n as f64);
    assert!(after <= before * (1.0 + GROWTH), "resident memory grew from {before} to {after} bytes");
}
