//! Two variants, by every method.

use edgewise_stats::{
    Alternative, Interval, QuantileMethod, Sample, Stratum,
    compare::{
        ClusteredSample, DifferenceMethod, EffectSizeInterval, EffectSizeOptions, EventRate,
        EventRateDifferenceMethod, EventRateIntervalMethod, EventRateLiftMethod, EventRateOptions,
        EventRateTest, MeanOptions, QuantileOptions, RankMethod, RankOptions, RateIntervalMethod,
        RateLiftMethod, RateOptions, RateTest, Reference, Variance, compare_clustered_quantiles,
        compare_event_rates, compare_mean_strata, compare_means, compare_quantiles, compare_ranks,
        compare_rate_strata, compare_rates, compare_ratio_strata, compare_ratios, conditional_rate_test,
        effect_sizes, event_rate_interval, event_rate_test, hedges_correction,
        lift::{self, LiftMethod, MeanWithError},
        linearised, mean, quantile_interval, quantile_ranks, rate, rate_interval, ratio, wilson,
    },
};

use super::{
    Done,
    data::{self, ALTERNATIVES, Made, alphas, fraction, joint, positive, values},
};
use crate::digest::Digest;

/// Every choice that a comparison of means has.
fn mean_options() -> Made<Vec<MeanOptions>> {
    let mut options = Vec::new();
    for alpha in alphas()? {
        for alternative in ALTERNATIVES {
            for variance in [Variance::Separate, Variance::Pooled] {
                for reference in [Reference::StudentsT, Reference::Normal] {
                    for lift in [LiftMethod::Fieller, LiftMethod::Delta, LiftMethod::Log] {
                        options.push(MeanOptions { alpha, alternative, variance, reference, lift });
                    }
                }
            }
        }
    }
    Ok(options)
}

pub(crate) fn means(digest: &mut Digest) -> Done {
    for [control, treatment] in data::means()? {
        for options in mean_options()? {
            digest.fold(&compare_means(&control, &treatment, &options))?;
        }
        for alpha in alphas()? {
            digest.fold(&[mean(&control, alpha), mean(&treatment, alpha)])?;
            for alternative in ALTERNATIVES {
                for interval in [EffectSizeInterval::NoncentralT, EffectSizeInterval::LargeSample] {
                    let options = EffectSizeOptions { alpha, alternative, interval };
                    digest.fold(&effect_sizes(&control, &treatment, &options))?;
                }
            }
        }
    }
    let strata: Vec<_> =
        data::means()?[..2].iter().map(|&[control, treatment]| Stratum { control, treatment }).collect();
    for options in mean_options()? {
        digest.fold(&compare_mean_strata(&strata, &options))?;
    }
    for df in [1, 2, 10, 343, 1_000_000] {
        digest.fold(&hedges_correction(df))?;
    }
    Ok(())
}

pub(crate) fn lifts(digest: &mut Digest) -> Done {
    for (control, treatment) in
        [((10.0, 0.3), (11.0, 0.4)), ((1e-200, 1e-202), (3e-200, 1e-201)), ((5.0, 3.0), (-2.0, 1.0))]
    {
        let [one, other] =
            [MeanWithError::new(control.0, control.1)?, MeanWithError::new(treatment.0, treatment.1)?];
        digest.fold(&(lift::lift(control.0, treatment.0), lift::standard_error(one, other)))?;
        for critical in [0.5, 1.96, 4.9] {
            digest.fold(&(
                lift::delta(one, other, critical),
                lift::fieller(one, other, critical),
                lift::log(one, other, critical),
            ))?;
        }
        let around = |(mean, error): (f64, f64)| {
            Interval::new(mean - error, mean + 2.0 * error).map(|interval| (mean, interval))
        };
        digest.fold(&lift::mover(around(control)?, around(treatment)?))?;
    }
    Ok(())
}

