//! Computing a verdict's results again, and saying what differs.

use super::{
    Column, Difference, Evidence, KeptRuleset, Recorded, Recording, Verdict, VerdictError,
    answers::Holds,
    data::{self, bytes_of},
    record,
};
use crate::{
    analyze::{Options, analyze_observed},
    bots::Bots,
    engine::Engine,
    log::{Folder, Source},
    verify::Rulesets,
};
use serde::Serialize;
use serde_json::Value;
use std::{fs, io, path::Path};

/// What was checked, what differs, and what nothing was said about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was computed again or compared, in words.
    pub checked: Vec<String>,
    /// What differs.
    pub differences: Vec<Difference>,
    /// What was not checked, in words.
    pub not_checked: Vec<String>,
}

impl Report {
    /// Whether everything that was checked is as the verdict says.
    pub fn holds(&self) -> bool {
        self.differences.is_empty()
    }
}

/// What the results are computed again from.
const BY_MOMENTS: &str = "the moments";
/// What digests are computed again from.
const BY_BYTES: &str = "its own bytes";
/// What is computed again from the events.
const BY_DATA: &str = "the data";
/// So many units are put into memory again, some 100 bytes each.
const MOST_UNITS: u64 = 20_000_000;
/// No experiment has more units or events: a million millions. Larger counts could add up beyond 64 bits.
const LARGEST_COUNT: u64 = 1_000_000_000_000;

/// Checks a verdict by itself: digests, and the results by the moments that it holds. `edgewise` is this program's
/// version.
pub async fn without_data(verdict: &Verdict, edgewise: &str) -> Report {
    let mut report = Report::default();
    let rulesets = digests(verdict, &mut report);
    recompute(verdict, &rulesets, edgewise, &mut report).await;
    report.not_checked.push(
        "whether the moments are those of the events, and the segments those of a log: give --data with a copy of the data folder".to_owned(),
    );
    report
}

/// Checks a verdict by itself, and against a data folder: its segments, its rulesets, the replay of every exposure,
/// the moments and the results.
///
/// # Errors
/// Where the data folder cannot be read.
pub async fn with_data(
    engine: &dyn Engine,
    verdict: &Verdict,
    edgewise: &str,
    folder: &Path,
) -> Result<Report, VerdictError> {
    let mut report = Report::default();
    let rulesets = digests(verdict, &mut report);
    let folder = Folder::new(folder);
    let compared = data::compare(&folder, &verdict.segments)?;
    report.checked.push(format!(
        "{} segments of the data folder, of {} that the verdict names",
        compared.there.len(),
        verdict.segments.len()
    ));
    if compared.unnamed > 0 {
        report.not_checked.push(format!(
            "{} segments of the data folder that the verdict does not name: they are left out",
            compared.unnamed
        ));
    }
    if compared.sealed_since > 0 {
        report.not_checked.push(format!(
            "the bytes of {} segments that were sealed since: their events are counted again all the same",
            compared.sealed_since
        ));
    }
    report.differences.extend(compared.differences);
    report.differences.extend(rulesets_in(&folder, &verdict.rulesets));
    let view = data::view(&folder, &compared.there)?;
    let source = Source::open(view.path())?;
    let bots: Option<Bots> = verdict.bots.as_ref().map(|kept| kept.list().0);
    let evidence = Evidence {
        source: &source,
        rulesets: &rulesets,
        plan: &verdict.plan,
        known: &verdict.known,
        looks: verdict.looks.as_ref(),
        bots: bots.as_ref(),
    };
    let recording = record(engine, evidence, &|_| {}).await?;
    report.differences.extend(against(verdict, &recording)?);
    report.checked.push(
        "every exposure replayed, every moment summed up and every result computed again from the events of these segments"
            .to_owned(),
    );
    // Last, so that what differs stands before what follows from it.
    recompute(verdict, &rulesets, edgewise, &mut report).await;
    Ok(report)
}

