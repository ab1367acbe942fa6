//! Every limit of the format from both sides: what is just within is compiled and read, one more is refused by both.

use crate::parts::Parts;
use edgewise_core::{
    Defect, EncodedContext, MAX_DIRECTIVES, Problem, RECORD_BYTES, Reason, Ruleset, RulesetError, Silent,
    UNIT_ID_BYTES, Unit, compile,
    document::{
        BucketRange, Claim, Condition, Document, Experiment, Factor, Flag, FlagRule, Forced, Holdout, Layer,
        LevelRange, Operator, PatternTest, Prerequisite, Segment, TextComparison, ValueType, Variant,
    },
    format::{self, Section},
    pattern, semver,
};

fn document() -> Document {
    Document::new("9f86d081884c7d65", &["user"])
}

fn experiment(id: &str) -> Experiment {
    let variant = |id: &str, control| Variant { id: id.into(), control, overrides: [].into() };
    Experiment { variants: vec![variant("a", true), variant("b", false)], ..Experiment::new(id, "user") }
}

fn flag(id: &str) -> Flag {
    Flag {
        id: id.into(),
        salt: format!("flag:{id}"),
        value_type: ValueType::Boolean,
        default: "true".into(),
        rules: vec![],
        server_only: false,
    }
}

fn segment(id: &str, condition: Condition) -> Segment {
    Segment { id: id.into(), condition, server_only: false }
}

fn targeted(condition: Condition) -> Document {
    let mut document = document();
    document.experiments = vec![Experiment { targeting: Some(condition), ..experiment("e") }];
    document
}

/// Compiled, and read.
#[track_caller]
fn accepted(document: &Document) -> Parts {
    let bytes = compile(document).unwrap();
    assert!(Ruleset::read(&bytes[..]).is_ok());
    Parts::of(&bytes)
}

#[track_caller]
fn refused(document: &Document, place: &str, problem: Problem) {
    let error = compile(document).unwrap_err();
    assert_eq!((error.place.as_str(), error.problem), (place, problem));
}

#[track_caller]
fn unreadable(parts: &Parts, section: Section, index: usize, defect: Defect) {
    let error = Ruleset::read(parts.sealed()).map(|_| ()).unwrap_err();
    assert_eq!(error, RulesetError::Record { section, index, defect });
}

#[test]
fn unit_types() {
    let of = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("unit_{number}")).collect();
        Document { units: names, ..document() }
    };
    let mut parts = accepted(&of(format::MAX_UNIT_TYPES));
    refused(&of(format::MAX_UNIT_TYPES + 1), "units", Problem::TooMany { limit: 64 });
    refused(&of(0), "units", Problem::Empty);
    let name = parts.text("one_more");
    parts.push(Section::UnitTypes, &name);
    unreadable(&parts, Section::UnitTypes, 64, Defect::TooMany);
}

#[test]
fn attributes() {
    let of = |count: usize| {
        let present = |number: usize| Condition::Present(vec![format!("attribute_{number}")]);
        let mut document = document();
        let rule = |numbers: std::ops::Range<usize>| FlagRule {
            condition: Some(Condition::And(numbers.map(present).collect())),
            rollout: None,
            value: "true".into(),
        };
        document.flags = vec![Flag { rules: vec![rule(0..2000), rule(2000..count)], ..flag("f") }];
        document
    };
    let mut parts = accepted(&of(format::MAX_ATTRIBUTES));
    refused(&of(format::MAX_ATTRIBUTES + 1), "", Problem::TooMany { limit: 4096 });
    let name = parts.text("one_more");
    let first = parts.count(Section::PathSegments) as u32;
    parts.push(Section::PathSegments, &name);
    parts.push(Section::Attributes, &[name[0], name[1], first, 1]);
    unreadable(&parts, Section::Attributes, 4096, Defect::TooMany);
}

