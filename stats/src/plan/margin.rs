//! Units for showing that a treatment is not worse, or not different, by more than a margin.

use super::{Baseline, Design, Effect, SampleSize};
use crate::{Absent, Alternative, Direction, Estimate, Fraction, distribution::normal};

/// The units, all variants together, with which a treatment that truly differs by `truth` (`None`: not at all) is shown
/// to be worse by less than the margin.
///
/// ```text
/// N = ( z(1 − α₁) + z(power) )² · ( r²·v_c/s_c + v_t/s_t ) / ( margin + gain )²
/// ```
///
/// α₁ is half the level of a two-sided design (the lower end of its interval is what must clear the margin), the level
/// itself of a one-sided one; s are the variants' shares; gain is the true difference in the metric's better direction. A
/// relative margin m tests the treatment against r = 1 ∓ m times the control, whose variance then counts r² times; of an
/// absolute one r = 1. Margins are given by their size, their sign does not matter. The inflation multiplies N.
///
/// Source: Chow, Shao, Wang & Lokhnygina (2018), "Sample Size Calculations in Clinical Research", 3.2.2 (means), 4.2.2
/// (proportions), with each variant's own variance.
///
/// # Errors
///
/// [`Absent::Unreachable`] if the true difference is a harm as large as the margin, the metric cannot have the
/// treatment's value, or more than 10¹⁸ units would be needed.
///
/// ```
/// use edgewise_stats::{Direction, Fraction, Positive, plan::{Baseline, Design, Effect, non_inferiority}};
///
/// // Margin 0.1, standard deviation 1, one-sided 2.5 %, power 90 %: 2,101.48 in each variant.
/// let baseline = Baseline::mean(0.0, Positive::new(1.0)?)?;
/// let (margin, power) = (Effect::absolute(0.1)?, Fraction::new(0.9)?);
/// let size = non_inferiority(&baseline, margin, None, power, Direction::HigherIsBetter, &Design::default())?;
/// assert!((size.exact() / 2.0 - 2_101.484_612_288).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn non_inferiority(
    baseline: &Baseline,
    margin: Effect,
    truth: Option<Effect>,
    power: Fraction,
    direction: Direction,
    design: &Design,
) -> Estimate<SampleSize> {
    let truth = truth.map_or(0.0, |truth| truth.difference(baseline.value()));
    let room = margin.difference(baseline.value()).abs() + direction.gain(truth);
    let factor = if margin.is_relative() { 1.0 - direction.gain(margin.size().abs()) } else { 1.0 };
    let beyond = critical(one_sided(design))? + critical(1.0 - power.get())?;
    units(baseline, truth, factor, room, beyond, design)
}

/// The units, all variants together, with which a treatment that truly does not differ is shown to differ by less than
/// the margin either way (two one-sided tests).
///
/// ```text
/// N = ( z(1 − α) + z((1 + power) / 2) )² · ( v/s_c + v/s_t ) / margin²
/// ```
///
/// α is the design's level, of each of the two one-sided tests. The inflation multiplies N.
///
/// Source: Chow, Shao, Wang & Lokhnygina (2018), "Sample Size Calculations in Clinical Research", 3.2.3.
///
/// # Errors
///
/// [`Absent::Unreachable`] if more than 10¹⁸ units would be needed; [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Fraction, Positive, plan::{Baseline, Design, Effect, equivalence}};
///
/// // Chow et al., 3.2.4: margin 0.05, standard deviation 0.1, truth 0, 80 %: (1.645 + 1.282)² · 2 · 0.01 / 0.0025 = 68.5
/// let baseline = Baseline::mean(1.0, Positive::new(0.1)?)?;
/// let size = equivalence(&baseline, Effect::absolute(0.05)?, Fraction::new(0.8)?, &Design::default())?;
/// assert_eq!(size.units(), &[69, 69]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn equivalence(
    baseline: &Baseline,
    margin: Effect,
    power: Fraction,
    design: &Design,
) -> Estimate<SampleSize> {
    let room = margin.difference(baseline.value()).abs();
    let beyond = critical(design.level())? + critical(0.5 * (1.0 - power.get()))?;
    units(baseline, 0.0, 1.0, room, beyond, design)
}

fn units(
    baseline: &Baseline,
    truth: f64,
    factor: f64,
    room: f64,
    beyond: f64,
    design: &Design,
) -> Estimate<SampleSize> {
    let at = |value| baseline.variance_at(value).ok_or(Absent::Unreachable);
    let (control, treatment) = (at(baseline.value())?, at(baseline.value() + truth)?);
    // A power below the level needs no units, and a room of nothing no number of them.
    if room.is_nan() || room <= 0.0 {
        return Err(Absent::Unreachable);
    }
    let (control_share, treatment_share) = design.allocation.pair();
    let variance = factor * factor * control / control_share + treatment / treatment_share;
    let errors = beyond.max(0.0) / room;
    SampleSize::new(errors * errors * variance * design.inflation.get(), design)
}

/// The level of the one-sided test that the design's interval makes.
fn one_sided(design: &Design) -> f64 {
    if design.alternative == Alternative::TwoSided { 0.5 * design.level() } else { design.level() }
}

fn critical(tail: f64) -> Estimate<f64> {
    normal::isf(tail).ok_or(Absent::OutOfRange)
}
