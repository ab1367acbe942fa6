//! The distribution of a statistic over looks that stop it: the recursion of Armitage, McPherson & Rowe.
//!
//! ```text
//! g₁(z) = φ(z − θ·√t₁)
//! g_k(z) = ∫ over the continuation region of look k−1:  g_{k−1}(u) · φ((z − m_k(u)) / s_k) / s_k  du
//! m_k(u) = u·√(t_{k−1}/t_k) + θ·(t_k − t_{k−1})/√t_k        s_k² = (t_k − t_{k−1})/t_k
//! ```
//!
//! Integrals are composite 20-point Gauss-Legendre sums on panels of a few kernel widths, to about 1e-14; masses are
//! kept with their logarithms, so that probabilities far below the smallest float keep their digits.
//! Source: Armitage, McPherson & Rowe (1969), "Repeated significance tests on accumulating data", Journal of the Royal
//! Statistical Society A 132(2); Jennison & Turnbull (2000), "Group Sequential Methods", chapter 19.

use std::f64::consts::PI;

use crate::{Absent, Estimate, distribution::normal, numeric::quadrature, sequential::group::tail};

/// The length of a panel, in widths of the integrand: critical values agree with those of shorter panels to 1e-15, while
/// 10 costs 1e-12 and 12 costs 3e-11.
const PANEL: f64 = 8.0;
/// How far from its mean a statistic is followed, in standard deviations, where a finite bound lets it go on: a
/// probability beyond is below e⁻⁸⁰⁰.
pub(super) const REACH: f64 = 40.0;
/// The same where there is no bound, so that nothing beyond is asked for: P(|Z| > 8.7) = 3e-18.
const UNBOUNDED_REACH: f64 = 8.7;
/// What is left out of a sum, as the logarithm of its share.
const NEGLIGIBLE: f64 = 42.0;

/// What drives the statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Process {
    /// A drift: the expected z at information 1.
    Drift(f64),
    /// An unknown drift with this normal prior, learnt on the way.
    Learnt {
        /// The prior's mean.
        mean: f64,
        /// The prior's precision, in units of information; 0 is the flat prior.
        precision: f64,
    },
}

/// The next statistic given the one before: normal with mean `slope`·u + `shift` and this standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    slope: f64,
    shift: f64,
    deviation: f64,
}

impl Process {
    fn step(self, from: f64, to: f64) -> Step {
        let gained = to - from;
        match self {
            Self::Drift(drift) => Step {
                slope: (from / to).sqrt(),
                shift: drift * gained / to.sqrt(),
                deviation: (gained / to).sqrt(),
            },
            Self::Learnt { mean, precision } => {
                let known = precision + from;
                Step {
                    slope: (from / to).sqrt() * (1.0 + gained / known),
                    shift: gained * precision * mean / (known * to.sqrt()),
                    deviation: (gained * (1.0 + gained / known) / to).sqrt(),
                }
            }
        }
    }
}

/// Where a statistic goes on at a look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Region {
    /// It stops at or below; minus infinity if there is no such bound.
    pub(super) lower: f64,
    /// It stops at or above; infinity if there is no such bound.
    pub(super) upper: f64,
    /// It stops in between minus and plus this; 0 if there is no such wedge.
    pub(super) wedge: f64,
}

impl Region {
    /// The stretches in which it goes on.
    fn stretches(self, lowest: f64, highest: f64) -> [(f64, f64); 2] {
        let (lower, upper) = (self.lower.max(lowest), self.upper.min(highest));
        if self.wedge > 0.0 {
            [(lower, upper.min(-self.wedge)), (lower.max(self.wedge), upper)]
        } else {
            [(lower, upper), (0.0, 0.0)]
        }
    }
}

/// The statistics that went on at a look, as masses at nodes.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    process: Process,
    /// The look's information.
    information: f64,
    /// In order.
    nodes: Vec<f64>,
    ln_masses: Vec<f64>,
    /// The largest of `ln_masses`.
    ln_peak: f64,
    /// The masses as shares of the largest.
    masses: Vec<f64>,
    /// Mean and standard deviation of the statistic as if it had never stopped.
    mean: f64,
    deviation: f64,
}

impl Walk {
    /// Before the first look.
    pub(super) fn begin(process: Process) -> Self {
        Self::at(process, 0.0, 0.0)
    }

    /// At a look whose statistic is known.
    pub(super) fn at(process: Process, information: f64, z: f64) -> Self {
        Self {
            process,
            information,
            nodes: vec![z],
            ln_masses: vec![0.0],
            ln_peak: 0.0,
            masses: vec![1.0],
            mean: z,
            deviation: 0.0,
        }
    }

    /// The statistic at the next look, which has more information.
    pub(super) fn arrive(self, information: f64) -> Arrival {
        let step = self.process.step(self.information, information);
        Arrival { before: self, step, information }
    }
}

/// The statistic at a look, of those that went on at the looks before.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    before: Walk,
    step: Step,
    information: f64,
}

