//! Each kind of metric against numbers that other programs computed.

use crate::given::{Given, all_rules, metric, rate, result_of, sums};
use edgewise_analysis::{
    estimate::{Measured, QuantileArm, Rules, estimate_quantile},
    moments::Sums,
    plan::{Priors, Role, SequentialPlan, SpendingFunction},
    results::{AbsentCode, Kind, MetricResult, Power, SequentialMethod},
};
use edgewise_stats::{Absent, Fraction, Method, compare::QuantileLimits};

fn near(value: f64, golden: f64, tolerance: f64) {
    assert!((value - golden).abs() <= tolerance, "{value} is not {golden}");
}

/// y, the same from before, and whether there was anything before; `arm` is 0 or 1.
fn with_history(arm: i64, n: i64) -> Vec<Vec<i64>> {
    let row = |i: i64| {
        let history = i64::from(i % 5 != 0);
        let before = history * ((i * (7 + 4 * arm)) % 13);
        let bonus = if i % 4 == 0 && arm == 1 { 2 } else { 0 };
        vec![(i * (5 - 2 * arm)) % 11 + before + bonus, before, history]
    };
    (0..n).map(row).collect()
}

fn covariate_sums() -> Vec<Sums> {
    vec![sums("a", &with_history(0, 200)), sums("b", &with_history(1, 210))]
}

#[test]
fn a_mean_is_sharpened_by_what_was_before_and_by_whether_there_was_anything() {
    let mut planned = metric("m", Kind::Continuous, Role::Primary);
    planned.metric.covariate_seconds = Some(604_800);
    let result = result_of(&planned, &covariate_sums(), all_rules());
    let comparison = &result.comparisons[0];
    // scipy 1.17.1: ttest_ind(t, c, equal_var=False)
    near(comparison.comparison.test.unwrap().statistic, 1.144_631_338_404_837_9, 1e-12);
    near(comparison.comparison.test.unwrap().p, 0.253_032_972_913_286_8, 1e-12);
    // statsmodels 0.15.0: OLS of y on 1, treated, x, h
    let covariate = comparison.covariate.as_ref().unwrap();
    near(covariate.comparison.difference.estimate.unwrap(), 0.511_253_665_559_529_1, 1e-10);
    near(covariate.comparison.difference.standard_error.unwrap(), 0.318_526_509_064_489_76, 2e-3);
    assert_eq!(covariate.balance.as_ref().unwrap().covariates.len(), 2);
    assert!(covariate.variance_reduction.unwrap() > 0.5);
    assert_eq!(comparison.deciding(), &covariate.comparison);
    assert_eq!(comparison.bayesian.as_ref().unwrap().model, "normal");
}

#[test]
fn where_history_says_nothing_of_its_own_the_number_before_is_enough() {
    let mut planned = metric("m", Kind::Continuous, Role::Primary);
    planned.metric.covariate_seconds = Some(604_800);
    let all_have_history = |rows: Vec<Vec<i64>>| -> Vec<Vec<i64>> {
        rows.into_iter().map(|row| vec![row[0], row[1], 1]).collect()
    };
    let constant = [
        sums("a", &all_have_history(with_history(0, 200))),
        sums("b", &all_have_history(with_history(1, 210))),
    ];
    let result = result_of(&planned, &constant, all_rules());
    let covariate = result.comparisons[0].covariate.as_ref().unwrap();
    // statsmodels 0.15.0: OLS of y on 1, treated, x
    near(covariate.comparison.difference.estimate.unwrap(), 0.509_326_909_074_080_4, 1e-10);
    assert_eq!(covariate.balance.as_ref().unwrap().covariates.len(), 1);
}

#[test]
fn without_any_past_the_covariate_is_absent_with_its_reason() {
    let mut planned = metric("m", Kind::Continuous, Role::Primary);
    planned.metric.covariate_seconds = Some(604_800);
    let no_past =
        |rows: Vec<Vec<i64>>| -> Vec<Vec<i64>> { rows.into_iter().map(|row| vec![row[0], 0, 0]).collect() };
    let none = [sums("a", &no_past(with_history(0, 200))), sums("b", &no_past(with_history(1, 210)))];
    let result = result_of(&planned, &none, all_rules());
    let comparison = &result.comparisons[0];
    assert_eq!(comparison.covariate, None);
    assert_eq!(comparison.deciding(), &comparison.comparison);
    let absent: Vec<_> = comparison.absent.iter().map(|part| (part.part, part.absent)).collect();
    assert_eq!(absent, [("covariate", "degenerate_covariate")]);
}

