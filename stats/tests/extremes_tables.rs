//! Rates, tables and event rates at the ends of what can be counted: finite numbers or reasons, and no panic.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use edgewise_stats::{
    Absent, Alpha, Alternative, Comparison, Direction, Estimate, Fraction, Interval, Positive, Proportion,
    Quantity, Stratum, Warning,
    compare::{
        BarnardStatistic, ChiSquareOptions, ChiSquareStatistic, DifferenceMethod, EventRate,
        EventRateDifferenceMethod, EventRateIntervalMethod, EventRateLiftMethod, EventRateOptions,
        EventRateTest, OddsRatioMethod, RateIntervalMethod, RateLiftMethod, RateOptions, RateTest, Table,
        Verdict, WinnerOptions, barnard_test, binomial_test, boschloo_test, chi_square, cohens_h,
        compare_event_rates, compare_rate_strata, compare_rates, conditional_odds_ratio,
        conditional_rate_test, event_rate_interval, event_rate_test, find_winner, fisher_test, odds_ratio,
        rate_interval,
    },
};

const SIDES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Greater, Alternative::Less];

fn of(x: u64, n: u64) -> Proportion {
    Proportion::new(x, n).unwrap()
}

fn levels() -> [Alpha; 4] {
    [f64::from_bits(1), 0.05, 0.9, 1.0 - f64::EPSILON].map(|alpha| Alpha::new(alpha).unwrap())
}

fn proportions() -> Vec<Proportion> {
    let counts = [0, 1, 2, 7, 1_000, 1 << 53, 1_000_000_000_000, u64::MAX - 1, u64::MAX];
    counts.iter().flat_map(|&x| counts.map(|n| Proportion::new(x, n))).filter_map(Result::ok).collect()
}

fn check_interval(interval: Estimate<Interval>, alternative: Alternative) {
    let Ok(interval) = interval else { return };
    assert!(!interval.lower().is_nan() && !interval.upper().is_nan() && interval.lower() <= interval.upper());
    assert_eq!(interval.lower().is_finite(), alternative != Alternative::Less, "{interval:?}");
    assert_eq!(interval.upper().is_finite(), alternative != Alternative::Greater, "{interval:?}");
}

fn check_quantity(quantity: &Quantity, alternative: Alternative) {
    assert!(quantity.estimate.map_or(true, f64::is_finite));
    assert!(quantity.standard_error.map_or(true, |error| error.is_finite() && error > 0.0), "{quantity:?}");
    check_interval(quantity.interval, alternative);
}

fn check(comparison: &Comparison, alternative: Alternative) {
    check_quantity(&comparison.control, Alternative::TwoSided);
    check_quantity(&comparison.treatment, Alternative::TwoSided);
    check_quantity(&comparison.difference, alternative);
    check_quantity(&comparison.lift, alternative);
    if let Ok(test) = comparison.test {
        assert!((0.0..=1.0).contains(&test.p) && test.statistic.is_finite(), "{test:?}");
        assert!(test.ln_p.is_finite() && test.ln_p <= 0.0, "{test:?}");
    }
}

#[test]
fn every_method_of_two_rates() {
    let ways = [
        (RateTest::Pooled, DifferenceMethod::Newcombe, RateLiftMethod::Mover),
        (RateTest::MiettinenNurminen, DifferenceMethod::MiettinenNurminen, RateLiftMethod::MiettinenNurminen),
        (RateTest::Unpooled, DifferenceMethod::Wald, RateLiftMethod::Fieller),
        (RateTest::UnpooledT, DifferenceMethod::Wald, RateLiftMethod::Delta),
        (RateTest::AgrestiCaffo, DifferenceMethod::AgrestiCaffo, RateLiftMethod::LogAdjusted),
        (RateTest::Pooled, DifferenceMethod::NewcombeCorrected, RateLiftMethod::Log),
        (RateTest::Pooled, DifferenceMethod::Score, RateLiftMethod::Score),
    ];
    let arms = proportions();
    for (control, treatment) in arms.iter().flat_map(|c| arms.iter().map(move |t| (c, t))) {
        for (alternative, alpha) in SIDES.into_iter().zip(levels().into_iter().cycle().skip(1)) {
            for (test, difference, lift) in ways {
                let options = RateOptions { alpha, alternative, test, difference, lift };
                check(&compare_rates(control, treatment, &options), alternative);
                let stratum = Stratum { control: *control, treatment: *treatment };
                let other = Stratum { control: of(3, 10), treatment: of(0, 4) };
                check(&compare_rate_strata(&[stratum, other], &options), alternative);
            }
        }
        check_quantity(&cohens_h(control, treatment, Alpha::default(), Alternative::Less), Alternative::Less);
        for method in [OddsRatioMethod::MiettinenNurminen, OddsRatioMethod::Log, OddsRatioMethod::LogAdjusted]
        {
            let ratio = odds_ratio(control, treatment, method, Alpha::default(), Alternative::TwoSided);
            check_quantity(&ratio, Alternative::TwoSided);
        }
    }
}

