//! Laws of rates, tables and event rates that hold for any counts, and naive implementations beside the real ones.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use edgewise_stats::{
    Alpha, Alternative, Fraction, Interval, Positive, Proportion, Stratum, Test,
    compare::{
        BarnardStatistic, ChiSquareOptions, ChiSquareStatistic, DifferenceMethod, EventRate,
        EventRateDifferenceMethod, EventRateLiftMethod, EventRateOptions, EventRateTest, OddsRatioMethod,
        RateIntervalMethod, RateLiftMethod, RateOptions, RateTest, Table, barnard_test, binomial_test,
        boschloo_test, chi_square, cohens_h, compare_event_rates, compare_rate_strata, compare_rates,
        conditional_odds_ratio, fisher_test, odds_ratio, rate_interval,
    },
};
use proptest::prelude::*;

const DIFFERENCES: [DifferenceMethod; 6] = [
    DifferenceMethod::Newcombe,
    DifferenceMethod::NewcombeCorrected,
    DifferenceMethod::Wald,
    DifferenceMethod::MiettinenNurminen,
    DifferenceMethod::Score,
    DifferenceMethod::AgrestiCaffo,
];

const LIFTS: [RateLiftMethod; 7] = [
    RateLiftMethod::Mover,
    RateLiftMethod::Fieller,
    RateLiftMethod::Delta,
    RateLiftMethod::Log,
    RateLiftMethod::LogAdjusted,
    RateLiftMethod::MiettinenNurminen,
    RateLiftMethod::Score,
];

const RATES: [RateIntervalMethod; 9] = [
    RateIntervalMethod::Wilson,
    RateIntervalMethod::WilsonCorrected,
    RateIntervalMethod::ClopperPearson,
    RateIntervalMethod::MidP,
    RateIntervalMethod::Jeffreys,
    RateIntervalMethod::AgrestiCoull,
    RateIntervalMethod::Wald,
    RateIntervalMethod::Arcsine,
    RateIntervalMethod::Sterne,
];

const SIDES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Greater, Alternative::Less];

fn of(x: u64, n: u64) -> Proportion {
    Proportion::new(x, n).unwrap()
}

fn failures(p: &Proportion) -> Proportion {
    of(p.failures(), p.n())
}

fn up_to(most: u64) -> impl Strategy<Value = Proportion> {
    (1..=most).prop_flat_map(|n| (0..=n).prop_map(move |x| of(x, n)))
}

fn alpha() -> impl Strategy<Value = Alpha> {
    (1e-4..0.5).prop_map(|alpha| Alpha::new(alpha).unwrap())
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    a == b || (a - b).abs() <= relative * a.abs().max(b.abs())
}

fn same(a: Interval, b: Interval, absolute: f64) -> bool {
    let end = |a: f64, b: f64| a == b || (a - b).abs() <= absolute * a.abs().max(1.0);
    end(a.lower(), b.lower()) && end(a.upper(), b.upper())
}

fn reversed(alternative: Alternative) -> Alternative {
    match alternative {
        Alternative::Greater => Alternative::Less,
        Alternative::Less => Alternative::Greater,
        Alternative::TwoSided => Alternative::TwoSided,
    }
}

fn ln_choose(n: u64, k: u64) -> f64 {
    (1..=k).map(|i| ((n - k + i) as f64 / i as f64).ln()).sum()
}

