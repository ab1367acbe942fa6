//! Random mixtures of ordinary and extreme inputs to every function that an analysis calls: nothing panics, every number is
//! finite (but for the open end of a one-sided interval), probabilities are between 0 and 1, intervals in order.

#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test reports a bad case by panicking, and proptest gives values"
)]

use std::{
    fmt::Debug,
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
};

use edgewise_stats::{
    Alpha, Alternative, Direction, EstimatedEffect, Fraction, Interval, JointMoments, Moments, Positive,
    Proportion, QuantileMethod, Sample, Stratum,
    adapt::{
        Arm as PolicyArm, Epoch, EpochMethod, Epsilon, Policy, ScoredUnit, Weighting, epoch_difference,
        weighted_difference,
    },
    bayes::{
        BayesOptions, EffectOptions, EffectScale, EventRatePrior, MeanPrior, MeanVariancePrior, Posterior,
        RatePrior, compare_posteriors, normal_expected_loss, posterior_effect, probability_best,
    },
    compare::{
        BarnardStatistic, ChiSquareOptions, ChiSquareStatistic, ClusteredSample, DifferenceMethod,
        EffectSizeInterval, EffectSizeOptions, EventRate, EventRateDifferenceMethod, EventRateIntervalMethod,
        EventRateLiftMethod, EventRateOptions, EventRateTest, MeanOptions, OddsRatioMethod, QuantileLimits,
        QuantileOptions, RankMethod, RankOptions, RateIntervalMethod, RateLiftMethod, RateOptions, RateTest,
        Reference, Table, Variance, WinnerOptions, barnard_test, binomial_test, boschloo_test, chi_square,
        cohens_h, compare_clustered_quantiles, compare_event_rates, compare_mean_strata, compare_means,
        compare_quantile_summaries, compare_quantiles, compare_ranks, compare_rate_strata, compare_rates,
        compare_ratio_strata, compare_ratios, conditional_odds_ratio, conditional_rate_test, effect_sizes,
        event_rate_interval, event_rate_test, find_winner, fisher_test, lift::LiftMethod, mean, odds_ratio,
        quantile_interval, quantile_ranks, rate_interval, ratio,
    },
    decide::{
        Evidence, Gates, Horizon, Look, Margin as GuardrailMargin, TreatmentEvidence, guardrail, recommend,
    },
    distribution::students_t::DegreesOfFreedom,
    factorial::{self, Coding, interaction, lenth, rate_interaction},
    plan::{
        Allocation, Baseline, Clusters, Correction as PlanCorrection, Counted, Design as Plan, Effect,
        PlannedTest, Traffic, equivalence, minimum_detectable_effect, non_inferiority, power, sample_size,
    },
    resample::{
        self, BootstrapInterval, BootstrapOptions, MeanStatistic, PermutationOptions, RatioSample,
        Resampling, permute_means,
    },
    sequential::{
        anytime::{
            AnytimeOptions, AsymptoticOptions, MixingVariance, MsprtOptions, Tuning, asymptotic, bound,
            compare_means_anytime, compare_rates_anytime, msprt, tuned_rho,
        },
        group::{
            Boundaries, Delta, Design, DriftPrior, Futility, Gamma, Looks, Shape, Spending, SpendingLedger,
            boundaries,
        },
    },
    sharpen::{
        Cluster, ClusterErrors, ClusterOptions, ClusterRowErrors, ClusterRowOptions, CupedOptions, Degrees,
        Errors, Levels, LiftBase, LiftGradient, Limits, Model, PostStratification, RegressionOptions,
        RobustErrors, RowOptions, Shares, SlopeError, Slopes, StrataDegrees, Target, compare_cluster_rows,
        compare_clusters, compare_crossed_clusters, cuped, post_stratify, post_stratify_cuped,
        post_stratify_rates, ratio_cuped, regress, regress_rows, winsorise,
    },
    trust::{
        Arm, Concentration, Correction, DayEffect, DunnettOptions, EquivalenceOptions, Margin, Margins,
        NonInferiorityOptions, PValue, Scale, SequentialSampleRatioOptions, TimeScale, adjust, dunnett,
        equivalent, equivalent_means, equivalent_rates, exposure_trend, heterogeneity, non_inferior,
        non_inferior_means, non_inferior_rates, sample_ratio, sequential_sample_ratio, twyman,
        watch_sample_ratio,
    },
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde::Serialize;
use serde_json::Value;

mod designs;
mod inputs;
mod lawful;
mod plans;
mod results;

use inputs::*;
use lawful::*;
