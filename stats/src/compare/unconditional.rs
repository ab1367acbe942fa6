//! Exact tests of two rates that do not condition on the total of successes: Barnard's and Boschloo's.

use serde::Serialize;

use super::{
    binomial_test::reversed,
    fisher_test,
    lattice::{Binomial, LogConcave},
};
use crate::{Absent, Alternative, Estimate, Proportion, estimate::finite, moments::count};

/// As many tables of two variants are gone through: 3,162 units in each, a quarter of a second.
const MOST_TABLES: u64 = 10_000_000;

/// Statistics within this of each other, relatively, are ties: they are equal but for rounding.
const SAME: f64 = 1e-9;

/// Which statistic orders the tables in Barnard's test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarnardStatistic {
    /// z with the pooled variance (the default): the score statistic.
    #[default]
    Pooled,
    /// z with each variant's own variance (Wald's).
    Unpooled,
}

/// The result of an unconditional exact test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct UnconditionalTest {
    /// What the test holds against "no difference".
    pub alternative: Alternative,
    /// Barnard's z (positive where the treatment's rate is the larger one; none where it is infinite), or Boschloo's
    /// one-sided p value of Fisher's test.
    pub statistic: Option<f64>,
    /// The largest probability, over all common rates, of a table as extreme or more; in (0, 1\]. Never above the level
    /// more often than the level says.
    pub p: f64,
    /// The natural logarithm of p; finite, at most 0.
    pub ln_p: f64,
    /// The common rate at which it is the largest, in [0, 1].
    pub nuisance: f64,
}

/// Barnard's unconditional exact test of two rates.
///
/// ```text
/// p = max over π of Σ B(i; n_t, π)·B(j; n_c, π) over all tables (i, j) with z(i, j) as extreme as observed
/// ```
///
/// Extreme is z ≥ z₀, z ≤ z₀ or, two-sided, |z| ≥ |z₀|; the order is that of a z statistic as in scipy's `barnard_exact`,
/// not of Barnard's own construction. The maximum is sought on a grid over arcsin√π and refined to about 1e-10. More
/// powerful than Fisher's test, which conditions on the successes of both variants; for small tables.
///
/// Source: Barnard (1947), "Significance tests for 2 × 2 tables", Biometrika 34(1–2); Suissa & Shuster (1985), "Exact
/// unconditional sample sizes for the 2 × 2 binomial trial", JRSS A 148(4).
///
/// # Errors
///
/// [`Absent::NoUnits`]; [`Absent::EmptyTable`] if all or none of the units have the outcome; [`Absent::TooManyUnits`]
/// for more than ten million possible tables; [`Absent::OutOfRange`] if p is below the smallest float.
///
/// ```
/// use edgewise_stats::{Alternative, Proportion, compare::{BarnardStatistic, barnard_test}};
///
/// // Mehta & Senchaudhuri (2003): 7 of 15 vaccinated, 12 of 15 not: z = −1.894, p = 0.0341 one-sided.
/// let (placebo, vaccine) = (Proportion::new(12, 15)?, Proportion::new(7, 15)?);
/// let test = barnard_test(&placebo, &vaccine, BarnardStatistic::Pooled, Alternative::Less)?;
/// assert!((test.p - 0.0341).abs() < 5e-5 && test.statistic.is_some_and(|z| (z - -1.894).abs() < 1e-3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn barnard_test(
    control: &Proportion,
    treatment: &Proportion,
    statistic: BarnardStatistic,
    alternative: Alternative,
) -> Estimate<UnconditionalTest> {
    let sizes = Sizes::of(control, treatment)?;
    let (n_t, n_c) = (count(treatment.n()), count(control.n()));
    let z = |i: u64, j: u64| {
        if i * control.n() == j * treatment.n() {
            return 0.0;
        }
        let (i, j) = (count(i), count(j));
        let difference = i / n_t - j / n_c;
        let spread = |p: f64, n: f64| p * (1.0 - p) / n;
        let variance = match statistic {
            BarnardStatistic::Pooled => {
                let pooled = (i + j) / (n_t + n_c);
                spread(pooled, n_t) + spread(pooled, n_c)
            }
            BarnardStatistic::Unpooled => spread(i / n_t, n_t) + spread(j / n_c, n_c),
        };
        difference / variance.max(0.0).sqrt()
    };
    let observed = z(treatment.successes(), control.successes());
    let extreme = |z: f64| match alternative {
        Alternative::Greater => at_least(z, observed),
        Alternative::Less => at_least(-z, -observed),
        Alternative::TwoSided => at_least(z.abs(), observed.abs()),
    };
    let region = Region::new(sizes, |i, j| extreme(z(i, j)));
    let (p, nuisance) = region.largest();
    UnconditionalTest::new(alternative, finite(observed).ok(), p, nuisance)
}