/// The rulesets of the verdict; whatever is named by a digest has to have it.
fn digests(verdict: &Verdict, report: &mut Report) -> Rulesets {
    let own = verdict.plan.digest().to_string();
    if own != verdict.plan_digest {
        let place = "plan_digest".to_owned();
        report.differences.push(Difference::new(place, &verdict.plan_digest, BY_BYTES, own));
    }
    let mut rulesets = Rulesets::default();
    for kept in &verdict.rulesets {
        let found = match bytes_of(&kept.hex).map(|bytes| rulesets.insert(bytes)) {
            Some(Ok(digest)) => digest.to_string(),
            Some(Err(error)) => format!("no ruleset: {error}"),
            None => "no hexadecimal digits".to_owned(),
        };
        if found != kept.digest {
            let place = format!("rulesets[{}]", kept.digest);
            report.differences.push(Difference::new(place, "a ruleset of this digest", BY_BYTES, found));
        }
    }
    report.checked.push(format!("the digests of the plan and of {} rulesets", verdict.rulesets.len()));
    if let Some(kept) = &verdict.bots {
        let (_, found) = kept.list();
        if found != kept.digest {
            report.differences.push(Difference::new("bots.digest", &kept.digest, BY_BYTES, found));
        }
        report.checked.push(format!("the digest of a list of {} bots", kept.units.len()));
    }
    let committed = rulesets.versions(&verdict.plan.experiment).filter_map(edgewise_core::Experiment::plan);
    if committed.into_iter().all(|committed| committed != verdict.plan.digest()) {
        report
            .not_checked
            .push("whether the plan was fixed before the data: no ruleset commits to it".to_owned());
    }
    rulesets
}

/// Computes the results again by the moments of the verdict.
async fn recompute(verdict: &Verdict, rulesets: &Rulesets, edgewise: &str, report: &mut Report) {
    if let Some(place) = too_large(verdict) {
        report.differences.push(Difference {
            place,
            verdict: Some(format!("a count above {LARGEST_COUNT}")),
            by: BY_MOMENTS,
            found: None,
        });
        return;
    }
    if let Some(trigger) = &verdict.plan.trigger {
        report.not_checked.push(format!(
            "the results by the moments alone: units count from the event `{}` on, which only the events tell",
            trigger.event
        ));
        return;
    }
    let units = verdict.replayed.cohorts.iter().fold(0, |all: u64, cohort| all.saturating_add(cohort.units));
    if units > MOST_UNITS {
        report.not_checked.push(format!(
            "the results by the moments alone: {units} units are more than the {MOST_UNITS} that fit into memory"
        ));
        return;
    }
    let recorded = Recorded::new(&verdict.answers);
    let again = async {
        let observed = verdict.replayed.observed(rulesets, &verdict.plan)?;
        let options = Options { looks: verdict.looks.clone(), ..Options::default() };
        analyze_observed(&recorded, None, observed, &verdict.plan, &options, &|_| {}).await
    };
    let results = match again.await {
        Ok(results) => results,
        Err(error) if edgewise == verdict.edgewise => {
            report.differences.push(Difference::new(
                "answers",
                "what its plan and rulesets ask for",
                BY_MOMENTS,
                error.to_string(),
            ));
            return;
        }
        Err(error) => {
            report.not_checked.push(format!(
                "the results: edgewise {} made the verdict, and this is {edgewise}, which asks otherwise; check it with that version ({error})",
                verdict.edgewise
            ));
            return;
        }
    };
    let left = recorded.left();
    if left > 0 {
        report.differences.push(Difference {
            place: "answers".to_owned(),
            verdict: Some(format!("{left} answers that no question of its plan asks for")),
            by: BY_MOMENTS,
            found: None,
        });
    }
    // As text, because a number read from text is what the verdict's numbers are.
    let found = serde_json::to_string(&results).and_then(|text| serde_json::from_str(&text));
    let Ok(mut found) = found else { return };
    let mut claimed = verdict.results.clone();
    for list in ["exclusions", "warnings"] {
        without_those_of_exposures(list, &mut claimed, &mut found, report);
    }
    report.differences.extend(Difference::between("results", &claimed, BY_MOMENTS, &found));
    let watermark = serde_json::to_value(verdict.watermark).unwrap_or_default();
    report.differences.extend(Difference::between("watermark", &watermark, BY_MOMENTS, &found["watermark"]));
    report.checked.push(format!("the results, computed again from {} answers", verdict.answers.len()));
}

