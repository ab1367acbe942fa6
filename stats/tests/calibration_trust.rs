//! Seeded simulations: the error rates of the trust checks.
//!
//! ```sh
//! cargo test --release --package edgewise-stats --test calibration_trust -- --ignored --nocapture
//! ```

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a simulation prints its figures and fails by panicking"
)]

mod simulation;

use edgewise_stats::{
    Alpha, Alternative, Direction, Estimate, EstimatedEffect, Moments, Positive, Proportion,
    distribution::normal,
    trust::{
        Arm, Correction, DayEffect, DunnettOptions, EquivalenceOptions, Margin, Margins,
        NonInferiorityOptions, PValue, SampleRatio, Scale, SequentialSampleRatioOptions, TimeScale, adjust,
        dunnett, equivalent_means, exposure_trend, heterogeneity, non_inferior_means, non_inferior_rates,
        sample_ratio, watch_sample_ratio,
    },
};
use simulation::Draw;

fn moments(draw: &mut Draw, n: u64, mean: f64, sd: f64) -> Moments {
    Moments::from_values((0..n).map(|_| mean + sd * draw.normal())).unwrap()
}

fn error(of: u32, alpha: f64) -> f64 {
    (alpha * (1.0 - alpha) / f64::from(of)).sqrt()
}

/// Prints a rate and requires that it does not exceed α by more than four standard errors.
fn at_most(what: &str, hits: f64, of: u32, alpha: f64) {
    let rate = hits / f64::from(of);
    println!("| {what} | {hits} of {of} | {rate:.4} | ≤ {alpha} |");
    assert!(rate <= alpha + 4.0 * error(of, alpha), "{what}: {rate} against {alpha}");
}

