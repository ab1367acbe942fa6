//! Random documents and contexts over small pools, so that names, types and edges meet often.

use edgewise_core::document::{
    AllocationRange, Comparison, Condition, Document, Experiment, Flag, FlagRule, Literal, Membership,
    Operator, RampStage, Rollout, State, TextOperator, TextTest, ValueType, Variant,
};
use proptest::{
    collection::{btree_set, vec},
    option::{self, weighted},
    prelude::*,
    sample::select,
};
use serde_json::{Map, Value as Json, json};

const UNITS: [&str; 3] = ["user", "device", "session"];
const PATHS: [&[&str]; 5] = [&["country"], &["app", "version"], &["app", "build"], &["n"], &["plan name"]];
const STRINGS: [&str; 7] = ["", "IN", "INDIA", "pro", "2.10", "café", "用户"];
const NUMBERS: [f64; 6] = [-1.5, -0.0, 0.0, 1.0, 17.0, 1e300];
const VARIANTS: [&str; 4] = ["d", "a", "c", "b"];
const MAX_FLAGS: usize = 4;

/// Times lie in -10..=10 and so do starts, ends and ramp stages.
pub(crate) fn times() -> impl Strategy<Value = i64> {
    -12..=12_i64
}

/// Any document that compiles.
pub(crate) fn documents() -> impl Strategy<Value = Document> {
    (1..=UNITS.len(), 1..5_usize, 0..=MAX_FLAGS).prop_flat_map(|(units, experiments, flags)| {
        let units = &UNITS[..units];
        let experiments: Vec<_> = (0..experiments).map(|index| experiment(index, units)).collect();
        let flags: Vec<_> = (0..flags).map(|index| flag(index, units)).collect();
        (any::<u64>(), experiments, flags, overrides()).prop_map(
            |(seed, mut experiments, flags, overrides)| {
                claim(&mut experiments, &flags, &overrides);
                Document {
                    seed: format!("{seed:016x}"),
                    tenant: None,
                    environment: Some("test".into()),
                    units: units.iter().copied().map(String::from).collect(),
                    experiments,
                    flags,
                }
            },
        )
    })
}

/// Any JSON object with some of the pools' unit types and attributes.
pub(crate) fn contexts() -> impl Strategy<Value = Json> {
    let units = vec(weighted(0.9, unit_id()), UNITS.len());
    let attributes = vec(weighted(0.8, attribute()), PATHS.len());
    (units, attributes).prop_map(|(units, attributes)| {
        let mut context = Map::new();
        for (name, id) in UNITS.iter().zip(units) {
            id.map(|id| context.insert((*name).into(), id));
        }
        for (path, value) in PATHS.iter().zip(attributes) {
            let Some(value) = value else { continue };
            match path {
                [name] => context.insert((*name).into(), value),
                [outer, inner] => {
                    let nested = context.entry(*outer).or_insert_with(|| json!({}));
                    nested.as_object_mut().and_then(|nested| nested.insert((*inner).into(), value))
                }
                _ => unreachable!("no path of the pool is longer"),
            };
        }
        Json::Object(context)
    })
}

fn unit_id() -> impl Strategy<Value = Json> {
    prop_oneof![
        8 => (0..1000_u32).prop_map(|number| json!(format!("u_{number}"))),
        2 => any::<i32>().prop_map(|number| json!(number)),
        1 => ".{0,4}".prop_map(|text| json!(text)),
        1 => select(vec![json!(null), json!(true), json!(1.5), json!([]), json!({}), json!("x".repeat(1025))]),
    ]
}

fn attribute() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => select(&STRINGS[..]).prop_map(|text| json!(text)),
        4 => select(&NUMBERS[..]).prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(|value| json!(value)),
        1 => select(vec![json!(null), json!([]), json!({}), json!(["IN"])]),
    ]
}

fn experiment(index: usize, units: &'static [&'static str]) -> impl Strategy<Value = Experiment> {
    let plan = weighted(0.2, any::<u128>()).prop_map(|plan| plan.map(|plan| format!("{plan:032x}")));
    let when = (weighted(0.3, -10..0_i64), weighted(0.3, 0..=10_i64), prop::bool::weighted(0.1));
    let whom = (select(units), weighted(0.6, condition()), ramp());
    (1..4_u32, when, whom, arms(), plan).prop_map(move |(iteration, when, whom, arms, plan)| {
        let ((start, end, paused), (unit, targeting, ramp), (variants, allocation)) = (when, whom, arms);
        Experiment {
            id: format!("e{index}"),
            iteration,
            salt: format!("experiment:e{index}@{iteration}"),
            share_salt: false,
            unit: unit.into(),
            state: if paused { State::Paused } else { State::Running },
            start,
            end,
            targeting,
            ramp,
            variants,
            allocation,
            plan,
        }
    })
}

