//! Counts, rates and tables.

use edgewise_stats::{
    Alternative, Comparison, Fraction, Positive, Proportion,
    compare::{
        BarnardStatistic, ChiSquareOptions, ChiSquareStatistic, DifferenceMethod, EventRate,
        EventRateDifferenceMethod, EventRateIntervalMethod, EventRateLiftMethod, EventRateOptions,
        EventRateTest, ExactTest, OddsRatioMethod, RateIntervalMethod, RateLiftMethod, RateOptions, RateTest,
        Table, barnard_test, binomial_test, boschloo_test, chi_square, cohens_h, compare_event_rates,
        compare_rates, conditional_odds_ratio, conditional_rate_test, event_rate_interval, event_rate_test,
        fisher_test, odds_ratio, rate_interval, unconditional_test,
    },
    distribution::students_t::{self, DegreesOfFreedom},
};
use serde_json::{Value, json};

use super::{
    Answer, Inputs,
    inputs::{because, count, ends},
};

/// See [`super::compute`].
pub(crate) fn compute(function: &str, inputs: &Inputs<'_>) -> Option<Answer> {
    Some(match function {
        "two_prop_z_pooled" => two_prop_z(inputs, RateTest::Pooled),
        "two_prop_z_unpooled" => two_prop_z(inputs, RateTest::Unpooled),
        "two_prop_test" => two_prop_test(inputs),
        "two_prop_diff_ci" => two_prop_diff_ci(inputs),
        "risk_ratio_log_ci" => risk_ratio_ci(inputs, "log"),
        "risk_ratio_ci" => inputs.text("method").and_then(|method| risk_ratio_ci(inputs, method)),
        "odds_ratio_ci" => odds_ratio_ci(inputs),
        "one_prop_ci" => one_prop_ci(inputs),
        "binom_test" => binom_test(inputs),
        "chi2_2x2" => chi2_2x2(inputs),
        "chi2_table" => chi2_table(inputs),
        "fisher_exact" => fisher(inputs),
        "fisher_odds_ratio" => fisher_odds_ratio(inputs),
        "barnard_boschloo" => barnard_boschloo(inputs),
        "cohens_h" if inputs.has("x1") => h(inputs),
        "unpooled_t_proportion" => unpooled_t_proportion(inputs),
        "poisson_rate_ci" => poisson_rate_ci(inputs),
        "poisson_rate_test" => poisson_rate_test(inputs),
        "poisson_two_sample" => poisson_two_sample(inputs),
        "poisson_two_sample_ci" => poisson_two_sample_ci(inputs),
        _ => return None,
    })
}

fn two_prop_z(inputs: &Inputs<'_>, test: RateTest) -> Answer {
    let options = RateOptions { test, alternative: alternative(inputs)?, ..RateOptions::default() };
    let test = two_rates(inputs, &options)?.test.map_err(because)?;
    Ok(json!({ "z": test.statistic, "p": test.p, "ln_p": test.ln_p }))
}

/// statsmodels' `test_proportions_2indep`, compare = diff.
fn two_prop_test(inputs: &Inputs<'_>) -> Answer {
    let corrected = inputs.value("correction").as_bool().unwrap_or(true);
    let test = match inputs.text("method")? {
        "wald" => RateTest::Unpooled,
        "agresti-caffo" => RateTest::AgrestiCaffo,
        "score" if corrected => RateTest::MiettinenNurminen,
        "score" => RateTest::Pooled,
        other => return Err(format!("the method {other} is not known")),
    };
    two_prop_z(inputs, test)
}

fn two_prop_diff_ci(inputs: &Inputs<'_>) -> Answer {
    let difference = match inputs.text("method")? {
        "newcomb" | "newcombe" => DifferenceMethod::Newcombe,
        "newcombe-cc" | "newcombe-corrected" => DifferenceMethod::NewcombeCorrected,
        "wald" => DifferenceMethod::Wald,
        "miettinen-nurminen" | "mn" => DifferenceMethod::MiettinenNurminen,
        "score" if inputs.value("correction").as_bool().unwrap_or(true) => {
            DifferenceMethod::MiettinenNurminen
        }
        "mee" | "score" => DifferenceMethod::Score,
        "agresti-caffo" => DifferenceMethod::AgrestiCaffo,
        other => return Err(format!("the method {other} is not known")),
    };
    let options = RateOptions {
        difference,
        alpha: inputs.alpha()?,
        alternative: alternative(inputs)?,
        ..RateOptions::default()
    };
    Ok(ends(two_rates(inputs, &options)?.difference.interval.map_err(because)?))
}

