//! Designs with looks, and results that may be looked at at any time.

use edgewise_stats::{
    Alpha, Alternative, EstimatedEffect, Positive,
    sequential::{
        anytime::{
            AnytimeOptions, AsymptoticOptions, MixingVariance, MsprtOptions, RunningIntersection,
            SequentialP, Tuning, asymptotic,
            bound::{
                BetaBinomial, EmpiricalBernstein, GammaExponential, GammaPoisson, NormalMixture,
                PolynomialStitching, Sides, bernoulli, best_rho,
            },
            compare_means_anytime, compare_rates_anytime, half_width, msprt, tuned_rho,
        },
        group::{
            Boundaries, Delta, Design, DriftPrior, Futility, Gamma, Looks, Shape, Spending, SpendingLedger,
            SpendingTable, boundaries,
        },
    },
};

use super::{
    Done,
    data::{ALTERNATIVES, Made, alphas, count, fraction, means, positive, rates, values},
};
use crate::digest::Digest;

fn spendings() -> Made<Vec<Spending>> {
    Ok(vec![
        Spending::OBrienFlemingType,
        Spending::PocockType,
        Spending::HwangShihDeCani(Gamma::new(-4.0)?),
        Spending::KimDeMets(positive(2.5)?),
        Spending::Custom(SpendingTable::new(vec![(0.3, 0.1), (0.6, 0.5), (1.0, 1.0)])?),
    ])
}

pub(crate) fn group(digest: &mut Digest) -> Done {
    let mut shapes = vec![
        Shape::OBrienFleming,
        Shape::Pocock,
        Shape::WangTsiatis(Delta::new(0.25)?),
        Shape::HaybittlePeto(positive(3.0)?),
    ];
    shapes.extend(spendings()?.into_iter().map(Shape::Spending));
    for shape in &shapes {
        for alpha in [Alpha::default(), Alpha::new(1e-6)?] {
            for alternative in [Alternative::TwoSided, Alternative::Less] {
                let design = Design::new(shape.clone(), alpha, alternative);
                for looks in [Looks::equal(1)?, Looks::equal(4)?, Looks::new(vec![0.1, 0.35, 0.8])?] {
                    let solved = boundaries(&design, &looks);
                    digest.fold(&solved)?;
                    if let (Ok(solved), true) = (&solved, alpha == Alpha::default() && looks.last() < 1.0) {
                        characteristics(digest, solved)?;
                    }
                }
            }
        }
    }
    for binding in [false, true] {
        for spending in spendings()? {
            let futility = Futility { spending, power: fraction(0.9)?, binding };
            let design =
                Design::new(Shape::Spending(Spending::PocockType), Alpha::new(0.025)?, Alternative::Greater);
            let solved = boundaries(&design.with_futility(futility)?, &Looks::equal(4)?);
            digest.fold(&solved)?;
            if let Ok(solved) = &solved {
                characteristics(digest, solved)?;
            }
        }
    }
    for spending in spendings()? {
        let mut ledger = SpendingLedger::new(spending.clone(), Alpha::default(), Alternative::TwoSided);
        digest.fold(&(
            ledger.look(0.13)?,
            ledger.preview(0.3)?,
            ledger.look(0.42)?,
            ledger.look_last(1.07)?,
        ))?;
        digest.fold(&ledger.boundaries())?;
        for t in [0.01, 0.5, 0.999] {
            digest.fold(&spending.spent(Alpha::new(1e-9)?, t))?;
        }
    }
    let long =
        Design::new(Shape::Spending(Spending::OBrienFlemingType), Alpha::default(), Alternative::TwoSided);
    digest.fold(&boundaries(&long, &Looks::equal(40)?))?;
    digest
        .fold(&Boundaries::given(&Looks::equal(5)?, &[1.96; 5], Alternative::TwoSided)?.type_one_error())?;
    Ok(())
}

/// What a design does, and its results at each look.
fn characteristics(digest: &mut Digest, design: &Boundaries) -> Done {
    let power = fraction(0.8)?;
    digest.fold(&(
        design.under(0.0),
        design.under(-2.7),
        design.type_one_error(),
        design.drift_for(power),
    ))?;
    digest.fold(&(design.inflation_factor(power), design.information_for(positive(0.2)?, power)))?;
    for look in [1, design.looks().len()] {
        for estimate in [-0.11, 0.31] {
            let error = positive(0.1)?;
            digest.fold(&design.after_stopping(look, estimate, error, Alpha::default()))?;
            digest.fold(&design.repeated(look, estimate, error))?;
            digest.fold(&design.conditional_power(look, estimate / 0.1, 2.8))?;
            digest.fold(&design.predictive_power(look, estimate / 0.1, DriftPrior::flat()))?;
        }
        digest.fold(&design.bias_adjusted(look, 0.33, positive(0.1)?))?;
    }
    Ok(())
}

