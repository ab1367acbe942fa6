//! The odds ratio of two rates, and Cohen's h.

use serde::Serialize;

use super::score;
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Proportion, Quantity,
    estimate::finite,
    moments::count,
    side::{self, Null},
};

/// Which interval of the odds ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OddsRatioMethod {
    /// The score interval with Miettinen and Nurminen's factor N/(N − 1), which is there with empty cells too (default).
    #[default]
    MiettinenNurminen,
    /// The score interval without the factor (Cornfield's).
    Score,
    /// exp( ln OR ± z·√(1/a + 1/b + 1/c + 1/d) ); not with an empty cell. Source: Woolf (1955), "On estimating the relation
    /// between blood group and disease", Annals of Human Genetics 19(4).
    Log,
    /// The same with ½ added to each count, for estimate and interval. Source: Gart (1966), "Alternative analyses of
    /// contingency tables", JRSS B 28(1).
    LogAdjusted,
}

/// The treatment's odds divided by the control's.
///
/// ```text
/// OR = x_t·(n_c − x_c) / ( (n_t − x_t)·x_c )      se = OR·√( 1/x_t + 1/(n_t − x_t) + 1/x_c + 1/(n_c − x_c) )
/// ```
///
/// A ratio, not a rate of change: 1 means no difference. The interval is that of `method`; with a one-sided `alternative`
/// it has one end. The odds ratio overstates the [`lift`](mod@crate::compare::lift) where the outcome is not rare.
///
/// Absent: all of it with [`Absent::NoUnits`], and with [`Absent::EmptyTable`] if all or none of the units have the
/// outcome; estimate and error with [`Absent::LiftUnbounded`] where the denominator is 0, the error with
/// [`Absent::ZeroVariance`] where the numerator is (`LogAdjusted` has them still); the interval with
/// [`Absent::LiftUnbounded`] where it has no upper bound, `Log` with [`Absent::ZeroVariance`] at an empty cell.
///
/// Source: Miettinen & Nurminen (1985), "Comparative analysis of two rates", Statistics in Medicine 4(2).
///
/// ```
/// use edgewise_stats::{Alpha, Alternative, Proportion, compare::{OddsRatioMethod, odds_ratio}};
///
/// // Agresti (2013), section 3.1.3: heart attacks, placebo 189 of 11,034, aspirin 104 of 11,037: 1.83, 1.44 to 2.33.
/// let (aspirin, placebo) = (Proportion::new(104, 11_037)?, Proportion::new(189, 11_034)?);
/// let ratio = odds_ratio(&aspirin, &placebo, OddsRatioMethod::Log, Alpha::default(), Alternative::TwoSided);
/// assert!((ratio.estimate? - 1.832).abs() < 5e-4);
/// let interval = ratio.interval?;
/// assert!((interval.lower() - 1.44).abs() < 5e-3 && (interval.upper() - 2.33).abs() < 5e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn odds_ratio(
    control: &Proportion,
    treatment: &Proportion,
    method: OddsRatioMethod,
    alpha: Alpha,
    alternative: Alternative,
) -> Quantity {
    if control.n() == 0 || treatment.n() == 0 {
        return Quantity::absent(Absent::NoUnits);
    }
    let cells =
        [treatment.successes(), treatment.failures(), control.successes(), control.failures()].map(count);
    if cells[0] + cells[2] == 0.0 || cells[1] + cells[3] == 0.0 {
        return Quantity::absent(Absent::EmptyTable);
    }
    let added = if method == OddsRatioMethod::LogAdjusted { 0.5 } else { 0.0 };
    let [a, b, c, d] = cells.map(|cell| cell + added);
    let estimate = if b == 0.0 || c == 0.0 { Err(Absent::LiftUnbounded) } else { finite((a / b) * (d / c)) };
    let ln_error = || {
        let variance = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
        if variance.is_finite() { Ok(variance.sqrt()) } else { Err(Absent::ZeroVariance) }
    };
    let critical = Null::Normal.critical(alpha, alternative);
    let interval = critical.and_then(|critical| {
        side::ends(alternative, critical, |z| match method {
            OddsRatioMethod::Log | OddsRatioMethod::LogAdjusted => {
                let ln = (libm::log(a) - libm::log(b)) - (libm::log(c) - libm::log(d));
                let half_width = z * ln_error()?;
                Interval::new(libm::exp(ln - half_width), libm::exp(ln + half_width))
            }
            OddsRatioMethod::Score => score::odds_ratio(control, treatment, z, false),
            OddsRatioMethod::MiettinenNurminen => score::odds_ratio(control, treatment, z, true),
        })
    });
    Quantity { estimate, standard_error: estimate.and_then(|ratio| finite(ratio * ln_error()?)), interval }
}

/// Cohen's h, the difference of two rates on the scale on which the variance does not depend on the rate.
///
/// ```text
/// h = 2·arcsin√p_t − 2·arcsin√p_c      se = √( 1/n_t + 1/n_c )      h ± z·se
/// ```
///
/// In \[−π, π\], in radians; positive where the treatment's rate is the larger one. By Cohen's convention 0.2 is small, 0.5
/// medium and 0.8 large. Source: Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", section 6.2.
///
/// Absent: all of it with [`Absent::NoUnits`].
///
/// ```
/// use edgewise_stats::{Alpha, Alternative, Proportion, compare::cohens_h};
///
/// // Cohen (1988), example 6.1: 0.65 against 0.50: h = 0.304.
/// let h = cohens_h(&Proportion::new(50, 100)?, &Proportion::new(65, 100)?, Alpha::default(), Alternative::TwoSided);
/// assert!((h.estimate? - 0.304_69).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cohens_h(
    control: &Proportion,
    treatment: &Proportion,
    alpha: Alpha,
    alternative: Alternative,
) -> Quantity {
    // arctan2 of the roots keeps what arcsin loses near 1.
    let angle = |proportion: &Proportion| -> Estimate<f64> {
        if proportion.n() == 0 {
            return Err(Absent::NoUnits);
        }
        Ok(2.0 * libm::atan2(count(proportion.successes()).sqrt(), count(proportion.failures()).sqrt()))
    };
    let (of_control, of_treatment) = match (angle(control), angle(treatment)) {
        (Ok(control), Ok(treatment)) => (control, treatment),
        (Err(reason), _) | (_, Err(reason)) => return Quantity::absent(reason),
    };
    let h = of_treatment - of_control;
    let error = (1.0 / count(treatment.n()) + 1.0 / count(control.n())).sqrt();
    let interval = Null::Normal.critical(alpha, alternative).and_then(|critical| {
        side::ends(alternative, critical, |z| Interval::new(h - z * error, h + z * error))
    });
    Quantity { estimate: Ok(h), standard_error: Ok(error), interval }
}
