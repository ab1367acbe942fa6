//! Powers of two that keep sums, squares and cubes within the range of a float.

/// A power of two as a factor: multiplying by it loses no bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    exponent: i32,
}

impl Scale {
    /// The scale in which the largest of these magnitudes lies in [1/2, 1).
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let largest = values.into_iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        Self { exponent: if largest.is_finite() { libm::frexp(largest).1 } else { 0 } }
    }

    /// The scale of a quotient.
    pub(super) fn over(self, other: Self) -> Self {
        Self { exponent: self.exponent - other.exponent }
    }

    /// A value in this scale.
    pub(super) fn reduce(self, value: f64) -> f64 {
        libm::ldexp(value, -self.exponent)
    }

    /// A reduced value in its own unit; infinite where it overflows.
    pub(super) fn restore(self, value: f64) -> f64 {
        libm::ldexp(value, self.exponent)
    }
}

/// Mean and standard deviation (of n − 1) of values, without overflow or underflow on the way; none of fewer than two.
pub(super) fn spread(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = crate::moments::count(values.len() as u64);
    let first = values[0];
    let scale = Scale::of(values.iter().map(|value| value / 2.0 - first / 2.0));
    let apart = || values.iter().map(|value| scale.reduce(value / 2.0 - first / 2.0));
    let mean = apart().sum::<f64>() / n;
    let squares: f64 = apart().map(|value| (value - mean) * (value - mean)).sum();
    let deviation = 2.0 * scale.restore((squares / (n - 1.0)).sqrt());
    Some((first + 2.0 * scale.restore(mean), deviation))
}
