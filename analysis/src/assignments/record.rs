//! What is kept of one unit.

use crate::verify::Verdict;
use uuid::Uuid;

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Record {
    /// The earliest exposure, whatever its verdict.
    pub(super) claimed: First,
    admitted: Admitted,
    /// Variants with their epochs that other exposures which count came from, where they are not those of the first.
    admitted_elsewhere: Box<[(u32, u32)]>,
    /// Exposures of any verdict came from more than one variant.
    pub(super) claimed_in_two: bool,
    /// Two variants came of two draws: one of the unit itself and one of what stood in for it.
    pub(super) drawn_twice: bool,
    /// Some exposure was refuted by its replay.
    pub(super) any_mismatched: bool,
    /// Some exposure could not be replayed.
    pub(super) any_unverifiable: bool,
}

/// The earliest exposure that counts. For nearly all units it is the earliest one.
#[derive(Debug)]
enum Admitted {
    None,
    Claimed,
    Other(Box<First>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// Of the first exposure that is seen, and whether it counts.
    pub(super) fn new(seen: First, counts: bool) -> Self {
        let mut record = Self {
            claimed: seen,
            admitted: if counts { Admitted::Claimed } else { Admitted::None },
            admitted_elsewhere: Box::default(),
            claimed_in_two: false,
            drawn_twice: false,
            any_mismatched: false,
            any_unverifiable: false,
        };
        record.judge(seen.verdict);
        record
    }

    /// Takes another exposure.
    pub(super) fn see(&mut self, seen: First, counts: bool) {
        self.judge(seen.verdict);
        let elsewhere = self.claimed.variant != seen.variant;
        self.claimed_in_two |= elsewhere;
        self.drawn_twice |= elsewhere && self.claimed.by_fallback != seen.by_fallback;
        let mut admitted = self.admitted().copied();
        if seen.precedes(&self.claimed) {
            self.claimed = seen;
        }
        if counts {
            admitted = Some(match admitted {
                None => seen,
                Some(first) => {
                    let (first, later) = if seen.precedes(&first) { (seen, first) } else { (first, seen) };
                    self.admit_elsewhere(&first, (later.variant, later.epoch));
                    first
                }
            });
        }
        self.admitted = match admitted {
            None => Admitted::None,
            Some(first) if first == self.claimed => Admitted::Claimed,
            Some(first) => Admitted::Other(Box::new(first)),
        };
    }

    fn admit_elsewhere(&mut self, first: &First, elsewhere: (u32, u32)) {
        if elsewhere != (first.variant, first.epoch) && !self.admitted_elsewhere.contains(&elsewhere) {
            let known = self.admitted_elsewhere.iter().copied();
            self.admitted_elsewhere = known.chain([elsewhere]).collect();
        }
    }

    fn judge(&mut self, verdict: Verdict) {
        self.any_mismatched |= matches!(verdict, Verdict::Mismatched(_));
        self.any_unverifiable |= matches!(verdict, Verdict::Unverifiable(_));
    }

    /// The earliest exposure that counts.
    pub(super) fn admitted(&self) -> Option<&First> {
        match &self.admitted {
            Admitted::None => None,
            Admitted::Claimed => Some(&self.claimed),
            Admitted::Other(first) => Some(first),
        }
    }

    /// The exposure that the unit is known by: the first one that counts, or else the first one.
    pub(super) fn first(&self) -> &First {
        self.admitted().unwrap_or(&self.claimed)
    }

    /// Whether the exposures that count came from more than one variant, and no two of these from one epoch: only a
    /// new allocation explains that.
    pub(super) fn is_moved(&self) -> bool {
        let Some(first) = self.admitted() else { return false };
        let all = || self.admitted_elsewhere.iter().copied().chain([(first.variant, first.epoch)]);
        let conflict = |(variant, epoch)| all().any(|(other, within)| other != variant && within == epoch);
        all().any(|(variant, _)| variant != first.variant) && !all().any(conflict)
    }
}