/// The one limit of five lists; at the limit only the cheapest of them is tried.
#[test]
fn experiments_flags_segments_layers_and_holdouts() {
    let ids = || (0..=format::MAX_EXPERIMENTS).map(|number| format!("{number:05}"));
    let too_many = Problem::TooMany { limit: 65_536 };
    let segments: Vec<Segment> = ids().map(|id| segment(&id, Condition::Constant(true))).collect();
    let within = Document { segments: segments[1..].to_vec(), ..document() };
    let mut parts = accepted(&within);
    refused(&Document { segments, ..document() }, "segments[65536].id", too_many.clone());
    let name = parts.text("one_more");
    parts.push(Section::Segments, &[name[0], name[1], 0]);
    unreadable(&parts, Section::Segments, 65_536, Defect::TooMany);

    let experiments = ids().map(|id| Experiment::new(&id, "user")).collect();
    refused(&Document { experiments, ..document() }, "experiments[65536].id", too_many.clone());
    let flags = ids().map(|id| flag(&id)).collect();
    refused(&Document { flags, ..document() }, "flags[65536].id", too_many.clone());
    let layers = ids().map(|id| layer(id, None)).collect();
    refused(&Document { layers, ..document() }, "layers[65536].id", too_many.clone());
    let holdouts = ids().map(holdout).collect();
    refused(&Document { holdouts, ..document() }, "holdouts[65536].id", too_many);
}

#[test]
fn variants() {
    let of = |count: usize| {
        let ids = (0..count).map(|number| format!("variant_{number:04}"));
        let variants = ids.map(|id| Variant { control: id.ends_with("_0000"), id, overrides: [].into() });
        Document {
            experiments: vec![Experiment { variants: variants.collect(), ..Experiment::new("e", "user") }],
            ..document()
        }
    };
    let mut parts = accepted(&of(format::MAX_VARIANTS));
    refused(
        &of(format::MAX_VARIANTS + 1),
        "experiments[e].variants",
        Problem::TooMany { limit: format::MAX_VARIANTS },
    );
    refused(&of(1), "experiments[e].variants", Problem::TooFewVariants { count: 1 });
    let id = parts.text("variant_last");
    parts.push(Section::Variants, &[id[0], id[1], 0, 0, 0]);
    parts.set(Section::Experiments, 0, 88, 1025);
    unreadable(&parts, Section::Experiments, 0, Defect::TooMany);

    let mut parts = accepted(&of(2));
    parts.bytes(Section::Variants).truncate(Section::Variants.record_bytes());
    parts.set(Section::Experiments, 0, 88, 1);
    unreadable(&parts, Section::Experiments, 0, Defect::TooMany);
}

#[test]
fn factors() {
    let of = |count: usize| {
        let factor = |number: usize| Factor {
            id: format!("factor_{number}"),
            levels: vec!["low".into(), "high".into()],
            allocation: vec![LevelRange { start: 0, end: 1_000_000, level: "high".into() }],
        };
        let mut experiment = experiment("e");
        experiment.factors = (0..count).map(factor).collect();
        experiment.cells = vec!["b".into(); 1 << count];
        Document { experiments: vec![experiment], ..document() }
    };
    let mut parts = accepted(&of(format::MAX_FACTORS));
    refused(&of(17), "experiments[e].factors", Problem::TooMany { limit: format::MAX_FACTORS });
    let name = parts.text("one_more");
    parts.push(Section::Factors, &[name[0], name[1], 0, 0, 0, 0, 0, 0]);
    parts.set(Section::Extensions, 0, 60, 17);
    unreadable(&parts, Section::Extensions, 0, Defect::TooMany);
}

fn holdout(id: String) -> Holdout {
    Holdout { salt: format!("holdout:{id}"), id, unit: "user".into(), buckets: 10_000 }
}

#[test]
fn holdouts_of_one_experiment() {
    let of = |bound: usize| {
        let ids: Vec<String> = (0..17).map(|number| format!("holdout_{number:02}")).collect();
        Document {
            experiments: vec![Experiment { holdouts: ids[..bound].to_vec(), ..experiment("e") }],
            holdouts: ids.into_iter().map(holdout).collect(),
            ..document()
        }
    };
    let mut parts = accepted(&of(format::MAX_HOLDOUTS));
    refused(&of(17), "experiments[e].holdouts", Problem::TooMany { limit: format::MAX_HOLDOUTS });
    parts.push(Section::BoundHoldouts, &[16]);
    parts.set(Section::Extensions, 0, 28, 17);
    unreadable(&parts, Section::Extensions, 0, Defect::TooMany);
}

