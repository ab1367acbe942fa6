//! Which events count: conditions on their properties.

use crate::project::{
    folder::File,
    problem::Problem,
    wire::{ComparatorFile, ConditionFile, ConstantFile, WhereFile},
    yaml::Place,
};
use edgewise_analysis::{
    decimal::Decimal,
    plan::{Comparator, Filter, FilterValue},
};

/// The filters of a `where`, which stands at `place`.
pub(super) fn filters<T>(
    given: &WhereFile,
    place: Place<'_>,
    file: &File<T>,
    problems: &mut Vec<Problem>,
) -> Vec<Filter> {
    let mut filters = Vec::new();
    for (property, condition) in given {
        if !is_plain(property) {
            let message = format!("events are not filtered by a property called `{property}`");
            let problem = file.error(place.key(property), message, "no plain name");
            problems.push(
                problem.help(
                    "send the property under a name of letters, digits and `_` that begins with no digit",
                ),
            );
        }
        filters.extend(condition_on(property, condition, place, property, file, problems));
    }
    filters
}

/// Whether a property may have a column of its own, which filters look at.
fn is_plain(property: &str) -> bool {
    let starts = property.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && property.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The filters that a condition on a property is; it stands under `key` of `parent`.
pub(super) fn condition_on<T>(
    property: &str,
    condition: &ConditionFile,
    parent: Place<'_>,
    key: &str,
    file: &File<T>,
    problems: &mut Vec<Problem>,
) -> Vec<Filter> {
    let place = parent.key(key);
    let compared = match condition {
        ConditionFile::Constant(ConstantFile::Text(text)) => compared_in(text),
        ConditionFile::Constant(number) => vec![(Comparator::Equal, value(number, parent, key))],
        ConditionFile::Comparisons(comparisons) => comparisons
            .iter()
            .map(|(comparator, constant)| {
                (comparator_of(*comparator), value(constant, place, comparator.as_str()))
            })
            .collect(),
    };
    if compared.is_empty() {
        let problem = file.error(place, format!("`{key}` compares with nothing"), "with what?");
        problems.push(problem.help("write a constant, or a comparison such as `{ \">=\": 10 }`"));
    }
    for (comparator, value) in &compared {
        problems.extend(wrong(*comparator, value, place, file));
    }
    let filter = |(is, value)| Filter { property: property.to_owned(), is, value };
    compared.into_iter().map(filter).collect()
}

/// A comparison that is written as one text, `>= 10`; any other text is what the property has to be.
fn compared_in(text: &str) -> Vec<(Comparator, FilterValue)> {
    let written = text.trim();
    let found = ComparatorFile::ALL
        .into_iter()
        .find_map(|comparator| Some((comparator, written.strip_prefix(comparator.as_str())?.trim_start())));
    match found {
        None => vec![(Comparator::Equal, FilterValue::Text(text.to_owned()))],
        Some((_, "")) => Vec::new(),
        Some((comparator, rest)) => {
            let value = match Decimal::from_json(rest) {
                Ok(_) => FilterValue::Number(rest.to_owned()),
                Err(_) => FilterValue::Text(rest.to_owned()),
            };
            vec![(comparator_of(comparator), value)]
        }
    }
}

/// What a property is compared with; the digits of a number are those of the file.
fn value(constant: &ConstantFile, parent: Place<'_>, key: &str) -> FilterValue {
    match constant {
        ConstantFile::Text(text) => FilterValue::Text(text.clone()),
        ConstantFile::Number(number) => {
            let written = parent.text_of(key).filter(|written| Decimal::from_json(written).is_ok());
            FilterValue::Number(written.map_or_else(|| number.to_string(), str::to_owned))
        }
    }
}

/// What is wrong with a comparison, if anything.
fn wrong<T>(
    comparator: Comparator,
    value: &FilterValue,
    place: Place<'_>,
    file: &File<T>,
) -> Option<Problem> {
    match value {
        FilterValue::Text(text) if text.starts_with('=') => {
            let problem = file.error(place, format!("`{text}` is no constant"), "one sign too many");
            Some(problem.help("write `=` for the same, `!=` for another one"))
        }
        FilterValue::Text(text) if !matches!(comparator, Comparator::Equal | Comparator::NotEqual) => {
            let message = format!("`{text}` is text, and texts are neither larger nor smaller");
            let problem = file.error(place, message, "no number");
            Some(problem.help("compare with a number, or use `=` or `!=`"))
        }
        FilterValue::Number(text) => {
            let error = Decimal::from_json(text).err()?;
            let problem =
                file.error(place, format!("`{text}` cannot be compared: {error}"), "no such number");
            Some(problem.help("write at most twelve digits before the point, such as `10` or `-0.5`"))
        }
        FilterValue::Text(_) => None,
    }
}

fn comparator_of(wire: ComparatorFile) -> Comparator {
    match wire {
        ComparatorFile::Equal => Comparator::Equal,
        ComparatorFile::NotEqual => Comparator::NotEqual,
        ComparatorFile::Above => Comparator::Above,
        ComparatorFile::AtLeast => Comparator::AtLeast,
        ComparatorFile::Below => Comparator::Below,
        ComparatorFile::AtMost => Comparator::AtMost,
    }
}
