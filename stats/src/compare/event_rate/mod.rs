//! Two event rates: counts over exposures, as Poisson variables.

mod one;

use serde::Serialize;

pub use one::{EventRate, EventRateIntervalMethod, event_rate_interval, event_rate_test};

use super::{
    binomial_test::{ExactTest, binomial_test},
    lift,
    one_rate::{RateIntervalMethod, rate_interval},
    score::{self, Outer},
};
use crate::{
    Absent, Alpha, Alternative, Comparison, Estimate, Fraction, Interval, Method, Positive, Proportion,
    Quantity, Test, Warning,
    estimate::finite,
    moments::count,
    side::{self, Null},
};

/// Below this number of events the normal approximation is poor: the same rule as for proportions.
const FEW_EVENTS: u64 = 5;

/// How two event rates are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EventRateOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends the intervals of difference and lift have.
    pub alternative: Alternative,
    /// Which test.
    pub test: EventRateTest,
    /// Which interval the difference gets.
    pub difference: EventRateDifferenceMethod,
    /// Which interval the lift gets.
    pub lift: EventRateLiftMethod,
}

/// Which test that two event rates are equal.
///
/// Source: Gu, Ng, Tang & Schucany (2008), "Testing the ratio of two Poisson rates", Biometrical Journal 50(2), whose
/// names follow; Ng, Gu & Tang (2007), "A comparative study of tests for the difference of two Poisson means",
/// Computational Statistics & Data Analysis 51(6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventRateTest {
    /// W2: the variance of equal rates (the default).
    #[default]
    Score,
    /// W4: the same on the logarithm of the ratio; needs events in both.
    ScoreLog,
    /// W1: each variant's own variance.
    Wald,
    /// Each variant's own variance with half an event added to it.
    WaldAdjusted,
    /// W3: each variant's own variance, on the logarithm of the ratio; needs events in both.
    WaldLog,
    /// W5: square roots of x + 3/8.
    SquareRoot,
}

/// Which interval of the difference of two event rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventRateDifferenceMethod {
    /// All differences that the score test does not reject (the default): agrees with [`EventRateTest::Score`].
    #[default]
    Score,
    /// d ± z·√(x_t/T_t² + x_c/T_c²).
    Wald,
    /// The same with half an event added to each variance.
    WaldAdjusted,
    /// The hybrid of both rates' score intervals, as Newcombe's for proportions. Source: Li, Tang & Wong (2014),
    /// "Confidence intervals for ratio of two Poisson rates using the method of variance estimates recovery",
    /// Computational Statistics 29.
    Mover,
}

/// Which interval of the relative lift of two event rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventRateLiftMethod {
    /// All ratios that the score test does not reject (the default): Wilson's interval of the treatment's share of all
    /// events, as a ratio. Agrees with [`EventRateTest::Score`].
    #[default]
    Score,
    /// The exact one: Clopper and Pearson's interval of that share. R's poisson.test.
    Conditional,
    /// The mid-p interval of that share.
    MidP,
    /// exp( ln(ratio) ± z·√(1/x_t + 1/x_c) ); needs events of the treatment.
    Log,
    /// The same with half an event added to both.
    LogAdjusted,
    /// [`lift::mover`] from both rates' score intervals.
    Mover,
}

