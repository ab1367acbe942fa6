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
    /// Closes the drawing, in a frame of this size. The description is read where the drawing is not seen.
    pub(super) fn framed(self, width: u32, height: u32, description: &str) -> String {
        let description = escape(description);
        format!(
            "<svg role=\"img\" viewBox=\"0 0 {width} {height}\"><title>{description}</title>{}</svg>",
            self.0
        )
    }

    /// A path; nothing where there is none.
    pub(super) fn path(&mut self, class: &str, path: &str) {
        if !path.is_empty() {
            self.write(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
        }
    }

    /// Words on one line below each other's, each in the middle of its place but for those at the ends.
    ///
    /// The style says how far below: all charts have their lower axis at one height.
    pub(super) fn words_along(&mut self, words: &[(f64, Anchor, &str)]) {
        if words.is_empty() {
            return;
        }
        self.write("<g class=\"w\">");
        for (x, anchor, words) in words {
            let class = match anchor {
                Anchor::Start => " class=\"b\"",
                Anchor::Middle => "",
                Anchor::End => " class=\"e\"",
            };
            self.write(format_args!("<text x=\"{x:.0}\"{class}>{}</text>", escape(words)));
        }
        self.write("</g>");
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
        let mut width = whole(right) - whole(left);
        let mut before = None;
        for (y, _) in levels {
            let y = whole(*y);
            // There and back again. Writing to a string does not fail.
            let _ = match before.replace(y) {
                None => write!(grid, "M{left:.0} {y}h{width}"),
                Some(last) => write!(grid, "m0 {}h{width}", y - last),
            };
            width = -width;
        }
        self.path("grid", &grid);
        self.write(format_args!("<g class=\"e\" transform=\"translate({:.0} 8)\">", left - 12.0));
        for (y, words) in levels {
            self.write(format_args!("<text y=\"{y:.0}\">{}</text>", escape(words)));
        }
        self.write("</g>");
    }

    /// Upright strokes of one width, each from the bottom to its top, the next one by its distance from the one before.
    pub(super) fn columns(&mut self, class: &str, width: f64, bottom: f64, tops: &[(f64, f64)]) {
        let mut path = String::new();
        let mut before = None;
        for &(x, y) in tops {
            let (x, height) = (whole(x), whole(bottom) - whole(y));
            // Writing to a string does not fail.
            let _ = match before.replace((x, height)) {
                None => write!(path, "M{x} {bottom:.0}v{}", -height),
                Some((left, down)) => write!(path, "m{} {down}v{}", x - left, -height),
            };
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

/// What a line may be off by, upright: one unit, half a pixel where it is shown.
const UNSEEN: f64 = 1.0;

/// The units of lines, in those of the drawing: the style draws them larger by as much.
const LINE_UNIT: f64 = 2.0;

/// The places without those that the line through the others passes so closely that nobody sees it. Source: Douglas &
/// Peucker (1973), "Algorithms for the reduction of the number of points required to represent a digitized line",
/// Cartographica 10(2), by upright distances.
fn seen(places: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = vec![false; places.len()];
    let mut parts = vec![(0, places.len().saturating_sub(1))];
    while let Some((from, to)) = parts.pop() {
        let (Some(&first), Some(&last)) = (places.get(from), places.get(to)) else { break };
        (kept[from], kept[to]) = (true, true);
        let width = last.0 - first.0;
        let slope = if width == 0.0 { 0.0 } else { (last.1 - first.1) / width };
        let off = |place: usize| (places[place].1 - first.1 - slope * (places[place].0 - first.0)).abs();
        let furthest = (from + 1..to).max_by(|&one, &other| off(one).total_cmp(&off(other)));
        if let Some(place) = furthest.filter(|&place| off(place) > UNSEEN) {
            parts.extend([(from, place), (place, to)]);
        }
    }
    places.iter().zip(kept).filter_map(|(place, kept)| kept.then_some(*place)).collect()
}

/// The path of a polygonal line through places, in whole [units of lines](LINE_UNIT): the first absolute, the next ones
/// by their steps.
pub(super) fn line(places: &[(f64, f64)]) -> String {
    through(&seen(places))
}

fn through(places: &[(f64, f64)]) -> String {
    let mut path = String::new();
    let mut before = (0, 0);
    for (index, &(x, y)) in places.iter().enumerate() {
        let (x, y) = (whole(x / LINE_UNIT), whole(y / LINE_UNIT));
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
    let around: Vec<(f64, f64)> = seen(upper).into_iter().chain(seen(lower).into_iter().rev()).collect();
    let path = through(&around);
    if around.len() < 3 { path } else { path + "z" }
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
        assert_eq!(line(&[(10.0, 20.4), (14.0, 17.0), (12.0, 17.0)]), "M5 10l2-1-1 0");
        assert_eq!(line(&[(10.0, 20.0)]), "M5 10h0");
        // The second place is half a unit off the line through its neighbours; the fourth one two.
        assert_eq!(
            line(&[(0.0, 0.0), (10.0, 5.5), (20.0, 10.0), (30.0, 12.0), (40.0, 10.0)]),
            "M0 0l10 5 5 1 5-1"
        );
        assert_eq!(line(&[]), "");
        assert_eq!(area(&[(0.0, 2.0), (10.0, 4.0)], &[(0.0, 18.0), (10.0, 16.0)]), "M0 1l5 1 0 6-5 1z");
    }

    #[test]
    fn columns_stand_on_the_bottom() {
        let mut svg = Svg::default();
        svg.columns("column", 8.0, 410.0, &[(20.0, 400.0), (32.0, 310.4), (44.0, 408.0)]);
        let drawing = svg.framed(10, 20, "");
        assert!(drawing.contains("d=\"M20 410v-10m12 10v-100m12 100v-2\""), "{drawing}");
    }

    #[test]
    fn texts_are_escaped() {
        let mut svg = Svg::default();
        svg.text((1.0, 2.0), Anchor::End, "", "<b>&");
        let drawing = svg.framed(10, 20, "a \"title\" </title>");
        assert!(drawing.contains("<text x=\"1\" y=\"2\" class=\"e\">&lt;b&gt;&amp;</text>"), "{drawing}");
        assert!(drawing.contains("<title>a &quot;title&quot; &lt;/title&gt;</title>"), "{drawing}");
    }
}