/// So many times `!`, around a constant.
fn negated(times: usize) -> Condition {
    (0..times).fold(Condition::Constant(true), |inner, _| Condition::Not(Box::new(inner)))
}

#[test]
fn depth_of_conditions() {
    let most = usize::from(format::MAX_DEPTH);
    let mut parts = accepted(&targeted(negated(most - 1)));
    refused(&targeted(negated(most)), "experiments[e].targeting", Problem::TooDeep);
    negate_targeting(&mut parts, most + 1, most + 1);

    let through = |depth: usize| Document {
        segments: vec![segment("s", negated(most - 3))],
        ..targeted((0..depth).fold(Condition::Segment("s".into()), |inner, _| {
            Condition::And(vec![inner, Condition::Constant(true)])
        }))
    };
    let mut parts = accepted(&through(1));
    refused(&through(2), "experiments[e].targeting", Problem::TooDeep);
    negate_targeting(&mut parts, most + 1, most + 2);
}

#[test]
fn size_of_conditions() {
    let most = format::MAX_CONDITIONS as usize;
    let all = |count: usize| Condition::And(vec![Condition::Constant(true); count]);
    let mut parts = accepted(&targeted(all(most - 1)));
    refused(&targeted(all(most)), "experiments[e].targeting", Problem::TooDeep);
    negate_targeting(&mut parts, 3, most + 1);

    let through = |more: usize| Document {
        segments: vec![segment("s", all(most - 5))],
        ..targeted(Condition::Or(vec![Condition::Segment("s".into()), all(more)]))
    };
    let mut parts = accepted(&through(1));
    refused(&through(2), "experiments[e].targeting", Problem::TooDeep);
    negate_targeting(&mut parts, 5, most + 1);
}

/// Puts `!` before the targeting of the one experiment, which makes it too much.
#[track_caller]
fn negate_targeting(parts: &mut Parts, depth: usize, size: usize) {
    const NOT: u32 = 3;
    let root = parts.word(Section::Experiments, 0, 80);
    let last = parts.count(Section::Conditions);
    parts.push(Section::Conditions, &[NOT | (depth as u32) << 8, root, 0, size as u32]);
    parts.set(Section::Experiments, 0, 80, last as u32);
    unreadable(parts, Section::Conditions, last, Defect::TooDeep);
}

fn layer(id: String, within: Option<&str>) -> Layer {
    let slots = vec![BucketRange { start: 0, end: 500_000 }];
    let within = within.map(|layer| Claim { layer: layer.into(), slots });
    Layer { salt: format!("layer:{id}"), id, unit: "user".into(), within }
}

#[test]
fn depth_of_layers() {
    let of = |count: usize| {
        let id = |number: usize| format!("layer_{number}");
        let layers = (0..count).map(|number| {
            let around = number.checked_sub(1).map(id);
            layer(id(number), around.as_deref())
        });
        Document { layers: layers.collect(), ..document() }
    };
    let mut parts = accepted(&of(8));
    refused(&of(9), "layers[layer_8].within", Problem::TooDeep);
    let id = parts.text("layer_8");
    let slot = parts.count(Section::Slots) as u32;
    parts.push(Section::Slots, &[0, 1]);
    parts.push(Section::Layers, &[id[0], id[1], id[0], id[1], 0, 0, 7, 9 << 16, slot, 1]);
    unreadable(&parts, Section::Layers, 8, Defect::TooDeep);
}

/// An experiment with an extension and no prerequisites, named so that it comes last.
fn last() -> Experiment {
    Experiment { priority: 1, ..experiment("zz") }
}

fn requires(id: &str) -> Prerequisite {
    Prerequisite::Experiment { id: id.into(), variants: vec!["a".into()] }
}

/// Lets the last experiment require one more, and say so of its work and depth.
fn require(parts: &mut Parts, required: u32, work: u32, depth: u32) {
    let own = parts.count(Section::Extensions) - 1;
    let (before, choice) = (parts.word(Section::Extensions, own, 36), parts.count(Section::Choices) as u32);
    if before == 0 {
        let first = parts.count(Section::Prerequisites) as u32;
        parts.set(Section::Extensions, own, 32, first);
    }
    parts.set(Section::Extensions, own, 36, before + 1);
    parts.push(Section::Prerequisites, &[0, required, choice, 1]);
    parts.push(Section::Choices, &[0]);
    parts.set(Section::Extensions, own, 80, work);
    parts.set(Section::Extensions, own, 84, depth);
}

