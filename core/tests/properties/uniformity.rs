//! Buckets are uniform and draws independent: chi-square tests over 100,000 units with consecutive ids, the worst
//! kind for a weak hash; and, on demand, over ten million and every pair of eleven draws. `README.md` beside this file
//! has the figures of that.
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
    let chi_square = independence(&table(pairs));
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
        let chi_square = independence(&table(ids().map(|id| (variant(one, &id), variant(other, &id)))));
        assert!(chi_square < CRITICAL_81, "{chi_square}");
    }
}

/// The tests above can fail: the same draw twice is not independent, and a biased one not uniform.
#[test]
fn dependence_and_bias_are_found() {
    let key = Key::derive(SEED, "experiment:checkout@1");
    assert!(independence(&table(ids().map(|id| (variant(key, &id), variant(key, &id))))) > CRITICAL_81);
    let mut counts = [UNITS / 100; 100];
    counts[0] += 400;
    assert!(goodness_of_fit(&counts) > CRITICAL_99);
}

/// Who draws what, as `salt` and whether it is the high half: an experiment, its next iteration, another one, another
/// workspace's, layers, a holdout, two factors, a flag.
const DRAWS: [(&str, u64, &str, Half); 11] = [
    ("entry", SEED, "experiment:checkout@1", Half::High),
    ("variant", SEED, "experiment:checkout@1", Half::Low),
    ("next iteration", SEED, "experiment:checkout@2", Half::Low),
    ("another experiment", SEED, "experiment:search@1", Half::Low),
    ("another workspace", SEED ^ 1, "experiment:checkout@1", Half::Low),
    ("layer", SEED, "layer:site", Half::High),
    ("inner layer", SEED, "layer:checkout", Half::High),
    ("holdout", SEED, "holdout:checkout", Half::High),
    ("factor", SEED, "experiment:checkout@1/size", Half::Low),
    ("another factor", SEED, "experiment:checkout@1/tone", Half::Low),
    ("flag", SEED, "flag:checkout", Half::High),
];

#[derive(Clone, Copy)]
enum Half {
    High,
    Low,
}

/// Run: `cargo test --release -p edgewise-core --all-features --test properties -- --ignored --nocapture ten_million`.
#[test]
#[ignore = "takes a minute in a release build, and an hour in a debug build"]
#[allow(clippy::print_stdout, reason = "the figures are what this is run for")]
fn ten_million_units_are_drawn_evenly_and_independently() {
    let consecutive: fn(u32) -> String = |number| format!("u_{number}");
    // A Weyl sequence: every id once, in an order that nothing else here has.
    let scattered: fn(u32) -> String =
        |number| format!("{:08x}-5f5e-4100-8000-{number:012x}", number.wrapping_mul(0x9e37_79b9));
    // What the first ids make look unlikely, these are asked again.
    let later: fn(u32) -> String = |number| format!("u_{}", number + MANY);
    for (kind, id) in [("u_0, u_1, …", consecutive), ("uuids", scattered), ("u_10000000, …", later)] {
        let mut found = statistics(id);
        found.sort_by(|left, right| left.p.total_cmp(&right.p));
        println!("{kind}: {} statistics over {MANY} units, least likely first", found.len());
        for Statistic { name, chi_square, degrees, p } in &found {
            println!("{name}: chi-square {chi_square:.1}, {degrees} degrees of freedom, p {p:.4}");
        }
        // Bonferroni: one chance in a thousand for all together.
        assert!(found[0].p * found.len() as f64 > 1e-3, "{}", found[0].name);
    }
}

const MANY: u32 = 10_000_000;
const FINE: u32 = 1000;
const COARSE: u32 = 20;

struct Statistic {
    name: String,
    chi_square: f64,
    degrees: u32,
    p: f64,
}

