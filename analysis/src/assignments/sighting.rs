//! One exposure as the gathering of first exposures takes it.

use crate::verify::Verdict;
use uuid::Uuid;

/// One exposure of the experiment, with its verdict.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// The event's id; an id that was seen before is a repetition.
    pub id: Uuid,
    /// When the unit was exposed, in microseconds since the Unix epoch.
    pub ts_us: i64,
    /// The unit's id.
    pub unit: &'a str,
    /// The variant that the exposure claims.
    pub variant: &'a str,
    /// The allocation that the exposure claims, as drawn; empty where another system assigned it.
    pub epoch: &'a str,
    /// The bucket that the exposure claims; none where the variant did not come of one draw.
    pub bucket: Option<u32>,
    /// What the replay said.
    pub verdict: Verdict,
    /// What the context held, for each of the plan's dimensions in their order; none where it was absent.
    pub attributes: &'a [Option<String>],
    /// Whether the unit was known for a bot when it was exposed.
    pub is_bot: bool,
    /// Whether another id of the unit was drawn, which stood in for it before it was known.
    pub by_fallback: bool,
    /// Whether allocations of this run give the unit's bucket to different variants.
    pub is_bucket_moved: bool,
}

/// Which verdicts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Only what a replay confirmed.
    Verified,
    /// What could not be replayed as well, because no ruleset assigned it. Never what a replay refuted.
    Claimed,
}

impl Trust {
    /// The verdicts that count, as the table of assignments spells them.
    pub const fn verdicts(self) -> &'static [&'static str] {
        match self {
            Self::Verified => &["verified"],
            Self::Claimed => &["verified", "unverifiable"],
        }
    }

    pub(super) const fn admits(self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Verified => true,
            Verdict::Unverifiable(_) => matches!(self, Self::Claimed),
            Verdict::Mismatched(_) => false,
        }
    }
}
