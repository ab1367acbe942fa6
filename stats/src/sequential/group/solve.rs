//! The boundaries of a design.

use super::{
    Boundaries, Design, Looks, Shape, Spending,
    boundary::{Critical, ln_sum},
    futility,
    recursion::{Process, Region, Stop, Walk, follow},
    tail::{isf_ln, ln_difference},
};
use crate::{Absent, Alternative, Estimate, distribution::normal};

/// The boundaries of a design at these looks.
///
/// Each critical value solves the recursion over looks
///
/// ```text
/// P(z_j inside its boundary for j < k, z_k beyond b_k | no difference) = spent at look k
/// ```
///
/// by Newton's method on the logarithm, so that a look may spend less than the smallest float; the constant of
/// O'Brien-Fleming, Pocock and Wang-Tsiatis by the secant method on the z of the whole error. Critical values are
/// exact to about 1e-11 of themselves up to z = 40; a look that may spend less than e⁻⁸⁰⁰ gets the z that spends it
/// without regard to the looks before, which is on the safe side. A spending design whose last look has less than the
/// whole information spends what is due by then, α(t); at information 1 and above it spends all that is left, and
/// nothing at looks after that.
///
/// Absent: [`Absent::AlphaSpent`] if the looks before the last spend all of α (Haybittle-Peto);
/// [`Absent::Unreachable`] if a futility boundary leaves no way to spend α or to have the power;
/// [`Absent::OutOfRange`] and [`Absent::NotConverged`] with levels so near 0 or 1 that there is no solution.
///
/// Source: Jennison & Turnbull (2000), "Group Sequential Methods with Applications to Clinical Trials", chapters 2, 7
/// and 19.
///
/// ```
/// use edgewise_stats::{Alpha, Alternative, sequential::group::{Design, Looks, Shape, Spending, boundaries}};
///
/// let shape = Shape::Spending(Spending::OBrienFlemingType);
/// let design = Design::new(shape, Alpha::default(), Alternative::TwoSided);
/// let boundaries = boundaries(&design, &Looks::equal(5)?)?;
/// let published = [4.87688, 3.35701, 2.68028, 2.28982, 2.03103]; // rpact, gsDesign
/// for (look, z) in boundaries.looks().iter().zip(published) {
///     assert!((look.upper.unwrap() - z).abs() < 5e-6 && look.lower == look.upper.map(|z| -z));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn boundaries(design: &Design, looks: &Looks) -> Estimate<Boundaries> {
    let efficacy = without_futility(design, looks)?;
    let mut boundaries = match &design.futility {
        None => Boundaries::of(looks, efficacy, design.alternative),
        Some(wanted) => {
            let (critical, drift) = futility::solve(design, wanted, looks, &efficacy)?;
            let mut boundaries = Boundaries::of(looks, critical, design.alternative);
            boundaries.binding = wanted.binding;
            boundaries.drift = Some(drift);
            boundaries
        }
    };
    boundaries.design = Some(design.clone());
    Ok(boundaries)
}

/// The efficacy boundary without regard to futility.
pub(super) fn without_futility(design: &Design, looks: &Looks) -> Estimate<Vec<Critical>> {
    let side = design.side();
    let two_sided = design.alternative == Alternative::TwoSided;
    match &design.shape {
        Shape::OBrienFleming => of_power(-0.5, side, two_sided, looks),
        Shape::Pocock => of_power(0.0, side, two_sided, looks),
        Shape::WangTsiatis(delta) => of_power(delta.get() - 0.5, side, two_sided, looks),
        Shape::HaybittlePeto(interim) => haybittle_peto(interim.get(), side, two_sided, looks),
        Shape::Spending(spending) => spend(spending, side, design.alternative, looks.information()),
    }
}

/// The boundary of a spending function.
pub(super) fn spend(
    spending: &Spending,
    side: f64,
    alternative: Alternative,
    information: &[f64],
) -> Estimate<Vec<Critical>> {
    let due: Vec<f64> = information.iter().map(|&t| spending.ln_spent(side, t)).collect();
    spend_as_due(&due, alternative, information)
}

/// The boundary that has spent, by each look, the probability with this logarithm on one side.
pub(super) fn spend_as_due(
    ln_due: &[f64],
    alternative: Alternative,
    information: &[f64],
) -> Estimate<Vec<Critical>> {
    let mut walk = Walk::begin(Process::Drift(0.0));
    let mut ln_spent = f64::NEG_INFINITY;
    let mut critical = Vec::with_capacity(information.len());
    for (look, (&at, &ln_due)) in information.iter().zip(ln_due).enumerate() {
        let arrival = walk.arrive(at);
        let efficacy = match due_now(ln_due, ln_spent) {
            Some(ln_now) => Some(arrival.critical_above(ln_now)?),
            None => None,
        };
        ln_spent = ln_spent.max(ln_due);
        critical.push(Critical { efficacy, futility: None, ln_spent });
        let Some(&next) = information.get(look + 1) else { break };
        walk = arrival.go_on(region(efficacy, alternative == Alternative::TwoSided), next);
    }
    Ok(critical)
}

