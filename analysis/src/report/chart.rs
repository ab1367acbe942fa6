//! Charts as SVG: pure functions from numbers to drawings, whose colours and fonts the page's style gives them.
//!
//! A drawing is 960 units wide and shown at about half of that, so that whole units place everything to half a pixel.

mod bars;
mod forest;
mod lines;
mod scale;
mod stacks;
mod steps;
mod svg;

pub(super) use bars::{Bars, Columns};
pub(super) use forest::{Forest, ForestRow, Lift};
pub(super) use lines::{Band, Curve, Lines, Mark};
pub(super) use stacks::{Part, Stack, Stacks};
pub(super) use steps::{Bar, Step, Steps};

/// How many colours the page's style has for series; the next ones begin again.
const COLOURS: usize = 6;

/// A chart.
#[derive(Clone, Debug)]
pub(super) enum Chart {
    /// Lines with bands over a common axis.
    Lines(Lines),
    /// Groups of columns.
    Bars(Bars),
    /// Rows of bars that get shorter.
    Steps(Steps),
    /// Bars that are made of parts.
    Stacks(Stacks),
}

/// What an axis stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit(pub(super) &'static str);

impl Chart {
    /// The drawing; the description is read where it is not seen.
    pub(super) fn svg(&self, description: &str) -> String {
        match self {
            Self::Lines(lines) => lines.svg(description),
            Self::Bars(bars) => bars.svg(description),
            Self::Steps(steps) => steps.svg(description),
            Self::Stacks(stacks) => stacks.svg(description),
        }
    }

    /// The names of its series with the classes of their colours.
    pub(super) fn legend(&self) -> Vec<(&str, String)> {
        let series = |name, place| (name, format!("s{}", colour(place)));
        match self {
            Self::Lines(lines) => {
                lines.curves.iter().map(|curve| series(curve.name.as_str(), curve.colour)).collect()
            }
            Self::Bars(bars) => {
                bars.columns.iter().map(|columns| series(columns.name.as_str(), columns.colour)).collect()
            }
            Self::Steps(steps) => {
                let bars = steps.steps.first().map_or(&[][..], |step| &step.bars);
                bars.iter().map(|bar| series(bar.name.as_str(), bar.colour)).collect()
            }
            Self::Stacks(stacks) => {
                let parts = stacks.stacks.first().map_or(&[][..], |stack| &stack.parts);
                parts.iter().map(|part| (part.name, format!("part {}", part.tone.class()))).collect()
            }
        }
    }
}

/// Round numbers between two ends with their words, for a lower axis of amounts.
pub(super) fn round_places(low: f64, high: f64) -> Vec<(f64, String)> {
    let scale = scale::Scale::exact(low, high, 4.0, (0.0, 1.0));
    scale.ticks().into_iter().map(|tick| (tick, scale.label(tick))).collect()
}

/// The class of a series' colour: the control's is the first.
fn colour(place: usize) -> usize {
    if place < COLOURS { place } else { 1 + (place - 1) % (COLOURS - 1) }
}
