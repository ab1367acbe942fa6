//! The hypergeometric distribution: successes among units drawn without replacement, and so the cells of a 2 × 2 table
//! whose margins are given.

use super::{
    binomial,
    saddle_point::{log1p_excess, stirling_error},
    tail::Tails,
};
use crate::numeric::quadrature::peak_area;

/// P(K ≤ k), where of a `population` this many are `successes` and this many are `draws`; NaN if either is more than the
/// population.
///
/// ```text
/// P(K = k) = C(successes, k) · C(population − successes, draws − k) / C(population, draws)
/// ```
///
/// The order of the arguments is that of scipy's `hypergeom`. The smaller tail is summed outwards from k; where it has more
/// than 2,000 terms it is an integral with the corrections of Euler and Maclaurin. Relative error below 1e-12 up to
/// 1e12 units.
///
/// ```
/// use edgewise_stats::distribution::hypergeometric;
///
/// // Fisher's tea tasting: 3 or fewer of the 4 cups named rightly.
/// assert!((hypergeometric::cdf(3, 8, 4, 4) - 69.0 / 70.0).abs() < 1e-15);
/// ```
pub fn cdf(k: u64, population: u64, successes: u64, draws: u64) -> f64 {
    tails(k, population, successes, draws).lower()
}

/// P(K > k), without k itself; see [`cdf`].
///
/// ```
/// use edgewise_stats::distribution::hypergeometric;
///
/// assert!((hypergeometric::sf(2, 8, 4, 4) - 17.0 / 70.0).abs() < 1e-15);
/// ```
pub fn sf(k: u64, population: u64, successes: u64, draws: u64) -> f64 {
    tails(k, population, successes, draws).upper()
}

/// ln P(K ≤ k); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::hypergeometric;
///
/// assert!((hypergeometric::ln_cdf(0, 8, 4, 4) - (1.0 / 70.0_f64).ln()).abs() < 1e-14);
/// ```
pub fn ln_cdf(k: u64, population: u64, successes: u64, draws: u64) -> f64 {
    tails(k, population, successes, draws).ln_lower()
}

/// ln P(K > k); see [`cdf`]. It stays finite where the tail underflows.
///
/// ```
/// use edgewise_stats::distribution::hypergeometric;
///
/// // All 2,000 successes in the 2,000 of 4,000 that were drawn: one of C(4000, 2000) ways.
/// let ln_ways = hypergeometric::ln_sf(1_999, 4_000, 2_000, 2_000);
/// assert!((ln_ways - -2_768.215_9).abs() < 1e-3);
/// ```
pub fn ln_sf(k: u64, population: u64, successes: u64, draws: u64) -> f64 {
    tails(k, population, successes, draws).ln_upper()
}

/// ln P(K = k); minus infinity where that is impossible; see [`cdf`].
///
/// Three binomial probabilities at the same rate, so that nothing large cancels. Source: Loader (2000), section 4.
///
/// ```
/// use edgewise_stats::distribution::hypergeometric;
///
/// assert!((hypergeometric::ln_pmf(3, 8, 4, 4) - (16.0 / 70.0_f64).ln()).abs() < 1e-14);
/// ```
#[expect(clippy::cast_precision_loss, reason = "any rate would do: it cancels")]
pub fn ln_pmf(k: u64, population: u64, successes: u64, draws: u64) -> f64 {
    let Some(failures) = population.checked_sub(successes) else { return f64::NAN };
    if draws > population {
        return f64::NAN;
    }
    let Some(drawn_failures) = draws.checked_sub(k) else { return f64::NEG_INFINITY };
    if k > successes || drawn_failures > failures {
        return f64::NEG_INFINITY;
    }
    let rate = draws as f64 / population as f64;
    if draws == 0 || draws == population {
        return 0.0;
    }
    binomial::ln_pmf(k, successes, rate) + binomial::ln_pmf(drawn_failures, failures, rate)
        - binomial::ln_pmf(draws, population, rate)
}

