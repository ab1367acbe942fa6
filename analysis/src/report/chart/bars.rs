//! Groups of columns: how numbers are spread, how many came on a day.

use super::{
    Unit, colour,
    scale::Scale,
    svg::{Anchor, Svg},
};
use crate::report::number::approximate;
use std::fmt::Write as _;

/// Groups of columns, each group with one column a series.
#[derive(Clone, Debug)]
pub(in crate::report) struct Bars {
    pub(in crate::report) columns: Vec<Columns>,
    /// What stands behind the numbers on the axis.
    pub(in crate::report) unit: Unit,
    /// The words along the lower axis, by their places in groups: 0 is the first one's left edge.
    pub(in crate::report) below: Vec<(f64, String)>,
}

/// One series: a column in each group.
#[derive(Clone, Debug)]
pub(in crate::report) struct Columns {
    pub(in crate::report) name: String,
    /// The place of its colour; that of the control is 0.
    pub(in crate::report) colour: usize,
    pub(in crate::report) heights: Vec<f64>,
}

const WIDTH: u32 = 960;
const HEIGHT: u32 = 460;
const RIGHT: f64 = 940.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 410.0;
const DIGIT: f64 = 14.0;
/// The share of a group's width that stays free.
const GAP: f64 = 0.22;

impl Bars {
    pub(super) fn svg(&self, title: &str, description: &str) -> String {
        let heights = || self.columns.iter().flat_map(|columns| &columns.heights).copied();
        let upright = Scale::round(0.0, heights().fold(0.0, f64::max), 4.0, (BOTTOM, TOP));
        let label = |tick: f64| format!("{}{}", upright.label(tick), self.unit.0);
        let labels: Vec<(f64, String)> =
            upright.ticks().into_iter().map(|tick| (upright.place(tick), label(tick))).collect();
        let longest = labels.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
        let left = 24.0 + DIGIT * f64::from(u32::try_from(longest).unwrap_or(0));
        let groups = self.columns.iter().map(|columns| columns.heights.len()).max().unwrap_or(0).max(1);
        let group = (RIGHT - left) / approximate(groups as u64);

        let mut svg = Svg::default();
        for (y, label) in &labels {
            svg.path("grid", &format!("M{left:.0} {y:.0}H{RIGHT:.0}"));
            svg.text((left - 12.0, y + 8.0), Anchor::End, "", label);
        }
        for (at, words) in &self.below {
            let x = left + at * group;
            let anchor = if *at <= 0.0 {
                Anchor::Start
            } else if *at >= approximate(groups as u64) {
                Anchor::End
            } else {
                Anchor::Middle
            };
            svg.text((x, BOTTOM + 38.0), anchor, "", words);
        }
        let column = group * (1.0 - GAP) / approximate(self.columns.len().max(1) as u64);
        for (place, columns) in self.columns.iter().enumerate() {
            let first = left + group * GAP / 2.0 + column * approximate(place as u64);
            let path = columns_of(&columns.heights, first, group, column, &upright);
            svg.path(&format!("bar s{}", colour(columns.colour)), &path);
        }
        svg.framed(WIDTH, HEIGHT, title, description)
    }
}

/// All columns of a series in one path.
fn columns_of(heights: &[f64], first: f64, group: f64, column: f64, upright: &Scale) -> String {
    let mut path = String::new();
    let bottom = upright.place(0.0);
    for (index, height) in heights.iter().enumerate().filter(|(_, height)| **height > 0.0) {
        let x = first + group * approximate(index as u64);
        // What is not zero is seen.
        let y = upright.place(*height).min(bottom - 2.0);
        // Writing to a string does not fail.
        let _ = write!(path, "M{x:.1} {bottom:.0}V{y:.0}h{:.1}V{bottom:.0}z", (column - 1.0).max(1.0));
    }
    path
}