/// The logarithm of what is to be spent now; none if it is nothing.
pub(super) fn due_now(ln_due: f64, ln_spent: f64) -> Option<f64> {
    if ln_due <= ln_spent {
        return None;
    }
    Some(ln_difference(ln_due, ln_spent)).filter(|ln_now| ln_now.is_finite())
}

/// Where a statistic goes on without a futility boundary.
pub(super) fn region(efficacy: Option<f64>, two_sided: bool) -> Region {
    let upper = efficacy.unwrap_or(f64::INFINITY);
    Region { lower: if two_sided { -upper } else { f64::NEG_INFINITY }, upper, wedge: 0.0 }
}

/// z_k = C·(t_k/t_K)^exponent with the C that has the error probability.
fn of_power(exponent: f64, side: f64, two_sided: bool, looks: &Looks) -> Estimate<Vec<Critical>> {
    let shape: Vec<f64> = looks.information().iter().map(|t| libm::pow(t / looks.last(), exponent)).collect();
    let at = |constant: f64| -> Vec<Stop> {
        let scaled = looks.information().iter().zip(&shape);
        scaled
            .map(|(&information, shape)| Stop {
                information,
                region: region(Some(constant * shape), two_sided),
            })
            .collect()
    };
    let constant = constant(side, |constant| ln_error(&at(constant)))?;
    let mut ln_spent = f64::NEG_INFINITY;
    let mut critical = Vec::with_capacity(shape.len());
    follow(&at(constant), Walk::begin(Process::Drift(0.0)), |arrival, region| {
        ln_spent = ln_sum(ln_spent, arrival.ln_above(region.upper));
        critical.push(Critical { efficacy: Some(region.upper), futility: None, ln_spent });
    });
    Ok(critical)
}

/// The C with ln P(C) = ln `side`, by the secant method.
///
/// On the scale of the z that would have the probability P(C) at a single look the function is nearly straight, with a
/// slope near 1. The error after a step is about the product of the two before it.
fn constant(side: f64, ln_error: impl Fn(f64) -> f64) -> Estimate<f64> {
    let fixed = normal::isf(side).ok_or(Absent::OutOfRange)?;
    let excess = |constant: f64| isf_ln(ln_error(constant)).map(|z| z - fixed);
    let (mut before, mut constant) = (fixed, fixed - excess(fixed)?);
    let (mut excess_before, mut change) = (fixed - constant, constant - fixed);
    for _ in 0..50 {
        if change.abs() <= 1e-9 * constant.abs() {
            return Ok(constant);
        }
        let now = excess(constant)?;
        change = -now * (constant - before) / (now - excess_before);
        if now == 0.0 || now.to_bits() == excess_before.to_bits() {
            return Ok(constant);
        }
        (before, excess_before) = (constant, now);
        constant += change;
        if !constant.is_finite() {
            break;
        }
    }
    Err(Absent::NotConverged)
}

fn haybittle_peto(interim: f64, side: f64, two_sided: bool, looks: &Looks) -> Estimate<Vec<Critical>> {
    let information = looks.information();
    let interim_looks = &information[..information.len() - 1];
    let region = region(Some(interim), two_sided);
    let stops: Vec<Stop> = information.iter().map(|&information| Stop { information, region }).collect();
    let mut ln_spent = f64::NEG_INFINITY;
    let mut critical = Vec::with_capacity(information.len());
    let mut last = Err(Absent::AlphaSpent);
    follow(&stops, Walk::begin(Process::Drift(0.0)), |arrival, _| {
        if critical.len() < interim_looks.len() {
            ln_spent = ln_sum(ln_spent, arrival.ln_above(interim));
            critical.push(Critical { efficacy: Some(interim), futility: None, ln_spent });
        } else if let Some(ln_now) = due_now(libm::log(side), ln_spent) {
            last = arrival.critical_above(ln_now);
        }
    });
    critical.push(Critical { efficacy: Some(last?), futility: None, ln_spent: libm::log(side) });
    Ok(critical)
}

/// ln P(ever crosses the upper boundary).
pub(super) fn ln_error(stops: &[Stop]) -> f64 {
    let mut ln_spent = f64::NEG_INFINITY;
    follow(stops, Walk::begin(Process::Drift(0.0)), |arrival, region| {
        ln_spent = ln_sum(ln_spent, arrival.ln_above(region.upper));
    });
    ln_spent
}