/// The evenness of every draw, and the independence of every pair of draws.
fn statistics(id: fn(u32) -> String) -> Vec<Statistic> {
    let keys = DRAWS.map(|(_, seed, salt, half)| (Key::derive(seed, salt), half));
    let mut counts = vec![vec![0_u32; FINE as usize]; DRAWS.len()];
    let pairs: Vec<(usize, usize)> =
        (0..DRAWS.len()).flat_map(|left| (0..left).map(move |right| (right, left))).collect();
    let mut tables = vec![[[0_u32; COARSE as usize]; COARSE as usize]; pairs.len()];
    for number in 0..MANY {
        let id = id(number);
        let buckets = keys.map(|(key, half)| {
            let hash = key.hash(id.as_bytes());
            if matches!(half, Half::High) { hash.entry() } else { hash.variant() }
        });
        for (bucket, counts) in buckets.iter().zip(&mut counts) {
            counts[part(*bucket, FINE)] += 1;
        }
        for ((left, right), table) in pairs.iter().zip(&mut tables) {
            table[part(buckets[*left], COARSE)][part(buckets[*right], COARSE)] += 1;
        }
    }
    let even = DRAWS
        .iter()
        .zip(&counts)
        .map(|((name, ..), counts)| statistic(format!("{name} is even"), goodness_of_fit(counts), FINE - 1));
    let apart = pairs.iter().zip(&tables).map(|((left, right), table)| {
        let name = format!("{} and {}", DRAWS[*left].0, DRAWS[*right].0);
        statistic(name, independence(table), (COARSE - 1) * (COARSE - 1))
    });
    even.chain(apart).collect()
}

fn statistic(name: String, chi_square: f64, degrees: u32) -> Statistic {
    Statistic { name, chi_square, degrees, p: upper_tail(chi_square, degrees) }
}

/// The chance that chi-square is larger. Source: Wilson and Hilferty, "The distribution of chi-square", 1931; with the
/// normal tail of Abramowitz and Stegun, 1964, 7.1.26. Right to three digits at these degrees of freedom.
fn upper_tail(chi_square: f64, degrees: u32) -> f64 {
    let spread = 2.0 / (9.0 * f64::from(degrees));
    let z = ((chi_square / f64::from(degrees)).cbrt() - 1.0 + spread) / spread.sqrt();
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = polynomial.iter().fold(0.0, |sum, coefficient| (sum + coefficient) * t) * (-x * x).exp() / 2.0;
    if z > 0.0 { tail } else { 1.0 - tail }
}

/// Quantiles: scipy 1.17.1, `scipy.stats.chi2.isf(p, df)`.
#[test]
fn the_tail_is_that_of_chi_square() {
    let quantiles = [
        (327.021_228, 361, 0.9),
        (360.333_553, 361, 0.5),
        (406.304_801, 361, 0.05),
        (449.762_732, 361, 0.001),
        (942.161_234, 999, 0.9),
        (998.333_412, 999, 0.5),
        (1_073.642_651, 999, 0.05),
        (1_142.847_984, 999, 0.001),
    ];
    for (chi_square, degrees, p) in quantiles {
        let found = upper_tail(chi_square, degrees);
        assert!((found - p).abs() < 0.02 * p, "{found} instead of {p}");
    }
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

/// Ten parts of each.
fn table(pairs: impl Iterator<Item = (Bucket, Bucket)>) -> [[u32; 10]; 10] {
    let mut table = [[0_u32; 10]; 10];
    for (row, column) in pairs {
        table[part(row, 10)][part(column, 10)] += 1;
    }
    table
}

/// Pearson's chi-square of a square table.
fn independence<const PARTS: usize>(table: &[[u32; PARTS]; PARTS]) -> f64 {
    let rows = table.map(|row| f64::from(row.iter().sum::<u32>()));
    let columns: [f64; PARTS] =
        std::array::from_fn(|at| f64::from(table.iter().map(|row| row[at]).sum::<u32>()));
    let total: f64 = rows.iter().sum();
    let mut chi_square = 0.0;
    for (row, row_total) in table.iter().zip(rows) {
        for (count, column_total) in row.iter().zip(columns) {
            let expected = row_total * column_total / total;
            chi_square += (f64::from(*count) - expected).powi(2) / expected;
        }
    }
    chi_square
}
