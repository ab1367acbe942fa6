//! The boundary at each look.

use serde::Serialize;

use super::{
    Design, Looks,
    recursion::{Process, Region, Stop, Walk, follow},
};
use crate::{Alternative, Estimate, estimate::finite};

/// The boundary at one look, on the scale of z = (treatment − control) / standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Boundary {
    /// The information at the look, as a fraction of the planned maximum.
    pub information: f64,
    /// At or above this z the treatment is shown to be the larger one. None if the design does not look that way, or
    /// may spend nothing at this look.
    pub upper: Option<f64>,
    /// At or below this z the treatment is shown to be the smaller one, likewise.
    pub lower: Option<f64>,
    /// The experiment is futile at or beyond this z on the side away from the alternative; with a two-sided
    /// alternative, at or within plus and minus this z. None if the design has no futility boundary here.
    pub futility: Option<f64>,
    /// The probability of having crossed `upper` or `lower` up to this look under "no difference".
    pub alpha_spent: f64,
    /// Its natural logarithm, which does not underflow; none where nothing is spent.
    pub ln_alpha_spent: Option<f64>,
}

/// What a z does at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Crossing {
    /// It crosses nothing.
    None,
    /// It crosses the upper boundary: the treatment is the larger one.
    Upper,
    /// It crosses the lower boundary: the treatment is the smaller one.
    Lower,
    /// It crosses the futility boundary.
    Futility,
}

impl Boundary {
    /// What a z does at this look; NaN crosses nothing.
    pub fn crossing(&self, alternative: Alternative, z: f64) -> Crossing {
        let sign = sign(alternative);
        if self.upper.is_some_and(|upper| z >= upper) {
            return Crossing::Upper;
        }
        if self.lower.is_some_and(|lower| z <= lower) {
            return Crossing::Lower;
        }
        let futile = match alternative {
            Alternative::TwoSided => self.futility.is_some_and(|within| z.abs() <= within),
            _ => self.futility.is_some_and(|bound| sign * z <= sign * bound),
        };
        if futile { Crossing::Futility } else { Crossing::None }
    }

    /// The efficacy boundary with the alternative upwards.
    pub(super) fn efficacy(&self, alternative: Alternative) -> Option<f64> {
        if alternative == Alternative::Less { self.lower.map(|z| -z) } else { self.upper }
    }

    /// Where a statistic goes on, with the alternative upwards.
    pub(super) fn stop(&self, alternative: Alternative, with_futility: bool) -> Stop {
        let futility = self.futility.filter(|_| with_futility);
        let upper = self.efficacy(alternative).unwrap_or(f64::INFINITY);
        let region = if alternative == Alternative::TwoSided {
            Region { lower: -upper, upper, wedge: futility.unwrap_or(0.0) }
        } else {
            let lower = futility.map_or(f64::NEG_INFINITY, |z| sign(alternative) * z);
            Region { lower, upper, wedge: 0.0 }
        };
        Stop { information: self.information, region }
    }
}

/// 1, or −1 where the alternative is below.
pub(super) fn sign(alternative: Alternative) -> f64 {
    if alternative == Alternative::Less { -1.0 } else { 1.0 }
}

/// Critical values at one look with the alternative upwards, before they are put into the metric's own direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Critical {
    pub(super) efficacy: Option<f64>,
    pub(super) futility: Option<f64>,
    /// ln of the error probability spent up to the look on one side.
    pub(super) ln_spent: f64,
}

/// The boundaries of all looks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Boundaries {
    pub(super) alternative: Alternative,
    pub(super) looks: Vec<Boundary>,
    /// The design that they were computed from.
    pub(super) design: Option<Design>,
    /// Whether the futility boundary is binding.
    pub(super) binding: bool,
    /// The drift at which a design with a futility boundary has its power.
    pub(super) drift: Option<f64>,
}

