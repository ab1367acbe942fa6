//! Buckets are uniform and draws independent: chi-square tests over 100,000 units with consecutive ids, the worst
//! kind for a weak hash.
//!
//! Everything is fixed, so a test passes always or never: a good hash had one chance in a thousand to fail each when
//! it was written. Quantiles: scipy 1.17.1, `scipy.stats.chi2.ppf(0.999, df)`.

use edgewise_core::{BUCKETS, Bucket, Key};

const UNITS: u32 = 100_000;
const SEED: u64 = 0x9f86_d081_884c_7d65;
/// The 0.999 quantile of chi-square with 99 degrees of freedom.
const CRITICAL_99: f64 = 148.230;
/// The same with 81 degrees of freedom: a 10 by 10 table.
const CRITICAL_81: f64 = 126.083;

#[test]
fn both_draws_are_uniform() {
    for salt in ["experiment:checkout@1", "experiment:checkout@2", "flag:checkout"] {
        let key = Key::derive(SEED, salt);
        for draw in [|key: Key, id: &str| key.hash(id.as_bytes()).entry(), variant] {
            let mut counts = [0; 100];
            for id in ids() {
                counts[part(draw(key, &id), 100)] += 1;
            }
            let chi_square = goodness_of_fit(&counts);
            assert!(chi_square < CRITICAL_99, "{salt}: {chi_square}");
        }
    }
}

#[test]
fn entry_and_variant_are_independent() {
    let key = Key::derive(SEED, "experiment:checkout@1");
    let pairs = ids().map(|id| (key.hash(id.as_bytes()).entry(), key.hash(id.as_bytes()).variant()));
    let chi_square = independence(pairs);
    assert!(chi_square < CRITICAL_81, "{chi_square}");
}

#[test]
fn experiments_iterations_and_workspaces_draw_independently() {
    let one = Key::derive(SEED, "experiment:checkout@1");
    let others = [
        Key::derive(SEED, "experiment:checkout@2"),
        Key::derive(SEED, "experiment:checkouu@1"),
        Key::derive(SEED ^ 1, "experiment:checkout@1"),
    ];
    for other in others {
        let chi_square = independence(ids().map(|id| (variant(one, &id), variant(other, &id))));
        assert!(chi_square < CRITICAL_81, "{chi_square}");
    }
}

/// The tests above can fail: the same draw twice is not independent, and a biased one not uniform.
#[test]
fn dependence_and_bias_are_found() {
    let key = Key::derive(SEED, "experiment:checkout@1");
    assert!(independence(ids().map(|id| (variant(key, &id), variant(key, &id)))) > CRITICAL_81);
    let mut counts = [UNITS / 100; 100];
    counts[0] += 400;
    assert!(goodness_of_fit(&counts) > CRITICAL_99);
}

fn ids() -> impl Iterator<Item = String> {
    (0..UNITS).map(|number| format!("u_{number}"))
}

fn variant(key: Key, id: &str) -> Bucket {
    key.hash(id.as_bytes()).variant()
}

fn part(bucket: Bucket, parts: u32) -> usize {
    (bucket.get() / (BUCKETS / parts)) as usize
}

fn goodness_of_fit(counts: &[u32]) -> f64 {
    let total: u32 = counts.iter().sum();
    let expected = f64::from(total) / counts.len() as f64;
    counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
}

/// Pearson's chi-square of a 10 by 10 table.
fn independence(pairs: impl Iterator<Item = (Bucket, Bucket)>) -> f64 {
    let mut table = [[0_u32; 10]; 10];
    for (row, column) in pairs {
        table[part(row, 10)][part(column, 10)] += 1;
    }
    let rows = table.map(|row| f64::from(row.iter().sum::<u32>()));
    let columns: Vec<f64> =
        (0..10).map(|at| f64::from(table.iter().map(|row| row[at]).sum::<u32>())).collect();
    let total: f64 = rows.iter().sum();
    let mut chi_square = 0.0;
    for (row, row_total) in table.iter().zip(rows) {
        for (count, column_total) in row.iter().zip(&columns) {
            let expected = row_total * column_total / total;
            chi_square += (f64::from(*count) - expected).powi(2) / expected;
        }
    }
    chi_square
}
