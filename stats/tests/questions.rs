//! What people who run experiments ask, asked through the public functions from data to answer.

#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use edgewise_stats::{
    Absent, Alpha, Alternative, Direction, Estimate, Fraction, Moments, Positive, Proportion,
    bayes::{BayesOptions, MeanPrior, RatePrior, compare_posteriors},
    compare::{
        ChiSquareOptions, MeanOptions, Table, Verdict, WinnerOptions, chi_square, compare_means, find_winner,
    },
    decide::{
        Action, Evidence, Finding, Gates, Horizon, Look, Margin, TreatmentEvidence, guardrail, recommend,
    },
    plan::{Baseline, Design, Effect, Traffic, power, power_curve, power_table, sample_size},
    sequential::group::{self, Crossing, Looks, Shape, boundaries},
    trust::{Arm, Correction, PValue, adjust, sample_ratio},
};

fn alpha() -> Alpha {
    Alpha::default()
}

fn fraction(fraction: f64) -> Fraction {
    Fraction::new(fraction).unwrap()
}

/// A latency of 820 ms against 800: worse, although it is higher.
#[test]
fn a_latency_that_rises_is_not_better_in_any_reading() {
    let arm = |mean| Moments::from_mean_and_deviation(4_000, mean, 150.0).unwrap();
    let (control, treatment) = (arm(800.0), arm(820.0));
    let direction = Direction::LowerIsBetter;

    let options = MeanOptions { alternative: direction.better(), ..MeanOptions::default() };
    let compared = compare_means(&control, &treatment, &options);
    assert!(compared.test.unwrap().p > 0.999);

    let prior = MeanPrior::flat();
    let options = BayesOptions { direction, ..BayesOptions::default() };
    let posterior = |moments| prior.posterior(moments).unwrap();
    let bayes = compare_posteriors(&posterior(&control), &posterior(&treatment), &options);
    assert!(bayes.better.unwrap().p < 1e-6);
    let loss = bayes.loss.unwrap();
    assert!(loss.choose_treatment > 19.0 && loss.choose_control < 1e-6);

    let margin = Margin::Relative(Positive::new(0.01).unwrap());
    let two_sided = compare_means(&control, &treatment, &MeanOptions::default());
    let state = guardrail(&two_sided, margin, direction).unwrap();
    assert_eq!(serde_json::to_value(state).unwrap(), "breached");
}

/// How many units and days for small, medium and large lifts; the power there is now; the power curve.
#[test]
fn a_planning_page_has_its_numbers() {
    let (baseline, design) = (Baseline::rate(fraction(0.05)), Design::default());
    let lifts = [0.05, 0.1, 0.25].map(|lift| Effect::relative(lift).unwrap());
    let traffic = Traffic::per_day(20_000.0).unwrap();
    let rows = power_table(&baseline, &lifts, &[fraction(0.8), fraction(0.95)], &design, &traffic);
    let units: Vec<u64> = rows.iter().map(|row| row.size.as_ref().unwrap().units()[0]).collect();
    // statsmodels 0.15.0: samplesize_proportions_2indep_onetail(p2 - 0.05, 0.05, power, alpha=0.05, alternative="two-sided"),
    // rounded up.
    assert_eq!(units, [122_124, 202_189, 31_234, 51_710, 5_333, 8_827]);
    assert_eq!(rows[0].days, Ok(14));

    // 40,000 units so far: the power at the declared effect.
    let now = power(&baseline, lifts[1], 40_000, &design).unwrap();
    assert!(now > 0.55 && now < 0.65, "{now}");
    let curve = power_curve(&baseline, lifts[1], &[10_000, 40_000, 160_000], &design);
    assert_eq!(curve[1].power, Ok(now));
}

/// Outcomes of three templates: which one wins, and whether there is enough to say so.
#[test]
fn a_winner_needs_enough_units_and_a_difference_from_every_rival() {
    let arms = |converted: [u64; 3], n| converted.map(|successes| Proportion::new(successes, n).unwrap());
    let table = Table::new(vec![vec![100, 900], vec![150, 850], vec![105, 895]]).unwrap();
    let tested = chi_square(&table, ChiSquareOptions::default()).unwrap();
    assert!(tested.p < 0.001);

    let options = WinnerOptions { minimum_units: 1_000, ..WinnerOptions::default() };
    let verdict = |arms: &[Proportion]| find_winner(arms, &options).unwrap().verdict;
    assert_eq!(verdict(&arms([100, 150, 105], 1_000)), Verdict::Winner { variant: 1 });
    assert!(matches!(verdict(&arms([10, 15, 11], 100)), Verdict::TooFewUnits { .. }));
}

