//! The tail of the F distribution, for a small whole number of numerator degrees of freedom.

use std::f64::consts::PI;

use crate::{
    Absent, Estimate,
    distribution::students_t::{self, DegreesOfFreedom},
    estimate::finite,
};

/// ln P(F > f) with `numerator` and `denominator` degrees of freedom, f ≥ 0.
///
/// With x = d / (d + m·f) this is ln I_x(d/2, m/2), built up from Student's t (m odd) or x^(d/2) (m even) by
/// I_x(a, b + 1) = I_x(a, b) + x^a (1 − x)^b / (b B(a, b)): all terms are positive, nothing cancels, and it stays finite
/// where the tail underflows. Source: DLMF 8.17.21.
#[expect(clippy::many_single_char_names, reason = "the names of the formulas")]
pub(super) fn ln_sf(f: f64, numerator: usize, denominator: f64) -> Estimate<f64> {
    let m = u32::try_from(numerator).map_err(|_| Absent::OutOfRange).map(f64::from)?;
    let df = DegreesOfFreedom::new(denominator).ok_or(Absent::TooFewValues)?;
    let odds = finite(m * f / denominator)?;
    let a = 0.5 * denominator;
    let ln_power = -a * libm::log1p(odds);
    let y = odds / (1.0 + odds);
    let even = numerator.is_multiple_of(2);
    // The first term, over x^a: that of b = 1 where m is even, of b = 1/2 where it is odd.
    let (mut b, mut term) =
        if even { (1.0, a * y) } else { (0.5, 2.0 * y.sqrt() * libm::exp(ln_gamma_ratio(a)) / PI.sqrt()) };
    let mut sum = if even { 1.0 } else { 0.0 };
    while b + 0.5 < 0.5 * m {
        sum += term;
        term *= y * (a + b) / (b + 1.0);
        b += 1.0;
    }
    let ln_sum = ln_power + libm::log(sum);
    if even {
        return finite(ln_sum).map(|ln| ln.min(0.0));
    }
    let ln_first = students_t::ln_two_sided_p((m * f).sqrt(), df);
    let (larger, smaller) = (ln_first.max(ln_sum), ln_first.min(ln_sum));
    finite(larger + libm::log1p(libm::exp(smaller - larger))).map(|ln| ln.min(0.0))
}

/// ln( Γ(a + 1/2) / Γ(a) ), for a ≥ 1/2, without the cancellation of two large logarithms. Source: DLMF 5.11.8 at a
/// and a + 1/2.
fn ln_gamma_ratio(a: f64) -> f64 {
    if a < 30.0 {
        return libm::lgamma(a + 0.5) - libm::lgamma(a);
    }
    let w = 1.0 / (a * a);
    0.5 * libm::log(a) - (1.0 / 8.0 - w * (1.0 / 192.0 - w * (1.0 / 640.0 - w * (17.0 / 14_336.0)))) / a
}

#[cfg(test)]
mod tests {
    use super::ln_sf;

    #[test]
    fn agrees_with_mpmath() {
        // mpmath 1.4.1, 40 digits: log(betainc(d/2, m/2, 0, d/(d + m·f), regularized=True))
        for (f, numerator, denominator, expected) in MPMATH {
            let got = ln_sf(f, numerator, denominator).unwrap_or(f64::NAN);
            assert!(
                (got - expected).abs() < 1e-10 * expected.abs().max(1.0),
                "{f} {numerator} {denominator}: {got} {expected}"
            );
        }
    }

    const MPMATH: [(f64, usize, f64, f64); 9] = [
        (0.3, 1, 7.0, -0.509_322_374_261_747_5),
        (2.5, 2, 11.0, -2.060_813_971_927_758_7),
        (4.2, 3, 36.0, -4.422_146_840_838_826),
        (1.1, 4, 95.0, -1.018_327_519_917_761),
        (9.5, 5, 1_000.0, -18.740_016_938_496_552),
        (3.3, 7, 20_000.0, -6.410_345_945_398_196),
        (60.0, 3, 500.0, -74.647_243_885_873_88),
        (0.01, 6, 3.0, -1.636_904_067_956_863_3e-05),
        (12.0, 2, 1_000_000_000.0, -11.999_999_856_000_002),
    ];
}