#[test]
fn depth_of_dependencies() {
    let id = |number: usize| format!("e_{number:02}");
    let of = |count: usize| {
        let chained = |number: usize| Experiment {
            prerequisites: number.checked_sub(1).map(|before| requires(&id(before))).into_iter().collect(),
            ..experiment(&id(number))
        };
        Document { experiments: (0..count).map(chained).collect(), ..document() }
    };
    let most = format::MAX_DEPENDENCY_DEPTH as usize;
    let mut within = of(most);
    within.experiments.push(last());
    let mut parts = accepted(&within);
    refused(&of(most + 1), "experiments[e_16]", Problem::Circle);
    require(&mut parts, 15, 17, 17);
    unreadable(&parts, Section::Experiments, 16, Defect::TooDeep);
}

#[test]
fn work_of_dependencies() {
    let of = |count: usize| {
        let ids: Vec<String> = (0..1024).map(|number| format!("e_{number:04}")).collect();
        let mut experiments: Vec<Experiment> = ids.iter().map(|id| experiment(id)).collect();
        let prerequisites = ids.iter().take(count).map(|id| requires(id)).collect();
        experiments.push(Experiment { prerequisites, ..last() });
        Document { experiments, ..document() }
    };
    let mut parts = accepted(&of(1023));
    refused(&of(1024), "experiments[zz]", Problem::Circle);
    require(&mut parts, 1023, 1025, 2);
    unreadable(&parts, Section::Experiments, 1024, Defect::TooDeep);
}

#[test]
fn unit_ids() {
    let id = |bytes: usize| "x".repeat(bytes);
    let of = |unit: String| {
        let forced = vec![Forced { unit, variant: "b".into() }];
        Document { experiments: vec![Experiment { forced, ..experiment("e") }], ..document() }
    };
    let longest = id(UNIT_ID_BYTES);
    let ruleset = Ruleset::read(compile(&of(longest.clone())).unwrap()).unwrap();
    let reason = |id: &str| {
        let units = [Unit::new(id.as_bytes())];
        let context = edgewise_core::Attributes { units: &units, attributes: &[] };
        ruleset.experiment(0).unwrap().assign(&context, 0, &mut Silent).reason
    };
    assert_eq!(reason(&longest), Reason::Forced);
    for invalid in [String::new(), id(UNIT_ID_BYTES + 1)] {
        assert_eq!(reason(&invalid), Reason::InvalidUnit);
        refused(&of(invalid), "experiments[e].forced", Problem::NotAUnitId);
    }
}

#[test]
fn directives_of_a_context() {
    const FORCED: u32 = 2;
    let document = Document { experiments: vec![experiment("e")], ..document() };
    let ruleset = Ruleset::read(compile(&document).unwrap()).unwrap();
    let reason_after = |others: usize| {
        let unit = [4, 1, 0, 0];
        let places = [2 * RECORD_BYTES as u32, others as u32 + 1, 0, 0];
        let other = [FORCED, 7, 0, 0, 0, 0, 0, 0].repeat(others);
        let words = [&unit[..], &places, &other, &[FORCED, 0, 1, 0, 0, 0, 0, 0]].concat();
        let bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
        let context = EncodedContext::new(&bytes, &ruleset);
        ruleset.experiment(0).unwrap().assign(&context, 0, &mut Silent).reason
    };
    assert_eq!(reason_after(MAX_DIRECTIVES - 1), Reason::Forced);
    assert_eq!(reason_after(MAX_DIRECTIVES), Reason::Unallocated);
}

#[test]
fn patterns() {
    // Rows of two words, each of which leads to the first one, behind 131 words.
    let of = |rows: u16| {
        let mut table = vec![2, rows, 0];
        table.extend([0; 128]);
        table.extend([0, pattern::MATCH].repeat(usize::from(rows)));
        table
    };
    let test = |table: Vec<u16>| {
        let attribute = vec!["a".into()];
        targeted(Condition::Matches(PatternTest { attribute, pattern: "any".into(), table }))
    };
    let most = u16::try_from((pattern::MAX_BYTES / 2 - 131) / 2).unwrap();
    let mut parts = accepted(&test(of(most)));
    refused(&test(of(most + 1)), "experiments[e].targeting", Problem::NotAPattern { pattern: "any".into() });
    let longer: Vec<u8> = of(most + 1).into_iter().flat_map(u16::to_le_bytes).collect();
    let words = longer.len() as u32 / 2;
    *parts.bytes(Section::PatternWords) = longer;
    parts.set(Section::Patterns, 0, 12, words);
    unreadable(&parts, Section::Patterns, 0, Defect::OutOfRange);
}

