//! From an estimated contrast of two arms with its variances to the difference, the lift and the test.

use crate::{
    Absent, Alpha, Alternative, Comparison, Estimate, Interval, Method, Quantity, Test, Warning,
    compare::lift::LiftMethod, distribution::students_t::DegreesOfFreedom, estimate::finite, side::Null,
};

/// Two arms' means (adjusted, if they are), their difference and what the lift is divided by.
#[derive(Clone, Debug)]
pub(super) struct Contrast {
    pub(super) control: f64,
    pub(super) treatment: f64,
    pub(super) difference: f64,
    /// The control mean that the lift is divided by.
    pub(super) base: f64,
    /// The lift at which the delta method takes its derivative, where it is not the estimate itself.
    pub(super) gradient: Option<f64>,
    pub(super) spread: Estimate<Spread>,
}

/// Variances of a contrast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub(super) control: Part,
    pub(super) treatment: Part,
    /// The variance of the difference; positive.
    pub(super) difference: f64,
    pub(super) df: DegreesOfFreedom,
    /// The variance of the base.
    pub(super) base: f64,
    /// The covariance of the difference and the base.
    pub(super) covariance: f64,
}

/// A variance with its degrees of freedom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) variance: f64,
    pub(super) df: f64,
}

/// What is asked of a comparison.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) alpha: Alpha,
    pub(super) alternative: Alternative,
    pub(super) lift: LiftMethod,
}

impl Question {
    /// The critical value of t of the alternative.
    fn critical(&self, df: DegreesOfFreedom) -> Estimate<f64> {
        Null::StudentsT(df).critical(self.alpha, self.alternative)
    }
}

/// The comparison that a contrast answers, or why there is none.
pub(super) fn report(
    contrast: &Estimate<Contrast>,
    question: &Question,
    warnings: Vec<Warning>,
) -> Comparison {
    let contrast = match contrast {
        Ok(contrast) => contrast,
        Err(reason) => return absent(*reason, question.method, warnings),
    };
    let critical = contrast.spread.and_then(|spread| question.critical(spread.df));
    Comparison {
        method: question.method,
        control: mean(contrast.control, contrast.spread.map(|spread| spread.control), question.alpha),
        treatment: mean(contrast.treatment, contrast.spread.map(|spread| spread.treatment), question.alpha),
        difference: difference(contrast, critical, question.alternative),
        lift: lift(contrast, critical, question),
        test: test(contrast, question.alternative),
        warnings,
    }
}

/// Nothing can be compared, for one reason.
fn absent(reason: Absent, method: Method, warnings: Vec<Warning>) -> Comparison {
    let nothing = Quantity::absent(reason);
    Comparison {
        method,
        control: nothing,
        treatment: nothing,
        difference: nothing,
        lift: nothing,
        test: Err(reason),
        warnings,
    }
}

/// A mean with its own two-sided interval.
fn mean(mean: f64, part: Estimate<Part>, alpha: Alpha) -> Quantity {
    let standard_error = part.and_then(|part| error(part.variance));
    Quantity {
        estimate: finite(mean),
        standard_error,
        interval: standard_error.and_then(|error| {
            let df = DegreesOfFreedom::new(part?.df.max(1.0)).ok_or(Absent::OutOfRange)?;
            let half_width = Null::StudentsT(df).critical(alpha, Alternative::TwoSided)? * error;
            Interval::new(mean - half_width, mean + half_width)
        }),
    }
}

fn difference(contrast: &Contrast, critical: Estimate<f64>, alternative: Alternative) -> Quantity {
    let standard_error = contrast.spread.and_then(|spread| error(spread.difference));
    Quantity {
        estimate: finite(contrast.difference),
        standard_error,
        interval: standard_error
            .and_then(|error| interval(alternative, critical?, |by| contrast.difference + by * error)),
    }
}

fn test(contrast: &Contrast, alternative: Alternative) -> Estimate<Test> {
    let spread = contrast.spread?;
    Null::StudentsT(spread.df).test(contrast.difference / error(spread.difference)?, alternative)
}

