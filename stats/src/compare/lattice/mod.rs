//! Distributions of whole numbers whose logarithm is concave, and their tails: what the exact tests add up.
//!
//! A tail is summed from its largest mass outward, so nothing cancels; where it would have too many terms the masses are
//! so smooth that an integral is their sum to the last digits. The work is bounded whatever the counts.

mod binomial;
mod hypergeometric;
mod mass;
mod poisson;

pub(super) use binomial::Binomial;
pub(super) use hypergeometric::Hypergeometric;
pub(super) use mass::deviance;
pub(super) use poisson::Poisson;

use crate::{Absent, Alternative, Estimate, numeric::quadrature::integrate};

/// Masses within this of each other, relatively, are taken as equal where a two-sided test asks which outcomes are at
/// most as likely as the observed one. Source: R's binom.test, fisher.test and poisson.test (`relErr`), scipy's binomtest.
const SAME: f64 = 1e-7;

/// From this number of terms on a sum is an integral: the relative error is about 1e-14.
const MANY: f64 = 2_000.0;

/// A term this small relative to the sum no longer counts, nor do all that follow it.
const NEGLIGIBLE: f64 = 1e-20;

/// Whole numbers (as floats) with a log-concave mass.
pub(super) trait LogConcave {
    /// The smallest and the largest number that can occur; the largest may be infinite.
    fn support(&self) -> (f64, f64);
    /// The logarithm of the mass of `k`, which may lie between two whole numbers; normalised unless said otherwise.
    fn ln_mass(&self, k: f64) -> f64;
    /// The mass of k + 1 divided by the mass of k.
    fn ratio(&self, k: f64) -> f64;
    /// About how fast the logarithm of [`ratio`](Self::ratio) falls at `k`: −d² ln mass / dk².
    fn curvature(&self, k: f64) -> f64;
    /// The most likely number.
    fn mode(&self) -> f64;
}

/// The p values of a test that adds up probabilities.
#[derive(Clone, Copy)]
pub(super) struct Tails {
    pub(super) p: f64,
    pub(super) ln_p: f64,
    pub(super) mid_p: f64,
}

/// The probability of `observed` and what is more extreme. Two-sided are all outcomes that are at most as likely.
pub(super) fn tails(law: &impl LogConcave, observed: f64, alternative: Alternative) -> Estimate<Tails> {
    let ln_p = match alternative {
        Alternative::Greater => ln_at_least(law, observed),
        Alternative::Less => ln_at_most(law, observed),
        Alternative::TwoSided => ln_at_most_as_likely(law, observed),
    };
    if !ln_p.is_finite() {
        return Err(Absent::OutOfRange);
    }
    let ln_p = ln_p.min(0.0);
    let p = libm::exp(ln_p);
    Ok(Tails { p, ln_p, mid_p: (p - 0.5 * libm::exp(law.ln_mass(observed))).max(0.0) })
}

/// ln P(X ≥ k) of a normalised law.
pub(super) fn ln_at_least(law: &impl LogConcave, k: f64) -> f64 {
    let (first, last) = law.support();
    if k <= first {
        0.0
    } else if k > last {
        f64::NEG_INFINITY
    } else if k > law.mode() {
        ln_sum_up(law, k)
    } else {
        ln_rest(ln_sum_down(law, k - 1.0))
    }
}

/// ln P(X ≤ k) of a normalised law.
pub(super) fn ln_at_most(law: &impl LogConcave, k: f64) -> f64 {
    let (first, last) = law.support();
    if k >= last {
        0.0
    } else if k < first {
        f64::NEG_INFINITY
    } else if k < law.mode() {
        ln_sum_down(law, k)
    } else {
        ln_rest(ln_sum_up(law, k + 1.0))
    }
}

/// ln(1 − x) of ln x, where x is not close to 1: it is the tail without the mode.
fn ln_rest(ln_x: f64) -> f64 {
    libm::log1p(-libm::exp(ln_x).min(1.0 - f64::EPSILON))
}

fn ln_at_most_as_likely(law: &impl LogConcave, observed: f64) -> f64 {
    let (first, last) = law.support();
    let mode = law.mode();
    let bound = law.ln_mass(observed) + SAME;
    if law.ln_mass(mode) <= bound {
        return 0.0;
    }
    let unlikely = |k: f64| law.ln_mass(k) <= bound;
    if observed > mode {
        let own = ln_sum_up(law, observed);
        if !unlikely(first) {
            return own;
        }
        // The largest unlikely number below the mode.
        let (mut low, mut high) = (first, mode);
        while let Some(middle) = between(low, high) {
            if unlikely(middle) { low = middle } else { high = middle }
        }
        ln_add(own, ln_sum_down(law, low))
    } else {
        let own = ln_sum_down(law, observed);
        let mut high = last;
        if last == f64::INFINITY {
            high = 2.0 * mode + 1.0;
            // Beyond the largest float no mass is a number, and neither is then the sum.
            while high.is_finite() && !unlikely(high) {
                high *= 2.0;
            }
        } else if !unlikely(last) {
            return own;
        }
        let mut low = mode;
        while let Some(middle) = between(low, high) {
            if unlikely(middle) { high = middle } else { low = middle }
        }
        ln_add(own, ln_sum_up(law, high))
    }
}

/// A whole number strictly between two, if there is one.
fn between(low: f64, high: f64) -> Option<f64> {
    let middle = (low + (high - low) / 2.0).floor();
    (middle > low && middle < high).then_some(middle)
}

/// ln(exp(a) + exp(b)).
pub(super) fn ln_add(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small == f64::NEG_INFINITY { large } else { large + libm::log1p(libm::exp(small - large)) }
}

