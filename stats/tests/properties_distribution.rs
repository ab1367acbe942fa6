//! Properties of the distributions' tails and quantiles, over the whole of their domains.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use edgewise_stats::distribution::{
    beta, binomial, f, gamma, hypergeometric,
    multivariate::{self, Extreme, Range, bivariate_normal_cdf, normal_rectangle, t_rectangle},
    noncentral_t, normal, poisson,
    students_t::{self, DegreesOfFreedom},
};
use proptest::prelude::*;

/// A shape between 1e-3 and 1e15, as likely in any power of ten.
fn shape() -> impl Strategy<Value = f64> {
    (-3.0..15.0_f64).prop_map(|power| 10_f64.powf(power))
}

/// A point of the unit interval some standard deviations from the mean of a beta distribution, in the logit's scale.
fn beta_point(z: f64, a: f64, b: f64) -> f64 {
    let logit = (a / b).ln() + z * (1.0 / a + 1.0 / b).sqrt();
    1.0 / (1.0 + (-logit).exp())
}

/// Whether the two agree to `tolerance` of the larger.
fn agree(one: f64, other: f64, tolerance: f64) -> bool {
    (one - other).abs() <= tolerance * one.abs().max(other.abs())
}

fn is_probability(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}

proptest! {
    #[test]
    fn beta_tails_are_complementary_and_monotone(a in shape(), b in shape(), z in -40.0..40.0_f64, dz in 0.0..2.0_f64) {
        let (x, further) = (beta_point(z, a, b), beta_point(z + dz, a, b));
        let (cdf, sf) = (beta::cdf(x, a, b), beta::sf(x, a, b));
        prop_assert!(is_probability(cdf) && is_probability(sf), "{cdf} {sf}");
        prop_assert!((cdf + sf - 1.0).abs() < 1e-14);
        prop_assert!(beta::cdf(further, a, b) >= cdf * (1.0 - 1e-12));
        prop_assert!(beta::sf(further, a, b) <= sf * (1.0 + 1e-12) + 1e-15 / a.min(b).min(1.0));
        if cdf > 1e-300 {
            prop_assert!((beta::ln_cdf(x, a, b) - cdf.ln()).abs() < 1e-12);
        }
    }

    #[test]
    fn beta_is_symmetric(a in shape(), b in shape(), numerator in 1..1_048_576_u32) {
        // 1 − x is exact.
        let x = f64::from(numerator) / 1_048_576.0;
        let (one, other) = (beta::ln_cdf(x, a, b), beta::ln_sf(1.0 - x, b, a));
        prop_assert!(one.to_bits() == other.to_bits() || agree(one, other, 1e-13), "{one} {other}");
    }

    /// I_x(a, b) = I_x(a + 1, b) + x^a (1 − x)^b / (a·B(a, b)). Source: DLMF 8.17.20.
    #[test]
    fn beta_meets_its_recurrence(a in 0.3..500.0_f64, b in 0.3..5000.0_f64, z in -8.0..8.0_f64) {
        let x = beta_point(z, a, b);
        let term = (a * x.ln() + b * (-x).ln_1p() - a.ln() - beta::ln_beta(a, b)).exp();
        let (whole, rest) = (beta::cdf(x, a, b), beta::cdf(x, a + 1.0, b));
        prop_assert!(agree(whole, rest + term, 1e-11), "{whole} {rest} {term}");
    }

    #[test]
    fn beta_quantiles_turn_the_cdf_back(a in shape(), b in shape(), ln_p in -200.0..0.0_f64) {
        let p = ln_p.exp();
        prop_assume!(p < 1.0);
        let x = beta::quantile(p, a, b).unwrap();
        prop_assert!((0.0..=1.0).contains(&x));
        // The floats about x enclose p.
        let slack = 8.0 * f64::EPSILON;
        let (below, above) = (x * (1.0 - slack), (x * (1.0 + slack)).min(1.0));
        let rounding = 1e-13 + 1e-16 / a.min(b).min(1.0);
        prop_assert!(x < 1e-300 || beta::ln_cdf(below, a, b) <= ln_p * (1.0 - rounding) + rounding, "{x:e}");
        prop_assert!(x < 1e-300 || beta::ln_cdf(above, a, b) >= ln_p * (1.0 + rounding) - rounding, "{x:e}");
        let upper = beta::isf(p, b, a).unwrap();
        prop_assert!((upper - (1.0 - x)).abs() <= 4.0 * f64::EPSILON);
    }

    #[test]
    fn gamma_tails_are_complementary_and_monotone(a in shape(), z in -40.0..40.0_f64, dz in 0.0..2.0_f64) {
        let point = |z: f64| a * (z / a.sqrt()).exp();
        let (cdf, sf) = (gamma::cdf(point(z), a), gamma::sf(point(z), a));
        prop_assert!(is_probability(cdf) && is_probability(sf), "{cdf} {sf}");
        prop_assert!((cdf + sf - 1.0).abs() < 1e-14);
        prop_assert!(gamma::cdf(point(z + dz), a) >= cdf * (1.0 - 1e-12));
        prop_assert!(gamma::sf(point(z + dz), a) <= sf * (1.0 + 1e-12) + 1e-15 / a.min(1.0));
        if sf > 1e-300 {
            prop_assert!((gamma::ln_sf(point(z), a) - sf.ln()).abs() < 1e-12);
        }
    }

    /// P(a, x) = P(a + 1, x) + x^a exp(−x) / Γ(a + 1). Source: DLMF 8.8.5.
    #[test]
    fn gamma_meets_its_recurrence(a in 0.3..3000.0_f64, z in -8.0..8.0_f64) {
        let x = a * (z / a.sqrt()).exp();
        let term = (a * x.ln() - x - gamma::ln_gamma(a + 1.0)).exp();
        let (whole, rest) = (gamma::cdf(x, a), gamma::cdf(x, a + 1.0));
        prop_assert!(agree(whole, rest + term, 1e-10), "{whole} {rest} {term}");
    }

    #[test]
    fn gamma_quantiles_turn_the_tails_back(a in shape(), ln_p in -200.0..0.0_f64) {
        let p = ln_p.exp();
        prop_assume!(p < 1.0);
        let rounding = 1e-13 + 1e-16 / a.min(1.0);
        let (low, high) = (gamma::quantile(p, a).unwrap(), gamma::isf(p, a).unwrap());
        let slack = 8.0 * f64::EPSILON;
        let tail = ln_p * (1.0 + rounding) - rounding..=ln_p * (1.0 - rounding) + rounding;
        prop_assert!(low < 1e-300 || gamma::ln_cdf(low * (1.0 - slack), a) <= *tail.end(), "{low:e}");
        prop_assert!(low < 1e-300 || gamma::ln_cdf(low * (1.0 + slack), a) >= *tail.start(), "{low:e}");
        prop_assert!(high < 1e-300 || gamma::ln_sf(high * (1.0 - slack), a) >= *tail.start(), "{high:e}");
        prop_assert!(high < 1e-300 || gamma::ln_sf(high * (1.0 + slack), a) <= *tail.end(), "{high:e}");
    }

    #[test]
    fn f_quantiles_turn_the_tails_back(df1 in 0.5..1e6_f64, df2 in 0.5..1e6_f64, ln_p in -50.0..-0.01_f64) {
        let p = ln_p.exp();
        let x = f::isf(p, df1, df2).unwrap();
        let elasticity = 1.0 + df1.min(df2);
        prop_assert!((f::ln_sf(x, df1, df2) - ln_p).abs() < 1e-12 * elasticity, "{x:e}");
    }

    #[test]
    fn binomial_tails_are_sums_of_terms(n in 1..60_u64, k in 0..60_u64, p in 0.001..0.999_f64) {
        let k = k % n;
        let sum = |from: u64, to: u64| (from..=to).map(|i| binomial::ln_pmf(i, n, p).exp()).sum::<f64>();
        prop_assert!(agree(binomial::cdf(k, n, p), sum(0, k), 1e-12));
        prop_assert!(agree(binomial::sf(k, n, p), sum(k + 1, n), 1e-12));
    }

    #[test]
    fn binomial_failures_are_binomial(n in 1..u64::MAX, share in 0.0..1.0_f64, numerator in 1..1_048_576_u32) {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "any count up to n"
        )]
        let k = ((n as f64 * share) as u64).min(n - 1);
        let p = f64::from(numerator) / 1_048_576.0;
        let (one, other) = (binomial::ln_sf(k, n, p), binomial::ln_cdf(n - k - 1, n, 1.0 - p));
        prop_assert!(agree(one, other, 1e-12), "{one} {other}");
    }

    #[test]
    fn poisson_tails_are_sums_of_terms(mean in 0.01..40.0_f64, k in 0..60_u64) {
        let sum = |from: u64, to: u64| (from..=to).map(|i| poisson::ln_pmf(i, mean).exp()).sum::<f64>();
        prop_assert!(agree(poisson::cdf(k, mean), sum(0, k), 1e-12));
        prop_assert!(agree(poisson::sf(k, mean), sum(k + 1, k + 300), 1e-12));
    }

    #[test]
    fn hypergeometric_margins_may_be_exchanged(
        population in 1..1_000_000_000_000_u64, successes in any::<u64>(), draws in any::<u64>(), share in 0.0..1.0_f64,
    ) {
        let (successes, draws) = (successes % (population + 1), draws % (population + 1));
        let (least, most) = ((successes + draws).saturating_sub(population), successes.min(draws));
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "any count between the ends"
        )]
        let k = least + ((most - least) as f64 * share) as u64;
        let one = hypergeometric::ln_cdf(k, population, successes, draws);
        let other = hypergeometric::ln_cdf(k, population, draws, successes);
        prop_assert!(one.to_bits() == other.to_bits() || agree(one, other, 1e-11) || (one - other).abs() < 1e-9, "{one} {other}");
        let (cdf, sf) = (
            hypergeometric::cdf(k, population, successes, draws),
            hypergeometric::sf(k, population, successes, draws),
        );
        prop_assert!(is_probability(cdf) && is_probability(sf) && (cdf + sf - 1.0).abs() < 1e-14);
    }

    #[test]
    fn noncentral_t_without_noncentrality_is_students(t in -50.0..50.0_f64, df in 1.0..1e6_f64) {
        let central = students_t::ln_sf(t, DegreesOfFreedom::new(df).unwrap());
        let got = noncentral_t::ln_sf(t, df, 0.0);
        prop_assert!((got - central).abs() < 2e-12 * central.abs().max(1.0), "{got} {central}");
    }

    #[test]
    fn noncentral_t_rises_with_the_noncentrality(
        t in -40.0..40.0_f64, df in 1.0..1e7_f64, shift in -40.0..40.0_f64, more in 0.0..3.0_f64,
    ) {
        let (one, other) = (noncentral_t::sf(t, df, shift), noncentral_t::sf(t, df, shift + more));
        prop_assert!(is_probability(one) && other >= one * (1.0 - 1e-11), "{one} {other}");
        prop_assert!((one + noncentral_t::cdf(t, df, shift) - 1.0).abs() < 1e-14);
        let mirrored = noncentral_t::cdf(-t, df, -shift);
        prop_assert!(agree(one, mirrored, 1e-12) || one.max(mirrored) < 1e-300);
    }

    #[test]
    fn quadrants_add_up(x in -8.0..8.0_f64, y in -8.0..8.0_f64, correlation in -1.0..=1.0_f64) {
        let (with, against) = (bivariate_normal_cdf(x, y, correlation), bivariate_normal_cdf(x, -y, -correlation));
        prop_assert!(agree(with + against, normal::cdf(x), 1e-12), "{with} {against}");
        prop_assert!(agree(with, bivariate_normal_cdf(y, x, correlation), 1e-12) || with < 1e-290);
    }

    #[test]
    fn any_numbers_at_all_give_probabilities_or_nan(bits in prop::array::uniform4(any::<u64>()), k in prop::array::uniform4(any::<u64>())) {
        let [x, a, b, c] = bits.map(f64::from_bits);
        let unit = x.abs().fract();
        let positive = |value: f64| if value == 0.0 || value.is_nan() { 1.0 } else { value.abs().clamp(1e-149, 1e149) };
        let known = [
            beta::cdf(unit, positive(a), positive(b)),
            beta::sf(unit, positive(a), positive(b)),
            gamma::cdf(x.abs(), positive(a)),
            gamma::sf(x.abs(), positive(a)),
            f::cdf(positive(x), positive(a), positive(b)),
            binomial::cdf(k[0], k[1], unit),
            poisson::sf(k[0], positive(a)),
        ];
        if !x.is_nan() && x.is_finite() {
            prop_assert!(known.iter().all(|p| is_probability(*p)), "{known:?}");
        }
        let any = [
            beta::cdf(x, a, b), beta::sf(x, a, b), gamma::cdf(x, a), gamma::sf(x, a), f::cdf(x, a, b), f::sf(x, a, b),
            binomial::sf(k[0], k[1], x), poisson::cdf(k[0], x), noncentral_t::cdf(x, a, b), noncentral_t::sf(a, b, c),
            hypergeometric::cdf(k[0], k[1], k[2], k[3]), hypergeometric::sf(k[0] % 1000, k[1], k[2], k[3]),
            bivariate_normal_cdf(x, a, b), normal_rectangle(&[Range { lower: x, upper: a, loading: b }; 3]),
        ];
        prop_assert!(any.iter().all(|p| p.is_nan() || is_probability(*p)), "{any:?}");
        for quantile in [beta::quantile(x, a, b), beta::isf(unit, a, b), gamma::isf(unit, a), f::isf(unit, a, b)] {
            prop_assert!(quantile.is_none_or(|x| x.is_finite() && x >= 0.0), "{quantile:?}");
        }
    }
}

