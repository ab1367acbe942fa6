use super::*;
use crate::engine::datafusion::{DataFusion, Limits};
use edgewise_core::compile;
use futures::executor::block_on;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

/// A verdict that holds, made of the answers of a small experiment: two variants, one binary metric.
static HOLDS: LazyLock<Verdict> = LazyLock::new(holds);

fn holds() -> Verdict {
    let document = json!({
        "seed": "9f86d081884c7d65", "units": ["user"],
        "experiments": [{
            "id": "tone", "iteration": 1, "salt": "experiment:tone@1", "unit": "user", "state": "running",
            "variants": [{"id": "a", "control": true}, {"id": "b"}],
            "allocation": [{"start": 0, "end": 500_000, "variant": "a"}, {"start": 500_000, "end": 1_000_000, "variant": "b"}],
        }],
    });
    let bytes = compile(&serde_json::from_value(document).unwrap()).unwrap();
    let mut rulesets = Rulesets::default();
    rulesets.insert(bytes).unwrap();
    let epoch = rulesets.versions("tone").next().unwrap().epoch().to_string();
    let plan: Plan = serde_json::from_value(json!({
        "experiment": "tone", "unit": "user", "control": "a", "variants": ["a", "b"], "alpha": 0.05,
        "metrics": [],
    }))
    .unwrap();
    let counts = json!({
        "verdicts": {"a": {"verified": 100}, "b": {"verified": 101, "mismatched bucket": 1, "unverifiable no_ruleset": 2}},
        "claimed": {"a": {&epoch: 100}, "b": {&epoch: 103}}, "admitted": {"a": {&epoch: 100}, "b": {&epoch: 101}},
    });
    let mut whole = serde_json::to_value(crate::assignments::Counts::default()).unwrap();
    whole.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
    let replayed = Replayed {
        rulesets: Vec::new(),
        repeats: crate::log::Repeats::default(),
        iteration: Some(1),
        linked: vec!["device".into()],
        counts: serde_json::from_value(whole).unwrap(),
        cohorts: Vec::new(),
    };
    let observed = replayed.observed(&rulesets, &plan).unwrap();
    // Tables without rows: the engine's own answers to whatever is asked.
    let engine = DataFusion::new(Limits::of_this_machine()).unwrap();
    let recorder = Recorder::new(&engine);
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let results = runtime
        .block_on(analyze_observed(&recorder, None, observed, &plan, &Options::default(), &|_| {}))
        .unwrap();
    Verdict {
        format: FORMAT.into(),
        version: VERSION,
        edgewise: "1".into(),
        made_at: Timestamp::UNIX_EPOCH,
        plan_digest: plan.digest().to_string(),
        plan,
        looks: None,
        bots: None,
        known: BTreeSet::from(["tone".to_owned()]),
        rulesets: rulesets.all().map(KeptRuleset::of).collect(),
        segments: vec![Segment::Open {
            file: "log/00000001.ndjson".into(),
            bytes: 3,
            sha256: data::hex(&[7; 32]),
        }],
        watermark: results.watermark,
        replayed,
        answers: recorder.answers(),
        results: serde_json::from_str(&serde_json::to_string(&results).unwrap()).unwrap(),
    }
}

fn seal(_: &[u8]) -> file::Seal {
    file::Seal { algorithm: "none".into(), public_key: "k".into(), signature: "s".into() }
}

fn differences(verdict: &Verdict) -> Vec<String> {
    let report = block_on(check::without_data(verdict, "1"));
    report.differences.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_reads_back_and_holds() {
    let bytes = file::write(&HOLDS, seal).unwrap();
    let contents = file::read(&bytes).unwrap();
    assert_eq!(contents.verdict, *HOLDS);
    assert_eq!(contents.seal, seal(&[]));
    assert_eq!(contents.signed, bytes.split(|byte| *byte == b'\n').next().unwrap());
    assert_eq!(differences(&contents.verdict), [""; 0]);
}

#[test]
fn what_only_the_exposures_tell_is_not_checked_without_them() {
    let mut verdict = HOLDS.clone();
    let more = json!({"exclusion": "unreadable", "count": 3, "what": "lines", "action": ""});
    verdict.results["exclusions"].as_array_mut().unwrap().push(more);
    let report = block_on(check::without_data(&verdict, "1"));
    assert!(report.holds(), "{report:?}");
    assert!(report.not_checked.contains(&"1 exclusions that only the exposures themselves tell".to_owned()));
    // What follows from the counts cannot be left out.
    verdict.results["exclusions"] = json!([]);
    assert!(differences(&verdict).iter().any(|one| one.starts_with("results.exclusions[")), "{verdict:?}");
}

#[test]
fn counts_and_shares_are_computed_again() {
    let mut verdict = HOLDS.clone();
    let units = verdict.replayed.counts.admitted.get_mut("b").unwrap();
    for units in units.values_mut() {
        *units += 1;
    }
    let all = differences(&verdict);
    assert!(
        all.contains(&"results.variants[b].units: the verdict says 101, the moments give 102".to_owned()),
        "{all:?}"
    );
    assert!(all.iter().any(|one| one.starts_with("results.sample_ratio.after_exclusions")), "{all:?}");
    units_of_b(&mut verdict, u64::MAX);
    assert!(differences(&verdict)[0].starts_with("replayed.counts: the verdict says a count above"));
}

fn units_of_b(verdict: &mut Verdict, count: u64) {
    verdict.replayed.counts.admitted.get_mut("b").unwrap().values_mut().for_each(|units| *units = count);
}

#[test]
fn answers_are_what_the_plan_asks_for_no_more_and_no_less() {
    let mut more = HOLDS.clone();
    more.answers.push(Answer { sql: "select 1".into(), columns: Vec::new() });
    assert_eq!(
        differences(&more),
        [
            "answers: the verdict says 1 answers that no question of its plan asks for, the moments give nothing"
        ]
    );
    let mut fewer = HOLDS.clone();
    fewer.answers.clear();
    assert!(differences(&fewer)[0].contains("the verdict holds no answer to this question: "));
    let report = block_on(check::without_data(&fewer, "2"));
    assert!(
        report.holds() && report.not_checked.iter().any(|what| what.contains("check it with that version"))
    );
}

proptest! {
    /// Bytes that anybody may send: they are read or refused, and what is read is checked to the end.
    #[test]
    fn no_bytes_make_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| file::write(&HOLDS, seal).unwrap());
        let mut bytes = BYTES.clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(contents) = file::read(&bytes) {
            block_on(check::without_data(&contents.verdict, "1"));
        }
    }

    /// The same for digits alone, which leave the JSON whole.
    #[test]
    fn no_digits_make_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), b'0'..=b'9'), 1..6),
    ) {
        static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| file::write(&HOLDS, seal).unwrap());
        let mut bytes = BYTES.clone();
        let digits: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place].is_ascii_digit()).collect();
        for (place, digit) in changes {
            bytes[digits[place.index(digits.len())]] = digit;
        }
        if let Ok(contents) = file::read(&bytes) {
            block_on(check::without_data(&contents.verdict, "1"));
        }
    }
}
