//! Looks as they come.

use serde::Serialize;

use super::{
    Boundaries, Boundary, Design, Looks, LooksError, Shape, Spending, design, looks::check_next,
    solve::spend_as_due,
};
use crate::{Absent, Alpha, Alternative, Estimate};

/// The looks that were taken, planned or not, and what each may spend.
///
/// Neither the number nor the timing of looks needs to be known in advance: each spends what the spending function has
/// due by its information and the looks before it have not spent, and boundaries of looks that were taken never change.
/// The error probability is α as long as *when* one looks does not depend on what was seen.
///
/// - A look at information 1 or above (the experiment ran over its plan) spends all that is left.
/// - [`SpendingLedger::look_last`] spends all that is left at whatever information there is, when the experiment ends
///   before its plan is reached; the decision to end must not depend on the results.
/// - Looks after everything is spent have no boundary: nothing can be shown any more.
///
/// Information that turns out different from the plan needs no correction of earlier looks: give each look's fraction as
/// it was known when it was taken, on one scale. Source: Lan & DeMets (1983) and (1989), "Changing frequency of interim
/// analysis in sequential monitoring", Biometrics 45(3); for the end: Jennison & Turnbull (2000), section 7.2.
///
/// ```
/// use edgewise_stats::{Alpha, Alternative, sequential::group::{Spending, SpendingLedger}};
///
/// let mut ledger = SpendingLedger::new(Spending::OBrienFlemingType, Alpha::default(), Alternative::TwoSided);
/// let published = [(0.3, 3.928_573), (0.7, 2.438_742), (1.0, 2.000_009)]; // rpact
/// for (information, z) in published {
///     let boundary = ledger.look(information)?;
///     assert!((boundary.upper.unwrap() - z).abs() < 1e-6);
/// }
/// // Everything is spent.
/// assert_eq!(ledger.look(1.1)?.upper, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpendingLedger {
    spending: Spending,
    alpha: Alpha,
    alternative: Alternative,
    looks: Vec<Boundary>,
    /// ln of one side's probability spent by each look.
    #[serde(skip)]
    ln_due: Vec<f64>,
    /// Whether a look spent more than its information had due.
    ended: bool,
}

impl SpendingLedger {
    /// A ledger without looks.
    pub fn new(spending: Spending, alpha: Alpha, alternative: Alternative) -> Self {
        Self { spending, alpha, alternative, looks: Vec::new(), ln_due: Vec::new(), ended: false }
    }

    /// Takes a look at this fraction of the planned information, and returns its boundary.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the information has not grown or is no fraction, if there are 1,000 looks already, or if the
    /// boundary cannot be computed (levels next to 0 or 1); the ledger then stays as it was.
    pub fn look(&mut self, information: f64) -> Result<Boundary, LedgerError> {
        let due = self.spending.ln_spent(self.side(), information);
        self.enter(information, due)
    }

    /// Takes the last look, which spends all that is left.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, sequential::group::{Spending, SpendingLedger}};
    ///
    /// // Ended at 0.8 instead of 1: the last look gets the whole level nevertheless.
    /// let mut ledger = SpendingLedger::new(Spending::PocockType, Alpha::default(), Alternative::TwoSided);
    /// ledger.look(0.4)?;
    /// assert_eq!(ledger.look_last(0.8)?.alpha_spent, 0.05);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`SpendingLedger::look`].
    pub fn look_last(&mut self, information: f64) -> Result<Boundary, LedgerError> {
        let due = libm::log(self.side());
        let boundary = self.enter(information, due)?;
        self.ended = true;
        Ok(boundary)
    }

    /// The boundary that a look at this information would have, without taking it.
    ///
    /// # Errors
    ///
    /// As [`SpendingLedger::look`].
    pub fn preview(&self, information: f64) -> Result<Boundary, LedgerError> {
        self.clone().look(information)
    }

    /// The looks taken, in order.
    pub fn looks(&self) -> &[Boundary] {
        &self.looks
    }

    /// The looks taken as boundaries, for the p value and the interval after stopping; none before the first look.
    pub fn boundaries(&self) -> Option<Boundaries> {
        if self.looks.is_empty() {
            return None;
        }
        let shape = Shape::Spending(self.spending.clone());
        let design = Design::new(shape, self.alpha, self.alternative);
        Some(Boundaries {
            alternative: self.alternative,
            looks: self.looks.clone(),
            design: (!self.ended).then_some(design),
            binding: false,
            drift: None,
        })
    }

    fn side(&self) -> f64 {
        design::side(self.alpha, self.alternative)
    }

    fn enter(&mut self, information: f64, due: f64) -> Result<Boundary, LedgerError> {
        if self.looks.len() >= Looks::MOST {
            return Err(LooksError::Count { given: self.looks.len() + 1 }.into());
        }
        check_next(self.looks.last().map(|look| look.information), information, self.looks.len() + 1)?;
        // A spending function does not fall, and the last look's level does not rise again.
        let due = due.max(self.ln_due.last().copied().unwrap_or(f64::NEG_INFINITY));
        let times: Vec<f64> = self.looks.iter().map(|look| look.information).chain([information]).collect();
        let ln_due: Vec<f64> = self.ln_due.iter().copied().chain([due]).collect();
        let boundary = Self::boundary(&times, &ln_due, self.alternative)?;
        self.looks.push(boundary);
        self.ln_due = ln_due;
        Ok(boundary)
    }

    fn boundary(times: &[f64], ln_due: &[f64], alternative: Alternative) -> Estimate<Boundary> {
        let looks = Looks::new(times.to_vec()).map_err(|_| Absent::OutOfRange)?;
        let critical = spend_as_due(ln_due, alternative, times)?;
        Boundaries::of(&looks, critical, alternative).looks.last().copied().ok_or(Absent::OutOfRange)
    }
}

/// A look cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// Its information is not what it can be.
    #[error(transparent)]
    Look(#[from] LooksError),
    /// Its boundary cannot be computed.
    #[error(transparent)]
    Absent(#[from] Absent),
}
