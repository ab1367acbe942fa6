//! Results at every look, whether or not one stops: repeated p values and confidence intervals.

use std::f64::consts::LN_2;

use serde::Serialize;

use super::{
    Boundaries, Design, Looks, Shape,
    recursion::Stop,
    solve::{ln_error, region, spend, without_futility},
};
use crate::{
    Absent, Alternative, Estimate, Interval, Positive, distribution::normal, estimate, numeric::root,
};

/// What may be said at a look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Repeated {
    /// The repeated p value: the smallest α whose boundary is crossed at this look.
    #[serde(serialize_with = "estimate::serialize")]
    pub p: Estimate<f64>,
    /// Its natural logarithm.
    #[serde(serialize_with = "estimate::serialize")]
    pub ln_p: Estimate<f64>,
    /// The repeated confidence interval; one-sided if the alternative is.
    #[serde(serialize_with = "estimate::serialize")]
    pub interval: Estimate<Interval>,
}

impl Boundaries {
    /// The repeated p value and confidence interval at a look (from 1).
    ///
    /// ```text
    /// interval: estimate ± b_k·standard error      one-sided: the end towards no difference alone
    /// p: the smallest α with |z| ≥ b_k(α)
    /// ```
    ///
    /// All intervals of an experiment together cover the effect with probability 1 − α, and all its p values together
    /// fall to α or below with at most that probability, whether one stops at a crossing or goes on, or stops without
    /// one. The price is that they are wider than the interval after stopping. A binding futility boundary is left out,
    /// because they must hold for those who go on too; so the interval may include 0 where such a boundary is crossed.
    ///
    /// Absent: all of it with [`Absent::NoSuchLook`], or [`Absent::OutOfRange`] if z is not a number of at most 1e3;
    /// the interval with [`Absent::NothingSpent`] where the look has no boundary; the p value with
    /// [`Absent::NotAFamily`] where there is no boundary for every α (boundaries that were given, Haybittle-Peto's,
    /// and a ledger's that ended early).
    ///
    /// Source: Jennison & Turnbull (1989), "Interim analyses: the repeated confidence interval approach", Journal of the
    /// Royal Statistical Society B 51(3); (2000), chapter 9.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, Positive, sequential::group::{Design, Looks, Shape, boundaries}};
    ///
    /// let design = Design::new(Shape::Pocock, Alpha::default(), Alternative::TwoSided);
    /// let five = boundaries(&design, &Looks::equal(5)?)?;
    /// let at = |z: f64| five.repeated(2, z, Positive::new(1.0).unwrap()).unwrap();
    /// // Pocock's z of five looks is 2.413.
    /// assert!((at(3.0).interval?.lower() - (3.0 - 2.413_176)).abs() < 1e-6);
    /// assert!(at(2.413).p? > 0.05 && at(2.414).p? < 0.05);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn repeated(&self, look: usize, estimate: f64, standard_error: Positive) -> Estimate<Repeated> {
        let z = self.outcome(look, estimate, standard_error)?.z;
        if z.abs() > 1e3 {
            return Err(Absent::OutOfRange);
        }
        let ln_p = self.repeated_ln_p(look, z);
        let interval = self.repeated_critical(look).and_then(|critical| {
            let (half, estimate) = (critical * standard_error.get(), estimate);
            match self.alternative {
                Alternative::TwoSided => Interval::new(estimate - half, estimate + half),
                Alternative::Greater => Interval::at_least(estimate - half),
                Alternative::Less => Interval::at_most(estimate + half),
            }
        });
        Ok(Repeated { p: ln_p.map(libm::exp), ln_p, interval })
    }

    /// The critical value at a look that holds without futility stops.
    fn repeated_critical(&self, look: usize) -> Estimate<f64> {
        let critical = if self.binding {
            let design = self.design.as_ref().ok_or(Absent::NotAFamily)?;
            without_futility(design, &self.times()?)?.get(look - 1).and_then(|critical| critical.efficacy)
        } else {
            self.looks.get(look - 1).and_then(|boundary| boundary.efficacy(self.alternative))
        };
        critical.ok_or(Absent::NothingSpent)
    }

    fn times(&self) -> Estimate<Looks> {
        Looks::new(self.looks.iter().map(|look| look.information).collect()).map_err(|_| Absent::OutOfRange)
    }

    fn repeated_ln_p(&self, look: usize, z: f64) -> Estimate<f64> {
        let design = self.design.as_ref().ok_or(Absent::NotAFamily)?;
        let two_sided = self.alternative == Alternative::TwoSided;
        let z = if two_sided { z.abs() } else { z };
        let ln_side = match &design.shape {
            Shape::OBrienFleming => self.constant_ln_p(-0.5, look, z),
            Shape::Pocock => self.constant_ln_p(0.0, look, z),
            Shape::WangTsiatis(delta) => self.constant_ln_p(delta.get() - 0.5, look, z),
            Shape::HaybittlePeto(_) => Err(Absent::NotAFamily),
            Shape::Spending(_) => self.spending_ln_p(design, look, z),
        }?;
        let ln_p = if two_sided { ln_side + LN_2 } else { ln_side };
        if ln_p.is_finite() { Ok(ln_p.min(0.0)) } else { Err(Absent::OutOfRange) }
    }

    /// The error probability of the boundary that goes through z at this look.
    fn constant_ln_p(&self, exponent: f64, look: usize, z: f64) -> Estimate<f64> {
        let two_sided = self.alternative == Alternative::TwoSided;
        let here = self.looks.get(look - 1).ok_or(Absent::NoSuchLook)?.information;
        let through = |information: f64| {
            let bound = z * libm::pow(information / here, exponent);
            Stop { information, region: region(Some(bound), two_sided) }
        };
        let stops: Vec<Stop> = self.looks.iter().map(|look| through(look.information)).collect();
        // At z = 0 a two-sided boundary is crossed at once.
        Ok(if two_sided && z == 0.0 { -LN_2 } else { ln_error(&stops) })
    }

    /// ln of one side's α whose boundary at this look is z.
    fn spending_ln_p(&self, design: &Design, look: usize, z: f64) -> Estimate<f64> {
        let Shape::Spending(spending) = &design.shape else { return Err(Absent::NotAFamily) };
        let information: Vec<f64> = self.looks.iter().take(look).map(|look| look.information).collect();
        let most = if self.alternative == Alternative::TwoSided { 0.5 } else { 1.0 };
        // The logarithm of α's odds within (0, most).
        let side = |x: f64| most / (1.0 + libm::exp(-x));
        let excess = |x: f64| {
            let critical = spend(spending, side(x), self.alternative, &information);
            let critical = critical.ok().and_then(|all| all.last().and_then(|last| last.efficacy));
            // Where nothing can be spent any more the boundary is out of reach.
            critical.unwrap_or(1e3) - z
        };
        // What a look spends is at most α, so that the boundary lies beyond z at an α of P(Z > z).
        let low = (normal::ln_sf(z) - libm::log(most)).max(-680.0) - 1e-6;
        // All but 1e-7 of α: if not even that crosses, nothing does.
        let high = 16.0;
        if excess(high) > 0.0 {
            return Ok(libm::log(most));
        }
        if excess(low) < 0.0 {
            return Err(Absent::OutOfRange);
        }
        root::brent(excess, low, high, 1e-13).map(|x| libm::log(side(x))).ok_or(Absent::NotConverged)
    }
}
