//! What an experiment measures, and what is asked of it.

use super::{Names, weight};
use crate::project::{
    Measured, Share,
    folder::File,
    problem::Problem,
    spelling,
    wire::{Amount, ComparatorFile, ExperimentFile, MeasuredFile, Status, TextOr},
    yaml::Place,
};
use edgewise_analysis::plan::{Guardrail, Role};
use edgewise_stats::decide::{Criterion, Operator};

/// The metrics with their roles, primary ones first.
pub(super) fn metrics(
    file: &File<ExperimentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Measured> {
    let wire = &file.wire.metrics;
    let roles = [
        ("primary", Role::Primary, &wire.primary),
        ("secondary", Role::Secondary, &wire.secondary),
        ("guardrails", Role::Guardrail, &wire.guardrails),
    ];
    let mut metrics: Vec<Measured> = Vec::new();
    for (field, role, given) in roles {
        for (index, entry) in given.iter().enumerate() {
            let whole = file.place().key("metrics").key(field).item(index);
            let (id, place) = match entry {
                TextOr::Text(id) => (id, whole),
                TextOr::Mapping(mapping) => (&mapping.metric, whole.key("metric")),
            };
            if !names.metrics.contains(id) {
                let problem = file.error(place, format!("there is no metric `{id}`"), "unknown metric");
                let known = names.metrics.iter().map(String::as_str);
                problems.push(problem.help(match spelling::nearest(id, known) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write metrics/{id}.yaml with `id`, `kind` and `event`"),
                }));
            } else if metrics.iter().any(|other| other.metric == *id) {
                let problem = file.error(place, format!("the metric `{id}` is listed twice"), "again here");
                problems.push(problem.help("a metric has one part in the decision: keep it in one list"));
            } else {
                if file.wire.sequential.is_some() && names.moving_caps.contains(id.as_str()) {
                    problems.push(moving(id, place, file));
                }
                let measured = Measured::new(id, role);
                metrics.push(match entry {
                    TextOr::Text(_) => measured,
                    TextOr::Mapping(mapping) => asked(measured, mapping, whole, file, problems),
                });
            }
        }
    }
    if metrics.is_empty() && serves(file.wire.status) && ids_given(file) == 0 {
        let message = format!("the experiment `{}` serves and measures nothing", file.wire.id);
        let warning = Problem::warning(message).at(&file.text, file.place().key("id").span(), "");
        problems.push(warning.help("add `metrics: { primary: [<metric id>] }`"));
    }
    metrics
}

/// A cap that moves between looks, so that what was seen at one is no longer true at the next.
fn moving(id: &str, place: Place<'_>, file: &File<ExperimentFile>) -> Problem {
    let message = format!("`{id}` is capped at a quantile, which moves from look to look");
    let problem = file.error(place, message, "capped at a quantile");
    let problem =
        problem.at(&file.text, file.place().key("sequential").name(), "is looked at again and again");
    problem.help("fix the cap in advance, such as `cap: { at: 500 }`, or remove `sequential`")
}

/// A metric with what a mapping asks of it.
fn asked(
    measured: Measured,
    wire: &MeasuredFile,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    problems: &mut Vec<Problem>,
) -> Measured {
    let is_guardrail = measured.role == Role::Guardrail;
    for (field, given) in
        [("maximum_degradation", &wire.maximum_degradation), ("confidence", &wire.confidence)]
    {
        if given.is_some() && !is_guardrail {
            let message = format!("`{field}` is of a guardrail");
            let problem = file.error(place.key(field), message, "means nothing here");
            problems.push(problem.help("list the metric under `guardrails`, or remove it"));
        }
    }
    if is_guardrail && wire.confidence.is_some() && wire.maximum_degradation.is_none() {
        let problem =
            file.error(place.key("confidence"), "`confidence` is that of a margin", "of which margin?");
        problems.push(problem.help("add `maximum_degradation: 2%`, or remove `confidence`"));
    }
    let minimum_effect = wire.minimum_effect.as_ref();
    let minimum_effect =
        minimum_effect.and_then(|effect| relative(effect, place.key("minimum_effect"), file, problems));
    let degradation = wire.maximum_degradation.as_ref();
    let degradation =
        degradation.and_then(|margin| relative(margin, place.key("maximum_degradation"), file, problems));
    let confidence = wire.confidence.as_ref();
    let confidence =
        confidence.and_then(|level| confidence_level(level, place.key("confidence"), file, problems));
    let success = wire.success.as_ref();
    let success = success.and_then(|text| criterion(text, place.key("success"), file, problems));
    Measured {
        minimum_effect,
        guardrail: degradation
            .map(|maximum_degradation| Guardrail { maximum_degradation, alpha: confidence }),
        success,
        ..measured
    }
}

/// A relative change above nothing, as a fraction.
pub(super) fn relative<T>(
    amount: &Amount,
    place: Place<'_>,
    file: &File<T>,
    problems: &mut Vec<Problem>,
) -> Option<f64> {
    let share = weight::share(amount, place, file, problems)?;
    if share > Share::ZERO {
        return Some(share.as_f64());
    }
    let problem = file.error(place, "a change of nothing", "not above 0%");
    problems.push(problem.help("write a relative change above 0%, such as `2%`"));
    None
}

/// The two-sided error rate that a level of confidence leaves.
fn confidence_level(
    amount: &Amount,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    problems: &mut Vec<Problem>,
) -> Option<f64> {
    let share = weight::share(amount, place, file, problems)?;
    match Share::WHOLE.minus(share) {
        Ok(rest) if share > Share::ZERO && rest > Share::ZERO => Some(rest.as_f64()),
        _ => {
            let problem =
                file.error(place, format!("{share} is no level of confidence"), "not between 0 and 1");
            problems.push(problem.help("write a level above 0% and below 100%, such as `95%`"));
            None
        }
    }
}

/// A comparison with a number: `> 0.05`, `>= 85%`.
fn criterion(
    text: &str,
    place: Place<'_>,
    file: &File<ExperimentFile>,
    problems: &mut Vec<Problem>,
) -> Option<Criterion> {
    let read = || {
        let written = text.trim();
        let compared = ComparatorFile::ALL.into_iter();
        let (comparator, rest) = compared
            .into_iter()
            .find_map(|comparator| Some((comparator, written.strip_prefix(comparator.as_str())?.trim())))?;
        let operator = match comparator {
            ComparatorFile::Above => Operator::Above,
            ComparatorFile::AtLeast => Operator::AtLeast,
            ComparatorFile::Below => Operator::Below,
            ComparatorFile::AtMost => Operator::AtMost,
            ComparatorFile::Equal | ComparatorFile::NotEqual => return None,
        };
        let threshold: f64 = match rest.strip_suffix('%') {
            Some(_) => Share::read(rest).ok()?.as_f64(),
            None => rest.parse().ok()?,
        };
        threshold.is_finite().then_some(Criterion { operator, threshold })
    };
    let criterion = read();
    if criterion.is_none() {
        let problem = file.error(place, format!("`{text}` is no criterion"), "what is it compared with?");
        problems.push(problem.help(
            "write `>`, `>=`, `<` or `<=` and a number in the metric's unit: `\"> 0.05\"`, `\">= 85%\"`",
        ));
    }
    criterion
}

fn ids_given(file: &File<ExperimentFile>) -> usize {
    let metrics = &file.wire.metrics;
    metrics.primary.len() + metrics.secondary.len() + metrics.guardrails.len()
}

fn serves(status: Status) -> bool {
    !matches!(status, Status::Draft | Status::Stopped | Status::Archived)
}