impl Boundaries {
    /// Boundaries of one's own, for their operating characteristics: the critical values of |z| (or of z towards the
    /// alternative) at each look.
    ///
    /// ```
    /// use edgewise_stats::{Alternative, sequential::group::{Boundaries, Looks}};
    ///
    /// // Armitage, McPherson & Rowe (1969): looking five times with 1.96 errs 14.2 % of the time, not 5 %.
    /// let naive = Boundaries::given(&Looks::equal(5)?, &[1.959_964; 5], Alternative::TwoSided)?;
    /// assert!((naive.type_one_error()? - 0.1417).abs() < 1e-4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BoundariesError`] unless there is one for each look, each at most 1,000 from 0 and, if two-sided, above 0.
    pub fn given(looks: &Looks, critical: &[f64], alternative: Alternative) -> Result<Self, BoundariesError> {
        check(looks, critical, alternative)?;
        let given = critical.iter().map(|&z| Critical {
            efficacy: Some(z),
            futility: None,
            ln_spent: f64::NEG_INFINITY,
        });
        let mut boundaries = Self::of(looks, given.collect(), alternative);
        boundaries.measure_spending();
        Ok(boundaries)
    }

    /// The same with a futility boundary of one's own: z towards the alternative at or below which (two-sided: |z|
    /// within which) the experiment is futile, for every look but the last.
    ///
    /// ```
    /// use edgewise_stats::{Alternative, sequential::group::{Boundaries, Looks}};
    ///
    /// let two = Boundaries::given(&Looks::equal(2)?, &[2.797, 1.977], Alternative::Greater)?;
    /// let futile = two.clone().with_futility(&[0.0], true)?;
    /// // Who stops at 0 half-way cannot err later.
    /// assert!(futile.type_one_error()? < two.type_one_error()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BoundariesError`] unless there is one for each look but the last, each at most 1,000 from 0, below the
    /// efficacy boundary, and not binding if two-sided.
    pub fn with_futility(mut self, futility: &[f64], binding: bool) -> Result<Self, BoundariesError> {
        let expected = self.looks.len() - 1;
        if futility.len() != expected {
            return Err(BoundariesError::Count { given: futility.len(), expected });
        }
        let two_sided = self.alternative == Alternative::TwoSided;
        if binding && two_sided {
            return Err(BoundariesError::BindingTwoSided);
        }
        for (look, (boundary, &z)) in self.looks.iter_mut().zip(futility).enumerate() {
            let below = boundary.efficacy(self.alternative).is_none_or(|efficacy| z < efficacy);
            if !(z.abs() <= 1e3 && below) || (two_sided && z < 0.0) {
                return Err(BoundariesError::Value { look: look + 1, given: z });
            }
            boundary.futility = Some(sign(self.alternative) * z);
        }
        self.binding = binding;
        self.drift = None;
        self.design = None;
        self.measure_spending();
        Ok(self)
    }

    /// The boundary at each look, in order.
    pub fn looks(&self) -> &[Boundary] {
        &self.looks
    }

    /// What the boundaries hold against "no difference".
    pub fn alternative(&self) -> Alternative {
        self.alternative
    }

    /// The design that they were computed from; none if they were given.
    pub fn design(&self) -> Option<&Design> {
        self.design.as_ref()
    }

    /// The probability of ever crossing the upper or lower boundary under "no difference".
    ///
    /// A non-binding futility boundary is taken as not kept to, which gives the larger probability.
    ///
    /// Absent: [`Absent::OutOfRange`](crate::Absent::OutOfRange) if it is not a number.
    pub fn type_one_error(&self) -> Estimate<f64> {
        let sides = if self.alternative == Alternative::TwoSided { 2.0 } else { 1.0 };
        let mut error = 0.0;
        follow(&self.stops(self.binding), Walk::begin(Process::Drift(0.0)), |arrival, region| {
            error += sides * libm::exp(arrival.ln_above(region.upper));
        });
        finite(error)
    }

