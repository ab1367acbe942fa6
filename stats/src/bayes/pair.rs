//! Two independent posteriors: P(T > f·C + s) for every factor and shift, and the expected losses.
//!
//! Quick: Σ over the trapezoid rule's nodes of the narrower posterior (on the line of its law, where the rule converges
//! exponentially) of the other's cumulative probability from its table. The rule with every other node shows the error;
//! where it is not small, or the probability is below 1e-9, the integral is adaptive and its integrand a logarithm.

use std::cell::OnceCell;

use super::{
    chance::Chance,
    integral::{self, Seed},
    law::{DEPTH, Law, REGULAR},
    solve::{Start, solve},
    table::{Point, Read, Table, Tabled},
};
use crate::{Absent, Estimate, distribution::normal};

/// Below this a probability is computed by its logarithm.
const SMALL: f64 = 1e-9;

/// A control's and a treatment's posterior.
pub(super) struct Pair {
    pub(super) control: Law,
    pub(super) treatment: Law,
    /// The control's table and the treatment's.
    pub(super) tabled: [Tabled; 2],
    quick: OnceCell<Option<Quick>>,
}

struct Quick {
    nodes: Nodes,
    /// Whether the nodes are the control's and the table the treatment's.
    nodes_are_control: bool,
    control_centre: f64,
    /// What the rule with every other node may differ by.
    allowed: f64,
}

/// How f·C + s divides the treatment's probability.
struct Divided {
    /// P(T > f·C + s).
    above: f64,
    /// P(T ≤ f·C + s).
    below: f64,
    /// The densities of T − f·C at s and of T / C at f, if the nodes sufficed.
    densities: Option<[f64; 2]>,
}

impl Divided {
    fn smaller(&self) -> f64 {
        self.above.min(self.below)
    }
}

/// The trapezoid rule of one posterior.
pub(super) struct Nodes {
    /// The values, ascending, with their shares of the probability, which add up to 1.
    pub(super) nodes: Vec<(Point, f64)>,
}

/// Sums over the rule, and over every other node.
#[derive(Default)]
struct Sums {
    lower: [f64; 2],
    upper: [f64; 2],
    density: f64,
    moment: f64,
}

impl Pair {
    pub(super) fn new(control: Law, treatment: Law) -> Self {
        Self {
            control,
            treatment,
            tabled: [Tabled::new(control), Tabled::new(treatment)],
            quick: OnceCell::new(),
        }
    }

    /// The nodes of the narrower posterior with the table of the other.
    fn quick(&self) -> Option<(&Quick, &Table)> {
        let quick = self.quick.get_or_init(|| Quick::new(self.control, self.treatment)).as_ref()?;
        let table = self.tabled[usize::from(quick.nodes_are_control)].table()?;
        Some((quick, table))
    }

    /// Absolute error below 1e-12. None where there is no table.
    fn by_table(&self, factor: f64, shift: f64) -> Option<Divided> {
        let (quick, table) = self.quick()?;
        let above = self.above(factor, shift);
        quick.exceeds(table, factor, shift, above).or_else(|| self.between_nodes(quick, table, factor, shift))
    }

