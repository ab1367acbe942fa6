//! The Dirichlet-multinomial mixture of counts against their null shares.

use super::stirling;

/// ln Λ of counts (each with its null share; the shares add up to 1), mixed over a Dirichlet prior that is worth
/// `strength` > 0 units in the null shares themselves.
///
/// ```text
/// ln Λ = ln B(α + n) − ln B(α) − Σ n_i·ln θ_i      α = strength·θ,  ln B(a) = Σ ln Γ(a_i) − ln Γ(Σ a_i)
/// ```
///
/// Summed up in terms that do not cancel where the counts are large: with A = strength + n, A_i = α_i + n_i, e_i = A·θ_i
/// and δ the error of Stirling's formula
///
/// ```text
/// ln Λ = Σ e_i·( (1 + ε_i)·ln(1 + ε_i) − ε_i ) + ½·ln(A/strength) − ½·Σ ln(A_i/α_i)
///        + Σ ( δ(A_i) − δ(α_i) ) − δ(A) + δ(strength)            ε_i = (n_i − n·θ_i) / e_i
/// ```
pub(crate) fn ln_mixture(counts: &[(f64, f64)], strength: f64) -> f64 {
    let n: f64 = counts.iter().map(|(count, _)| count).sum();
    let all = strength + n;
    let mut sum =
        0.5 * (libm::log(all) - libm::log(strength)) - stirling::error(all) + stirling::error(strength);
    for &(count, share) in counts {
        let prior = strength * share;
        let (posterior, expected) = (prior + count, all * share);
        sum += expected * stirling::divergence((count - n * share) / expected);
        sum -= 0.5 * (libm::log(posterior) - libm::log(prior));
        sum += stirling::error(posterior) - stirling::error(prior);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::ln_mixture;

    #[test]
    fn small_counts_by_hand_and_large_ones_by_mpmath() {
        // One unit: Λ is 1, because the prior's mean is the null share. Two units of the first of two even arms under a
        // prior of 2 units: ½·⅔ / ¼ = 4/3.
        assert!(ln_mixture(&[(1.0, 0.3), (0.0, 0.7)], 5.0).abs() < 1e-14);
        assert!((ln_mixture(&[(2.0, 0.5), (0.0, 0.5)], 2.0) - libm::log(4.0 / 3.0)).abs() < 1e-14);
        // mpmath 1.4.1, 50 digits: 50,000 and 51,000 under an even split, strength 100.
        let far = ln_mixture(&[(50_000.0, 0.5), (51_000.0, 0.5)], 100.0);
        assert!((far / 1.483_882_888_860_532 - 1.0).abs() < 1e-12, "{far}");
    }
}
