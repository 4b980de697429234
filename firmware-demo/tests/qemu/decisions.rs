//! Every decision over the serial line against `dnc_core::matching` on the host.

use dnc_core::decision::{Decision, DecisionRule};
use dnc_core::matching::{GalleryBlock, GalleryBlockBuilder};
use dnc_core::wire::{Answer, Outcome, Request};
use dnc_core::{EmbeddingLayout, int8};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::board::Board;
use crate::machine::Machines;

const SPACE: [u8; 8] = *b"gatedemo";
const DIM: usize = 64;
const PROBES: u32 = 90;

fn code(rng: &mut ChaCha8Rng, centre: &[f32], blur: f32) -> Vec<i8> {
    let e: Vec<f32> = centre.iter().map(|v| v + blur * rng.random_range(-1.0..1.0f32)).collect();
    let mut code = vec![0; e.len()];
    int8::encode(&e, &mut code);
    code
}

#[test]
fn every_decision_of_the_image_is_the_hosts() {
    let Some(machines) = Machines::find() else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(31);
    let layout = EmbeddingLayout::new(DIM, 4).unwrap();
    let rule = DecisionRule { threshold: 0.7, margin: 0.15 };
    let mut builder = GalleryBlockBuilder::new(layout, rule, SPACE).unwrap();
    let centres: Vec<Vec<f32>> = (0..16).map(|_| (0..DIM).map(|_| rng.random_range(-1.0..1.0f32)).collect()).collect();
    // The last two are strangers.
    for (i, centre) in centres[..14].iter().enumerate() {
        for _ in 0..3 {
            let view = code(&mut rng, centre, 0.3);
            builder.add(&format!("visitor {i}"), &view).unwrap();
        }
    }
    let block = builder.build();
    let gallery = GalleryBlock::parse(&block).unwrap();
    let folder = std::env::temp_dir().join(format!("dnc-gate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut board = Board::boot(&machines, Some(&folder.join("pictures.pbm")));
    board.harm = true;
    let nobody = [0u8; DIM];
    let none =
        board.ask(Request::Identify { space: SPACE, code: &nobody }, |a| a == Answer::Outcome(Outcome::NoGallery));
    assert!(none, "a fresh image has no gallery");
    board.send(&block);
    println!("gallery: {} views, {} bytes", gallery.views(), block.len());
    let (mut seen, mut opens) = ([0u32; 3], 0u32);
    for i in 0..PROBES {
        // Visits of five probes; every fourth probe stands between two people.
        let who = (i / 5) as usize % 16;
        let centre: Vec<f32> = match i % 5 {
            4 => centres[who].iter().zip(&centres[(who + 1) % 16]).map(|(a, b)| a + b).collect(),
            _ => centres[who].clone(),
        };
        let probe = code(&mut rng, &centre, 0.4);
        let expected = gallery.identify(&probe);
        let bytes: Vec<u8> = probe.iter().map(|c| c.cast_unsigned()).collect();
        let opened = board.ask(Request::Identify { space: SPACE, code: &bytes }, |answer| {
            let Answer::Identified { decision, best, runner_up, name, opened } = answer else {
                panic!("probe {i}: {answer:?}")
            };
            // To the last bit: both machines do the same operations in the same order.
            let bits = |place: Option<(u16, f32)>| place.map(|(identity, s)| (identity, s.to_bits()));
            assert_eq!(decision, expected.decision, "probe {i}");
            assert_eq!(bits(best), bits(expected.best.map(|r| (r.identity, r.similarity))), "probe {i}");
            assert_eq!(bits(runner_up), bits(expected.runner_up.map(|r| (r.identity, r.similarity))), "probe {i}");
            assert_eq!(Some(name), expected.best.and_then(|r| gallery.name(r.identity)), "probe {i}");
            if i < 15 || opened {
                println!("probe {i:3}: {decision:?} {name} {:.3} opened {opened}", best.map_or(0.0, |b| b.1));
            }
            opened
        });
        assert!(!opened || expected.decision == Decision::Known);
        opens += u32::from(opened);
        seen[expected.decision as usize] += 1;
    }
    println!("{PROBES} probes: known {}, unsure {}, unknown {}; opened {opens} times", seen[0], seen[1], seen[2]);
    assert!(seen[0] > 30 && seen[2] > 5 && opens > 5, "every kind of answer occurs: {seen:?}, {opens} opened");
    let (cut, again) = (board.cut, board.again);
    board.ask(Request::Status, |answer| {
        let Answer::Status(counters) = answer else { panic!("{answer:?}") };
        println!("{counters:?}");
        assert_eq!((counters.opened, counters.gallery), (opens, 1));
        assert_eq!((counters.line.harmed, counters.repeated_requests), (cut, again));
        // Of the 64 KiB that memory.x gives it.
        assert!((1000..32_768).contains(&counters.stack), "{} bytes of stack", counters.stack);
    });
    assert!(cut > 10 && again > 8, "the line was harmed and repeated: {cut}, {again}");
    drop(board);
    let pictures = std::fs::read(folder.join("pictures.pbm")).unwrap();
    let picture = b"P4\n128 64\n".len() + 1024;
    assert!(pictures.len() > 20 * picture && pictures.starts_with(b"P4\n128 64\n"), "{} bytes", pictures.len());
    if std::env::var_os("DNC_KEEP_PICTURES").is_none() {
        std::fs::remove_dir_all(&folder).unwrap();
    } else {
        println!("pictures: {}", folder.display());
    }
}
