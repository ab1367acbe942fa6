//! Which kind a file is of, and which of its fields that kind has.

use super::missing;
use crate::project::{
    folder::File,
    problem::Problem,
    spelling,
    wire::{Aggregation, Kind, MetricFile, Silent},
};

/// The kind, with what the aggregation says besides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolved {
    /// The kind, whether it was written or follows from the aggregation.
    pub(super) kind: Kind,
    /// A ratio that divides by the number of its own events.
    pub(super) is_mean: bool,
    /// The level of a quantile.
    pub(super) level: Option<f64>,
}

/// The kind that is written, or that the aggregation stands for. None: reported.
pub(super) fn resolve(file: &File<MetricFile>, problems: &mut Vec<Problem>) -> Option<Resolved> {
    let wire = &file.wire;
    let Some(aggregation) = wire.aggregation else {
        if wire.kind.is_none() {
            problems.push(missing(file, "kind"));
        }
        return wire.kind.map(|kind| Resolved { kind, is_mean: false, level: None });
    };
    let (meant, also, level): (Kind, &[Kind], _) = match aggregation {
        Aggregation::Sum => (Kind::Continuous, &[], None),
        Aggregation::Mean => (Kind::Ratio, &[Kind::Continuous], None),
        Aggregation::Median | Aggregation::P50 => (Kind::Quantile, &[Kind::Continuous], Some(0.5)),
        Aggregation::P75 => (Kind::Quantile, &[Kind::Continuous], Some(0.75)),
        Aggregation::P90 => (Kind::Quantile, &[Kind::Continuous], Some(0.9)),
        Aggregation::P95 => (Kind::Quantile, &[Kind::Continuous], Some(0.95)),
        Aggregation::P99 => (Kind::Quantile, &[Kind::Continuous], Some(0.99)),
        Aggregation::Rate if wire.denominator.is_some() || wire.kind == Some(Kind::Ratio) => {
            (Kind::Ratio, &[], None)
        }
        Aggregation::Rate => (Kind::Binary, &[], None),
    };
    if let Some(kind) = wire.kind.filter(|kind| *kind != meant && !also.contains(kind)) {
        let place = file.place();
        let message = format!("`kind: {}` and this aggregation say different things", word(kind));
        let problem = file.error(place.key("aggregation"), message, "makes something else");
        let problem = problem.at(&file.text, place.key("kind").span(), "makes this");
        problems
            .push(problem.help(format!("remove one of them; this aggregation is `kind: {}`", word(meant))));
        return None;
    }
    Some(Resolved { kind: meant, is_mean: aggregation == Aggregation::Mean, level })
}

/// Reports fields that mean nothing for the kind.
pub(super) fn fields(file: &File<MetricFile>, kind: Kind, problems: &mut Vec<Problem>) {
    for (field, kinds) in FIELDS {
        if file.place().has(field) && !kinds.contains(&kind) {
            let message = format!("a {} metric has no `{field}`", word(kind));
            let problem = file.error(file.place().key(field), message, "means nothing here");
            problems.push(problem.help(advice(field, kind, kinds)));
        }
    }
    if kind == Kind::Binary && file.wire.silent == Silent::Exclude {
        let message = "without its silent units a binary metric is 1 for every unit that is left";
        let problem = file.error(file.place().key("silent"), message, "leaves out every 0");
        problems
            .push(problem.help("remove `silent`; to compare among those who came so far, write a `funnel`"));
    }
}

/// What fields are of which kinds; those of all kinds are not named.
const FIELDS: [(&str, &[Kind]); 18] = {
    use Kind::{
        Binary, Continuous, Count, Feedback, Funnel, Highest, Lowest, Quantile, Ratio, Retention, Session,
    };
    const OF_ONE_EVENT: &[Kind] =
        &[Binary, Count, Continuous, Ratio, Quantile, Highest, Lowest, Retention, Feedback, Session];
    [
        ("event", OF_ONE_EVENT),
        ("type", OF_ONE_EVENT),
        ("where", OF_ONE_EVENT),
        ("value", &[Continuous, Ratio, Quantile, Highest, Lowest, Feedback, Session]),
        ("denominator", &[Ratio]),
        ("level", &[Quantile]),
        ("from", &[Retention]),
        ("to", &[Retention]),
        ("steps", &[Funnel]),
        ("positive", &[Feedback, Session]),
        ("neutral", &[Feedback]),
        ("negative", &[Feedback, Session]),
        ("trend", &[Session]),
        ("direction", &[Binary, Count, Continuous, Ratio, Quantile, Highest, Lowest, Retention, Funnel]),
        ("window", &[Binary, Count, Continuous, Ratio, Quantile, Highest, Lowest, Funnel, Feedback, Session]),
        ("covariate", &[Binary, Count, Continuous, Ratio, Highest, Lowest, Retention, Feedback, Session]),
        ("cap", &[Count, Continuous, Highest, Lowest]),
        ("silent", &[Binary, Count, Continuous, Highest, Lowest]),
    ]
};

fn advice(field: &str, kind: Kind, kinds: &[Kind]) -> String {
    match (field, kind) {
        ("value", Kind::Binary | Kind::Count) => {
            "remove `value`, or write `kind: continuous` to sum it".to_owned()
        }
        ("event" | "type" | "where", _) => format!("write `{field}` in each of the `steps`"),
        ("window", _) => "`to` says until when events count".to_owned(),
        ("direction", Kind::Feedback) => "say by `positive` and `negative` which answers are better".to_owned(),
        ("direction", _) => {
            "higher scores are better here; where lower ones are, write `aggregation: mean`, or the kind `highest` or `lowest`"
                .to_owned()
        }
        ("silent", Kind::Ratio | Kind::Quantile | Kind::Feedback) => {
            "remove `silent`: a unit without events adds nothing to either side".to_owned()
        }
        ("silent", Kind::Session) => {
            "remove `silent`: a unit without turns has no summary, and is left out".to_owned()
        }
        _ => {
            let listed = spelling::list(kinds.iter().map(|kind| word(*kind)));
            let kinds = if kinds.len() == 1 { "kind" } else { "kinds" };
            format!("remove `{field}`, which is of the {kinds} {listed}")
        }
    }
}

/// As files spell it.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Binary => "binary",
        Kind::Count => "count",
        Kind::Continuous => "continuous",
        Kind::Ratio => "ratio",
        Kind::Quantile => "quantile",
        Kind::Highest => "highest",
        Kind::Lowest => "lowest",
        Kind::Retention => "retention",
        Kind::Funnel => "funnel",
        Kind::Feedback => "feedback",
        Kind::Session => "session",
    }
}
