//! Main effects and interactions by their letters.

use std::{cmp::Reverse, fmt, str::FromStr};

use serde::ser::{Serialize, Serializer};

/// The most factors of a design.
pub const MAX_FACTORS: u32 = 16;

/// The letters of factors: I stands for the identity (Box, Hunter & Hunter 2005, section 6.4).
const LETTERS: &[u8; MAX_FACTORS as usize] = b"ABCDEFGHJKLMNOPQ";

/// A set of factors: a main effect (`A`), an interaction (`ABD`), or the identity `I`, which is the mean.
///
/// Factors are A to H and J to Q. Effects are ordered as textbooks list them: by the number of their factors, then by
/// letters.
///
/// ```
/// use edgewise_stats::factorial::Effect;
///
/// let effect: Effect = "BAD".parse()?;
/// assert_eq!((effect.to_string(), effect.order()), ("ABD".to_owned(), 3));
/// assert!("AA".parse::<Effect>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Effect {
    /// Bit i for the i-th letter.
    pub(super) factors: u32,
}

impl Effect {
    /// The mean of all runs.
    pub const IDENTITY: Self = Self { factors: 0 };

    /// The main effect of a factor, counted from 0; none from [`MAX_FACTORS`] on.
    pub fn main(factor: u32) -> Option<Self> {
        (factor < MAX_FACTORS).then(|| Self { factors: 1 << factor })
    }

    /// How many factors take part: 0 for the identity, 1 for a main effect, 2 for a two-factor interaction.
    pub fn order(self) -> u32 {
        self.factors.count_ones()
    }

    /// The product with another effect: factors that both have cancel, because ±1 squared is 1.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self { factors: self.factors ^ other.factors }
    }

    fn rank(self) -> (u32, Reverse<u32>) {
        (self.order(), Reverse(self.factors.reverse_bits()))
    }
}

impl PartialOrd for Effect {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Effect {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.factors == 0 {
            return f.write_str("I");
        }
        for (i, &letter) in LETTERS.iter().enumerate() {
            if self.factors >> i & 1 == 1 {
                write!(f, "{}", char::from(letter))?;
            }
        }
        Ok(())
    }
}

impl FromStr for Effect {
    type Err = EffectError;

    fn from_str(text: &str) -> Result<Self, EffectError> {
        if text.eq_ignore_ascii_case("I") {
            return Ok(Self::IDENTITY);
        }
        if text.is_empty() {
            return Err(EffectError::Empty);
        }
        let mut factors = 0;
        for given in text.chars() {
            let place = LETTERS.iter().position(|&letter| char::from(letter) == given.to_ascii_uppercase());
            let place = place.ok_or(EffectError::Letter { given })?;
            if factors >> place & 1 == 1 {
                return Err(EffectError::Repeated { given });
            }
            factors |= 1 << place;
        }
        Ok(Self { factors })
    }
}

impl Serialize for Effect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that names no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EffectError {
    /// No letters.
    #[error("an effect has no letters: write I for the mean, A for a main effect, AB for an interaction")]
    Empty,
    /// Not a factor's letter.
    #[error("{given:?} is no factor: factors are A to H and J to Q, and I alone is the mean")]
    Letter {
        /// What was given.
        given: char,
    },
    /// A letter twice.
    #[error("the factor {given:?} comes twice in one effect: a factor takes part once")]
    Repeated {
        /// The letter.
        given: char,
    },
}

/// An effect with its sign: what a word of a defining relation is, and what an effect's alias is.
///
/// ```
/// use edgewise_stats::factorial::{Effect, SignedEffect};
///
/// let effect: Effect = "AB".parse()?;
/// assert_eq!(SignedEffect { effect, negative: true }.to_string(), "-AB");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignedEffect {
    /// The effect.
    pub effect: Effect,
    /// Whether it is taken with a minus.
    pub negative: bool,
}

impl SignedEffect {
    /// The product with another one, with its sign.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self { effect: self.effect.times(other.effect), negative: self.negative != other.negative }
    }
}

impl fmt::Display for SignedEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.negative { "-" } else { "" }, self.effect)
    }
}

impl Serialize for SignedEffect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