/// An unconditional exact test of two rates that is ordered by any statistic.
///
/// `statistic` takes the successes of control and treatment and is the larger, the more the treatment's rate seems to be
/// the larger one; it is compared as it is, so that tables which ought to be ties must have the very same number (those of
/// [`barnard_test`] are compared to nine digits instead: scipy 1.17 loses ties to rounding). NaN is never extreme.
///
/// # Errors
///
/// Those of [`barnard_test`].
///
/// ```
/// use edgewise_stats::{Alternative, Proportion, compare::{barnard_test, unconditional_test}};
///
/// // Ordered by the difference of the rates, as Santner and Snell (1980) do.
/// let (control, treatment) = (Proportion::new(2, 12)?, Proportion::new(8, 12)?);
/// let by_difference = |c: u64, t: u64| t as f64 - c as f64;
/// let test = unconditional_test(&control, &treatment, by_difference, Alternative::Greater)?;
/// assert!(test.p > 0.005 && test.p < 0.02 && test.statistic == Some(6.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn unconditional_test(
    control: &Proportion,
    treatment: &Proportion,
    statistic: impl Fn(u64, u64) -> f64,
    alternative: Alternative,
) -> Estimate<UnconditionalTest> {
    let sizes = Sizes::of(control, treatment)?;
    let observed = statistic(control.successes(), treatment.successes());
    let extreme = |i: u64, j: u64| {
        let statistic = statistic(j, i);
        match alternative {
            Alternative::Greater => statistic >= observed,
            Alternative::Less => statistic <= observed,
            Alternative::TwoSided => statistic.abs() >= observed.abs(),
        }
    };
    let (p, nuisance) = Region::new(sizes, extreme).largest();
    UnconditionalTest::new(alternative, finite(observed).ok(), p, nuisance)
}

/// Boschloo's unconditional exact test of two rates: Fisher's p value is the statistic.
///
/// ```text
/// p = max over π of Σ B(i; n_t, π)·B(j; n_c, π) over all tables (i, j) whose one-sided Fisher p is at most that observed
/// ```
///
/// Never larger than Fisher's one-sided p. Two-sided it is twice the smaller one-sided p, at most 1, as in scipy's
/// `boschloo_exact`. For small tables; the maximum as in [`barnard_test`].
///
/// Source: Boschloo (1970), "Raised conditional level of significance for the 2 × 2-table when testing the equality of two
/// probabilities", Statistica Neerlandica 24(1).
///
/// # Errors
///
/// Those of [`barnard_test`].
///
/// ```
/// use edgewise_stats::{Alternative, Proportion, compare::boschloo_test};
///
/// // Saari et al. (2004), in scipy's documentation: 74 of 117 against 31 of 63: p = 0.03556, Fisher 0.0483.
/// let (scientists, professors) = (Proportion::new(31, 63)?, Proportion::new(74, 117)?);
/// let test = boschloo_test(&scientists, &professors, Alternative::Greater)?;
/// assert!((test.p - 0.035_56).abs() < 5e-6 && test.statistic.is_some_and(|p| (p - 0.0483).abs() < 5e-5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn boschloo_test(
    control: &Proportion,
    treatment: &Proportion,
    alternative: Alternative,
) -> Estimate<UnconditionalTest> {
    match alternative {
        Alternative::Greater => one_sided_boschloo(control, treatment),
        Alternative::Less => {
            // The other arm is the larger one.
            let test = one_sided_boschloo(treatment, control)?;
            Ok(UnconditionalTest { alternative, ..test })
        }
        Alternative::TwoSided => {
            let sides = [Alternative::Greater, reversed(Alternative::Greater)];
            let [greater, less] = sides.map(|side| boschloo_test(control, treatment, side));
            let (greater, less) = (greater?, less?);
            let smaller = if greater.p < less.p { greater } else { less };
            UnconditionalTest::new(
                alternative,
                smaller.statistic,
                (2.0 * smaller.p).min(1.0),
                smaller.nuisance,
            )
        }
    }
}

