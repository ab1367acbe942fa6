//! How much of an error probability may be spent by when.

use serde::{Deserialize, Serialize};

use crate::{Absent, Estimate, Positive, distribution::normal};

/// A spending function: how much of α may be spent when a fraction t of the information is in.
///
/// It is a function of one side's α: a two-sided design spends α/2 on each side. At t ≥ 1 everything is spent. The
/// probability that is spent up to a look is exact at any number and timing of looks, as long as the timing does not
/// depend on the results. Source: Lan & DeMets (1983), "Discrete sequential boundaries for clinical trials", Biometrika
/// 70(3).
///
/// ```
/// use edgewise_stats::{Alpha, sequential::group::Spending};
///
/// // One half of the information: O'Brien-Fleming's type has spent 0.00153 of 0.025, Pocock's 0.0155.
/// let side = Alpha::new(0.025)?;
/// assert!((Spending::OBrienFlemingType.spent(side, 0.5)? - 0.001_525).abs() < 1e-6);
/// assert!((Spending::PocockType.spent(side, 0.5)? - 0.015_503).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spending {
    /// Of O'Brien-Fleming's type, Lan & DeMets (1983): little at first.
    ///
    /// ```text
    /// α(t) = 2·(1 − Φ(z_{α/2} / √t))      α is one side's: with 0.05 two-sided, z_{0.0125}
    /// ```
    ///
    /// This is the convention of gsDesign, rpact and the literature: two-sided 0.05 at five equal looks gives 4.87688,
    /// 3.35701, 2.68028, 2.28982, 2.03103. Some A/B-testing software (Kaizen, expan, ep-stats) puts the whole
    /// two-sided α into the formula once, z_{0.025}: the first of five looks is then at 4.383, another boundary.
    OBrienFlemingType,
    /// Of Pocock's type, Lan & DeMets (1983): about evenly.
    ///
    /// ```text
    /// α(t) = α·ln(1 + (e − 1)·t)
    /// ```
    PocockType,
    /// Hwang, Shih & DeCani (1990), "Group sequential designs using a family of type I error probability spending
    /// functions", Statistics in Medicine 9(12): γ = −4 is near O'Brien-Fleming, 1 near Pocock, 0 even.
    ///
    /// ```text
    /// α(t) = α·(1 − e^{−γt}) / (1 − e^{−γ})      γ = 0: α·t
    /// ```
    HwangShihDeCani(Gamma),
    /// A power of the information, Kim & DeMets (1987), "Design and analysis of group sequential tests based on the
    /// type I error spending rate function", Biometrika 74(1): ρ = 3 is near O'Brien-Fleming, 1 even.
    ///
    /// ```text
    /// α(t) = α·t^ρ
    /// ```
    KimDeMets(Positive),
    /// Given shares of α at given information, straight lines in between.
    Custom(SpendingTable),
}

impl Spending {
    /// The share spent, in the unit of `alpha`, when the fraction `t` of the information is in; 0 where t ≤ 0.
    ///
    /// Absent: [`Absent::OutOfRange`] if t is NaN.
    pub fn spent(&self, alpha: crate::Alpha, t: f64) -> Estimate<f64> {
        if t.is_nan() {
            return Err(Absent::OutOfRange);
        }
        Ok(libm::exp(self.ln_spent(alpha.get(), t)))
    }

    /// ln α(t) for one side's `alpha` in (0, 1); minus infinity where nothing is spent.
    pub(super) fn ln_spent(&self, alpha: f64, t: f64) -> f64 {
        let ln_alpha = libm::log(alpha);
        if t >= 1.0 {
            return ln_alpha;
        }
        if t <= 0.0 {
            return f64::NEG_INFINITY;
        }
        let ln_spent = match self {
            Self::OBrienFlemingType => match normal::isf((0.5 * alpha).max(f64::from_bits(1))) {
                Some(z) => std::f64::consts::LN_2 + normal::ln_sf(z / t.sqrt()),
                None => f64::NEG_INFINITY,
            },
            Self::PocockType => ln_alpha + libm::log(libm::log1p((std::f64::consts::E - 1.0) * t)),
            Self::HwangShihDeCani(gamma) => ln_alpha + gamma.ln_share(t),
            Self::KimDeMets(rho) => ln_alpha + rho.get() * libm::log(t),
            Self::Custom(table) => ln_alpha + libm::log(table.share(t)),
        };
        ln_spent.min(ln_alpha)
    }
}

/// The γ of Hwang, Shih & DeCani's spending function: from −500 to 500.
///
/// ```
/// use edgewise_stats::sequential::group::Gamma;
///
/// assert_eq!(Gamma::new(-4.0)?.get(), -4.0);
/// assert!(Gamma::new(f64::NAN).is_err());
/// # Ok::<(), edgewise_stats::sequential::group::GammaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Gamma(f64);

