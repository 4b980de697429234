//! Garments: cloth as meshes around a body, drawn with depth, in the layout of In-Shop Clothes Retrieval.

mod backdrop;
mod body;
mod collar;
mod cut;
mod details;
mod dye;
mod figure;
mod folds;
mod frame;
mod hanger;
mod identity;
mod layout;
mod light;
mod look;
mod occluder;
mod outline;
mod pattern;
mod piece;
mod pose;
mod print;
mod room;
mod sheet;
mod shot;
mod table;
#[cfg(test)]
mod tests;
mod view;
mod walls;
mod wearer;

pub(super) use layout::Garments;
