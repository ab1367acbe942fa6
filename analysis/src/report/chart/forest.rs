//! The forest plot: one row a comparison, each with its lift, its interval and, of guardrails, its margin.

use super::{
    scale::Scale,
    svg::{Anchor, Svg},
};
use crate::report::{document::Tone, html::escape};
use std::fmt::Write as _;

/// Comparisons on one scale of lifts.
#[derive(Clone, Debug, Default)]
pub(in crate::report) struct Forest {
    pub(in crate::report) rows: Vec<ForestRow>,
}

/// One comparison.
#[derive(Clone, Debug)]
pub(in crate::report) struct ForestRow {
    pub(in crate::report) metric: String,
    /// What the metric is for, and which way is better.
    pub(in crate::report) about: String,
    pub(in crate::report) variant: String,
    /// From the control's number to the variant's.
    pub(in crate::report) change: String,
    /// The lift; none where there is none, and `because` says why.
    pub(in crate::report) lift: Option<Lift>,
    pub(in crate::report) lift_words: String,
    pub(in crate::report) interval_words: String,
    pub(in crate::report) p_words: String,
    /// Why something of it is not there; empty where all is.
    pub(in crate::report) because: String,
    pub(in crate::report) reading: (Tone, String),
}

/// What is drawn, as fractions: 0.05 is five per cent more.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Lift {
    pub(in crate::report) estimate: f64,
    /// The interval; an end without a bound is infinite.
    pub(in crate::report) interval: Option<(f64, f64)>,
    /// What holds however often one looks.
    pub(in crate::report) at_any_time: Option<(f64, f64)>,
    /// The largest tolerated harm with its sign: what lies beyond it is not tolerated.
    pub(in crate::report) margin: Option<f64>,
}

/// A row's drawing.
const WIDTH: u32 = 400;
const HEIGHT: u32 = 36;
const MIDDLE: f64 = 18.0;
const PLACES: (f64, f64) = (10.0, 390.0);
/// The axis under the rows.
const AXIS: u32 = 30;
/// An interval so many times wider than the middle one runs out of the picture, else it would flatten all others.
const WIDEST: f64 = 4.0;

impl Forest {
    /// The scale of all rows, in per cent.
    fn scale(&self) -> Scale {
        let lifts = || self.rows.iter().filter_map(|row| row.lift);
        let reach = |lift: Lift| {
            let (lower, upper) = lift.interval.unwrap_or((lift.estimate, lift.estimate));
            let ends = [lift.estimate, lower, upper];
            ends.into_iter().filter(|end| end.is_finite()).map(f64::abs).fold(0.0, f64::max)
        };
        let mut reaches: Vec<f64> = lifts().map(reach).collect();
        reaches.sort_by(f64::total_cmp);
        let most = reaches.get(reaches.len() / 2).map_or(f64::INFINITY, |middle| middle * WIDEST);
        let drawn = |number: f64| number.is_finite().then(|| number.clamp(-most, most) * 100.0);
        let numbers = lifts().flat_map(|lift| {
            let own = (lift.estimate, lift.estimate);
            let ((lower, upper), (low, high)) =
                (lift.interval.unwrap_or(own), lift.at_any_time.unwrap_or(own));
            let ends = [lift.estimate, lower, upper, low, high].map(drawn);
            ends.into_iter().chain([lift.margin.and_then(drawn)])
        });
        let (low, high) = numbers
            .flatten()
            .fold((0.0_f64, 0.0_f64), |(low, high), number| (low.min(number), high.max(number)));
        Scale::round(low, high, 6.0, PLACES)
    }

    /// The drawing of each row, in their order, and the axis under them.
    pub(in crate::report) fn drawings(&self) -> (Vec<String>, String) {
        let scale = self.scale();
        let mut grid = String::new();
        for tick in scale.ticks() {
            let _ = write!(grid, "M{:.0} 0v{HEIGHT}", scale.place(tick));
        }
        (self.rows.iter().map(|row| row.drawing(&scale, &grid)).collect(), axis(&scale))
    }
}