#[test]
fn exact_tests_of_any_size_answer_or_say_why() {
    let counts = [0, 1, 1_000, 1_000_000_000_000, u64::MAX];
    let arms: Vec<Proportion> =
        counts.iter().flat_map(|&x| counts.map(|n| Proportion::new(x, n))).filter_map(Result::ok).collect();
    for (control, treatment) in arms.iter().flat_map(|c| arms.iter().map(move |t| (c, t))) {
        for alternative in SIDES {
            match fisher_test(control, treatment, alternative) {
                Ok(test) => {
                    assert!((0.0..=1.0).contains(&test.p) && (0.0..=1.0).contains(&test.mid_p), "{test:?}");
                    assert!(test.ln_p.is_finite() && test.ln_p <= 0.0, "{test:?}");
                }
                Err(reason) => assert!(matches!(reason, Absent::NoUnits | Absent::EmptyTable), "{reason:?}"),
            }
        }
    }
    for (control, treatment) in arms.iter().flat_map(|c| arms.iter().step_by(4).map(move |t| (c, t))) {
        let ratio = conditional_odds_ratio(control, treatment, Alpha::default(), Alternative::TwoSided);
        check_quantity(&ratio, Alternative::TwoSided);
    }

    for arm in &arms {
        for null in [f64::MIN_POSITIVE, 1e-12, 0.5, 1.0 - f64::EPSILON] {
            let test = binomial_test(arm, Fraction::new(null).unwrap(), Alternative::TwoSided);
            assert!(test.is_ok_and(|test| test.ln_p.is_finite()) || arm.n() == 0, "{arm:?} {null}: {test:?}");
        }
    }
    // Unconditional tests say that the tables are too many, at once.
    let (many, more) = (of(1, 1_000_000_000_000), of(u64::MAX - 1, u64::MAX));
    assert_eq!(
        barnard_test(&many, &more, BarnardStatistic::Pooled, Alternative::TwoSided),
        Err(Absent::TooManyUnits)
    );
    assert_eq!(boschloo_test(&many, &more, Alternative::TwoSided), Err(Absent::TooManyUnits));
}