impl Arrival {
    /// ln P(arrives here with a statistic above z).
    pub(super) fn ln_above(&self, z: f64) -> f64 {
        self.ln_tail(z, 1.0)
    }

    /// ln P(arrives here with a statistic below z).
    pub(super) fn ln_below(&self, z: f64) -> f64 {
        self.ln_tail(z, -1.0)
    }

    /// P(arrives here with a statistic between the two), which are in order.
    pub(super) fn between(&self, lower: f64, upper: f64) -> f64 {
        let mut sum = 0.0;
        for (&u, &mass) in self.before.nodes.iter().zip(&self.before.masses) {
            let (from, to) = (self.standard(lower, u), self.standard(upper, u));
            // The difference of the smaller tails.
            sum += mass
                * if from > 0.0 {
                    normal::sf(from) - normal::sf(to)
                } else {
                    normal::sf(-to) - normal::sf(-from)
                };
        }
        sum.max(0.0) * libm::exp(self.before.ln_peak)
    }

    /// E(statistic; arrives here above z).
    pub(super) fn mean_above(&self, z: f64) -> f64 {
        self.partial_mean(z, 1.0)
    }

    /// E(statistic; arrives here below z).
    pub(super) fn mean_below(&self, z: f64) -> f64 {
        self.partial_mean(z, -1.0)
    }

    /// The z with ln P(arrives here above z) = `ln_tail`.
    ///
    /// Newton's method on the logarithm, which is concave: from a start above the solution it comes down to it.
    pub(super) fn critical_above(&self, ln_tail: f64) -> Estimate<f64> {
        let free = tail::isf_ln(ln_tail)?;
        if ln_tail < -0.5 * REACH * REACH {
            // Beyond the reach: at most this much stops here, whatever stopped before.
            return Ok(free * self.spread() + self.centre());
        }
        let mut z = free * self.spread() + self.centre();
        let mut last = f64::INFINITY;
        for _ in 0..200 {
            let ln_above = self.ln_above(z);
            let hazard = libm::exp(self.ln_density(z) - ln_above);
            let change = (ln_above - ln_tail) / hazard;
            if !change.is_finite() {
                return Err(Absent::NotConverged);
            }
            // No step leads further than the kernel is wide: so far out the tangent is not to be trusted.
            z += change.clamp(-4.0, 4.0);
            // Near a tail of 1 its logarithm has few digits: where steps no longer shrink, these are used up.
            let used_up = change.abs() < 1e-4 && change.abs() >= 0.5 * last;
            if used_up || change.abs() <= 4.0 * f64::EPSILON * z.abs().max(1.0) {
                return Ok(z);
            }
            last = change.abs();
            if (z - self.centre()).abs() > 60.0 * self.spread() {
                break;
            }
        }
        Err(Absent::NotConverged)
    }

    /// The z with ln P(arrives here below z) = `ln_tail`.
    pub(super) fn critical_below(&self, ln_tail: f64) -> Estimate<f64> {
        self.mirrored().critical_above(ln_tail).map(|z| -z)
    }

    /// Those that go on in the region, with as many nodes as the way to `next` information needs.
    pub(super) fn go_on(self, region: Region, next: f64) -> Walk {
        let (mean, deviation) = (self.centre(), self.spread());
        let process = self.before.process;
        let reach = |bound: f64| if bound.is_finite() { REACH } else { UNBOUNDED_REACH } * deviation;
        let (lowest, highest) = (mean - reach(region.lower), mean + reach(region.upper));
        let ahead = process.step(self.information, next);
        let (own, kernel) = (1.0 / self.step.deviation, ahead.slope / ahead.deviation);
        let width = 1.0 / (own * own + kernel * kernel).sqrt();
        let (mut nodes, mut ln_masses) = (Vec::new(), Vec::new());
        for (from, to) in region.stretches(lowest, highest) {
            if from < to {
                self.lay(from, to, PANEL * width, &mut nodes, &mut ln_masses);
            }
        }
        let ln_peak = ln_masses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let masses = ln_masses.iter().map(|ln| libm::exp(ln - ln_peak)).collect();
        Walk { process, information: self.information, nodes, ln_masses, ln_peak, masses, mean, deviation }
    }

    /// Nodes and masses between two ends.
    fn lay(&self, from: f64, to: f64, longest: f64, nodes: &mut Vec<f64>, ln_masses: &mut Vec<f64>) {
        let panels = ((to - from) / longest).ceil().clamp(1.0, 1e5);
        let half = 0.5 * (to - from) / panels;
        let mut panel = 0.0;
        while panel < panels {
            let centre = from + (2.0 * panel + 1.0) * half;
            let rule = quadrature::rule();
            let left = rule.iter().map(|&(node, weight)| (-node, weight));
            for (node, weight) in left.chain(rule.iter().rev().copied()) {
                let z = centre + half * node;
                nodes.push(z);
                ln_masses.push(self.ln_density(z) + libm::log(weight * half));
            }
            panel += 1.0;
        }
    }

    /// The mean of the statistic as if it had never stopped.
    fn centre(&self) -> f64 {
        self.step.slope * self.before.mean + self.step.shift
    }