#[test]
fn rates_have_newcombes_interval_and_beta_beliefs() {
    let planned = metric("m", Kind::Binary, Role::Primary);
    let result = result_of(&planned, &[rate("a", 470, 5_100), rate("b", 400, 5_000)], all_rules());
    let comparison = &result.comparisons[0];
    // statsmodels 0.15.0: proportions_ztest([400, 470], [5000, 5100]) and
    // confint_proportions_2indep(400, 5000, 470, 5100, method="newcomb")
    assert_eq!(comparison.comparison.method, Method::TwoProportionZ);
    near(comparison.comparison.test.unwrap().p, 0.029_468_083_079_687_662, 1e-12);
    let interval = comparison.comparison.difference.interval.unwrap();
    near(interval.lower(), -0.023_106_448_287_833_8, 1e-12);
    near(interval.upper(), -0.001_209_434_724_292_607_3, 1e-12);
    // scipy 1.17.1: quad of beta(471, 4631).pdf · beta(401, 4601).sf
    let bayesian = comparison.bayesian.as_ref().unwrap();
    assert_eq!(bayesian.model, "beta_binomial");
    near(bayesian.probability_better, 0.014_750_083_055_227_955, 1e-9);
    assert!(bayesian.expected_loss.unwrap() > bayesian.expected_loss_of_control.unwrap());
}

#[test]
fn a_prior_is_for_primary_metrics_alone() {
    let arms = [rate("a", 47, 510), rate("b", 40, 500)];
    let rules = Rules { priors: Some(Priors { mean: 0.5, strength: 10_000.0 }), ..all_rules() };
    let better = |role, rules| {
        let result = result_of(&metric("m", Kind::Binary, role), &arms, rules);
        result.comparisons[0].bayesian.as_ref().unwrap().probability_better
    };
    // As much as 10,000 units of one half leaves little to be told.
    assert!((better(Role::Primary, rules) - better(Role::Primary, all_rules())).abs() > 0.01);
    assert_eq!(better(Role::Secondary, rules), better(Role::Secondary, all_rules()));
}

#[test]
fn counts_have_event_rates_beside_them() {
    let planned = metric("m", Kind::Count, Role::Secondary);
    // 260 and 310 events of 100 units each, spread as a Poisson count would be: mean and variance about alike.
    let spread = |total: i64| -> Vec<Vec<i64>> {
        let pattern = [0, 1, 1, 2, 2, 2, 3, 3, 4, 5];
        let sum: i64 = pattern.iter().sum::<i64>() * 10;
        (0..100).map(|i| vec![pattern[i % 10] + i64::from((i as i64) < total - sum)]).collect()
    };
    let result = result_of(&planned, &[sums("a", &spread(260)), sums("b", &spread(310))], all_rules());
    let comparison = &result.comparisons[0];
    assert_eq!(comparison.comparison.method, Method::WelchT);
    // statsmodels 0.15.0: test_poisson_2indep(310, 100, 260, 100, method="score")
    let rate = comparison.rate.as_ref().unwrap().test.unwrap();
    near(rate.statistic, 2.094_269_541_458_477_3, 1e-12);
    near(rate.p, 0.036_235_976_006_056_145, 1e-12);
    // scipy 1.17.1: quad of gamma(261, scale=1/100).pdf · gamma(311, scale=1/100).sf
    let bayesian = comparison.bayesian.as_ref().unwrap();
    assert_eq!(bayesian.model, "gamma_poisson");
    near(bayesian.probability_better, 0.981_846_341_010_116_9, 1e-8);
}

#[test]
fn counts_that_cluster_are_believed_by_their_own_spread() {
    let planned = metric("m", Kind::Count, Role::Secondary);
    let clustered = |most: i64| -> Vec<Vec<i64>> {
        (0..100).map(|i| vec![if i % 10 == 0 { most } else { i % 2 }]).collect()
    };
    let result = result_of(&planned, &[sums("a", &clustered(30)), sums("b", &clustered(40))], all_rules());
    assert_eq!(result.comparisons[0].bayesian.as_ref().unwrap().model, "normal");
    assert!(result.comparisons[0].rate.is_some());
}

