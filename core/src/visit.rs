//! Watching an evaluation: the same evaluator, with someone who is told every step.

use crate::{Bucket, Experiment, Reason, Test, Truth, Unit, Value, Variant};

/// One thing that an evaluation found out. Steps come in the order of evaluation; the first that says no is the last
/// of its experiment.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Step<'a> {
    /// An experiment is about to be evaluated.
    Experiment {
        /// Which one.
        experiment: Experiment<'a>,
    },
    /// Whether the experiment serves at all at this time.
    Serving {
        /// None: it does.
        refusal: Option<Reason>,
    },
    /// Whom the draw is made for.
    Unit {
        /// The experiment, which names the unit type.
        experiment: Experiment<'a>,
        /// What the context holds of it.
        unit: Unit<'a>,
    },
    /// One comparison of a condition. Conditions stop at the first test that decides.
    Test {
        /// What was asked.
        test: Test<'a>,
        /// What the context holds.
        saw: Value<'a>,
        /// The answer.
        truth: Truth,
    },
    /// The experiment's whole targeting condition.
    Targeting {
        /// The answer.
        truth: Truth,
    },
    /// The draw for entry.
    Ramp {
        /// The unit's entry bucket.
        bucket: Bucket,
        /// Buckets below this one enter.
        below: u32,
    },
    /// The draw for the variant.
    Variant {
        /// The unit's variant bucket.
        bucket: Bucket,
        /// None: the bucket belongs to nobody.
        variant: Option<Variant<'a>>,
    },
    /// A flag's rule was tried.
    Rule {
        /// Its place in the flag, from 0.
        index: usize,
        /// Its condition; true where it has none.
        truth: Truth,
    },
    /// A rule's percentage rollout was drawn.
    Rollout {
        /// The rule's place in the flag, from 0.
        index: usize,
        /// The unit's entry bucket; None: the context holds no such unit.
        bucket: Option<Bucket>,
        /// Buckets below this one get the rule's value.
        below: u32,
    },
}

/// Is told every step of an evaluation.
pub trait Visitor {
    /// One step.
    fn visit(&mut self, step: Step<'_>);
}

/// Hears nothing and costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Visitor for Silent {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the whole point is that nothing is left of the call")]
    fn visit(&mut self, _: Step<'_>) {}
}
