//! One flag of a ruleset, and its value for a context.

use crate::{
    Assignment, Bucket, Condition, Context, Experiment, Key, Step, Truth, Unit, Visitor, condition,
    format::{MAX_DEPENDENCY_DEPTH, NONE},
    sections::{CLAIMS, FLAGS, RULES, Sections, Slice, u8_at, u32_at, u64_at},
};

/// One flag, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Flag<'a> {
    sections: Sections<'a>,
    index: usize,
    record: &'a [u8; 56],
}

/// One rule of a flag, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    sections: Sections<'a>,
    record: &'a [u8; 20],
}

/// The type of a flag's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ValueType {
    /// `true` or `false`.
    Boolean = 0,
    /// A JSON number.
    Number = 1,
    /// A JSON string.
    String = 2,
    /// A JSON object or array.
    Object = 3,
}

/// A flag's value for one context at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation<'a> {
    /// The value, as JSON text in UTF-8; see [`Self::json`].
    pub value: &'a [u8],
    /// Where it comes from.
    pub source: Source,
    /// The experiment that took the unit, by index, and its answer. Using the value exposes the unit to it, also
    /// where its variant leaves the flag alone: that is what its control does.
    pub assignment: Option<(usize, Assignment)>,
}

impl<'a> Evaluation<'a> {
    /// The value, as JSON text.
    pub fn json(&self) -> &'a str {
        core::str::from_utf8(self.value).unwrap_or_default()
    }
}

/// Where a flag's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The unit's variant of an experiment overrides the flag.
    Experiment,
    /// The flag's rule with this index took the context.
    Rule(usize),
    /// Nothing said otherwise.
    Default,
}

impl<'a> Flag<'a> {
    #[inline]
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Self {
        Self { sections, index, record: sections.record(FLAGS, index) }
    }

    /// The flag's value for the context at the time `now`, in milliseconds since the Unix epoch: what the first of the
    /// experiments that claim the flag and take the unit says, else the first rule that takes it, else the default.
    #[inline]
    pub fn evaluate<C: Context, V: Visitor>(self, context: &C, now: i64, visitor: &mut V) -> Evaluation<'a> {
        self.evaluate_within(context, now, visitor, MAX_DEPENDENCY_DEPTH)
    }

    /// `depth` experiments and flags may still be entered; a checked ruleset never needs more.
    pub(crate) fn evaluate_within<C: Context, V: Visitor>(
        self,
        context: &C,
        now: i64,
        visitor: &mut V,
        depth: u32,
    ) -> Evaluation<'a> {
        let below = depth.saturating_sub(1);
        let claims = if depth == 0 { Slice { first: 0, count: 0 } } else { self.claim_slice() };
        let assignment = self.sections.records(CLAIMS, claims).find_map(|claim| {
            let experiment = u32_at(claim, 0) as usize;
            let answer =
                Experiment::new(self.sections, experiment).assign_within(context, now, visitor, below);
            answer.variant.map(|_| (experiment, answer))
        });
        if let Some(value) = assignment.and_then(|(experiment, answer)| self.override_in(experiment, answer))
        {
            return Evaluation { value, source: Source::Experiment, assignment };
        }
        let (value, source) = self.without_experiments(context, now, visitor);
        Evaluation { value, source, assignment }
    }

    /// Its place in the ruleset.
    pub fn index(self) -> usize {
        self.index
    }

    /// What code calls it.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// What its rollouts hash units with; empty in a ruleset for browsers.
    pub fn salt(self) -> &'a str {
        self.sections.text(self.record, 8)
    }

    /// The key that its salt gives.
    #[inline]
    pub fn key(self) -> Key {
        Key { k0: self.sections.seed(), k1: u64_at(self.record, 16) }
    }

    /// The type of every value of it.
    pub fn value_type(self) -> ValueType {
        match u8_at(self.record, 48) {
            0 => ValueType::Boolean,
            1 => ValueType::Number,
            2 => ValueType::String,
            _ => ValueType::Object,
        }
    }

    /// The default, as JSON text.
    pub fn default_value(self) -> &'a str {
        self.sections.text(self.record, 24)
    }

    /// Its rules, in the order in which they are tried.
    #[inline]
    pub fn rules(self) -> impl ExactSizeIterator<Item = Rule<'a>> {
        let rules = self.sections.records(RULES, Slice::at(self.record, 32));
        rules.map(move |record| Rule { sections: self.sections, record })
    }

    /// The experiments that override it, by index, in the order in which they are asked.
    pub fn claimed_by(self) -> impl ExactSizeIterator<Item = usize> + use<'a> {
        self.sections.records(CLAIMS, self.claim_slice()).map(|record| u32_at(record, 0) as usize)
    }

    #[inline]
    fn claim_slice(self) -> Slice {
        Slice::at(self.record, 40)
    }

    #[inline]
    fn override_in(self, experiment: usize, answer: Assignment) -> Option<&'a [u8]> {
        Experiment::new(self.sections, experiment).variant(answer.variant?)?.override_of(self.index)
    }

    fn without_experiments<C: Context, V: Visitor>(
        self,
        context: &C,
        now: i64,
        visitor: &mut V,
    ) -> (&'a [u8], Source) {
        if self.sections.layout.switches & SWITCHED_OFF_RULES == 0 {
            for (index, rule) in self.rules().enumerate() {
                if self.takes(index, rule, context, now, visitor) {
                    return (self.sections.text_bytes(rule.record, 12), Source::Rule(index));
                }
            }
        }
        (self.sections.text_bytes(self.record, 24), Source::Default)
    }

    fn takes<C: Context, V: Visitor>(
        self,
        index: usize,
        rule: Rule<'_>,
        context: &C,
        now: i64,
        visitor: &mut V,
    ) -> bool {
        let truth = match u32_at(rule.record, 0) {
            NONE => Truth::True,
            root => condition::evaluate(self.sections, root, context, now, visitor),
        };
        visitor.visit(Step::Rule { index, truth });
        if truth != Truth::True {
            return false;
        }
        let Some((unit_type, below)) = rule.rollout() else { return true };
        let bucket = self.entry(context.unit(unit_type));
        visitor.visit(Step::Rollout { index, bucket, below });
        bucket.is_some_and(|bucket| bucket.get() < below)
    }

    #[inline]
    fn entry(self, unit: Unit<'_>) -> Option<Bucket> {
        let Unit::Id(id) = unit else { return None };
        Some(self.key().hash(id).entry())
    }
}

impl<'a> Rule<'a> {
    /// Whom it is for; None: everyone.
    pub fn condition(self) -> Option<Condition<'a>> {
        let root = u32_at(self.record, 0);
        (root != NONE).then(|| Condition::new(self.sections, root))
    }

    /// Which share of them gets it: the index of the unit type that is drawn, and how many entry buckets; None: all.
    #[inline]
    pub fn rollout(self) -> Option<(usize, u32)> {
        let unit_type = u32_at(self.record, 4);
        (unit_type != NONE).then(|| (unit_type as usize, u32_at(self.record, 8)))
    }

    /// What they get, as JSON text.
    pub fn value(self) -> &'a str {
        self.sections.text(self.record, 12)
    }
}

/// The bit of the workspace's switches that turns the rules of flags off.
const SWITCHED_OFF_RULES: u8 = 2;