fn one_sided_boschloo(control: &Proportion, treatment: &Proportion) -> Estimate<UnconditionalTest> {
    let sizes = Sizes::of(control, treatment)?;
    let observed = fisher_test(control, treatment, Alternative::Greater)?;
    let extreme = |i: u64, j: u64| -> bool {
        let table = Proportion::new(j, control.n())
            .and_then(|control| Ok((control, Proportion::new(i, treatment.n())?)));
        table.is_ok_and(|(control, treatment)| {
            // Tables with all or none of the outcomes have a p value of 1.
            let ln_p = fisher_test(&control, &treatment, Alternative::Greater).map_or(0.0, |test| test.ln_p);
            ln_p <= observed.ln_p + SAME
        })
    };
    // Fisher's p value falls in i and rises in j: in each row the extreme tables are the first, ever more of them.
    let mut ends = Vec::new();
    let mut end = 0;
    for i in 0..=treatment.n() {
        while end <= control.n() && extreme(i, end) {
            end += 1;
        }
        ends.push(end);
    }
    let region = Region { sizes, rows: ends.iter().map(|&end| vec![(0, index(end))]).collect() };
    let (p, nuisance) = region.largest();
    UnconditionalTest::new(Alternative::Greater, Some(observed.p), p, nuisance)
}

impl UnconditionalTest {
    fn new(alternative: Alternative, statistic: Option<f64>, p: f64, nuisance: f64) -> Estimate<Self> {
        let p = p.min(1.0);
        if p > 0.0 {
            Ok(Self { alternative, statistic, p, ln_p: libm::log(p), nuisance })
        } else {
            Err(Absent::OutOfRange)
        }
    }
}

/// Whether a statistic is at least another, or tied with it.
fn at_least(one: f64, other: f64) -> bool {
    one >= other || (one - other).abs() <= SAME * other.abs()
}

/// How many units both variants have: few enough.
#[derive(Clone, Copy)]
struct Sizes {
    treatment: u64,
    control: u64,
}

impl Sizes {
    fn of(control: &Proportion, treatment: &Proportion) -> Estimate<Self> {
        if control.n() == 0 || treatment.n() == 0 {
            return Err(Absent::NoUnits);
        }
        let tables = control.n().saturating_add(1).saturating_mul(treatment.n().saturating_add(1));
        if tables > MOST_TABLES {
            return Err(Absent::TooManyUnits);
        }
        let both = control.merge(treatment);
        if both.successes() == 0 || both.failures() == 0 {
            return Err(Absent::EmptyTable);
        }
        Ok(Self { treatment: treatment.n(), control: control.n() })
    }
}

/// The extreme tables: for each number of successes of the treatment, ranges of that of the control (the end excluded).
struct Region {
    sizes: Sizes,
    rows: Vec<Vec<(usize, usize)>>,
}

impl Region {
    fn new(sizes: Sizes, extreme: impl Fn(u64, u64) -> bool) -> Self {
        let row = |i: u64| {
            let mut ranges = Vec::new();
            let mut start = None;
            for j in 0..=sizes.control {
                match (extreme(i, j), start) {
                    (true, None) => start = Some(index(j)),
                    (false, Some(from)) => {
                        ranges.push((from, index(j)));
                        start = None;
                    }
                    _ => {}
                }
            }
            ranges.extend(start.map(|from| (from, index(sizes.control) + 1)));
            ranges
        };
        Self { sizes, rows: (0..=sizes.treatment).map(row).collect() }
    }

