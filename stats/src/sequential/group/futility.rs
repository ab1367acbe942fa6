//! Futility boundaries that spend β.

use super::{
    Design, Futility, Looks,
    boundary::Critical,
    recursion::{Arrival, Process, Region, Walk},
    solve::due_now,
};
use crate::{Absent, Alternative, Estimate, distribution::normal, numeric::root};

/// Both boundaries, and the drift at which the power is as wanted.
///
/// The futility boundary spends β under that drift, the efficacy boundary spends at each look what it would without a
/// futility boundary: less is left to cross it if the futility boundary is binding, so it is then lower.
pub(super) fn solve(
    design: &Design,
    futility: &Futility,
    looks: &Looks,
    efficacy: &[Critical],
) -> Estimate<(Vec<Critical>, f64)> {
    let plan = Plan { two_sided: design.alternative == Alternative::TwoSided, futility, looks, efficacy };
    let beta = 1.0 - futility.power.get();
    // ln(missed / β) falls with the drift. Under too large a drift the futility boundary leaves too few to go on.
    let excess = |drift: f64| match plan.at(drift) {
        Ok((_, missed)) => (libm::log(missed) - libm::log(beta)).max(-700.0),
        Err(_) => -700.0,
    };
    let fixed = normal::isf(design.side()).ok_or(Absent::OutOfRange)?
        + normal::isf(beta).ok_or(Absent::OutOfRange)?;
    let fixed = fixed.max(0.1) / looks.last().sqrt();
    // No design with futility stops needs less than half the fixed test's drift; few need twice of it.
    let (mut low, mut high) = (0.5 * fixed, 1.1 * fixed);
    let mut tries = 0;
    while excess(high) > 0.0 {
        (low, high) = (high, 1.2 * high);
        tries += 1;
        if tries > 50 {
            return Err(Absent::Unreachable);
        }
    }
    let drift = root::brent(excess, low, high, 1e-14).ok_or(Absent::Unreachable)?;
    let (critical, missed) = plan.at(drift)?;
    // A jump instead of a zero.
    if (missed / beta - 1.0).abs() > 1e-6 || critical.len() < looks.information().len() {
        return Err(Absent::Unreachable);
    }
    Ok((critical, drift))
}

struct Plan<'a> {
    two_sided: bool,
    futility: &'a Futility,
    looks: &'a Looks,
    efficacy: &'a [Critical],
}

impl Plan<'_> {
    /// The boundaries that spend β under a drift, and the probability of missing it.
    fn at(&self, drift: f64) -> Estimate<(Vec<Critical>, f64)> {
        let information = self.looks.information();
        let beta = 1.0 - self.futility.power.get();
        let mut without = Walk::begin(Process::Drift(0.0));
        let mut with = Walk::begin(Process::Drift(drift));
        let (mut ln_spent, mut ln_beta_spent) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        let mut missed = 0.0;
        let mut critical = Vec::with_capacity(information.len());
        for (look, (&at, planned)) in information.iter().zip(self.efficacy).enumerate() {
            let (null, effect) = (without.arrive(at), with.arrive(at));
            let efficacy = if self.futility.binding {
                match due_now(planned.ln_spent, ln_spent) {
                    Some(ln_now) => Some(null.critical_above(ln_now).map_err(|_| Absent::Unreachable)?),
                    None => None,
                }
            } else {
                planned.efficacy
            };
            ln_spent = planned.ln_spent;
            let Some(&next) = information.get(look + 1) else {
                let efficacy = efficacy.ok_or(Absent::Unreachable)?;
                missed += self.stopped(&effect, efficacy);
                critical.push(Critical { efficacy: Some(efficacy), futility: Some(efficacy), ln_spent });
                break;
            };
            let ln_due = self.futility.spending.ln_spent(beta, at);
            let wanted = due_now(ln_due, ln_beta_spent);
            ln_beta_spent = ln_beta_spent.max(ln_due);
            let futility = match wanted {
                Some(ln_now) => Some(self.bound(&effect, ln_now, efficacy)?),
                None => None,
            };
            missed += futility.map_or(0.0, |bound| self.stopped(&effect, bound));
            critical.push(Critical { efficacy, futility, ln_spent });
            let region = self.region(efficacy, futility);
            with = effect.go_on(region, next);
            let kept = if self.futility.binding { futility } else { None };
            without = null.go_on(self.region(efficacy, kept), next);
        }
        Ok((critical, missed))
    }

    /// The bound that stops this much; not beyond the efficacy boundary.
    fn bound(&self, effect: &Arrival, ln_now: f64, efficacy: Option<f64>) -> Estimate<f64> {
        let most = efficacy.unwrap_or(f64::INFINITY);
        if effect.ln_below(most) <= ln_now {
            return Ok(most);
        }
        if !self.two_sided {
            return Ok(effect.critical_below(ln_now)?.min(most));
        }
        let highest = if most.is_finite() { most } else { 40.0 };
        let now = libm::exp(ln_now);
        let excess = |bound: f64| effect.between(-bound, bound) / now - 1.0;
        if excess(highest) <= 0.0 {
            return Ok(highest);
        }
        root::brent(excess, 0.0, highest, 1e-14).ok_or(Absent::NotConverged)
    }

    /// The probability of stopping for futility, or at the last look without an effect shown.
    fn stopped(&self, effect: &Arrival, bound: f64) -> f64 {
        if self.two_sided { effect.between(-bound, bound) } else { libm::exp(effect.ln_below(bound)) }
    }

    fn region(&self, efficacy: Option<f64>, futility: Option<f64>) -> Region {
        let upper = efficacy.unwrap_or(f64::INFINITY);
        if self.two_sided {
            Region { lower: -upper, upper, wedge: futility.unwrap_or(0.0) }
        } else {
            Region { lower: futility.unwrap_or(f64::NEG_INFINITY), upper, wedge: 0.0 }
        }
    }
}
