//! One picture: a garment, a room, a moment.

use image::RgbImage;

use super::frame::Frame;
use super::identity::Identity;
use super::look::look;
use super::piece::{Piece, sew};
use super::pose::{Aspect, Pose, Stance};
use super::room::Room;
use super::view::View;
use super::wearer::Wearer;
use super::{backdrop, hanger, occluder};
use crate::render::canvas::Canvas;
use crate::render::config::Job;
use crate::render::lens::{OVERSAMPLING, expose};
use crate::render::random::{Dice, Purpose};
use crate::render::subject::Shot;

/// Key of a picture's streams.
fn key(job: Job) -> [u64; 3] {
    [job.identity as u64, job.camera as u64, job.picture as u64]
}

/// From where the garment of a picture is seen, without drawing it.
pub(super) fn aspect(seed: u64, job: Job) -> Aspect {
    Pose::draw(&mut Dice::new(seed, Purpose::Shot, key(job))).aspect
}

/// Takes the picture of `job`; `side` is its side in pixels, at least 1.
pub(super) fn take(seed: u64, side: u32, job: Job) -> Shot {
    let dice = &mut Dice::new(seed, Purpose::Shot, key(job));
    let pose = Pose::draw(dice);
    let room = Room::new(seed, job.camera).shot(dice);
    let (lamp, quality) = (room.lamp(), room.lens.quality);
    let identity = Identity::new(seed, job.identity);
    let pieces = sew(&identity, &pose, &mut Dice::new(seed, Purpose::Folds, key(job)));

    let drawn = side * OVERSAMPLING;
    let share = if pose.aspect == Aspect::Full { dice.range(0.5, 0.64) } else { dice.range(0.74, 0.98) };
    let shift = [dice.within(0.05), dice.within(0.05)];
    let view = View::new(pose.yaw, pose.pitch, pose.roll, room.distance).framed(
        pieces.iter().map(|piece| &piece.sheet),
        drawn as f32,
        share,
        shift,
    );
    let Some(mut canvas) = Canvas::new(drawn, lamp.around) else {
        return Shot { picture: RgbImage::new(side, side), quality };
    };
    let clutter = &mut Dice::new(seed, Purpose::Clutter, key(job));
    backdrop::draw(&mut canvas, &lamp, pose.stance, room.style, job.camera, seed, clutter);

    let mut frame = Frame::new(drawn as usize);
    let mut dress = |identity: &Identity, pieces: &[Piece]| {
        for piece in pieces {
            frame.draw(&view, &lamp, &piece.sheet, |at| look(identity, piece.part, pose.gap, at));
        }
    };
    dress(&identity, &pieces);
    match pose.stance {
        Stance::Worn => {
            let wearer = Wearer::draw(&identity, &pose, clutter);
            for (other, dye, pieces) in &wearer.clothes {
                for piece in pieces {
                    frame.draw(&view, &lamp, &piece.sheet, |at| look(other, piece.part, 0.0, at).map(|_| *dye));
                }
            }
            for (sheet, surface) in wearer.body() {
                frame.draw(&view, &lamp, sheet, surface);
            }
        }
        Stance::Hanging => {
            let (sheets, colour) = hanger::draw(&identity, clutter);
            sheets.iter().for_each(|sheet| frame.draw(&view, &lamp, sheet, |_| Some(colour)));
        }
        Stance::Lying => {}
    }
    let reach = drawn as f32;
    let (far, soft, dark) = match pose.stance {
        Stance::Worn => (0.06, 0.05, 0.22),
        Stance::Hanging => (0.035, 0.03, 0.4),
        Stance::Lying => (0.014, 0.012, 0.6),
    };
    let fall = [-lamp.direction.x * far * reach, lamp.direction.y.max(0.2) * far * reach];
    frame.onto(&mut canvas, fall, (soft * reach) as usize, dark);
    occluder::draw(&mut canvas, &lamp, pose.stance, &mut Dice::new(seed, Purpose::Occluder, key(job)));
    let picture = expose(&canvas, &room.lens, &mut Dice::new(seed, Purpose::Noise, key(job)));
    Shot { picture, quality }
}
