//! Group-sequential designs under simulation: do they err as often as they say?

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a simulation prints its figures and reports a bad one by panicking"
)]

use edgewise_stats::{
    Alpha, Alternative, Fraction, Positive,
    sequential::group::{
        Boundaries, Crossing, Delta, Design, Futility, Gamma, Looks, Shape, Spending, SpendingLedger,
        boundaries,
    },
};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Standard normal numbers by Box & Muller's method.
struct Normals {
    uniform: Xoshiro256PlusPlus,
    spare: Option<f64>,
}

impl Normals {
    fn new(seed: u64) -> Self {
        Self { uniform: Xoshiro256PlusPlus::seed_from_u64(seed), spare: None }
    }

    fn uniform(&mut self) -> f64 {
        ((self.uniform.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn draw(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let angle = 2.0 * std::f64::consts::PI * self.uniform();
        self.spare = Some(radius * angle.sin());
        radius * angle.cos()
    }

    /// The z at each look of a Brownian motion with drift.
    fn path(&mut self, looks: &Looks, drift: f64) -> Vec<f64> {
        let (mut s, mut before) = (0.0, 0.0_f64);
        let mut z = Vec::new();
        for &t in looks.information() {
            s += drift * (t - before) + (t - before).sqrt() * self.draw();
            before = t;
            z.push(s / t.sqrt());
        }
        z
    }
}

/// The first look at which the path crosses, from 1, and how.
fn first(bounds: &Boundaries, path: &[f64]) -> Option<(usize, Crossing)> {
    let looks = bounds.looks().iter().zip(path).enumerate();
    looks
        .map(|(look, (boundary, &z))| (look + 1, boundary.crossing(bounds.alternative(), z)))
        .find(|(_, crossing)| *crossing != Crossing::None)
}

fn rejects(bounds: &Boundaries, path: &[f64]) -> bool {
    first(bounds, path).is_some_and(|(_, crossing)| crossing != Crossing::Futility)
}

/// Prints a rate and asserts that it is within four standard errors of what is expected.
fn assert_rate(what: &str, hits: u32, of: u32, expected: f64) {
    let (rate, error) =
        (f64::from(hits) / f64::from(of), (expected * (1.0 - expected) / f64::from(of)).sqrt());
    println!("| {what} | {expected:.4} | {rate:.4} | {:+.1} |", (rate - expected) / error);
    assert!((rate - expected).abs() < 4.0 * error, "{what}: {rate} is not {expected} ± {error}");
}

fn designs() -> Vec<(&'static str, Shape)> {
    vec![
        ("O'Brien-Fleming", Shape::OBrienFleming),
        ("Pocock", Shape::Pocock),
        ("Wang-Tsiatis 0.25", Shape::WangTsiatis(Delta::new(0.25).unwrap())),
        ("Haybittle-Peto 3.5", Shape::HaybittlePeto(Positive::new(3.5).unwrap())),
        ("Lan-DeMets O'Brien-Fleming", Shape::Spending(Spending::OBrienFlemingType)),
        ("Lan-DeMets Pocock", Shape::Spending(Spending::PocockType)),
        ("Hwang-Shih-DeCani -4", Shape::Spending(Spending::HwangShihDeCani(Gamma::new(-4.0).unwrap()))),
        ("Kim-DeMets 3", Shape::Spending(Spending::KimDeMets(Positive::new(3.0).unwrap()))),
    ]
}

#[test]
#[ignore = "a simulation: cargo test --release -p edgewise-stats --test calibration_group_sequential -- --ignored --nocapture"]
fn every_design_errs_with_alpha() {
    const PATHS: u32 = 200_000;
    for count in [5, 20] {
        let looks = Looks::equal(count).unwrap();
        for (alternative, alpha) in [(Alternative::TwoSided, 0.05), (Alternative::Less, 0.025)] {
            let mut normals = Normals::new(1 + count as u64);
            let all: Vec<_> = designs()
                .into_iter()
                .map(|(name, shape)| {
                    let design = Design::new(shape, Alpha::new(alpha).unwrap(), alternative);
                    (name, boundaries(&design, &looks).unwrap(), 0)
                })
                .collect();
            let mut all = all;
            for _ in 0..PATHS {
                let path = normals.path(&looks, 0.0);
                for (_, bounds, hits) in &mut all {
                    *hits += u32::from(rejects(bounds, &path));
                }
            }
            for (name, _, hits) in all {
                assert_rate(&format!("{name}, {count} looks, {alternative:?}"), hits, PATHS, alpha);
            }
        }
    }
}

#[test]
#[ignore = "a simulation: cargo test --release -p edgewise-stats --test calibration_group_sequential -- --ignored --nocapture"]
fn looking_again_and_again_with_the_fixed_test_errs_as_often_as_was_computed() {
    const PATHS: u32 = 200_000;
    for count in [1, 2, 5, 10, 20, 30] {
        let looks = Looks::equal(count).unwrap();
        let naive =
            Boundaries::given(&looks, &vec![1.959_963_984_540_054; count], Alternative::TwoSided).unwrap();
        let mut normals = Normals::new(7);
        let hits = (0..PATHS).map(|_| u32::from(rejects(&naive, &normals.path(&looks, 0.0)))).sum();
        assert_rate(&format!("1.96 at each of {count} looks"), hits, PATHS, naive.type_one_error().unwrap());
    }
}

#[test]
#[ignore = "a simulation: cargo test --release -p edgewise-stats --test calibration_group_sequential -- --ignored --nocapture"]
fn a_ledger_errs_with_alpha_at_unplanned_looks() {
    const SCHEDULES: u32 = 400;
    const PATHS: u32 = 500;
    for (name, spending) in
        [("O'Brien-Fleming type", Spending::OBrienFlemingType), ("Pocock type", Spending::PocockType)]
    {
        for ending in ["at 1 or beyond", "early"] {
            let mut normals = Normals::new(11);
            let mut hits = 0;
            for _ in 0..SCHEDULES {
                // Looks come when they come: steps of information at random, up to a fifth each.
                let mut ledger =
                    SpendingLedger::new(spending.clone(), Alpha::default(), Alternative::TwoSided);
                let (mut t, mut times) = (0.0, Vec::new());
                let end = if ending == "early" { 0.3 + 0.6 * normals.uniform() } else { 1.0 };
                while t < end {
                    t += 0.002 + 0.2 * normals.uniform() * normals.uniform();
                    times.push(t);
                    if t < end || ending != "early" {
                        ledger.look(t).unwrap();
                    } else {
                        ledger.look_last(t).unwrap();
                    }
                }
                let (bounds, looks) = (ledger.boundaries().unwrap(), Looks::new(times).unwrap());
                hits +=
                    (0..PATHS).map(|_| u32::from(rejects(&bounds, &normals.path(&looks, 0.0)))).sum::<u32>();
            }
            assert_rate(&format!("ledger, {name}, ends {ending}"), hits, SCHEDULES * PATHS, 0.05);
        }
    }
}

#[test]
#[ignore = "a simulation: cargo test --release -p edgewise-stats --test calibration_group_sequential -- --ignored --nocapture"]
fn power_and_expected_information_are_as_predicted() {
    const PATHS: u32 = 200_000;
    let looks = Looks::equal(5).unwrap();
    let futility = |binding| Futility {
        spending: Spending::HwangShihDeCani(Gamma::new(-2.0).unwrap()),
        power: Fraction::new(0.8).unwrap(),
        binding,
    };
    let one_sided = Design::new(
        Shape::Spending(Spending::OBrienFlemingType),
        Alpha::new(0.025).unwrap(),
        Alternative::Greater,
    );
    let mut all: Vec<(String, Design)> = designs()
        .into_iter()
        .map(|(name, shape)| (name.to_owned(), Design::new(shape, Alpha::default(), Alternative::TwoSided)))
        .collect();
    all.push((
        "with futility, not binding".to_owned(),
        one_sided.clone().with_futility(futility(false)).unwrap(),
    ));
    all.push(("with futility, binding".to_owned(), one_sided.with_futility(futility(true)).unwrap()));
    for (name, design) in all {
        let bounds = boundaries(&design, &looks).unwrap();
        let drift = bounds.drift_for(Fraction::new(0.8).unwrap()).unwrap();
        for (effect, drift) in [("no effect", 0.0), ("the effect", drift), ("half the effect", 0.5 * drift)] {
            let ahead = bounds.under(drift).unwrap();
            let mut normals = Normals::new(23);
            let (mut hits, mut sum, mut squares) = (0, 0.0, 0.0);
            for _ in 0..PATHS {
                let path = normals.path(&looks, drift);
                hits += u32::from(rejects(&bounds, &path));
                let at = first(&bounds, &path).map_or(1.0, |(look, _)| looks.information()[look - 1]);
                sum += at;
                squares += at * at;
            }
            assert_rate(&format!("{name}: power under {effect}"), hits, PATHS, ahead.power);
            let (n, mean) = (f64::from(PATHS), sum / f64::from(PATHS));
            let error = ((squares / n - mean * mean) / n).sqrt();
            println!(
                "| {name}: information under {effect} | {:.4} | {mean:.4} | {:+.1} |",
                ahead.expected_information,
                (mean - ahead.expected_information) / error
            );
            assert!((mean - ahead.expected_information).abs() < 4.0 * error);
        }
    }
}

#[test]
#[ignore = "a simulation: cargo test --release -p edgewise-stats --test calibration_group_sequential -- --ignored --nocapture"]
fn intervals_after_stopping_cover_and_the_median_is_in_the_middle() {
    const PATHS: u32 = 5_000;
    let looks = Looks::equal(5).unwrap();
    let level = Alpha::default();
    for (name, shape) in [("O'Brien-Fleming", Shape::OBrienFleming), ("Pocock", Shape::Pocock)] {
        let bounds = boundaries(&Design::new(shape, level, Alternative::TwoSided), &looks).unwrap();
        for drift in [0.0, 1.5, 3.0] {
            let mut normals = Normals::new(31);
            let (mut covered, mut above, mut naive, mut plain) = (0, 0, 0, 0.0);
            let (mut repeated, mut adjusted) = (0, 0.0);
            for _ in 0..PATHS {
                let path = normals.path(&looks, drift);
                let look = first(&bounds, &path).map_or(5, |(look, _)| look);
                let error = 1.0 / looks.information()[look - 1].sqrt();
                let (z, unit) = (path[look - 1], Positive::new(error).unwrap());
                let result = bounds.after_stopping(look, z * error, unit, level).unwrap();
                covered += u32::from(result.interval.unwrap().contains(drift));
                above += u32::from(result.median_unbiased.unwrap() > drift);
                naive += u32::from((z * error - drift).abs() < 1.959_964 * error);
                plain += (z * error - drift) / f64::from(PATHS);
                adjusted += (bounds.bias_adjusted(look, z * error, unit).unwrap() - drift) / f64::from(PATHS);
                // Repeated intervals: all of them, those after the crossing too.
                let all = path.iter().zip(looks.information()).zip(bounds.looks());
                repeated += u32::from(
                    all.into_iter()
                        .all(|((z, t), look)| (z / t.sqrt() - drift).abs() < look.upper.unwrap() / t.sqrt()),
                );
            }
            assert_rate(&format!("{name}, drift {drift}: coverage after stopping"), covered, PATHS, 0.95);
            assert_rate(&format!("{name}, drift {drift}: median-unbiased estimate above"), above, PATHS, 0.5);
            assert_rate(&format!("{name}, drift {drift}: all repeated intervals"), repeated, PATHS, 0.95);
            let naive = f64::from(naive) / f64::from(PATHS);
            println!("| {name}, drift {drift}: coverage of the plain interval | | {naive:.4} | |");
            println!(
                "| {name}, drift {drift}: bias of the plain estimate, of the adjusted one | | {plain:.3}, {adjusted:.3} | |"
            );
            assert!(drift < 1.0 || adjusted.abs() < plain.abs());
        }
    }
}

#[test]
#[ignore = "a simulation: cargo test --release -p edgewise-stats --test calibration_group_sequential -- --ignored --nocapture"]
fn conditional_and_predictive_power_are_what_happens() {
    const PATHS: u32 = 200_000;
    let looks = Looks::equal(4).unwrap();
    let bounds =
        boundaries(&Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::TwoSided), &looks)
            .unwrap();
    let (look, z, drift) = (2, 1.3, 3.0);
    let expected = bounds.conditional_power(look, z, drift).unwrap().under_effect;
    let flat = edgewise_stats::sequential::group::DriftPrior::flat();
    let predicted = bounds.predictive_power(look, z, flat).unwrap();
    let (mut normals, mut hits, mut likely) = (Normals::new(41), 0, 0);
    let t = 0.5_f64;
    for _ in 0..PATHS {
        let mut goes_on = |drift: f64| {
            let (mut s, mut crossed) = (z * t.sqrt(), false);
            for boundary in &bounds.looks()[look..] {
                s += 0.25 * drift + 0.5 * normals.draw();
                crossed |= boundary.crossing(Alternative::TwoSided, s / boundary.information.sqrt())
                    != Crossing::None;
            }
            crossed
        };
        hits += u32::from(goes_on(drift));
        let guess = normals.draw();
        let mut goes_on = |drift: f64| {
            let (mut s, mut crossed) = (z * t.sqrt(), false);
            for boundary in &bounds.looks()[look..] {
                s += 0.25 * drift + 0.5 * normals.draw();
                crossed |= boundary.crossing(Alternative::TwoSided, s / boundary.information.sqrt())
                    != Crossing::None;
            }
            crossed
        };
        likely += u32::from(goes_on((z + guess) / t.sqrt()));
    }
    assert_rate("conditional power half-way at z = 1.3", hits, PATHS, expected);
    assert_rate("predictive power there", likely, PATHS, predicted);
}
