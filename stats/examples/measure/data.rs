//! A million units of two variants: a metric, and the same metric before the experiment.

use std::{error::Error, fs, path::Path};

use edgewise_stats::JointMoments;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

/// Units of each variant.
const UNITS: usize = 500_000;
/// Of the bootstrap: one variant with as many units as the target names.
const BOOTSTRAPPED: usize = 1_000_000;

/// One variant.
pub(crate) struct Arm {
    pub(crate) metric: Vec<f64>,
    pub(crate) covariate: Vec<f64>,
    /// Of (metric, covariate), from exact sums as an engine gives them.
    pub(crate) moments: JointMoments,
}

/// What the tasks work on.
pub(crate) struct Data {
    pub(crate) control: Arm,
    pub(crate) treatment: Arm,
    pub(crate) bootstrapped: Vec<f64>,
}

/// Revenue-like whole cents: the logarithm is normal, and so is what a unit brings along from before.
pub(crate) fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
    let mut sums = serde_json::Map::new();
    for (name, factor) in [("control", 1.0), ("treatment", 1.01)] {
        let (mut metric, mut covariate) = (Vec::new(), Vec::new());
        for _ in 0..UNITS {
            let own = normal(&mut random);
            let value = |noise: f64| (1_000.0 * libm::exp(0.8 * own + 0.6 * noise)).round();
            covariate.push(value(normal(&mut random)));
            metric.push((factor * value(normal(&mut random))).round());
        }
        sums.insert(name.to_owned(), sums_of(&metric, &covariate));
        write_values(&folder.join(format!("{name}_metric.f64")), &metric)?;
        write_values(&folder.join(format!("{name}_covariate.f64")), &covariate)?;
    }
    let bootstrapped: Vec<f64> =
        (0..BOOTSTRAPPED).map(|_| 1_000.0 * libm::exp(normal(&mut random))).collect();
    write_values(&folder.join("bootstrapped.f64"), &bootstrapped)?;
    fs::write(folder.join("sums.json"), Value::Object(sums).to_string())?;
    Ok(())
}

pub(crate) fn read(folder: &Path) -> Result<Data, Box<dyn Error>> {
    let sums: Value = serde_json::from_str(&fs::read_to_string(folder.join("sums.json"))?)?;
    let arm = |name: &str| -> Result<Arm, Box<dyn Error>> {
        let whole = |key: &str| sums[name][key].as_i64().map(i128::from).ok_or("a sum is missing");
        let products = [
            whole("main_sum_squares")?,
            whole("main_covariate_sum_product")?,
            whole("covariate_sum_squares")?,
        ];
        let n = sums[name]["n"].as_u64().ok_or("n is missing")?;
        let totals = [whole("main_sum")?, whole("covariate_sum")?];
        Ok(Arm {
            metric: values(&folder.join(format!("{name}_metric.f64")))?,
            covariate: values(&folder.join(format!("{name}_covariate.f64")))?,
            moments: JointMoments::from_scaled_sums(n, &totals, &products, &[0, 0])?,
        })
    };
    Ok(Data {
        control: arm("control")?,
        treatment: arm("treatment")?,
        bootstrapped: values(&folder.join("bootstrapped.f64"))?,
    })
}

/// Whole numbers, so that the sums are exact for everybody.
fn sums_of(metric: &[f64], covariate: &[f64]) -> Value {
    #[allow(clippy::cast_possible_truncation, reason = "whole and small")]
    let sum = |f: &dyn Fn(i64, i64) -> i64| -> i64 {
        metric.iter().zip(covariate).map(|(y, x)| f(*y as i64, *x as i64)).sum()
    };
    json!({
        "n": metric.len(),
        "main_sum": sum(&|y, _| y),
        "main_sum_squares": sum(&|y, _| y * y),
        "covariate_sum": sum(&|_, x| x),
        "covariate_sum_squares": sum(&|_, x| x * x),
        "main_covariate_sum_product": sum(&|y, x| y * x),
    })
}

fn write_values(path: &Path, values: &[f64]) -> Result<(), Box<dyn Error>> {
    fs::write(path, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
    Ok(())
}

fn values(path: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    Ok(bytes.chunks_exact(8).filter_map(|bytes| bytes.try_into().ok()).map(f64::from_le_bytes).collect())
}

/// Box & Muller (1958), "A Note on the Generation of Random Normal Deviates".
fn normal(random: &mut Xoshiro256PlusPlus) -> f64 {
    let mut uniform = || {
        #[allow(clippy::cast_precision_loss, reason = "53 bits")]
        let uniform = ((random.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        uniform
    };
    (-2.0 * libm::log(uniform())).sqrt() * libm::cos(std::f64::consts::TAU * uniform())
}