fn risk_ratio_ci(inputs: &Inputs<'_>, method: &str) -> Answer {
    let lift = match method {
        "log" => RateLiftMethod::Log,
        "log-adjusted" => RateLiftMethod::LogAdjusted,
        "miettinen-nurminen" => RateLiftMethod::MiettinenNurminen,
        "score" if inputs.value("correction").as_bool().unwrap_or(true) => RateLiftMethod::MiettinenNurminen,
        "koopman" | "score" => RateLiftMethod::Score,
        other => return Err(format!("the method {other} is not known")),
    };
    let options = RateOptions {
        lift,
        alpha: inputs.alpha()?,
        alternative: alternative(inputs)?,
        ..RateOptions::default()
    };
    let interval = two_rates(inputs, &options)?.lift.interval.map_err(because)?;
    let ratio = |end: f64| if end.is_finite() { json!(end + 1.0) } else { Value::Null };
    Ok(json!([ratio(interval.lower()), ratio(interval.upper())]))
}

fn odds_ratio_ci(inputs: &Inputs<'_>) -> Answer {
    let method = match inputs.text("method")? {
        "logit" => OddsRatioMethod::Log,
        "logit-adjusted" => OddsRatioMethod::LogAdjusted,
        "miettinen-nurminen" => OddsRatioMethod::MiettinenNurminen,
        "score" if inputs.value("correction").as_bool().unwrap_or(true) => OddsRatioMethod::MiettinenNurminen,
        "score" => OddsRatioMethod::Score,
        other => return Err(format!("the method {other} is not known")),
    };
    let (control, treatment) = arms(inputs)?;
    let ratio = odds_ratio(&control, &treatment, method, inputs.alpha()?, alternative(inputs)?);
    Ok(ends(ratio.interval.map_err(because)?))
}

/// One-sided intervals are written with the natural end 0 or 1 of a rate.
fn one_prop_ci(inputs: &Inputs<'_>) -> Answer {
    let (proportion, alpha) = (inputs.proportion("x", "n")?, inputs.alpha()?);
    let method = match inputs.text("method")? {
        "wilson" => RateIntervalMethod::Wilson,
        "wilsoncc" | "wilson-cc" => RateIntervalMethod::WilsonCorrected,
        "clopper-pearson" | "beta" | "exact" => RateIntervalMethod::ClopperPearson,
        "jeffreys" | "jeffrey" => RateIntervalMethod::Jeffreys,
        "agresti_coull" | "agresti-coull" => RateIntervalMethod::AgrestiCoull,
        // No variance to make an interval of: statsmodels says from p to p.
        "normal" | "wald" if proportion.successes() == 0 => return Ok(json!([0.0, 0.0])),
        "normal" | "wald" if proportion.failures() == 0 => return Ok(json!([1.0, 1.0])),
        "normal" | "wald" => RateIntervalMethod::Wald,
        "arcsine" => RateIntervalMethod::Arcsine,
        "binom_test" => RateIntervalMethod::Sterne,
        "midp" | "mid-p" => RateIntervalMethod::MidP,
        other => return Err(format!("the method {other} is not known")),
    };
    // statsmodels names the interval's open end (its "larger" has the upper limit only), scipy the test's alternative.
    let alternative = match inputs.value("alternative").as_str() {
        Some("larger") => Alternative::Less,
        Some("smaller") => Alternative::Greater,
        _ => alternative(inputs)?,
    };
    let interval = rate_interval(&proportion, method, alpha, alternative).map_err(because)?;
    Ok(json!([interval.lower().max(0.0), interval.upper().min(1.0)]))
}

