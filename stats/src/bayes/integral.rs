//! Integrals of positive functions: adaptive, and of functions given by their logarithm.

use crate::numeric::quadrature::rule;

/// What a panel's two halves may differ by from the panel, as a share of the integral: for one tail.
pub(super) const FINE: f64 = 1e-13;

/// The same for an integral over tails, which are themselves good to 1e-12 or so.
const COARSE: f64 = 1e-11;

/// Enough for shapes from 0.001 on.
const PANELS: usize = 4_000;

/// ∫ f over the panels between ascending `breaks`, f ≥ 0: each panel is halved until its two halves by the 20-point
/// Gauss-Legendre rule differ from the whole by at most `tolerance` of the integral; a smooth panel's true error is then
/// many orders less. None if that takes more than 4,000 panels or f is not finite.
pub(super) fn integrate(f: impl Fn(f64) -> f64, breaks: &[f64], tolerance: f64) -> Option<f64> {
    let mut pending: Vec<(f64, f64, f64)> = (breaks.windows(2))
        .filter(|ends| ends[0] < ends[1])
        .map(|ends| (ends[0], ends[1], panel(&f, ends[0], ends[1])))
        .collect();
    let mut total: f64 = pending.iter().map(|panel| panel.2).sum();
    let mut accepted = 0.0;
    for _ in 0..PANELS {
        let Some((from, to, whole)) = pending.pop() else {
            return accepted_if_finite(accepted);
        };
        if whole <= 1e-18 * total && !pending.is_empty() {
            accepted += whole;
            continue;
        }
        let middle = 0.5 * (from + to);
        let (left, right) = (panel(&f, from, middle), panel(&f, middle, to));
        total += left + right - whole;
        if (left + right - whole).abs() <= tolerance * total || middle <= from || middle >= to {
            accepted += left + right;
        } else if total.is_finite() {
            pending.push((from, middle, left));
            pending.push((middle, to, right));
        } else {
            return None;
        }
    }
    None
}

fn accepted_if_finite(sum: f64) -> Option<f64> {
    sum.is_finite().then_some(sum)
}

fn panel(f: &impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let (centre, half) = (0.5 * (from + to), 0.5 * (to - from));
    half * rule()
        .iter()
        .map(|&(node, weight)| weight * (f(centre - half * node) + f(centre + half * node)))
        .sum::<f64>()
}

/// A place where the integrand may have a peak, and how wide it would be.
#[derive(Clone, Copy)]
pub(super) struct Seed {
    pub(super) place: f64,
    pub(super) width: f64,
}

/// ln ∫ exp(h) over the line, for h that falls without end beyond the outermost seeds and whose peaks lie at or between
/// them. None if the integral does not settle.
pub(super) fn ln_integral(h: impl Fn(f64) -> f64, seeds: &[Seed], depth: f64) -> Option<f64> {
    /// Points looked at between two seeds.
    const LOOKED_AT: u32 = 32;

    let mut seeds: Vec<Seed> = seeds.iter().copied().filter(|seed| seed.place.is_finite()).collect();
    seeds.sort_by(|one, other| one.place.total_cmp(&other.place));
    let (first, last) = (*seeds.first()?, *seeds.last()?);
    let mut grid = vec![first.place];
    for pair in seeds.windows(2) {
        let (from, to) = (pair[0].place, pair[1].place);
        grid.extend((1..=LOOKED_AT).map(|i| from + (to - from) * f64::from(i) / f64::from(LOOKED_AT)));
    }
    grid.dedup_by(|one, other| one.to_bits() == other.to_bits());
    let heights: Vec<f64> = grid.iter().map(|&u| h(u)).collect();
    let best = (0..grid.len()).fold(0, |best, i| if heights[i] > heights[best] { i } else { best });
    let outwards = |from: f64, width: f64| {
        let (mut near, mut far) = (h(from), from + width);
        let mut stride = width;
        while h(far) > near && far.is_finite() {
            near = h(far);
            stride *= 2.0;
            far += stride;
        }
        far
    };
    let nowhere = heights[best] == f64::NEG_INFINITY;
    let left = if best == 0 || nowhere { outwards(first.place, -first.width) } else { grid[best - 1] };
    let right = (grid.get(best + 1).copied().filter(|_| !nowhere))
        .unwrap_or_else(|| outwards(last.place, last.width));
    let (top, height) = highest(&h, left, right, (grid[best], heights[best]));
    if height == f64::NEG_INFINITY {
        // Nowhere above 0: the integral is 0.
        return Some(height);
    }
    if !height.is_finite() {
        return None;
    }
    // Where exp(h) has fallen to exp(−depth) of its top, outwards of everything that may be a peak.
    let fall = |u: f64| height - h(u);
    let low = first.place.min(top);
    let high = last.place.max(top);
    let low = low - reach(|far| fall(low - far), depth, first.width);
    let high = high + reach(|far| fall(high + far), depth, last.width);
    let width = (0.5
        * (reach(|far| fall(top - far), 1.0, first.width) + reach(|far| fall(top + far), 1.0, last.width)))
    .min(high - low);

    let mut breaks = vec![low, high];
    seeds.push(Seed { place: top, width });
    for seed in &seeds {
        let mut far = seed.width;
        breaks.push(seed.place);
        for _ in 0..60 {
            let around = [seed.place - far, seed.place + far];
            breaks.extend(around.into_iter().filter(|&u| u > low && u < high));
            far *= 2.0;
            if far > high - low || far <= 0.0 {
                break;
            }
        }
    }
    breaks.sort_by(f64::total_cmp);
    // Thinned to what the nearest seed asks for: several seeds' breaks lie between each other.
    let needed = |u: f64| {
        let of = |seed: &Seed| (u - seed.place).abs().max(seed.width);
        0.4 * seeds.iter().map(of).fold(f64::INFINITY, f64::min)
    };
    let mut last = low;
    breaks.retain(|&u| {
        let keep = u <= low || u >= high || u - last >= needed(u);
        if keep {
            last = u;
        }
        keep
    });
    let value = integrate(|u| libm::exp(h(u) - height), &breaks, COARSE)?;
    (value > 0.0).then(|| height + libm::log(value))
}

/// A maximum between two places by golden sections, from the best place known.
fn highest(h: &impl Fn(f64) -> f64, left: f64, right: f64, best: (f64, f64)) -> (f64, f64) {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let (mut left, mut right) = (left, right);
    let mut best = best;
    for _ in 0..40 {
        let (low, high) = (right - GOLDEN * (right - left), left + GOLDEN * (right - left));
        let (at_low, at_high) = (h(low), h(high));
        if at_low > best.1 {
            best = (low, at_low);
        }
        if at_high > best.1 {
            best = (high, at_high);
        }
        if at_low > at_high {
            right = high;
        } else {
            left = low;
        }
    }
    best
}

/// A distance at which the increasing function `fall` has reached `depth`: at most a quarter more than the first such.
pub(super) fn reach(fall: impl Fn(f64) -> f64, depth: f64, start: f64) -> f64 {
    let mut far = if start > 0.0 && start.is_finite() { start } else { 1.0 };
    let mut near = 0.0;
    for _ in 0..1_100 {
        if fall(far) >= depth || !far.is_finite() {
            break;
        }
        near = far;
        far *= 1.5;
    }
    for _ in 0..60 {
        if far - near <= 0.25 * far {
            break;
        }
        let middle = 0.5 * (near + far);
        if fall(middle) >= depth {
            far = middle;
        } else {
            near = middle;
        }
    }
    far
}