#[test]
fn versions() {
    let test = |bytes: usize| {
        let value = format!("1.0.0-{}", "a".repeat(bytes - 6));
        let (attribute, operator) = (vec!["a".into()], Operator::Eq);
        targeted(Condition::Semver(TextComparison { attribute, operator, value }))
    };
    accepted(&test(semver::VERSION_BYTES));
    let error = compile(&test(semver::VERSION_BYTES + 1)).unwrap_err();
    assert!(matches!(error.problem, Problem::NotAVersion { .. }), "{error}");
}

#[test]
fn buckets() {
    let of =
        |buckets: u32| Document { holdouts: vec![Holdout { buckets, ..holdout("h".into()) }], ..document() };
    let mut parts = accepted(&of(1_000_000));
    refused(&of(1_000_001), "holdouts[h].buckets", Problem::NotAShare { buckets: 1_000_001 });
    parts.set(Section::Holdouts, 0, 32, 1_000_001);
    unreadable(&parts, Section::Holdouts, 0, Defect::OutOfRange);
}

#[test]
fn bytes_of_a_ruleset() {
    let of = |letters: usize| {
        let mut text = flag("f");
        text.value_type = ValueType::String;
        text.default = format!("\"{}\"", "x".repeat(letters));
        Document { flags: vec![text], ..document() }
    };
    let limit = format::MAX_BYTES - format::TRAILER_BYTES;
    let letters = limit - compile(&of(0)).unwrap().len();
    let mut largest = compile(&of(letters)).unwrap();
    assert_eq!(largest.len(), limit);
    refused(&of(letters + 1), "", Problem::TooLarge { bytes: limit + 1, limit });

    // A signature still has room.
    largest.extend(trailer());
    assert_eq!(largest.len(), format::MAX_BYTES);
    assert!(Ruleset::read(&largest[..]).is_ok());
    largest.push(0);
    let error = Ruleset::read(&largest[..]).map(|_| ()).unwrap_err();
    assert_eq!(error, RulesetError::TooLarge { given: format::MAX_BYTES + 1 });
}

fn trailer() -> Vec<u8> {
    let algorithm = u64::from(format::ALGORITHM_ED25519).to_le_bytes();
    let trailer = [&format::TRAILER_MAGIC[..], &algorithm, &[7; format::SIGNATURE_BYTES]].concat();
    assert_eq!(trailer.len(), format::TRAILER_BYTES);
    trailer
}

#[test]
fn bytes_behind_a_ruleset() {
    let bytes = compile(&document()).unwrap();
    let trailer = trailer();
    let signed = [&bytes[..], &trailer].concat();
    let ruleset = Ruleset::read(&signed[..]).unwrap();
    assert_eq!(ruleset.signature(), Some(&[7; format::SIGNATURE_BYTES]));
    assert_eq!(ruleset.signed_bytes(), bytes);
    assert_eq!(ruleset.digest(), Ruleset::read(&bytes[..]).unwrap().digest());
    assert_eq!(Ruleset::read(&bytes[..]).unwrap().signature(), None);

    let with = |at: usize, byte: u8| {
        let mut altered = trailer.clone();
        altered[at] = byte;
        altered
    };
    let longer = [&trailer[..], &[0]].concat();
    let twice = [&trailer[..], &trailer].concat();
    for behind in
        [&[0][..], &trailer[..79], &trailer[1..], &longer, &twice, &with(0, b'e'), &with(8, 2), &with(12, 1)]
    {
        let given = [&bytes[..], behind].concat();
        let expected = RulesetError::TrailingBytes { given: given.len(), declared: bytes.len() };
        assert_eq!(Ruleset::read(&given[..]).map(|_| ()).unwrap_err(), expected);
    }
}
