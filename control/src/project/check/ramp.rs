//! When an experiment runs, and which share of its units enters over time.

use super::{buckets, time};
use crate::project::{folder::File, problem::Problem, wire::ExperimentFile};
use edgewise_core::document::RampStage;

/// Start and end, in milliseconds since the Unix epoch.
pub(super) fn times(file: &File<ExperimentFile>, problems: &mut Vec<Problem>) -> (Option<i64>, Option<i64>) {
    let mut read = |field: &str, text: &Option<String>| {
        text.as_ref().and_then(|text| time::instant(text, file.place().key(field), file, problems))
    };
    let (start, end) = (read("start", &file.wire.start), read("end", &file.wire.end));
    if let (Some(first), Some(last)) = (start, end)
        && last <= first
    {
        let problem = file.error(
            file.place().key("end"),
            "the experiment ends before it starts",
            "not after the start",
        );
        let problem = problem.at(&file.text, file.place().key("start").span(), "the start");
        problems.push(
            problem
                .help("`end` is the first moment at which nobody is assigned any longer: write a later one"),
        );
    }
    (start, end)
}

/// The stages of the ramp.
pub(super) fn ramp(
    file: &File<ExperimentFile>,
    start: Option<i64>,
    problems: &mut Vec<Problem>,
) -> Vec<RampStage> {
    let place = file.place();
    if let Some(traffic) = &file.wire.traffic {
        if !file.wire.ramp.is_empty() {
            let problem = file.error(place.key("traffic"), "`traffic` and `ramp` both say who enters", "");
            let problem = problem.at(&file.text, place.key("ramp").name(), "");
            problems
                .push(problem.help("keep `ramp`, whose last stage is the final share, or keep `traffic`"));
        }
        let buckets = buckets(traffic, place.key("traffic"), file, problems);
        return buckets.map(|buckets| RampStage { from: None, buckets }).into_iter().collect();
    }
    let mut stages: Vec<(usize, RampStage)> = Vec::new();
    for index in 0..file.wire.ramp.len() {
        let Some(stage) = stage(file, index, start, problems) else { continue };
        if let Some((before, previous)) = stages.last() {
            rising(file, (*before, previous), (index, &stage), problems);
        }
        stages.push((index, stage));
    }
    stages.into_iter().map(|(_, stage)| stage).collect()
}

fn stage(
    file: &File<ExperimentFile>,
    index: usize,
    start: Option<i64>,
    problems: &mut Vec<Problem>,
) -> Option<RampStage> {
    let wire = file.wire.ramp.get(index)?;
    let place = file.place().key("ramp").item(index);
    let buckets = buckets(&wire.traffic, place.key("traffic"), file, problems);
    let from = match (&wire.after, &wire.at) {
        (Some(after), None) => {
            let after = time::duration(after, place.key("after"), file, problems);
            if file.wire.start.is_none() {
                let message = "`after` counts from the start, and the experiment has none";
                let problem = file.error(place.key("after"), message, "after what?");
                problems
                    .push(problem.help("add `start: 2026-01-05T00:00:00Z`, or write `at:` with a time here"));
            }
            start?.checked_add(after?)
        }
        (None, Some(at)) => time::instant(at, place.key("at"), file, problems),
        _ => {
            let problem =
                file.error(place, "a ramp's stage begins either `after` a duration or `at` a time", "when?");
            problems.push(problem.help("write one of `after: 24h` and `at: 2026-01-05T00:00:00Z`"));
            None
        }
    };
    Some(RampStage { from: Some(from?), buckets: buckets? })
}

/// Reports a stage that begins too early or lets fewer units in than the one before.
fn rising(
    file: &File<ExperimentFile>,
    (before, previous): (usize, &RampStage),
    (index, stage): (usize, &RampStage),
    problems: &mut Vec<Problem>,
) {
    let place = |index| file.place().key("ramp").item(index);
    if stage.buckets < previous.buckets {
        let problem = file.error(place(index).key("traffic"), "the ramp falls", "fewer than before");
        let problem = problem.at(&file.text, place(before).key("traffic").span(), "more before");
        let advice = "units that have entered would be thrown out: write a share that is not smaller, or pause the experiment";
        problems.push(problem.help(advice));
    }
    if stage.from <= previous.from {
        let problem =
            file.error(place(index), "the stages of the ramp are not in the order of time", "not later");
        let problem = problem.at(&file.text, place(before).span(), "than this");
        problems.push(problem.help("write the stages in the order in which they begin"));
    }
}