/// Takes out of both lists what they have in common, and out of the verdict's what only the exposures tell.
fn without_those_of_exposures(list: &str, claimed: &mut Value, found: &mut Value, report: &mut Report) {
    let (Some(Value::Array(said)), Some(Value::Array(again))) = (claimed.get_mut(list), found.get_mut(list))
    else {
        return;
    };
    let of_exposures = said.iter().filter(|one| !again.contains(one)).count();
    again.retain(|one| !said.contains(one));
    said.clear();
    if of_exposures > 0 {
        report.not_checked.push(format!("{of_exposures} {list} that only the exposures themselves tell"));
    }
}

/// The place of a count that cannot be one.
fn too_large(verdict: &Verdict) -> Option<String> {
    fn within(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.as_u64().is_some_and(|number| number <= LARGEST_COUNT),
            Value::Array(values) => values.iter().all(within),
            Value::Object(values) => values.values().all(within),
            _ => true,
        }
    }
    let counts = serde_json::to_value(&verdict.replayed.counts).unwrap_or_default();
    if !within(&counts) {
        return Some("replayed.counts".to_owned());
    }
    let is_count = |column: &&Column| column.holds == Holds::Integer;
    let fits = |text: &String| text.parse::<i64>().is_ok_and(|count| count.unsigned_abs() <= LARGEST_COUNT);
    let (index, column) = verdict.answers.iter().enumerate().find_map(|(index, answer)| {
        let counts = answer.columns.iter().filter(is_count);
        let mut wrong = counts.filter(|column| !column.values.iter().flatten().all(fits));
        Some((index, wrong.next()?))
    })?;
    Some(format!("answers[{index}].columns[{}]", column.name))
}

/// The rulesets that a data folder lacks or holds otherwise.
fn rulesets_in(folder: &Folder, kept: &[KeptRuleset]) -> Vec<Difference> {
    let different = |ruleset: &KeptRuleset| {
        let digest = ruleset.digest.parse().ok()?;
        let found = match fs::read(folder.ruleset(digest)) {
            Ok(bytes) if data::hex(&bytes) == ruleset.hex => return None,
            Ok(_) => Some("other bytes under its name".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(format!("a file that cannot be read: {error}")),
        };
        let place = format!("rulesets[{digest}]");
        let verdict = Some(format!("a ruleset of {} bytes", ruleset.hex.len() / 2));
        Some(Difference { place, verdict, by: BY_DATA, found })
    };
    kept.iter().filter_map(different).collect()
}

/// What differs between the verdict and the same way gone again.
fn against(verdict: &Verdict, again: &Recording) -> Result<Vec<Difference>, serde_json::Error> {
    let of = |place, said: &Value, found: &Value| Difference::between(place, said, BY_DATA, found);
    // As text, because a number read from text is what the verdict's numbers are.
    let results: Value = serde_json::from_str(&again.results.to_string())?;
    let said = serde_json::to_value(&verdict.replayed)?;
    let mut differences = of("replayed", &said, &serde_json::to_value(&again.replayed)?);
    let said = serde_json::to_value(&verdict.answers)?;
    differences.extend(of("answers", &said, &serde_json::to_value(&again.answers)?));
    differences.extend(of("results", &verdict.results, &results));
    Ok(differences)
}
