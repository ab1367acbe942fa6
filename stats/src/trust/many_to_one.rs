//! The joint distribution of several t statistics that share one control and one variance.

use std::f64::consts::{LN_2, PI};

use crate::{
    Absent, Alpha, Estimate,
    distribution::{
        normal,
        students_t::{self, DegreesOfFreedom},
    },
    numeric::{quadrature, root::brent},
    sequential::anytime::stirling,
};

/// T_i = Z_i/u with Z_i = λ_i·y + √(1 − λ_i²)·e_i, where y and the e_i are standard normal and ν·u² is chi-squared with ν
/// degrees of freedom, all independent; λ_i = √( n_i/(n_i + n_c) ).
///
/// ```text
/// P(max T > x) = ∫ f(u) ∫ φ(y)·( 1 − Π_i (1 − q_i(y; x·u)) ) dy du
/// q_i(y; z) = Φ( (λ_i·y − z)/√(1 − λ_i²) )      two-sided: + Φ( (−λ_i·y − z)/√(1 − λ_i²) )
/// ```
pub(super) struct ManyToOne {
    /// Each λ with how many treatments have it.
    loadings: Vec<Loading>,
    /// How many treatments.
    all: f64,
    df: DegreesOfFreedom,
}

struct Loading {
    /// λ.
    common: f64,
    /// √(1 − λ²).
    own: f64,
    times: f64,
}

/// Below so many degrees of freedom the variance's density is far from normal.
const SKEWED: f64 = 100.0;

/// A fall by e^32 is 1e-14.
const NEGLIGIBLE: f64 = 32.0;

/// Up to here neither the normal density nor its tail underflows where their product matters.
const UNDERFLOWS: f64 = 30.0;

/// How far from its middle a normal density is below 1e-14 of it.
const REACH: f64 = 8.0;

/// The widest panel of 20 points for the common part y, in which the normal density and a tail of half its scale are
/// polynomials to 1e-10.
const INNER_PANEL: f64 = 3.0;

impl ManyToOne {
    /// The treatments' numbers of units beside that of the control.
    pub(super) fn new(control: f64, treatments: impl Iterator<Item = f64>, df: DegreesOfFreedom) -> Self {
        let mut sizes: Vec<f64> = treatments.collect();
        sizes.sort_by(f64::total_cmp);
        let mut family = Self { loadings: Vec::new(), all: 0.0, df };
        for n in sizes {
            let (common, own) = ((n / (n + control)).sqrt(), (control / (n + control)).sqrt());
            family.all += 1.0;
            match family.loadings.last_mut() {
                Some(last) if last.common.to_bits() == common.to_bits() => last.times += 1.0,
                _ => family.loadings.push(Loading { common, own, times: 1.0 }),
            }
        }
        family
    }

    pub(super) fn df(&self) -> f64 {
        self.df.get()
    }

    /// The x with P(max T > x) = α, or of max |T|.
    pub(super) fn critical(&self, alpha: Alpha, is_two_sided: bool) -> Estimate<f64> {
        let one = |times: f64| {
            let tail = alpha.get() / times / if is_two_sided { 2.0 } else { 1.0 };
            students_t::isf(tail.max(f64::from_bits(1)), self.df).ok_or(Absent::OutOfRange)
        };
        if self.all <= 1.0 {
            return one(1.0);
        }
        // The tail of the largest lies between that of one alone and the sum of all.
        let (low, high) = (one(1.0)?, one(self.all)?);
        let wider = 1e-9 * low.abs().max(high.abs()).max(1e-3);
        let ln_alpha = libm::log(alpha.get());
        brent(|x| self.ln_tail(x, is_two_sided) - ln_alpha, low - wider, high + wider, 1e-12)
            .ok_or(Absent::NotConverged)
    }

