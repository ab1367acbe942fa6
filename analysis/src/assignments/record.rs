//! What is kept of one unit.

use crate::verify::Verdict;
use uuid::Uuid;

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Record {
    /// The earliest exposure, whatever its verdict.
    pub(super) claimed: First,
    /// The earliest exposure that counts.
    pub(super) admitted: Option<First>,
    /// Variants with their epochs that other exposures which count came from, where they are not those of the first.
    admitted_elsewhere: Vec<(u32, u32)>,
    /// Exposures of any verdict came from more than one variant.
    pub(super) claimed_in_two: bool,
    /// Two variants came of two draws: one of the unit itself and one of what stood in for it.
    pub(super) drawn_twice: bool,
    /// Some exposure was refuted by its replay.
    pub(super) any_mismatched: bool,
    /// Some exposure could not be replayed.
    pub(super) any_unverifiable: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) ts_us: i64,
    pub(super) id: Uuid,
    pub(super) variant: u32,
    pub(super) epoch: u32,
    pub(super) bucket: Option<u32>,
    pub(super) verdict: Verdict,
    /// The number of the values of its attributes.
    pub(super) profile: u32,
    pub(super) is_bot: bool,
    pub(super) by_fallback: bool,
    pub(super) is_bucket_moved: bool,
}

impl First {
    /// Earlier, and among equally early ones the smaller id, so that the order of reading decides nothing.
    fn precedes(&self, other: &Self) -> bool {
        (self.ts_us, self.id) < (other.ts_us, other.id)
    }
}

impl Record {
    pub(super) fn new(seen: First, admitted: Option<First>) -> Self {
        let mut record = Self {
            claimed: seen,
            admitted,
            admitted_elsewhere: Vec::new(),
            claimed_in_two: false,
            drawn_twice: false,
            any_mismatched: false,
            any_unverifiable: false,
        };
        record.judge(seen.verdict);
        record
    }

    pub(super) fn see(&mut self, seen: First, admitted: Option<First>) {
        self.judge(seen.verdict);
        let elsewhere = self.claimed.variant != seen.variant;
        self.claimed_in_two |= elsewhere;
        self.drawn_twice |= elsewhere && self.claimed.by_fallback != seen.by_fallback;
        if seen.precedes(&self.claimed) {
            self.claimed = seen;
        }
        match (&mut self.admitted, admitted) {
            (_, None) => {}
            (slot @ None, Some(_)) => *slot = admitted,
            (Some(first), Some(next)) => {
                let (later, is_first) = if next.precedes(first) { (*first, next) } else { (next, *first) };
                *first = is_first;
                let elsewhere = (later.variant, later.epoch);
                if elsewhere != (first.variant, first.epoch) && !self.admitted_elsewhere.contains(&elsewhere)
                {
                    self.admitted_elsewhere.push(elsewhere);
                }
            }
        }
    }

    fn judge(&mut self, verdict: Verdict) {
        self.any_mismatched |= matches!(verdict, Verdict::Mismatched(_));
        self.any_unverifiable |= matches!(verdict, Verdict::Unverifiable(_));
    }

    /// The exposure that the unit is known by: the first one that counts, or else the first one.
    pub(super) fn first(&self) -> &First {
        self.admitted.as_ref().unwrap_or(&self.claimed)
    }

    /// Whether the exposures that count came from more than one variant, and no two of these from one epoch: only a
    /// new allocation explains that.
    pub(super) fn is_moved(&self) -> bool {
        let Some(first) = &self.admitted else { return false };
        let all = || self.admitted_elsewhere.iter().copied().chain([(first.variant, first.epoch)]);
        let conflict = |(variant, epoch)| all().any(|(other, within)| other != variant && within == epoch);
        all().any(|(variant, _)| variant != first.variant) && !all().any(conflict)
    }
}