#[test]
fn quotients_are_compared_by_the_delta_method() {
    let rows = |arm: i64, n: i64| -> Vec<Vec<i64>> {
        let row = |i: i64| {
            let below = 1 + (i * 7) % 9;
            let above =
                (i * (3 + arm)) % 5 + if i % 3 == 0 { below } else { 0 } + arm * i64::from(i % 7 == 0);
            vec![above, below]
        };
        (0..n).map(row).collect()
    };
    let planned = metric("m", Kind::Ratio, Role::Primary);
    let result = result_of(&planned, &[sums("a", &rows(0, 150)), sums("b", &rows(1, 160))], all_rules());
    let comparison = &result.comparisons[0].comparison;
    // tea-tasting 1.14.0: RatioOfMeans("num", "den")
    near(comparison.control.estimate.unwrap(), 0.662_666_666_666_666_7, 1e-12);
    near(comparison.difference.estimate.unwrap(), 0.034_340_814_630_091_31, 1e-12);
    near(comparison.test.unwrap().statistic, 0.477_462_188_116_612_3, 1e-10);
    near(comparison.test.unwrap().p, 0.633_372_658_632_028_1, 1e-10);
    near(comparison.difference.interval.unwrap().lower(), -0.107_184_642_018_244_24, 1e-10);
    near(result.variants[0].mean.estimate.unwrap(), 0.662_666_666_666_666_7, 1e-12);
}

#[test]
fn quantiles_are_compared_by_their_limits() {
    let level = Fraction::new(0.9).unwrap();
    let arm = |variant: &str, n: u64, quantile: f64, limits: (f64, f64)| QuantileArm {
        variant: variant.to_owned(),
        epoch: "e".to_owned(),
        units_seen: n,
        units_silent: 0,
        moments: QuantileLimits::new(n, n, quantile, limits).unwrap().moments(level),
    };
    let arms = [arm("a", 4_000, 12.5, (12.1, 12.9)), arm("b", 4_200, 13.1, (12.65, 13.5))];
    let planned = metric("m", Kind::Quantile, Role::Secondary);
    let given = Given::of(&[rate("a", 0, 4_000), rate("b", 0, 4_200)]);
    let result = estimate_quantile(&given.frame(all_rules()), &Measured::from(&planned), &arms, None);
    // gbstats: TwoSidedTTest of two QuantileStatistics
    assert_eq!(result.comparisons[0].comparison.method, Method::OuterInterval);
    near(result.comparisons[0].comparison.test.unwrap().p, 0.043_92, 1e-5);
    near(result.variants[1].mean.estimate.unwrap(), 13.1, 1e-12);
    assert!(result.comparisons[0].bayesian.as_ref().unwrap().probability_better > 0.97);
}

fn funnel() -> MetricResult {
    let rows = |carts: i64, orders: i64| -> Vec<Vec<i64>> {
        (0..1_000).map(|i| vec![i64::from(i < 800), i64::from(i < carts), i64::from(i < orders)]).collect()
    };
    let planned = metric("m", Kind::Funnel, Role::Primary);
    result_of(&planned, &[sums("a", &rows(400, 100)), sums("b", &rows(420, 140))], all_rules())
}

#[test]
fn a_funnel_says_where_units_are_lost() {
    let result = funnel();
    let steps = result.funnel.as_ref().unwrap().steps.as_slice();
    let names: Vec<&str> = steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(names, ["visit", "cart", "order"]);
    let counts: Vec<(u64, u64)> =
        steps.iter().map(|step| (step.variants[1].units, step.variants[1].dropped)).collect();
    assert_eq!(counts, [(800, 200), (420, 380), (140, 280)]);
    near(steps[2].variants[1].of_the_step_before.estimate.unwrap(), 1.0 / 3.0, 1e-12);
    near(steps[2].variants[1].of_all.estimate.unwrap(), 0.14, 1e-12);
    near(steps[2].comparisons[0].comparison.difference.estimate.unwrap(), 1.0 / 3.0 - 0.25, 1e-12);
    // The metric itself is the rate of the last step among all units.
    near(result.comparisons[0].comparison.difference.estimate.unwrap(), 0.04, 1e-12);
    assert_eq!(result.comparisons[0].comparison.method, Method::TwoProportionZ);
}

