//! Floats as the decimals that they were meant to be.

use crate::decimal::Decimal;

/// Below this, no two decimals of six places are the same float, so that one which is this float is its shortest
/// spelling. Origin: floats below 2³² are at most 2⁻²⁰ < 10⁻⁶ apart.
const TOLD_APART: f64 = 4_294_967_296.0;

/// The float's shortest spelling in millionths, rounded half to even; none where it is not finite, or too large.
pub(super) fn millionths(float: f64) -> Option<i64> {
    let scaled = float * 1e6;
    if float.abs() < TOLD_APART {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 2^52; what is cut off is checked")]
        let rounded = (scaled + 0.5_f64.copysign(scaled)) as i64;
        #[expect(clippy::cast_precision_loss, reason = "it is below 2^52")]
        let float_of = rounded as f64 / 1e6;
        if float_of.to_bits() == float.to_bits() {
            return Some(rounded);
        }
    }
    if !float.is_finite() {
        return None;
    }
    Decimal::from_json(&format!("{float:e}")).ok().map(Decimal::millionths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the reading of the shortest spelling.
        #[test]
        fn floats_become_their_shortest_spelling(digits in -10_i64.pow(15)..10_i64.pow(15), places in 0_i32..12) {
            #[allow(clippy::cast_precision_loss, reason = "any float will do")]
            let float = digits as f64 / 10_f64.powi(places);
            let spelled = Decimal::from_json(&format!("{float:e}")).ok().map(Decimal::millionths);
            prop_assert_eq!(millionths(float), spelled);
        }
    }

    #[test]
    fn what_no_column_holds_is_none() {
        for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e12, f64::MAX] {
            assert_eq!(millionths(float), None, "{float}");
        }
        assert_eq!(millionths(-0.0), Some(0));
    }
}
