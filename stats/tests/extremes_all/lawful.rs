//! What every result must be: finite where it is a number, probable where it is a probability.

use super::*;

/// Every number is finite and the laws of results hold.
pub(crate) fn check(result: &(impl Serialize + Debug + ?Sized)) {
    finite(&format!("{result:?}"));
    lawful(&serde_json::to_value(result).unwrap());
}

/// No number is printed as infinite or as none, but for the open end of an interval.
pub(crate) fn finite(printed: &str) {
    let closed = printed.replace("Interval { lower: -inf", "").replace("upper: inf }", "");
    let bad = closed.split(|c: char| !c.is_alphanumeric()).find(|word| ["inf", "NaN"].contains(word));
    assert_eq!(bad, None, "{printed}");
}

pub(crate) fn lawful(value: &Value) {
    match value {
        Value::Object(fields) => {
            let number = |key: &str| fields.get(key).and_then(Value::as_f64);
            for key in ["p", "adjusted", "complement", "mid_p", "below", "inside", "above", "power"] {
                assert!(number(key).is_none_or(|p| (0.0..=1.0).contains(&p)), "{key} in {value}");
            }
            for key in ["ln_p", "ln_complement"] {
                assert!(number(key).is_none_or(|ln_p| ln_p <= 0.0), "{key} in {value}");
            }
            assert!(number("standard_error").is_none_or(|error| error > 0.0), "{value}");
            assert!(number("standard_deviation").is_none_or(|deviation| deviation > 0.0), "{value}");
            // A boundary's ends lie otherwise where its futility is one of them.
            if let (Some(lower), Some(upper)) = (number("lower"), number("upper")) {
                assert!(fields.contains_key("futility") || lower <= upper, "{value}");
            }
            fields.values().for_each(lawful);
        }
        Value::Array(parts) => parts.iter().for_each(lawful),
        _ => {}
    }
}

// Inputs: the ordinary, and the ends of each range.