#[test]
fn a_look_at_any_time_is_that_of_gbstats() {
    let with = |variant: &str, n: u64, sum: i128, squares: i128| Sums {
        variant: variant.to_owned(),
        epoch: "e".to_owned(),
        units_seen: n,
        units_counted: n,
        sums: vec![sum * 1_000_000],
        products: vec![squares * 1_000_000_000_000],
        largest: vec![20_000_000],
        ..Sums::default()
    };
    let sums = [with("a", 1_000, 2_500, 9_000), with("b", 1_100, 2_900, 11_000)];
    let rules =
        Rules { sequential: Some(SequentialPlan::Anytime { tightest_at: 5_000 }), ..Rules::default() };
    let result = result_of(&metric("m", Kind::Continuous, Role::Primary), &sums, rules);
    let look = result.comparisons[0].sequential.as_ref().unwrap();
    // gbstats: SequentialTwoSidedTTest, absolute and relative
    near(look.p.unwrap(), 0.570_815_809_361_5, 1e-12);
    near(look.difference.interval.unwrap().lower(), -0.095_134_600_295_983, 1e-12);
    assert!(!look.crossed);
}

#[test]
fn power_is_that_at_the_declared_effect() {
    let halves = |n: i64| -> Vec<Vec<i64>> { (0..n).map(|i| vec![20 * (i % 2)]).collect() };
    let mut planned = metric("m", Kind::Continuous, Role::Primary);
    planned.minimum_effect = Some(0.05);
    let result = result_of(&planned, &[sums("a", &halves(400)), sums("b", &halves(400))], Rules::default());
    let power = result.power.unwrap();
    // statsmodels 0.15.0: tt_ind_solve_power(effect_size=0.5/sd, alpha=0.05, …), whose t test is pooled
    near(power.current.unwrap(), 0.108_659_155_079_599_06, 1e-4);
    near(power.units_for_80.unwrap() as f64, 6_295.785_979_608_955, 1.5);
    near(power.units_for_95.unwrap() as f64, 10_422.782_291_559_131, 1.5);
    assert!(power.curve.windows(2).all(|pair| pair[0].power <= pair[1].power));
    assert!(power.curve.iter().any(|point| (point.power - 0.8).abs() < 0.01));
    assert!(power.absent.is_empty());
}

#[test]
fn numbers_that_contradict_a_kind_refuse_the_metric_by_name() {
    let halves = [sums("a", &[vec![2], vec![0]]), sums("b", &[vec![1], vec![0]])];
    let result = result_of(&metric("m", Kind::Binary, Role::Primary), &halves, all_rules());
    let absent = result.absent.unwrap();
    assert_eq!(absent.absent, AbsentCode::Refused);
    assert!(absent.because.contains("`m`") && absent.because.contains("`a`"), "{}", absent.because);
    assert!(result.comparisons.is_empty());
}

#[test]
fn what_is_absent_says_why_in_json() {
    let rules = Rules { sequential: Some(SequentialPlan::Anytime { tightest_at: 5_000 }), ..all_rules() };
    let result =
        result_of(&metric("m", Kind::Binary, Role::Primary), &[rate("a", 0, 10), rate("b", 0, 10)], rules);
    assert_eq!(result.comparisons[0].sequential.as_ref().unwrap().p, Err(Absent::ZeroVariance));
    let json = serde_json::to_value(&result.comparisons[0]).unwrap();
    assert_eq!(json["sequential"]["p"]["absent"], "zero_variance");
    assert!(json["sequential"]["p"]["because"].is_string());
    let present =
        result_of(&metric("m", Kind::Binary, Role::Primary), &[rate("a", 3, 10), rate("b", 4, 10)], rules);
    let json = serde_json::to_value(&present.comparisons[0]).unwrap();
    assert!(json["sequential"]["p"].is_f64(), "{}", json["sequential"]["p"]);
}

