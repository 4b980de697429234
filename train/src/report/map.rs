//! The map of embeddings: every picture a dot, some identities with their pictures, each tied to its middle.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::data_uri;
use super::palette::CLUSTERS;
use super::shown::Shown;

const WIDTH: f32 = 1000.0;
const HEIGHT: f32 = 1000.0;
/// Side of a picture on the map.
const SIDE: f32 = 34.0;
/// Room around the places.
const EDGE: f32 = 24.0;

/// A picture on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Where it stands, x and y in \[0, 1\].
    pub at: [f32; 2],
    /// Number of its identity.
    pub identity: u32,
    /// The picture, where it is drawn.
    pub shown: Option<Shown>,
}

fn place(at: [f32; 2]) -> (f32, f32) {
    (EDGE + at[0] * (WIDTH - 2.0 * EDGE), EDGE + at[1] * (HEIGHT - 2.0 * EDGE))
}

/// A picture and where it is drawn.
type Placed<'a> = (&'a Shown, (f32, f32));

/// The section's content.
///
/// # Errors
/// Where a picture cannot be read.
pub(super) fn section(points: &[Point]) -> anyhow::Result<Markup> {
    if points.is_empty() {
        return Ok(html! { p { "There are too few pictures for a map." } });
    }
    let mut drawn: BTreeMap<u32, Vec<Placed<'_>>> = BTreeMap::new();
    for point in points {
        if let Some(shown) = &point.shown {
            drawn.entry(point.identity).or_default().push((shown, place(point.at)));
        }
    }
    let ink = |i: usize| CLUSTERS[i % CLUSTERS.len()].css();
    let one = |value: f32| format!("{value:.1}");
    Ok(html! {
        p {
            (points.len()) " pictures, placed by t-SNE: near each other where their embeddings are, while distances "
            "between far groups mean little. " (drawn.len()) " identities are drawn with their pictures, each tied to "
            "the middle of its identity: short ties are what training is for. Colours repeat."
        }
        div.map {
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="Map of embeddings" {
                @for point in points.iter().filter(|point| point.shown.is_none()) {
                    @let (x, y) = place(point.at);
                    circle cx=(one(x)) cy=(one(y)) r="3" style="fill:var(--third)" {}
                }
                @for (i, members) in drawn.values().enumerate() {
                    @let n = members.len() as f32;
                    @let (cx, cy) = members.iter().fold((0.0, 0.0), |(x, y), (_, at)| (x + at.0 / n, y + at.1 / n));
                    @for (_, (x, y)) in members {
                        @let style = format!("stroke:{};stroke-width:1.5", ink(i));
                        line x1=(one(cx)) y1=(one(cy)) x2=(one(*x)) y2=(one(*y)) style=(style) {}
                    }
                }
                @for (i, members) in drawn.values().enumerate() {
                    @for (shown, (x, y)) in members {
                        @let (left, top) = (one(x - SIDE / 2.0), one(y - SIDE / 2.0));
                        @let uri = data_uri::thumbnail(&shown.path, 2 * SIDE as u32)?;
                        @let style = format!("fill:none;stroke:{};stroke-width:3", ink(i));
                        g {
                            title { (shown.identity) }
                            image href=(uri) x=(left) y=(top) width=(SIDE) height=(SIDE) {}
                            rect x=(left) y=(top) width=(SIDE) height=(SIDE) style=(style) {}
                        }
                    }
                }
            }
        }
    })
}