fn binom_test(inputs: &Inputs<'_>) -> Answer {
    let null = Fraction::new(inputs.number_or("p", 0.5)?).map_err(because)?;
    let test = binomial_test(&inputs.proportion("k", "n")?, null, alternative(inputs)?).map_err(because)?;
    Ok(json!({ "p": test.p, "ln_p": test.ln_p, "mid_p": test.mid_p }))
}

fn chi2_2x2(inputs: &Inputs<'_>) -> Answer {
    let table = table(inputs)?;
    let of = |statistic, yates| chi_square(&table, ChiSquareOptions { statistic, yates }).map_err(because);
    let plain = of(ChiSquareStatistic::Pearson, false)?;
    let yates = of(ChiSquareStatistic::Pearson, true)?;
    let g = of(ChiSquareStatistic::LikelihoodRatio, false)?;
    let g_yates = of(ChiSquareStatistic::LikelihoodRatio, true)?;
    Ok(json!({
        "chi2": plain.chi_square, "p": plain.p, "dof": plain.df, "df": plain.df,
        "chi2_yates": yates.chi_square, "p_yates": yates.p,
        "g": g.chi_square, "p_g": g.p,
        "g_yates": g_yates.chi_square, "p_g_yates": g_yates.p,
        "expected": plain.expected,
        "phi": plain.effect.phi, "cramers_v": plain.effect.cramers_v,
    }))
}

fn chi2_table(inputs: &Inputs<'_>) -> Answer {
    let statistic = match inputs.value("lambda").as_str().unwrap_or("pearson") {
        "pearson" => ChiSquareStatistic::Pearson,
        "log-likelihood" => ChiSquareStatistic::LikelihoodRatio,
        "cressie-read" => ChiSquareStatistic::CressieRead,
        "freeman-tukey" => ChiSquareStatistic::FreemanTukey,
        "neyman" => ChiSquareStatistic::Neyman,
        "mod-log-likelihood" => ChiSquareStatistic::ModifiedLikelihoodRatio,
        other => return Err(format!("the statistic {other} is not known")),
    };
    let yates = inputs.value("correction").as_bool().unwrap_or(false);
    let test = chi_square(&table(inputs)?, ChiSquareOptions { statistic, yates }).map_err(because)?;
    Ok(json!({
        "chi2": test.chi_square, "df": test.df, "dof": test.df, "p": test.p, "ln_p": test.ln_p,
        "expected": test.expected,
        "pearson_residuals": test.pearson_residuals,
        "standardized_residuals": test.standardized_residuals,
        "cramers_v": test.effect.cramers_v,
        "cramers_v_corrected": test.effect.cramers_v_corrected.ok(),
        "tschuprows_t": test.effect.tschuprows_t,
        "contingency_coefficient": test.effect.contingency_coefficient,
        "phi": test.effect.phi,
    }))
}

fn fisher(inputs: &Inputs<'_>) -> Answer {
    let (control, treatment) = rows(inputs)?;
    let of = |alternative| fisher_test(&control, &treatment, alternative).map_err(because);
    let chosen = of(alternative(inputs)?)?;
    let sample =
        odds_ratio(&control, &treatment, OddsRatioMethod::Log, inputs.alpha()?, Alternative::TwoSided);
    Ok(json!({
        "two_sided": of(Alternative::TwoSided)?.p,
        "greater": of(Alternative::Greater)?.p,
        "less": of(Alternative::Less)?.p,
        "p": chosen.p, "ln_p": chosen.ln_p, "mid_p": chosen.mid_p,
        "odds_ratio": sample.estimate.ok(),
    }))
}

fn fisher_odds_ratio(inputs: &Inputs<'_>) -> Answer {
    let (control, treatment) = rows(inputs)?;
    let ratio = conditional_odds_ratio(&control, &treatment, inputs.alpha()?, alternative(inputs)?);
    Ok(json!({ "estimate": ratio.estimate.ok(), "ci": ratio.interval.map(ends).ok() }))
}

