//! Asking a ruleset everything that it can be asked.

use edgewise_core::{
    Claim, Condition, Context, EncodedContext, Experiment, Flag, Node, Operand, Required, Ruleset, Silent,
    Subject, Test, Trace, Truth,
};
use std::fmt::Write as _;

/// How many conditions of one tree are looked at: trees may share parts, so that a small ruleset has large ones.
const CONDITIONS: usize = 10_000;

/// Evaluates every condition, experiment and flag for an encoded context, silently and with an explanation, which have
/// to agree, and reads everything else that the ruleset holds.
pub fn ask_everything<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, context: &[u8], now: i64) {
    let context = &EncodedContext::new(context, ruleset);
    let mut read = String::new();
    note(&mut read, &(ruleset.digest(), ruleset.seed(), ruleset.tenant(), ruleset.environment()));
    note(&mut read, &(ruleset.experiments_are_on(), ruleset.flags_are_on(), ruleset.is_for_clients()));
    note(&mut read, &(ruleset.signature(), ruleset.signed_bytes().len() <= ruleset.bytes().len()));
    for name in ruleset.unit_types() {
        assert!(ruleset.find_unit_type(name).is_some());
    }
    for attribute in ruleset.attributes() {
        note(&mut read, &(attribute.index(), attribute.name(), attribute.path().collect::<Vec<_>>()));
    }
    for segment in ruleset.segments() {
        note(&mut read, &(segment.index(), segment.id()));
        condition(&mut read, segment.condition(), context, now);
    }
    for layer in ruleset.layers() {
        note(&mut read, &(layer.index(), layer.id(), layer.salt(), layer.key(), layer.depth()));
        note(&mut read, &(layer.unit_type(), layer.unit_type_name()));
        claim(&mut read, layer.within());
    }
    for holdout in ruleset.holdouts() {
        note(&mut read, &(holdout.index(), holdout.id(), holdout.salt(), holdout.key(), holdout.epoch()));
        note(&mut read, &(holdout.buckets(), holdout.unit_type_name(), holdout.draw(b"anybody")));
    }
    for found in ruleset.experiments() {
        let known = ruleset.find_experiment(found.id()).map(Experiment::index);
        assert_eq!(known, Some(found.index()));
        experiment(&mut read, ruleset, found, context, now);
    }
    for found in ruleset.flags() {
        assert_eq!(ruleset.find_flag(found.id()).map(Flag::index), Some(found.index()));
        flag(&mut read, ruleset, found, context, now);
    }
    assert!(!read.is_empty());
}

/// Reads a value whole, and keeps the last of it.
fn note(read: &mut String, value: &dyn std::fmt::Debug) {
    read.clear();
    let written = write!(read, "{value:?}");
    assert!(written.is_ok());
}

