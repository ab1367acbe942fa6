//! Upper confidence bounds.

use crate::{Absent, Direction, Estimate, moments::count, numeric::root::brent};

/// The UCB1 index of each arm: its mean plus how much it may be underrated.
///
/// ```text
/// x̄_i + √(2·ln n / n_i)      n = Σ n_i
/// ```
///
/// for values in [0, 1], as (mean, units). Where lower is better the values are turned over (1 − x). The next unit goes to
/// the arm with the highest index; an arm never tried has an infinite one. Source: Auer, Cesa-Bianchi & Fischer (2002),
/// "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 47, figure 1.
///
/// # Errors
///
/// [`Absent::TooFewArms`] below two; [`Absent::OutOfRange`] for a mean outside [0, 1].
///
/// ```
/// use edgewise_stats::{Direction, adapt::ucb1};
///
/// let index = ucb1(&[(0.5, 10), (0.4, 10)], Direction::HigherIsBetter)?;
/// assert!((index[0] - (0.5 + (2.0 * 20_f64.ln() / 10.0).sqrt())).abs() < 1e-15);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn ucb1(arms: &[(f64, u64)], direction: Direction) -> Estimate<Vec<f64>> {
    let (values, ln_n) = values(arms, direction)?;
    Ok(values
        .into_iter()
        .map(|(mean, units)| if units > 0.0 { mean + (2.0 * ln_n / units).sqrt() } else { f64::INFINITY })
        .collect())
}

/// The KL-UCB index of each arm: the largest rate that its data do not contradict.
///
/// ```text
/// max { q : n_i · d(x̄_i, q) ≤ ln n }      d(p, q) = p·ln(p/q) + (1 − p)·ln((1 − p)/(1 − q))
/// ```
///
/// for values in [0, 1], as (mean, units); sharper than [`ucb1`]. Without the term c·ln ln n, as its authors recommend in
/// practice. Where lower is better the values are turned over. Source: Garivier & Cappé (2011), "The KL-UCB Algorithm for
/// Bounded Stochastic Bandits and Beyond", COLT, section 2.
///
/// # Errors
///
/// Those of [`ucb1`].
///
/// ```
/// use edgewise_stats::{Direction, adapt::{kl_ucb, ucb1}};
///
/// let arms = [(0.02, 1_000), (0.03, 1_000)];
/// let index = kl_ucb(&arms, Direction::HigherIsBetter)?;
/// // 1000·d(0.02, q) = ln 2000
/// assert!((index[0] - 0.042_344).abs() < 1e-5 && index[0] < ucb1(&arms, Direction::HigherIsBetter)?[0]);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn kl_ucb(arms: &[(f64, u64)], direction: Direction) -> Estimate<Vec<f64>> {
    let (values, ln_n) = values(arms, direction)?;
    values
        .into_iter()
        .map(|(mean, units)| {
            if units == 0.0 {
                return Ok(f64::INFINITY);
            }
            let allowed = ln_n / units;
            if mean >= 1.0 || allowed <= 0.0 {
                return Ok(mean);
            }
            // By the distance to 1, which may be tiny: q = 1 − (1 − mean)·e^(−t). d grows without bound with t.
            let excess = |t: f64| {
                let rest = (1.0 - mean) * libm::exp(-t);
                let first = if mean > 0.0 { mean * (libm::log(mean) - libm::log1p(-rest)) } else { 0.0 };
                first + (1.0 - mean) * t - allowed
            };
            let mut high = 1.0;
            while excess(high) < 0.0 && high < 1e300 {
                high *= 2.0;
            }
            let t = brent(excess, 0.0, high, 1e-14).ok_or(Absent::NotConverged)?;
            Ok(1.0 - (1.0 - mean) * libm::exp(-t))
        })
        .collect()
}

/// Means as values of which more is better, their units, and ln n.
fn values(arms: &[(f64, u64)], direction: Direction) -> Estimate<(Vec<(f64, f64)>, f64)> {
    if arms.len() < 2 {
        return Err(Absent::TooFewArms);
    }
    if arms.iter().any(|(mean, _)| !(0.0..=1.0).contains(mean)) {
        return Err(Absent::OutOfRange);
    }
    let all: f64 = arms.iter().map(|(_, units)| count(*units)).sum();
    let value = |mean: f64| match direction {
        Direction::HigherIsBetter => mean,
        Direction::LowerIsBetter => 1.0 - mean,
    };
    let values = arms.iter().map(|&(mean, units)| (value(mean), count(units))).collect();
    Ok((values, libm::log(all.max(1.0))))
}
