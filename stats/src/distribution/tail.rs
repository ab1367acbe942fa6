//! The two tails of a distribution at one point.

/// Both tails at a point: the one that was computed directly, as exp(`ln_scale`) · `factor`, and its complement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tails {
    ln_scale: f64,
    factor: f64,
    /// Whether the lower tail is the one that was computed.
    is_lower: bool,
}

impl Tails {
    /// Of the lower tail exp(`ln_scale`) · `factor`.
    pub(super) fn of_lower(ln_scale: f64, factor: f64) -> Self {
        Self { ln_scale, factor, is_lower: true }
    }

    /// Of the upper tail exp(`ln_scale`) · `factor`.
    pub(super) fn of_upper(ln_scale: f64, factor: f64) -> Self {
        Self { ln_scale, factor, is_lower: false }
    }

    /// All of the distribution lies above.
    pub(super) const BELOW: Self = Self { ln_scale: 0.0, factor: 0.0, is_lower: true };

    /// All of the distribution lies below.
    pub(super) const ABOVE: Self = Self { ln_scale: 0.0, factor: 0.0, is_lower: false };

    /// Nothing is known: a parameter is out of its range or NaN.
    pub(super) const UNKNOWN: Self = Self { ln_scale: f64::NAN, factor: f64::NAN, is_lower: true };

    /// The tails with lower and upper exchanged.
    pub(super) fn swapped(self) -> Self {
        Self { is_lower: !self.is_lower, ..self }
    }

    /// P(X ≤ x).
    pub(super) fn lower(self) -> f64 {
        if self.is_lower { self.value() } else { 1.0 - self.value() }
    }

    /// P(X > x).
    pub(super) fn upper(self) -> f64 {
        self.swapped().lower()
    }

    /// ln P(X ≤ x).
    pub(super) fn ln_lower(self) -> f64 {
        if self.is_lower { self.ln_value() } else { libm::log1p(-self.value()) }
    }

    /// ln P(X > x).
    pub(super) fn ln_upper(self) -> f64 {
        self.swapped().ln_lower()
    }

    fn value(self) -> f64 {
        // Where exp(ln_scale) is subnormal the product would keep its loss.
        let value = if self.ln_scale < -700.0 && self.factor > 0.0 {
            libm::exp(self.ln_value())
        } else {
            libm::exp(self.ln_scale) * self.factor
        };
        // Not f64::min: NaN stays NaN.
        if value > 1.0 { 1.0 } else { value }
    }

    fn ln_value(self) -> f64 {
        let ln = self.ln_scale + libm::log(self.factor);
        if ln > 0.0 { 0.0 } else { ln }
    }
}

/// A tail probability to be met, by the smaller of the two tails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    ln: f64,
    is_lower: bool,
}

impl Target {
    /// P(X ≤ x) = `p`; none unless `0 < p < 1`.
    pub(super) fn lower(p: f64) -> Option<Self> {
        if !(p > 0.0 && p < 1.0) {
            return None;
        }
        Some(if p <= 0.5 {
            Self { ln: libm::log(p), is_lower: true }
        } else {
            Self { ln: libm::log(1.0 - p), is_lower: false }
        })
    }

    /// P(X > x) = `tail`; none unless `0 < tail < 1`.
    pub(super) fn upper(tail: f64) -> Option<Self> {
        Self::lower(tail).map(Self::swapped)
    }

    /// The same of the distribution with its tails exchanged.
    pub(super) fn swapped(self) -> Self {
        Self { is_lower: !self.is_lower, ..self }
    }

    /// The normal quantile that has this tail.
    pub(super) fn normal(self) -> f64 {
        let z = super::normal::isf(libm::exp(self.ln)).unwrap_or(0.0);
        if self.is_lower { -z } else { z }
    }

    /// The logarithm of the lower tail, if that is the one to be met.
    pub(super) fn ln_lower(self) -> Option<f64> {
        self.is_lower.then_some(self.ln)
    }

    /// Whether the quantile is at or below the point with these tails.
    pub(super) fn is_at_or_below(self, tails: Tails) -> bool {
        if self.is_lower { tails.ln_lower() >= self.ln } else { tails.ln_upper() <= self.ln }
    }

    /// How far Newton's method goes on the logarithm of the tail, in the coordinate w in which the density is
    /// exp(`ln_density`). Where ln density is concave in w both tails' logarithms are too (Prékopa 1973), so that from
    /// the second step on it comes nearer from one side.
    pub(super) fn newton_step(self, tails: Tails, ln_density: f64) -> f64 {
        // A step is bounded because the first may start where a tail is flat.
        const FURTHEST: f64 = 40.0;

        let ln_tail = if self.is_lower { tails.ln_lower() } else { tails.ln_upper() };
        // Where the tail is less than any float, onwards to where it is not.
        let step = if ln_tail == f64::NEG_INFINITY {
            FURTHEST
        } else {
            (self.ln - ln_tail) * libm::exp(ln_tail - ln_density)
        };
        let step = if self.is_lower { step } else { -step };
        step.clamp(-FURTHEST, FURTHEST)
    }
}

/// Newton's steps until they no longer matter: `step` goes one on and says how far it went, relative to what is sought.
pub(super) fn settle(mut step: impl FnMut() -> f64) {
    // Far more than any start needs.
    const STEPS: u32 = 200;

    let mut last = f64::INFINITY;
    for _ in 0..STEPS {
        let size = step().abs();
        // The second condition: only rounding is left.
        if size.is_nan() || size <= f64::EPSILON || (size < 1e-9 && size >= last) {
            return;
        }
        last = size;
    }
}

/// Whether the lower tail is at least `probability`, decided by the smaller tail.
pub(super) fn reaches(tails: Tails, probability: f64) -> bool {
    if probability <= 0.5 { tails.lower() >= probability } else { tails.upper() <= 1.0 - probability }
}

/// The smallest count up to `most` that is reached, where every larger one is too; `most` if none below is.
pub(super) fn smallest(most: u64, is_reached: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_reached(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