/// Numerator, denominator, and both from before, in one of two epochs.
fn quotient_rows(arm: i64, epoch: i64, n: i64) -> Vec<Vec<i64>> {
    let row = |i: i64| {
        let below_before = 1 + (i * 5) % 7;
        let before = (i * (3 + epoch)) % 5 + if i % 3 == 0 { below_before } else { 0 };
        let below = 1 + (i * 7) % 9 + epoch;
        let more = if i % 4 == 0 { below } else { 0 };
        vec![before + (i * (2 + arm)) % 4 + more + arm * i64::from(i % 5 == 0), below, before, below_before]
    };
    (0..n).map(row).collect()
}

#[test]
fn quotients_of_several_epochs_are_sharpened_within_them() {
    let mut planned = metric("m", Kind::Ratio, Role::Primary);
    planned.metric.covariate_seconds = Some(604_800);
    let of = |variant: &str, epoch: &str, rows: Vec<Vec<i64>>| Sums {
        epoch: epoch.to_owned(),
        ..sums(variant, &rows)
    };
    let all = [
        of("a", "e", quotient_rows(0, 0, 60)),
        of("b", "e", quotient_rows(1, 0, 50)),
        of("a", "f", quotient_rows(0, 1, 40)),
        of("b", "f", quotient_rows(1, 1, 90)),
    ];
    let result = result_of(&planned, &all, all_rules());
    let comparison = &result.comparisons[0];
    assert_eq!(comparison.strata, 2);
    // numpy 2 and statsmodels 0.15.0, unit by unit: combined ratios linearised, the slope by OLS within epochs and
    // variants, differences weighted by the epochs' units.
    near(comparison.comparison.difference.estimate.unwrap(), 0.117_971_962_039_408_6, 1e-12);
    let covariate = comparison.covariate.as_ref().unwrap();
    near(covariate.comparison.difference.estimate.unwrap(), 0.132_419_474_382_695_77, 1e-12);
    near(covariate.comparison.difference.standard_error.unwrap(), 0.087_279_671_344_975_3, 1e-12);
    assert_eq!(comparison.deciding(), &covariate.comparison);
    assert!(comparison.absent.is_empty(), "{:?}", comparison.absent);
}

#[test]
fn power_allows_for_the_looks() {
    let halves = |n: i64| -> Vec<Vec<i64>> { (0..n).map(|i| vec![20 * (i % 2)]).collect() };
    let both = [sums("a", &halves(8_000)), sums("b", &halves(8_000))];
    let of = |role, sequential| {
        let mut planned = metric("m", Kind::Continuous, role);
        planned.minimum_effect = Some(0.05);
        let rules = Rules { sequential, looks: 14, ..Rules::default() };
        result_of(&planned, &both, rules).power.unwrap()
    };
    let spending = SpendingFunction::Pocock;
    let group = SequentialPlan::GroupSequential { spending, planned_units: 20_000 };
    let (once, group, anytime) = (
        of(Role::Primary, None),
        of(Role::Primary, Some(group)),
        of(Role::Primary, Some(SequentialPlan::Anytime { tightest_at: 16_000 })),
    );
    assert_eq!(once.looks, None);
    let looks = group.looks.unwrap();
    assert_eq!((looks.method, looks.looks), (SequentialMethod::GroupSequential, Some(14)));
    let needed = |power: &Power| power.units_for_80.unwrap() as f64;
    near(looks.inflation.unwrap(), needed(&group) / needed(&once), 1e-3);
    // More looks, more units: Pocock's spending with 5 looks takes 1.217 times (rpact), with 14 a little more.
    assert!((1.22..1.35).contains(&looks.inflation.unwrap()), "{looks:?}");
    assert!(anytime.looks.unwrap().inflation.unwrap() > looks.inflation.unwrap());
    let current = |power: &Power| power.current.unwrap();
    assert!(current(&anytime) < current(&group) && current(&group) < current(&once));
    assert!(once.detectable < group.detectable && group.detectable < anytime.detectable);
    for power in [&group, &anytime] {
        assert!(power.curve.windows(2).all(|pair| pair[0].power <= pair[1].power));
        assert!(power.curve.iter().any(|point| (point.power - 0.8).abs() < 0.01), "{:?}", power.curve);
    }
    let secondary = of(Role::Secondary, Some(SequentialPlan::Anytime { tightest_at: 16_000 }));
    assert_eq!(secondary.looks, None, "only what decides is looked at early");
}
