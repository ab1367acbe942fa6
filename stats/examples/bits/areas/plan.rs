//! Units, power and effects to plan with.

use edgewise_stats::plan::{
    Allocation, Baseline, Clusters, Correction, Counted, Design, Effect, Inflation, PlannedTest, Traffic,
    cohens_h, equivalence, minimum_detectable_effect, non_inferiority, power, power_curve, power_table,
    sample_size,
};

use super::{
    Done,
    data::{ALTERNATIVES, DIRECTIONS, Made, alphas, fraction, joint, means, positive},
};
use crate::digest::Digest;

fn baselines() -> Made<Vec<Baseline>> {
    Ok(vec![
        Baseline::rate(fraction(0.1)?),
        Baseline::rate(fraction(0.000_3)?),
        Baseline::mean(12.5, positive(31.0)?)?,
        Baseline::mean(12.5, positive(31.0)?)?.with_covariate(0.6)?,
        Baseline::count(positive(0.8)?, positive(1.7)?),
        Baseline::measured(&means()?[0][0])?,
        Baseline::ratio(&joint(141, 60, 0.0)?, 0, 1)?,
        Baseline::rate(fraction(0.1)?).in_clusters(Clusters::new(20.0, 0.5, 0.02)?),
    ])
}

pub(crate) fn all(digest: &mut Digest) -> Done {
    let (eighty, effect) = (fraction(0.8)?, Effect::relative(0.05)?);
    let allocations = [Allocation::default(), Allocation::new(&[0.8, 0.2])?, Allocation::equal(4)?];
    let corrections = [Correction::None, Correction::Bonferroni, Correction::Sidak];
    for baseline in baselines()? {
        for alpha in &alphas()?[..2] {
            for alternative in ALTERNATIVES {
                for test in [PlannedTest::Usual, PlannedTest::PooledT, PlannedTest::Z, PlannedTest::Arcsine] {
                    for (i, allocation) in allocations.iter().enumerate() {
                        let design = Design {
                            alpha: *alpha,
                            alternative,
                            allocation: allocation.clone(),
                            correction: corrections[i],
                            test,
                            counted: if i == 0 { Counted::Every } else { Counted::RightSign },
                            inflation: Inflation::new(if i == 2 { 1.03 } else { 1.0 })?,
                        };
                        digest.fold(&(
                            power(&baseline, effect, 30_000, &design),
                            sample_size(&baseline, effect, eighty, &design),
                        ))?;
                        digest.fold(&minimum_detectable_effect(
                            &baseline,
                            30_000,
                            eighty,
                            alternative,
                            &design,
                        ))?;
                    }
                }
            }
        }
        let margin = Effect::relative(0.03)?;
        for direction in DIRECTIONS {
            digest.fold(&non_inferiority(&baseline, margin, None, eighty, direction, &Design::default()))?;
        }
        digest.fold(&equivalence(&baseline, margin, eighty, &Design::default()))?;
        digest.fold(&power_curve(
            &baseline,
            effect,
            &[100, 10_000, 1_000_000_000_000],
            &Design::default(),
        ))?;
        let traffic = Traffic::per_day(8_000.0)?.with_share(0.5)?.with_window(7.0)?;
        let effects = [effect, Effect::absolute(0.01)?];
        digest.fold(&power_table(
            &baseline,
            &effects,
            &[eighty, fraction(0.9)?],
            &Design::default(),
            &traffic,
        ))?;
        digest.fold(&(traffic.days(123_456), traffic.units_after(20.0)))?;
    }
    digest.fold(&cohens_h(fraction(0.1)?, fraction(0.12)?))?;
    Ok(())
}