    /// ln P(max T > x), or of max |T|; at most 0.
    pub(super) fn ln_tail(&self, x: f64, is_two_sided: bool) -> f64 {
        if is_two_sided && x <= 0.0 {
            return 0.0;
        }
        if self.all <= 1.0 {
            return if is_two_sided {
                students_t::ln_two_sided_p(x, self.df)
            } else {
                students_t::ln_sf(x, self.df)
            };
        }
        // The integrand in w = ln u; it matters where its logarithm, with Bonferroni's bound for the inner integral, is
        // within 32 of its largest.
        let ln_bound =
            |w: f64| self.ln_density(w) + self.ln_bonferroni(x * libm::exp(w), is_two_sided).min(0.0);
        let (from, peak, to) = support(ln_bound, x, self.df.get());
        let top = ln_bound(peak);
        // Panels of 20 points, over which the density rises and falls by e^32.
        let panels = if self.df.get() < SKEWED { 3 } else { 2 };
        let integrand = |w: f64| {
            libm::exp(self.ln_density(w) + self.ln_normal_tail(x * libm::exp(w), is_two_sided) - top)
        };
        (top + libm::log(quadrature::integrate(integrand, from, to, panels))).min(0.0)
    }

    /// ln of the density of w = ln u: that of ln 2 − ln Γ(ν/2) + ν·w − (ν/2)·e^(2w) + (ν/2)·ln(ν/2), in terms that do not
    /// cancel.
    fn ln_density(&self, w: f64) -> f64 {
        let half = 0.5 * self.df.get();
        LN_2 + 0.5 * (libm::log(half) - libm::log(2.0 * PI))
            - stirling::error(half)
            - half * stirling::divergence_of_log(2.0 * w)
    }

    fn ln_bonferroni(&self, z: f64, is_two_sided: bool) -> f64 {
        normal::ln_sf(z) + libm::log(self.all) + if is_two_sided { LN_2 } else { 0.0 }
    }

    /// ln P(max Z > z), or of max |Z|.
    fn ln_normal_tail(&self, z: f64, is_two_sided: bool) -> f64 {
        let mut sum = 0.0;
        if z.abs() < UNDERFLOWS {
            for (from, to) in self.panels(z, is_two_sided) {
                let density =
                    |y: f64| libm::exp(-0.5 * y * y) * -libm::expm1(self.ln_none(y, z, is_two_sided));
                sum += quadrature::integrate(density, from, to, 1);
            }
            let sides = if is_two_sided { LN_2 } else { 0.0 };
            return (libm::log(sum) + sides - 0.5 * libm::log(2.0 * PI)).min(0.0);
        }
        // Everything relative to one tail alone, so that nothing underflows.
        let unit = normal::ln_sf(z);
        for (from, to) in self.panels(z, is_two_sided) {
            sum += quadrature::integrate(
                |y| libm::exp(-0.5 * y * y + self.ln_any(y, z, is_two_sided) - unit),
                from,
                to,
                1,
            );
        }
        // Two-sided, y and −y are alike.
        let sides = if is_two_sided { LN_2 } else { 0.0 };
        (libm::log(sum) + unit + sides - 0.5 * libm::log(2.0 * PI)).min(0.0)
    }

    /// ln Π (1 − q_i(y; z)).
    fn ln_none(&self, y: f64, z: f64, is_two_sided: bool) -> f64 {
        let ln_none = |Loading { common, own, times }: &Loading| {
            let near = normal::sf((z - common * y) / own);
            let far = if is_two_sided { normal::sf((z + common * y) / own) } else { 0.0 };
            times * libm::log1p(-(near + far).min(1.0))
        };
        self.loadings.iter().map(ln_none).sum()
    }

