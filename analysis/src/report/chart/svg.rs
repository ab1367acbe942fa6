//! Writing SVG: well-formed and short.

use crate::report::html::escape;
use std::fmt::{Display, Write as _};

/// A drawing that grows.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

/// Where a text stands by its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// Closes the drawing, in a frame of this size.
    pub(super) fn framed(self, width: u32, height: u32, title: &str, description: &str) -> String {
        let (title, description) = (escape(title), escape(description));
        format!(
            "<svg role=\"img\" viewBox=\"0 0 {width} {height}\"><title>{title}</title><desc>{description}</desc>{}</svg>",
            self.0
        )
    }

    /// A path; nothing where there is none.
    pub(super) fn path(&mut self, class: &str, path: &str) {
        if !path.is_empty() {
            self.write(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
        }
    }

    /// A text. Its class also says where it stands.
    pub(super) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " m",
            Anchor::End => " e",
        };
        let class = format!("{class}{anchor}");
        let class = if class.is_empty() { class } else { format!(" class=\"{}\"", class.trim_start()) };
        self.write(format_args!("<text x=\"{x:.0}\" y=\"{y:.0}\"{class}>{}</text>", escape(text)));
    }

    /// The levels of an upright axis: a line from `left` to `right` at each, its words before it.
    pub(super) fn levels(&mut self, left: f64, right: f64, levels: &[(f64, String)]) {
        let mut grid = String::new();
        for (y, _) in levels {
            // Writing to a string does not fail.
            let _ = write!(grid, "M{left:.0} {y:.0}H{right:.0}");
        }
        self.path("grid", &grid);
        self.write("<g class=\"e\">");
        for (y, words) in levels {
            self.text((left - 12.0, y + 8.0), Anchor::Start, "", words);
        }
        self.write("</g>");
    }

    /// Upright strokes of one width, each from the bottom to its top.
    pub(super) fn columns(&mut self, class: &str, width: f64, bottom: f64, tops: &[(f64, f64)]) {
        let mut path = String::new();
        for (x, y) in tops {
            // Writing to a string does not fail.
            let _ = write!(path, "M{x:.0} {bottom:.0}V{y:.0}");
        }
        if !path.is_empty() {
            self.write(format_args!("<path class=\"{class}\" stroke-width=\"{width:.1}\" d=\"{path}\"/>"));
        }
    }

    fn write(&mut self, text: impl Display) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "{text}");
    }
}

/// The path of a polygonal line through places, in whole units: the first absolute, the next ones by their steps.
pub(super) fn line(places: &[(f64, f64)]) -> String {
    let mut path = String::new();
    let mut before = (0, 0);
    for (index, &(x, y)) in places.iter().enumerate() {
        let (x, y) = (whole(x), whole(y));
        match index {
            0 => push(&mut path, 'M', x, y),
            1 => push(&mut path, 'l', x - before.0, y - before.1),
            _ => push(&mut path, ' ', x - before.0, y - before.1),
        }
        before = (x, y);
    }
    if places.len() == 1 {
        // A line without length has round ends: a dot.
        path.push_str("h0");
    }
    path
}

/// The path around an area between two lines over the same places.
pub(super) fn area(upper: &[(f64, f64)], lower: &[(f64, f64)]) -> String {
    let around: Vec<(f64, f64)> = upper.iter().chain(lower.iter().rev()).copied().collect();
    if around.len() < 3 { line(&around) } else { line(&around) + "z" }
}

fn push(path: &mut String, command: char, x: i64, y: i64) {
    if !(command == ' ' && x < 0) {
        path.push(command);
    }
    let gap = if y < 0 { "" } else { " " };
    // Writing to a string does not fail.
    let _ = write!(path, "{x}{gap}{y}");
}

#[expect(clippy::cast_possible_truncation, reason = "places are within the drawing")]
fn whole(place: f64) -> i64 {
    place.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_short_and_relative() {
        assert_eq!(line(&[(10.0, 20.4), (14.0, 17.0), (12.0, 17.0)]), "M10 20l4-3-2 0");
        assert_eq!(line(&[(10.0, 20.0)]), "M10 20h0");
        assert_eq!(line(&[]), "");
        assert_eq!(area(&[(0.0, 1.0), (5.0, 2.0)], &[(0.0, 9.0), (5.0, 8.0)]), "M0 1l5 1 0 6-5 1z");
    }

    #[test]
    fn texts_are_escaped() {
        let mut svg = Svg::default();
        svg.text((1.0, 2.0), Anchor::End, "", "<b>&");
        let drawing = svg.framed(10, 20, "a \"title\"", "</desc>");
        assert!(drawing.contains("<text x=\"1\" y=\"2\" class=\"e\">&lt;b&gt;&amp;</text>"), "{drawing}");
        assert!(drawing.contains("<desc>&lt;/desc&gt;</desc>"), "{drawing}");
    }
}
