//! Where a function is zero.

/// A zero of `f` between `a` and `b`, by Brent's method; none unless f(a) and f(b) have opposite signs (or one is 0).
///
/// Stops when the bracket is within `tolerance` (relative to the root, with the same absolute floor scaled by 1e-300)
/// or after 200 steps; bisection alone would need fewer than 1,100 from any bracket, Brent's method rarely more than 15.
/// Source: Brent (1973), "Algorithms for Minimization without Derivatives", chapter 4.
#[expect(clippy::many_single_char_names, reason = "Brent's own names")]
pub(crate) fn brent(f: impl Fn(f64) -> f64, a: f64, b: f64, tolerance: f64) -> Option<f64> {
    let (mut a, mut b) = (a, b);
    let (mut fa, mut fb) = (f(a), f(b));
    if fa == 0.0 {
        return Some(a);
    }
    if fb == 0.0 {
        return Some(b);
    }
    if fa.is_nan() || fb.is_nan() || (fa > 0.0) == (fb > 0.0) {
        return None;
    }
    let (mut c, mut fc) = (a, fa);
    let mut last = b - a;
    let mut step = last;
    for _ in 0..200 {
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            last = b - a;
            step = last;
        }
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let enough = 2.0 * f64::EPSILON * b.abs() + 0.5 * tolerance * b.abs().max(1e-300);
        let middle = 0.5 * (c - b);
        if middle.abs() <= enough || fb == 0.0 {
            return Some(b);
        }
        if last.abs() >= enough && fa.abs() > fb.abs() {
            let s = fb / fa;
            let (mut p, mut q) = if a.to_bits() == c.to_bits() {
                (2.0 * middle * s, 1.0 - s)
            } else {
                let (q, r) = (fa / fc, fb / fc);
                (s * (2.0 * middle * q * (q - r) - (b - a) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
            };
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if 2.0 * p < (3.0 * middle * q - (enough * q).abs()).min((last * q).abs()) {
                last = step;
                step = p / q;
            } else {
                step = middle;
                last = middle;
            }
        } else {
            step = middle;
            last = middle;
        }
        (a, fa) = (b, fb);
        b += if step.abs() > enough { step } else { enough.copysign(middle) };
        fb = f(b);
        if fb.is_nan() {
            return None;
        }
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::brent;

    #[test]
    fn finds_a_root_and_refuses_a_bracket_without_one() {
        let root = brent(|x| x * x - 2.0, 0.0, 2.0, 1e-15);
        assert!(root.is_some_and(|x| (x - 2_f64.sqrt()).abs() < 1e-15));
        assert_eq!(brent(|x| x * x + 1.0, -1.0, 1.0, 1e-12), None);
    }
}
