//! Whether the numbers may be believed.

use edgewise_stats::{
    Alpha, EstimatedEffect,
    compare::Variance,
    distribution::students_t::DegreesOfFreedom,
    trust::{
        Arm, Concentration, Correction, DayEffect, DunnettOptions, EquivalenceOptions, Margin, Margins,
        NonInferiorityOptions, PValue, Scale, SequentialSampleRatioOptions, TimeScale, adjust,
        bonferroni_alpha, dunnett, equivalent, equivalent_means, equivalent_rates, exposure_trend,
        false_coverage_alpha, heterogeneity, non_inferior, non_inferior_means, non_inferior_rates,
        sample_ratio, sample_ratio_by_segment, sequential_sample_ratio, sidak_alpha, twyman,
        watch_sample_ratio,
    },
};

use super::{
    Done,
    data::{ALTERNATIVES, DIRECTIONS, Made, PROBABILITIES, alphas, count, means, positive, rates},
};
use crate::digest::Digest;

pub(crate) fn all(digest: &mut Digest) -> Done {
    ratios(digest)?;
    margins(digest)?;
    families(digest)
}

fn ratios(digest: &mut Digest) -> Done {
    let arms = |observed: &[u64]| -> Made<Vec<Arm>> {
        observed.iter().map(|&observed| Ok(Arm::new(observed, 1.0)?)).collect()
    };
    let days = [arms(&[470, 505, 490])?, arms(&[510, 498, 520])?, arms(&[1_000_500, 998_000, 1_000_020])?];
    let concentrations = [Concentration::TunedFor(count(10_000)?), Concentration::Units(positive(123.0)?)];
    for alpha in alphas()? {
        for concentration in concentrations {
            let options = SequentialSampleRatioOptions { alpha, concentration };
            for day in &days {
                digest.fold(&(sample_ratio(day), sequential_sample_ratio(day, &options)))?;
            }
            digest.fold(&watch_sample_ratio(&days, &options))?;
        }
        digest.fold(&sample_ratio_by_segment(&days, Correction::Holm, alpha))?;
    }
    Ok(())
}

fn margins(digest: &mut Digest) -> Done {
    let region = Margins::new(-0.02, 0.03)?;
    let effects = [EstimatedEffect::new(0.01, 0.004)?, EstimatedEffect::new(-0.3, 0.2)?];
    for alpha in alphas()? {
        for direction in DIRECTIONS {
            for df in [None, DegreesOfFreedom::new(17.5)] {
                digest.fold(&(
                    equivalent(effects[0], df, region, alpha),
                    non_inferior(effects[1], df, positive(0.1)?, direction, alpha),
                ))?;
            }
            for variance in [Variance::Separate, Variance::Pooled] {
                for (margin, scale) in [
                    (Margin::Difference(positive(0.01)?), Scale::Difference),
                    (Margin::Lift(positive(0.02)?), Scale::Lift),
                ] {
                    let options = NonInferiorityOptions { alpha, direction, variance };
                    let equivalence = EquivalenceOptions { alpha, variance, scale };
                    for [control, treatment] in means()? {
                        digest.fold(&non_inferior_means(&control, &treatment, margin, &options))?;
                        digest.fold(&equivalent_means(&control, &treatment, region, &equivalence))?;
                    }
                    for [control, treatment] in rates()? {
                        digest.fold(&non_inferior_rates(&control, &treatment, margin, &options))?;
                        digest.fold(&equivalent_rates(&control, &treatment, region, &equivalence))?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn families(digest: &mut Digest) -> Done {
    let corrections = [
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
    ];
    let p = PROBABILITIES.iter().map(|&p| Ok(Ok(PValue::new(p)?))).collect::<Made<Vec<_>>>()?;
    let effects = [(0.1, 0.03), (0.2, 0.05), (0.05, 0.02), (0.15, 0.04), (0.3, 0.1), (0.02, 0.05)]
        .into_iter()
        .map(|(estimate, error)| Ok(EstimatedEffect::new(estimate, error)?))
        .collect::<Made<Vec<_>>>()?;
    let days: Vec<DayEffect> =
        (1..).zip(&effects).map(|(day, &effect)| DayEffect::new(day, effect)).collect();
    let pairs = means()?;
    for alpha in alphas()? {
        for correction in corrections {
            digest.fold(&adjust(&p, correction, alpha))?;
        }
        for alternative in ALTERNATIVES {
            digest.fold(&dunnett(
                &pairs[0][0],
                &[pairs[0][1], pairs[6][0], pairs[6][1]],
                &DunnettOptions { alpha, alternative },
            ))?;
        }
        digest.fold(&heterogeneity(&effects, alpha))?;
        for scale in [TimeScale::LogDays, TimeScale::Days] {
            digest.fold(&exposure_trend(&days, scale, alpha))?;
        }
        let (three, ten) = (count(3)?, count(10)?);
        digest.fold(
            &[bonferroni_alpha(alpha, ten), sidak_alpha(alpha, ten), false_coverage_alpha(alpha, three, ten)]
                .map(Alpha::get),
        )?;
    }
    for effect in effects {
        digest.fold(&twyman(effect, positive(0.05)?))?;
    }
    Ok(())
}