proptest! {
    // Of a millisecond each.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rectangles_add_up(
        cuts in prop::array::uniform3(-6.0..6.0_f64), other in (-3.0..0.0_f64, 0.0..3.0_f64),
        loadings in prop::array::uniform2(-0.99..0.99_f64), df in 1.0..1e4_f64,
    ) {
        let mut cuts = cuts;
        cuts.sort_by(f64::total_cmp);
        let second = Range { lower: other.0, upper: other.1, loading: loadings[1] };
        let first = |lower: f64, upper: f64| [Range { lower, upper, loading: loadings[0] }, second];
        let df = DegreesOfFreedom::new(df).unwrap();
        let whole = normal_rectangle(&first(cuts[0], cuts[2]));
        let parts = normal_rectangle(&first(cuts[0], cuts[1])) + normal_rectangle(&first(cuts[1], cuts[2]));
        prop_assert!((whole - parts).abs() < 1e-13, "{whole} {parts}");
        let whole = t_rectangle(&first(cuts[0], cuts[2]), df);
        let parts = t_rectangle(&first(cuts[0], cuts[1]), df) + t_rectangle(&first(cuts[1], cuts[2]), df);
        prop_assert!((whole - parts).abs() < 1e-11, "{whole} {parts}");
    }
}

#[test]
fn critical_values_are_met_and_lie_between_one_variable_and_bonferroni() {
    for loadings in [vec![0.5_f64.sqrt(); 3], vec![0.0; 5], vec![0.2, 0.5, 0.9]] {
        for df in [None, DegreesOfFreedom::new(7.0)] {
            for (extreme, sides) in [(Extreme::Largest, 1.0), (Extreme::LargestModulus, 2.0)] {
                for tail in [0.5, 0.01] {
                    let c = multivariate::critical_value(tail, extreme, &loadings, df).unwrap();
                    let count = f64::from(u32::try_from(loadings.len()).unwrap());
                    let single = |tail: f64| match df {
                        Some(df) => students_t::isf(tail / sides, df).unwrap(),
                        None => normal::isf(tail / sides).unwrap(),
                    };
                    assert!(single(tail) < c && c < single(tail / count), "{loadings:?} {df:?} {tail}: {c}");
                    let lower = if extreme == Extreme::Largest { f64::NEG_INFINITY } else { -c };
                    let ranges: Vec<Range> =
                        loadings.iter().map(|&loading| Range { lower, upper: c, loading }).collect();
                    let inside = df.map_or_else(|| normal_rectangle(&ranges), |df| t_rectangle(&ranges, df));
                    assert!((1.0 - inside - tail).abs() < 1e-11, "{inside}");
                }
            }
        }
    }
}
