//! Files of cases, and how one case is run.

use std::{collections::HashMap, fs, path::Path};

use serde_json::{Map, Value};

use crate::functions::{self, Inputs};

/// One value that someone else computed.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) function: String,
    inputs: Value,
    expected: Value,
    tolerance: Tolerance,
}

/// How far off is still met: the larger of `rel` · |expected| and `abs`.
#[derive(Clone, Copy, Debug)]
struct Tolerance {
    rel: f64,
    abs: f64,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Met,
    Missed(Vec<String>),
    Unknown,
}

/// All cases of the files that were read.
pub(crate) struct Suite {
    cases: Vec<Case>,
    /// Inputs named `data`, by the case that lists them: others refer to them.
    data: HashMap<String, Value>,
}

impl Suite {
    /// Reads files of cases.
    pub(crate) fn read<P: AsRef<Path>>(files: &[P]) -> Result<Self, String> {
        let mut suite = Self { cases: Vec::new(), data: HashMap::new() };
        // Cases may refer to the data of those that this repository carries.
        for family in ["adjustment", "means"] {
            let carried = format!("{}/../vectors/stats/{family}.json", env!("CARGO_MANIFEST_DIR"));
            for case in cases_of(Path::new(&carried)).unwrap_or_default() {
                suite.remember(&case);
            }
        }
        for file in files {
            for case in cases_of(file.as_ref())? {
                suite.remember(&case);
                suite.cases.push(case);
            }
        }
        Ok(suite)
    }

    /// The cases in the order of the files.
    pub(crate) fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Computes a case and compares.
    pub(crate) fn run(&self, case: &Case) -> Outcome {
        let inputs = Inputs::new(&case.id, &case.inputs, |reference| self.referred(reference));
        match functions::compute(&case.function, &inputs) {
            None => Outcome::Unknown,
            Some(Err(why)) => Outcome::Missed(vec![why]),
            Some(Ok(got)) => {
                let mut differences = Vec::new();
                compare("", &got, &case.expected, case.tolerance, &mut differences);
                if differences.is_empty() { Outcome::Met } else { Outcome::Missed(differences) }
            }
        }
    }

    fn remember(&mut self, case: &Case) {
        if case.inputs["data"].is_object() {
            self.data.insert(case.id.clone(), case.inputs["data"].clone());
        }
    }

    /// The data that words like "same as gb_cuped_absolute" mean; the bare "same" is the data of the only covariate
    /// example.
    fn referred(&self, reference: &str) -> Option<&Value> {
        let name = reference.split_whitespace().last()?;
        self.data.get(if name == "same" { "gb_cuped_absolute" } else { name })
    }
}

fn cases_of(path: &Path) -> Result<Vec<Case>, String> {
    let at = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{at}: {error}"))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| format!("{at}: {error}"))?;
    let cases = file["cases"].as_array().ok_or_else(|| format!("{at}: there is no list named cases"))?;
    cases
        .iter()
        .enumerate()
        .map(|(i, case)| parse(case).map_err(|why| format!("{at}: case {i}: {why}")))
        .collect()
}

fn parse(case: &Value) -> Result<Case, String> {
    let text =
        |key: &str| case[key].as_str().map(str::to_owned).ok_or_else(|| format!("{key} is not a text"));
    let tolerance = case["tolerance"].as_object().ok_or("tolerance is not an object")?;
    if let Some(key) = tolerance.keys().find(|key| *key != "rel" && *key != "abs") {
        return Err(format!("a tolerance of the kind {key} is not known"));
    }
    let of = |key: &str| tolerance.get(key).and_then(Value::as_f64).unwrap_or(0.0);
    Ok(Case {
        id: text("id")?,
        function: text("function")?,
        inputs: case["inputs"].clone(),
        expected: case["expected"].clone(),
        tolerance: Tolerance { rel: of("rel"), abs: of("abs") },
    })
}

/// Notes every expected value that `got` misses. What is expected as 0 must be met to 1e-14; `null` means no bound.
fn compare(place: &str, got: &Value, expected: &Value, tolerance: Tolerance, differences: &mut Vec<String>) {
    match expected {
        Value::Number(number) => {
            // A case that gives only a p value is met by the p value.
            let got = got.get("p").unwrap_or(got);
            let wanted = number.as_f64().unwrap_or(f64::NAN);
            let Some(got) = got.as_f64() else {
                differences.push(format!("{place} is {got}, expected {wanted:e}"));
                return;
            };
            let allowed = (tolerance.rel * wanted.abs()).max(tolerance.abs);
            let allowed = if wanted == 0.0 { allowed.max(1e-14) } else { allowed };
            let miss = (got - wanted).abs();
            if miss.is_nan() || miss > allowed {
                let relative = miss / wanted.abs();
                differences
                    .push(format!("{place} is {got:e}, expected {wanted:e}, off by {relative:.1e} of it"));
            }
        }
        Value::Array(list) => {
            if got.as_array().is_none_or(|got| got.len() != list.len()) {
                differences.push(format!("{place} is {got}, expected {} values", list.len()));
                return;
            }
            for (i, expected) in list.iter().enumerate() {
                compare(&format!("{place}[{i}]"), &got[i], expected, tolerance, differences);
            }
        }
        Value::Object(object) => {
            let empty = Map::new();
            let got = got.as_object().unwrap_or(&empty);
            for (key, expected) in object {
                match got.get(key) {
                    Some(got) => compare(&format!("{place}.{key}"), got, expected, tolerance, differences),
                    None => differences.push(format!("{place}.{key} is not computed")),
                }
            }
        }
        other if other == got => {}
        other => differences.push(format!("{place} is {got}, expected {other}")),
    }
}
