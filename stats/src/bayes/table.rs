//! Cumulative probabilities of one posterior from a table of Taylor polynomials: the quick way where many are needed.
//!
//! The densities of all four laws solve p(x)·f′(x) = q(x)·f(x) with p quadratic and q linear (Pearson's system), so
//! that their Taylor coefficients at any place follow from two predecessors each. Source: Pearson (1895),
//! "Contributions to the mathematical theory of evolution. II", Philosophical Transactions A 186.

use super::law::{DEPTH, Law};

/// Terms of each polynomial. On a panel's half-width of at most 0.27 standard deviations (and 0.13 in the logarithm of a
/// bounded value) the first omitted term is below 1e-16 of the whole within three standard deviations, and below that
/// times the tail beyond.
const TERMS: usize = 16;

/// More panels than shapes from 0.2 on need; for smaller ones there is no table.
const MOST: f64 = 600.0;

/// Below this place on their lines (a twentieth of the mean) panels of positive laws are measured in values.
const NEAR_ZERO: f64 = -3.0;

/// One law's table.
pub(super) struct Table {
    law: Law,
    panels: Vec<Panel>,
}

struct Panel {
    /// Whether it is measured in values, because near zero an offset from the centre does not tell them apart; else in
    /// offsets from the law's centre.
    by_value: bool,
    /// The upper end.
    end: f64,
    /// What it expands about.
    middle: f64,
    /// The unit of the polynomial's variable.
    unit: f64,
    /// P(X ≤ middle) and P(X > middle).
    lower: f64,
    upper: f64,
    /// The coefficients of ∫ f from the middle, without a constant.
    integral: [f64; TERMS],
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

impl Table {
    /// The table of a law; none if it would need more than 600 panels.
    pub(super) fn of(law: Law) -> Option<Self> {
        let (down, up) = (law.reach(DEPTH, false), law.reach(DEPTH, true));
        let count = ((down + up) / (0.5 * law.width()).min(0.25)).ceil();
        if !(count >= 1.0 && count <= MOST) {
            return None;
        }
        let step = (down + up) / count;
        let peak = law.ln_peak();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be small")]
        let mut panels = Vec::with_capacity(count as usize);
        let mut lower = libm::exp(peak - law.drop(-down)) / law.slope(-down).abs();
        let mut from = -down;
        let mut i = 0.0;
        while i < count {
            let (place, to) = (step * (i + 0.5) - down, step * (i + 1.0) - down);
            let by_value = to < NEAR_ZERO && matches!(law, Law::Beta { .. } | Law::Gamma { .. });
            let at = |place| if by_value { law.value(place) } else { law.offset(place) };
            let (start, middle, end) = (at(from), at(place), at(to));
            let unit = (end - middle).max(middle - start);
            let density = libm::exp(peak - law.drop(place)) * (unit / law.stretch(place));
            let integral = taylor(law, place, unit, density);
            let mut panel = Panel { by_value, end, middle, unit, lower, upper: 0.0, integral };
            let (left, right) = (panel.from_middle(start).0, panel.from_middle(end).0);
            panel.lower -= left;
            panel.upper = right - left;
            panels.push(panel);
            lower += right - left;
            from = to;
            i += 1.0;
        }
        let mut upper = libm::exp(peak - law.drop(up)) / law.slope(up).abs();
        for panel in panels.iter_mut().rev() {
            // Held the whole panel until now.
            let whole = panel.upper;
            panel.upper = upper + panel.from_middle(panel.end).0;
            upper += whole;
        }
        ((lower - 1.0).abs() <= 1e-9).then_some(Self { law, panels })
    }

    /// What it says of a value, given as its offset from the centre too; looked for from panel `hint` on upwards.
    pub(super) fn read(&self, offset: f64, value: f64, hint: &mut usize) -> Read {
        let last = self.panels.len() - 1;
        let coordinate = |panel: &Panel| if panel.by_value { value } else { offset };
        while *hint < last && coordinate(&self.panels[*hint]) > self.panels[*hint].end {
            *hint += 1;
        }
        let panel = &self.panels[*hint];
        let at = coordinate(panel);
        let along = (at - panel.middle) / panel.unit;
        // A panel reaches a little more than its unit to one side.
        if along < -1.1 {
            return Read { lower: 0.0, upper: 1.0, density: 0.0, unit: panel.unit };
        }
        if along > 1.1 {
            return Read { lower: 1.0, upper: 0.0, density: 0.0, unit: panel.unit };
        }
        let (area, density) = panel.from_middle(at);
        Read {
            lower: (panel.lower + area).max(0.0),
            upper: (panel.upper - area).max(0.0),
            density: density.max(0.0),
            unit: panel.unit,
        }
    }

    /// E[(X − x)⁺] and E[(x − X)⁺] at an offset, from what was read there.
    ///
    /// ∫ₓ^∞ (s − m) f(s) ds = τ(x)·f(x) with τ the Stein kernel, quadratic in x for Pearson's system. Source: Stein
    /// (1986), "Approximate Computation of Expectations", lecture VI.
    pub(super) fn partial_means(&self, offset: f64, value: f64, read: &Read) -> (f64, f64) {
        let kernel = match self.law {
            Law::Normal { deviation, .. } => deviation * (deviation / read.unit),
            Law::StudentsT { scale, df, .. } => {
                let z = offset / scale;
                scale * (scale / read.unit) * (df + z * z) / (df - 1.0)
            }
            Law::Beta { a, b } => (value / (a + b)) * ((1.0 - value) / read.unit),
            Law::Gamma { rate, .. } => value / rate / read.unit,
        };
        let common = kernel * read.density;
        ((common - offset * read.upper).max(0.0), (common + offset * read.lower).max(0.0))
    }

    /// The value below which a share `tail` lies (above which, if `upper`), with its offset from the centre.
    pub(super) fn quantile(&self, tail: f64, upper: bool) -> Option<(f64, f64)> {
        let beyond = |read: &Read| if upper { read.upper } else { read.lower };
        let i = if upper {
            self.panels.partition_point(|panel| panel.upper - panel.from_middle(panel.end).0 > tail)
        } else {
            self.panels.partition_point(|panel| panel.lower + panel.from_middle(panel.end).0 < tail)
        };
        let panel = self.panels.get(i)?;
        let mut at = panel.middle;
        for _ in 0..50 {
            let (area, density) = panel.from_middle(at);
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
        Some(if panel.by_value { (at, at - centre) } else { (centre + at, at) })
    }
}

impl Panel {
    /// ∫ f from the middle, and the density there times the unit.
    fn from_middle(&self, at: f64) -> (f64, f64) {
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
    use super::{Law, Table};

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
                let read = table.read(law.offset(place), law.value(place), &mut hint);
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
