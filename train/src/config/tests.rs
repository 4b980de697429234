//! Files, ranges and flags.

use super::*;
use crate::loss::LossKind;
use crate::miner::MinerKind;
use crate::rates::{LrSchedule, Milestones};

#[test]
fn a_file_is_read_and_written_back_and_unknown_fields_are_named() {
    let config = Config::parse("learners = 8\ndim = 64\nweights = \"w.pt\"\n", Path::new("c.toml")).unwrap();
    assert_eq!((config.learners, config.dim, config.batch), (8, 64, 80));
    assert_eq!(Config::parse(&config.to_toml(), Path::new("c.toml")).unwrap(), config);
    let error = Config::parse("learnrs = 8\n", Path::new("dir/c.toml")).unwrap_err().to_string();
    assert!(error.contains("dir/c.toml") && error.contains("learnrs") && error.contains("dnc-train config"), "{error}");
}

#[test]
fn ranges_name_field_value_and_limit() {
    let refuse = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    };
    assert!(Config::default().check().is_ok());
    assert!(refuse(|c| c.size = 8).contains("size is 8; it must be 32 to 1024 px"));
    assert!(refuse(|c| c.batch = 4).contains("batch is 4"));
    assert!(refuse(|c| (c.dim, c.learners) = (10, 7)).contains("at most 5 learners"));
    assert!(refuse(|c| c.conquer_at = Some(99)).contains("epochs (40)"));
    assert!(refuse(|c| c.cache_memory = u64::MAX).contains("cache_memory is 18446744073709551615"));
    assert!(refuse(|c| c.workers = Some(0)).contains("workers is 0; it must be 1 to 64"));
    assert!(refuse(|c| c.dropout = 1.0).contains("dropout"));
    assert!(refuse(|c| c.resize_shorter = Some(100)).contains("resize_shorter is 100"));
    assert!(refuse(|c| c.warmup = 41.0).contains("warmup is 41; it must be 0 to epochs (40)"));
    assert!(refuse(|c| (c.warmup, c.cosine_until) = (9.0, Some(8))).contains("cosine_until is 8"));
    assert!(refuse(|c| c.lr_schedule = LrSchedule::Step).contains("lr_milestones is empty"));
    assert!(refuse(|c| c.lr_gamma = 0.0).contains("lr_gamma is 0; it must be above 0"));
    assert!(refuse(|c| c.lr_floor = f64::NAN).contains("lr_floor"));
    assert!(refuse(|c| c.clip_norm = -1.0).contains("clip_norm is -1"));
    assert!(refuse(|c| c.ema = 1.0).contains("ema is 1; it must be 0 (off) or more, below 1"));
    assert!(refuse(|c| c.loss_scale = 0.5).contains("loss_scale is 0.5"));
    assert!(refuse(|c| (c.patience, c.evaluate_every) = (3, 0)).contains("evaluate_every and validation_share"));
    assert!(refuse(|c| (c.patience, c.validation_share) = (3, 0.0)).contains("patience is 3"));
    assert!(refuse(|c| c.freeze_after_division = 2).contains("freeze_after_division is 2"));
    assert!(refuse(|c| c.orthogonality = -1.0).contains("orthogonality is -1"));
    assert!(refuse(|c| (c.dim, c.learners, c.masks) = (10, 7, MaskKind::Fixed)).contains("at most 5 learners"));
}

#[test]
fn a_hierarchy_needs_a_power_of_two_masks_and_time() {
    let hierarchical = |change: fn(&mut Config)| {
        let mut config =
            Config { division: DivisionKind::Hierarchical, masks: MaskKind::Learnable, ..Config::default() };
        change(&mut config);
        config.check().map_err(|e| e.to_string())
    };
    assert_eq!(hierarchical(|_| ()), Ok(()));
    assert!(hierarchical(|c| c.learners = 6).unwrap_err().contains("learners is 6; it must be a power of two"));
    assert!(hierarchical(|c| c.masks = MaskKind::Slices).unwrap_err().contains("masks is slices; it must be fixed"));
    // The last of 4 levels would begin with epoch 18, the whole embedding with 16.
    let late = hierarchical(|c| (c.learners, c.level_epochs) = (8, Some(6))).unwrap_err();
    assert!(late.contains("level_epochs is 6") && late.contains("epoch 18") && late.contains("join_at (16)"), "{late}");
    assert!(hierarchical(|c| c.level_epochs = Some(0)).unwrap_err().contains("level_epochs is 0"));
    let frozen = hierarchical(|c| (c.freeze_after_division, c.level_epochs) = (1, Some(1))).unwrap_err();
    assert!(frozen.contains("freeze_after_division is 1") && frozen.contains("level_epochs (1)"), "{frozen}");
}

