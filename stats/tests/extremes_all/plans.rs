//! Planning, many treatments, posteriors, resampling, adapting.

use super::*;

proptest! {
    // Each of these integrates, searches or resamples.
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans(
        baseline in prop_oneof![
            fraction().prop_map(Baseline::rate),
            (number(), positive()).prop_filter_map("refused", |(mean, deviation)| Baseline::mean(mean, deviation).ok()),
            (positive(), positive()).prop_map(|(mean, dispersion)| Baseline::count(mean, dispersion)),
            moments().prop_filter_map("absent", |moments| Baseline::measured(&moments).ok()),
        ],
        clusters in option::of((1.0..1e6_f64, 0.0..9.0_f64, 0.0..1.0_f64)),
        (size, relative, wanted, n) in (number(), any::<bool>(), fraction(), units()),
        (alpha, alternative, direction) in (alpha(), alternative(), direction()),
        test in some(&[PlannedTest::Usual, PlannedTest::PooledT, PlannedTest::Z, PlannedTest::Arcsine]),
        (correction, counted) in (
            some(&[PlanCorrection::None, PlanCorrection::Bonferroni, PlanCorrection::Sidak]),
            some(&[Counted::Every, Counted::RightSign]),
        ),
        weights in vec(positive_number(), 2..5),
        per_day in positive_number(),
    ) {
        let baseline = match clusters.and_then(|(size, variation, correlation)| Clusters::new(size, variation, correlation).ok()) {
            Some(clusters) => baseline.in_clusters(clusters),
            None => baseline,
        };
        let allocation = Allocation::new(&weights).unwrap_or_default();
        let design = Plan { alpha, alternative, allocation, correction, test, counted, ..Plan::default() };
        if let Ok(effect) = if relative { Effect::relative(size) } else { Effect::absolute(size) } {
            check(&power(&baseline, effect, n, &design));
            let size = sample_size(&baseline, effect, wanted, &design);
            check(&size);
            if let (Ok(size), Ok(traffic)) = (size, Traffic::per_day(per_day)) {
                check(&(traffic.days(size.total()), traffic.days_in_whole_weeks(size.total())));
            }
            check(&non_inferiority(&baseline, effect, None, wanted, direction, &design));
            check(&equivalence(&baseline, effect, wanted, &design));
        }
        check(&minimum_detectable_effect(&baseline, n, wanted, alternative, &design));
    }

    #[test]
    fn many_treatments(
        control in moments(),
        treatments in vec(moments(), 0..4),
        (alpha, alternative) in (alpha(), alternative()),
    ) {
        check(&dunnett(&control, &treatments, &DunnettOptions { alpha, alternative }));
    }

    #[test]
    fn posteriors(
        (control, treatment) in (moments(), moments()),
        (rate, other_rate) in (proportion(), proportion()),
        (alpha, direction) in (alpha(), direction()),
        (mean, deviation, strength) in (number(), positive(), positive()),
        prior_rate in fraction(),
        scale in some(&[EffectScale::Absolute, EffectScale::Relative]),
        law in posterior(),
        at in number(),
    ) {
        check(&law.summary(alpha));
        check(&law.exceeds(at));
        check(&law.quantile(prior_rate));
        check(&normal_expected_loss(at, deviation.get(), direction));
        for prior in [Some(MeanPrior::flat()), MeanPrior::new(mean, deviation).ok()].into_iter().flatten() {
            check(&posterior_effect(&control, &treatment, &EffectOptions { scale, prior, prior_scale: scale, direction, alpha }));
            if let Ok(posterior) = prior.posterior(&control) {
                check(&posterior.summary(alpha));
            }
        }
        for prior in [RatePrior::uniform(), RatePrior::jeffreys(), RatePrior::new(prior_rate, strength)] {
            for rate in [rate, other_rate] {
                if let Ok(posterior) = prior.posterior(&rate) {
                    check(&posterior.summary(alpha));
                }
            }
        }
        if let Ok(posterior) = EventRatePrior::jeffreys().posterior(rate.n(), strength) {
            check(&posterior.summary(alpha));
        }
        if let Ok(posterior) = MeanVariancePrior::reference().posterior(&treatment) {
            check(&(posterior.variance_mean(), posterior.mean().map(|mean| mean.summary(alpha))));
        }
    }

    #[test]
    fn resamples(
        (control, treatment) in (sample(), sample()),
        pairs in vec((number(), positive_number()), 1..9),
        (alpha, alternative, level) in (alpha(), alternative(), fraction()),
        interval in some(&[BootstrapInterval::Percentile, BootstrapInterval::Bca, BootstrapInterval::Basic]),
    ) {
        let resampling = Resampling {
            resamples: NonZeroU32::new(50).unwrap(),
            seed: 3,
            threads: NonZeroUsize::MIN,
        };
        let options = BootstrapOptions { alpha, alternative, interval, resampling };
        // A resample of n units takes n draws: huge samples are for the analysis by moments.
        if control.n().max(treatment.n()) < 2_000 {
            check(&resample::compare_means(&control, &treatment, &options));
            check(&resample::compare_quantiles(&control, &treatment, level, QuantileMethod::Linear, &options));
            let options = PermutationOptions { alternative, resampling, ..PermutationOptions::default() };
            for statistic in [MeanStatistic::Studentised, MeanStatistic::Difference] {
                check(&permute_means(&control, &treatment, statistic, &options));
            }
        }
        let pairs: Vec<[f64; 2]> = pairs.into_iter().map(|(numerator, denominator)| [numerator, denominator]).collect();
        if let Ok(pairs) = RatioSample::from_rows(&pairs) {
            check(&resample::compare_ratios(&pairs, &pairs, &options));
        }
    }

    #[test]
    fn adaptation(
        arms in vec((1.0..50.0_f64, 1.0..50.0_f64, units()), 1..4),
        (alpha, direction, share) in (alpha(), direction(), fraction()),
        scored in vec((0.001..=1.0_f64, option::of(number()), number()), 0..9),
        epochs in vec((0.01..0.99_f64, moments(), moments()), 0..5),
    ) {
        let arms: Vec<PolicyArm> = arms
            .into_iter()
            .filter_map(|(a, b, units)| Some(PolicyArm { posterior: Posterior::beta(a, b).ok()?, units }))
            .collect();
        for policy in [
            Policy::Even,
            Policy::Thompson,
            Policy::TopTwo { leader: share },
            Policy::EpsilonGreedy { epsilon: Epsilon::Constant(share) },
            Policy::Ucb1,
            Policy::KlUcb,
        ] {
            check(&policy.weights(&arms, direction));
        }
        let units: Vec<ScoredUnit> = scored
            .into_iter()
            .filter_map(|(propensity, outcome, prediction)| ScoredUnit::new(propensity, outcome, prediction).ok())
            .collect();
        let epochs: Vec<Epoch> = epochs
            .into_iter()
            .filter_map(|(share, control, treatment)| Epoch::new(vec![(1.0 - share, control), (share, treatment)]).ok())
            .collect();
        for weighting in [Weighting::Uniform, Weighting::ConstantAllocation, Weighting::TwoPoint { decay: share }] {
            check(&weighted_difference(&units, &units, weighting, alpha));
            check(&epoch_difference(&epochs, 0, 1, EpochMethod::Augmented(weighting), alpha));
        }
        for method in [EpochMethod::HorvitzThompson, EpochMethod::Hajek, EpochMethod::Stratified] {
            check(&epoch_difference(&epochs, 0, 1, method, alpha));
        }
    }
}