pub(crate) fn rates(digest: &mut Digest) -> Done {
    use DifferenceMethod as Difference;
    use RateIntervalMethod as OfOne;
    let differences = [
        Difference::Newcombe,
        Difference::Wald,
        Difference::NewcombeCorrected,
        Difference::MiettinenNurminen,
        Difference::Score,
        Difference::AgrestiCaffo,
    ];
    let lifts = [
        RateLiftMethod::Mover,
        RateLiftMethod::Fieller,
        RateLiftMethod::Delta,
        RateLiftMethod::Log,
        RateLiftMethod::LogAdjusted,
        RateLiftMethod::MiettinenNurminen,
        RateLiftMethod::Score,
    ];
    let tests = [
        RateTest::Pooled,
        RateTest::MiettinenNurminen,
        RateTest::Unpooled,
        RateTest::AgrestiCaffo,
        RateTest::UnpooledT,
    ];
    let of_one = [
        OfOne::Wilson,
        OfOne::WilsonCorrected,
        OfOne::ClopperPearson,
        OfOne::MidP,
        OfOne::Jeffreys,
        OfOne::AgrestiCoull,
        OfOne::Wald,
        OfOne::Arcsine,
    ];
    for [control, treatment] in data::rates()? {
        for alpha in alphas()? {
            for alternative in ALTERNATIVES {
                for (i, &lift) in lifts.iter().enumerate() {
                    let (test, difference) = (tests[i % tests.len()], differences[i % differences.len()]);
                    let options = RateOptions { alpha, alternative, test, difference, lift };
                    digest.fold(&compare_rates(&control, &treatment, &options))?;
                }
                for method in of_one {
                    digest.fold(&rate_interval(&treatment, method, alpha, alternative))?;
                }
            }
            digest.fold(&(rate(&control, alpha), wilson(&control, alpha)))?;
        }
        if control.n() < 100 {
            digest.fold(&rate_interval(&control, OfOne::Sterne, alphas()?[0], Alternative::TwoSided))?;
        }
    }
    let strata: Vec<_> =
        data::rates()?[..2].iter().map(|&[control, treatment]| Stratum { control, treatment }).collect();
    digest.fold(&compare_rate_strata(&strata, &RateOptions::default()))?;
    Ok(())
}

pub(crate) fn event_rates(digest: &mut Digest) -> Done {
    use EventRateDifferenceMethod as Difference;
    use EventRateIntervalMethod as OfOne;
    use EventRateLiftMethod as Lift;
    use EventRateTest as Test;
    let tests =
        [Test::Score, Test::ScoreLog, Test::Wald, Test::WaldAdjusted, Test::WaldLog, Test::SquareRoot];
    let differences = [Difference::Score, Difference::Wald, Difference::WaldAdjusted, Difference::Mover];
    let lifts = [Lift::Score, Lift::Conditional, Lift::MidP, Lift::Log, Lift::LogAdjusted, Lift::Mover];
    let of_one = [
        OfOne::Garwood,
        OfOne::MidP,
        OfOne::Score,
        OfOne::Wald,
        OfOne::WaldAdjusted,
        OfOne::Jeffreys,
        OfOne::SquareRoot,
        OfOne::Anscombe,
        OfOne::Vandenbroucke,
    ];
    for (control, treatment) in
        [((60, 51_477.5), (30, 54_308.7)), ((0, 10.0), (4, 12.5)), ((1_000_000, 3e6), (1_003_000, 2.9e6))]
    {
        let [control, treatment] = [
            EventRate::new(control.0, positive(control.1)?),
            EventRate::new(treatment.0, positive(treatment.1)?),
        ];
        for alpha in alphas()? {
            for alternative in ALTERNATIVES {
                for (i, (&test, &lift)) in tests.iter().zip(&lifts).enumerate() {
                    let difference = differences[i % differences.len()];
                    let options = EventRateOptions { alpha, alternative, test, difference, lift };
                    digest.fold(&compare_event_rates(&control, &treatment, &options))?;
                }
                for method in of_one {
                    digest.fold(&event_rate_interval(&treatment, method, alpha, alternative))?;
                }
            }
        }
        for alternative in ALTERNATIVES {
            digest.fold(&conditional_rate_test(&control, &treatment, positive(1.1)?, alternative))?;
            digest.fold(&event_rate_test(&treatment, positive(0.3)?, alternative))?;
        }
    }
    Ok(())
}

