//! Resampling, at any number of threads.

use std::num::NonZeroU32;

use edgewise_stats::{
    Alternative, QuantileMethod, Sample,
    resample::{
        BootstrapInterval, BootstrapOptions, ByIndex, MeanStatistic, PermutationOptions, RatioSample,
        Resampling, acceleration, compare_means, compare_quantiles, compare_ratios, compare_statistics,
        enumerate, mean, mean_acceleration, permute, permute_means, quantile, ratio, statistic,
    },
};

use super::{
    Done,
    data::{ALTERNATIVES, Made, alphas, fraction, rows, size, values},
};
use crate::digest::Digest;

/// With so many threads.
type Compute = fn(&mut Digest, usize) -> Done;

pub(crate) const AREAS: [(&str, Compute); 2] =
    [("resample/bootstrap", bootstrap), ("resample/permutation", permutation)];

fn plan(threads: usize, resamples: u32) -> Made<Resampling> {
    Ok(Resampling { resamples: NonZeroU32::new(resamples).ok_or("zero")?, seed: 20, threads: size(threads)? })
}

fn bootstrap(digest: &mut Digest, threads: usize) -> Done {
    let resampling = plan(threads, 400)?;
    let [own, other] = [values(41, 60, 0.0), values(42, 55, 2.0)];
    let [control, treatment] = [Sample::from_values(&own)?, Sample::from_values(&other)?];
    let large = Sample::from_values(values(43, 3_000, 0.0))?;
    let pairs = |seed| -> Made<RatioSample> {
        let pairs: Vec<[f64; 2]> = rows(seed, 50, 0.0).iter().map(|row| [row[0], row[1]]).collect();
        Ok(RatioSample::from_rows(&pairs)?)
    };
    let ratios = [pairs(44)?, pairs(47)?];
    let level = fraction(0.8)?;
    let largest = |values: Vec<f64>| -> Made<_> {
        let units = size(values.len())?;
        Ok(ByIndex::new(units, move |drawn: &[usize]| {
            let total: f64 = drawn.iter().map(|&unit| values[unit]).sum();
            total + drawn.iter().map(|&unit| values[unit]).fold(0.0, f64::max)
        }))
    };
    let statistics = [largest(own.clone())?, largest(other)?];
    for alpha in alphas()? {
        for alternative in ALTERNATIVES {
            for interval in [BootstrapInterval::Percentile, BootstrapInterval::Bca, BootstrapInterval::Basic]
            {
                let options = BootstrapOptions { alpha, alternative, interval, resampling };
                digest.fold(&[
                    mean(&control, &options),
                    quantile(&treatment, level, QuantileMethod::Linear, &options),
                ])?;
                digest.fold(&[ratio(&ratios[0], &options), statistic(&statistics[0], &options)])?;
                digest.fold(&compare_means(&control, &treatment, &options))?;
                digest.fold(&compare_quantiles(
                    &control,
                    &treatment,
                    level,
                    QuantileMethod::Hazen,
                    &options,
                ))?;
                digest.fold(&compare_ratios(&ratios[0], &ratios[1], &options))?;
            }
        }
    }
    let options = BootstrapOptions { resampling, ..BootstrapOptions::default() };
    digest.fold(&compare_statistics(&statistics[0], &statistics[1], &options))?;
    digest.fold(&mean(&large, &options))?;
    digest.fold(&(acceleration(&own), mean_acceleration(&control)))?;
    let exact = enumerate(&own[..6], |drawn| drawn.iter().sum::<f64>() / 6.0)?;
    digest.fold(&(exact.mean(), exact.variance(), exact.resamples()))?;
    Ok(())
}

fn permutation(digest: &mut Digest, threads: usize) -> Done {
    let [own, other] = [values(51, 40, 0.0), values(52, 45, 2.0)];
    let all: Vec<f64> = own.iter().chain(&other).copied().collect();
    let [control, treatment] = [Sample::from_values(&own)?, Sample::from_values(&other)?];
    let [few, others] = [Sample::from_values(&own[..5])?, Sample::from_values(&other[..6])?];
    for alternative in ALTERNATIVES {
        let options = PermutationOptions {
            alternative,
            resampling: plan(threads, 500)?,
            ..PermutationOptions::default()
        };
        for statistic in [MeanStatistic::Studentised, MeanStatistic::Difference] {
            digest.fold(&permute_means(&control, &treatment, statistic, &options))?;
            digest.fold(&permute_means(&few, &others, statistic, &options))?;
        }
    }
    let options = PermutationOptions {
        alternative: Alternative::TwoSided,
        resampling: plan(threads, 500)?,
        ..PermutationOptions::default()
    };
    let largest = |units: &[usize]| units.iter().map(|&unit| all[unit]).fold(0.0, f64::max);
    digest.fold(&permute(40, 45, |control, treatment| largest(treatment) - largest(control), &options))?;
    Ok(())
}
