//! From numbers to places, and the round numbers that stand on an axis.

use crate::report::number;

/// A linear scale whose ends are round numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    step: f64,
    /// Where `from` and `to` are drawn.
    places: (f64, f64),
}

impl Scale {
    /// A scale over the given numbers with about so many steps, its ends rounded outwards to whole steps.
    pub(super) fn round(low: f64, high: f64, steps: f64, places: (f64, f64)) -> Self {
        let (low, high) = spread(low, high);
        let step = round_step((high - low) / steps);
        Self { from: (low / step).floor() * step, to: (high / step).ceil() * step, step, places }
    }

    /// A scale between exactly these ends.
    pub(super) fn exact(low: f64, high: f64, steps: f64, places: (f64, f64)) -> Self {
        let (from, to) = spread(low, high);
        Self { from, to, step: round_step((to - from) / steps), places }
    }

    /// Where a number is drawn; numbers beyond the ends are drawn at them.
    pub(super) fn place(&self, number: f64) -> f64 {
        let share = (number.clamp(self.from, self.to) - self.from) / (self.to - self.from);
        self.places.0 + share * (self.places.1 - self.places.0)
    }

    /// Whether a number lies between the ends.
    pub(super) fn holds(&self, number: f64) -> bool {
        (self.from..=self.to).contains(&number)
    }

    /// The ends.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.from, self.to)
    }

    /// The round numbers between the ends, rising.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let first = (self.from / self.step - 1e-9).ceil();
        let ticks = (0..MOST_TICKS).map(|index| (first + f64::from(index)) * self.step);
        // Minus zero is written as zero.
        ticks.take_while(|tick| *tick <= self.to + self.step * 1e-9).map(|tick| tick + 0.0).collect()
    }

    /// A tick as text, with the places that its step needs.
    pub(super) fn label(&self, tick: f64) -> String {
        let tick = if tick.abs() < self.step * 1e-6 { 0.0 } else { tick };
        let exponent = self.step.log10().floor();
        if !(-6.0..12.0).contains(&exponent) {
            return format!("{tick:.1e}");
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 6")]
        let places = (-exponent).max(0.0) as u8;
        let digits_before = if tick.abs() < 1.0 { 1.0 } else { tick.abs().log10().floor() + 1.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few digits")]
        let digits = digits_before as u8 + places;
        if tick.abs() < 1.0 && tick != 0.0 {
            return format!("{tick:.*}", usize::from(places));
        }
        number::significant(tick, digits)
    }
}

/// No axis has more ticks, whatever the numbers.
const MOST_TICKS: u32 = 12;

/// The ends in order and apart.
fn spread(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = (low.min(high), low.max(high));
    let least = f64::max(low.abs().max(high.abs()) * 1e-6, f64::MIN_POSITIVE * 1e6);
    if high - low > least {
        return (low, high);
    }
    let half = if high == 0.0 && low == 0.0 { 0.5 } else { low.abs().max(high.abs()) * 0.1 };
    (low - half, high + half)
}

/// The next of 1, 2, 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let lead = rough / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| lead <= round * (1.0 + 1e-9)).unwrap_or(10.0);
    round * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_and_cover_the_numbers() {
        let scale = Scale::round(-3.2, 11.7, 5.0, (0.0, 100.0));
        let labels: Vec<String> = scale.ticks().into_iter().map(|tick| scale.label(tick)).collect();
        assert_eq!(labels, ["-5", "0", "5", "10", "15"]);
        let scale = Scale::round(0.0, 0.043, 5.0, (0.0, 100.0));
        let labels: Vec<String> = scale.ticks().into_iter().map(|tick| scale.label(tick)).collect();
        assert_eq!(labels, ["0", "0.01", "0.02", "0.03", "0.04", "0.05"]);
        let scale = Scale::round(0.0, 21_000.0, 5.0, (0.0, 100.0));
        assert_eq!(scale.label(15_000.0), "15,000");
    }

    #[test]
    fn one_number_has_room_around_it() {
        for number in [0.0, 7.0, -1e-12, 1e12] {
            let scale = Scale::round(number, number, 4.0, (10.0, 90.0));
            assert!((10.0..=90.0).contains(&scale.place(number)), "{number}");
            assert!(scale.ticks().len() >= 2, "{number}");
        }
    }

    proptest! {
        #[test]
        fn every_number_between_the_ends_is_drawn_between_their_places(
            low in -1e12_f64..1e12, width in 0.0_f64..1e12, share in 0.0_f64..1.0,
        ) {
            let scale = Scale::round(low, low + width, 5.0, (400.0, 20.0));
            prop_assert!(scale.holds(low) && scale.holds(low + width));
            let place = scale.place(low + width * share);
            prop_assert!((20.0 - 1e-9..=400.0 + 1e-9).contains(&place));
            prop_assert!((2..=12).contains(&scale.ticks().len()), "{:?}", scale.ticks());
        }
    }
}
