//! Rates on the scale where their variance does not depend on them.

use crate::Fraction;

/// Cohen's h, the difference of two rates to plan for on the arcsine scale; positive where the treatment's is larger.
///
/// ```text
/// h = 2·asin √p_t − 2·asin √p_c
/// ```
///
/// In (−π, π); 0.2, 0.5 and 0.8 are called small, medium and large. That of two measured rates, with its interval, is
/// [`compare::cohens_h`](crate::compare::cohens_h). Source: Cohen (1988), "Statistical Power Analysis for the Behavioral
/// Sciences", 6.2.
///
/// ```
/// use edgewise_stats::{Fraction, plan::cohens_h};
///
/// // statsmodels: proportion_effectsize(0.55, 0.5) = 0.1001674212
/// let h = cohens_h(Fraction::new(0.5)?, Fraction::new(0.55)?);
/// assert!((h - 0.100_167_421_2).abs() < 1e-10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cohens_h(control: Fraction, treatment: Fraction) -> f64 {
    angle(treatment.get()) - angle(control.get())
}

/// 2·asin √p.
pub(super) fn angle(rate: f64) -> f64 {
    2.0 * libm::asin(rate.sqrt())
}
