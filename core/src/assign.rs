//! Assignment: the steps by which an experiment answers for one unit at one time.

use crate::{
    AllocationRange, BUCKETS, Bucket, Context, Epoch, Experiment, Hash, Reason, State, Step, Sticky,
    Strategy, Truth, Unit, Visitor, condition,
    format::{MAX_DEPENDENCY_DEPTH, NONE},
    layer,
    sections::{
        FORCED, LEVEL_RANGES, RAMP_STAGES, RANGES, Sections, Slice, Table, i64_at, u8_at, u32_at, u64_at,
    },
};

/// What one experiment answers for one unit at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The index of the variant in the experiment; None: the unit gets none.
    pub variant: Option<usize>,
    /// Why.
    pub reason: Reason,
    /// The bucket that the variant was drawn with; None: it did not come to one draw.
    pub bucket: Option<Bucket>,
    /// Whether using the answer exposes the unit to the experiment.
    pub exposure: bool,
    /// The epoch that the unit was drawn in: the one in force, or that of its sticky record.
    pub epoch: Epoch,
    /// The index of the holdout that held the unit out, or back.
    pub holdout: Option<usize>,
    /// Whether the unit is one of the fallback's type.
    pub fallback: bool,
}

/// A step either goes on or ends the evaluation, for a reason. What else the answer says, it says on the way.
type Onward<T = ()> = Result<T, Reason>;

