//! Bars that are made of parts: what units answered.

use super::svg::{Anchor, Svg};
use crate::report::document::Tone;

/// One bar below another, each as long as the others.
#[derive(Clone, Debug)]
pub(in crate::report) struct Stacks {
    pub(in crate::report) stacks: Vec<Stack>,
}

/// One bar.
#[derive(Clone, Debug)]
pub(in crate::report) struct Stack {
    pub(in crate::report) name: String,
    /// From left to right.
    pub(in crate::report) parts: Vec<Part>,
}

/// A part of a bar.
#[derive(Clone, Debug)]
pub(in crate::report) struct Part {
    pub(in crate::report) name: &'static str,
    pub(in crate::report) tone: Tone,
    /// The share of the bar.
    pub(in crate::report) share: f64,
    /// What stands in it, where there is room.
    pub(in crate::report) words: String,
}

const WIDTH: u32 = 960;
const LEFT: f64 = 4.0;
const RIGHT: f64 = 956.0;
const HEADING: f64 = 40.0;
const BAR: f64 = 44.0;
const BETWEEN: f64 = 22.0;
/// Between two parts.
const GAP: f64 = 3.0;
/// A digit's width at the size that the page's style sets, with room around the words.
const DIGIT: f64 = 16.0;

impl Stacks {
    pub(super) fn svg(&self, description: &str) -> String {
        let mut svg = Svg::default();
        let mut y = 0.0;
        for stack in &self.stacks {
            svg.text((LEFT, y + 28.0), Anchor::Start, "h", &stack.name);
            y += HEADING;
            let bottom = y + BAR;
            svg.path("track", &format!("M{LEFT} {y:.0}H{RIGHT}V{bottom:.0}H{LEFT}z"));
            let mut from = LEFT;
            for part in &stack.parts {
                let to = (from + (RIGHT - LEFT) * part.share.clamp(0.0, 1.0)).min(RIGHT);
                let end = (to - GAP).max(from);
                if part.share > 0.0 {
                    let class = format!("part {}", part.tone.class());
                    svg.path(&class, &format!("M{from:.0} {y:.0}H{end:.0}V{bottom:.0}H{from:.0}z"));
                }
                let width = DIGIT * f64::from(u32::try_from(part.words.chars().count()).unwrap_or(u32::MAX));
                if end - from >= width {
                    svg.text((f64::midpoint(from, end), y + 31.0), Anchor::Middle, "on", &part.words);
                }
                from = to;
            }
            y = bottom + BETWEEN;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows of a page")]
        let height = y.clamp(1.0, 1e6) as u32;
        svg.framed(WIDTH, height, description)
    }
}
