//! Several treatments against one control: Dunnett's test.

use serde::Serialize;

use super::many_to_one::ManyToOne;
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Moments, Test,
    distribution::students_t::DegreesOfFreedom, estimate, estimate::finite, moments::count,
};

/// How treatments are compared with their control by Dunnett's test.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DunnettOptions {
    /// The level of the whole family; all intervals cover together with probability 1 − alpha.
    pub alpha: Alpha,
    /// What each test holds against "no difference", and which ends the intervals have.
    pub alternative: Alternative,
}

/// What Dunnett's test found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dunnett {
    /// The critical value that each |t| (or t, one-sided) is to exceed at the family's level.
    pub critical: f64,
    /// Degrees of freedom of the common variance: units less variants.
    pub df: f64,
    /// Each treatment against the control, in the given order.
    pub treatments: Vec<DunnettComparison>,
}

/// One treatment against the control.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DunnettComparison {
    /// Treatment − control, in the metric's unit.
    pub difference: f64,
    /// Its standard error, with the common variance; above 0.
    pub standard_error: f64,
    /// Its interval: those of all treatments cover together.
    pub interval: Interval,
    /// The test; its p value is adjusted for the number of treatments.
    #[serde(serialize_with = "estimate::serialize")]
    pub test: Estimate<Test>,
}

/// Compares several treatments with one control, with the family-wise error rate α (single-step Dunnett).
///
/// ```text
/// s² = Σ over all variants of Σ(y − ȳ)² / df      df = N − (treatments + 1)
/// t_i = (ȳ_i − ȳ_c) / ( s·√(1/n_i + 1/n_c) )      p_i = P( max |T_j| ≥ |t_i| )      ȳ_i − ȳ_c ± c·s·√(1/n_i + 1/n_c)
/// ```
///
/// The T_j are jointly t with the correlations λ_i·λ_j, λ_i = √( n_i/(n_i + n_c) ), exactly those of normal values with
/// one variance. One-sided, without the absolute values. It uses the correlation through the common control, and is
/// therefore more powerful than Bonferroni's or Šidák's correction; a Welch-like version it has not. The probabilities
/// are double integrals (over the control's mean and the variance) by Gauss-Legendre quadrature, with a relative error
/// below 1e-8, also of p values far below any that matters; the critical value solves them to 1e-12. (scipy's and R's are
/// quasi-Monte-Carlo, with errors of about 1e-5 to 1e-3.)
///
/// Absent: [`Absent::TooFewArms`] without treatments; [`Absent::NoUnits`] if a variant has none;
/// [`Absent::TooFewUnits`] if there are no degrees of freedom; [`Absent::ZeroVariance`]; [`Absent::OutOfRange`].
///
/// Source: Dunnett (1955), "A multiple comparison procedure for comparing several treatments with a control", JASA 50;
/// Dunnett (1964), "New tables for multiple comparisons with a control", Biometrics 20(3); Hochberg & Tamhane (1987),
/// "Multiple Comparison Procedures", appendix 3.
///
/// ```
/// use edgewise_stats::{Alternative, Moments, trust::{DunnettOptions, dunnett}};
///
/// // Dunnett (1955), section 3: the breaking strength of fabric under three processes and the standard one. One-sided at
/// // 5 % with 8 degrees of freedom his table 1a has 2.42; two-sided the tables of 1964 have 2.88.
/// let of = |values: [f64; 3]| Moments::from_values(values).unwrap();
/// let standard = of([55.0, 47.0, 48.0]);
/// let processes = [of([55.0, 64.0, 64.0]), of([55.0, 49.0, 52.0]), of([50.0, 44.0, 41.0])];
/// let one_sided = DunnettOptions { alternative: Alternative::Greater, ..DunnettOptions::default() };
/// let found = dunnett(&standard, &processes, &one_sided)?;
/// assert!((found.critical - 2.42).abs() < 5e-3);
/// assert!((found.treatments[0].interval.lower() - (11.0 - 8.61)).abs() < 0.02);
/// let found = dunnett(&standard, &processes, &DunnettOptions::default())?;
/// assert!((found.critical - 2.88).abs() < 5e-3);
/// # Ok::<(), edgewise_stats::Absent>(())
/// ```
pub fn dunnett(control: &Moments, treatments: &[Moments], options: &DunnettOptions) -> Estimate<Dunnett> {
    if treatments.is_empty() {
        return Err(Absent::TooFewArms);
    }
    let mean_c = control.mean()?;
    let all = || std::iter::once(control).chain(treatments);
    let units: f64 = all().map(|moments| count(moments.n())).sum();
    let degrees = units - count(treatments.len() as u64) - 1.0;
    let df = DegreesOfFreedom::new(degrees).ok_or(Absent::TooFewUnits)?;
    let squares = all().map(Moments::squared_deviations).sum::<Estimate<f64>>()?;
    if squares == 0.0 {
        return Err(Absent::ZeroVariance);
    }
    let deviation = (squares / degrees).sqrt();

    let family = ManyToOne::new(count(control.n()), treatments.iter().map(|arm| count(arm.n())), df);
    let critical = family.critical(options.alpha, options.alternative == Alternative::TwoSided)?;
    let treatments = treatments
        .iter()
        .map(|treatment| {
            let difference = finite(treatment.mean()? - mean_c)?;
            let error = deviation * (1.0 / count(treatment.n()) + 1.0 / count(control.n())).sqrt();
            if error <= 0.0 {
                return Err(Absent::OutOfRange);
            }
            Ok(DunnettComparison {
                difference,
                standard_error: error,
                interval: match options.alternative {
                    Alternative::TwoSided => {
                        Interval::new(difference - critical * error, difference + critical * error)
                    }
                    Alternative::Greater => Interval::at_least(difference - critical * error),
                    Alternative::Less => Interval::at_most(difference + critical * error),
                }?,
                test: test(&family, difference / error, options.alternative),
            })
        })
        .collect::<Estimate<Vec<_>>>()?;
    Ok(Dunnett { critical, df: degrees, treatments })
}

/// One treatment's test, adjusted for all.
fn test(family: &ManyToOne, statistic: f64, alternative: Alternative) -> Estimate<Test> {
    let statistic = finite(statistic)?;
    let x = match alternative {
        Alternative::TwoSided => statistic.abs(),
        Alternative::Greater => statistic,
        Alternative::Less => -statistic,
    };
    let ln_p = finite(family.ln_tail(x, alternative == Alternative::TwoSided))?;
    Ok(Test { alternative, statistic, df: Some(family.df()), p: libm::exp(ln_p), ln_p })
}