    pub(super) fn of(looks: &Looks, critical: Vec<Critical>, alternative: Alternative) -> Self {
        let two_sided = alternative == Alternative::TwoSided;
        let boundaries = looks.information().iter().zip(critical).map(|(&information, critical)| {
            let up = critical.efficacy.filter(|_| alternative != Alternative::Less);
            let down = critical.efficacy.filter(|_| alternative != Alternative::Greater).map(|z| -z);
            let futility = critical.futility.map(|z| sign(alternative) * z);
            let mut boundary = Boundary {
                information,
                upper: up,
                lower: down,
                futility,
                alpha_spent: 0.0,
                ln_alpha_spent: None,
            };
            boundary.spend(critical.ln_spent, two_sided);
            boundary
        });
        let looks = boundaries.collect();
        Self { alternative, looks, design: None, binding: false, drift: None }
    }

    /// The looks with the alternative upwards.
    pub(super) fn stops(&self, with_futility: bool) -> Vec<Stop> {
        self.looks.iter().map(|look| look.stop(self.alternative, with_futility)).collect()
    }

    /// Fills in what is spent by what is crossed.
    fn measure_spending(&mut self) {
        let (mut spent, two_sided) = (f64::NEG_INFINITY, self.alternative == Alternative::TwoSided);
        let mut all = Vec::new();
        follow(&self.stops(self.binding), Walk::begin(Process::Drift(0.0)), |arrival, region| {
            spent = ln_sum(spent, arrival.ln_above(region.upper));
            all.push(spent);
        });
        for (look, spent) in self.looks.iter_mut().zip(all) {
            look.spend(spent, two_sided);
        }
    }
}

impl Boundary {
    /// Makes this the last look, with a critical value towards the alternative that spends all of one side's α.
    pub(super) fn end(&mut self, alternative: Alternative, critical: f64, ln_side: f64) {
        self.upper = (alternative != Alternative::Less).then_some(critical);
        self.lower = (alternative != Alternative::Greater).then_some(-critical);
        self.futility = None;
        self.spend(ln_side, alternative == Alternative::TwoSided);
    }

    fn spend(&mut self, ln_side: f64, two_sided: bool) {
        let ln_spent = if two_sided { ln_side + std::f64::consts::LN_2 } else { ln_side };
        self.alpha_spent = libm::exp(ln_spent).min(1.0);
        self.ln_alpha_spent = ln_spent.is_finite().then_some(ln_spent.min(0.0));
    }
}

/// ln(eᵃ + eᵇ).
pub(super) fn ln_sum(a: f64, b: f64) -> f64 {
    let (large, small) = (a.max(b), a.min(b));
    if small == f64::NEG_INFINITY { large } else { large + libm::log1p(libm::exp(small - large)) }
}

fn check(looks: &Looks, critical: &[f64], alternative: Alternative) -> Result<(), BoundariesError> {
    let expected = looks.information().len();
    if critical.len() != expected {
        return Err(BoundariesError::Count { given: critical.len(), expected });
    }
    let allowed = |z: f64| z.abs() <= 1e3 && (alternative != Alternative::TwoSided || z > 0.0);
    match critical.iter().position(|&z| !allowed(z)) {
        Some(look) => Err(BoundariesError::Value { look: look + 1, given: critical[look] }),
        None => Ok(()),
    }
}

/// Boundaries that were given are not what they can be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BoundariesError {
    /// Not one for each look.
    #[error(
        "there are {given} critical values and there must be {expected}: one for each look (futility: for each but the last)"
    )]
    Count {
        /// How many were given.
        given: usize,
        /// How many there must be.
        expected: usize,
    },
    /// A critical value that is none.
    #[error(
        "the critical value at look {look} is {given}; it must lie within -1,000 and 1,000, be positive if two-sided, and for futility be below the efficacy boundary: give a z"
    )]
    Value {
        /// The look, from 1.
        look: usize,
        /// What was given.
        given: f64,
    },
    /// A two-sided design's futility boundary cannot be binding.
    #[error(
        "a two-sided design cannot have a binding futility boundary: make it non-binding, or the design one-sided"
    )]
    BindingTwoSided,
}