impl Experiment<'_> {
    /// Which variant the context's unit gets at the time `now`, in milliseconds since the Unix epoch.
    ///
    /// The steps come in this order, and the first that says no gives the reason: switches, state and time; unit;
    /// forced; holdouts; prerequisites; masked; graduated; layer; sticky; enrolment; targeting; ramp; variant.
    #[inline]
    pub fn assign<C: Context, V: Visitor>(self, context: &C, now: i64, visitor: &mut V) -> Assignment {
        self.decide(context, now, visitor, MAX_DEPENDENCY_DEPTH)
    }

    /// What another experiment or a flag needs to know. `depth` experiments and flags may still be entered; a checked
    /// ruleset never needs more.
    #[cfg_attr(feature = "extensions", inline(never))]
    pub(crate) fn assign_within<C: Context, V: Visitor>(
        self,
        context: &C,
        now: i64,
        visitor: &mut V,
        depth: u32,
    ) -> Assignment {
        self.decide(context, now, visitor, depth)
    }

    #[cfg_attr(feature = "extensions", inline(always))]
    #[cfg_attr(not(feature = "extensions"), inline(never))]
    #[allow(clippy::inline_always, reason = "an answer that need not pass through memory costs a third less")]
    fn decide<C: Context, V: Visitor>(
        self,
        context: &C,
        now: i64,
        visitor: &mut V,
        depth: u32,
    ) -> Assignment {
        visitor.visit(Step::Experiment { experiment: self });
        if self.is_plain() {
            self.answer::<true, _, _>(context, now, visitor, depth)
        } else {
            self.rare(context, now, visitor, depth)
        }
    }

    /// Whether no extension, no memory and no other strategy than the hash is to be asked for: most experiments. A build
    /// without the extensions refuses all others.
    #[inline]
    fn is_plain(self) -> bool {
        !cfg!(feature = "extensions")
            || u32_at(self.record, 116) == NONE && u8_at(self.record, 71) == 0 && !self.is_sticky()
    }

    /// The answer of an experiment that is not plain, kept out of the way of those that are.
    #[inline(never)]
    fn rare<C: Context, V: Visitor>(self, context: &C, now: i64, visitor: &mut V, depth: u32) -> Assignment {
        self.answer::<false, _, _>(context, now, visitor, depth)
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "see `decide`")]
    fn answer<const PLAIN: bool, C: Context, V: Visitor>(
        self,
        context: &C,
        now: i64,
        visitor: &mut V,
        depth: u32,
    ) -> Assignment {
        let mut answer = Assignment {
            variant: None,
            reason: Reason::UnknownExperiment,
            bucket: None,
            exposure: false,
            epoch: self.epoch(),
            holdout: None,
            fallback: false,
        };
        let (Ok(reason) | Err(reason)) = self.steps::<PLAIN, _, _>(context, now, visitor, depth, &mut answer);
        answer.reason = reason;
        answer.exposure =
            matches!(reason, Reason::Assigned | Reason::Sticky) && self.state() != State::Completed;
        answer
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "see `decide`")]
    fn steps<const PLAIN: bool, C: Context, V: Visitor>(
        self,
        context: &C,
        now: i64,
        visitor: &mut V,
        depth: u32,
        answer: &mut Assignment,
    ) -> Onward<Reason> {
        self.serving(now, visitor)?;
        let fallback = if PLAIN { None } else { self.fallback() };
        let unit = self.unit(fallback, context, visitor, answer)?;
        if cfg!(feature = "extensions") {
            self.force::<PLAIN, _, _>(unit, context, visitor, answer)?;
        }
        if !PLAIN {
            if self.extension().is_some() {
                self.rare_steps(unit, context, now, visitor, depth, answer)?;
            }
            if self.is_sticky() {
                self.sticky(context, visitor, answer)?;
            }
        }
        self.enrolment(visitor)?;
        self.target(context, now, visitor)?;
        let hash = self.key().hash(unit);
        self.ramp(hash.entry(), now, visitor)?;
        let mut reason = Reason::Assigned;
        if PLAIN {
            self.draw_from(hash, answer);
        } else {
            reason = self.rare_draw(unit, hash, context, now, visitor, answer)?;
        }
        visitor.visit(Step::Variant { experiment: self, bucket: answer.bucket, variant: answer.variant });
        if answer.variant.is_some() { Ok(reason) } else { Err(Reason::Unallocated) }
    }

    #[inline]
    fn serving<V: Visitor>(self, now: i64, visitor: &mut V) -> Onward {
        let switches = self.sections.layout.switches;
        let refusal = if switches & SWITCHED_OFF_EXPERIMENTS != 0 {
            Some(Reason::SwitchedOff)
        } else if self.state() == State::Paused {
            Some(Reason::Paused)
        } else if now < i64_at(self.record, 32) {
            Some(Reason::NotStarted)
        } else if self.end().is_some_and(|end| now >= end) {
            Some(Reason::Ended)
        } else {
            None
        };
        visitor.visit(Step::Serving { refusal });
        refusal.map_or(Ok(()), Err)
    }

    #[inline]
    fn unit<'c, C: Context, V: Visitor>(
        self,
        fallback: Option<usize>,
        context: &'c C,
        visitor: &mut V,
        answer: &mut Assignment,
    ) -> Onward<&'c [u8]> {
        let mut unit_type = self.unit_type();
        let mut unit = context.unit(unit_type);
        if let (Unit::Missing, Some(fallback)) = (unit, fallback) {
            unit_type = fallback;
            unit = context.unit(fallback);
            answer.fallback = unit != Unit::Missing;
        }
        visitor.visit(Step::Unit { experiment: self, unit_type, unit });
        match unit {
            Unit::Id(id) => Ok(id),
            Unit::Invalid => Err(Reason::InvalidUnit),
            Unit::Missing => Err(Reason::MissingUnit),
        }
    }

    /// By the host's word first, then by the list.
    #[inline]
    fn force<const PLAIN: bool, C: Context, V: Visitor>(
        self,
        unit: &[u8],
        context: &C,
        visitor: &mut V,
        answer: &mut Assignment,
    ) -> Onward {
        let known = |variant: &usize| *variant < self.variant_slice().count;
        let told = context.forced(self.index()).filter(known);
        let forced = if PLAIN { told } else { told.or_else(|| self.listed(unit)) };
        let Some(variant) = forced else { return Ok(()) };
        visitor.visit(Step::Forced { variant: self.variant(variant), by_host: told.is_some() });
        answer.variant = Some(variant);
        Err(Reason::Forced)
    }

    #[inline]
    fn listed(self, unit: &[u8]) -> Option<usize> {
        let list = Slice::at(self.extension()?, 16);
        if list.count == 0 {
            return None;
        }
        let hash = self.key().hash(unit).to_u64();
        let order = |index| u64_at(self.sections.record(FORCED, index), 0).cmp(&hash);
        let found = list.search(order)?;
        Some(u32_at(self.sections.record(FORCED, list.first.saturating_add(found)), 8) as usize)
    }

    /// The steps that few experiments have.
    #[inline]
    fn rare_steps<C: Context, V: Visitor>(
        self,
        unit: &[u8],
        context: &C,
        now: i64,
        visitor: &mut V,
        depth: u32,
        answer: &mut Assignment,
    ) -> Onward {
        self.holdout(unit, visitor, answer)?;
        let depth = depth.checked_sub(1).ok_or(Reason::PrerequisiteNotMet)?;
        for prerequisite in self.prerequisites() {
            let holds = prerequisite.holds(context, now, depth);
            visitor.visit(Step::Prerequisite { prerequisite, holds });
            if !holds {
                return Err(Reason::PrerequisiteNotMet);
            }
        }
        for index in self.masked_by() {
            let other = Experiment::new(self.sections, index);
            let takes = other.assign_within(context, now, &mut crate::Silent, depth).variant.is_some();
            visitor.visit(Step::Masked { by: other, takes });
            if takes {
                return Err(Reason::Masked);
            }
        }
        if let Some(winner) = self.winner() {
            return Err(self.graduated(winner, unit, context, now, visitor, answer)?);
        }
        if layer::admits(self, unit, context, visitor) { Ok(()) } else { Err(Reason::NotInSlot) }
    }

    fn holdout<V: Visitor>(self, unit: &[u8], visitor: &mut V, answer: &mut Assignment) -> Onward {
        for holdout in self.holdouts() {
            let (bucket, held) = holdout.draw(unit);
            visitor.visit(Step::Holdout { holdout, bucket, held });
            if held {
                answer.holdout = Some(holdout.index());
                return Err(Reason::HeldOut);
            }
        }
        Ok(())
    }

    fn graduated<C: Context, V: Visitor>(
        self,
        winner: usize,
        unit: &[u8],
        context: &C,
        now: i64,
        visitor: &mut V,
        answer: &mut Assignment,
    ) -> Onward<Reason> {
        self.target(context, now, visitor)?;
        if let Some(holdout) = self.hold_back() {
            let (bucket, held) = holdout.draw(unit);
            visitor.visit(Step::Holdout { holdout, bucket, held });
            if held {
                answer.holdout = Some(holdout.index());
                answer.variant = self.control().map(crate::Variant::index);
                return Ok(Reason::HeldBack);
            }
        }
        visitor.visit(Step::Graduated { winner: self.variant(winner) });
        answer.variant = Some(winner);
        Ok(Reason::Graduated)
    }

    #[inline(never)]
    fn sticky<C: Context, V: Visitor>(self, context: &C, visitor: &mut V, answer: &mut Assignment) -> Onward {
        let own = |record: &Sticky| record.experiment == self.index();
        let record = (0..).map_while(|nth| context.sticky(nth)).filter(own).find(|record| {
            let valid = Experiment::of_record(self.sections, *record).is_some();
            visitor.visit(Step::Sticky { experiment: self, record: *record, valid });
            valid
        });
        let Some(record) = record else { return Ok(()) };
        answer.variant = Some(record.variant);
        answer.epoch = record.epoch;
        Err(Reason::Sticky)
    }

    #[inline]
    fn enrolment<V: Visitor>(self, visitor: &mut V) -> Onward {
        let enrols = match self.state() {
            State::Frozen => false,
            State::Completed => !self.is_sticky(),
            State::Running | State::Paused | State::Graduated => return Ok(()),
        };
        visitor.visit(Step::Enrolment { enrols });
        if enrols { Ok(()) } else { Err(Reason::NotEnrolling) }
    }

    #[inline]
    fn target<C: Context, V: Visitor>(self, context: &C, now: i64, visitor: &mut V) -> Onward {
        let root = u32_at(self.record, 80);
        if root == NONE {
            return Ok(());
        }
        let truth = condition::evaluate(self.sections, root, context, now, visitor);
        visitor.visit(Step::Targeting { truth });
        match truth {
            Truth::True => Ok(()),
            Truth::False => Err(Reason::NotTargeted),
            Truth::Unknown => Err(Reason::TargetingUnknown),
        }
    }

    #[inline]
    fn ramp<V: Visitor>(self, bucket: Bucket, now: i64, visitor: &mut V) -> Onward {
        let stages = Slice::at(self.record, 100);
        if stages.count == 0 {
            return Ok(());
        }
        let mut latest_first = self.sections.records(RAMP_STAGES, stages).rev();
        let in_force = latest_first.find(|stage| i64_at(*stage, 0) <= now);
        let below = in_force.map_or(0, |stage| u32_at(stage, 8)).min(BUCKETS);
        visitor.visit(Step::Ramp { bucket, below });
        if bucket.get() < below { Ok(()) } else { Err(Reason::NotInRamp) }
    }

    /// The draw of an experiment that is not plain.
    #[inline]
    fn rare_draw<C: Context, V: Visitor>(
        self,
        unit: &[u8],
        hash: Hash,
        context: &C,
        now: i64,
        visitor: &mut V,
        answer: &mut Assignment,
    ) -> Onward<Reason> {
        match self.strategy() {
            Strategy::Hash => {}
            Strategy::Random => {
                let nonce = context.nonce().ok_or(Reason::MissingDraw)?;
                self.draw_from(self.key().hash(nonce), answer);
                return Ok(Reason::Assigned);
            }
            Strategy::RoundRobin => {
                let counter = context.counter(self.index()).ok_or(Reason::MissingDraw)?;
                let turn = counter.checked_rem(self.variant_slice().count as u64);
                answer.variant = turn.and_then(|turn| usize::try_from(turn).ok());
                return Ok(Reason::Assigned);
            }
            Strategy::Context => {
                for (index, (condition, variant)) in self.placements().enumerate() {
                    let truth = condition.evaluate(context, now, visitor);
                    visitor.visit(Step::Placement { index, truth });
                    if truth == Truth::True {
                        answer.variant = Some(variant);
                        return Ok(Reason::Placed);
                    }
                }
            }
        }
        if self.extended(56).count == 0 {
            self.draw_from(hash, answer);
        } else {
            answer.variant = self.cell(unit, visitor);
        }
        Ok(Reason::Assigned)
    }

    /// One draw for each factor; the levels together name the cell, and the cell the variant.
    fn cell<V: Visitor>(self, unit: &[u8], visitor: &mut V) -> Option<usize> {
        let mut cell = 0_usize;
        for factor in self.factors() {
            let bucket = factor.key().hash(unit).variant();
            let level = held(self.sections, LEVEL_RANGES, factor.range_slice(), bucket);
            visitor.visit(Step::Factor { factor, bucket, level });
            cell = cell.saturating_mul(factor.levels().len()).saturating_add(level?);
        }
        self.cells().nth(cell)
    }

    #[inline]
    fn draw_from(self, hash: Hash, answer: &mut Assignment) {
        let bucket = hash.variant();
        answer.bucket = Some(bucket);
        answer.variant = held(self.sections, RANGES, self.range_slice(), bucket);
    }
}

/// The bit of the workspace's switches that turns experiments off.
const SWITCHED_OFF_EXPERIMENTS: u8 = 1;

/// Whose range holds the bucket. A draw is anybody's guess, so the search has no branch to guess wrong.
#[inline]
fn held(sections: Sections<'_>, table: Table<12>, ranges: Slice, bucket: Bucket) -> Option<usize> {
    let bucket = bucket.get();
    let (mut first, mut count) = (ranges.first, ranges.count);
    while count > 1 {
        let half = count / 2;
        let begun = u32_at(sections.record(table, first.wrapping_add(half)), 0) <= bucket;
        first = first.wrapping_add(half.wrapping_mul(usize::from(begun)));
        count = count.wrapping_sub(half);
    }
    let range = AllocationRange::read(sections.record(table, first));
    (count == 1 && range.start <= bucket && bucket < range.end).then_some(range.variant)
}