/// scipy has the variants in columns here.
#[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "as scipy computes, to the last bit")]
fn barnard_boschloo(inputs: &Inputs<'_>) -> Answer {
    let cells = cells(inputs)?;
    let arm = |column: usize| {
        Proportion::new(cells[0][column], cells[0][column] + cells[1][column]).map_err(because)
    };
    let (treatment, control) = (arm(0)?, arm(1)?);
    let alternative = alternative(inputs)?;
    let pooled = inputs.value("pooled").as_bool().unwrap_or(true);
    let (n_t, n_c) = (treatment.n() as f64, control.n() as f64);
    // scipy compares its statistic without regard to rounding, so that some ties of the observed table do not count as
    // extreme: in 15 + 25 against 35 + 25 it leaves out 7 of 10. Its values follow from its own order only; the exact
    // ones are beside them.
    let order = |c: u64, t: u64| {
        let (p_t, p_c) = (t as f64 / n_t, c as f64 / n_c);
        let variance = if pooled {
            let p = (t + c) as f64 / (n_t + n_c);
            p * (1.0 - p) * (1.0 / n_t + 1.0 / n_c)
        } else {
            p_t * (1.0 - p_t) / n_t + p_c * (1.0 - p_c) / n_c
        };
        if p_t == p_c { 0.0 } else { (p_t - p_c) / variance.sqrt() }
    };
    let statistic = if pooled { BarnardStatistic::Pooled } else { BarnardStatistic::Unpooled };
    let exact = barnard_test(&control, &treatment, statistic, alternative).map_err(because)?;
    let barnard = unconditional_test(&control, &treatment, order, alternative).map_err(because)?;
    let boschloo = boschloo_test(&control, &treatment, alternative).map_err(because)?;
    Ok(json!({
        "barnard": barnard.p, "barnard_statistic": barnard.statistic, "barnard_with_ties": exact.p,
        "boschloo": boschloo.p, "boschloo_statistic": boschloo.statistic,
    }))
}

fn h(inputs: &Inputs<'_>) -> Answer {
    let (control, treatment) = arms(inputs)?;
    Ok(json!(
        cohens_h(&control, &treatment, inputs.alpha()?, alternative(inputs)?).estimate.map_err(because)?
    ))
}

/// gbstats: the p value of a relative effect is that of its own standard error, on the degrees of freedom of the
/// difference.
fn unpooled_t_proportion(inputs: &Inputs<'_>) -> Answer {
    let arm = |name: &str| {
        let arm = inputs.value(name);
        Proportion::new(count(&arm["x"])?, count(&arm["n"])?).map_err(because)
    };
    let options = RateOptions {
        alpha: inputs.alpha()?,
        test: RateTest::UnpooledT,
        difference: DifferenceMethod::Wald,
        lift: RateLiftMethod::Delta,
        ..RateOptions::default()
    };
    let comparison = compare_rates(&arm("control")?, &arm("treatment")?, &options);
    let relative = inputs.text("difference")? == "relative";
    let effect = if relative { comparison.lift } else { comparison.difference };
    let (estimate, error) = (effect.estimate.map_err(because)?, effect.standard_error.map_err(because)?);
    let test = comparison.test.map_err(because)?;
    let df = test.df.and_then(DegreesOfFreedom::new).ok_or("no df")?;
    let p = if relative { students_t::two_sided_p(estimate / error, df) } else { test.p };
    Ok(json!({
        "effect": estimate,
        "se": error,
        "p": p,
        "df": df.get(),
        "ci": ends(effect.interval.map_err(because)?),
    }))
}