pub(crate) fn anytime(digest: &mut Digest) -> Done {
    let (mut smallest, mut intersection) = (SequentialP::default(), RunningIntersection::default());
    for alpha in alphas()? {
        for alternative in ALTERNATIVES {
            for tuning in [Tuning::Units(count(5_000)?), Tuning::Rho(positive(0.01)?)] {
                let options = AnytimeOptions { alpha, alternative, tuning, ..AnytimeOptions::default() };
                for [control, treatment] in means()? {
                    digest.fold(&compare_means_anytime(&control, &treatment, &options))?;
                }
                for [control, treatment] in rates()? {
                    digest.fold(&compare_rates_anytime(&control, &treatment, &options))?;
                }
                let options = AsymptoticOptions { alpha, alternative, tuning };
                digest.fold(&half_width(positive(2.0)?, count(777)?, &options))?;
                for (estimate, error, n) in [(0.1, 0.04, 900), (-3.0, 0.02, 100_000), (0.0, 1.0, 2)] {
                    let found = asymptotic(EstimatedEffect::new(estimate, error)?, count(n)?, &options);
                    digest.fold(&found)?;
                    if let Ok(found) = found {
                        smallest.update(found.ln_p);
                        intersection.update(&found.interval);
                        digest.fold(&(smallest.p(), smallest.ln_p(), intersection.interval()))?;
                    }
                }
            }
            digest.fold(&tuned_rho(count(10_000)?, alpha, alternative))?;
            for mixing in [
                MixingVariance::new(positive(0.01)?),
                MixingVariance::for_effect(positive(0.3)?, alpha)?,
                MixingVariance::for_horizon(positive(0.02)?, alpha)?,
            ] {
                for (estimate, error) in [(0.1, 0.04), (-30.0, 0.2), (1e-9, 1.0)] {
                    digest.fold(&msprt(
                        EstimatedEffect::new(estimate, error)?,
                        &MsprtOptions { mixing, alpha, alternative },
                    ))?;
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn bounds(digest: &mut Digest) -> Done {
    let (one, c) = (positive(1.0)?, positive(0.3)?);
    for alpha in alphas()? {
        for sides in [Sides::One, Sides::Two] {
            let normal = NormalMixture::tuned(positive(100.0)?, alpha, sides)?;
            let binomial = BetaBinomial::tuned(positive(50.0)?, alpha, c, one, sides)?;
            digest.fold(&best_rho(positive(30.0)?, alpha, sides))?;
            for v in [0.5, 20.0, 1e4, 1e9].into_iter().map(Positive::new) {
                let v = v?;
                digest.fold(&(
                    normal.bound(v, alpha),
                    normal.ln_e(3.0, v),
                    binomial.bound(v, alpha),
                    binomial.ln_e(0.7, v),
                ))?;
            }
        }
        let exponential = GammaExponential::tuned(positive(100.0)?, alpha, c)?;
        let poisson = GammaPoisson::tuned(positive(100.0)?, alpha, c)?;
        let stitched =
            [PolynomialStitching::standard(one, 0.5)?, PolynomialStitching::new(one, 0.0, 1.4, 2.0)?];
        for v in [0.5, 20.0, 1e4, 1e9].into_iter().map(Positive::new) {
            let v = v?;
            digest.fold(&(
                exponential.bound(v, alpha),
                exponential.ln_e(5.0, v),
                poisson.bound(v, alpha),
                poisson.ln_e(5.0, v),
            ))?;
            digest.fold(&(stitched[0].bound(v, alpha), stitched[1].bound(v, alpha)))?;
        }
        for [control, _] in rates()? {
            digest.fold(&bernoulli(&control, alpha, positive(1_000.0)?, Alpha::default()))?;
        }
        let mut bounded = EmpiricalBernstein::new(0.0, 4_096.0)?;
        for value in values(101, 200, 0.0) {
            bounded.push(value)?;
            digest.fold(&bounded.interval(alpha, positive(10.0)?))?;
        }
    }
    Ok(())
}