/// Five looks of a sequential experiment: the third crosses, and the p value after stopping is honest.
#[test]
fn an_experiment_stops_early_by_a_boundary_that_keeps_its_level() {
    let design = group::Design::new(Shape::OBrienFleming, alpha(), Alternative::TwoSided);
    let looks = boundaries(&design, &Looks::equal(5).unwrap()).unwrap();
    let seen = [1.1, 2.4, 2.9];
    let crossings: Vec<Crossing> =
        looks.looks().iter().zip(seen).map(|(look, z)| look.crossing(looks.alternative(), z)).collect();
    assert_eq!(crossings[..2], [Crossing::None, Crossing::None]);
    assert_ne!(crossings[2], Crossing::None);
    let after = looks.after_stopping(3, 2.9, Positive::new(1.0).unwrap(), alpha()).unwrap();
    assert!(
        after.p < 0.05 && after.p > 0.0037,
        "the p value of one look at z = 2.9 is 0.0037, not {}",
        after.p
    );
    assert!(looks.type_one_error().unwrap() < 0.05 + 1e-9);
}

/// Two treatments, a guardrail, adjusted p values, a recommendation.
#[test]
fn a_recommendation_comes_out_of_the_data() {
    let arm = |mean| Moments::from_mean_and_deviation(20_000, mean, 10.0).unwrap();
    let (control, treatments) = (arm(10.0), [arm(10.1), arm(10.6)]);
    let compared = treatments.map(|treatment| compare_means(&control, &treatment, &MeanOptions::default()));
    let p: Vec<Estimate<PValue>> = (compared.iter())
        .map(|compared| compared.test.and_then(|test| PValue::new(test.p).map_err(|_| Absent::OutOfRange)))
        .collect();
    let adjusted = adjust(&p, Correction::Holm, alpha());
    let margin = Margin::Relative(Positive::new(0.05).unwrap());
    let latency = |mean| Moments::from_mean_and_deviation(20_000, mean, 80.0).unwrap();
    let slow = compare_means(&latency(300.0), &latency(302.0), &MeanOptions::default());
    let state = guardrail(&slow, margin, Direction::LowerIsBetter).ok();

    let evidence = Evidence {
        alpha: alpha(),
        direction: Direction::HigherIsBetter,
        days: 14.0,
        horizon: Horizon::Fixed { days: 14.0 },
        sample_ratio: sample_ratio(&[Arm::new(20_000, 1.0).unwrap(); 3]),
        sample_ratio_alpha: Alpha::new(0.001).unwrap(),
        control_units: 20_000,
        treatments: compared
            .into_iter()
            .zip(&adjusted.tests)
            .map(|(primary, test)| TreatmentEvidence {
                units: 20_000,
                primary,
                adjusted_p: test.as_ref().map(|test| test.adjusted).map_err(|absent| *absent),
                look: Look::Inside,
                guardrails: vec![Finding { metric: "latency".to_owned(), state, at_any_time: false }],
            })
            .collect(),
        gates: Gates::default(),
        power: Ok(0.9),
    };
    assert_eq!(recommend(&evidence).action, Action::ShipTreatment { treatment: 1 });
}

/// A conversion rate and its Bayesian reading, with a prior of a mean and a strength.
#[test]
fn a_prior_is_a_mean_and_a_strength() {
    let prior = RatePrior::new(fraction(0.1), Positive::new(200.0).unwrap());
    let posterior = |successes, n| prior.posterior(&Proportion::new(successes, n).unwrap()).unwrap();
    let compared =
        compare_posteriors(&posterior(100, 1_000), &posterior(130, 1_000), &BayesOptions::default());
    let better = compared.better.unwrap();
    assert!(better.p > 0.95 && better.p < 0.99, "{}", better.p);
    // (100 + 20) / 1,200
    assert!((compared.control.mean.unwrap() - 0.1).abs() < 1e-12);
    assert!(
        sample_size(
            &Baseline::rate(fraction(0.1)),
            Effect::relative(0.3).unwrap(),
            fraction(0.8),
            &Design::default()
        )
        .is_ok()
    );
}
