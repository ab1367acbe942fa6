//! Comparing, sharpening, looking early, trusting, deciding.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn means(control in moments(), treatment in moments(), other in moments(), options in mean_options()) {
        let strata = [Stratum { control, treatment }, Stratum { control: other, treatment: control }];
        check(&compare_means(&control, &treatment, &options));
        check(&compare_mean_strata(&strata, &options));
        check(&mean(&control, options.alpha));
        let MeanOptions { alpha, alternative, .. } = options;
        for interval in [EffectSizeInterval::NoncentralT, EffectSizeInterval::LargeSample] {
            check(&effect_sizes(&control, &treatment, &EffectSizeOptions { alpha, alternative, interval }));
        }
    }

    #[test]
    fn rates(control in proportion(), treatment in proportion(), other in proportion(), options in rate_options()) {
        let strata = [Stratum { control, treatment }, Stratum { control: other, treatment: control }];
        check(&compare_rates(&control, &treatment, &options));
        check(&compare_rate_strata(&strata, &options));
    }

    #[test]
    fn ratios(control in joint(3), treatment in joint(3), options in mean_options()) {
        check(&compare_ratios(&control, &treatment, 0, 1, &options));
        check(&ratio(&control, 0, 2, options.alpha));
        let strata = [Stratum { control: control.clone(), treatment: treatment.clone() }, Stratum { control: treatment, treatment: control }];
        check(&compare_ratio_strata(&strata, 0, 1, &options));
    }

    #[test]
    fn ranks(
        control in sample(),
        treatment in sample(),
        alpha in alpha(),
        alternative in alternative(),
        method in some(&[RankMethod::Auto, RankMethod::Exact, RankMethod::Corrected, RankMethod::Uncorrected]),
    ) {
        check(&compare_ranks(&control, &treatment, &RankOptions { alpha, alternative, method }));
    }

    #[test]
    fn quantiles(
        control in sample(),
        treatment in sample(),
        level in fraction(),
        (alpha, alternative, lift, reference) in (alpha(), alternative(), lift_method(), reference()),
        method in some(&[
            QuantileMethod::InvertedCdf,
            QuantileMethod::AveragedInvertedCdf,
            QuantileMethod::ClosestObservation,
            QuantileMethod::InterpolatedInvertedCdf,
            QuantileMethod::Hazen,
            QuantileMethod::Weibull,
            QuantileMethod::Linear,
            QuantileMethod::MedianUnbiased,
            QuantileMethod::NormalUnbiased,
            QuantileMethod::Lower,
            QuantileMethod::Higher,
            QuantileMethod::Midpoint,
            QuantileMethod::Nearest,
        ]),
        clusters in vec(vec(number(), 0..4), 0..8),
        (n, quantile, limits) in (units(), number(), (number(), number())),
    ) {
        let options = QuantileOptions { alpha, alternative, lift, method, reference };
        check(&compare_quantiles(&control, &treatment, level, &options));
        check(&quantile_interval(&control, level, alpha));
        check(&treatment.quantile(level, method));
        check(&treatment.moments());
        finite(&format!("{:?}", quantile_ranks(n, level, alpha)));
        if let Ok(clusters) = ClusteredSample::from_units(&clusters) {
            check(&compare_clustered_quantiles(&clusters, &clusters, level, &options));
        }
        if let Ok(limits) = QuantileLimits::new(n, n, quantile, limits) {
            let moments = limits.moments(level);
            check(&compare_quantile_summaries(moments, control.moments(), &options));
        }
    }

    #[test]
    fn one_rate_and_tables(
        control in proportion(),
        treatment in proportion(),
        (alpha, alternative, null) in (alpha(), alternative(), fraction()),
        method in some(&[
            RateIntervalMethod::Wilson,
            RateIntervalMethod::WilsonCorrected,
            RateIntervalMethod::ClopperPearson,
            RateIntervalMethod::MidP,
            RateIntervalMethod::Jeffreys,
            RateIntervalMethod::AgrestiCoull,
            RateIntervalMethod::Wald,
            RateIntervalMethod::Arcsine,
            RateIntervalMethod::Sterne,
        ]),
        odds in some(&[OddsRatioMethod::MiettinenNurminen, OddsRatioMethod::Score, OddsRatioMethod::Log, OddsRatioMethod::LogAdjusted]),
        statistic in some(&[
            ChiSquareStatistic::Pearson,
            ChiSquareStatistic::LikelihoodRatio,
            ChiSquareStatistic::CressieRead,
            ChiSquareStatistic::FreemanTukey,
            ChiSquareStatistic::Neyman,
            ChiSquareStatistic::ModifiedLikelihoodRatio,
        ]),
        cells in vec(vec(units(), 3), 1..4),
        (direction, yates) in (direction(), any::<bool>()),
    ) {
        check(&rate_interval(&control, method, alpha, alternative));
        check(&odds_ratio(&control, &treatment, odds, alpha, alternative));
        check(&cohens_h(&control, &treatment, alpha, alternative));
        check(&binomial_test(&control, null, alternative));
        check(&find_winner(&[control, treatment, control], &WinnerOptions { alpha, direction, minimum_units: 1 }));
        if let Ok(table) = Table::new(cells) {
            check(&chi_square(&table, ChiSquareOptions { statistic, yates }));
        }
        // Exact tests go through every table: those of a trillion units take seconds or say that there are too many.
        if control.n().max(treatment.n()) < 1_001 {
            check(&fisher_test(&control, &treatment, alternative));
            check(&conditional_odds_ratio(&control, &treatment, alpha, alternative));
        }
        if control.n().max(treatment.n()) < 30 {
            check(&boschloo_test(&control, &treatment, alternative));
            for statistic in [BarnardStatistic::Pooled, BarnardStatistic::Unpooled] {
                check(&barnard_test(&control, &treatment, statistic, alternative));
            }
        }
    }

    #[test]
    fn event_rates(
        (events, exposure) in (units(), positive()),
        (other_events, other_exposure) in (units(), positive()),
        (alpha, alternative, null) in (alpha(), alternative(), positive()),
        test in some(&[
            EventRateTest::Score,
            EventRateTest::ScoreLog,
            EventRateTest::Wald,
            EventRateTest::WaldAdjusted,
            EventRateTest::WaldLog,
            EventRateTest::SquareRoot,
        ]),
        difference in some(&[
            EventRateDifferenceMethod::Score,
            EventRateDifferenceMethod::Wald,
            EventRateDifferenceMethod::WaldAdjusted,
            EventRateDifferenceMethod::Mover,
        ]),
        lift in some(&[
            EventRateLiftMethod::Score,
            EventRateLiftMethod::Conditional,
            EventRateLiftMethod::MidP,
            EventRateLiftMethod::Log,
            EventRateLiftMethod::LogAdjusted,
            EventRateLiftMethod::Mover,
        ]),
        method in some(&[
            EventRateIntervalMethod::Garwood,
            EventRateIntervalMethod::MidP,
            EventRateIntervalMethod::Score,
            EventRateIntervalMethod::Wald,
            EventRateIntervalMethod::WaldAdjusted,
            EventRateIntervalMethod::Jeffreys,
            EventRateIntervalMethod::SquareRoot,
            EventRateIntervalMethod::Anscombe,
            EventRateIntervalMethod::Vandenbroucke,
        ]),
    ) {
        let (control, treatment) = (EventRate::new(events, exposure), EventRate::new(other_events, other_exposure));
        let options = EventRateOptions { alpha, alternative, test, difference, lift };
        check(&compare_event_rates(&control, &treatment, &options));
        check(&event_rate_interval(&control, method, alpha, alternative));
        check(&event_rate_test(&control, null, alternative));
        check(&conditional_rate_test(&control, &treatment, null, alternative));
    }

    #[test]
    fn sharpened(
        control in joint(3),
        treatment in joint(3),
        ratio_control in joint(4),
        ratio_treatment in joint(4),
        (control_rows, treatment_rows) in (rows(3, 9), rows(3, 9)),
        (alpha, alternative, lift) in (alpha(), alternative(), lift_method()),
        slopes in some(&[Slopes::WithinArms, Slopes::AllUnits, Slopes::EqualArms]),
        (slope_error, lift_base, lift_gradient) in (
            some(&[SlopeError::Counted, SlopeError::Ignored]),
            some(&[LiftBase::UnadjustedControl, LiftBase::AdjustedControl]),
            some(&[LiftGradient::Adjusted, LiftGradient::Unadjusted]),
        ),
        (model, target, degrees) in (
            some(&[Model::Ancova, Model::Interacted]),
            some(&[Target::Sample, Target::Population]),
            some(&[Degrees::Satterthwaite, Degrees::Residual]),
        ),
        (errors, robust) in (
            some(&[Errors::Classical, Errors::ByArm]),
            some(&[RobustErrors::Hc0, RobustErrors::Hc1, RobustErrors::Hc2, RobustErrors::Hc3]),
        ),
    ) {
        let options = CupedOptions { alpha, alternative, slopes, slope_error, lift, lift_base, lift_gradient };
        check(&cuped(&control, &treatment, &options));
        check(&ratio_cuped(&ratio_control, &ratio_treatment, &options));
        check(&regress(&control, &treatment, &RegressionOptions { alpha, alternative, model, errors, target, lift }));
        let options = RowOptions { alpha, alternative, model, errors: robust, degrees, target, lift };
        if let Ok(adjusted) = regress_rows(&control_rows, &treatment_rows, &options) {
            check(&adjusted);
        }
    }

    #[test]
    fn clusters_and_strata(
        control in joint(2),
        treatment in joint(2),
        crossed in joint(4),
        (cluster_rows, other_rows) in (vec((number(), 1..40_u64), 0..7), vec((-9.0..9.0, 1..40_u64), 0..7)),
        (alpha, alternative, lift) in (alpha(), alternative(), lift_method()),
        errors in some(&[ClusterErrors::ByArm, ClusterErrors::Cr0, ClusterErrors::Cr1, ClusterErrors::Cr1Stata]),
        row_errors in some(&[ClusterRowErrors::Cr2, ClusterRowErrors::Cr3]),
        of_means in vec((moments(), moments()), 0..4),
        of_rates in vec((proportion(), proportion()), 0..4),
        (shares, degrees, slope_error) in (
            some(&[Shares::Sampled, Shares::Fixed]),
            some(&[StrataDegrees::Satterthwaite, StrataDegrees::WithoutStrata]),
            some(&[SlopeError::Counted, SlopeError::Ignored]),
        ),
        (samples, levels) in (vec(sample(), 1..3), (option::of(fraction()), option::of(fraction()))),
    ) {
        let options = ClusterOptions { alpha, alternative, errors, lift };
        check(&compare_clusters(&control, &treatment, &options));
        check(&compare_crossed_clusters(&crossed, &options));
        let clusters = |rows: &[(f64, u64)]| -> Vec<Cluster> {
            rows.iter().filter_map(|&(sum, units)| Cluster::new(sum, NonZeroU64::new(units)?).ok()).collect()
        };
        let options = ClusterRowOptions { alpha, alternative, errors: row_errors, lift };
        check(&compare_cluster_rows(&clusters(&cluster_rows), &clusters(&other_rows), &options));

        let options = PostStratification { alpha, alternative, shares, degrees, slope_error, lift };
        let of_means: Vec<_> = of_means.into_iter().map(|(control, treatment)| Stratum { control, treatment }).collect();
        let of_rates: Vec<_> = of_rates.into_iter().map(|(control, treatment)| Stratum { control, treatment }).collect();
        check(&post_stratify(&of_means, &options));
        check(&post_stratify_rates(&of_rates, &options));
        let of_rows = [Stratum { control: control.clone(), treatment: treatment.clone() }, Stratum { control: treatment, treatment: control }];
        check(&post_stratify_cuped(&of_rows, &options));

        if let Ok(levels) = Levels::new(levels.0, levels.1)
            && let Ok(limits) = Limits::pooled(&samples, &levels, QuantileMethod::Linear)
        {
            check(&winsorise(&samples[0], &limits).moments);
        }
    }

    #[test]
    fn anytime(
        (control, treatment) in (moments(), moments()),
        (rate, other_rate) in (proportion(), proportion()),
        effect in effect(),
        n in units().prop_filter_map("none", NonZeroU64::new),
        (alpha, alternative, lift) in (alpha(), alternative(), lift_method()),
        tuning in prop_oneof![units().prop_filter_map("none", NonZeroU64::new).prop_map(Tuning::Units), positive().prop_map(Tuning::Rho)],
        mixing in positive(),
    ) {
        let options = AnytimeOptions { alpha, alternative, tuning, lift };
        check(&compare_means_anytime(&control, &treatment, &options));
        check(&compare_rates_anytime(&rate, &other_rate, &options));
        check(&asymptotic(effect, n, &AsymptoticOptions { alpha, alternative, tuning }));
        check(&tuned_rho(n, alpha, alternative));
        for mixing in [Ok(MixingVariance::new(mixing)), MixingVariance::for_effect(mixing, alpha), MixingVariance::for_horizon(mixing, alpha)].into_iter().flatten() {
            check(&msprt(effect, &MsprtOptions { mixing, alpha, alternative }));
        }
        check(&bound::bernoulli(&rate, alpha, mixing, Alpha::default()));
    }

    #[test]
    fn bounds(
        (v, v_opt, c, g) in (positive(), positive(), positive(), positive()),
        (alpha, alpha_opt) in (alpha(), alpha()),
        s in number(),
        sides in some(&[bound::Sides::One, bound::Sides::Two]),
    ) {
        if let Ok(mixture) = bound::NormalMixture::tuned(v_opt, alpha_opt, sides) {
            check(&(mixture.bound(v, alpha), mixture.ln_e(s, v)));
        }
        if let Ok(mixture) = bound::BetaBinomial::tuned(v_opt, alpha_opt, c, g, sides) {
            check(&(mixture.bound(v, alpha), mixture.ln_e(s, v)));
        }
        if let Ok(mixture) = bound::GammaExponential::tuned(v_opt, alpha_opt, c) {
            check(&(mixture.bound(v, alpha), mixture.ln_e(s, v)));
        }
        if let Ok(mixture) = bound::GammaPoisson::tuned(v_opt, alpha_opt, c) {
            check(&(mixture.bound(v, alpha), mixture.ln_e(s, v)));
        }
        if let Ok(stitching) = bound::PolynomialStitching::standard(v_opt, c.get()) {
            check(&stitching.bound(v, alpha));
        }
    }

    #[test]
    fn trust_in_means(
        (control, treatment) in (moments(), moments()),
        (rate, other_rate) in (proportion(), proportion()),
        effect in effect(),
        df in option::of(1.0..1e6_f64),
        (alpha, direction, variance) in (alpha(), direction(), variance()),
        (one, other) in (number(), number()),
        margin in positive(),
        usual in positive(),
    ) {
        let df = df.and_then(DegreesOfFreedom::new);
        check(&non_inferior(effect, df, margin, direction, alpha));
        for margin in [Margin::Difference(margin), Margin::Lift(margin)] {
            let options = NonInferiorityOptions { alpha, direction, variance };
            check(&non_inferior_means(&control, &treatment, margin, &options));
            check(&non_inferior_rates(&rate, &other_rate, margin, &options));
        }
        if let Ok(margins) = Margins::new(one.min(other), one.max(other)) {
            check(&equivalent(effect, df, margins, alpha));
            for scale in [Scale::Difference, Scale::Lift] {
                let options = EquivalenceOptions { alpha, variance, scale };
                check(&equivalent_means(&control, &treatment, margins, &options));
                check(&equivalent_rates(&rate, &other_rate, margins, &options));
            }
        }
        check(&twyman(effect, usual));
    }

    #[test]
    fn trust_in_families(
        arms in vec((units(), prop_oneof![3 => 0.01..1.0, 1 => Just(0.0), 1 => positive_number()]), 0..5),
        p in vec(prop_oneof![0.0..=1.0, Just(0.0), Just(1.0), Just(f64::from_bits(1))], 0..7),
        effects in vec((0..1_000_u32, effect()), 0..7),
        alpha in alpha(),
        concentration in prop_oneof![units().prop_filter_map("none", NonZeroU64::new).prop_map(Concentration::TunedFor), positive().prop_map(Concentration::Units)],
        correction in some(&[
            Correction::Bonferroni,
            Correction::Sidak,
            Correction::Holm,
            Correction::HolmSidak,
            Correction::Hochberg,
            Correction::Hommel,
            Correction::BenjaminiHochberg,
            Correction::BenjaminiYekutieli,
            Correction::TwoStageBenjaminiHochberg,
            Correction::TwoStageBenjaminiKriegerYekutieli,
            Correction::GavrilovBenjaminiSarkar,
        ]),
    ) {
        let arms: Vec<Arm> = arms.into_iter().filter_map(|(observed, expected)| Arm::new(observed, expected).ok()).collect();
        let options = SequentialSampleRatioOptions { alpha, concentration };
        check(&sample_ratio(&arms));
        check(&sequential_sample_ratio(&arms, &options));
        check(&watch_sample_ratio(&[arms.clone(), arms.clone(), arms], &options));
        let p: Vec<_> = p.into_iter().map(|p| Ok(PValue::new(p).unwrap())).collect();
        check(&adjust(&p, correction, alpha));
        let days: Vec<_> = effects.iter().map(|&(day, effect)| DayEffect::new(day, effect)).collect();
        for scale in [TimeScale::LogDays, TimeScale::Days] {
            check(&exposure_trend(&days, scale, alpha));
        }
        let effects: Vec<_> = effects.into_iter().map(|(_, effect)| effect).collect();
        check(&heterogeneity(&effects, alpha));
    }

    #[test]
    fn decisions(
        (control, treatment) in (moments(), moments()),
        (options, direction, margin) in (mean_options(), direction(), positive()),
        (days, horizon) in (0.0..100.0_f64, 0.0..100.0_f64),
        look in some(&[Look::Inside, Look::Crossed, Look::Futile]),
        (observed, expected) in ((units(), units()), (0.01..1.0_f64, 0.01..1.0_f64)),
    ) {
        let primary = compare_means(&control, &treatment, &options);
        for margin in [GuardrailMargin::Absolute(margin), GuardrailMargin::Relative(margin)] {
            check(&guardrail(&primary, margin, direction));
        }
        let arms = [Arm::new(observed.0, expected.0).unwrap(), Arm::new(observed.1, expected.1).unwrap()];
        let treatment = TreatmentEvidence {
            units: treatment.n(),
            adjusted_p: primary.test.map(|test| test.p),
            primary,
            look,
            guardrails: Vec::new(),
        };
        for horizon in [Horizon::Fixed { days: horizon }, Horizon::Sequential { days: horizon }] {
            check(&recommend(&Evidence {
                alpha: options.alpha,
                direction,
                days,
                horizon,
                sample_ratio: sample_ratio(&arms),
                sample_ratio_alpha: options.alpha,
                control_units: control.n(),
                treatments: vec![treatment.clone(), treatment.clone()],
                gates: Gates::default(),
                power: Ok(0.8),
            }));
        }
    }

    #[test]
    fn factors(
        cells in vec(moments(), 4),
        rates in vec(proportion(), 4),
        contrasts in vec(number(), 0..9),
        (alpha, alternative, variance, reference) in (alpha(), alternative(), variance(), reference()),
        coding in some(&[Coding::Differences, Coding::HighMinusLow, Coding::Coefficient]),
    ) {
        let options = factorial::EffectOptions { alpha, alternative, coding, variance, reference };
        let design = factorial::Design::full(2).unwrap();
        check(&factorial::effects(&design, &cells, &options).unwrap());
        check(&factorial::rate_effects(&design, &rates, &options).unwrap());
        check(&interaction(&[[cells[0], cells[1]], [cells[2], cells[3]]], &options));
        check(&rate_interaction(&[[rates[0], rates[1]], [rates[2], rates[3]]], &options));
        finite(&format!("{:?}", lenth(&contrasts, alpha)));
    }
}