pub(crate) fn ratios(digest: &mut Digest) -> Done {
    let (control, treatment) = (joint(11, 80, 0.0)?, joint(12, 70, 3.0)?);
    let other = Stratum { control: joint(13, 30, 1.0)?, treatment: joint(14, 20, 1.5)? };
    let strata = [Stratum { control: control.clone(), treatment: treatment.clone() }, other];
    for options in mean_options()? {
        digest.fold(&compare_ratios(&control, &treatment, 0, 1, &options))?;
        digest.fold(&compare_ratio_strata(&strata, 0, 1, &options))?;
    }
    for alpha in alphas()? {
        digest.fold(&ratio(&control, 2, 1, alpha))?;
    }
    digest.fold(&linearised(&treatment, 0, 1))?;
    Ok(())
}

pub(crate) fn ranks(digest: &mut Digest) -> Done {
    let samples = [
        (values(21, 8, 0.0), values(22, 9, 1.5)),
        (values(23, 150, 0.0), values(24, 170, 4.0)),
        (vec![1.0, 2.0, 2.0, 3.0], vec![2.0, 3.0, 3.0, 4.0, 9.0]),
        (vec![1.0, 2.0], vec![3.0, 4.0]),
    ];
    for (control, treatment) in samples {
        let [control, treatment] = [Sample::from_values(control)?, Sample::from_values(treatment)?];
        for alpha in alphas()? {
            for alternative in ALTERNATIVES {
                for method in
                    [RankMethod::Auto, RankMethod::Exact, RankMethod::Corrected, RankMethod::Uncorrected]
                {
                    digest.fold(&compare_ranks(
                        &control,
                        &treatment,
                        &RankOptions { alpha, alternative, method },
                    ))?;
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn quantiles(digest: &mut Digest) -> Done {
    use QuantileMethod as Method;
    let methods = [
        Method::InvertedCdf,
        Method::AveragedInvertedCdf,
        Method::ClosestObservation,
        Method::InterpolatedInvertedCdf,
        Method::Hazen,
        Method::Weibull,
        Method::Linear,
        Method::MedianUnbiased,
        Method::NormalUnbiased,
        Method::Lower,
        Method::Higher,
        Method::Midpoint,
        Method::Nearest,
    ];
    let [control, treatment] = [values(31, 400, 0.0), values(32, 380, 3.0)];
    let clustered = |values: &[f64]| ClusteredSample::from_units(values.chunks(3));
    let clusters = [clustered(&control)?, clustered(&treatment)?];
    let [control, treatment] = [Sample::from_values(control)?, Sample::from_values(treatment)?];
    for level in [0.01, 0.25, 0.5, 0.9, 0.99] {
        let level = fraction(level)?;
        for alpha in alphas()? {
            digest.fold(&quantile_interval(&control, level, alpha))?;
            digest.fold(
                &quantile_ranks(1_000_000, level, alpha)
                    .map(|ranks| (ranks.lower, ranks.upper, ranks.coverage)),
            )?;
            for alternative in ALTERNATIVES {
                for lift in [LiftMethod::Fieller, LiftMethod::Delta, LiftMethod::Log] {
                    let options = QuantileOptions { alpha, alternative, lift, ..QuantileOptions::default() };
                    digest.fold(&compare_quantiles(&control, &treatment, level, &options))?;
                    digest.fold(&compare_clustered_quantiles(&clusters[0], &clusters[1], level, &options))?;
                }
            }
        }
        for method in methods {
            digest.fold(&treatment.quantile(level, method))?;
        }
    }
    Ok(())
}
