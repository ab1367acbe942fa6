//! The effect that a plan is made for.

use serde::Serialize;

/// A difference of the treatment from the control that a plan wants to see: finite and not 0.
///
/// ```
/// use edgewise_stats::plan::Effect;
///
/// assert_eq!(Effect::relative(0.05)?.difference(20.0), 1.0);
/// assert_eq!(Effect::absolute(-0.3)?.difference(20.0), -0.3);
/// assert!(Effect::absolute(0.0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    size: f64,
    relative: bool,
}

impl Effect {
    /// Treatment minus control, in the metric's unit.
    ///
    /// # Errors
    ///
    /// [`EffectError`] if it is 0, NaN or infinite.
    pub fn absolute(size: f64) -> Result<Self, EffectError> {
        Self::checked(size, false)
    }

    /// (Treatment − control) / control, as a fraction: 0.05 is five per cent more.
    ///
    /// # Errors
    ///
    /// [`EffectError`] if it is 0, NaN or infinite.
    pub fn relative(size: f64) -> Result<Self, EffectError> {
        Self::checked(size, true)
    }

    /// Treatment minus control where the control's value is `baseline`.
    pub fn difference(self, baseline: f64) -> f64 {
        if self.relative { self.size * baseline } else { self.size }
    }

    /// The number as it was given.
    pub(super) fn size(self) -> f64 {
        self.size
    }

    /// Whether it is a fraction of the control's value.
    pub(super) fn is_relative(self) -> bool {
        self.relative
    }

    fn checked(size: f64, relative: bool) -> Result<Self, EffectError> {
        if size.is_finite() && size != 0.0 {
            Ok(Self { size, relative })
        } else {
            Err(EffectError { given: size })
        }
    }
}

/// The effect is 0 or not a number.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the effect is {given}; a plan needs one that is finite and not 0: write 0.05 for 5 % more")]
pub struct EffectError {
    /// What was given.
    pub given: f64,
}
