//! A funnel: rows of bars that get shorter from step to step.

use super::{
    colour,
    svg::{Anchor, Svg},
};

/// The steps of a funnel.
#[derive(Clone, Debug)]
pub(in crate::report) struct Steps {
    pub(in crate::report) steps: Vec<Step>,
}

/// One step with a bar for each variant.
#[derive(Clone, Debug)]
pub(in crate::report) struct Step {
    pub(in crate::report) name: String,
    pub(in crate::report) bars: Vec<Bar>,
}

/// One variant at one step.
#[derive(Clone, Debug)]
pub(in crate::report) struct Bar {
    pub(in crate::report) name: String,
    /// The place of its colour; that of the control is 0.
    pub(in crate::report) colour: usize,
    /// The share of all units.
    pub(in crate::report) share: f64,
    pub(in crate::report) words: String,
}

const WIDTH: u32 = 960;
const LEFT: f64 = 4.0;
/// Where a bar of all units ends; behind it is room for its words.
const WHOLE: f64 = 640.0;
const HEADING: f64 = 40.0;
const ROW: f64 = 38.0;
const BAR: f64 = 28.0;
const BETWEEN: f64 = 18.0;

impl Steps {
    pub(super) fn svg(&self, description: &str) -> String {
        let mut svg = Svg::default();
        let mut y = 0.0;
        for step in &self.steps {
            svg.text((LEFT, y + 28.0), Anchor::Start, "h", &step.name);
            y += HEADING;
            for bar in &step.bars {
                let end = LEFT + (WHOLE - LEFT) * bar.share.clamp(0.0, 1.0);
                let bottom = y + BAR;
                svg.path("track", &format!("M{LEFT} {y:.0}H{WHOLE}V{bottom:.0}H{LEFT}z"));
                svg.path(
                    &format!("bar s{}", colour(bar.colour)),
                    &format!("M{LEFT} {y:.0}H{end:.1}V{bottom:.0}H{LEFT}z"),
                );
                svg.text((WHOLE + 14.0, y + 22.0), Anchor::Start, "", &bar.words);
                y += ROW;
            }
            y += BETWEEN;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows of a page")]
        let height = y.clamp(1.0, 1e6) as u32;
        svg.framed(WIDTH, height, description)
    }
}
