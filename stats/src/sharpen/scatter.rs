//! Means and sums of products of an arm, as they are or linearised by the delta method.

use crate::{Absent, Estimate, JointMoments, Moments, estimate::finite, moments::count};

/// Of n units: the means of the metric (place 0) and the covariates, and the sums of products of their deviations.
#[derive(Clone, Debug)]
pub(super) struct Scatter {
    n: u64,
    means: Vec<f64>,
    products: Vec<f64>,
}

impl Scatter {
    /// The joint moments as they are.
    pub(super) fn new(moments: &JointMoments) -> Estimate<Self> {
        if moments.n() == 0 {
            return Err(Absent::NoUnits);
        }
        let width = moments.width();
        if width == 0 {
            return Err(Absent::NoSuchNumber);
        }
        let means = (0..width).map(|i| moments.mean(i)).collect::<Estimate<_>>()?;
        in_range(moments)?;
        let products = (0..width * width)
            .map(|at| finite(moments.product(at / width, at % width)))
            .collect::<Estimate<_>>()?;
        Ok(Self { n: moments.n(), means, products })
    }

    /// One number per unit.
    pub(super) fn of_metric(moments: &Moments) -> Estimate<Self> {
        Ok(Self {
            n: moments.n(),
            means: vec![moments.mean()?],
            products: vec![moments.squared_deviations()?],
        })
    }

    /// Pairs of numerator and denominator as one number each: the ratio of their means, with the deviations
    /// (xᵢ − r·dᵢ) / d̄ that have the ratio's variance to first order.
    pub(super) fn of_ratios(moments: &JointMoments) -> Estimate<Self> {
        if moments.n() == 0 {
            return Err(Absent::NoUnits);
        }
        let means: Vec<f64> = (0..moments.width()).map(|i| moments.mean(i)).collect::<Estimate<_>>()?;
        Self::of_ratios_about(moments, &means)
    }

    /// The same about ratios r and denominators d̄ of these means, which may be those of more strata: the numbers
    /// r + (xᵢ − r·dᵢ) / d̄, whose mean is r over all strata together.
    pub(super) fn of_ratios_about(moments: &JointMoments, centre: &[f64]) -> Estimate<Self> {
        if moments.n() == 0 {
            return Err(Absent::NoUnits);
        }
        let pairs = moments.width() / 2;
        if pairs == 0 || moments.width() % 2 == 1 || centre.len() != moments.width() {
            return Err(Absent::NoSuchNumber);
        }
        in_range(moments)?;
        let mut means = Vec::with_capacity(pairs);
        let mut gradients = Vec::with_capacity(pairs);
        for pair in 0..pairs {
            let (above, below) = (centre[2 * pair], centre[2 * pair + 1]);
            if below <= 0.0 {
                return Err(Absent::NoDenominator);
            }
            let ratio = finite(above / below)?;
            let (own_above, own_below) = (moments.mean(2 * pair)?, moments.mean(2 * pair + 1)?);
            // The stratum's own share of the deviation; in a single one it is 0.
            let apart = if (own_above, own_below) == (above, below) {
                0.0
            } else {
                own_above / below - ratio * (own_below / below)
            };
            means.push(finite(ratio + apart)?);
            gradients.push([1.0 / below, -ratio / below]);
        }
        let mut products = Vec::with_capacity(pairs * pairs);
        for i in 0..pairs {
            for j in 0..pairs {
                let (mut sum, mut size) = (0.0, 0.0);
                for (a, slope) in gradients[i].iter().enumerate() {
                    for (b, other) in gradients[j].iter().enumerate() {
                        let term = slope * moments.product(2 * i + a, 2 * j + b) * other;
                        sum += term;
                        size += term.abs();
                    }
                }
                // What is left of numbers that cancel is their rounding, and no variance.
                let rest = if i == j && sum <= 16.0 * f64::EPSILON * size { 0.0 } else { sum };
                products.push(finite(rest)?);
            }
        }
        Ok(Self { n: moments.n(), means, products })
    }

    /// The metric alone.
    pub(super) fn metric(&self) -> Self {
        Self { n: self.n, means: self.means[..1].to_vec(), products: self.products[..1].to_vec() }
    }

    /// The number of units.
    pub(super) fn n(&self) -> u64 {
        self.n
    }

    /// The number of units as a float.
    pub(super) fn units(&self) -> f64 {
        count(self.n)
    }

    /// The number of covariates.
    pub(super) fn covariates(&self) -> usize {
        self.means.len() - 1
    }

    /// The mean of the number at place `i`; the metric has place 0.
    pub(super) fn mean(&self, i: usize) -> f64 {
        self.means[i]
    }

    /// Σ(xᵢ − x̄ᵢ)(xⱼ − x̄ⱼ).
    pub(super) fn product(&self, i: usize, j: usize) -> f64 {
        self.products[i * self.means.len() + j]
    }

    /// All products, row by row.
    pub(super) fn products(&self) -> &[f64] {
        &self.products
    }

    /// Σ(yᵢ − ȳ − slopes·(xᵢ − x̄))²; rounding never makes it negative.
    pub(super) fn residual(&self, slopes: &[f64]) -> f64 {
        let mut sum = self.product(0, 0);
        for (i, slope) in slopes.iter().enumerate() {
            sum -= 2.0 * slope * self.product(0, i + 1);
        }
        (sum + self.explained(slopes)).max(0.0)
    }

    /// Σ(weights·(xᵢ − x̄))² over the covariates.
    pub(super) fn explained(&self, weights: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (i, a) in weights.iter().enumerate() {
            for (j, b) in weights.iter().enumerate() {
                sum += a * self.product(i + 1, j + 1) * b;
            }
        }
        sum.max(0.0)
    }

    /// Σ(yᵢ − ȳ − slopes·(xᵢ − x̄))(yᵢ − ȳ).
    pub(super) fn residual_with_metric(&self, slopes: &[f64]) -> f64 {
        slopes
            .iter()
            .enumerate()
            .fold(self.product(0, 0), |sum, (i, slope)| sum - slope * self.product(0, i + 1))
    }

    /// The differences of the covariates' means, `other` − own.
    pub(super) fn apart(&self, other: &Self) -> Vec<f64> {
        self.means.iter().zip(&other.means).skip(1).map(|(own, other)| other - own).collect()
    }
}

/// Refuses variances that are not 0 but that no 64-bit number holds: they would pass for 0.
fn in_range(moments: &JointMoments) -> Estimate<()> {
    let lost = |i: usize| moments.covariance(i, i) == Err(Absent::OutOfRange);
    if (0..moments.width()).any(lost) { Err(Absent::OutOfRange) } else { Ok(()) }
}

/// Σ aᵢ·bᵢ.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