/// statsmodels' `confint_poisson`; R's poisson.test is "exact-c".
fn poisson_rate_ci(inputs: &Inputs<'_>) -> Answer {
    let method = match inputs.value("method").as_str().unwrap_or("exact-c") {
        "exact-c" | "gamma" | "garwood" | "exact" => EventRateIntervalMethod::Garwood,
        "midp-c" | "midp" => EventRateIntervalMethod::MidP,
        "score" => EventRateIntervalMethod::Score,
        "wald" => EventRateIntervalMethod::Wald,
        "waldccv" => EventRateIntervalMethod::WaldAdjusted,
        "jeff" | "jeffreys" => EventRateIntervalMethod::Jeffreys,
        "sqrt" => EventRateIntervalMethod::SquareRoot,
        "sqrt-a" => EventRateIntervalMethod::Anscombe,
        "sqrt-v" => EventRateIntervalMethod::Vandenbroucke,
        other => return Err(format!("the method {other} is not known")),
    };
    let rate = events(inputs, "count", "exposure")?;
    // statsmodels names the interval's open end.
    let alternative = match inputs.value("alternative").as_str() {
        Some("larger") => Alternative::Less,
        Some("smaller") => Alternative::Greater,
        _ => alternative(inputs)?,
    };
    let interval = event_rate_interval(&rate, method, inputs.alpha()?, alternative).map_err(because)?;
    let upper = interval.upper();
    Ok(json!([interval.lower().max(0.0), if upper.is_finite() { json!(upper) } else { Value::Null }]))
}

/// R's poisson.test for one sample ("minlike"), and statsmodels' `test_poisson` ("exact-c" and "midp-c" double the
/// smaller tail).
fn poisson_rate_test(inputs: &Inputs<'_>) -> Answer {
    let rate = events(inputs, "count", "exposure")?;
    let null = Positive::new(inputs.number_or("value", 1.0)?).map_err(because)?;
    let of = |alternative| event_rate_test(&rate, null, alternative).map_err(because);
    let chosen = alternative(inputs)?;
    let doubled = |p: fn(&ExactTest) -> f64| {
        let smaller = p(&of(Alternative::Greater)?).min(p(&of(Alternative::Less)?));
        Ok::<f64, String>((2.0 * smaller).min(1.0))
    };
    let p = match (inputs.value("method").as_str().unwrap_or("minlike"), chosen) {
        ("exact-c", Alternative::TwoSided) => doubled(|test| test.p)?,
        ("midp-c", Alternative::TwoSided) => doubled(|test| test.mid_p)?,
        ("midp-c", _) => of(chosen)?.mid_p,
        ("minlike" | "exact-c" | "exact", _) => of(chosen)?.p,
        (other, _) => return Err(format!("the method {other} is not known")),
    };
    Ok(json!({ "p": p, "ln_p": of(chosen)?.ln_p }))
}

/// statsmodels' `test_poisson_2indep`; R's poisson.test is "exact-cond". The first sample is the treatment.
fn poisson_two_sample(inputs: &Inputs<'_>) -> Answer {
    let control = events(inputs, "count2", "exposure2")?;
    let alternative = alternative(inputs)?;
    let ratio = inputs.value("compare").as_str().unwrap_or("ratio") == "ratio";
    let null = Positive::new(if ratio { inputs.number_or("value", 1.0)? } else { 1.0 }).map_err(because)?;
    if !ratio && inputs.number_or("value", 0.0)? != 0.0 {
        return Err("a difference other than 0 is not tested".to_owned());
    }
    let method = inputs.value("method").as_str().unwrap_or("score");
    if matches!(method, "exact-cond" | "cond-midp") {
        let treatment = events(inputs, "count1", "exposure1")?;
        let test = conditional_rate_test(&control, &treatment, null, alternative).map_err(because)?;
        let p = if method == "exact-cond" { test.p } else { test.mid_p };
        return Ok(json!({ "p": p, "ln_p": test.ln_p }));
    }
    let test = match method {
        "score" => EventRateTest::Score,
        "wald" => EventRateTest::Wald,
        "waldccv" => EventRateTest::WaldAdjusted,
        "score-log" => EventRateTest::ScoreLog,
        "wald-log" => EventRateTest::WaldLog,
        "sqrt" => EventRateTest::SquareRoot,
        other => return Err(format!("the method {other} is not known")),
    };
    // A ratio of r is a ratio of 1 over r times the exposure.
    let exposure = Positive::new(inputs.number("exposure1")? * null.get()).map_err(because)?;
    let treatment = EventRate::new(inputs.count("count1")?, exposure);
    let options = EventRateOptions { test, alternative, ..EventRateOptions::default() };
    let test = compare_event_rates(&control, &treatment, &options).test.map_err(because)?;
    Ok(json!({ "statistic": test.statistic, "z": test.statistic, "p": test.p, "ln_p": test.ln_p }))
}

