//! One flag of a ruleset, and its value for a context.

use crate::{
    Assignment, Bucket, Context, Experiment, Key, Step, Truth, Unit, Visitor, condition,
    format::{NONE, Section, Sections, Slice, u8_at, u32_at, u64_at},
};

/// One flag, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Flag<'a> {
    sections: Sections<'a>,
    index: usize,
    record: &'a [u8],
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
    /// The value, as JSON text.
    pub value: &'a str,
    /// Where it comes from.
    pub source: Source,
    /// The experiment that took the unit, by index, and its answer. Using the value exposes the unit to it, also
    /// where its variant leaves the flag alone: that is what its control does.
    pub assignment: Option<(usize, Assignment)>,
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
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Self {
        let record = sections.record(Section::Flags, index).unwrap_or_default();
        Self { sections, index, record }
    }

    /// The flag's value for the context at the time `now`, in milliseconds since the Unix epoch: what the serving
    /// experiment that claims the flag and takes the unit says, else the first rule that takes it, else the default.
    pub fn evaluate<C: Context, V: Visitor>(self, context: &C, now: i64, visitor: &mut V) -> Evaluation<'a> {
        let assignment = self.claimed_by().find_map(|index| {
            let answer = Experiment::new(self.sections, index).assign(context, now, visitor);
            answer.variant.is_some().then_some((index, answer))
        });
        if let Some(value) = assignment.and_then(|(experiment, answer)| self.override_in(experiment, answer))
        {
            return Evaluation { value, source: Source::Experiment, assignment };
        }
        let (value, source) = self.without_experiments(context, visitor);
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

    /// What its rollouts hash units with.
    pub fn salt(self) -> &'a str {
        self.sections.text(self.record, 8)
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

    /// The values of its rules, as JSON text, in their order.
    pub fn rule_values(self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        Slice::at(self.record, 32).indices().map(move |index| {
            self.sections.text(self.sections.record(Section::Rules, index).unwrap_or_default(), 12)
        })
    }

    /// The experiments that override it, by index.
    pub fn claimed_by(self) -> impl ExactSizeIterator<Item = usize> + use<'a> {
        Slice::at(self.record, 40).indices().map(move |index| {
            u32_at(self.sections.record(Section::Claims, index).unwrap_or_default(), 0) as usize
        })
    }

    fn override_in(self, experiment: usize, answer: Assignment) -> Option<&'a str> {
        Experiment::new(self.sections, experiment).variant(answer.variant?)?.override_of(self.index)
    }

    fn without_experiments<C: Context, V: Visitor>(self, context: &C, visitor: &mut V) -> (&'a str, Source) {
        let rules = Slice::at(self.record, 32).indices();
        for (index, at) in rules.enumerate() {
            let rule = self.sections.record(Section::Rules, at).unwrap_or_default();
            if self.takes(index, rule, context, visitor) {
                return (self.sections.text(rule, 12), Source::Rule(index));
            }
        }
        (self.default_value(), Source::Default)
    }

    fn takes<C: Context, V: Visitor>(self, index: usize, rule: &[u8], context: &C, visitor: &mut V) -> bool {
        let truth = match u32_at(rule, 0) {
            NONE => Truth::True,
            root => condition::evaluate(self.sections, root as usize, context, visitor),
        };
        visitor.visit(Step::Rule { index, truth });
        if truth != Truth::True {
            return false;
        }
        let unit_type = u32_at(rule, 4);
        if unit_type == NONE {
            return true;
        }
        let below = u32_at(rule, 8);
        let bucket = self.entry(context.unit(unit_type as usize));
        visitor.visit(Step::Rollout { index, bucket, below });
        bucket.is_some_and(|bucket| bucket.get() < below)
    }

    fn entry(self, unit: Unit<'_>) -> Option<Bucket> {
        let Unit::Id(id) = unit else { return None };
        let workspace = self.sections.record(Section::Workspace, 0).unwrap_or_default();
        let key = Key { k0: u64_at(workspace, 0), k1: u64_at(self.record, 16) };
        Some(key.hash(id).entry())
    }
}