    /// ln( 1 − Π (1 − q_i(y; z)) ).
    fn ln_any(&self, y: f64, z: f64, is_two_sided: bool) -> f64 {
        let ln_none = self.ln_none(y, z, is_two_sided);
        if ln_none < -1e-280 {
            return libm::log(-libm::expm1(ln_none));
        }
        // All but impossible: the probabilities add up. The far side is nothing beside the near one, y being at least 0
        // where both count; at y = 0 they are alike.
        let ln_q = |loading: &Loading| {
            let (near, far) =
                ((z - loading.common * y) / loading.own, (z + loading.common * y) / loading.own);
            let ln_near = normal::ln_sf(near);
            let both = if is_two_sided { libm::log1p(libm::exp(normal::ln_sf(far) - ln_near)) } else { 0.0 };
            ln_near + both + libm::log(loading.times)
        };
        let top = self.loadings.iter().map(ln_q).fold(f64::NEG_INFINITY, f64::max);
        if top == f64::NEG_INFINITY {
            return top;
        }
        top + libm::log(self.loadings.iter().map(|loading| libm::exp(ln_q(loading) - top)).sum())
    }

    /// The panels on which to integrate over y: about each λ·z, where Z_i > z is likeliest, and fine about z/λ if Z_i is
    /// all but y.
    fn panels(&self, z: f64, is_two_sided: bool) -> Vec<(f64, f64)> {
        let mut windows = Vec::with_capacity(self.loadings.len());
        let mut breaks = Vec::new();
        for Loading { common, own, .. } in &self.loadings {
            let middle = (common * z).max(0.0);
            // For a negative z the whole of φ(y) counts.
            let low = if z > 0.0 { middle - REACH } else { -REACH };
            windows.push((if is_two_sided { low.max(0.0) } else { low }, middle + REACH));
            if *own < 0.5 {
                let edge = z / common;
                breaks.extend([-8.0, -3.0, 0.0, 3.0, 8.0].map(|s| edge + s * own / common));
                breaks.extend([0.5, 2.0, 6.0, 20.0].map(|s| edge + s / z.abs().max(1.0)));
            }
        }
        windows.sort_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
        breaks.sort_by(f64::total_cmp);
        let mut panels = Vec::new();
        let mut reached = f64::NEG_INFINITY;
        for (from, to) in windows {
            let mut from = from.max(reached);
            if from >= to {
                continue;
            }
            reached = to;
            let inside = breaks.iter().copied().filter(|y| from < *y && *y < to).collect::<Vec<_>>();
            for next in inside.into_iter().chain([to]) {
                push_panels(&mut panels, from, next);
                from = next;
            }
        }
        panels
    }
}

/// Cuts from `from` to `to` into panels that are not too wide.
fn push_panels(panels: &mut Vec<(f64, f64)>, from: f64, to: f64) {
    let width = to - from;
    let mut parts = 1.0;
    while width > parts * INNER_PANEL {
        parts += 1.0;
    }
    let mut i = 0.0;
    while i < parts {
        panels.push((from + width * (i / parts), from + width * ((i + 1.0) / parts)));
        i += 1.0;
    }
}

/// Where the concave `ln_f` is largest, and where it has fallen by 32 on both sides.
fn support(ln_f: impl Fn(f64) -> f64, x: f64, df: f64) -> (f64, f64, f64) {
    // At w = 0 the density falls already, and the tail too if x > 0; below −ln x − 50 the tail no longer changes.
    let (mut low, mut high) = (-(libm::log(x.abs().max(1.0)) + 50.0), 1e-3);
    for _ in 0..200 {
        let (third, other) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if ln_f(third) < ln_f(other) {
            low = third;
        } else {
            high = other;
        }
    }
    let peak = 0.5 * (low + high);
    let floor = ln_f(peak) - NEGLIGIBLE;
    let end = |direction: f64| {
        let mut step = direction / df.sqrt().max(1.0);
        for _ in 0..200 {
            if ln_f(peak + step) < floor {
                break;
            }
            step *= 2.0;
        }
        let (mut inside, mut outside) = (0.0, step);
        for _ in 0..12 {
            let middle = 0.5 * (inside + outside);
            if ln_f(peak + middle) < floor {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        peak + outside
    };
    (end(-1.0), peak, end(1.0))
}
