//! Laws of always-valid inference, naive implementations beside the real ones, and extreme inputs.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use std::num::NonZeroU64;

use edgewise_stats::{
    Absent, Alpha, Alternative, EstimatedEffect, Moments, Positive, Proportion,
    compare::lift::LiftMethod,
    sequential::anytime::{
        AnytimeOptions, AsymptoticOptions, MixingVariance, MsprtOptions, RunningIntersection, SequentialP,
        Tuning, asymptotic,
        bound::{
            BetaBinomial, EmpiricalBernstein, GammaExponential, GammaPoisson, NormalMixture,
            PolynomialStitching, Sides, bernoulli,
        },
        compare_means_anytime, compare_rates_anytime, half_width, msprt, tuned_rho,
    },
};
use proptest::prelude::*;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-12)
}

fn positive(x: f64) -> Positive {
    Positive::new(x).unwrap()
}

fn alpha(x: f64) -> Alpha {
    Alpha::new(x).unwrap()
}

fn units(n: u64) -> NonZeroU64 {
    NonZeroU64::new(n).unwrap()
}

fn alternative() -> impl Strategy<Value = Alternative> {
    prop_oneof![Just(Alternative::TwoSided), Just(Alternative::Greater), Just(Alternative::Less)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_asymptotic_sequence_is_the_msprt_with_its_tau(
        estimate in -5.0..5.0, s in 0.01..10.0, n in 2_u64..1_000_000, n_star in 10_u64..1_000_000, a in 1e-6..0.5,
    ) {
        let effect = EstimatedEffect::new(estimate, s / (n as f64).sqrt()).unwrap();
        let options = AsymptoticOptions { alpha: alpha(a), tuning: Tuning::Units(units(n_star)), ..AsymptoticOptions::default() };
        let rho = tuned_rho(units(n_star), alpha(a), Alternative::TwoSided).unwrap().get();
        let mixing = MixingVariance::new(positive(s * s * rho * rho));
        let one = asymptotic(effect, units(n), &options).unwrap();
        let other = msprt(effect, &MsprtOptions { alpha: alpha(a), ..MsprtOptions::new(mixing) }).unwrap();
        prop_assert!(close(one.ln_lambda, other.ln_lambda) && (one.ln_p - other.ln_p).abs() < 1e-9 * (1.0 + one.ln_p.abs()));
        prop_assert!(close(one.interval.upper() - one.interval.lower(), other.interval.upper() - other.interval.lower()));
        let half = half_width(positive(s * s), units(n), &options).unwrap();
        prop_assert!(close(half, 0.5 * (one.interval.upper() - one.interval.lower())));
        // The formula as the paper prints it.
        let x = n as f64 * rho * rho + 1.0;
        let naive = s * (2.0 * x / (n as f64 * rho).powi(2) * (x.sqrt() / a).ln()).sqrt();
        prop_assert!(close(half, naive));
    }

    #[test]
    fn the_p_value_and_the_interval_agree(
        estimate in -3.0..3.0, error in 0.01..2.0, tau in 0.01..3.0, a in 1e-4..0.4, n in 1_u64..100_000,
        alternative in alternative(),
    ) {
        let effect = EstimatedEffect::new(estimate, error).unwrap();
        let mixing = MixingVariance::new(positive(tau * tau));
        let exact = msprt(effect, &MsprtOptions { mixing, alpha: alpha(a), alternative }).unwrap();
        prop_assume!((exact.p - a).abs() > 1e-9);
        prop_assert_eq!(exact.p <= a, !exact.interval.contains(0.0));
        let options = AsymptoticOptions { alpha: alpha(a), alternative, tuning: Tuning::default() };
        // ρ is kept while α moves: the p value is the α whose interval just leaves out 0.
        let asymptotic = asymptotic(effect, units(n), &options).unwrap();
        prop_assume!((asymptotic.p - a).abs() > 1e-9);
        prop_assert_eq!(asymptotic.p <= a, !asymptotic.interval.contains(0.0));
        prop_assert!(asymptotic.p >= 1.0_f64.min((-asymptotic.ln_lambda).exp()) * (1.0 - 1e-9));
    }

    #[test]
    fn scale_shift_and_swap(
        a in prop::collection::vec(1.0..9.0, 3..30), b in prop::collection::vec(1.0..9.0, 3..30), k in 0.01..100.0,
        method in prop_oneof![Just(LiftMethod::Fieller), Just(LiftMethod::Delta), Just(LiftMethod::Log)],
    ) {
        let of = |values: &[f64], k: f64| Moments::from_values(values.iter().map(|x| x * k)).unwrap();
        let options = AnytimeOptions { lift: method, ..AnytimeOptions::default() };
        let plain = compare_means_anytime(&of(&a, 1.0), &of(&b, 1.0), &options);
        let scaled = compare_means_anytime(&of(&a, k), &of(&b, k), &options);
        let swapped = compare_means_anytime(&of(&b, 1.0), &of(&a, 1.0), &options).difference.unwrap();
        let (difference, rescaled) = (plain.difference.unwrap(), scaled.difference.unwrap());
        prop_assert!((difference.ln_lambda - rescaled.ln_lambda).abs() < 1e-8 * (1.0 + difference.ln_lambda.abs()));
        prop_assert!(close(difference.interval.upper() * k, rescaled.interval.upper()));
        prop_assert!(close(difference.interval.upper(), -swapped.interval.lower()) && close(difference.ln_lambda, swapped.ln_lambda));
        if let (Ok(one), Ok(other)) = (plain.lift, scaled.lift) {
            prop_assert!((one.interval.upper() - other.interval.upper()).abs() < 1e-7 * (1.0 + one.interval.upper().abs()));
            if method == LiftMethod::Fieller {
                prop_assert_eq!(one.ln_p, difference.ln_p);
                prop_assert!((difference.p - 0.05).abs() < 1e-9 || one.interval.contains(0.0) == difference.interval.contains(0.0));
            }
        }
    }

    #[test]
    fn more_evidence_is_a_smaller_p(z in 0.0..30.0, more in 0.001..5.0, r in 1e-6..1e6, alternative in alternative()) {
        let sign = if alternative == Alternative::Less { -1.0 } else { 1.0 };
        let options = MsprtOptions { mixing: MixingVariance::new(positive(r)), alpha: Alpha::default(), alternative };
        let look = |z: f64| msprt(EstimatedEffect::new(sign * z, 1.0).unwrap(), &options).unwrap();
        prop_assert!(look(z + more).ln_lambda > look(z).ln_lambda && look(z + more).ln_p <= look(z).ln_p);
        prop_assert_eq!(look(z).interval.lower().is_finite(), alternative != Alternative::Less);
    }

    #[test]
    fn a_bound_inverts_its_supermartingale(
        v in 0.1..1e5, v_opt in 1.0..1e4, a in 1e-6..0.4, c in 0.05..20.0, g in 0.05..2.0, h in 0.05..2.0,
    ) {
        let (v, v_opt, tuned, a) = (positive(v), positive(v_opt), Alpha::default(), alpha(a));
        let l = -a.get().ln();
        for sides in [Sides::One, Sides::Two] {
            let mixture = NormalMixture::tuned(v_opt, tuned, sides).unwrap();
            let u = mixture.bound(v, a).unwrap();
            prop_assert!((mixture.ln_e(u, v).unwrap() - l).abs() < 1e-9 * (1.0 + l));
            let bounded = BetaBinomial::tuned(v_opt, tuned, positive(g), positive(h), sides).unwrap();
            let u = bounded.bound(v, a).unwrap();
            prop_assert!(u <= v.get() / g * (1.0 + 1e-12));
            let at = bounded.ln_e(u * (1.0 - 1e-14), v).unwrap();
            prop_assert!(at <= l + 1e-6 * (1.0 + l), "{at} {l}");
        }
        let exponential = GammaExponential::tuned(v_opt, tuned, positive(c)).unwrap();
        let u = exponential.bound(v, a).unwrap();
        prop_assert!((exponential.ln_e(u, v).unwrap() - l).abs() < 1e-7 * (1.0 + l));
        let poisson = GammaPoisson::tuned(v_opt, tuned, positive(c)).unwrap();
        let w = poisson.bound(v, a).unwrap();
        prop_assert!((poisson.ln_e(w, v).unwrap() - l).abs() < 1e-7 * (1.0 + l));
        let normal = NormalMixture::tuned(v_opt, tuned, Sides::One).unwrap().bound(v, a).unwrap();
        let stitched = PolynomialStitching::standard(positive(0.1), c).unwrap();
        // A mixture never beats the law of the iterated logarithm by much, nor is it beaten by it.
        prop_assert!(stitched.bound(v, a).unwrap() >= normal * 0.5);
        prop_assert!(stitched.bound(v, alpha(a.get() / 2.0)).unwrap() > stitched.bound(v, a).unwrap());
    }

    #[test]
    fn a_small_scale_is_the_normal_mixture(v in 1.0..1e4, a in 1e-4..0.3) {
        let (v, v_opt, a) = (positive(v), positive(100.0), alpha(a));
        let normal = NormalMixture::tuned(v_opt, Alpha::default(), Sides::One).unwrap().bound(v, a).unwrap();
        for c in [1e-7, 1e-5] {
            let exponential = GammaExponential::tuned(v_opt, Alpha::default(), positive(c)).unwrap().bound(v, a).unwrap();
            let poisson = GammaPoisson::tuned(v_opt, Alpha::default(), positive(c)).unwrap().bound(v, a).unwrap();
            prop_assert!((exponential / normal - 1.0).abs() < 1e-3 && (poisson / normal - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn a_rate_lies_in_its_sequence(n in 1_u64..100_000, share in 0.0..=1.0, t in 2.0..1e5, a in 1e-6..0.5) {
        let x = ((n as f64) * share) as u64;
        let p = Proportion::new(x.min(n), n).unwrap();
        let interval = bernoulli(&p, alpha(a), positive(t), Alpha::default()).unwrap();
        prop_assert!(interval.contains(p.rate().unwrap()) && interval.lower() >= 0.0 && interval.upper() <= 1.0);
        let mirror = Proportion::new(p.failures(), n).unwrap();
        let other = bernoulli(&mirror, alpha(a), positive(t), Alpha::default()).unwrap();
        prop_assert!((interval.lower() + other.upper() - 1.0).abs() < 1e-12);
        let strict = bernoulli(&p, alpha(a / 2.0), positive(t), Alpha::default()).unwrap();
        prop_assert!(strict.lower() <= interval.lower() + 1e-14 && strict.upper() >= interval.upper() - 1e-14);
    }

    #[test]
    fn running_values_never_turn_back(ln_p in prop::collection::vec(-50.0..0.0, 1..20)) {
        let mut p = SequentialP::default();
        let mut intersection = RunningIntersection::default();
        let mut last = 1.0;
        for ln in &ln_p {
            p.update(*ln);
            prop_assert!(p.p() <= last);
            last = p.p();
            let interval = edgewise_stats::Interval::new(*ln, -*ln).unwrap();
            intersection.update(&interval);
            prop_assert!(intersection.interval().unwrap().lower() >= *ln);
        }
        prop_assert_eq!(p.ln_p(), ln_p.iter().copied().fold(0.0, f64::min));
        p.update(f64::NAN);
        p.update(f64::NEG_INFINITY);
        prop_assert!(p.ln_p().is_finite());
    }

    #[test]
    fn nothing_panics_and_everything_is_finite(
        estimate in any::<f64>(), error in any::<f64>(), tau in any::<f64>(), a in any::<f64>(), n in 1_u64..,
        alternative in alternative(),
    ) {
        let (Ok(effect), Ok(tau), Ok(a)) = (EstimatedEffect::new(estimate, error), Positive::new(tau.abs()), Alpha::new(a.abs().fract()))
        else { return Ok(()) };
        let tuning = Tuning::Rho(tau);
        for look in [
            msprt(effect, &MsprtOptions { mixing: MixingVariance::new(tau), alpha: a, alternative }),
            asymptotic(effect, units(n), &AsymptoticOptions { alpha: a, alternative, tuning }),
            asymptotic(effect, units(n), &AsymptoticOptions { alpha: a, alternative, ..AsymptoticOptions::default() }),
        ].into_iter().flatten() {
            prop_assert!(look.ln_lambda.is_finite() && look.ln_p <= 0.0 && look.ln_p.is_finite() && (0.0..=1.0).contains(&look.p));
        }
        for mixing in [MixingVariance::for_effect(tau, a), MixingVariance::for_horizon(tau, a)].into_iter().flatten() {
            prop_assert!(mixing.get() > 0.0 && mixing.get().is_finite());
        }
    }
}

#[test]
fn extremes_of_the_bounds() {
    let sizes = [1e-300, 1e-150, 1e-9, 1.0, 1e9, 1e150, 1e300];
    let alphas = [f64::from_bits(1), 1e-300, 1e-9, 0.05, 0.5, 0.999_999_999];
    for v in sizes {
        for v_opt in sizes {
            for a in alphas {
                let (v, v_opt, a) = (positive(v), positive(v_opt), alpha(a));
                let mut bounds = Vec::new();
                for sides in [Sides::One, Sides::Two] {
                    bounds.push(NormalMixture::tuned(v_opt, a, sides).and_then(|m| m.bound(v, a)));
                }
                bounds.push(PolynomialStitching::standard(v_opt, 1.0).unwrap().bound(v, a));
                for bound in bounds.into_iter().flatten() {
                    assert!(bound.is_finite() && bound >= 0.0, "{v:?} {v_opt:?} {a:?}: {bound}");
                }
            }
        }
    }
    for (v, v_opt, c, a) in
        [(1e-6, 1.0, 1.0, 1e-9), (1e12, 1e6, 1.0, 0.05), (1e6, 1e12, 1e-3, 0.05), (1.0, 1.0, 1e6, 1e-6)]
    {
        let (v, v_opt, c, a) = (positive(v), positive(v_opt), positive(c), alpha(a));
        for bound in [
            GammaExponential::tuned(v_opt, a, c).and_then(|m| m.bound(v, a)),
            GammaPoisson::tuned(v_opt, a, c).and_then(|m| m.bound(v, a)),
            BetaBinomial::tuned(v_opt, a, c, c, Sides::Two).and_then(|m| m.bound(v, a)),
            BetaBinomial::tuned(v_opt, a, c, c, Sides::One).and_then(|m| m.bound(v, a)),
        ] {
            let bound = bound.unwrap();
            assert!(bound.is_finite() && bound > 0.0, "{v:?} {v_opt:?} {c:?} {a:?}: {bound}");
        }
    }
}

#[test]
fn extremes_of_rates_and_means() {
    let options = AnytimeOptions::default();
    let rate = |x, n| Proportion::new(x, n).unwrap();
    let both = |c, t| compare_rates_anytime(&c, &t, &options);
    assert_eq!(both(rate(0, 10), rate(0, 10)).difference, Err(Absent::ZeroVariance));
    assert_eq!(both(rate(10, 10), rate(10, 10)).difference, Err(Absent::ZeroVariance));
    assert_eq!(both(rate(0, 0), rate(1, 10)).difference, Err(Absent::NoUnits));
    assert!(both(rate(0, 10), rate(5, 10)).difference.is_ok());
    assert_eq!(both(rate(0, 10), rate(5, 10)).lift, Err(Absent::ControlMeanNotPositive));
    let huge =
        both(rate(u64::MAX / 2, u64::MAX), rate(u64::MAX / 2 + (1 << 40), u64::MAX)).difference.unwrap();
    assert!(huge.ln_p < 0.0 || huge.p == 1.0);

    let moments = |values: &[f64]| Moments::from_values(values.iter().copied()).unwrap();
    let means = |a: &[f64], b: &[f64]| compare_means_anytime(&moments(a), &moments(b), &options).difference;
    assert_eq!(means(&[1.0], &[1.0, 2.0]), Err(Absent::TooFewUnits));
    assert_eq!(means(&[3.0, 3.0], &[3.0, 3.0]), Err(Absent::ZeroVariance));
    // The squares underflow, the values differ: out of range, not "no variance".
    let tiny = means(&[1e-200, 2e-200, 3e-200], &[1e-200, 5e-200, 3e-200]);
    assert!(tiny.is_ok() || matches!(tiny, Err(Absent::OutOfRange | Absent::ZeroVariance)));
    assert!(means(&[1e150, 2e150], &[3e150, 9e150]).is_ok());

    let exact = |x, n| bernoulli(&rate(x, n), Alpha::default(), positive(100.0), Alpha::default());
    assert_eq!(exact(0, 0), Err(Absent::NoUnits));
    assert_eq!(exact(0, 1_000_000_000_000).unwrap().lower(), 0.0);
    assert!(exact(0, 1_000_000_000_000).unwrap().upper() < 1e-9);
    assert_eq!(exact(7, 7).unwrap().upper(), 1.0);
    assert!(exact(u64::MAX / 3, u64::MAX).unwrap().contains(1.0 / 3.0));
}

#[test]
fn bounded_values_are_refused_outside_their_range() {
    let mut sequence = EmpiricalBernstein::new(-1.0, 1.0).unwrap();
    assert!(
        EmpiricalBernstein::new(1.0, 1.0).is_err() && EmpiricalBernstein::new(f64::MIN, f64::MAX).is_err()
    );
    assert_eq!(sequence.interval(Alpha::default(), positive(1.0)), Err(Absent::NoUnits));
    assert!(sequence.push(1.5).is_err() && sequence.push(f64::NAN).is_err());
    assert_eq!(sequence.n(), 0);
    for _ in 0..10_000 {
        sequence.push(0.25).unwrap();
    }
    let interval = sequence.interval(Alpha::default(), positive(1.0)).unwrap();
    // Without variance the width falls like 1/n.
    assert!(interval.contains(0.25) && interval.upper() - interval.lower() < 0.01);
}
