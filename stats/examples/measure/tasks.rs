//! The tasks, each with its answer so that nothing is timed that nobody checks.

use std::{
    error::Error,
    hint::black_box,
    num::{NonZeroU64, NonZeroUsize},
    time::{Duration, Instant},
};

use edgewise_stats::{
    Alpha, Alternative, Direction, EstimatedEffect, Fraction, JointMoments, Moments, Proportion,
    QuantileMethod, Sample,
    adapt::thompson,
    bayes::{
        BayesOptions, EffectOptions, MeanPrior, Posterior, RatePrior, compare_posteriors, posterior_effect,
    },
    compare::{
        EffectSizeOptions, MeanOptions, RankMethod, RankOptions, RateOptions, compare_means, compare_ranks,
        compare_rates, effect_sizes, fisher_test, lift::LiftMethod,
    },
    resample::{BootstrapInterval, BootstrapOptions, RatioSample, Resampling, mean, quantile, ratio},
    sequential::{
        anytime::{AnytimeOptions, AsymptoticOptions, asymptotic, compare_means_anytime},
        group::{Design, Looks, Shape, boundaries},
    },
    sharpen::{CupedOptions, LiftBase, LiftGradient, SlopeError, Slopes, cuped},
    trust::{Arm as ExpectedArm, DunnettOptions, dunnett, sample_ratio},
};
use serde_json::{Value, json};

use crate::data::{Arm, Data};

/// What is quick is repeated for at least so long.
const LEAST: Duration = Duration::from_millis(300);

pub(crate) fn run(data: &Data) -> Result<(), Box<dyn Error>> {
    metric(data)?;
    rates()?;
    units(data)?;
    welch(data)?;
    ranks(data)?;
    fisher()?;
    many_treatments()?;
    far_apart()?;
    extreme_arms()?;
    boundary(10)?;
    boundary(100)?;
    bootstraps(data)
}

/// Everything for one continuous metric of two variants, from moments: adjusted and unadjusted, with lifts, always valid,
/// Bayesian by arms and by effect, effect sizes, sample ratio. The answers are those of gbstats' conventions.
fn metric(data: &Data) -> Result<(), Box<dyn Error>> {
    let (control, treatment) = (&data.control.moments, &data.treatment.moments);
    let options = CupedOptions {
        slopes: Slopes::AllUnits,
        slope_error: SlopeError::Ignored,
        lift: LiftMethod::Delta,
        lift_gradient: LiftGradient::Unadjusted,
        ..CupedOptions::default()
    };
    let prior = MeanPrior::flat();
    let call = || -> Result<Value, Box<dyn Error>> {
        let adjusted = cuped(control, treatment, &options);
        let (c, t) = (control.moments(0)?, treatment.moments(0)?);
        let unadjusted = compare_means(&c, &t, &MeanOptions::default());
        let anytime = compare_means_anytime(&c, &t, &AnytimeOptions::default());
        let effect = posterior_effect(&c, &t, &EffectOptions::default())?;
        let bayes =
            compare_posteriors(&prior.posterior(&c)?, &prior.posterior(&t)?, &BayesOptions::default());
        let sizes = effect_sizes(&c, &t, &EffectSizeOptions::default());
        let ratio = sample_ratio(&[ExpectedArm::new(c.n(), 0.5)?, ExpectedArm::new(t.n(), 0.5)?]);
        black_box((&unadjusted, &anytime, &effect, &bayes, &sizes, &ratio));
        let lift = adjusted.adjusted.lift;
        let units = NonZeroU64::new(c.n() + t.n()).ok_or("no units")?;
        let always = asymptotic(EstimatedEffect::of(&lift)?, units, &AsymptoticOptions::default())?.interval;
        let interval = lift.interval?;
        Ok(json!({
            "lift": lift.estimate?,
            "lower": interval.lower(),
            "upper": interval.upper(),
            "sequential_lower": always.lower(),
            "sequential_upper": always.upper(),
        }))
    };
    quick("metric", call)
}

/// The same for a binary metric.
fn rates() -> Result<(), Box<dyn Error>> {
    let (control, treatment) = (Proportion::new(47_000, 500_000)?, Proportion::new(47_500, 500_000)?);
    let prior = RatePrior::default();
    let call = || -> Result<Value, Box<dyn Error>> {
        let compared = compare_rates(&control, &treatment, &RateOptions::default());
        let anytime = edgewise_stats::sequential::anytime::compare_rates_anytime(
            &control,
            &treatment,
            &AnytimeOptions::default(),
        );
        let bayes = compare_posteriors(
            &prior.posterior(&control)?,
            &prior.posterior(&treatment)?,
            &BayesOptions::default(),
        );
        let ratio =
            sample_ratio(&[ExpectedArm::new(control.n(), 0.5)?, ExpectedArm::new(treatment.n(), 0.5)?]);
        black_box((&anytime, &ratio));
        Ok(json!({ "p": compared.test?.p, "chance_to_win": bayes.better?.p }))
    };
    quick("binary metric", call)
}

/// From a million units to a result with CUPED.
fn units(data: &Data) -> Result<(), Box<dyn Error>> {
    // As tea-tasting.
    let options = CupedOptions {
        slopes: Slopes::AllUnits,
        slope_error: SlopeError::Ignored,
        lift_base: LiftBase::AdjustedControl,
        ..CupedOptions::default()
    };
    let call = || -> Result<Value, Box<dyn Error>> {
        let joint = |arm: &Arm| {
            let rows = arm.metric.iter().zip(&arm.covariate).map(|(y, x)| [*y, *x]);
            JointMoments::from_rows(2, rows)
        };
        let (control, treatment) = (joint(&data.control)?, joint(&data.treatment)?);
        let adjusted = cuped(&control, &treatment, &options).adjusted;
        Ok(json!({ "difference": adjusted.difference.estimate?, "p": adjusted.test?.p }))
    };
    quick("units", call)
}

