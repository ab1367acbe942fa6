//! Quantiles of the difference and of the ratio of two posteriors.

use crate::{Absent, Estimate, estimate::finite};

/// Where to look for a quantile: a value in the middle of the distribution, a first guess, and half a standard deviation or
/// so.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) middle: f64,
    pub(super) at: f64,
    pub(super) width: f64,
}

/// The x beyond which (above which, if `upper`) lies `tail`, from functions that give P(> x), P(≤ x) and, where it is known,
/// the density: Newton's method on the logarithm of the tail within a bracket; the secant where there is no density.
pub(super) fn solve(
    start: Start,
    tail: f64,
    upper: bool,
    tails: impl Fn(f64) -> Estimate<(f64, f64, Option<f64>)>,
) -> Estimate<f64> {
    let Start { middle, at: start, width } = start;
    let target = libm::log(tail);
    let side = if upper { 1.0 } else { -1.0 };
    // In s = side · x, so that the tail falls with s.
    let miss = |s: f64| -> Estimate<(f64, Option<f64>)> {
        match tails(side * s) {
            Ok((above, below, density)) => {
                let p = if upper { above } else { below };
                Ok((libm::log(p) - target, density.map(|density| -density / p)))
            }
            // Beyond what can be reached or computed: the tail is 0 on its own side of the middle, 1 on the other.
            Err(Absent::OutOfRange | Absent::NotConverged) => {
                Ok((if s > side * middle { f64::NEG_INFINITY } else { f64::INFINITY }, None))
            }
            Err(reason) => Err(reason),
        }
    };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let (mut s, mut before): (f64, Option<(f64, f64)>) = (side * start, None);
    let mut stride = width;
    for _ in 0..200 {
        let (at, slope) = miss(s)?;
        if at == 0.0 {
            return finite(side * s);
        }
        if at > 0.0 {
            low = s;
        } else {
            high = s;
        }
        let slope = slope
            .or_else(|| before.map(|(old, old_at)| (at - old_at) / (s - old)))
            .filter(|slope| *slope < 0.0 && slope.is_finite());
        let newton = slope.map(|slope| s - at / slope).filter(|next| next.is_finite());
        if let Some(next) = newton
            && (next - s).abs() <= 1e-7 * width
        {
            // Newton doubles its digits: the next step would be about (step / width)² as long.
            return finite(side * next);
        }
        let next = match newton {
            Some(next) if next > low && next < high && (next - s).abs() <= 16.0 * width => next,
            _ if low.is_finite() && high.is_finite() => 0.5 * (low + high),
            _ => {
                stride *= 2.0;
                if at > 0.0 { s + stride } else { s - stride }
            }
        };
        if (high - low).abs() <= 1e-14 * (width + s.abs()) {
            return finite(side * next);
        }
        before = at.is_finite().then_some((s, at));
        s = next;
    }
    Err(Absent::NotConverged)
}
