//! The page around a report: one HTML file that needs nothing else, in a light and a dark scheme.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::palette;

/// A page with a title, a lead of a few sentences and sections.
pub fn page(title: &str, lead: &Markup, sections: &[Markup]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(palette::css())) (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header { h1 { (title) } p.lead { (lead) } }
                main { @for section in sections { (section) } }
            }
        }
    };
    page.into_string()
}

/// A section with a heading; `id` is for links.
pub fn section(id: &str, heading: &str, content: &Markup) -> Markup {
    html! { section id=(id) { h2 { (heading) } (content) } }
}

/// A chart with its caption; `label` is for readers who cannot see it.
pub fn figure(label: &str, svg: String, caption: &Markup) -> Markup {
    html! { figure { div.chart role="img" aria-label=(label) { (PreEscaped(svg)) } figcaption { (caption) } } }
}

/// A cell with a score in \[0, 1\] as a number and a bar.
pub fn bar(score: f64) -> Markup {
    let width = format!("width:{:.1}%", score.clamp(0.0, 1.0) * 100.0);
    html! { td.bar { b { (format!("{score:.3}")) } span { i style=(width) {} } } }
}

/// A duration for people.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{s:.1} s"),
        s if s < 6_000.0 => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), (s % 60.0).floor()),
        s => format!("{:.0} h {:02.0} min", (s / 3_600.0).floor(), (s % 3_600.0 / 60.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_for_people() {
        let said = [8.04, 119.9, 211.3, 7_384.0].map(duration);
        assert_eq!(said, ["8.0 s", "1 min 59 s", "3 min 31 s", "2 h 03 min"]);
    }

    #[test]
    fn text_cannot_leave_its_place() {
        let text = "</title><script>";
        let page = page(text, &html! { (text) }, &[section("a\"b", text, &html! { (text) })]);
        assert!(!page.contains("<script"), "{page}");
    }
}
