//! Cumulative probabilities of one posterior from a table of Taylor polynomials: the quick way where many are needed.
//!
//! The densities of all four laws solve p(x)·f′(x) = q(x)·f(x) with p quadratic and q linear (Pearson's system), so
//! that their Taylor coefficients at any place follow from two predecessors each. Source: Pearson (1895),
//! "Contributions to the mathematical theory of evolution. II", Philosophical Transactions A 186.

use std::cell::OnceCell;

use super::law::Law;

/// Terms of each polynomial. On a panel's half-width of at most 0.4 standard deviations (and 0.15 in the logarithm of a
/// bounded value) the first omitted term is below 1e-16 of the whole, and below 1e-9 of the tail beyond up to a tail of 1e-9.
const TERMS: usize = 18;

/// More panels than shapes from 0.2 on need; for smaller ones there is no table.
const MOST: f64 = 600.0;

/// How far below its peak a log density is tabled: beyond lies less than exp(−37), 1e-16 of the whole.
const TABLED: f64 = 37.0;

/// Beyond this place on their lines (a twentieth of the centre's distance) panels are measured from the support's edge.
const NEAR_THE_EDGE: f64 = 3.0;

/// One law's table.
pub(super) struct Table {
    law: Law,
    /// Where the first panel begins (below 0) and how wide each is, on the law's line.
    down: f64,
    step: f64,
    panels: Vec<Panel>,
}

struct Panel {
    measure: Measure,
    /// The upper end.
    end: f64,
    /// What it expands about.
    middle: f64,
    /// The unit of the polynomial's variable.
    unit: f64,
    /// P(X ≤ middle) and P(X > middle).
    lower: f64,
    upper: f64,
    /// The same of the end.
    lower_to_end: f64,
    upper_from_end: f64,
    /// The coefficients of ∫ f from the middle, without a constant.
    integral: [f64; TERMS],
}

/// A law with its table, made when it is first needed.
pub(super) struct Tabled {
    pub(super) law: Law,
    table: OnceCell<Option<Table>>,
}

impl Tabled {
    pub(super) fn new(law: Law) -> Self {
        Self { law, table: OnceCell::new() }
    }

    pub(super) fn table(&self) -> Option<&Table> {
        self.table.get_or_init(|| Table::of(self.law)).as_ref()
    }

    /// [`Law::ln_tails`], from the table where that is as good.
    pub(super) fn ln_tails(&self, place: f64) -> (f64, f64) {
        // Normal and t distributions have their own.
        if matches!(self.law, Law::Beta { .. } | Law::Gamma { .. })
            && self.law.drop(place) < 4.0
            && let Some(table) = self.table()
        {
            let read = table.read_at(place);
            if read.lower.min(read.upper) > 1e-4 {
                return (libm::log(read.lower), libm::log(read.upper));
            }
        }
        self.law.ln_tails(place)
    }
}

/// What a panel's variable is: near the edges of a law's support an offset from its centre does not tell values apart.
#[derive(Clone, Copy, PartialEq)]
enum Measure {
    /// x − centre.
    Offset,
    /// x, near 0.
    Value,
    /// x − 1, near 1.
    Rest,
}

/// A value in all three measures.
#[derive(Clone, Copy)]
pub(super) struct Point {
    /// x − centre.
    pub(super) offset: f64,
    pub(super) value: f64,
    /// 1 − x; of no meaning but for a beta law.
    pub(super) rest: f64,
}

impl Point {
    /// A place on a law's line.
    pub(super) fn of(law: Law, place: f64) -> Self {
        Self { offset: law.offset(place), value: law.value(place), rest: law.rest(place) }
    }

    fn measured(self, measure: Measure) -> f64 {
        match measure {
            Measure::Offset => self.offset,
            Measure::Value => self.value,
            Measure::Rest => -self.rest,
        }
    }
}

/// What the table says of one value.
#[derive(Clone, Copy)]
pub(super) struct Read {
    /// P(X ≤ x).
    pub(super) lower: f64,
    /// P(X > x).
    pub(super) upper: f64,
    /// The density of x times `unit`.
    pub(super) density: f64,
    /// The unit of x that the density is scaled by.
    pub(super) unit: f64,
}

/// An end of an interval: the density there, and the slope of its logarithm.
struct End {
    read: Read,
    density: f64,
    slope: f64,
}

