//! Which way a metric is better, and which way a test looks.

use serde::{Deserialize, Serialize};

/// Which way a metric is better.
///
/// Revenue is better when it is higher, latency when it is lower. Nothing in this crate takes "better" for "higher".
///
/// ```
/// use edgewise_stats::Direction;
///
/// // 180 ms are better than 200 ms.
/// assert!(Direction::LowerIsBetter.gain(180.0 - 200.0) > 0.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better: conversion, revenue.
    #[default]
    HigherIsBetter,
    /// Less is better: latency, errors, cost.
    LowerIsBetter,
}

impl Direction {
    /// A difference (treatment − control) as a gain: positive where the treatment is the better one.
    pub fn gain(self, difference: f64) -> f64 {
        match self {
            Self::HigherIsBetter => difference,
            Self::LowerIsBetter => -difference,
        }
    }

    /// The one-sided alternative "the treatment is better".
    pub fn better(self) -> Alternative {
        match self {
            Self::HigherIsBetter => Alternative::Greater,
            Self::LowerIsBetter => Alternative::Less,
        }
    }

    /// The one-sided alternative "the treatment is worse".
    pub fn worse(self) -> Alternative {
        match self {
            Self::HigherIsBetter => Alternative::Less,
            Self::LowerIsBetter => Alternative::Greater,
        }
    }
}

/// What a test holds against "no difference".
///
/// An interval matches its test: that of a one-sided alternative has one end, and the other is infinite.
///
/// ```
/// use edgewise_stats::{Alternative, Direction};
///
/// assert_eq!(Direction::LowerIsBetter.better(), Alternative::Less);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alternative {
    /// The treatment is larger or smaller than the control; the default.
    #[default]
    TwoSided,
    /// The treatment is larger than the control.
    Greater,
    /// The treatment is smaller than the control.
    Less,
}
