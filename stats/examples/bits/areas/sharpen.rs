//! Adjusted results.

use edgewise_stats::{
    QuantileMethod, Sample, Stratum,
    compare::lift::LiftMethod,
    sharpen::{
        Cluster, ClusterErrors, ClusterOptions, ClusterRowErrors, ClusterRowOptions, CupedOptions, Degrees,
        Errors, Levels, LiftBase, LiftGradient, Limits, Model, PostStratification, RegressionOptions,
        RobustErrors, RowOptions, Shares, SlopeError, Slopes, StrataDegrees, Target, balance,
        compare_cluster_rows, compare_clusters, compare_crossed_clusters, cuped, post_stratify,
        post_stratify_cuped, post_stratify_rates, ratio_cuped, regress, regress_rows, trim_levels, winsorise,
        winsorise_rows,
    },
};

use super::{
    Done,
    data::{ALTERNATIVES, Made, alphas, count, fraction, joint, means, rates, rows, values},
};
use crate::digest::Digest;

pub(crate) fn adjusted(digest: &mut Digest) -> Done {
    let (control, treatment) = (joint(61, 90, 0.0)?, joint(64, 110, 2.0)?);
    let (control_rows, treatment_rows) = (rows(61, 30, 0.0), rows(64, 35, 2.0));
    digest.fold(&balance(&control, &treatment))?;
    for alpha in alphas()? {
        for alternative in ALTERNATIVES {
            for slopes in [Slopes::WithinArms, Slopes::AllUnits, Slopes::EqualArms] {
                for lift_gradient in [LiftGradient::Adjusted, LiftGradient::Unadjusted] {
                    for lift_base in [LiftBase::UnadjustedControl, LiftBase::AdjustedControl] {
                        let options = CupedOptions {
                            alpha,
                            alternative,
                            slopes,
                            lift_gradient,
                            lift_base,
                            ..CupedOptions::default()
                        };
                        digest.fold(&cuped(&control, &treatment, &options))?;
                        digest.fold(&ratio_cuped(&control, &treatment, &options))?;
                    }
                }
            }
            for model in [Model::Ancova, Model::Interacted] {
                for (target, errors) in
                    [(Target::Sample, Errors::Classical), (Target::Population, Errors::ByArm)]
                {
                    let options = RegressionOptions {
                        alpha,
                        alternative,
                        model,
                        errors,
                        target,
                        lift: LiftMethod::Delta,
                    };
                    digest.fold(&regress(&control, &treatment, &options))?;
                }
                for degrees in [Degrees::Satterthwaite, Degrees::Residual] {
                    for errors in [RobustErrors::Hc0, RobustErrors::Hc1, RobustErrors::Hc2, RobustErrors::Hc3]
                    {
                        let options = RowOptions {
                            alpha,
                            alternative,
                            model,
                            errors,
                            degrees,
                            target: Target::Sample,
                            lift: LiftMethod::Fieller,
                        };
                        digest.fold(&regress_rows(&control_rows, &treatment_rows, &options)?)?;
                    }
                }
            }
        }
    }
    let options = CupedOptions { slope_error: SlopeError::Ignored, ..CupedOptions::default() };
    digest.fold(&cuped(&control, &treatment, &options))?;
    Ok(())
}

pub(crate) fn clusters(digest: &mut Digest) -> Done {
    let (control, treatment) = (joint(71, 25, 0.0)?, joint(74, 30, 2.0)?);
    let rows = |seed, added| -> Made<Vec<Cluster>> {
        values(seed, 18, added)
            .iter()
            .zip(1..)
            .map(|(&sum, units)| Ok(Cluster::new(sum, count(1 + units % 5)?)?))
            .collect()
    };
    let (control_rows, treatment_rows) = (rows(76, 0.0)?, rows(77, 3.0)?);
    for alpha in alphas()? {
        for alternative in ALTERNATIVES {
            for errors in
                [ClusterErrors::ByArm, ClusterErrors::Cr0, ClusterErrors::Cr1, ClusterErrors::Cr1Stata]
            {
                let options = ClusterOptions { alpha, alternative, errors, lift: LiftMethod::Fieller };
                digest.fold(&compare_clusters(&control, &treatment, &options))?;
                digest.fold(&compare_crossed_clusters(&control, &options))?;
            }
            for errors in [ClusterRowErrors::Cr2, ClusterRowErrors::Cr3] {
                let options = ClusterRowOptions { alpha, alternative, errors, lift: LiftMethod::Delta };
                digest.fold(&compare_cluster_rows(&control_rows, &treatment_rows, &options))?;
            }
        }
    }
    Ok(())
}

pub(crate) fn strata(digest: &mut Digest) -> Done {
    let of_means: Vec<_> =
        means()?[..2].iter().map(|&[control, treatment]| Stratum { control, treatment }).collect();
    let of_rates: Vec<_> =
        rates()?[..2].iter().map(|&[control, treatment]| Stratum { control, treatment }).collect();
    let of_rows = [
        Stratum { control: joint(81, 30, 0.0)?, treatment: joint(82, 31, 1.0)? },
        Stratum { control: joint(83, 50, 1.0)?, treatment: joint(84, 40, 2.5)? },
    ];
    for alpha in alphas()? {
        for alternative in ALTERNATIVES {
            for shares in [Shares::Sampled, Shares::Fixed] {
                for degrees in [StrataDegrees::Satterthwaite, StrataDegrees::WithoutStrata] {
                    let options = PostStratification {
                        alpha,
                        alternative,
                        shares,
                        degrees,
                        ..PostStratification::default()
                    };
                    digest.fold(&post_stratify(&of_means, &options))?;
                    digest.fold(&post_stratify_rates(&of_rates, &options))?;
                    digest.fold(&post_stratify_cuped(&of_rows, &options))?;
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn winsorised(digest: &mut Digest) -> Done {
    let samples = [Sample::from_values(values(91, 200, 0.0))?, Sample::from_values(values(92, 210, 1.0))?];
    let levels = Levels::new(Some(fraction(0.02)?), Some(fraction(0.95)?))?;
    let limits = Limits::pooled(&samples, &levels, QuantileMethod::Linear)?;
    digest.fold(&limits)?;
    for sample in &samples {
        let winsorised = winsorise(sample, &limits);
        digest.fold(&(winsorised.moments, winsorised.raised, winsorised.lowered))?;
    }
    digest.fold(&winsorise_rows(&[limits; 4], rows(93, 40, 0.0))?)?;
    let trimmed = trim_levels(&[100, 3, 50, 2, 1_000], 10);
    digest.fold(&(trimmed.kept, trimmed.merged, trimmed.merged_units))?;
    Ok(())
}