impl Table {
    /// The table of a law; none if it would need more than 600 panels.
    pub(super) fn of(law: Law) -> Option<Self> {
        let (down, up) = (law.reach(TABLED, false), law.reach(TABLED, true));
        let count = ((down + up) / (0.75 * law.width()).min(0.3)).ceil();
        if !(1.0..=MOST).contains(&count) {
            return None;
        }
        let step = (down + up) / count;
        let peak = law.ln_peak();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be small")]
        let mut panels = Vec::with_capacity(count as usize);
        let mut lower = libm::exp(peak - law.drop(-down)) / law.slope(-down).abs();
        let mut from = -down;
        let mut i = 0.0;
        let mut reached: Option<(Measure, f64)> = None;
        while i < count {
            let (place, to) = (step * (i + 0.5) - down, step * (i + 1.0) - down);
            let measure = match law {
                Law::Beta { .. } | Law::Gamma { .. } if to < -NEAR_THE_EDGE => Measure::Value,
                Law::Beta { .. } if from > NEAR_THE_EDGE => Measure::Rest,
                _ => Measure::Offset,
            };
            let at = |place| match measure {
                Measure::Offset => law.offset(place),
                Measure::Value => law.value(place),
                Measure::Rest => -law.rest(place),
            };
            let start = match reached {
                Some((of, end)) if of == measure => end,
                _ => at(from),
            };
            let (middle, end) = (at(place), at(to));
            reached = Some((measure, end));
            let unit = (end - middle).max(middle - start);
            let density = libm::exp(peak - law.drop(place)) * (unit / law.stretch(place));
            let integral = taylor(law, place, unit, density);
            let mut panel = Panel {
                measure,
                end,
                middle,
                unit,
                lower,
                upper: 0.0,
                lower_to_end: 0.0,
                upper_from_end: 0.0,
                integral,
            };
            let (left, right) = (panel.area_and_density(start).0, panel.area_and_density(end).0);
            panel.lower -= left;
            panel.upper = right - left;
            lower += right - left;
            panel.lower_to_end = lower;
            panels.push(panel);
            from = to;
            i += 1.0;
        }
        let mut upper = libm::exp(peak - law.drop(up)) / law.slope(up).abs();
        for panel in panels.iter_mut().rev() {
            // Held the whole panel until now.
            let whole = panel.upper;
            panel.upper_from_end = upper;
            panel.upper = upper + panel.area_and_density(panel.end).0;
            upper += whole;
        }
        ((lower - 1.0).abs() <= 1e-9).then_some(Self { law, down, step, panels })
    }

    /// What it says of a value, looked for from panel `hint` on upwards.
    pub(super) fn read(&self, point: Point, hint: &mut usize) -> Read {
        let last = self.panels.len() - 1;
        while *hint < last && point.measured(self.panels[*hint].measure) > self.panels[*hint].end {
            *hint += 1;
        }
        let panel = &self.panels[*hint];
        let at = point.measured(panel.measure);
        let along = (at - panel.middle) / panel.unit;
        // A panel reaches a little more than its unit to one side.
        if along < -1.1 {
            return Read { lower: 0.0, upper: 1.0, density: 0.0, unit: panel.unit };
        }
        if along > 1.1 {
            return Read { lower: 1.0, upper: 0.0, density: 0.0, unit: panel.unit };
        }
        let (area, density) = panel.area_and_density(at);
        Read {
            lower: (panel.lower + area).max(0.0),
            upper: (panel.upper - area).max(0.0),
            density: density.max(0.0),
            unit: panel.unit,
        }
    }

