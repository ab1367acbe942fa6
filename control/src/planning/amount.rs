//! Effects and shares as a command line spells them.

use edgewise_stats::plan::{Effect, EffectError};
use serde::Serialize;
use std::{fmt, str::FromStr};

/// An effect or a margin: `2%` of the baseline, `0.3` in the metric's unit, `0.5pp` in percentage points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// A fraction of the baseline: 0.02 is two per cent more.
    Relative(f64),
    /// In the metric's unit; of a rate, 0.01 is one percentage point more.
    Absolute(f64),
}

/// Why a text is no [`Amount`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "neither a share of the baseline such as `2%`, nor a number in the metric's unit such as `0.3`, nor percentage points such as `0.5pp`"
)]
pub struct NoAmount;

impl FromStr for Amount {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let text = text.trim();
        if let Some(percent) = text.strip_suffix('%') {
            return Ok(Self::Relative(number(percent).ok_or(NoAmount)? / 100.0));
        }
        match text.strip_suffix("pp") {
            Some(points) => Ok(Self::Absolute(number(points).ok_or(NoAmount)? / 100.0)),
            None => number(text).map(Self::Absolute).ok_or(NoAmount),
        }
    }
}

impl Amount {
    /// The effect of this size.
    ///
    /// # Errors
    /// [`EffectError`] for 0.
    pub fn effect(self) -> Result<Effect, EffectError> {
        match self {
            Self::Relative(size) => Effect::relative(size),
            Self::Absolute(size) => Effect::absolute(size),
        }
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        matches!(self, Self::Relative(size) | Self::Absolute(size) if size < 0.0)
    }

    /// So many times the amount.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        match self {
            Self::Relative(size) => Self::Relative(size * factor),
            Self::Absolute(size) => Self::Absolute(size * factor),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Twelve digits are more than anybody types, and fewer than rounding leaves its traces in.
        let shown = |number: f64| (number * 1e12).round() / 1e12;
        match self {
            Self::Relative(size) => write!(f, "{}%", shown(size * 100.0)),
            Self::Absolute(size) => write!(f, "{}", shown(*size)),
        }
    }
}

/// Reads `80%` or `0.8`: a share, whatever its range.
///
/// # Errors
/// In words, where it is none.
pub fn share(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let read = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    };
    read.ok_or_else(|| "neither a percentage such as `80%` nor a share such as `0.8`".to_owned())
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for (text, amount, shown) in [
            ("2%", Amount::Relative(0.02), "2%"),
            (" -2.5 % ", Amount::Relative(-0.025), "-2.5%"),
            ("0.3", Amount::Absolute(0.3), "0.3"),
            ("-1e3", Amount::Absolute(-1000.0), "-1000"),
            ("0.5pp", Amount::Absolute(0.005), "0.005"),
        ] {
            assert_eq!(text.parse(), Ok(amount), "{text}");
            assert_eq!(amount.to_string(), shown);
        }
        for text in ["", "%", "pp", "two", "2%%", "NaN", "inf", "1e999"] {
            assert_eq!(text.parse::<Amount>(), Err(NoAmount), "{text}");
        }
        assert_eq!((share("80%"), share("0.8")), (Ok(0.8), Ok(0.8)));
        assert!(share("eighty").is_err() && share("inf").is_err());
    }
}