fn experiment<B: AsRef<[u8]>>(
    read: &mut String,
    ruleset: &Ruleset<B>,
    found: Experiment<'_>,
    context: &EncodedContext<'_>,
    now: i64,
) {
    let mut trace = Trace::default();
    let answer = found.assign(context, now, &mut trace);
    assert_eq!(answer, found.assign(context, now, &mut Silent));
    note(read, &trace);
    note(read, &answer);
    assert!(answer.variant.is_none_or(|index| found.variant(index).is_some()));
    assert!(answer.holdout.is_none_or(|index| index < ruleset.holdouts().len()));
    note(
        read,
        &(found.salt(), found.key(), found.epoch(), found.plan(), found.iteration(), found.priority()),
    );
    note(read, &(found.start(), found.end(), found.state(), found.strategy(), found.is_sticky()));
    note(read, &(found.unit_type(), found.unit_type_name(), found.fallback()));
    note(read, &found.ramp_stages().rev().collect::<Vec<_>>());
    note(read, &(found.attributes().collect::<Vec<_>>(), found.forced().collect::<Vec<_>>()));
    note(read, &(found.cells().collect::<Vec<_>>(), found.allocation().collect::<Vec<_>>()));
    claim(read, found.claim());
    found.targeting().into_iter().for_each(|root| condition(read, root, context, now));
    for (root, variant) in found.placements() {
        assert!(found.variant(variant).is_some());
        condition(read, root, context, now);
    }
    for variant in found.variants() {
        note(read, &(variant.index(), variant.id(), variant.is_control()));
        assert!(found.find_variant(variant.id()).is_some());
        assert!((0.0..=1.000_001).contains(&found.propensity(variant.index())));
        for (index, value) in variant.overrides() {
            assert!(ruleset.flag(index).is_some() && !value.is_empty());
            note(read, &variant.override_of(index));
        }
    }
    assert!(found.control().is_some());
    for other in found.holdouts().chain(found.hold_back()) {
        note(read, &other.id());
    }
    for prerequisite in found.prerequisites() {
        match prerequisite.required() {
            Required::Experiment(other) => {
                assert!(prerequisite.variants().all(|variant| other.variant(variant).is_some()));
            }
            Required::Flag(flag) => note(read, &(flag.id(), prerequisite.values().collect::<Vec<_>>())),
        }
    }
    assert!(found.masked_by().all(|index| ruleset.experiment(index).is_some()));
    assert!(found.winner().is_none_or(|winner| found.variant(winner).is_some()));
    for factor in found.factors() {
        note(read, &(factor.id(), factor.key(), factor.levels().collect::<Vec<_>>()));
        assert!(factor.allocation().all(|range| range.variant < factor.levels().len()));
    }
}

fn flag<B: AsRef<[u8]>>(
    read: &mut String,
    ruleset: &Ruleset<B>,
    found: Flag<'_>,
    context: &EncodedContext<'_>,
    now: i64,
) {
    let mut trace = Trace::default();
    let answer = found.evaluate(context, now, &mut trace);
    assert_eq!(answer, found.evaluate(context, now, &mut Silent));
    assert!(!answer.value.is_empty());
    note(read, &trace);
    note(read, &(found.salt(), found.value_type(), found.default_value()));
    assert!(found.claimed_by().all(|index| ruleset.experiment(index).is_some()));
    for rule in found.rules() {
        note(read, &(rule.value(), rule.rollout()));
        rule.condition().into_iter().for_each(|root| condition(read, root, context, now));
    }
}

fn claim(read: &mut String, claim: Option<Claim<'_>>) {
    let Some(claim) = claim else { return };
    note(read, &(claim.layer().id(), claim.slots().collect::<Vec<_>>()));
}

/// Evaluates the tree, writes it down, and looks at its parts.
fn condition(read: &mut String, root: Condition<'_>, context: &impl Context, now: i64) {
    let truth = root.evaluate(context, now, &mut Silent);
    assert!([Truth::True, Truth::False, Truth::Unknown].contains(&truth));
    read.clear();
    let written = write!(read, "{root}");
    assert!(written.is_ok() && !read.is_empty());
    let mut left = vec![root];
    for _ in 0..CONDITIONS {
        let Some(next) = left.pop() else { return };
        match next.node() {
            Node::Constant(value) => note(read, &value),
            Node::And(children) | Node::Or(children) => left.extend(children.iter()),
            Node::Not(child) => left.push(child),
            Node::Segment(segment) => left.push(segment.condition()),
            Node::Test(found) => test(read, &found),
        }
    }
}

fn test(read: &mut String, test: &Test<'_>) {
    note(read, &(test.operator(), test.operator().as_str()));
    match test.subject() {
        Subject::Attribute(attribute) => note(read, &attribute.name()),
        Subject::Unit(name) => note(read, &name),
        Subject::Now => {}
    }
    match test.operand() {
        Operand::List(list) => list.items().for_each(|item| note(read, &item)),
        Operand::Hidden(literals) => note(read, &literals.hashes().collect::<Vec<_>>()),
        Operand::Networks(networks) => assert!(networks.ranges().all(|(first, last)| first <= last)),
        operand => note(read, &operand),
    }
}