    /// The same integral, adaptive: where the wider law has a corner among the nodes.
    fn between_nodes(&self, quick: &Quick, table: &Table, factor: f64, shift: f64) -> Option<Divided> {
        let (narrow, wide) = if quick.nodes_are_control {
            (self.control, self.treatment)
        } else {
            (self.treatment, self.control)
        };
        let above = self.above(factor, shift);
        let as_it_is = shift == 0.0 && factor.to_bits() == 1_f64.to_bits();
        let read =
            |u: f64| table.look_up(quick.onto_wide(Point::of(narrow, u), factor, shift, above, as_it_is));
        let (down, up) = (narrow.reach(DEPTH, false), narrow.reach(DEPTH, true));
        let back = |value: f64| {
            let value =
                if quick.nodes_are_control { (value - shift) / factor } else { factor * value + shift };
            narrow.place(value - narrow.centre())
        };
        let mut breaks = vec![-down, 0.0, up, back(wide.centre()), back(0.0), back(1.0)];
        for far in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0] {
            breaks.extend([-far * narrow.width(), far * narrow.width()]);
        }
        breaks.retain(|u| *u >= -down && *u <= up);
        breaks.sort_by(f64::total_cmp);
        let peak = libm::exp(narrow.ln_peak());
        let of = |side: fn(Read) -> f64| {
            integral::integrate(|u| side(read(u)) * libm::exp(-narrow.drop(u)), &breaks, 1e-12)
                .map(|integral| peak * integral)
        };
        let (upper, lower) = (of(|read| read.upper)?, of(|read| read.lower)?);
        let (above, below) = if quick.nodes_are_control { (upper, lower) } else { (lower, upper) };
        Some(Divided { above, below, densities: None })
    }

    /// P(T > f·C + s) and P(T ≤ f·C + s) with an absolute error below 1e-12.
    pub(super) fn tails(&self, factor: f64, shift: f64) -> Estimate<(f64, f64)> {
        let is_closed = matches!((self.control, self.treatment), (Law::Normal { .. }, Law::Normal { .. }));
        if !is_closed && let Some(divided) = self.by_table(factor, shift) {
            return Ok((divided.above, divided.below));
        }
        self.exceeds(factor, shift).map(|chance| (chance.p, chance.complement))
    }

    /// The tails of the control and of the treatment, for adaptive integrals.
    fn control_tails(&self, place: f64) -> (f64, f64) {
        self.tabled[0].ln_tails(place)
    }

    fn treatment_tails(&self, place: f64) -> (f64, f64) {
        self.tabled[1].ln_tails(place)
    }

    /// P(T > factor·C + shift), for factor > 0.
    pub(super) fn exceeds(&self, factor: f64, shift: f64) -> Estimate<Chance> {
        match (self.control, self.treatment) {
            (Law::Normal { deviation: c, .. }, Law::Normal { deviation: t, .. }) => {
                let z = self.above(factor, shift) / libm::hypot(t, factor * c);
                return Chance::from_ln(normal::ln_sf(z), normal::ln_sf(-z));
            }
            (Law::Gamma { shape: c, .. }, Law::Gamma { shape: t, .. }) if shift == 0.0 => {
                let (lower, upper) = Law::Beta { a: c, b: t }.ln_tails(self.balance(factor));
                return Chance::from_ln(lower, upper);
            }
            _ => {}
        }
        if let Some(divided) = self.by_table(factor, shift)
            && divided.smaller() > SMALL
        {
            return Ok(Chance::from_both(divided.above, divided.below));
        }
        let ln = |of: fn((f64, f64)) -> f64| {
            integral::ln_integral(
                |u| {
                    of(self.treatment_tails(self.control.onto(self.treatment, u, factor, shift)))
                        - self.control.drop(u)
                },
                &seeds(self.control, self.treatment, factor, shift),
                DEPTH,
            )
            .map(|ln| ln + self.control.ln_peak())
            .ok_or(Absent::NotConverged)
        };
        Chance::from_ln(ln(|tails| tails.1)?, ln(|tails| tails.0)?)
    }

    /// E[(T − C)⁺] and E[(C − T)⁺].
    pub(super) fn losses(&self) -> Estimate<(f64, f64)> {
        if [self.control, self.treatment]
            .iter()
            .any(|law| matches!(law, Law::StudentsT { df, .. } if *df <= 1.0))
        {
            return Err(Absent::InfiniteMoment);
        }
        if let (Law::Normal { deviation: c, .. }, Law::Normal { deviation: t, .. }) =
            (self.control, self.treatment)
        {
            return normal_losses(-self.above(1.0, 0.0), libm::hypot(c, t));
        }
        if let Some((quick, table)) = self.quick()
            && let Some(losses) = quick.losses(table, self.above(1.0, 0.0))
        {
            return Ok(losses);
        }
        // ∫ P(one ≤ x)·P(other > x) dx over the line of the law with the larger support.
        let on_control = support(self.control) >= support(self.treatment);
        let ln = |treatment_above: bool| {
            let tails = |u: f64| {
                if on_control {
                    let onto = self.control.onto(self.treatment, u, 1.0, 0.0);
                    (self.control_tails(u), self.treatment_tails(onto), self.control.ln_stretch(u))
                } else {
                    let onto = self.treatment.onto(self.control, u, 1.0, 0.0);
                    (self.control_tails(onto), self.treatment_tails(u), self.treatment.ln_stretch(u))
                }
            };
            let seeds = if on_control {
                seeds(self.control, self.treatment, 1.0, 0.0)
            } else {
                seeds(self.treatment, self.control, 1.0, 0.0)
            };
            integral::ln_integral(
                |u| {
                    let (control, treatment, stretch) = tails(u);
                    stretch + if treatment_above { control.0 + treatment.1 } else { control.1 + treatment.0 }
                },
                &seeds,
                DEPTH,
            )
            .map(libm::exp)
            .filter(|loss| loss.is_finite())
            .ok_or(Absent::NotConverged)
        };
        Ok((ln(true)?, ln(false)?))
    }

    /// The shift d with P(T > C + d) = tail (with P(T ≤ C + d) = tail, if not `upper`).
    pub(super) fn difference_quantile(&self, tail: f64, upper: bool) -> Estimate<f64> {
        let side = if upper { 1.0 } else { -1.0 };
        let z = normal::isf(tail).ok_or(Absent::OutOfRange)?;
        let (c, t) = (self.control.spread(), self.treatment.spread());
        let spread = libm::hypot(c, t);
        let mean = -self.above(1.0, 0.0);
        if matches!((self.control, self.treatment), (Law::Normal { .. }, Law::Normal { .. })) {
            return crate::estimate::finite(mean + side * z * spread);
        }
        let (c, t) = (c / spread, t / spread);
        let skewness = self.treatment.skewness() * t * t * t - self.control.skewness() * c * c * c;
        let start = mean + spread * (side * z + skewness * (z * z - 1.0) / 6.0);
        solve(Start { middle: mean, at: start, width: 0.5 * spread }, tail, upper, |d| {
            match self.by_table(1.0, d) {
                Some(divided) if divided.smaller() > SMALL => {
                    Ok((divided.above, divided.below, divided.densities.map(|densities| densities[0])))
                }
                _ => self.exceeds(1.0, d).map(|chance| (chance.p, chance.complement, None)),
            }
        })
    }

    /// The ratio r with P(T > r·C) = tail (with P(T ≤ r·C) = tail, if not `upper`), the control being positive.
    pub(super) fn ratio_quantile(&self, tail: f64, upper: bool) -> Estimate<f64> {
        let side = if upper { 1.0 } else { -1.0 };
        let z = side * normal::isf(tail).ok_or(Absent::OutOfRange)?;
        let (c, t) = (self.control.centre(), self.treatment.centre());
        let (relative_c, relative_t) = (self.control.spread() / c, self.treatment.spread() / t);
        if let (Law::Normal { .. }, Law::Normal { .. }) = (self.control, self.treatment) {
            // The root of m_t − r·m_c = −z·√(σ_t² + r²·σ_c²), as Fieller's.
            let zc = z * relative_c;
            let zt = z * self.treatment.spread() / c;
            let rest = (1.0 - zc) * (1.0 + zc);
            if rest.is_nan() || rest <= 0.0 {
                return Err(Absent::LiftUnbounded);
            }
            let half_width = libm::hypot(rest.sqrt() * zt, t / c * zc);
            return crate::estimate::finite((t / c + side.copysign(z) * half_width) / rest);
        }
        let positive = |law| support(law) <= support(Law::Gamma { shape: 1.0, rate: 1.0 });
        if positive(self.treatment) && positive(self.control) {
            let middle = libm::log(t / c);
            let start = middle
                + 0.5 * (relative_c * relative_c - relative_t * relative_t).clamp(-1.0, 1.0)
                + z * libm::hypot(relative_c, relative_t);
            let width = 0.5 * libm::hypot(relative_c, relative_t);
            return solve(Start { middle, at: start, width }, tail, upper, |ln| {
                let ratio = libm::exp(ln);
                self.ratio_tails(ratio).map(|(above, below, slope)| (above, below, slope.map(|s| s * ratio)))
            })
            .map(libm::exp);
        }
        let width = libm::hypot(self.control.spread() * (t / c), self.treatment.spread()) / c;
        let start = Start { middle: t / c, at: t / c + z * width, width: 0.5 * width };
        solve(start, tail, upper, |ratio| {
            if ratio > 0.0 {
                self.ratio_tails(ratio)
            } else {
                self.exceeds_nonpositive(ratio).map(|chance| (chance.p, chance.complement, None))
            }
        })
    }

    /// P(T > r·C), P(T ≤ r·C) and the density of the ratio.
    fn ratio_tails(&self, ratio: f64) -> Estimate<(f64, f64, Option<f64>)> {
        match self.by_table(ratio, 0.0) {
            Some(divided) if divided.smaller() > SMALL => {
                Ok((divided.above, divided.below, divided.densities.map(|densities| densities[1])))
            }
            _ => self.exceeds(ratio, 0.0).map(|chance| (chance.p, chance.complement, None)),
        }
    }

    /// P(T > r·C) for r ≤ 0, the control being positive.
    pub(super) fn exceeds_nonpositive(&self, ratio: f64) -> Estimate<Chance> {
        if matches!(self.treatment, Law::Beta { .. } | Law::Gamma { .. })
            && matches!(self.control, Law::Beta { .. } | Law::Gamma { .. })
        {
            return Err(Absent::OutOfRange);
        }
        if let (Law::Normal { deviation: c, .. }, Law::Normal { deviation: t, .. }) =
            (self.control, self.treatment)
        {
            let z = self.above(ratio, 0.0) / libm::hypot(t, ratio * c);
            return Chance::from_ln(normal::ln_sf(z), normal::ln_sf(-z));
        }
        let onto = |u: f64| {
            let x = self.control.centre() + self.control.offset(u);
            self.treatment.place(ratio * x - self.treatment.centre())
        };
        let ln = |of: fn((f64, f64)) -> f64| {
            let near = if ratio < 0.0 {
                self.control.place(self.treatment.centre() / ratio - self.control.centre())
            } else {
                0.0
            };
            let seeds = [
                Seed { place: 0.0, width: self.control.width() },
                Seed { place: near, width: self.control.width() },
            ];
            integral::ln_integral(|u| of(self.treatment_tails(onto(u))) - self.control.drop(u), &seeds, DEPTH)
                .map(|ln| ln + self.control.ln_peak())
                .ok_or(Absent::NotConverged)
        };
        Chance::from_ln(ln(|tails| tails.1)?, ln(|tails| tails.0)?)
    }

    /// factor·(control's centre) + shift − (treatment's centre).
    fn above(&self, factor: f64, shift: f64) -> f64 {
        (factor * self.control.centre() - self.treatment.centre()) + shift
    }

    /// ln(treatment's centre / (factor · control's centre)).
    fn balance(&self, factor: f64) -> f64 {
        let (control, treatment) = (factor * self.control.centre(), self.treatment.centre());
        let apart = (treatment - control) / control;
        if apart.abs() < 0.5 { libm::log1p(apart) } else { libm::log(treatment / control) }
    }
}