/// Prints a rate and requires that it is α within four standard errors and `slack`, the test's own approximation.
fn about(what: &str, hits: u32, of: u32, alpha: f64, slack: f64) {
    let rate = f64::from(hits) / f64::from(of);
    println!("| {what} | {hits} of {of} | {rate:.4} | {alpha} |");
    assert!((rate - alpha).abs() <= slack + 4.0 * error(of, alpha), "{what}: {rate} against {alpha}");
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn the_sample_ratio_watched_daily() {
    const RUNS: u32 = 2_000;
    const DAYS: usize = 60;
    const DAILY: u64 = 500;
    let mut draw = Draw::seeded(11);
    println!("| {DAYS} days of {DAILY} units | hits | rate | nominal |\n|---|---|---|---|");
    for (share, is_null) in [(0.5, true), (0.48, false)] {
        let (mut sequential, mut daily, mut once) = (0, 0, 0);
        for _ in 0..RUNS {
            let (mut days, mut so_far, mut any) = (Vec::new(), 0, false);
            for day in 1..=DAYS as u64 {
                let first = draw.successes(DAILY, share);
                so_far += first;
                let arms =
                    |n: u64, all: u64| vec![Arm::new(n, 0.5).unwrap(), Arm::new(all - n, 0.5).unwrap()];
                days.push(arms(first, DAILY));
                let SampleRatio::Tested { p, .. } = sample_ratio(&arms(so_far, day * DAILY)) else {
                    continue;
                };
                any |= p <= 0.05;
                once += u32::from(day == DAYS as u64 && p <= 0.05);
            }
            let watch = watch_sample_ratio(&days, &SequentialSampleRatioOptions::default());
            sequential += u32::from(watch.alarm.is_some());
            daily += u32::from(any);
        }
        if is_null {
            at_most("sequential multinomial test, watched daily", f64::from(sequential), RUNS, 0.05);
            about("chi-square, at the end alone", once, RUNS, 0.05, 0.003);
            println!(
                "| for contrast: chi-square watched daily | {daily} of {RUNS} | {:.4} | |",
                f64::from(daily) / f64::from(RUNS)
            );
            assert!(daily > RUNS / 5);
        } else {
            println!("| power at 48 : 52, sequential | {sequential} of {RUNS} | | |");
            println!("| power at 48 : 52, chi-square at the end | {once} of {RUNS} | | |");
            assert!(sequential > RUNS * 9 / 10);
        }
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn families_of_dependent_tests() {
    const RUNS: u32 = 20_000;
    const TESTS: usize = 10;
    /// True effects among them.
    const EFFECTS: usize = 4;
    let mut draw = Draw::seeded(12);
    println!("| {TESTS} tests, {EFFECTS} effects of 3 errors | hits | rate | nominal |\n|---|---|---|---|");
    for correlation in [0.0_f64, 0.5, 0.9] {
        for correction in [
            Correction::Bonferroni,
            Correction::Holm,
            Correction::Hochberg,
            Correction::Hommel,
            Correction::BenjaminiHochberg,
            Correction::BenjaminiYekutieli,
            Correction::TwoStageBenjaminiKriegerYekutieli,
        ] {
            let (mut wrong, mut false_share, mut power) = (0, 0.0, 0_u32);
            for _ in 0..RUNS {
                let common = draw.normal();
                let p: Vec<Estimate<PValue>> = (0..TESTS)
                    .map(|i| {
                        let noise = correlation.sqrt() * common + (1.0 - correlation).sqrt() * draw.normal();
                        let z = noise + if i < EFFECTS { 3.0 } else { 0.0 };
                        Ok(PValue::new((2.0 * normal::sf(z.abs())).min(1.0)).unwrap())
                    })
                    .collect();
                let rejected: Vec<usize> = adjust(&p, correction, Alpha::default()).rejected().collect();
                let mistakes = rejected.iter().filter(|&&i| i >= EFFECTS).count();
                wrong += u32::from(mistakes > 0);
                power += u32::try_from(rejected.len() - mistakes).unwrap();
                if !rejected.is_empty() {
                    false_share += mistakes as f64 / rejected.len() as f64;
                }
            }
            let power = f64::from(power) / f64::from(RUNS) / EFFECTS as f64;
            let name = format!("{correction:?}, correlation {correlation}, power {power:.3}");
            match correction {
                Correction::Bonferroni | Correction::Holm | Correction::Hochberg | Correction::Hommel => {
                    at_most(&format!("{name}: family-wise error"), f64::from(wrong), RUNS, 0.05);
                }
                // Proved for independent tests alone.
                Correction::TwoStageBenjaminiKriegerYekutieli if correlation > 0.0 => {
                    println!(
                        "| {name}: false discoveries | {:.4} | (not guaranteed) |",
                        false_share / f64::from(RUNS)
                    );
                }
                _ => at_most(&format!("{name}: false discoveries"), false_share, RUNS, 0.05),
            }
        }
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn treatments_against_one_control() {
    const RUNS: u32 = 500;
    let mut draw = Draw::seeded(13);
    println!("| Dunnett | hits | rate | nominal |\n|---|---|---|---|");
    for (control, sizes) in [(10, vec![10, 10, 10]), (40, vec![8, 20]), (6, vec![12, 5, 9, 30])] {
        for alternative in [Alternative::TwoSided, Alternative::Greater] {
            let options = DunnettOptions { alternative, ..DunnettOptions::default() };
            let (mut rejected, mut missed) = (0, 0);
            for _ in 0..RUNS {
                let treatments: Vec<_> = sizes.iter().map(|&n| moments(&mut draw, n, 5.0, 2.0)).collect();
                let found = dunnett(&moments(&mut draw, control, 5.0, 2.0), &treatments, &options).unwrap();
                rejected += u32::from(found.treatments.iter().any(|t| t.test.unwrap().p <= 0.05));
                missed += u32::from(found.treatments.iter().any(|t| !t.interval.contains(0.0)));
            }
            assert_eq!(rejected, missed);
            about(
                &format!("{alternative:?}, {control} against {sizes:?}: any rejected"),
                rejected,
                RUNS,
                0.05,
                0.0,
            );
        }
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn equivalence_and_non_inferiority_at_the_margin() {
    const RUNS: u32 = 20_000;
    let mut draw = Draw::seeded(14);
    println!("| at the margin | hits | rate | nominal |\n|---|---|---|---|");
    let (mut difference, mut lift, mut latency) = (0, 0, 0);
    let margins = Margins::new(-1.0, 1.0).unwrap();
    let relative = Margins::new(-0.1, 0.1).unwrap();
    let of_lift = EquivalenceOptions { scale: Scale::Lift, ..EquivalenceOptions::default() };
    let lower =
        NonInferiorityOptions { direction: Direction::LowerIsBetter, ..NonInferiorityOptions::default() };
    let tenth = Margin::Lift(Positive::new(0.1).unwrap());
    for _ in 0..RUNS {
        let control = moments(&mut draw, 40, 10.0, 1.5);
        let treatment = moments(&mut draw, 60, 11.0, 1.0);
        let found = equivalent_means(&control, &treatment, margins, &EquivalenceOptions::default()).unwrap();
        difference += u32::from(found.equivalent);
        lift += u32::from(equivalent_means(&control, &treatment, relative, &of_lift).unwrap().equivalent);
        latency += u32::from(non_inferior_means(&control, &treatment, tenth, &lower).unwrap().non_inferior);
    }
    about("TOST, difference 1 of ±1, n = 40 and 60", difference, RUNS, 0.05, 0.002);
    about("TOST, lift 10 % of ±10 %", lift, RUNS, 0.05, 0.002);
    about("non-inferiority, lower is better, lift 10 % of 10 %", latency, RUNS, 0.05, 0.002);

    let (mut rate, mut seldom, mut ratio) = (0, 0, 0);
    let tolerated = |x| Margin::Difference(Positive::new(x).unwrap());
    for _ in 0..RUNS {
        let of = |draw: &mut Draw, n, p| Proportion::new(draw.successes(n, p), n).unwrap();
        let (c, t) = (of(&mut draw, 300, 0.3), of(&mut draw, 200, 0.2));
        let options = NonInferiorityOptions::default();
        rate += u32::from(non_inferior_rates(&c, &t, tolerated(0.1), &options).unwrap().non_inferior);
        let (c, t) = (of(&mut draw, 400, 0.01), of(&mut draw, 400, 0.03));
        seldom += u32::from(non_inferior_rates(&c, &t, tolerated(0.02), &lower).unwrap().non_inferior);
        let (c, t) = (of(&mut draw, 300, 0.2), of(&mut draw, 300, 0.22));
        ratio += u32::from(non_inferior_rates(&c, &t, tenth, &lower).is_ok_and(|found| found.non_inferior));
    }
    about("non-inferiority of rates, 20 % against 30 % less 10 points", rate, RUNS, 0.05, 0.008);
    about(
        "non-inferiority of rates, 3 % against 1 % and 2 points, lower is better",
        seldom,
        RUNS,
        0.05,
        0.012,
    );
    about("non-inferiority of rates, lift 10 % of 10 %, lower is better", ratio, RUNS, 0.05, 0.008);
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn trends_and_heterogeneity_of_nothing() {
    const RUNS: u32 = 20_000;
    let mut draw = Draw::seeded(15);
    let (mut slope, mut halves, mut differ) = (0, 0, 0);
    for _ in 0..RUNS {
        let effects: Vec<EstimatedEffect> = (0..14_u32)
            .map(|day| {
                let error = 0.01 * (1.0 + 0.1 * f64::from(day));
                EstimatedEffect::new(0.05 + error * draw.normal(), error).unwrap()
            })
            .collect();
        let days: Vec<_> =
            effects.iter().zip(0..).map(|(&effect, day)| DayEffect::new(day, effect)).collect();
        let trend = exposure_trend(&days, TimeScale::LogDays, Alpha::default()).unwrap();
        slope += u32::from(trend.test.p <= 0.05);
        halves += u32::from(trend.late_against_early.p <= 0.05);
        differ += u32::from(heterogeneity(&effects, Alpha::default()).unwrap().p <= 0.05);
    }
    println!("| constant effect over 14 days | hits | rate | nominal |\n|---|---|---|---|");
    about("slope over log days", slope, RUNS, 0.05, 0.0);
    about("late against early", halves, RUNS, 0.05, 0.0);
    about("Cochran's Q", differ, RUNS, 0.05, 0.0);
}
