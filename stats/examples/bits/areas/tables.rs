//! Tables of counts and exact tests.

use edgewise_stats::compare::{
    BarnardStatistic, ChiSquareOptions, ChiSquareStatistic, OddsRatioMethod, Table, WinnerOptions,
    barnard_test, binomial_test, boschloo_test, chi_square, cohens_h, conditional_odds_ratio, find_winner,
    fisher_test, odds_ratio,
};

use super::{
    Done,
    data::{ALTERNATIVES, DIRECTIONS, alphas, fraction, rates},
};
use crate::digest::Digest;

pub(crate) fn tables(digest: &mut Digest) -> Done {
    use ChiSquareStatistic as Statistic;
    let statistics = [
        Statistic::Pearson,
        Statistic::LikelihoodRatio,
        Statistic::CressieRead,
        Statistic::FreemanTukey,
        Statistic::Neyman,
        Statistic::ModifiedLikelihoodRatio,
    ];
    let given = [
        vec![vec![12, 5], vec![7, 19]],
        vec![vec![100, 230, 40], vec![90, 260, 55], vec![3, 1, 0]],
        vec![vec![1_000_000_000, 2_000_000_000], vec![1_000_050_000, 2_000_000_000]],
    ];
    for rows in given {
        let table = Table::new(rows)?;
        for statistic in statistics {
            for yates in [false, true] {
                digest.fold(&chi_square(&table, ChiSquareOptions { statistic, yates }))?;
            }
        }
    }
    for [control, treatment] in rates()? {
        for alpha in alphas()? {
            for direction in DIRECTIONS {
                let options = WinnerOptions { alpha, direction, minimum_units: 10 };
                digest.fold(&find_winner(&[control, treatment, control], &options))?;
            }
            for alternative in ALTERNATIVES {
                for method in [
                    OddsRatioMethod::MiettinenNurminen,
                    OddsRatioMethod::Score,
                    OddsRatioMethod::Log,
                    OddsRatioMethod::LogAdjusted,
                ] {
                    digest.fold(&odds_ratio(&control, &treatment, method, alpha, alternative))?;
                }
                digest.fold(&cohens_h(&control, &treatment, alpha, alternative))?;
            }
        }
    }
    Ok(())
}

pub(crate) fn exact(digest: &mut Digest) -> Done {
    for [control, treatment] in rates()? {
        for alternative in ALTERNATIVES {
            for null in [0.09, 0.5] {
                digest.fold(&binomial_test(&treatment, fraction(null)?, alternative))?;
            }
            if control.n() > 10_000 {
                continue;
            }
            digest.fold(&fisher_test(&control, &treatment, alternative))?;
            digest.fold(&conditional_odds_ratio(&control, &treatment, alphas()?[0], alternative))?;
            if control.n() < 100 {
                digest.fold(&boschloo_test(&control, &treatment, alternative))?;
                for statistic in [BarnardStatistic::Pooled, BarnardStatistic::Unpooled] {
                    digest.fold(&barnard_test(&control, &treatment, statistic, alternative))?;
                }
            }
        }
    }
    Ok(())
}