#[expect(clippy::cast_precision_loss, reason = "which tail is the smaller need not be decided exactly")]
fn tails(k: u64, population: u64, successes: u64, draws: u64) -> Tails {
    let Some(failures) = population.checked_sub(successes) else { return Tails::UNKNOWN };
    if draws > population {
        return Tails::UNKNOWN;
    }
    let (least, most) = (draws.saturating_sub(failures), draws.min(successes));
    if k < least {
        return Tails::BELOW;
    }
    if k >= most {
        return Tails::ABOVE;
    }
    let is_lower = (k as f64) < draws as f64 * (successes as f64 / population as f64);
    let edge = if is_lower { k } else { k + 1 };
    let falling = [edge, failures - (draws - edge)];
    let rising = [successes - edge, draws - edge];
    let ln_pmf = ln_pmf(edge, population, successes, draws);
    if is_lower {
        Tails::of_lower(ln_pmf, relative_sum(falling, rising))
    } else {
        Tails::of_upper(ln_pmf, relative_sum(rising, falling))
    }
}

/// The tail divided by its first and largest term. From one term to the next the two cells `falling` of the table lose a
/// unit and the two `rising` gain one.
#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are rounded to the nearest float")]
fn relative_sum(falling: [u64; 2], rising: [u64; 2]) -> f64 {
    // So many terms cost as much as the integral.
    const TERMS: u32 = 2_000;

    let [mut a, mut d] = falling.map(|cell| cell as f64);
    let [mut b, mut c] = rising.map(|cell| cell as f64);
    let (mut term, mut sum) = (1.0, 1.0);
    for _ in 0..TERMS {
        term *= a / (b + 1.0) * (d / (c + 1.0));
        sum += term;
        if term <= f64::EPSILON * 0.1 * sum {
            return sum;
        }
        (a, d, b, c) = (a - 1.0, d - 1.0, b + 1.0, c + 1.0);
    }
    relative_integral(falling, rising)
}

/// [`relative_sum`] where it has many terms: the integral over the terms, continued by the gamma function, from half a
/// unit before the first, with the corrections of Euler and Maclaurin. Source: DLMF 2.10.1, about the midpoints.
#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are rounded to the nearest float")]
fn relative_integral(falling: [u64; 2], rising: [u64; 2]) -> f64 {
    let [a, d] = falling.map(|cell| cell as f64 + 1.0);
    let [b, c] = rising.map(|cell| cell as f64 + 1.0);
    let product = |[first, second]: [u64; 2]| (i128::from(first) + 1) * (i128::from(second) + 1);
    // ln( a·d / (b·c) ): the difference is exact.
    let slope = libm::log1p((product(falling) - product(rising)) as f64 / (b * c));
    let ln_term =
        |t: f64| t * slope - ln_rising(b, t) - ln_rising(c, t) - ln_rising(a, -t) - ln_rising(d, -t);
    let curvature = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
    // How the terms' logarithm changes half a unit before the first.
    let first = libm::log(a / (b - 1.0) * (d / (c - 1.0)));
    // Three standard deviations, or fewer where the terms fall by more than 16 nats on them.
    let width = (3.0 / curvature.sqrt()).min(16.0 / first.abs());
    let (scale, area) = peak_area(ln_term, -0.5, |_, _| width, (-0.5, a.min(d)));
    let third = first * (first * first - 3.0 * curvature);
    libm::exp(scale) * (area + first / 24.0 - third * 7.0 / 5760.0)
}

/// ln( Γ(x + t) / Γ(x) ) − t·ln x, without the cancellation of its large terms.
fn ln_rising(x: f64, t: f64) -> f64 {
    (x + t - 0.5) * log1p_excess(t / x) + (t - 0.5) * t / x + (stirling_error(x + t) - stirling_error(x))
}