fn welch(data: &Data) -> Result<(), Box<dyn Error>> {
    let (control, treatment) = (data.control.moments.moments(0)?, data.treatment.moments.moments(0)?);
    quick("welch", || {
        let test = compare_means(black_box(&control), &treatment, &MeanOptions::default()).test?;
        Ok(json!({ "t": test.statistic, "p": test.p }))
    })
}

/// Sorting included.
fn ranks(data: &Data) -> Result<(), Box<dyn Error>> {
    let options = RankOptions { method: RankMethod::Corrected, ..RankOptions::default() };
    let call = || -> Result<Value, Box<dyn Error>> {
        let sample = |arm: &Arm| Sample::from_values(arm.metric.iter().copied());
        let compared = compare_ranks(&sample(&data.control)?, &sample(&data.treatment)?, &options);
        Ok(json!({ "u": compared.u?, "p": compared.test?.p }))
    };
    quick("ranks", call)
}

fn fisher() -> Result<(), Box<dyn Error>> {
    let (control, treatment) = (Proportion::new(46_500, 500_000)?, Proportion::new(47_000, 500_000)?);
    quick("fisher", || {
        let test = fisher_test(&control, &treatment, Alternative::TwoSided)?;
        Ok(json!({ "p": test.p }))
    })
}

/// Dunnett's test of three treatments of unequal sizes.
fn many_treatments() -> Result<(), Box<dyn Error>> {
    let arm = |n, mean| Moments::from_mean_and_deviation(n, mean, 1.0);
    let (control, treatments) = (arm(150, 0.0)?, [arm(80, 0.2)?, arm(100, 0.1)?, arm(30, 0.3)?]);
    quick("dunnett", || {
        let tested = dunnett(&control, &treatments, &DunnettOptions::default())?;
        Ok(json!({ "critical": tested.critical }))
    })
}

/// A Bayesian comparison of rates that hardly overlap.
fn far_apart() -> Result<(), Box<dyn Error>> {
    let posterior = |successes| {
        Ok::<_, Box<dyn Error>>(RatePrior::default().posterior(&Proportion::new(successes, 1_000)?)?)
    };
    let (control, treatment) = (posterior(10)?, posterior(500)?);
    quick("rates far apart", || {
        let compared = compare_posteriors(&control, &treatment, &BayesOptions::default());
        Ok(json!({ "ln_complement": compared.better?.ln_complement }))
    })
}

/// Thompson's weights of arms that nearly never and nearly always succeed, and of one nobody has tried.
fn extreme_arms() -> Result<(), Box<dyn Error>> {
    let arms = [Posterior::beta(1.0, 1e6)?, Posterior::beta(1e6, 1.0)?, Posterior::beta(1.0, 1.0)?];
    quick("thompson, extreme arms", || {
        Ok(json!({ "shares": thompson(&arms, Direction::HigherIsBetter)?.shares() }))
    })
}

fn boundary(looks: usize) -> Result<(), Box<dyn Error>> {
    let design = Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::TwoSided);
    let looks = Looks::equal(looks)?;
    quick(&format!("boundary, {} looks", looks.information().len()), || {
        let boundaries = boundaries(&design, &looks)?;
        Ok(json!({ "last": boundaries.looks().last().map(|look| look.upper) }))
    })
}

/// 10,000 resamples of a million units on two threads.
fn bootstraps(data: &Data) -> Result<(), Box<dyn Error>> {
    let threads = NonZeroUsize::new(2).ok_or("two is not zero")?;
    let options = BootstrapOptions {
        interval: BootstrapInterval::Percentile,
        resampling: Resampling { threads, ..Resampling::default() },
        ..BootstrapOptions::default()
    };
    let ninety = Fraction::new(0.9)?;
    once("bootstrap of a mean", || {
        let sample = Sample::from_values(&data.bootstrapped)?;
        let interval = mean(&sample, &options).interval?;
        Ok(json!({ "lower": interval.lower(), "upper": interval.upper() }))
    })?;
    once("bootstrap of a quantile", || {
        let sample = Sample::from_values(&data.bootstrapped)?;
        let interval = quantile(&sample, ninety, QuantileMethod::Linear, &options).interval?;
        Ok(json!({ "lower": interval.lower(), "upper": interval.upper() }))
    })?;
    // Numerator and denominator of each unit.
    let rows: Vec<[f64; 2]> = [&data.control, &data.treatment]
        .into_iter()
        .flat_map(|arm| arm.metric.iter().zip(&arm.covariate).map(|(y, x)| [*y, *x]))
        .collect();
    once("bootstrap of a ratio", || {
        let sample = RatioSample::from_rows(&rows)?;
        let interval = ratio(&sample, &options).interval?;
        Ok(json!({ "lower": interval.lower(), "upper": interval.upper() }))
    })
}

fn quick(task: &str, call: impl Fn() -> Result<Value, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let answer = call()?;
    let (mut repeats, began) = (0_u32, Instant::now());
    while repeats == 0 || began.elapsed() < LEAST {
        black_box(call()?);
        repeats += 1;
    }
    print(task, began.elapsed().as_secs_f64() / f64::from(repeats), &answer);
    Ok(())
}

fn once(task: &str, call: impl Fn() -> Result<Value, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let answer = call()?;
    print(task, began.elapsed().as_secs_f64(), &answer);
    Ok(())
}

fn print(task: &str, seconds: f64, answer: &Value) {
    println!("{}", json!({ "task": task, "seconds": seconds, "answer": answer }));
}
