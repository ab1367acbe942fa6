//! Which of several posteriors is the best one?

use super::{
    chance::Chance,
    integral::{self, Seed},
    law::{DEPTH, Law},
    pair::{Nodes, Pair, support},
    posterior::Posterior,
    table::{Point, Table, Tabled},
    versus,
};
use crate::{Absent, Direction, Estimate};

/// Below this a probability is computed by its logarithm.
const SMALL: f64 = 1e-9;

/// For each of k ≥ 2 independent posteriors the probability that it is the best one, in the metric's direction.
///
/// ```text
/// P(i is best) = ∫ f_i(x) · Π_{j ≠ i} P(θ_j < x) dx      (P(θ_j > x) if lower is better)
/// ```
///
/// The probabilities add up to 1 within 1e-12; each has a relative error below 1e-9. For two it is
/// [`probability_better`](super::probability_better) and its complement. These are the allocation weights of Thompson
/// sampling: Scott (2010), "A modern Bayesian look at the multi-armed bandit", equation 4.
///
/// # Errors
///
/// [`Absent::TooFewArms`] below two; those of [`probability_better`](super::probability_better).
///
/// ```
/// use edgewise_stats::{Direction, bayes::{Posterior, probability_best}};
///
/// let arms = [Posterior::normal(0.0, 1.0)?, Posterior::normal(0.0, 1.0)?, Posterior::normal(0.0, 1.0)?];
/// for chance in probability_best(&arms, Direction::LowerIsBetter)? {
///     assert!((chance.p - 1.0 / 3.0).abs() < 1e-13);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn probability_best(arms: &[Posterior], direction: Direction) -> Estimate<Vec<Chance>> {
    if let [first, second] = arms {
        let second_better = versus::better(&Pair::new(first.law(), second.law()), direction)?;
        return Ok(vec![second_better.opposite(), second_better]);
    }
    let field = Field::new(arms, direction)?;
    let ln_best = (0..arms.len()).map(|i| field.ln_best(i)).collect::<Estimate<Vec<f64>>>()?;
    (0..arms.len())
        .map(|i| {
            // The complement is the sum of the others, so that both are accurate where either is small.
            let others = ln_best.iter().enumerate().filter(|(j, _)| *j != i);
            let highest = others.clone().map(|(_, ln)| *ln).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = others.map(|(_, ln)| libm::exp(ln - highest)).sum();
            let (p, complement) = (libm::exp(ln_best[i]), libm::exp(highest) * sum);
            if p.min(complement) > SMALL {
                Ok(Chance::from_both(p, complement))
            } else if p < complement {
                Chance::from_ln(ln_best[i], libm::log1p(-p))
            } else {
                Chance::from_ln(libm::log1p(-complement), highest + libm::log(sum))
            }
        })
        .collect()
}

/// For each of k ≥ 2 independent posteriors the probability that exactly one other is better.
///
/// ```text
/// P(i is second) = ∫ f_i(x) · Σ_{j ≠ i} P(θ_j > x) · Π_{l ≠ i, j} P(θ_l < x) dx
/// ```
///
/// (with < and > exchanged if lower is better). Absolute error below 1e-11.
///
/// # Errors
///
/// Those of [`probability_best`].
///
/// ```
/// use edgewise_stats::{Direction, bayes::{Posterior, probability_second_best}};
///
/// let arms = [Posterior::normal(0.0, 1.0)?, Posterior::normal(100.0, 1.0)?, Posterior::normal(50.0, 1.0)?];
/// let second = probability_second_best(&arms, Direction::HigherIsBetter)?;
/// assert!(second[2] > 1.0 - 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn probability_second_best(arms: &[Posterior], direction: Direction) -> Estimate<Vec<f64>> {
    let field = Field::new(arms, direction)?;
    (0..arms.len()).map(|i| field.second(i)).collect()
}

/// For each of k ≥ 2 posteriors what is lost, on average, by choosing it instead of the best.
///
/// ```text
/// E[max_j θ_j − θ_i] = ∫ P(θ_i ≤ x)·(1 − Π_{j ≠ i} P(θ_j ≤ x)) dx      (mirrored if lower is better)
/// ```
///
/// In the metric's unit, not negative; relative error below 1e-9.
///
/// # Errors
///
/// [`Absent::TooFewArms`] below two; those of [`expected_loss`](super::expected_loss).
///
/// ```
/// use edgewise_stats::{Direction, bayes::{Posterior, expected_regret}};
///
/// // The largest of three standard normal numbers is 3 / (2·√π) on average.
/// let arms = [Posterior::normal(0.0, 1.0)?, Posterior::normal(0.0, 1.0)?, Posterior::normal(0.0, 1.0)?];
/// let regret = expected_regret(&arms, Direction::HigherIsBetter)?;
/// assert!((regret[0] - 0.846_284_375_321_634_4).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn expected_regret(arms: &[Posterior], direction: Direction) -> Estimate<Vec<f64>> {
    if let [first, second] = arms {
        let loss = versus::loss(&Pair::new(first.law(), second.law()), direction)?;
        return Ok(vec![loss.choose_control, loss.choose_treatment]);
    }
    let field = Field::new(arms, direction)?;
    if field.laws.iter().any(|law| matches!(law, Law::StudentsT { df, .. } if *df <= 1.0)) {
        return Err(Absent::InfiniteMoment);
    }
    (0..arms.len()).map(|i| field.regret(i)).collect()
}

/// Several posteriors with their tables.
struct Field {
    laws: Vec<Law>,
    tabled: Vec<Tabled>,
    direction: Direction,
}

/// The probabilities that a competitor is worse and better than a value.
#[derive(Clone, Copy)]
struct Sides {
    worse: f64,
    better: f64,
}

