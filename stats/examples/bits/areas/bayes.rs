//! Posteriors and their comparisons.

use edgewise_stats::{
    Direction, Interval,
    bayes::{
        BayesOptions, EffectOptions, EffectScale, EventRatePrior, MeanPrior, MeanVariancePrior, Posterior,
        RatePrior, compare_posteriors, expected_loss, expected_regret, normal_expected_loss,
        posterior_effect, practical_equivalence, practical_equivalence_of_lift, probability_best,
        probability_better, probability_second_best,
    },
};

use super::{
    Done,
    data::{DIRECTIONS, alphas, fraction, means, positive, rates},
};
use crate::digest::Digest;

pub(crate) fn all(digest: &mut Digest) -> Done {
    comparisons(digest)?;
    posteriors(digest)?;
    fields(digest)
}

/// Of each kind of law with each.
fn comparisons(digest: &mut Digest) -> Done {
    let laws = [
        Posterior::normal(0.1, 0.02)?,
        Posterior::students_t(0.12, 0.03, 5.0)?,
        Posterior::beta(12.0, 90.0)?,
        Posterior::gamma(31.0, 250.0)?,
    ];
    let others = [
        Posterior::normal(0.11, 0.01)?,
        Posterior::students_t(0.1, 0.02, 900.0)?,
        Posterior::beta(1_350.0, 12_000.0)?,
        Posterior::gamma(21.0, 180.0)?,
    ];
    let region = Interval::new(-0.01, 0.01)?;
    for law in &laws {
        for other in &others {
            for direction in DIRECTIONS {
                let options = BayesOptions {
                    direction,
                    difference_region: Some(region),
                    lift_region: Some(region),
                    lift_threshold: Some(0.02),
                    ..BayesOptions::default()
                };
                digest.fold(&compare_posteriors(law, other, &options))?;
            }
        }
        for alpha in alphas()? {
            digest.fold(&law.summary(alpha))?;
        }
        for x in [-0.1, 0.0, 0.05, 0.2, 3.0] {
            digest.fold(&law.exceeds(x))?;
        }
        for p in [1e-9, 0.3, 0.999] {
            digest.fold(&law.quantile(fraction(p)?))?;
        }
        digest.fold(&(
            practical_equivalence(law, &others[2], region),
            practical_equivalence_of_lift(law, &others[0], region),
        ))?;
    }
    Ok(())
}

/// From data and priors.
fn posteriors(digest: &mut Digest) -> Done {
    let alpha = alphas()?[0];
    let options = BayesOptions::default();
    for [control, treatment] in rates()? {
        for prior in
            [RatePrior::uniform(), RatePrior::jeffreys(), RatePrior::new(fraction(0.1)?, positive(50.0)?)]
        {
            let (control, treatment) = (prior.posterior(&control)?, prior.posterior(&treatment)?);
            digest.fold(&(control.summary(alpha), treatment.summary(alpha)))?;
            for direction in DIRECTIONS {
                digest.fold(&(
                    probability_better(&control, &treatment, direction),
                    expected_loss(&control, &treatment, direction),
                ))?;
            }
            if control.mean()? > 0.05 && control.standard_deviation()? < 0.01 {
                digest.fold(&compare_posteriors(&control, &treatment, &options))?;
            }
        }
        for prior in [
            EventRatePrior::flat(),
            EventRatePrior::jeffreys(),
            EventRatePrior::new(positive(0.1)?, positive(20.0)?),
        ] {
            let posterior = prior.posterior(treatment.successes(), positive(1_234.5)?);
            digest.fold(&posterior.map(|posterior| posterior.summary(alpha)))?;
        }
    }
    for [control, treatment] in means()? {
        for prior in [MeanPrior::flat(), MeanPrior::new(1.0, positive(5.0)?)?] {
            if let (Ok(control), Ok(treatment)) = (prior.posterior(&control), prior.posterior(&treatment)) {
                digest.fold(&compare_posteriors(&control, &treatment, &options))?;
            }
            for scale in [EffectScale::Absolute, EffectScale::Relative] {
                for direction in DIRECTIONS {
                    let options = EffectOptions { scale, prior, prior_scale: scale, direction, alpha };
                    digest.fold(&posterior_effect(&control, &treatment, &options))?;
                }
            }
        }
        for prior in [
            MeanVariancePrior::reference(),
            MeanVariancePrior::new(1.0, positive(3.0)?, positive(2.0)?, positive(4.0)?)?,
        ] {
            if let Ok(posterior) = prior.posterior(&treatment) {
                let mean = posterior.mean().map(|mean| mean.summary(alpha));
                digest.fold(&(
                    posterior.location(),
                    posterior.unit_deviation(),
                    posterior.variance_mean(),
                    mean,
                ))?;
            }
        }
    }
    for (mean, deviation) in [(0.1, 0.3), (-8.0, 0.01), (1e-300, 1e300)] {
        digest.fold(&normal_expected_loss(mean, deviation, Direction::HigherIsBetter))?;
    }
    Ok(())
}

/// The best of many.
fn fields(digest: &mut Digest) -> Done {
    let arms = [
        Posterior::beta(101.0, 901.0)?,
        Posterior::beta(121.0, 881.0)?,
        Posterior::beta(115.0, 887.0)?,
        Posterior::normal(0.118, 0.01)?,
        Posterior::students_t(0.11, 0.02, 7.0)?,
    ];
    for direction in DIRECTIONS {
        digest.fold(&(
            probability_best(&arms, direction),
            probability_second_best(&arms, direction),
            expected_regret(&arms[..3], direction),
        ))?;
    }
    Ok(())
}