/// The logarithm of the summed mass of `from` and all above; `from` is at or above the mode.
pub(super) fn ln_sum_up(law: &impl LogConcave, from: f64) -> f64 {
    let end = law.support().1;
    let step = |k: f64| law.ratio(k);
    ln_sum(law, &Outward { from, end, sign: 1.0, step: &step })
}

/// The logarithm of the summed mass of `from` and all below; `from` is at or below the mode.
pub(super) fn ln_sum_down(law: &impl LogConcave, from: f64) -> f64 {
    let end = law.support().0;
    let step = |k: f64| 1.0 / law.ratio(k - 1.0);
    ln_sum(law, &Outward { from, end, sign: -1.0, step: &step })
}

/// A way from a number away from the mode.
struct Outward<'a> {
    from: f64,
    end: f64,
    sign: f64,
    /// The next mass on this way divided by that of k.
    step: &'a dyn Fn(f64) -> f64,
}

fn ln_sum(law: &impl LogConcave, way: &Outward<'_>) -> f64 {
    let start = law.ln_mass(way.from);
    // The logarithm of the mass falls at least like slope·j + curvature·j²/2 over j numbers: 46 is ln of 1e20.
    let slope = -libm::log((way.step)(way.from)).min(0.0);
    let curvature = law.curvature(way.from);
    let length = 92.0 / (slope + (slope * slope + 92.0 * curvature).sqrt());
    if length > MANY && length.is_finite() {
        return start + libm::log(integral(law, way, start, length));
    }
    let (mut term, mut sum, mut k) = (1.0, 1.0, way.from);
    // Far more than are needed: the curvature may fall a little on the way.
    for _ in 0..10_000_u32 {
        if (way.end - k) * way.sign <= 0.0 {
            break;
        }
        term *= (way.step)(k);
        sum += term;
        k += way.sign;
        if term <= NEGLIGIBLE * sum {
            break;
        }
    }
    start + libm::log(sum)
}

/// Σ of the masses relative to the first, by the midpoint form of Euler and Maclaurin's formula:
///
/// ```text
/// Σ_{j ≥ 0} f(j) = ∫_{−1/2}^∞ f + f′(−1/2)/24 − 7·f‴(−1/2)/5760 + …
/// ```
///
/// Source: DLMF 2.10.1 with the Bernoulli polynomials of 24.4 at 1/2.
fn integral(law: &impl LogConcave, way: &Outward<'_>, start: f64, length: f64) -> f64 {
    let length = (1.1 * length).min((way.end - way.from).abs());
    let relative = |j: f64| libm::exp(law.ln_mass(way.from + way.sign * j) - start);
    let slope = -libm::log((way.step)(way.from - way.sign));
    let third = slope * slope * slope - 3.0 * slope * law.curvature(way.from);
    integrate(relative, -0.5, length, 12) + relative(-0.5) * (7.0 / 5_760.0 * third - slope / 24.0)
}

/// The largest whole number in the support whose mass is at least that of the one before.
pub(super) fn mode_by_bisection(law: &impl LogConcave) -> f64 {
    let (mut low, mut high) = law.support();
    if law.ratio(low) < 1.0 {
        return low;
    }
    if law.ratio(high - 1.0) >= 1.0 {
        return high;
    }
    while let Some(middle) = between(low, high) {
        if law.ratio(middle - 1.0) >= 1.0 { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::{Binomial, Hypergeometric, LogConcave, Poisson, ln_at_least, ln_at_most, tails};
    use crate::Alternative;

    #[test]
    fn sums_and_integrals_meet() {
        // The sum over 10^12 units is an integral; beside it the term-by-term sum of the same law, in another order.
        let law = Binomial::new(1_000_000_000_000, 0.5);
        let mode = law.mode();
        for away in [0.0, 1e5, 1e6, 2e6] {
            let (mut sum, mut term, mut k) = (0.0, 1.0, mode + away);
            while term > 1e-18 {
                sum += term;
                term *= law.ratio(k);
                k += 1.0;
            }
            let direct = law.ln_mass(mode + away) + libm::log(sum);
            let found = super::ln_sum_up(&law, mode + away);
            assert!((direct - found).abs() < 1e-10, "{away}: {direct} {found}");
        }
    }

    #[test]
    fn both_tails_make_one() {
        let laws: [&dyn Fn(f64) -> (f64, f64); 3] = [
            &|k| (ln_at_least(&Binomial::new(50, 0.3), k), ln_at_most(&Binomial::new(50, 0.3), k - 1.0)),
            &|k| (ln_at_least(&Poisson::new(17.5), k), ln_at_most(&Poisson::new(17.5), k - 1.0)),
            &|k| {
                let law = Hypergeometric::new(30, 40, 35, 0.0);
                (ln_at_least(&law, k), ln_at_most(&law, k - 1.0))
            },
        ];
        for law in laws {
            for k in 1..30 {
                let (above, below) = law(f64::from(k));
                assert!((libm::exp(above) + libm::exp(below) - 1.0).abs() < 1e-12, "{k}");
            }
        }
    }

    #[test]
    fn the_mode_is_the_largest_mass() {
        for (n, p) in [(1, 0.5), (10, 0.01), (11, 0.5), (1_000, 0.999), (7, 1e-300)] {
            let law = Binomial::new(n, p);
            let mode = law.mode();
            for k in 0..=n.min(1_000) {
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let k = k as f64;
                assert!(law.ln_mass(k) <= law.ln_mass(mode) + 1e-12, "{n} {p} {k} {mode}");
            }
            assert_eq!(tails(&law, mode, Alternative::TwoSided).map(|tails| tails.ln_p), Ok(0.0));
        }
    }
}
