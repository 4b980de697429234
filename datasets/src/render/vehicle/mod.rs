//! Vehicles: convex solids in 3-D, seen through a pinhole camera, in the layout of PKU VehicleID.

mod body;
mod coachwork;
mod identity;
mod layout;
mod model;
mod occluder;
mod paint;
mod roof;
mod scenery;
mod shot;
mod site;
mod solid;
#[cfg(test)]
mod tests;
mod view;
mod wheel;

pub(super) use layout::Vehicles;