/// Where an integrand on the first law's line, with the other's value factor·x + shift, may have its peaks.
fn seeds(law: Law, other: Law, factor: f64, shift: f64) -> Vec<Seed> {
    let back = |value: f64| law.place((value - shift) / factor - law.centre());
    let place = back(other.centre());
    let width = other.spread() / factor / law.stretch(place);
    let mut seeds = vec![
        Seed { place: 0.0, width: law.width() },
        Seed { place, width: if width > 0.0 && width.is_finite() { width } else { law.width() } },
    ];
    // Where the other's support begins and ends, if it is moved: beyond, the integrand may be nothing.
    if shift != 0.0 || factor.to_bits() != 1_f64.to_bits() {
        let ends: &[f64] = match other {
            Law::Beta { .. } => &[0.0, 1.0],
            Law::Gamma { .. } => &[0.0],
            Law::Normal { .. } | Law::StudentsT { .. } => &[],
        };
        seeds.extend(ends.iter().map(|&end| Seed { place: back(end), width: law.width() }));
    }
    seeds
}

/// The larger, the more values a law can have.
pub(super) fn support(law: Law) -> u8 {
    match law {
        Law::Beta { .. } => 0,
        Law::Gamma { .. } => 1,
        Law::Normal { .. } => 2,
        Law::StudentsT { .. } => 3,
    }
}