#[test]
fn every_interval_of_one_rate() {
    let methods = [
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
    for (arm, method) in proportions().iter().flat_map(|arm| methods.map(|method| (arm, method))) {
        for (alternative, alpha) in SIDES.into_iter().flat_map(|side| levels().map(|alpha| (side, alpha))) {
            let interval = rate_interval(arm, method, alpha, alternative);
            check_interval(interval, alternative);
            if arm.n() == 0 {
                assert_eq!(interval, Err(Absent::NoUnits));
            } else if alpha.get() > 1e-9 && method != RateIntervalMethod::Wald {
                assert!(interval.is_ok(), "{arm:?} {method:?} {alpha:?} {alternative:?}: {interval:?}");
            }
        }
    }
    // Rare events among many keep their digits: 1 of 10^12, Clopper-Pearson's upper limit is 5.5716 events.
    let rare = rate_interval(
        &of(1, 1_000_000_000_000),
        RateIntervalMethod::ClopperPearson,
        Alpha::default(),
        Alternative::TwoSided,
    )
    .unwrap();
    assert!((rare.upper() * 1e12 - 5.571_643_39).abs() < 1e-8, "{rare:?}");
}

#[test]
fn no_conversions_are_not_certainty() {
    let (none, all) = (of(0, 20), of(20, 20));
    let of_none = |difference| {
        let options = RateOptions { difference, ..RateOptions::default() };
        compare_rates(&none, &none, &options).difference.interval
    };
    // Mee's interval of 0/20 against 0/20: z² / (20 + z²), as far as Wilson's of 0/20.
    let score = of_none(DifferenceMethod::Score).unwrap();
    let z2 = 1.959_963_984_540_054_f64.powi(2);
    assert!((score.upper() - z2 / (20.0 + z2)).abs() < 1e-9, "{score:?}");
    assert!((score.lower() + score.upper()).abs() < 1e-12);
    assert_eq!(of_none(DifferenceMethod::Wald), Err(Absent::ZeroVariance));
    let comparison = compare_rates(&none, &all, &RateOptions::default());
    assert_eq!(comparison.lift.estimate, Err(Absent::ControlMeanNotPositive));
    assert!(comparison.test.unwrap().p < 1e-9);
    assert_eq!(comparison.warnings, [Warning::FewOutcomes { smallest: 0 }]);
    assert_eq!(fisher_test(&none, &none, Alternative::TwoSided), Err(Absent::EmptyTable));
    assert_eq!(
        barnard_test(&all, &all, BarnardStatistic::Pooled, Alternative::Less),
        Err(Absent::EmptyTable)
    );
    let ratio = conditional_odds_ratio(&all, &none, Alpha::default(), Alternative::TwoSided);
    assert_eq!(ratio.estimate, Ok(0.0));
    assert_eq!(ratio.standard_error, Err(Absent::ZeroVariance));
    assert!(ratio.interval.is_ok_and(|interval| interval.lower() < 1e-300 && interval.upper() < 0.1));
}

#[test]
fn odd_tables() {
    let test = |rows: Vec<Vec<u64>>, statistic| {
        chi_square(&Table::new(rows).unwrap(), ChiSquareOptions { statistic, yates: false })
    };
    let pearson = ChiSquareStatistic::Pearson;
    assert_eq!(test(vec![], pearson), Err(Absent::EmptyTable));
    assert_eq!(test(vec![vec![], vec![]], pearson), Err(Absent::EmptyTable));
    assert_eq!(test(vec![vec![0, 0], vec![0, 0]], pearson), Err(Absent::EmptyTable));
    assert_eq!(test(vec![vec![5, 0], vec![7, 0]], pearson), Err(Absent::EmptyTable));
    assert_eq!(test(vec![vec![5, 2], vec![0, 0]], pearson), Err(Absent::EmptyTable));
    assert_eq!(test(vec![vec![5, 0, 1], vec![0, 3, 2]], ChiSquareStatistic::Neyman), Err(Absent::OutOfRange));
    // A variant and an outcome without units are left out, and cost no degree of freedom.
    let kept = test(vec![vec![15, 0, 35], vec![0, 0, 0], vec![25, 0, 25]], pearson).unwrap();
    assert_eq!((kept.rows.as_slice(), kept.columns.as_slice(), kept.df), (&[0, 2][..], &[0, 2][..], 1));
    assert!((kept.chi_square - 25.0 / 6.0).abs() < 1e-12);
    // The largest counts; and equal shares give exactly nothing.
    for statistic in [pearson, ChiSquareStatistic::LikelihoodRatio, ChiSquareStatistic::FreemanTukey] {
        let huge = test(vec![vec![u64::MAX, 1, 0], vec![u64::MAX, u64::MAX, 3]], statistic).unwrap();
        assert!(huge.chi_square.is_finite() && huge.p >= 0.0 && huge.ln_p < -1e18, "{huge:?}");
        let same = test(vec![vec![10, 20, 30], vec![100, 200, 300]], statistic).unwrap();
        assert!(same.chi_square < 1e-25 && same.p > 1.0 - 1e-9 && same.effect.cramers_v < 1e-12, "{same:?}");
    }
    let few = test(vec![vec![3, 1], vec![1, 3]], pearson).unwrap();
    assert_eq!(few.warnings, [Warning::FewExpectedCells { cells: 4, smallest: 2.0 }]);
    assert_eq!(test(vec![vec![1, 0], vec![0, 1]], pearson).unwrap().effect.phi, Some(1.0));
    assert_eq!(test(vec![vec![0, 9], vec![9, 0]], pearson).unwrap().effect.phi, Some(-1.0));
}

#[test]
fn event_rates_of_any_size() {
    let exposures = [f64::MIN_POSITIVE, 1e-300, 1e-3, 1.0, 1e12, 1e300, f64::MAX];
    let rates: Vec<EventRate> = [0, 1, 5, 1_000_000_000_000, u64::MAX]
        .into_iter()
        .flat_map(|x| exposures.map(|exposure| EventRate::new(x, Positive::new(exposure).unwrap())))
        .collect();
    let methods = [
        EventRateIntervalMethod::Garwood,
        EventRateIntervalMethod::MidP,
        EventRateIntervalMethod::Score,
        EventRateIntervalMethod::Wald,
        EventRateIntervalMethod::WaldAdjusted,
        EventRateIntervalMethod::Jeffreys,
        EventRateIntervalMethod::SquareRoot,
        EventRateIntervalMethod::Anscombe,
        EventRateIntervalMethod::Vandenbroucke,
    ];
    for (rate, method) in rates.iter().flat_map(|rate| methods.map(|method| (rate, method))) {
        for alternative in SIDES {
            let interval = event_rate_interval(rate, method, Alpha::default(), alternative);
            check_interval(interval, alternative);
            if (1e-3..1e13).contains(&rate.exposure().get()) && rate.events() > 0 {
                assert!(interval.is_ok(), "{rate:?} {method:?} {alternative:?} {interval:?}");
            }
        }
        let null = Positive::new(2.0).unwrap();
        if let Ok(test) = event_rate_test(rate, null, Alternative::TwoSided) {
            assert!((0.0..=1.0).contains(&test.p) && test.ln_p.is_finite(), "{rate:?} {test:?}");
        }
    }
    let ways = [
        (EventRateTest::Score, EventRateDifferenceMethod::Score, EventRateLiftMethod::Score),
        (EventRateTest::ScoreLog, EventRateDifferenceMethod::Wald, EventRateLiftMethod::Conditional),
        (EventRateTest::Wald, EventRateDifferenceMethod::WaldAdjusted, EventRateLiftMethod::MidP),
        (EventRateTest::WaldAdjusted, EventRateDifferenceMethod::Mover, EventRateLiftMethod::Log),
        (EventRateTest::WaldLog, EventRateDifferenceMethod::Score, EventRateLiftMethod::LogAdjusted),
        (EventRateTest::SquareRoot, EventRateDifferenceMethod::Score, EventRateLiftMethod::Mover),
    ];
    for (control, treatment) in rates.iter().flat_map(|c| rates.iter().map(move |t| (c, t))) {
        for ((test, difference, lift), alternative) in ways.into_iter().zip(SIDES.into_iter().cycle()) {
            for alpha in [Alpha::default(), Alpha::new(0.9).unwrap()] {
                let options = EventRateOptions { alpha, alternative, test, difference, lift };
                check(&compare_event_rates(control, treatment, &options), alternative);
            }
        }
        let one = Positive::new(1.0).unwrap();
        if let Ok(test) = conditional_rate_test(control, treatment, one, Alternative::TwoSided) {
            assert!((0.0..=1.0).contains(&test.p) && test.ln_p.is_finite(), "{test:?}");
        }
    }
}

#[test]
fn a_winner_needs_units_a_difference_and_a_distance() {
    let asked = |variants: &[Proportion], minimum_units, direction| {
        let options = WinnerOptions { minimum_units, direction, alpha: Alpha::default() };
        find_winner(variants, &options).map(|search| search.verdict)
    };
    let (low, middle, high) = (of(80, 1_000), of(100, 1_000), of(160, 1_000));
    let up = Direction::HigherIsBetter;
    assert_eq!(asked(&[low, middle, high], 1_000, up), Ok(Verdict::Winner { variant: 2 }));
    assert_eq!(
        asked(&[low, middle, high], 1_001, up),
        Ok(Verdict::TooFewUnits { variant: 0, units: 1_000, needed: 1_001 })
    );
    assert_eq!(asked(&[low, middle], 0, up), Ok(Verdict::NoDifference));
    assert_eq!(asked(&[low, high, of(150, 1_000)], 0, up), Ok(Verdict::Undecided { best: 1, rival: 2 }));
    // Errors: the fewest are best.
    let down = Direction::LowerIsBetter;
    assert_eq!(asked(&[high, low], 0, down), Ok(Verdict::Winner { variant: 1 }));
    assert_eq!(asked(&[of(0, 10), of(0, 20)], 0, up), Ok(Verdict::Untestable));
    assert_eq!(asked(&[of(0, 0), of(0, 0)], 0, up), Ok(Verdict::Untestable));
    assert_eq!(asked(&[low], 0, up), Err(Absent::TooFewArms));
    // A variant without units neither wins nor hinders; the largest counts do not overflow.
    assert_eq!(asked(&[of(0, 0), low, high], 0, up), Ok(Verdict::Winner { variant: 2 }));
    assert_eq!(
        asked(&[of(u64::MAX, u64::MAX), of(u64::MAX - 9, u64::MAX)], 0, up),
        Ok(Verdict::Winner { variant: 0 })
    );
}