/// P values of all tables with the same margins, by their factorials.
fn naive_fisher(control: &Proportion, treatment: &Proportion) -> [f64; 3] {
    let k = control.successes() + treatment.successes();
    let (n_t, n_c) = (treatment.n(), control.n());
    let mass = |x: u64| (ln_choose(n_t, x) + ln_choose(n_c, k - x) - ln_choose(n_t + n_c, k)).exp();
    let own = mass(treatment.successes());
    let (mut two, mut greater, mut less) = (0.0, 0.0, 0.0);
    for x in k.saturating_sub(n_c)..=k.min(n_t) {
        let mass = mass(x);
        two += if mass <= own * (1.0 + 1e-7) { mass } else { 0.0 };
        greater += if x >= treatment.successes() { mass } else { 0.0 };
        less += if x <= treatment.successes() { mass } else { 0.0 };
    }
    [two.min(1.0), greater.min(1.0), less.min(1.0)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_one_sided_interval_is_an_end_of_the_two_sided_one_at_twice_the_level(
        control in up_to(3_000), treatment in up_to(3_000), alpha in alpha(),
    ) {
        let doubled = Alpha::new(2.0 * alpha.get()).unwrap();
        for (difference, lift) in DIFFERENCES.into_iter().zip(LIFTS.into_iter().cycle().skip(3)) {
            for test in [RateTest::Pooled, RateTest::UnpooledT] {
                let of = |alpha, alternative| compare_rates(
                    &control, &treatment, &RateOptions { alpha, alternative, test, difference, lift },
                );
                let both = of(doubled, Alternative::TwoSided);
                let (greater, less) = (of(alpha, Alternative::Greater), of(alpha, Alternative::Less));
                for (both, greater, less) in [
                    (both.difference.interval, greater.difference.interval, less.difference.interval),
                    (both.lift.interval, greater.lift.interval, less.lift.interval),
                ] {
                    prop_assert_eq!(both.is_ok(), greater.is_ok());
                    let (Ok(both), Ok(greater), Ok(less)) = (both, greater, less) else { continue };
                    prop_assert!(greater.upper() == f64::INFINITY && less.lower() == f64::NEG_INFINITY);
                    prop_assert!((greater.lower() - both.lower()).abs() <= 1e-9 * both.lower().abs().max(1e-3));
                    prop_assert!((less.upper() - both.upper()).abs() <= 1e-9 * both.upper().abs().max(1e-3));
                }
                prop_assert_eq!(both.control, of(doubled, Alternative::Greater).control);
                if let (Ok(two), Ok(up), Ok(down)) = (both.test, greater.test, less.test) {
                    prop_assert!(close(two.p, 2.0 * up.p.min(down.p), 1e-12));
                    prop_assert!((up.p + down.p - 1.0).abs() < 1e-12);
                    // Below 1e-300 the p value runs out of digits; its logarithm does not.
                    let agree = |test: Test| test.p < 1e-300 || close(test.ln_p.exp(), test.p, 1e-9);
                    prop_assert!(agree(up) && agree(down));
                    prop_assert_eq!((up.alternative, down.alternative), (Alternative::Greater, Alternative::Less));
                }
            }
        }
    }

    #[test]
    fn a_test_and_its_own_interval_agree(control in up_to(400), treatment in up_to(400), alpha in alpha()) {
        let pairs = [
            (RateTest::Pooled, DifferenceMethod::Score, RateLiftMethod::Score, OddsRatioMethod::Score),
            (
                RateTest::MiettinenNurminen,
                DifferenceMethod::MiettinenNurminen,
                RateLiftMethod::MiettinenNurminen,
                OddsRatioMethod::MiettinenNurminen,
            ),
            (RateTest::Unpooled, DifferenceMethod::Wald, RateLiftMethod::Fieller, OddsRatioMethod::Log),
            (RateTest::UnpooledT, DifferenceMethod::Wald, RateLiftMethod::Fieller, OddsRatioMethod::Log),
            (RateTest::AgrestiCaffo, DifferenceMethod::AgrestiCaffo, RateLiftMethod::Mover, OddsRatioMethod::Log),
        ];
        for alternative in SIDES {
            for (test, difference, lift, odds) in pairs {
                let comparison =
                    compare_rates(&control, &treatment, &RateOptions { alpha, alternative, test, difference, lift });
                let Ok(result) = comparison.test else { continue };
                if (result.p - alpha.get()).abs() < 1e-9 {
                    continue;
                }
                let rejected = result.p < alpha.get();
                if let Ok(interval) = comparison.difference.interval {
                    prop_assert_eq!(rejected, !interval.contains(0.0), "{:?} {:?} {:?}", test, interval, result);
                }
                if let (true, Ok(interval)) = (lift != RateLiftMethod::Mover, comparison.lift.interval) {
                    prop_assert_eq!(rejected, !interval.contains(0.0), "{:?} {:?} {:?}", lift, interval, result);
                }
                if odds != OddsRatioMethod::Log {
                    let ratio = odds_ratio(&control, &treatment, odds, alpha, alternative);
                    if let Ok(interval) = ratio.interval {
                        prop_assert_eq!(rejected, !interval.contains(1.0), "{:?} {:?} {:?}", odds, interval, result);
                    }
                }
            }
        }
    }

    #[test]
    fn swapping_the_arms_or_the_outcomes_mirrors(control in up_to(2_000), treatment in up_to(2_000), alpha in alpha()) {
        for (alternative, difference) in SIDES.into_iter().flat_map(|side| DIFFERENCES.map(|way| (side, way))) {
            let options = RateOptions { alpha, alternative, difference, ..RateOptions::default() };
            let back = RateOptions { alternative: reversed(alternative), ..options };
            let plain = compare_rates(&control, &treatment, &options);
            let mirrors = [
                compare_rates(&treatment, &control, &back),
                compare_rates(&failures(&control), &failures(&treatment), &back),
            ];
            for mirror in mirrors {
                match (plain.difference.interval, mirror.difference.interval) {
                    (Ok(one), Ok(other)) => {
                        prop_assert!(one.lower() == -other.upper() || (one.lower() + other.upper()).abs() < 1e-11);
                        prop_assert!(one.upper() == -other.lower() || (one.upper() + other.lower()).abs() < 1e-11);
                    }
                    (one, other) => prop_assert_eq!(one.err(), other.err()),
                }
                prop_assert_eq!(plain.test.is_ok(), mirror.test.is_ok());
                if let (Ok(one), Ok(other)) = (plain.test, mirror.test) {
                    prop_assert!(close(one.p, other.p, 1e-9), "{one:?} {other:?}");
                }
            }
            let fisher = fisher_test(&control, &treatment, alternative);
            for (c, t) in [(treatment, control), (failures(&control), failures(&treatment))] {
                let mirror = fisher_test(&c, &t, reversed(alternative));
                match (fisher, mirror) {
                    (Ok(one), Ok(other)) => prop_assert!(close(one.p, other.p, 1e-10), "{one:?} {other:?}"),
                    (one, other) => prop_assert_eq!(one.err(), other.err()),
                }
            }
        }
        let [h, back] = [(control, treatment), (treatment, control)]
            .map(|(c, t)| cohens_h(&c, &t, alpha, Alternative::TwoSided).estimate.unwrap());
        prop_assert_eq!(h, -back);
    }

    #[test]
    fn intervals_of_one_rate_hold_it_and_mirror(p in up_to(3_000), alpha in (1e-4..0.2).prop_map(|alpha| Alpha::new(alpha).unwrap())) {
        for (method, alternative) in RATES.into_iter().flat_map(|method| SIDES.map(|side| (method, side))) {
            let one = rate_interval(&p, method, alpha, alternative);
            let other = rate_interval(&failures(&p), method, alpha, reversed(alternative));
            match (one, other) {
                (Ok(one), Ok(other)) => {
                    let mirrored = Interval::new(0.0, 1.0).unwrap();
                    let low = if one.lower().is_finite() { one.lower() } else { mirrored.lower() };
                    let high = if one.upper().is_finite() { one.upper() } else { mirrored.upper() };
                    prop_assert!((0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high), "{method:?} {one:?}");
                    // Jeffreys' leaves 0 and 1 outside at its ends.
                    if p.successes() > 0 && p.failures() > 0 {
                        prop_assert!(one.contains(p.rate().unwrap()), "{method:?} {one:?}");
                    }
                    let turned = |end: f64| if end.is_finite() { 1.0 - end } else { -end };
                    prop_assert!(
                        one.lower() == turned(other.upper()) || (one.lower() - turned(other.upper())).abs() < 1e-10,
                        "{:?} {:?} {:?} {:?}", method, p, one, other
                    );
                }
                (one, other) => prop_assert_eq!(one.err(), other.err()),
            }
        }
    }

    #[test]
    fn exact_limits_are_where_the_binomial_test_says_alpha(p in up_to(500), alpha in 1e-4..0.5) {
        let level = Alpha::new(alpha).unwrap();
        let interval = rate_interval(&p, RateIntervalMethod::ClopperPearson, level, Alternative::TwoSided).unwrap();
        let mid = rate_interval(&p, RateIntervalMethod::MidP, level, Alternative::TwoSided).unwrap();
        let test = |rate: f64, side| binomial_test(&p, Fraction::new(rate).unwrap(), side).unwrap();
        if p.successes() > 0 {
            prop_assert!(close(test(interval.lower(), Alternative::Greater).p, alpha / 2.0, 1e-7));
            prop_assert!(close(test(mid.lower(), Alternative::Greater).mid_p, alpha / 2.0, 1e-7));
        }
        if p.failures() > 0 {
            prop_assert!(close(test(interval.upper(), Alternative::Less).p, alpha / 2.0, 1e-7));
            prop_assert!(close(test(mid.upper(), Alternative::Less).mid_p, alpha / 2.0, 1e-7));
        }
        prop_assert!(interval.lower() <= mid.lower() && mid.upper() <= interval.upper());
    }

    #[test]
    fn the_chi_square_of_two_rates_is_z_squared(control in up_to(5_000), treatment in up_to(5_000)) {
        let rows = [&treatment, &control].map(|p| vec![p.successes(), p.failures()]);
        let table = Table::new(rows.to_vec()).unwrap();
        let options = ChiSquareOptions::default();
        let z = compare_rates(&control, &treatment, &RateOptions::default()).test;
        let (Ok(test), Ok(z)) = (chi_square(&table, options), z) else { return Ok(()) };
        prop_assert!(close(test.chi_square, z.statistic * z.statistic, 1e-8) || test.chi_square < 1e-20);
        prop_assert!(close(test.p, z.p, 1e-8));
        prop_assert!((test.effect.phi.unwrap() - z.statistic / ((control.n() + treatment.n()) as f64).sqrt()).abs() < 1e-9);
        prop_assert!((test.standardized_residuals[0][0] - z.statistic).abs() < 1e-7 * z.statistic.abs().max(1e-6));
        // Yates moves it towards zero; the order of rows and columns does not matter.
        let yates = chi_square(&table, ChiSquareOptions { yates: true, ..options }).unwrap();
        prop_assert!(yates.chi_square <= test.chi_square);
        let turned = Table::new(rows.iter().rev().map(|row| row.iter().rev().copied().collect()).collect()).unwrap();
        for statistic in [
            ChiSquareStatistic::Pearson,
            ChiSquareStatistic::LikelihoodRatio,
            ChiSquareStatistic::CressieRead,
            ChiSquareStatistic::FreemanTukey,
        ] {
            let options = ChiSquareOptions { statistic, yates: false };
            let (one, other) = (chi_square(&table, options).unwrap(), chi_square(&turned, options).unwrap());
            prop_assert!(close(one.chi_square, other.chi_square, 1e-9) || one.chi_square < 1e-20);
        }
    }

    #[test]
    fn fisher_is_its_definition(control in up_to(60), treatment in up_to(60), alpha in alpha()) {
        let Ok(two) = fisher_test(&control, &treatment, Alternative::TwoSided) else { return Ok(()) };
        let naive = naive_fisher(&control, &treatment);
        let greater = fisher_test(&control, &treatment, Alternative::Greater).unwrap();
        let less = fisher_test(&control, &treatment, Alternative::Less).unwrap();
        for (test, naive) in [two, greater, less].into_iter().zip(naive) {
            prop_assert!(close(test.p, naive, 1e-9), "{test:?} {naive}");
            prop_assert!(test.mid_p <= test.p && close(test.ln_p.exp(), test.p, 1e-12));
        }
        // The exact interval's ends are where one-sided tests say alpha / 2, so that it agrees with them at 1.
        let ratio = conditional_odds_ratio(&control, &treatment, alpha, Alternative::TwoSided);
        if let Ok(interval) = ratio.interval {
            let clear = |p: f64| (p - alpha.get() / 2.0).abs() > 1e-9;
            if clear(greater.p) && clear(less.p) {
                prop_assert_eq!(interval.lower() > 1.0, greater.p < alpha.get() / 2.0);
                prop_assert_eq!(interval.upper() < 1.0, less.p < alpha.get() / 2.0);
            }
            if let Ok(estimate) = ratio.estimate {
                prop_assert!(interval.contains(estimate));
            }
        }
    }

    #[test]
    fn boschloo_is_never_above_fisher(control in up_to(25), treatment in up_to(25)) {
        for side in [Alternative::Greater, Alternative::Less] {
            let Ok(fisher) = fisher_test(&control, &treatment, side) else { continue };
            let boschloo = boschloo_test(&control, &treatment, side).unwrap();
            prop_assert!(boschloo.p <= fisher.p * (1.0 + 1e-9), "{boschloo:?} {fisher:?}");
            prop_assert!(close(boschloo.statistic.unwrap(), fisher.p, 1e-12));
            // Barnard's p value is at least the probability at any one rate, so at least that of the table alone.
            let barnard = barnard_test(&control, &treatment, BarnardStatistic::Pooled, side).unwrap();
            let back = barnard_test(&treatment, &control, BarnardStatistic::Pooled, reversed(side)).unwrap();
            prop_assert!(close(barnard.p, back.p, 1e-7));
        }
    }

    #[test]
    fn more_units_at_the_same_rates_say_more(control in up_to(300), treatment in up_to(300), times in 2_u64..50) {
        let more = |p: &Proportion| of(p.successes() * times, p.n() * times);
        for difference in DIFFERENCES {
            let options = RateOptions { difference, ..RateOptions::default() };
            let few = compare_rates(&control, &treatment, &options);
            let many = compare_rates(&more(&control), &more(&treatment), &options);
            let width = |interval: Interval| interval.upper() - interval.lower();
            if let (Ok(few), Ok(many)) = (few.difference.interval, many.difference.interval) {
                prop_assert!(width(many) <= width(few), "{difference:?} {few:?} {many:?}");
            }
            if let (Ok(few), Ok(many)) = (few.test, many.test) {
                prop_assert!(many.p <= few.p + 1e-12);
            }
        }
    }

    #[test]
    fn one_stratum_twice_is_its_sum_with_half_the_variance(control in up_to(800), treatment in up_to(800)) {
        // Two equal strata: every method's standard error shrinks by √2, as with twice the units.
        let stratum = Stratum { control, treatment };
        let options = RateOptions { difference: DifferenceMethod::Score, lift: RateLiftMethod::Score, ..RateOptions::default() };
        let strata = compare_rate_strata(&[stratum, stratum], &options);
        let twice = |p: Proportion| of(2 * p.successes(), 2 * p.n());
        let whole = compare_rates(&twice(control), &twice(treatment), &options);
        prop_assert!(same(strata.difference.interval.unwrap(), whole.difference.interval.unwrap(), 1e-9));
        if let (Ok(strata), Ok(whole)) = (strata.lift.interval, whole.lift.interval) {
            prop_assert!(same(strata, whole, 1e-7), "{strata:?} {whole:?}");
        }
        if let (Ok(strata), Ok(whole)) = (strata.test, whole.test) {
            prop_assert!(close(strata.statistic, whole.statistic, 1e-9));
        }
    }

    #[test]
    fn event_rates_do_not_know_the_unit_of_exposure(
        x_c in 0_u64..500, x_t in 0_u64..500, t_c in 0.1..100.0, t_t in 0.1..100.0, scale in 1e-6..1e6, alpha in alpha(),
    ) {
        let rate = |x, exposure: f64| EventRate::new(x, Positive::new(exposure).unwrap());
        let tests = [
            (EventRateTest::Score, EventRateDifferenceMethod::Score, EventRateLiftMethod::Score),
            (EventRateTest::Wald, EventRateDifferenceMethod::Wald, EventRateLiftMethod::Conditional),
            (EventRateTest::WaldAdjusted, EventRateDifferenceMethod::WaldAdjusted, EventRateLiftMethod::MidP),
            (EventRateTest::WaldLog, EventRateDifferenceMethod::Mover, EventRateLiftMethod::Log),
        ];
        for (test, difference, lift) in tests {
            let options = EventRateOptions { alpha, test, difference, lift, alternative: Alternative::TwoSided };
            let plain = compare_event_rates(&rate(x_c, t_c), &rate(x_t, t_t), &options);
            let scaled = compare_event_rates(&rate(x_c, t_c * scale), &rate(x_t, t_t * scale), &options);
            let swapped = compare_event_rates(&rate(x_t, t_t), &rate(x_c, t_c), &options);
            if let (Ok(plain), Ok(scaled), Ok(swapped)) = (plain.test, scaled.test, swapped.test) {
                prop_assert!((plain.statistic - scaled.statistic).abs() < 1e-9 * plain.statistic.abs().max(1.0));
                prop_assert!((plain.statistic + swapped.statistic).abs() < 1e-9 * plain.statistic.abs().max(1.0));
            }
            if let (Ok(a), Ok(b), Ok(c)) =
                (plain.difference.interval, scaled.difference.interval, swapped.difference.interval)
            {
                let size = a.lower().abs().max(a.upper().abs());
                for (one, other) in [
                    (a.lower(), b.lower() * scale), (a.upper(), b.upper() * scale),
                    (a.lower(), -c.upper()), (a.upper(), -c.lower()),
                ] {
                    prop_assert!((one - other).abs() <= 1e-9 * size, "{difference:?} {a:?} {b:?} {c:?}");
                }
                if let Ok(test) = plain.test {
                    let agreeing = matches!(
                        difference,
                        EventRateDifferenceMethod::Score | EventRateDifferenceMethod::Wald | EventRateDifferenceMethod::WaldAdjusted
                    );
                    if agreeing && (test.p - alpha.get()).abs() > 1e-9 {
                        prop_assert_eq!(test.p < alpha.get(), !a.contains(0.0), "{:?} {:?} {:?}", test, a, difference);
                    }
                    if let (EventRateLiftMethod::Score | EventRateLiftMethod::Log, Ok(lift)) = (lift, plain.lift.interval)
                        && (test.p - alpha.get()).abs() > 1e-9
                    {
                        prop_assert_eq!(test.p < alpha.get(), !lift.contains(0.0));
                    }
                }
            }
        }
    }
}
