//! Watching an evaluation: the same evaluator, with someone who is told every step.

use crate::{
    Bucket, Experiment, Factor, Holdout, Layer, Prerequisite, Reason, Segment, Sticky, Test, Truth, Unit,
    Value, Variant,
};

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
        /// The experiment.
        experiment: Experiment<'a>,
        /// The index of the unit type: the experiment's, or its fallback's.
        unit_type: usize,
        /// What the context holds of it.
        unit: Unit<'a>,
    },
    /// Somebody said what the unit gets.
    Forced {
        /// The variant.
        variant: Option<Variant<'a>>,
        /// Whether the host said it; else the experiment's list did.
        by_host: bool,
    },
    /// The draw of a holdout that binds the experiment, or that holds back from the winner.
    Holdout {
        /// Which one.
        holdout: Holdout<'a>,
        /// The unit's entry bucket.
        bucket: Bucket,
        /// Whether it holds the unit.
        held: bool,
    },
    /// Something that has to hold of another experiment or flag.
    Prerequisite {
        /// What it is.
        prerequisite: Prerequisite<'a>,
        /// Whether it does.
        holds: bool,
    },
    /// An experiment that has a common flag first.
    Masked {
        /// Which one.
        by: Experiment<'a>,
        /// Whether it takes the unit.
        takes: bool,
    },
    /// The experiment is decided.
    Graduated {
        /// What everyone gets.
        winner: Option<Variant<'a>>,
    },
    /// One level of the layers around the experiment.
    Layer {
        /// Which one.
        layer: Layer<'a>,
        /// The unit's entry bucket.
        bucket: Bucket,
        /// Whether a sticky record decided, not the bucket.
        held: bool,
        /// Whether the unit is the experiment's here.
        admitted: bool,
    },
    /// A record that the host kept of the unit in this experiment.
    Sticky {
        /// The experiment.
        experiment: Experiment<'a>,
        /// What it says.
        record: Sticky,
        /// Whether iteration and variant are still there.
        valid: bool,
    },
    /// Whether an experiment that is not running takes new units in.
    Enrolment {
        /// Whether it does.
        enrols: bool,
    },
    /// A named condition was decided.
    Segment {
        /// Which one.
        segment: Segment<'a>,
        /// The answer.
        truth: Truth,
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
    /// A rule that places units without a draw was tried.
    Placement {
        /// Its place in the experiment, from 0.
        index: usize,
        /// Its condition.
        truth: Truth,
    },
    /// The draw for one factor.
    Factor {
        /// Which one.
        factor: Factor<'a>,
        /// The unit's bucket.
        bucket: Bucket,
        /// The index of the level; None: the bucket belongs to nobody.
        level: Option<usize>,
    },
    /// The end of the draw.
    Variant {
        /// The experiment.
        experiment: Experiment<'a>,
        /// The variant bucket; None: there is no single one.
        bucket: Option<Bucket>,
        /// The index of the variant; None: the bucket belongs to nobody.
        variant: Option<usize>,
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
