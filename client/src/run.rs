//! Work under a variant: assign, apply, run, record.

use crate::{Visitor, event::Body, lock};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value as Json};
use std::{sync::Mutex, thread, time::Instant};

/// The name of the events that tell of runs.
const EVENT: &str = "run";

/// What the work is given.
#[derive(Debug)]
pub struct Run<'v> {
    visitor: &'v Visitor<'v>,
    variant: Option<String>,
    measures: Mutex<Map<String, Json>>,
}

impl Run<'_> {
    /// The variant that it runs under; none: the experiment takes no part.
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// A flag's value under that variant. Using it is an exposure to whatever else decides about it. The fallback stands
    /// in where the ruleset holds no such flag, or where its value is no `T`.
    pub fn get<T: DeserializeOwned>(&self, flag: &str, fallback: impl Into<T>) -> T {
        self.visitor.get(flag, fallback)
    }

    /// Adds to what is told of the run: `tokens`, `cost`, and whatever else metrics look at. Numbers add up, everything
    /// else is replaced.
    pub fn record(&self, measure: &str, value: impl Into<Json>) {
        let mut measures = lock(&self.measures);
        let value = match (measures.get(measure), value.into()) {
            (Some(Json::Number(so_far)), Json::Number(more)) => sum(so_far, &more),
            (_, value) => value,
        };
        measures.insert(measure.to_owned(), value);
    }
}

/// A run that has begun. Whatever becomes of it, it is told of once.
pub(crate) struct Begun<'v> {
    run: Run<'v>,
    experiment: &'v str,
    began: Instant,
    is_told: bool,
}

impl<'v> Begun<'v> {
    /// Assigns, and exposes: the work is about to use the answer.
    pub(crate) fn new(visitor: &'v Visitor<'v>, experiment: &'v str) -> Self {
        let variant = visitor.variant(experiment);
        #[cfg(feature = "opentelemetry")]
        crate::span::tag(experiment, variant.as_deref(), visitor.digest());
        let run = Run { visitor, variant, measures: Mutex::default() };
        Self { run, experiment, began: Instant::now(), is_told: false }
    }

    /// What the work is given.
    pub(crate) fn run(&self) -> &Run<'v> {
        &self.run
    }

    /// The work is done.
    pub(crate) fn end<T, E>(mut self, result: &Result<T, E>) {
        self.tell(result.is_err().then(|| unqualified(std::any::type_name::<E>())));
    }

    fn tell(&mut self, error: Option<String>) {
        self.is_told = true;
        let duration = self.began.elapsed().as_secs_f64() * 1000.0;
        let mut tags = Map::new();
        tags.insert("experiment".to_owned(), self.experiment.into());
        if let Some(variant) = &self.run.variant {
            tags.insert("variant".to_owned(), variant.as_str().into());
        }
        let mut properties = std::mem::take(&mut *lock(&self.run.measures));
        let value = if properties.get("value").is_some_and(Json::is_number) {
            properties.remove("value")
        } else {
            None
        };
        properties.extend(tags.clone());
        properties.insert("duration_ms".to_owned(), duration.into());
        properties.insert("success".to_owned(), error.is_none().into());
        self.run.visitor.tell(Body::Track { name: EVENT.to_owned(), value, properties });
        if let Some(error) = error {
            tags.insert("error".to_owned(), error.into());
            self.run.visitor.tell(Body::Error { name: EVENT.to_owned(), properties: tags });
        }
    }
}

/// Work that panicked, or whose future was dropped before it was done: a timeout does that. Leaving it out would make a
/// variant look better the more of its runs are given up.
impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            let error = if thread::panicking() { "panic" } else { "cancelled" };
            self.tell(Some(error.to_owned()));
        }
    }
}

/// Integers stay integers as long as they can.
fn sum(so_far: &Number, more: &Number) -> Json {
    let whole = so_far.as_i64().zip(more.as_i64()).and_then(|(left, right)| left.checked_add(right));
    whole.map_or_else(
        || so_far.as_f64().zip(more.as_f64()).map_or(Json::Null, |(left, right)| (left + right).into()),
        Json::from,
    )
}

/// The name of a type without the modules that it and its parameters lie in.
fn unqualified(type_name: &str) -> String {
    let mut name = String::new();
    let mut word = 0;
    for character in type_name.chars() {
        if character == ':' {
            name.truncate(word);
        } else {
            name.push(character);
            if !(character.is_alphanumeric() || character == '_') {
                word = name.len();
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_goes_by_its_name_alone() {
        let name = |qualified| unqualified(qualified);
        assert_eq!(name(std::any::type_name::<std::num::ParseIntError>()), "ParseIntError");
        assert_eq!(name(std::any::type_name::<Box<dyn std::error::Error>>()), "Box<dyn Error>");
        assert_eq!(name("a::b_c<d::E, (f::G, &str)>"), "b_c<E, (G, &str)>");
        assert_eq!(name("String"), "String");
    }

    #[test]
    fn integers_add_up_to_integers_and_nothing_overflows() {
        let number = |text: &str| text.parse::<Number>().unwrap();
        assert_eq!(sum(&number("800"), &number("12")), Json::from(812));
        assert_eq!(sum(&number("0.5"), &number("1")), Json::from(1.5));
        assert_eq!(
            sum(&number("9223372036854775807"), &number("1")),
            Json::from(9_223_372_036_854_775_808.0)
        );
        assert_eq!(sum(&number("1e308"), &number("1e308")), Json::Null);
    }
}
