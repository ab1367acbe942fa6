//! Several factors at once.

use edgewise_stats::{
    Moments, Proportion,
    compare::{Reference, Variance},
    factorial::{Coding, Design, EffectOptions, effects, interaction, lenth, rate_effects, rate_interaction},
};

use super::{
    Done,
    data::{ALTERNATIVES, Made, alphas, values},
};
use crate::digest::Digest;

pub(crate) fn all(digest: &mut Digest) -> Done {
    let designs = [Design::full(3)?, Design::fractional(3, &["D=ABC"])?];
    let means = (0..8)
        .map(|cell| Ok(Moments::from_values(values(150 + cell, 20, if cell % 3 == 0 { 2.0 } else { 0.0 }))?))
        .collect::<Made<Vec<Moments>>>()?;
    let rates = (0..8)
        .map(|cell| Ok(Proportion::new(100 + 7 * cell, 1_000 + cell)?))
        .collect::<Made<Vec<Proportion>>>()?;
    for alpha in alphas()? {
        for alternative in ALTERNATIVES {
            for coding in [Coding::Differences, Coding::HighMinusLow, Coding::Coefficient] {
                for variance in [Variance::Separate, Variance::Pooled] {
                    for reference in [Reference::StudentsT, Reference::Normal] {
                        let options = EffectOptions { alpha, alternative, coding, variance, reference };
                        for design in &designs {
                            digest.fold(&effects(design, &means, &options)?)?;
                            digest.fold(&rate_effects(design, &rates, &options)?)?;
                        }
                        digest.fold(&interaction(&[[means[0], means[1]], [means[2], means[3]]], &options))?;
                        digest.fold(&rate_interaction(
                            &[[rates[0], rates[1]], [rates[2], rates[3]]],
                            &options,
                        ))?;
                    }
                }
            }
        }
        digest.fold(&lenth(&[21.625, 3.125, 9.875, 0.625, 1.875, 1.375, -0.125], alpha))?;
    }
    Ok(())
}
