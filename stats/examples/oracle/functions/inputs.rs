//! The inputs of a case, read by name with a message where one is not what it should be.

use std::fmt::Display;

use edgewise_stats::{Alpha, Interval, Moments, Proportion};
use serde_json::{Value, json};

/// What is computed for a case, or why it cannot be.
pub(crate) type Answer = Result<Value, String>;

/// The inputs of one case.
pub(crate) struct Inputs<'a> {
    id: &'a str,
    given: &'a Value,
    data: Option<&'a Value>,
}

impl<'a> Inputs<'a> {
    /// `referred` finds the data that another case lists.
    pub(crate) fn new(id: &'a str, inputs: &'a Value, referred: impl Fn(&str) -> Option<&'a Value>) -> Self {
        let data = match &inputs["data"] {
            Value::String(reference) => referred(reference),
            Value::Null => None,
            listed => Some(listed),
        };
        Self { id, given: inputs, data }
    }

    /// What the case is called: for the few whose inputs do not say which of two things was computed.
    pub(crate) fn id(&self) -> &'a str {
        self.id
    }

    /// All inputs.
    pub(crate) fn all(&self) -> &'a Value {
        self.given
    }

    /// The input as it is; null if there is none.
    pub(crate) fn value(&self, name: &str) -> &'a Value {
        &self.given[name]
    }

    /// Whether there is such an input.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.given[name].is_null()
    }

    /// The data of the case, or those of the case that it refers to.
    pub(crate) fn data(&self) -> Result<&'a Value, String> {
        self.data.ok_or_else(|| format!("there is no data {}", self.given["data"]))
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Result<f64, String> {
        number(self.value(name)).map_err(|why| format!("{name}: {why}"))
    }

    /// A number, or what it is where it is not given.
    pub(crate) fn number_or(&self, name: &str, otherwise: f64) -> Result<f64, String> {
        if self.has(name) { self.number(name) } else { Ok(otherwise) }
    }

    /// A count.
    pub(crate) fn count(&self, name: &str) -> Result<u64, String> {
        count(self.value(name)).map_err(|why| format!("{name}: {why}"))
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Result<&'a str, String> {
        self.value(name).as_str().ok_or_else(|| format!("{name} is not a text"))
    }

    /// A list of numbers.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        numbers(self.value(name)).map_err(|why| format!("{name}: {why}"))
    }

    /// The moments of a list of numbers.
    pub(crate) fn moments(&self, name: &str) -> Result<Moments, String> {
        Moments::from_values(self.numbers(name)?).map_err(because)
    }

    /// Successes and units by their names.
    pub(crate) fn proportion(&self, successes: &str, units: &str) -> Result<Proportion, String> {
        Proportion::new(self.count(successes)?, self.count(units)?).map_err(because)
    }

    /// The input `alpha`, 0.05 where it is not given.
    pub(crate) fn alpha(&self) -> Result<Alpha, String> {
        Alpha::new(self.number_or("alpha", 0.05)?).map_err(because)
    }
}

/// Any error as a text.
pub(crate) fn because(error: impl Display) -> String {
    error.to_string()
}

/// A JSON value as a number.
pub(crate) fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("{value} is not a number"))
}

/// A JSON value as a count; 5000.0 counts as one.
pub(crate) fn count(value: &Value) -> Result<u64, String> {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole and small"
    )]
    let whole = value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..9e15).contains(n)).map(|n| n as u64);
    whole.ok_or_else(|| format!("{value} is not a count"))
}

/// A JSON list as numbers.
pub(crate) fn numbers(value: &Value) -> Result<Vec<f64>, String> {
    value.as_array().ok_or_else(|| format!("{value} is not a list"))?.iter().map(number).collect()
}

/// The ends of an interval as a list; `null` where there is none.
pub(crate) fn ends(interval: Interval) -> Value {
    let end = |end: f64| if end.is_finite() { json!(end) } else { Value::Null };
    json!([end(interval.lower()), end(interval.upper())])
}