/// Compares two event rates.
///
/// ```text
/// λ = x / T      d = λ_t − λ_c      z = (x_t·T_c − x_c·T_t) / √( (x_t + x_c)·T_t·T_c )
/// ```
///
/// for x events over the exposure T. Rates and difference are in events per unit of exposure, the lift is a fraction of
/// the control's rate. Each rate's own interval is Garwood's. The exact test is [`conditional_rate_test`].
///
/// Absent: the test without any events, and an error or Wald's interval without events of one (of both for the
/// difference) ([`Absent::ZeroVariance`]); logarithms without events of one ([`Absent::TreatmentMeanNotPositive`] or
/// [`Absent::ControlMeanNotPositive`]); the lift without events of the control ([`Absent::ControlMeanNotPositive`]), its
/// interval where it has no upper bound ([`Absent::LiftUnbounded`]).
///
/// Source: see [`EventRateTest`]; the score interval of the ratio: Graham, Mengersen & Morton (2003), "Confidence limits
/// for the ratio of two rates based on likelihood scores", Statistics in Medicine 22(12).
///
/// ```
/// use edgewise_stats::{Positive, compare::{EventRate, EventRateOptions, compare_event_rates}};
///
/// // statsmodels 0.15: test_poisson_2indep(60, 51477.5, 30, 54308.7, method="score"): 3.417, p = 0.000632
/// let treatment = EventRate::new(60, Positive::new(51_477.5)?);
/// let control = EventRate::new(30, Positive::new(54_308.7)?);
/// let comparison = compare_event_rates(&control, &treatment, &EventRateOptions::default());
/// let test = comparison.test?;
/// assert!((test.statistic - 3.417_402).abs() < 1e-6 && (test.p - 0.000_632).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_event_rates(
    control: &EventRate,
    treatment: &EventRate,
    options: &EventRateOptions,
) -> Comparison {
    let arms = Arms { control, treatment };
    let test = arms.test(options);
    let smallest = control.events().min(treatment.events());
    Comparison {
        method: options.test.method(),
        control: own(control, options.alpha),
        treatment: own(treatment, options.alpha),
        difference: arms.difference(options),
        lift: arms.lift(options),
        test,
        warnings: if test.is_ok() && smallest < FEW_EVENTS {
            vec![Warning::FewEvents { smallest }]
        } else {
            Vec::new()
        },
    }
}

/// The exact test that the treatment's event rate is `null` times the control's, given all events.
///
/// ```text
/// x_t among x_t + x_c events is binomial with the share null·T_t / (null·T_t + T_c)
/// ```
///
/// The exact binomial test ([`binomial_test`]) of that share; two-sided by minimum likelihood as in R's
/// poisson.test. A `null` of 1 means equal rates. Source: Przyborowski & Wilenski (1940), "Homogeneity of results in
/// testing samples from Poisson series", Biometrika 31(3–4).
///
/// # Errors
///
/// [`Absent::NoUnits`] without any events; [`Absent::OutOfRange`] if the share cannot be told from 0 or 1.
///
/// ```
/// use edgewise_stats::{Alternative, Positive, compare::{EventRate, conditional_rate_test}};
///
/// // R: poisson.test(c(11, 6 + 8 + 7), c(800, 1083 + 1050 + 878)): p-value = 0.07967
/// let first = EventRate::new(11, Positive::new(800.0)?);
/// let rest = EventRate::new(21, Positive::new(3_011.0)?);
/// let test = conditional_rate_test(&rest, &first, Positive::new(1.0)?, Alternative::TwoSided)?;
/// assert!((test.p - 0.079_67).abs() < 5e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn conditional_rate_test(
    control: &EventRate,
    treatment: &EventRate,
    null: Positive,
    alternative: Alternative,
) -> Estimate<ExactTest> {
    let share = 1.0 / (1.0 + control.exposure().get() / treatment.exposure().get() / null.get());
    let share = Fraction::new(share).map_err(|_| Absent::OutOfRange)?;
    binomial_test(&Arms { control, treatment }.share()?, share, alternative)
}

impl EventRateTest {
    fn method(self) -> Method {
        match self {
            Self::Score => Method::EventRateScore,
            Self::ScoreLog => Method::EventRateScoreLog,
            Self::Wald => Method::EventRateWald,
            Self::WaldAdjusted => Method::EventRateWaldAdjusted,
            Self::WaldLog => Method::EventRateWaldLog,
            Self::SquareRoot => Method::EventRateSquareRoot,
        }
    }
}

/// One rate with Garwood's interval.
fn own(rate: &EventRate, alpha: Alpha) -> Quantity {
    let error = count(rate.events()).sqrt() / rate.exposure().get();
    Quantity {
        estimate: finite(rate.rate()),
        standard_error: if rate.events() == 0 { Err(Absent::ZeroVariance) } else { finite(error) },
        interval: event_rate_interval(rate, EventRateIntervalMethod::Garwood, alpha, Alternative::TwoSided),
    }
}

/// Both variants.
struct Arms<'a> {
    control: &'a EventRate,
    treatment: &'a EventRate,
}