impl Gamma {
    /// Checks a γ.
    ///
    /// # Errors
    ///
    /// [`GammaError`] unless −500 ≤ γ ≤ 500.
    pub fn new(gamma: f64) -> Result<Self, GammaError> {
        if gamma.abs() <= 500.0 { Ok(Self(gamma)) } else { Err(GammaError { given: gamma }) }
    }

    /// The γ.
    pub fn get(self) -> f64 {
        self.0
    }

    /// ln of the share spent at 0 < t < 1.
    fn ln_share(self, t: f64) -> f64 {
        let size = self.0.abs();
        if size < 1e-12 {
            return libm::log(t);
        }
        // (1 − e^{−γt}) / (1 − e^{−γ}); for γ < 0 it is e^{−|γ|(1 − t)} times that of |γ|.
        let share = libm::log(libm::expm1(-size * t) / libm::expm1(-size));
        if self.0 < 0.0 { share - size * (1.0 - t) } else { share }
    }
}

impl TryFrom<f64> for Gamma {
    type Error = GammaError;

    fn try_from(gamma: f64) -> Result<Self, GammaError> {
        Self::new(gamma)
    }
}

impl From<Gamma> for f64 {
    fn from(gamma: Gamma) -> f64 {
        gamma.0
    }
}

/// γ is not between −500 and 500.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("gamma is {given}; it must lie between -500 and 500: -4 spends little at first, 1 about evenly")]
pub struct GammaError {
    /// What was given.
    pub given: f64,
}

/// Shares of α to have spent at given information, for a spending function of one's own.
///
/// Between the points it is straight; before the first it starts from (0, 0), and everything is spent at 1.
///
/// ```
/// use edgewise_stats::sequential::group::SpendingTable;
///
/// assert!(SpendingTable::new(vec![(0.5, 0.1), (1.0, 1.0)]).is_ok());
/// assert!(SpendingTable::new(vec![(0.5, 0.6), (0.7, 0.1)]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(f64, f64)>", into = "Vec<(f64, f64)>")]
pub struct SpendingTable(Vec<(f64, f64)>);

impl SpendingTable {
    /// A table of (information, share of α spent by then).
    ///
    /// # Errors
    ///
    /// [`SpendingTableError`] unless the information increases within (0, 1] and the shares do not decrease within
    /// [0, 1].
    pub fn new(points: Vec<(f64, f64)>) -> Result<Self, SpendingTableError> {
        let mut before = (0.0, 0.0);
        for (place, &(at, share)) in points.iter().enumerate() {
            if !(at > before.0 && at <= 1.0 && share >= before.1 && share <= 1.0) {
                return Err(SpendingTableError { place, at, share });
            }
            before = (at, share);
        }
        Ok(Self(points))
    }

    /// The share at 0 < t < 1.
    fn share(&self, t: f64) -> f64 {
        let mut before = (0.0, 0.0);
        for &(at, share) in self.0.iter().chain(&[(1.0, 1.0)]) {
            if t <= at {
                let way = (t - before.0) / (at - before.0);
                return before.1 + way * (share - before.1);
            }
            before = (at, share);
        }
        1.0
    }
}

impl TryFrom<Vec<(f64, f64)>> for SpendingTable {
    type Error = SpendingTableError;

    fn try_from(points: Vec<(f64, f64)>) -> Result<Self, SpendingTableError> {
        Self::new(points)
    }
}

impl From<SpendingTable> for Vec<(f64, f64)> {
    fn from(table: SpendingTable) -> Self {
        table.0
    }
}

/// A point of a spending table is not in order.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "point {place} of the spending table is ({at}, {share}); information must increase within (0, 1] and the share must not decrease within [0, 1]: order the points and give shares of alpha, 1 for all of it"
)]
pub struct SpendingTableError {
    /// The point's place in the list, from 0.
    pub place: usize,
    /// Its information.
    pub at: f64,
    /// Its share.
    pub share: f64,
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#[allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]
mod tests {
    use super::{Gamma, Spending, SpendingTable};

    #[test]
    fn a_power_family_with_gamma_near_zero_is_even_and_large_ones_stay_in_range() {
        let hsd =
            |gamma: f64, t: f64| Spending::HwangShihDeCani(Gamma::new(gamma).unwrap()).ln_spent(0.05, t);
        assert!((hsd(1e-13, 0.3) - hsd(1e-9, 0.3)).abs() < 1e-9);
        assert!((hsd(-4.0, 0.5).exp() - 0.05 * (1.0 - 2_f64.exp()) / (1.0 - 4_f64.exp())).abs() < 1e-16);
        assert!(hsd(-500.0, 1e-6).is_finite() && hsd(500.0, 1e-6) <= 0.05_f64.ln());
    }

    #[test]
    fn a_table_is_straight_between_its_points() {
        let table = SpendingTable::new(vec![(0.5, 0.1), (0.8, 0.4)]).unwrap();
        for (t, share) in [(0.25, 0.05), (0.5, 0.1), (0.65, 0.25), (0.9, 0.7)] {
            assert!((table.share(t) - share).abs() < 1e-15);
        }
    }
}