impl Field {
    fn new(arms: &[Posterior], direction: Direction) -> Estimate<Self> {
        if arms.len() < 2 {
            return Err(Absent::TooFewArms);
        }
        let laws: Vec<Law> = arms.iter().map(Posterior::law).collect();
        let tabled = laws.iter().map(|&law| Tabled::new(law)).collect();
        Ok(Self { laws, tabled, direction })
    }

    fn sides(&self, (lower, upper): (f64, f64)) -> Sides {
        match self.direction {
            Direction::HigherIsBetter => Sides { worse: lower, better: upper },
            Direction::LowerIsBetter => Sides { worse: upper, better: lower },
        }
    }

    /// ln P(arm i is best).
    fn ln_best(&self, i: usize) -> Estimate<f64> {
        let all_worse = |sides: &mut dyn Iterator<Item = Sides>| sides.map(|sides| sides.worse).product();
        if let Some(p) = self.quick(i, all_worse).filter(|p| *p > SMALL) {
            return Ok(libm::log(p));
        }
        let law = self.laws[i];
        integral::ln_integral(
            |u| {
                let worse: f64 = self
                    .others(i)
                    .map(|other| self.sides(other.ln_tails(law.onto(other.law, u, 1.0, 0.0))).worse)
                    .sum();
                worse - law.drop(u)
            },
            &self.seeds(i),
            DEPTH,
        )
        .map(|ln| (ln + law.ln_peak()).min(0.0))
        .ok_or(Absent::NotConverged)
    }

    /// P(arm i is second).
    fn second(&self, i: usize) -> Estimate<f64> {
        let one_better = |sides: &mut dyn Iterator<Item = Sides>| {
            sides
                .fold((1.0, 0.0), |(none, one), sides| {
                    (none * sides.worse, one * sides.worse + none * sides.better)
                })
                .1
        };
        if let Some(p) = self.quick(i, one_better) {
            return Ok(p.clamp(0.0, 1.0));
        }
        let law = self.laws[i];
        let ln = integral::ln_integral(
            |u| {
                let mut sides = self.others(i).map(|other| {
                    let (lower, upper) = other.ln_tails(law.onto(other.law, u, 1.0, 0.0));
                    self.sides((libm::exp(lower), libm::exp(upper)))
                });
                libm::log(one_better(&mut sides)) - law.drop(u)
            },
            &self.seeds(i),
            DEPTH,
        );
        // Nothing is left of it within the range of floats.
        ln.map_or(Err(Absent::NotConverged), |ln| Ok(libm::exp(ln + law.ln_peak()).min(1.0)))
    }

    fn regret(&self, i: usize) -> Estimate<f64> {
        // Over the line of the law with the largest support.
        let line = (0..self.laws.len())
            .fold(i, |line, j| if support(self.laws[j]) > support(self.laws[line]) { j } else { line });
        let law = self.laws[line];
        let sides = |tabled: &Tabled, u: f64| self.sides(tabled.ln_tails(law.onto(tabled.law, u, 1.0, 0.0)));
        integral::ln_integral(
            |u| {
                let all_worse: f64 = self.others(i).map(|other| sides(other, u).worse).sum();
                let one_better = if all_worse > -1e-300 {
                    // ln(worse) has underflown; where it has, better is that small.
                    self.others(i).map(|other| sides(other, u).better).fold(f64::NEG_INFINITY, f64::max)
                } else {
                    libm::log(-libm::expm1(all_worse))
                };
                law.ln_stretch(u) + sides(&self.tabled[i], u).worse + one_better
            },
            &self.seeds(line),
            DEPTH,
        )
        .map(libm::exp)
        .filter(|regret| regret.is_finite())
        .ok_or(Absent::NotConverged)
    }

    /// Σ over the trapezoid rule of arm i, halving its step until every other node gives the same.
    fn quick(&self, i: usize, value: impl Fn(&mut dyn Iterator<Item = Sides>) -> f64) -> Option<f64> {
        let tables: Vec<(f64, &Table)> = self
            .others(i)
            .map(|other| Some((self.laws[i].centre() - other.law.centre(), other.table()?)))
            .collect::<Option<_>>()?;
        let mut hints = vec![0; tables.len()];
        let mut step = 0.3 * self.laws[i].width();
        for _ in 0..4 {
            let nodes = Nodes::of(self.laws[i], step)?;
            let (mut sum, mut even) = (0.0, 0.0);
            hints.fill(0);
            for (n, &(point, weight)) in nodes.nodes.iter().enumerate() {
                let mut sides = tables.iter().zip(&mut hints).map(|((apart, table), hint)| {
                    let read = table.read(Point { offset: point.offset + apart, ..point }, hint);
                    self.sides((read.lower, read.upper))
                });
                let term = weight * value(&mut sides);
                sum += term;
                if n % 2 == 0 {
                    even += 2.0 * term;
                }
            }
            if (sum - even).abs() <= 1e-9 * sum {
                return Some(sum);
            }
            step *= 0.5;
        }
        None
    }

    fn others(&self, i: usize) -> impl Iterator<Item = &Tabled> {
        self.tabled.iter().enumerate().filter(move |(j, _)| *j != i).map(|(_, tabled)| tabled)
    }

    fn seeds(&self, i: usize) -> Vec<Seed> {
        let law = self.laws[i];
        self.laws
            .iter()
            .map(|other| {
                let place = law.place(other.centre() - law.centre());
                let width = other.spread() / law.stretch(place);
                Seed { place, width: if width > 0.0 && width.is_finite() { width } else { law.width() } }
            })
            .collect()
    }
}
