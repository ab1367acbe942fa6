//! What differs between a verdict and what was computed again, field by field.

use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field, such as `results.metrics[conversion].comparisons[warm].test.p`.
    pub place: String,
    /// What the verdict says there; none where it says nothing.
    pub verdict: Option<String>,
    /// Where the other value comes from: `the moments`, `the data`, `its own bytes`.
    pub by: &'static str,
    /// What that gives; none where it gives nothing.
    pub found: Option<String>,
}

/// A value as it is shown: a longer one is cut.
const SHOWN: usize = 200;

impl Difference {
    /// A difference of two texts.
    pub fn new(
        place: impl Into<String>,
        verdict: impl Into<String>,
        by: &'static str,
        found: impl Into<String>,
    ) -> Self {
        Self { place: place.into(), verdict: Some(verdict.into()), by, found: Some(found.into()) }
    }

    /// All differences between what the verdict says and what was found.
    pub fn between(place: &str, verdict: &Value, by: &'static str, found: &Value) -> Vec<Self> {
        let mut all = Vec::new();
        compare(place, Some(verdict), by, Some(found), &mut all);
        all
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let says = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(
            formatter,
            "{}: the verdict says {}, {} give {}",
            self.place,
            says(&self.verdict),
            self.by,
            says(&self.found)
        )
    }
}

fn compare(
    place: &str,
    verdict: Option<&Value>,
    by: &'static str,
    found: Option<&Value>,
    all: &mut Vec<Difference>,
) {
    match (verdict, found) {
        (Some(Value::Object(verdict)), Some(Value::Object(found))) => {
            for (name, value) in verdict {
                compare(&format!("{place}.{name}"), Some(value), by, found.get(name), all);
            }
            for (name, value) in found.iter().filter(|(name, _)| !verdict.contains_key(*name)) {
                compare(&format!("{place}.{name}"), None, by, Some(value), all);
            }
        }
        (Some(Value::Array(verdict)), Some(Value::Array(found))) => {
            for index in 0..verdict.len().max(found.len()) {
                let (verdict, found) = (verdict.get(index), found.get(index));
                let label = verdict.or(found).and_then(label).unwrap_or_else(|| index.to_string());
                compare(&format!("{place}[{label}]"), verdict, by, found, all);
            }
        }
        (verdict, found) if verdict == found => {}
        (verdict, found) => {
            let shown = |value: Option<&Value>| value.map(|value| shortened(&value.to_string()));
            all.push(Difference {
                place: place.to_owned(),
                verdict: shown(verdict),
                by,
                found: shown(found),
            });
        }
    }
}

/// The fields that tell the elements of a list apart for a reader.
const NAMES: [&str; 7] = ["metric", "variant", "file", "exclusion", "warning", "day", "name"];

fn label(element: &Value) -> Option<String> {
    NAMES.iter().find_map(|name| element.get(name)?.as_str()).map(ToOwned::to_owned)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_field_that_differs_is_named() {
        let verdict = json!({"a": 1, "list": [{"metric": "m", "p": 0.5, "q": null}, 2], "only": true});
        let found = json!({"a": 1, "list": [{"metric": "m", "p": 0.25, "q": null}], "new": "x"});
        let texts: Vec<String> = Difference::between("results", &verdict, "the moments", &found)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            texts,
            [
                "results.list[m].p: the verdict says 0.5, the moments give 0.25",
                "results.list[1]: the verdict says 2, the moments give nothing",
                "results.only: the verdict says true, the moments give nothing",
                "results.new: the verdict says nothing, the moments give \"x\"",
            ]
        );
        assert!(Difference::between("x", &verdict, "y", &verdict).is_empty());
    }

    #[test]
    fn long_values_are_cut_between_letters() {
        assert_eq!(shortened(&"é".repeat(201)), format!("{}…", "é".repeat(200)));
        assert_eq!(shortened(&"é".repeat(200)), "é".repeat(200));
    }
}
