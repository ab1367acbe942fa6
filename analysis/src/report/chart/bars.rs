//! Groups of columns: how numbers are spread, how many came on a day.

use super::{
    Unit, colour,
    scale::Scale,
    svg::{Anchor, Svg},
};
use crate::report::number::approximate;

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
    pub(super) fn svg(&self, description: &str) -> String {
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
        svg.levels(left, RIGHT, &labels);
        let anchor = |at: f64| {
            if at <= 0.0 {
                Anchor::Start
            } else if at >= approximate(groups as u64) {
                Anchor::End
            } else {
                Anchor::Middle
            }
        };
        let below = self.below.iter().map(|(at, words)| (left + at * group, anchor(*at), words.as_str()));
        svg.words_along(&below.collect::<Vec<_>>());
        let column = group * (1.0 - GAP) / approximate(self.columns.len().max(1) as u64);
        for (place, columns) in self.columns.iter().enumerate() {
            let middle = left + group * GAP / 2.0 + column * (approximate(place as u64) + 0.5);
            let tops: Vec<(f64, f64)> = columns
                .heights
                .iter()
                .enumerate()
                .filter(|(_, height)| **height > 0.0)
                // What is not zero is seen.
                .map(|(index, height)| {
                    (middle + group * approximate(index as u64), upright.place(*height).min(BOTTOM - 2.0))
                })
                .collect();
            let class = format!("column s{}", colour(columns.colour));
            svg.columns(&class, (column - 1.0).max(1.0), BOTTOM, &tops);
        }
        svg.framed(WIDTH, HEIGHT, description)
    }
}