/// Variants, and ranges between random cuts of the buckets, some of which nobody gets.
fn arms() -> impl Strategy<Value = (Vec<Variant>, Vec<AllocationRange>)> {
    (2..=VARIANTS.len()).prop_flat_map(|count| {
        let cuts = btree_set(0..=1_000_000_u32, 2..8);
        let owners = vec(weighted(0.9, 0..count), 8);
        (0..count, cuts, owners, any::<bool>()).prop_map(move |(control, cuts, owners, backwards)| {
            let variants = VARIANTS[..count].iter().enumerate().map(|(index, id)| Variant {
                id: (*id).into(),
                control: index == control,
                overrides: std::collections::BTreeMap::new(),
            });
            let ranges =
                cuts.iter().zip(cuts.iter().skip(1)).zip(owners).filter_map(|((start, end), owner)| {
                    Some(AllocationRange { start: *start, end: *end, variant: VARIANTS[owner?].into() })
                });
            let mut ranges: Vec<_> = ranges.collect();
            if backwards {
                ranges.reverse();
            }
            (variants.collect(), ranges)
        })
    })
}

fn ramp() -> impl Strategy<Value = Vec<RampStage>> {
    (btree_set(-10..=10_i64, 0..4), vec(0..=1_000_000_u32, 4), any::<bool>()).prop_map(
        |(times, mut shares, since_ever)| {
            shares.sort_unstable();
            let stages = times.iter().zip(shares).enumerate();
            let stage = |(index, (from, buckets)): (usize, (&i64, u32))| RampStage {
                from: Some(*from).filter(|_| index > 0 || !since_ever),
                buckets,
            };
            stages.map(stage).collect()
        },
    )
}

fn flag(index: usize, units: &'static [&'static str]) -> impl Strategy<Value = Flag> {
    let types = vec![ValueType::Boolean, ValueType::Number, ValueType::String, ValueType::Object];
    let rollout =
        (select(units), 0..=1_000_000_u32).prop_map(|(unit, buckets)| Rollout { unit: unit.into(), buckets });
    let rules = vec((weighted(0.7, condition()), weighted(0.5, rollout), 0..2_usize), 0..4);
    (select(types), rules).prop_map(move |(value_type, rules)| {
        let rule =
            |(condition, rollout, value)| FlagRule { condition, rollout, value: text_of(value_type, value) };
        Flag {
            id: format!("f{index}"),
            salt: format!("flag:f{index}"),
            value_type,
            default: text_of(value_type, 2),
            rules: rules.into_iter().map(rule).collect(),
        }
    })
}

/// For each flag and each variant of the experiment that may claim it, which value it gets.
fn overrides() -> impl Strategy<Value = Vec<Vec<Option<usize>>>> {
    vec(vec(option::of(0..3_usize), VARIANTS.len()), MAX_FLAGS)
}

/// Flags go round the experiments, so that no two claim the same.
fn claim(experiments: &mut [Experiment], flags: &[Flag], overrides: &[Vec<Option<usize>>]) {
    let count = experiments.len();
    for (index, (flag, values)) in flags.iter().zip(overrides).enumerate() {
        for (variant, value) in experiments[index % count].variants.iter_mut().zip(values) {
            value.map(|value| variant.overrides.insert(flag.id.clone(), text_of(flag.value_type, value)));
        }
    }
}

fn text_of(value_type: ValueType, index: usize) -> String {
    let texts = match value_type {
        ValueType::Boolean => ["true", "false", "true"],
        ValueType::Number => ["0", "-2.5", "1e9"],
        ValueType::String => [r#""""#, r#""a""#, r#""用户""#],
        ValueType::Object => ["{}", r#"{"a":[1,2]}"#, "[]"],
    };
    texts[index].into()
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Condition::Constant),
        2 => path().prop_map(Condition::Present),
        6 => comparison().prop_map(Condition::Compare),
        3 => membership().prop_map(Condition::In),
        3 => text_test().prop_map(Condition::Text),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Condition::And),
            vec(inner.clone(), 0..4).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let any_operator =
        select(vec![Operator::Eq, Operator::Ne, Operator::Lt, Operator::Le, Operator::Gt, Operator::Ge]);
    let ordered = (any_operator, prop_oneof![string(), number()]);
    let boolean = (select(vec![Operator::Eq, Operator::Ne]), any::<bool>().prop_map(Literal::Bool));
    (path(), prop_oneof![4 => ordered.boxed(), 1 => boolean.boxed()])
        .prop_map(|(attribute, (operator, value))| Comparison { attribute, operator, value })
}

fn membership() -> impl Strategy<Value = Membership> {
    (path(), prop_oneof![vec(string(), 1..5), vec(number(), 1..5)])
        .prop_map(|(attribute, values)| Membership { attribute, values })
}

fn text_test() -> impl Strategy<Value = TextTest> {
    let operators = vec![TextOperator::StartsWith, TextOperator::EndsWith, TextOperator::Contains];
    (path(), select(operators), select(&STRINGS[..])).prop_map(|(attribute, operator, value)| TextTest {
        attribute,
        operator,
        value: value.into(),
    })
}

fn path() -> impl Strategy<Value = Vec<String>> {
    select(&PATHS[..]).prop_map(|path| path.iter().copied().map(String::from).collect())
}

fn string() -> impl Strategy<Value = Literal> {
    select(&STRINGS[..]).prop_map(|text| Literal::String(text.into()))
}

fn number() -> impl Strategy<Value = Literal> {
    select(&NUMBERS[..]).prop_map(Literal::Number)
}