/// E[X⁺] and E[X⁻] of a normal X: the losses of the control and of the treatment.
pub(super) fn normal_losses(mean: f64, deviation: f64) -> Estimate<(f64, f64)> {
    let z = mean / deviation;
    let small = deviation * unit_loss(z.abs());
    let large = small + mean.abs();
    let losses = if mean >= 0.0 { (large, small) } else { (small, large) };
    if losses.0.is_finite() && losses.1.is_finite() { Ok(losses) } else { Err(Absent::OutOfRange) }
}

/// φ(z) − z·P(Z > z) for z ≥ 0, without cancelling far out: there by the asymptotic series of Mills' ratio (Abramowitz
/// & Stegun 1964, 26.2.12), whose first omitted term is below 1e-13 of it from 25 on.
fn unit_loss(z: f64) -> f64 {
    let density = libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
    if z < 25.0 {
        return density - z * normal::sf(z);
    }
    let w = 1.0 / (z * z);
    let series = (0..9).rev().fold(1.0, |sum, k| 1.0 - f64::from(2 * k + 3) * w * sum);
    density * w * series
}

impl Nodes {
    /// The rule for a law; none if it needs more than 1,000 nodes.
    pub(super) fn of(law: Law, step: f64) -> Option<Self> {
        let depth = 40.0;
        let (down, up) = (law.reach(depth, false), law.reach(depth, true));
        let (first, last) = ((-down / step).ceil(), (up / step).floor());
        if last - first > 1_000.0 || (last - first).is_nan() {
            return None;
        }
        let scale = step * libm::exp(law.ln_peak());
        let mut nodes = Vec::new();
        let mut i = first;
        while i <= last {
            nodes.push((Point::of(law, step * i), scale * libm::exp(-law.drop(step * i))));
            i += 1.0;
        }
        Some(Self { nodes })
    }
}