/// The lift with its interval: see [`super::cuped`] for the formulas.
fn lift(contrast: &Contrast, critical: Estimate<f64>, question: &Question) -> Quantity {
    let Contrast { base, difference, .. } = *contrast;
    if base <= 0.0 {
        return Quantity::absent(Absent::ControlMeanNotPositive);
    }
    let lift = match finite(difference / base) {
        Ok(lift) => lift,
        Err(reason) => return Quantity::absent(reason),
    };
    let relative = contrast.spread.and_then(|spread| Relative::new(&spread, base));
    Quantity {
        estimate: Ok(lift),
        standard_error: relative.and_then(|relative| relative.error(contrast.gradient.unwrap_or(lift))),
        interval: relative.and_then(|relative| match question.lift {
            LiftMethod::Fieller => relative.fieller(lift, critical?, question.alternative),
            LiftMethod::Delta => {
                let error = relative.error(contrast.gradient.unwrap_or(lift))?;
                interval(question.alternative, critical?, |by| lift + by * error)
            }
            LiftMethod::Log => relative.log(contrast, lift, question),
        }),
    }
}

/// Variances of the difference and the base, and their covariance, each divided by the squared base.
#[derive(Clone, Copy)]
struct Relative {
    difference: f64,
    base: f64,
    covariance: f64,
}

impl Relative {
    fn new(spread: &Spread, base: f64) -> Estimate<Self> {
        let over = |variance: f64| finite(variance / base / base);
        let relative = Self {
            difference: over(spread.difference)?,
            base: over(spread.base)?,
            covariance: over(spread.covariance)?,
        };
        if relative.difference > 0.0 { Ok(relative) } else { Err(Absent::OutOfRange) }
    }

    /// The variance of difference − lift · base, over the squared base.
    fn variance(&self, lift: f64) -> f64 {
        self.difference - 2.0 * lift * self.covariance + lift * lift * self.base
    }

    fn error(&self, lift: f64) -> Estimate<f64> {
        let variance = finite(self.variance(lift))?;
        if variance > 0.0 { Ok(variance.sqrt()) } else { Err(Absent::ZeroVariance) }
    }

    fn fieller(&self, lift: f64, critical: f64, alternative: Alternative) -> Estimate<Interval> {
        let square = critical * critical;
        let rest = 1.0 - square * self.base;
        // Written so that NaN is refused too.
        if !matches!(rest.partial_cmp(&0.0), Some(std::cmp::Ordering::Greater)) {
            return Err(Absent::LiftUnbounded);
        }
        let common = self.difference * self.base - self.covariance * self.covariance;
        let root = finite(self.variance(lift) - square * common)?.max(0.0).sqrt();
        interval(alternative, critical, |by| (lift - square * self.covariance + by * root) / rest)
    }

    fn log(&self, contrast: &Contrast, lift: f64, question: &Question) -> Estimate<Interval> {
        let ratio = 1.0 + lift;
        if ratio <= 0.0 || contrast.treatment <= 0.0 {
            return Err(Absent::TreatmentMeanNotPositive);
        }
        // The logarithms have their own variances, and so their own degrees of freedom.
        let spread = contrast.spread?;
        let over = |part: Part, mean: f64| Part { variance: part.variance / mean / mean, df: part.df };
        let parts = [over(spread.control, contrast.base), over(spread.treatment, contrast.treatment)];
        let critical = question.critical(satterthwaite(&parts)?)?;
        let error = self.error(lift)? / ratio;
        interval(question.alternative, critical, |by| libm::expm1(libm::log1p(lift) + by * error))
    }
}

/// The interval of an alternative; `end` gives the end at so many standard errors from the estimate.
fn interval(alternative: Alternative, critical: f64, end: impl Fn(f64) -> f64) -> Estimate<Interval> {
    match alternative {
        Alternative::TwoSided => Interval::new(end(-critical), end(critical)),
        Alternative::Greater => Interval::at_least(end(-critical)),
        Alternative::Less => Interval::at_most(end(critical)),
    }
}

/// The root of a variance, which must be positive.
fn error(variance: f64) -> Estimate<f64> {
    if variance > 0.0 { finite(variance.sqrt()) } else { Err(Absent::OutOfRange) }
}

/// The degrees of freedom of a sum of independent variances, formed from their shares so that no square underflows.
/// Source: Satterthwaite (1946), "An approximate distribution of estimates of variance components", Biometrics
/// Bulletin 2(6).
pub(super) fn satterthwaite(parts: &[Part]) -> Estimate<DegreesOfFreedom> {
    let sum: f64 = parts.iter().map(|part| part.variance).sum();
    if sum.is_nan() || sum <= 0.0 {
        return Err(Absent::OutOfRange);
    }
    let inverse: f64 = parts.iter().map(|part| (part.variance / sum) * (part.variance / sum) / part.df).sum();
    DegreesOfFreedom::new((1.0 / inverse).max(1.0)).ok_or(Absent::OutOfRange)
}