    /// The probability of the region at a common rate strictly between 0 and 1.
    fn probability(&self, rate: f64) -> f64 {
        let treatment = masses(self.sizes.treatment, rate);
        let control = masses(self.sizes.control, rate);
        // Sums from either end, so that small ones do not cancel: a range that begins at 0 or ends at n is the rule.
        let mut below = vec![0.0; control.len() + 1];
        let mut above = vec![0.0; control.len() + 1];
        for j in 0..control.len() {
            below[j + 1] = below[j] + control[j];
            let back = control.len() - 1 - j;
            above[back] = above[back + 1] + control[back];
        }
        let range = |&(from, to): &(usize, usize)| {
            if from == 0 {
                below[to]
            } else if to == control.len() {
                above[from]
            } else {
                control[from..to].iter().sum()
            }
        };
        self.rows
            .iter()
            .zip(&treatment)
            .map(|(ranges, mass)| mass * ranges.iter().map(range).sum::<f64>())
            .sum()
    }

    /// The largest probability and its rate.
    fn largest(&self) -> (f64, f64) {
        // The tables' own scale is 1/√n in the angle arcsin√π.
        let points = 200 + 8 * index((self.sizes.treatment + self.sizes.control).isqrt());
        #[expect(clippy::cast_precision_loss, reason = "points are few")]
        let angle = |point: usize| std::f64::consts::FRAC_PI_2 * (point as f64 + 0.5) / points as f64;
        let at = |angle: f64| {
            let sine = libm::sin(angle);
            self.probability(sine * sine)
        };
        let grid: Vec<f64> = (0..points).map(|point| at(angle(point))).collect();
        let top = grid.iter().copied().fold(0.0, f64::max);
        let mut best = (0.0, 0.5);
        for point in 0..points {
            let left = if point == 0 { 0.0 } else { grid[point - 1] };
            let right = grid.get(point + 1).copied().unwrap_or(0.0);
            if grid[point] >= left && grid[point] >= right && grid[point] >= 0.95 * top {
                let low = if point == 0 { 0.0 } else { angle(point - 1) };
                let high = if point + 1 == points { std::f64::consts::FRAC_PI_2 } else { angle(point + 1) };
                let (found, place) = golden(&at, low, high);
                if found > best.0 {
                    let sine = libm::sin(place);
                    best = (found, sine * sine);
                }
            }
        }
        best
    }
}

/// The largest value of a function with one maximum, and its place, by golden-section search. Source: Kiefer (1953).
fn golden(f: &impl Fn(f64) -> f64, low: f64, high: f64) -> (f64, f64) {
    let shrink = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (low, high);
    let (mut left, mut right) = (high - shrink * (high - low), low + shrink * (high - low));
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..30 {
        if at_left < at_right {
            (low, left, at_left) = (left, right, at_right);
            right = low + shrink * (high - low);
            at_right = f(right);
        } else {
            (high, right, at_right) = (right, left, at_left);
            left = high - shrink * (high - low);
            at_left = f(left);
        }
    }
    if at_left < at_right { (at_right, right) } else { (at_left, left) }
}

/// The probabilities of 0 to n successes.
fn masses(n: u64, rate: f64) -> Vec<f64> {
    let rate = rate.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON);
    let law = Binomial::new(n, rate);
    let mut masses = vec![0.0; index(n) + 1];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and n")]
    let mode = law.mode() as usize;
    masses[mode] = libm::exp(law.ln_mass(law.mode()));
    #[expect(clippy::cast_precision_loss, reason = "few units")]
    for k in mode..index(n) {
        masses[k + 1] = masses[k] * law.ratio(k as f64);
    }
    #[expect(clippy::cast_precision_loss, reason = "few units")]
    for k in (0..mode).rev() {
        masses[k] = masses[k + 1] / law.ratio(k as f64);
    }
    masses
}

/// A count as a place; none is near the largest, because the tables are few.
fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX - 1)
}