impl Quick {
    fn new(control: Law, treatment: Law) -> Option<Self> {
        let nodes_are_control = control.spread() <= treatment.spread();
        let (narrow, wide) = if nodes_are_control { (control, treatment) } else { (treatment, control) };
        // Of the trapezoid rule for a normal density and a distribution at least as wide, the error with half the step is
        // the fourth power. Of small shapes, whose tails the nodes may be too far apart to see, both must agree.
        let (step, allowed) = match narrow.least_shape().min(wide.least_shape()) {
            shape if shape >= REGULAR => (0.5, 1e-3),
            shape if shape >= 5.0 => (0.2, 1e-9),
            _ => (0.125, 1e-9),
        };
        let nodes = Nodes::of(narrow, step * narrow.width())?;
        Some(Self { nodes, nodes_are_control, control_centre: control.centre(), allowed })
    }

    /// P(T > f·C + s), P(T ≤ f·C + s), the density of T − f·C at s, and that of T / C at f.
    fn exceeds(&self, table: &Table, factor: f64, shift: f64, above: f64) -> Option<Divided> {
        let (mut sums, mut hint) = (Sums::default(), 0);
        let as_it_is = shift == 0.0 && factor.to_bits() == 1_f64.to_bits();
        for (i, &(point, weight)) in self.nodes.nodes.iter().enumerate() {
            let onto = self.onto_wide(point, factor, shift, above, as_it_is);
            let read = table.read(onto, &mut hint);
            let even = if i % 2 == 0 { 2.0 * weight } else { 0.0 };
            sums.lower[0] += weight * read.lower;
            sums.upper[0] += weight * read.upper;
            sums.lower[1] += even * read.lower;
            sums.upper[1] += even * read.upper;
            let density = weight * read.density / read.unit;
            sums.density += density;
            sums.moment += density * if self.nodes_are_control { point.offset } else { onto.offset };
        }
        let close = |sum: [f64; 2]| (sum[0] - sum[1]).abs() <= self.allowed * sum[0];
        if !(close(sums.lower) && close(sums.upper)) {
            return None;
        }
        // With the treatment's nodes: C < (T − s) / f.
        let moment = sums.moment + sums.density * self.control_centre;
        Some(if self.nodes_are_control {
            Divided { above: sums.upper[0], below: sums.lower[0], densities: Some([sums.density, moment]) }
        } else {
            Divided {
                above: sums.lower[0],
                below: sums.upper[0],
                densities: Some([sums.density / factor, moment / factor]),
            }
        })
    }

    /// A value of the narrower posterior as the value of the wider one that it is compared with.
    fn onto_wide(&self, point: Point, factor: f64, shift: f64, above: f64, as_it_is: bool) -> Point {
        let (offset, value) = if self.nodes_are_control {
            (factor * point.offset + above, factor * point.value + shift)
        } else {
            ((point.offset - above) / factor, (point.value - shift) / factor)
        };
        Point { offset, value, rest: if as_it_is { point.rest } else { 1.0 - value } }
    }

    fn losses(&self, table: &Table, above: f64) -> Option<(f64, f64)> {
        let (mut high, mut low, mut hint) = ([0.0; 2], [0.0; 2], 0);
        let (mut upper, mut lower) = (0.0, 0.0);
        for (i, &(point, weight)) in self.nodes.nodes.iter().enumerate() {
            let offset = if self.nodes_are_control { point.offset + above } else { point.offset - above };
            let point = Point { offset, ..point };
            let read = table.read(point, &mut hint);
            let (table_above, table_below) = table.partial_means(point, &read);
            let even = if i % 2 == 0 { 2.0 * weight } else { 0.0 };
            high[0] += weight * table_above;
            low[0] += weight * table_below;
            high[1] += even * table_above;
            low[1] += even * table_below;
            upper += weight * read.upper;
            lower += weight * read.lower;
        }
        let close = |sum: [f64; 2]| (sum[0] - sum[1]).abs() <= self.allowed * sum[0];
        if !(close(high) && close(low) && upper.min(lower) > SMALL) {
            return None;
        }
        Some(if self.nodes_are_control { (high[0], low[0]) } else { (low[0], high[0]) })
    }
}