fn axis(scale: &Scale) -> String {
    let mut svg = Svg::default();
    for tick in scale.ticks() {
        let label = scale.label(tick);
        let label = if tick > 0.0 { format!("+{label}%") } else { format!("{label}%") };
        svg.text((scale.place(tick), 20.0), Anchor::Middle, "", &label.replace('-', "\u{2212}"));
    }
    svg.framed(WIDTH, AXIS, "The scale of the lifts above, in per cent of the control")
}

impl ForestRow {
    fn drawing(&self, scale: &Scale, grid: &str) -> String {
        let mut body = format!("<path class=\"grid\" d=\"{grid}\"/>");
        let at = |share: f64| scale.place(share * 100.0);
        let zero = at(0.0);
        if let Some(margin) = self.lift.and_then(|lift| lift.margin) {
            let (x, edge) = (at(margin), if margin < 0.0 { 0.0 } else { f64::from(WIDTH) });
            let _ = write!(body, "<path class=\"harm\" d=\"M{x:.1} 0H{edge}V{HEIGHT}H{x:.1}z\"/>");
            let _ = write!(body, "<path class=\"margin\" d=\"M{x:.1} 0V{HEIGHT}\"/>");
        }
        let _ = write!(body, "<path class=\"zero\" d=\"M{zero:.1} 0V{HEIGHT}\"/>");
        let Some(lift) = self.lift else { return self.framed("", &body) };
        let mut data = format!(" data-estimate=\"{}\"", lift.estimate);
        if let Some((lower, upper)) = lift.at_any_time {
            let _ = write!(data, " data-any-lower=\"{lower}\" data-any-upper=\"{upper}\"");
            let _ = write!(body, "<path class=\"thin\" d=\"M{:.1} {MIDDLE}H{:.1}\"/>", at(lower), at(upper));
        }
        if let Some((lower, upper)) = lift.interval {
            let _ = write!(data, " data-lower=\"{lower}\" data-upper=\"{upper}\"");
            let _ = write!(body, "<path class=\"thick\" d=\"M{:.1} {MIDDLE}H{:.1}\"/>", at(lower), at(upper));
            let widest =
                lift.at_any_time.map_or((lower, upper), |(low, high)| (lower.min(low), upper.max(high)));
            for end in [widest.0, widest.1].into_iter().filter(|end| !scale.holds(end * 100.0)) {
                // An arrow where the interval runs out of the picture.
                let (tip, back) = if end < 0.0 { (0.0, 9.0) } else { (400.0, 391.0) };
                let _ = write!(body, "<path class=\"arrow\" d=\"M{tip} {MIDDLE}L{back} 12V24z\"/>");
            }
        }
        if let Some(margin) = lift.margin {
            let _ = write!(data, " data-margin=\"{margin}\"");
        }
        let x = at(lift.estimate);
        let _ = match self.reading.0 {
            Tone::Good => write!(body, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{MIDDLE}\" r=\"6.5\"/>"),
            Tone::Bad => write!(body, "<path class=\"dot\" d=\"M{x:.1} 9l9 9-9 9-9-9z\"/>"),
            Tone::Caution => write!(body, "<path class=\"dot\" d=\"M{x:.1} 9l9 16h-18z\"/>"),
            Tone::Neutral => {
                write!(body, "<circle class=\"dot open\" cx=\"{x:.1}\" cy=\"{MIDDLE}\" r=\"5.5\"/>")
            }
        };
        self.framed(&data, &body)
    }

    fn framed(&self, data: &str, body: &str) -> String {
        // The row says the rest beside it.
        let words = format!("{}, {}", self.lift_words, self.interval_words);
        format!(
            "<svg role=\"img\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" class=\"{}\"{data}><title>{}</title>{body}</svg>",
            self.reading.0.class(),
            escape(&words),
        )
    }
}
