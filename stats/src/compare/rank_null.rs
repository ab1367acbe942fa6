//! The exact distribution of a rank sum when every division of the units into the two variants is equally likely.

use super::pair::Tie;
use crate::{Absent, Estimate};

/// The largest work in additions: about a third of a second.
const MOST_WORK: u128 = 400_000_000;

/// P(U ≤ u) and P(U ≥ u) of the treatment's U, given the units' values, ties included.
#[derive(Clone, Debug)]
pub(super) struct RankSum {
    /// P(U of the smaller variant = 0, 1, 2, …), or of 0, 1/2, 1, … if there are two halves.
    probabilities: Vec<f64>,
    halves: usize,
    /// Whether the smaller variant is the treatment.
    of_treatment: bool,
}

impl RankSum {
    /// The distribution given the ties of both samples.
    ///
    /// Unit by unit, the number of units chosen and their rank sum so far: the shift algorithm of Streitberg & Röhmel
    /// (1986), "Exact distributions for permutations and rank tests", Statistical Software Newsletter 12(1), with
    /// probabilities in the place of counts, so that nothing overflows and nothing cancels. Without ties it is the
    /// distribution of Mann & Whitney (1947).
    ///
    /// # Errors
    ///
    /// [`Absent::TooManyValues`] beyond about 100 units of each variant (or 8 of one and 1,250 of the other).
    pub(super) fn new(ties: &[Tie]) -> Estimate<Self> {
        let control: u128 = ties.iter().map(|tie| u128::from(tie.control)).sum();
        let treatment: u128 = ties.iter().map(|tie| u128::from(tie.treatment)).sum();
        let (chosen, all) = (control.min(treatment), control + treatment);
        if chosen == 0 {
            return Err(Absent::NoUnits);
        }
        let work = [chosen, all, chosen, all, 2].into_iter().try_fold(1_u128, u128::checked_mul);
        if work.is_none_or(|work| work > MOST_WORK) {
            return Err(Absent::TooManyValues);
        }
        let size = |n: u128| usize::try_from(n).map_err(|_| Absent::TooManyValues);
        let (m, n) = (size(chosen)?, size(all)?);
        // Ranks in halves where a midrank needs them, else whole.
        let halves = if ties.iter().any(|tie| (tie.control + tie.treatment) % 2 == 0) { 2 } else { 1 };
        let mut sums = vec![vec![0.0; halves * m * n + 1]; m + 1];
        sums[0][0] = 1.0;
        let mut before = 0;
        for tie in ties {
            let size_of_tie = size(u128::from(tie.control) + u128::from(tie.treatment))?;
            let rank = halves * (2 * before + size_of_tie + 1) / 2;
            for unit in before..before + size_of_tie {
                // This unit is chosen with probability (still to choose) / (units left).
                for k in (0..=m.min(unit)).rev() {
                    let choose = fraction(m - k, n - unit);
                    // k units have at least the first k ranks, and none above this one.
                    for sum in halves * k * (k + 1) / 2..=k * rank {
                        let here = sums[k][sum];
                        if here > 0.0 {
                            if k < m {
                                sums[k + 1][sum + rank] += here * choose;
                            }
                            sums[k][sum] = here * (1.0 - choose);
                        }
                    }
                }
            }
            before += size_of_tie;
        }
        // U is the rank sum less its least value.
        let least = halves * m * (m + 1) / 2;
        let most = halves * m * (n - m);
        let probabilities = sums[m][least..=least + most].to_vec();
        Ok(Self { probabilities, halves, of_treatment: treatment <= control })
    }

    /// The distribution without ties.
    pub(super) fn without_ties(control: u64, treatment: u64) -> Estimate<Self> {
        let all = control.saturating_add(treatment);
        // A single unit of one variant among as many others is beyond the largest work.
        if u128::from(all) * u128::from(all) > MOST_WORK {
            return Err(Absent::TooManyValues);
        }
        let ties =
            (0..all).map(|i| Tie { control: u64::from(i < control), treatment: u64::from(i >= control) });
        Self::new(&ties.collect::<Vec<_>>())
    }

    /// (P(U ≤ u), P(U ≥ u)) of twice the treatment's U.
    pub(super) fn tails(&self, double_u: u128) -> (f64, f64) {
        let most = self.probabilities.len() - 1;
        let u = usize::try_from(double_u).map_or(most, |double_u| most.min(double_u * self.halves / 2));
        let own = if self.of_treatment { u } else { most - u };
        // From the small end, so that small terms are added first.
        let below: f64 = self.probabilities[..=own].iter().sum();
        let above: f64 = self.probabilities[own..].iter().rev().sum();
        let (below, above) = (below.min(1.0), above.min(1.0));
        if self.of_treatment { (below, above) } else { (above, below) }
    }

    /// The smallest u with P(U ≤ u) ≥ `tail`, of a distribution without ties.
    pub(super) fn quantile(&self, tail: f64) -> u64 {
        let mut sum = 0.0;
        let mut last = 0;
        for (u, probability) in (0..).zip(&self.probabilities) {
            sum += probability;
            last = u;
            if sum >= tail {
                break;
            }
        }
        last
    }
}

#[expect(clippy::cast_precision_loss, reason = "both are far below 2^53")]
fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "a test of few units")]
mod tests {
    use super::{RankSum, Tie};

    #[test]
    fn is_the_share_of_all_divisions() {
        // Midranks of 1, 2, 2, 3, 3, 3: choose two of six.
        let groups = [(1, 0), (1, 1), (0, 3)];
        let ties = groups.map(|(treatment, control)| Tie { control, treatment });
        let ranks = [1.0, 2.5, 2.5, 5.0, 5.0, 5.0_f64];
        let mut sums = Vec::new();
        for i in 0..6 {
            for j in 0..i {
                sums.push(ranks[i] + ranks[j] - 3.0);
            }
        }
        let exact = RankSum::new(&ties).unwrap();
        for double_u in 0..=16_u32 {
            let u = f64::from(double_u) / 2.0;
            let share = |count: usize| count as f64 / sums.len() as f64;
            let below = share(sums.iter().filter(|sum| **sum <= u).count());
            let above = share(sums.iter().filter(|sum| **sum >= u).count());
            let (p, q) = exact.tails(u128::from(double_u));
            assert!((p - below).abs() < 1e-14 && (q - above).abs() < 1e-14, "{double_u}: {p} {q}");
        }
    }
}