    /// What it says of a place on the law's line.
    fn read_at(&self, place: f64) -> Read {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at least 0, and beyond the last panel it is cut"
        )]
        let i = ((place + self.down) / self.step).max(0.0) as usize;
        let mut hint = i.min(self.panels.len() - 1);
        self.read(Point::of(self.law, place), &mut hint)
    }

    /// What it says of any value.
    pub(super) fn look_up(&self, point: Point) -> Read {
        let mut i = self.panels.partition_point(|panel| point.measured(panel.measure) > panel.end);
        i = i.min(self.panels.len() - 1);
        self.read(point, &mut i)
    }

    /// E[(X − x)⁺] and E[(x − X)⁺] at an offset, from what was read there.
    ///
    /// ∫ₓ^∞ (s − m) f(s) ds = τ(x)·f(x) with τ the Stein kernel, quadratic in x for Pearson's system. Source: Stein
    /// (1986), "Approximate Computation of Expectations", lecture VI.
    pub(super) fn partial_means(&self, point: Point, read: &Read) -> (f64, f64) {
        let Point { offset, value, rest } = point;
        let kernel = match self.law {
            Law::Normal { deviation, .. } => deviation * (deviation / read.unit),
            Law::StudentsT { scale, df, .. } => {
                let z = offset / scale;
                scale * (scale / read.unit) * (df + z * z) / (df - 1.0)
            }
            Law::Beta { a, b } => (value / (a + b)) * (rest / read.unit),
            Law::Gamma { rate, .. } => value / rate / read.unit,
        };
        let common = kernel * read.density;
        ((common - offset * read.upper).max(0.0), (common + offset * read.lower).max(0.0))
    }

    /// Offsets between which 1 − alpha lies, with equal densities at both: Newton's method from the equal-tailed ones.
    ///
    /// None if they do not settle, near an edge of the support.
    pub(super) fn equally_dense(&self, alpha: f64) -> Option<(f64, f64)> {
        let mut low = self.quantile(0.5 * alpha, false)?.1;
        let mut high = self.quantile(0.5 * alpha, true)?.1;
        let enough = 1e-7 * (high - low);
        for _ in 0..20 {
            let (at_low, at_high) = (self.end(low)?, self.end(high)?);
            // P(beyond) = alpha and ln f(low) = ln f(high), linearised in both ends.
            let beyond = at_low.read.lower + at_high.read.upper - alpha;
            let gap = libm::log(at_low.density / at_high.density);
            let determinant = at_high.density * at_low.slope - at_low.density * at_high.slope;
            let step_low = (at_high.slope * beyond - at_high.density * gap) / determinant;
            let step_high = (at_low.slope * beyond - at_low.density * gap) / determinant;
            if !(step_low.is_finite() && step_high.is_finite()) {
                return None;
            }
            low += step_low;
            high += step_high;
            // Newton doubles its digits.
            if step_low.abs().max(step_high.abs()) <= enough {
                return (low < high).then_some((low, high));
            }
        }
        None
    }

    /// An end of an interval inside the support.
    fn end(&self, offset: f64) -> Option<End> {
        let value = self.law.centre() + offset;
        let slope = match self.law {
            Law::Beta { a, b } => (2.0 * value - 1.0 - (a + b) * offset) / (value * (1.0 - value)),
            Law::Gamma { rate, .. } => (-1.0 - rate * offset) / value,
            Law::Normal { .. } | Law::StudentsT { .. } => return None,
        };
        let inside = value > 0.0 && (value < 1.0 || matches!(self.law, Law::Gamma { .. }));
        let read = self.look_up(Point { offset, value, rest: 1.0 - value });
        let density = read.density / read.unit;
        (inside && density > 0.0).then_some(End { read, density, slope })
    }

    /// The value below which a share `tail` lies (above which, if `upper`), with its offset from the centre.
    pub(super) fn quantile(&self, tail: f64, upper: bool) -> Option<(f64, f64)> {
        let beyond = |read: &Read| if upper { read.upper } else { read.lower };
        let i = if upper {
            self.panels.partition_point(|panel| panel.upper_from_end > tail)
        } else {
            self.panels.partition_point(|panel| panel.lower_to_end < tail)
        };
        let panel = self.panels.get(i)?;
        let mut at = panel.middle;
        for _ in 0..50 {
            let (area, density) = panel.area_and_density(at);
            let read =
                Read { lower: panel.lower + area, upper: panel.upper - area, density, unit: panel.unit };
            // Newton's method on the logarithm of the tail, which is nearly linear.
            let value = beyond(&read);
            let step = libm::log(value / tail) * value / density * panel.unit;
            let next = if upper { at + step } else { at - step };
            if !next.is_finite() {
                return None;
            }
            let done = (next - at).abs() <= 1e-12 * panel.unit;
            at = next.clamp(panel.middle - 1.2 * panel.unit, panel.middle + 1.2 * panel.unit);
            if done {
                break;
            }
        }
        let centre = self.law.centre();
        Some(match panel.measure {
            Measure::Offset => (centre + at, at),
            Measure::Value => (at, at - centre),
            Measure::Rest => (1.0 + at, (1.0 - centre) + at),
        })
    }
}