#[test]
fn masks_give_one_slice_and_slices_one_a_learner() {
    let layout = |masks| Config { masks, ..Config::default() }.layout().unwrap();
    assert_eq!((layout(MaskKind::Slices).learners(), layout(MaskKind::Slices).dim()), (4, 128));
    assert_eq!(Config::default().learner_dim(3), Ok(32));
    for masks in [MaskKind::Fixed, MaskKind::Learnable] {
        assert_eq!((layout(masks).learners(), layout(masks).dim()), (1, 128));
        assert_eq!(Config { masks, ..Config::default() }.learner_dim(3), Ok(128));
    }
}

#[test]
fn losses_are_as_many_as_learners_and_take_what_they_are_given() {
    let with = |loss: &str, change: fn(&mut Config)| {
        let mut config = Config { loss: loss.parse().unwrap(), ..Config::default() };
        change(&mut config);
        config.check().map_err(|e| e.to_string())
    };
    assert_eq!(with("margin,triplet,margin,proxy-nca", |c| c.miner = Some(MinerKind::Hard)), Ok(()));
    assert_eq!(with("multi-similarity", |c| c.memory = 500), Ok(()));
    let refuse = |loss: &str, change: fn(&mut Config)| with(loss, change).unwrap_err();
    let error = refuse("margin,triplet", |_| ());
    assert!(error.contains("loss is margin,triplet; it must be one loss, or as many as learners (4)"), "{error}");
    let error = refuse("contrastive", |c| c.miner = Some(MinerKind::Hard));
    assert!(error.contains("miner is hard; it must be left out"), "{error}");
    let error = refuse("margin,margin,margin,proxy-nca", |c| c.memory = 500);
    assert!(error.contains("memory is 500; it must be 0 with loss proxy-nca"), "{error}");
    assert!(refuse("margin", |c| (c.memory, c.whole_loss) = (1, Some(LossKind::NPairs))).contains("n-pairs"));
    assert!(refuse("margin", |c| c.far_cutoff = 0.4).contains("above cutoff (0.5)"));
    assert!(refuse("margin", |c| c.loss_lr = f64::NAN).contains("loss_lr is NaN"));
    let toml = Config { loss: "triplet,n-pairs".parse().unwrap(), ..Config::default() }.to_toml();
    assert!(toml.contains("loss = \"triplet,n-pairs\""), "{toml}");
    let error = Config::parse("loss = \"margn\"", Path::new("c.toml")).unwrap_err().to_string();
    assert!(error.contains("no loss \"margn\""), "{error}");
}

#[test]
fn every_field_has_a_flag() {
    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        flags: Flags,
    }
    let flags: std::collections::BTreeSet<String> = <Cli as clap::CommandFactory>::command()
        .get_arguments()
        .filter_map(|a| a.get_long().map(|l| l.replace('-', "_")))
        .collect();
    let mut config = Config::default();
    // Optional fields only appear once they are set.
    (config.test_size, config.freeze_norm, config.resize_shorter) = (Some(1), Some(true), Some(256));
    (config.join_at, config.conquer_at, config.weights) = (Some(1), Some(2), Some("w".into()));
    (config.cache_dir, config.workers) = (Some("c".into()), Some(2));
    (config.whole_loss, config.miner) = (Some(LossKind::Triplet), Some(MinerKind::Hard));
    (config.level_epochs, config.masks_lr) = (Some(1), Some(1e-3));
    config.cosine_until = Some(3);
    (config.head_lr_schedule, config.loss_lr_schedule) = (Some(LrSchedule::Step), Some(LrSchedule::Step));
    config.lr_milestones = Some(Milestones(vec![1]));
    let fields: toml::Table = toml::from_str(&config.to_toml()).unwrap();
    for field in fields.keys() {
        assert!(flags.contains(field), "no flag for {field}");
    }
    let parsed = <Cli as clap::Parser>::parse_from([
        "x",
        "--learners",
        "2",
        "--skip-broken",
        "--flip",
        "false",
        "--join-at",
        "3",
    ]);
    parsed.flags.apply(&mut config);
    assert_eq!((config.learners, config.skip_broken, config.flip, config.join_at), (2, true, false, Some(3)));
}