impl Arms<'_> {
    /// Events of control and treatment, and the treatment's exposure divided by the control's.
    fn events(&self) -> (f64, f64, f64) {
        let ratio = self.treatment.exposure().get() / self.control.exposure().get();
        (count(self.control.events()), count(self.treatment.events()), ratio)
    }

    /// The treatment's events among all.
    fn share(&self) -> Estimate<Proportion> {
        let (treatment, control) = (self.treatment.events(), self.control.events());
        let all = treatment.checked_add(control).ok_or(Absent::OutOfRange)?;
        if all == 0 {
            return Err(Absent::NoUnits);
        }
        Proportion::new(treatment, all).map_err(|_| Absent::OutOfRange)
    }

    fn test(&self, options: &EventRateOptions) -> Estimate<Test> {
        let (x_c, x_t, ratio) = self.events();
        let over = |excess: f64, variance: f64| {
            if variance > 0.0 { Ok(excess / variance.sqrt()) } else { Err(Absent::ZeroVariance) }
        };
        let excess = x_t - x_c * ratio;
        let statistic = match options.test {
            EventRateTest::Score => over(excess, (x_t + x_c) * ratio),
            EventRateTest::Wald => over(excess, x_t + x_c * ratio * ratio),
            EventRateTest::WaldAdjusted => over(excess, (x_t + 0.5) + (x_c + 0.5) * ratio * ratio),
            EventRateTest::ScoreLog => over(self.ln_ratio(0.0)?, (2.0 + 1.0 / ratio + ratio) / (x_t + x_c)),
            EventRateTest::WaldLog => over(self.ln_ratio(0.0)?, 1.0 / x_t + 1.0 / x_c),
            EventRateTest::SquareRoot => {
                if x_t + x_c == 0.0 {
                    return Err(Absent::ZeroVariance);
                }
                over(2.0 * ((x_t + 0.375).sqrt() - ((x_c + 0.375) * ratio).sqrt()), 1.0 + ratio)
            }
        };
        Null::Normal.test(statistic?, options.alternative)
    }

    /// The logarithm of the ratio of the rates, with so much added to the events of both.
    fn ln_ratio(&self, added: f64) -> Estimate<f64> {
        let (x_c, x_t, ratio) = self.events();
        if x_t + added <= 0.0 {
            return Err(Absent::TreatmentMeanNotPositive);
        }
        if x_c + added <= 0.0 {
            return Err(Absent::ControlMeanNotPositive);
        }
        finite(libm::log(x_t + added) - libm::log(x_c + added) - libm::log(ratio))
    }

    fn difference(&self, options: &EventRateOptions) -> Quantity {
        let difference = self.treatment.rate() - self.control.rate();
        let error = |added: f64| {
            let of = |rate: &EventRate| (count(rate.events()) + added).sqrt() / rate.exposure().get();
            let error = libm::hypot(of(self.control), of(self.treatment));
            if error > 0.0 { finite(error) } else { Err(Absent::ZeroVariance) }
        };
        let about = |half_width: f64| Interval::new(difference - half_width, difference + half_width);
        let both = |z: f64| match options.difference {
            EventRateDifferenceMethod::Score => self.score_difference(z),
            EventRateDifferenceMethod::Wald => about(z * error(0.0)?),
            EventRateDifferenceMethod::WaldAdjusted => about(z * error(0.5)?),
            EventRateDifferenceMethod::Mover => {
                let (control, treatment) = self.score_limits(options)?;
                let (own_c, own_t) = (self.control.rate(), self.treatment.rate());
                let below = libm::hypot(own_t - treatment.lower(), control.upper() - own_c);
                let above = libm::hypot(treatment.upper() - own_t, own_c - control.lower());
                Interval::new(difference - below, difference + above)
            }
        };
        Quantity {
            estimate: finite(difference),
            standard_error: error(0.0),
            interval: Null::Normal
                .critical(options.alpha, options.alternative)
                .and_then(|critical| side::ends(options.alternative, critical, both)),
        }
    }

    /// Both rates' two-sided score intervals at the level that the ends of this comparison's have.
    fn score_limits(&self, options: &EventRateOptions) -> Estimate<(Interval, Interval)> {
        let tail = side::tail(options.alpha, options.alternative);
        let alpha = Alpha::new((2.0 * tail).min(1.0 - f64::EPSILON)).map_err(|_| Absent::OutOfRange)?;
        let of =
            |rate| event_rate_interval(rate, EventRateIntervalMethod::Score, alpha, Alternative::TwoSided);
        Ok((of(self.control)?, of(self.treatment)?))
    }

    /// All differences δ with (d − δ)² ≤ z²·(λ̃_t/T_t + λ̃_c/T_c), λ̃ most likely with λ̃_t − λ̃_c = δ.
    fn score_difference(&self, z: f64) -> Estimate<Interval> {
        // In units of the whole exposure, so that nothing over- or underflows: δ is in events.
        let all = finite(self.control.exposure().get() + self.treatment.exposure().get())?;
        let (t_c, t_t) = (self.control.exposure().get() / all, self.treatment.exposure().get() / all);
        if t_c <= 0.0 || t_t <= 0.0 {
            return Err(Absent::OutOfRange);
        }
        let (x_c, x_t, _) = self.events();
        let estimate = x_t / t_t - x_c / t_c;
        let spread = |delta: f64| {
            let rest = x_t + x_c - delta;
            let root = (rest * rest + 4.0 * delta * x_c).max(0.0).sqrt();
            let control = if rest >= 0.0 { 0.5 * (rest + root) } else { 2.0 * delta * x_c / (root - rest) };
            let control = control.max(0.0).max(-delta);
            z * (((control + delta).max(0.0)) / t_t + control / t_c).sqrt()
        };
        let nudge = 1e-3 * (z * z).max(1e-300);
        let lower = score::zero(|delta| estimate - delta - spread(delta), estimate, -nudge, &Outer::Beyond)?;
        let upper = score::zero(|delta| delta - estimate - spread(delta), estimate, nudge, &Outer::Beyond)?;
        Interval::new(finite(lower / all)?, finite(upper / all)?)
    }

    fn lift(&self, options: &EventRateOptions) -> Quantity {
        let (x_c, x_t, ratio) = self.events();
        let estimate = lift::lift(self.control.rate(), self.treatment.rate());
        let about_ln = |added: f64, z: f64| {
            let centre = self.ln_ratio(added)?;
            let half_width = z * (1.0 / (x_t + added) + 1.0 / (x_c + added)).sqrt();
            Interval::new(libm::expm1(centre - half_width), libm::expm1(centre + half_width))
        };
        let both = |z: f64| match options.lift {
            EventRateLiftMethod::Log => about_ln(0.0, z),
            EventRateLiftMethod::LogAdjusted => about_ln(0.5, z),
            _ => {
                let (control, treatment) = self.score_limits(options)?;
                lift::mover((self.control.rate(), control), (self.treatment.rate(), treatment))
            }
        };
        let of_share = |method: RateIntervalMethod| {
            let share = rate_interval(&self.share()?, method, options.alpha, options.alternative)?;
            let lift = |share: f64| {
                let odds = share / (1.0 - share);
                if odds.is_finite() { finite(odds / ratio - 1.0) } else { Err(Absent::LiftUnbounded) }
            };
            side::one_or_both(options.alternative, || lift(share.lower()), || lift(share.upper()))
        };
        let interval = || match options.lift {
            EventRateLiftMethod::Score => of_share(RateIntervalMethod::Wilson),
            EventRateLiftMethod::Conditional => of_share(RateIntervalMethod::ClopperPearson),
            EventRateLiftMethod::MidP => of_share(RateIntervalMethod::MidP),
            _ => Null::Normal
                .critical(options.alpha, options.alternative)
                .and_then(|critical| side::ends(options.alternative, critical, both)),
        };
        let error = || {
            if x_t == 0.0 {
                return Err(Absent::ZeroVariance);
            }
            let error = (x_t / x_c / ratio) * libm::hypot(1.0 / x_t.sqrt(), 1.0 / x_c.sqrt());
            if error > 0.0 { finite(error) } else { Err(Absent::OutOfRange) }
        };
        // Without a point estimate nothing else of the lift has a meaning.
        Quantity {
            estimate,
            standard_error: estimate.and_then(|_| error()),
            interval: estimate.and_then(|_| interval()),
        }
    }
}
