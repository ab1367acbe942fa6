//! The information at each look.

use serde::{Deserialize, Serialize};

/// The information at each look, as fractions of the planned maximum, in order.
///
/// Information is what the precision of an estimate grows by, 1 / standard error²: with equal allocation it is the share
/// of the planned units that have been measured. Fractions are positive and each is larger than the one before by more
/// than a millionth of itself; a last one above 1 is an experiment that ran over its plan. At most 1,000 looks.
///
/// ```
/// use edgewise_stats::sequential::group::Looks;
///
/// assert_eq!(Looks::equal(4)?.information(), [0.25, 0.5, 0.75, 1.0]);
/// assert!(Looks::new(vec![0.3, 0.7, 1.0]).is_ok());
/// assert!(Looks::new(vec![0.7, 0.3]).is_err());
/// # Ok::<(), edgewise_stats::sequential::group::LooksError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Looks(Vec<f64>);

impl Looks {
    /// The most looks there can be.
    pub const MOST: usize = 1_000;

    /// Looks at these fractions.
    ///
    /// # Errors
    ///
    /// [`LooksError`] unless there are 1 to 1,000 of them, each finite, above 0 and above the one before.
    pub fn new(information: Vec<f64>) -> Result<Self, LooksError> {
        check_count(information.len())?;
        let mut before = None;
        for (look, &at) in information.iter().enumerate() {
            check_next(before, at, look + 1)?;
            before = Some(at);
        }
        Ok(Self(information))
    }

    /// So many looks at equal steps of information: 1/n, 2/n, …, 1.
    ///
    /// # Errors
    ///
    /// [`LooksError::Count`] unless there are 1 to 1,000 of them.
    #[expect(clippy::cast_precision_loss, reason = "there are at most a thousand looks")]
    pub fn equal(looks: usize) -> Result<Self, LooksError> {
        check_count(looks)?;
        Ok(Self((1..=looks).map(|k| k as f64 / looks as f64).collect()))
    }

    /// The fractions.
    pub fn information(&self) -> &[f64] {
        &self.0
    }

    /// The fraction at the last look.
    pub fn last(&self) -> f64 {
        self.0.last().copied().unwrap_or(1.0)
    }
}

fn check_count(given: usize) -> Result<(), LooksError> {
    if (1..=Looks::MOST).contains(&given) { Ok(()) } else { Err(LooksError::Count { given }) }
}

/// Whether a look may follow the one before.
pub(super) fn check_next(before: Option<f64>, given: f64, look: usize) -> Result<(), LooksError> {
    // Beyond these bounds, ratios and roots of fractions lose their digits.
    if !(1e-12..=1e12).contains(&given) {
        return Err(LooksError::Fraction { look, given });
    }
    match before {
        Some(before) if given * (1.0 - 1e-6) <= before => Err(LooksError::Order { look, given, before }),
        _ => Ok(()),
    }
}

impl TryFrom<Vec<f64>> for Looks {
    type Error = LooksError;

    fn try_from(information: Vec<f64>) -> Result<Self, LooksError> {
        Self::new(information)
    }
}

impl From<Looks> for Vec<f64> {
    fn from(looks: Looks) -> Self {
        looks.0
    }
}

/// The looks' information is not what it can be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LooksError {
    /// No looks, or too many.
    #[error("there are {given} looks; there must be 1 to 1,000: look less often")]
    Count {
        /// How many were given.
        given: usize,
    },
    /// A fraction that is none.
    #[error(
        "the information at look {look} is {given}; it must be a number from 1e-12 to 1e12: give it as a fraction of the planned maximum, 0.5 for one half"
    )]
    Fraction {
        /// The look, from 1.
        look: usize,
        /// What was given.
        given: f64,
    },
    /// No more information than at the look before.
    #[error(
        "the information at look {look} is {given}, and that of the look before {before}; it must grow by more than a millionth: leave out a look that saw nothing new"
    )]
    Order {
        /// The look, from 1.
        look: usize,
        /// What was given.
        given: f64,
        /// The information at the look before.
        before: f64,
    },
}