impl Panel {
    /// ∫ f from the middle, and the density there times the unit.
    fn area_and_density(&self, at: f64) -> (f64, f64) {
        let along = (at - self.middle) / self.unit;
        let (mut value, mut slope) = (0.0, 0.0);
        for &coefficient in self.integral.iter().rev() {
            slope = slope * along + value;
            value = value * along + coefficient;
        }
        (value * along, slope * along + value)
    }
}

/// The Taylor coefficients of ∫ f at a place, in units of `unit`, from the density there times the unit.
fn taylor(law: Law, place: f64, unit: f64, density: f64) -> [f64; TERMS] {
    // p·f′ = q·f with p = 1 + p1·v + p2·v² and q = q0 + q1·v in the scaled variable v.
    let (p1, p2, q0, q1) = match law {
        Law::Normal { deviation, .. } => {
            let u = unit / deviation;
            (0.0, 0.0, -place * u, -u * u)
        }
        Law::StudentsT { scale, df, .. } => {
            let whole = scale * df.sqrt();
            let (z, u) = (libm::sinh(0.5 * place), unit / whole);
            let p = 1.0 + z * z;
            (2.0 * z * u / p, u * u / p, -(df + 1.0) * z * u / p, -(df + 1.0) * u * u / p)
        }
        Law::Beta { a, b } => {
            let (x, rest) = law.shares(place);
            let u = unit / x;
            let q0 = -(a + b) * law.offset(place) - 1.0 + 2.0 * x;
            (u * (rest - x) / rest, -u * unit / rest, u * q0 / rest, -u * unit * (a + b - 2.0) / rest)
        }
        Law::Gamma { shape, .. } => {
            let u = unit / law.stretch(place);
            let growth = libm::expm1(place);
            (u, 0.0, u * (-shape * growth - 1.0), -u * u * shape * (growth + 1.0))
        }
    };
    let (mut before, mut current) = (0.0, density);
    let mut n = 0.0;
    std::array::from_fn(|_| {
        let coefficient = current / (n + 1.0);
        let next = ((q0 - p1 * n) * current + (q1 - p2 * (n - 1.0)) * before) / (n + 1.0);
        before = current;
        current = next;
        n += 1.0;
        coefficient
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test may round as the platform does")]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

    use super::{Law, Point, Table};

    #[test]
    fn the_table_is_the_tail_by_quadrature() {
        for law in [
            Law::Normal { mean: 3.0, deviation: 0.5 },
            Law::StudentsT { location: -1.0, scale: 2.0, df: 3.0 },
            Law::StudentsT { location: -1.0, scale: 2.0, df: 3e7 },
            Law::Beta { a: 0.5, b: 20.0 },
            Law::Beta { a: 4.5, b: 28.5 },
            Law::Beta { a: 101.0, b: 901.0 },
            Law::Beta { a: 1e10, b: 3e9 },
            Law::Gamma { shape: 1.0, rate: 7.0 },
            Law::Gamma { shape: 1e6, rate: 7.0 },
        ] {
            let table = Table::of(law).unwrap();
            let mut hint = 0;
            for step in -12..=12 {
                let place = 0.4 * f64::from(step) * law.width();
                let read = table.read(Point::of(law, place), &mut hint);
                let (lower, upper) = law.ln_tails(place);
                for (read, ln) in [(read.lower, lower), (read.upper, upper)] {
                    if ln < -15.0 {
                        continue;
                    }
                    let miss = (read.ln() - ln).abs();
                    assert!(miss < 1e-9, "{law:?} at {place}: {read} instead of {}", ln.exp());
                }
            }
            for tail in [1e-4, 0.2, 0.5] {
                for upper in [false, true] {
                    let (value, offset) = table.quantile(tail, upper).unwrap();
                    if value < 1e-6 * law.spread() {
                        continue;
                    }
                    let tails = law.ln_tails(law.place(offset));
                    let ln = if upper { tails.1 } else { tails.0 };
                    assert!((ln - tail.ln()).abs() < 1e-10, "{law:?}: quantile {tail}");
                }
            }
        }
    }
}
