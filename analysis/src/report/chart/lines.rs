//! Lines with bands: numbers over days or over units.

use super::{
    Unit, colour,
    scale::Scale,
    svg::{Anchor, Svg, area, line},
};

/// Lines over a common axis.
#[derive(Clone, Debug)]
pub(in crate::report) struct Lines {
    pub(in crate::report) curves: Vec<Curve>,
    /// What stands behind the numbers on the axis.
    pub(in crate::report) unit: Unit,
    /// The words along the lower axis, by their places.
    pub(in crate::report) below: Vec<(f64, String)>,
    /// Levels that are drawn through, such as zero.
    pub(in crate::report) levels: Vec<Mark>,
    /// Places on the lower axis that are drawn through, such as today.
    pub(in crate::report) uprights: Vec<Mark>,
}

/// One line.
#[derive(Clone, Debug)]
pub(in crate::report) struct Curve {
    pub(in crate::report) name: String,
    /// The place of its colour; that of the control is 0.
    pub(in crate::report) colour: usize,
    pub(in crate::report) points: Vec<(f64, f64)>,
    pub(in crate::report) band: Vec<Band>,
}

/// An interval at a place.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Band {
    pub(in crate::report) at: f64,
    pub(in crate::report) lower: f64,
    pub(in crate::report) upper: f64,
}

/// A level or a place with its words.
#[derive(Clone, Debug)]
pub(in crate::report) struct Mark {
    pub(in crate::report) at: f64,
    pub(in crate::report) words: String,
}

const WIDTH: u32 = 960;
const HEIGHT: u32 = 460;
const RIGHT: f64 = 940.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 410.0;
/// A digit's width at the size that the page's style sets.
const DIGIT: f64 = 14.0;
/// A band so many times wider than the last one is drawn beyond the edge: the first days would flatten all others.
const WIDEST_BAND: f64 = 3.0;

impl Lines {
    pub(super) fn svg(&self, description: &str) -> String {
        let (low, high) = self.extent();
        let upright = Scale::round(low, high, 5.0, (BOTTOM, TOP));
        let labels: Vec<(f64, String)> = upright
            .ticks()
            .into_iter()
            .map(|tick| {
                (
                    upright.place(tick),
                    format!("{}{}", upright.label(tick).replace('-', "\u{2212}"), self.unit.0),
                )
            })
            .collect();
        let longest = labels.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
        let left = 24.0 + DIGIT * f64::from(u32::try_from(longest).unwrap_or(0));
        let along = self.along((left, RIGHT));

        let mut svg = Svg::default();
        svg.levels(left, RIGHT, &labels);
        self.draw_words_below(&mut svg, &along);
        for level in self.levels.iter().filter(|level| upright.holds(level.at)) {
            let y = upright.place(level.at);
            svg.path("level", &format!("M{left:.0} {y:.0}H{RIGHT:.0}"));
            if !level.words.is_empty() {
                svg.text((RIGHT, y - 8.0), Anchor::End, "q", &level.words);
            }
        }
        for mark in self.uprights.iter().filter(|mark| along.holds(mark.at)) {
            let x = along.place(mark.at);
            svg.path("level", &format!("M{x:.0} {TOP:.0}V{BOTTOM:.0}"));
            let (x, anchor) = if x > f64::midpoint(left, RIGHT) {
                (x - 10.0, Anchor::End)
            } else {
                (x + 10.0, Anchor::Start)
            };
            svg.text((x, BOTTOM - 12.0), anchor, "q", &mark.words);
        }
        for curve in self.curves.iter().rev() {
            let at = |x: f64, y: f64| (along.place(x), upright.place(y));
            let upper: Vec<_> = curve.band.iter().map(|band| at(band.at, band.upper)).collect();
            let lower: Vec<_> = curve.band.iter().map(|band| at(band.at, band.lower)).collect();
            svg.path(&format!("band s{}", colour(curve.colour)), &area(&upper, &lower));
            let points: Vec<_> = curve.points.iter().map(|&(x, y)| at(x, y)).collect();
            svg.path(&format!("line s{}", colour(curve.colour)), &line(&points));
        }
        svg.framed(WIDTH, HEIGHT, description)
    }

    /// The lower axis, from the first place to the last.
    fn along(&self, places: (f64, f64)) -> Scale {
        let points = self.curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.0));
        let all = || points.clone().chain(self.below.iter().map(|(at, _)| *at));
        let (low, high) = ends(all()).unwrap_or((0.0, 1.0));
        Scale::exact(low, high, 5.0, places)
    }

    fn draw_words_below(&self, svg: &mut Svg, along: &Scale) {
        let (low, high) = along.ends();
        let anchor = |at: f64| {
            if at <= low {
                Anchor::Start
            } else if at >= high {
                Anchor::End
            } else {
                Anchor::Middle
            }
        };
        let below = self.below.iter().map(|(at, words)| (along.place(*at), anchor(*at), words.as_str()));
        svg.words_along(&below.collect::<Vec<_>>());
    }

    /// The numbers that are drawn: of bands those that are not much wider than the last one.
    fn extent(&self) -> (f64, f64) {
        let mut numbers: Vec<f64> = self.levels.iter().map(|level| level.at).collect();
        for curve in &self.curves {
            let widest =
                curve.band.last().map_or(f64::INFINITY, |last| WIDEST_BAND * (last.upper - last.lower));
            let is_narrow = |band: &&Band| band.upper - band.lower <= widest;
            let narrow: Vec<&Band> = curve.band.iter().filter(is_narrow).collect();
            numbers.extend(narrow.iter().flat_map(|band| [band.lower, band.upper]));
            let is_drawn = |at: f64| {
                curve.band.is_empty() || narrow.iter().any(|band| (band.at - at).abs() < f64::EPSILON)
            };
            numbers.extend(curve.points.iter().filter(|(x, _)| is_drawn(*x)).map(|(_, y)| *y));
        }
        ends(numbers.into_iter()).unwrap_or((0.0, 1.0))
    }
}

/// The least and the largest of finite numbers.
fn ends(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    numbers.filter(|number| number.is_finite()).fold(None, |ends, number| {
        let (low, high) = ends.unwrap_or((number, number));
        Some((low.min(number), high.max(number)))
    })
}
