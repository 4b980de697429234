//! Rank lists: a query and its nearest pictures, right and wrong ones framed.

use maud::{Markup, html};

use super::data_uri;
use crate::quickstart::ranking::{Found, RankList, Shown};

/// The section's content.
///
/// # Errors
/// Where a picture cannot be read.
pub fn section(lists: &[RankList]) -> anyhow::Result<Markup> {
    let (even, worst): (Vec<_>, Vec<_>) = lists.iter().partition(|list| !list.worst);
    Ok(html! {
        p {
            "Each row: a test picture and the nearest others, out of all test pictures, by the exported model. "
            span.mark.right { "✓" } " the same vehicle, " span.mark.wrong { "✗" } " another one; the number is the similarity. AP: average precision of the whole ranking."
        }
        h3 { (even.len()) " pictures at even steps through the test list" }
        (rows(&even)?)
        @if !worst.is_empty() {
            h3 { "The " (worst.len()) " worst: lowest average precision, one for each vehicle" }
            (rows(&worst)?)
        }
    })
}

fn rows(lists: &[&RankList]) -> anyhow::Result<Markup> {
    Ok(html! {
        @for list in lists {
            div.ranks {
                div.query {
                    (picture(&list.query, "query")?)
                    span { b { "vehicle " (list.query.identity) } @if let Some(camera) = &list.query.camera { br; "camera " (camera) } br; "AP " (format!("{:.2}", list.average_precision)) }
                }
                ol { @for found in &list.found { (matched(found)?) } }
            }
        }
    })
}

fn matched(found: &Found) -> anyhow::Result<Markup> {
    let (class, sign, word) = if found.right { ("right", "✓", "right") } else { ("wrong", "✗", "wrong") };
    Ok(html! {
        li class=(class) {
            (picture(&found.shown, word)?)
            span.mark.(class) aria-hidden="true" { (sign) }
            small { (format!("{:.2}", found.similarity)) }
        }
    })
}

fn picture(shown: &Shown, what: &str) -> anyhow::Result<Markup> {
    let camera = shown.camera.as_ref().map_or(String::new(), |camera| format!(", camera {camera}"));
    let words = format!("{what}: vehicle {}{camera}", shown.identity);
    Ok(html! { img src=(data_uri::picture(&shown.path)?) alt=(words) title=(words); })
}