    /// Its standard deviation.
    fn spread(&self) -> f64 {
        let carried = self.step.slope * self.before.deviation;
        (carried * carried + self.step.deviation * self.step.deviation).sqrt()
    }

    /// How far z is from what is expected after u, in standard deviations.
    fn standard(&self, z: f64, u: f64) -> f64 {
        (z - self.step.slope * u - self.step.shift) / self.step.deviation
    }

    /// The logarithm of the density of arriving here with z.
    fn ln_density(&self, z: f64) -> f64 {
        let Walk { nodes, ln_masses, masses, ln_peak, .. } = &self.before;
        let near = self.near(z);
        let mut sum = 0.0;
        for (&u, &mass) in nodes[near.clone()].iter().zip(&masses[near.clone()]) {
            let x = self.standard(z, u);
            sum += mass * libm::exp(-0.5 * x * x);
        }
        let ln_sum = if sum > 1e-280 {
            ln_peak + libm::log(sum)
        } else {
            let exponents = nodes[near.clone()].iter().zip(&ln_masses[near]).map(|(&u, &ln_mass)| {
                let x = self.standard(z, u);
                ln_mass - 0.5 * x * x
            });
            ln_sum_of_exponentials(exponents)
        };
        ln_sum - libm::log(self.step.deviation * (2.0 * PI).sqrt())
    }

    /// The nodes from which it is not negligibly unlikely to come to z, compared with the node next to it.
    fn near(&self, z: f64) -> std::ops::Range<usize> {
        let Walk { nodes, ln_masses, ln_peak, .. } = &self.before;
        let whole = 0..nodes.len();
        if nodes.len() <= 40 || self.step.slope <= 0.0 {
            return whole;
        }
        let place = |x: f64| nodes.partition_point(|&u| u < x);
        let source = (z - self.step.shift) / self.step.slope;
        let next = place(source).min(nodes.len() - 1);
        let x = self.standard(z, nodes[next]);
        let margin = ln_peak - ln_masses[next] + 0.5 * x * x + NEGLIGIBLE;
        let span = (2.0 * margin).sqrt() * self.step.deviation / self.step.slope;
        if span.is_finite() { place(source - span)..place(source + span) } else { whole }
    }

    /// ln P(arrives here beyond z), above for a sign of 1, below for −1.
    fn ln_tail(&self, z: f64, sign: f64) -> f64 {
        let Walk { nodes, ln_masses, masses, ln_peak, .. } = &self.before;
        let mut sum = 0.0;
        for (&u, &mass) in nodes.iter().zip(masses) {
            let x = sign * self.standard(z, u);
            // Beyond 39 the tail is 0.
            if mass > 0.0 && x < 39.0 {
                sum += mass * normal::sf(x);
            }
        }
        if sum > 1e-280 {
            return ln_peak + libm::log(sum);
        }
        let exponents = nodes
            .iter()
            .zip(ln_masses)
            .map(|(&u, &ln_mass)| ln_mass + normal::ln_sf(sign * self.standard(z, u)));
        ln_sum_of_exponentials(exponents)
    }

    /// E(statistic; beyond z): of a normal one m·Φ̄(x) + s·φ(x).
    fn partial_mean(&self, z: f64, sign: f64) -> f64 {
        let Step { slope, shift, deviation } = self.step;
        let mut sum = 0.0;
        for (&u, &mass) in self.before.nodes.iter().zip(&self.before.masses) {
            let x = self.standard(z, u);
            let density = libm::exp(-0.5 * x * x) / (2.0 * PI).sqrt();
            sum += mass * ((slope * u + shift) * normal::sf(sign * x) + sign * deviation * density);
        }
        sum * libm::exp(self.before.ln_peak)
    }

    /// The same with every statistic's sign turned.
    fn mirrored(&self) -> Self {
        let mut mirrored = self.clone();
        let before = &mut mirrored.before;
        before.nodes.iter_mut().for_each(|u| *u = -*u);
        before.nodes.reverse();
        before.masses.reverse();
        before.ln_masses.reverse();
        before.mean = -before.mean;
        mirrored.step.shift = -mirrored.step.shift;
        mirrored
    }
}

/// ln Σ exp(x), minus infinity for none.
fn ln_sum_of_exponentials(exponents: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = exponents.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let sum: f64 = exponents.map(|x| libm::exp(x - largest)).sum();
    largest + libm::log(sum)
}

/// A look: its information, and where the statistic goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stop {
    pub(super) information: f64,
    pub(super) region: Region,
}

/// Goes through looks, showing what arrives at each.
pub(super) fn follow(stops: &[Stop], start: Walk, mut visit: impl FnMut(&Arrival, Region)) {
    let mut walk = start;
    for (look, stop) in stops.iter().enumerate() {
        let arrival = walk.arrive(stop.information);
        visit(&arrival, stop.region);
        let Some(next) = stops.get(look + 1) else { return };
        walk = arrival.go_on(stop.region, next.information);
    }
}