/// statsmodels' `confint_poisson_2indep`, and R's poisson.test ("exact-cond").
fn poisson_two_sample_ci(inputs: &Inputs<'_>) -> Answer {
    let (control, treatment) =
        (events(inputs, "count2", "exposure2")?, events(inputs, "count1", "exposure1")?);
    let mut options = EventRateOptions {
        alpha: inputs.alpha()?,
        alternative: alternative(inputs)?,
        ..EventRateOptions::default()
    };
    let method = inputs.value("method").as_str().unwrap_or("score");
    if inputs.value("compare").as_str().unwrap_or("ratio") == "ratio" {
        options.lift = match method {
            "score" => EventRateLiftMethod::Score,
            "wald-log" => EventRateLiftMethod::Log,
            "waldcc" => EventRateLiftMethod::LogAdjusted,
            "mover" => EventRateLiftMethod::Mover,
            "exact-cond" => EventRateLiftMethod::Conditional,
            "cond-midp" => EventRateLiftMethod::MidP,
            other => return Err(format!("the method {other} is not known")),
        };
        let interval = compare_event_rates(&control, &treatment, &options).lift.interval.map_err(because)?;
        let ratio = |end: f64| if end.is_finite() { json!(end + 1.0) } else { Value::Null };
        return Ok(json!([ratio(interval.lower()), ratio(interval.upper())]));
    }
    options.difference = match method {
        "score" => EventRateDifferenceMethod::Score,
        "wald" => EventRateDifferenceMethod::Wald,
        "waldccv" => EventRateDifferenceMethod::WaldAdjusted,
        "mover" => EventRateDifferenceMethod::Mover,
        other => return Err(format!("the method {other} is not known")),
    };
    Ok(ends(compare_event_rates(&control, &treatment, &options).difference.interval.map_err(because)?))
}

fn events(inputs: &Inputs<'_>, count: &str, exposure: &str) -> Result<EventRate, String> {
    let exposure = Positive::new(inputs.number_or(exposure, 1.0)?).map_err(because)?;
    Ok(EventRate::new(inputs.count(count)?, exposure))
}

/// The cases have the treatment first.
fn two_rates(inputs: &Inputs<'_>, options: &RateOptions) -> Result<Comparison, String> {
    let (control, treatment) = arms(inputs)?;
    Ok(compare_rates(&control, &treatment, options))
}

fn arms(inputs: &Inputs<'_>) -> Result<(Proportion, Proportion), String> {
    Ok((inputs.proportion("x2", "n2")?, inputs.proportion("x1", "n1")?))
}

/// Two-sided where the case does not say; the words of scipy and of statsmodels.
pub(super) fn alternative(inputs: &Inputs<'_>) -> Result<Alternative, String> {
    match inputs.value("alternative").as_str().unwrap_or("two-sided") {
        "two-sided" | "two_sided" | "2-sided" => Ok(Alternative::TwoSided),
        "greater" | "larger" => Ok(Alternative::Greater),
        "less" | "smaller" => Ok(Alternative::Less),
        other => Err(format!("the alternative {other} is not known")),
    }
}

fn cells(inputs: &Inputs<'_>) -> Result<Vec<Vec<u64>>, String> {
    let rows = inputs.value("table").as_array().ok_or("table is not a list")?;
    rows.iter().map(|row| row.as_array().ok_or("a row is not a list")?.iter().map(count).collect()).collect()
}

fn table(inputs: &Inputs<'_>) -> Result<Table, String> {
    Table::new(cells(inputs)?).map_err(because)
}

/// The rows of a 2 × 2 table as control (the second) and treatment.
fn rows(inputs: &Inputs<'_>) -> Result<(Proportion, Proportion), String> {
    let cells = cells(inputs)?;
    let arm = |row: usize| match cells.get(row).map(Vec::as_slice) {
        Some([successes, failures]) => Proportion::new(*successes, successes + failures).map_err(because),
        _ => Err("the table is not 2 × 2".to_owned()),
    };
    Ok((arm(1)?, arm(0)?))
}
