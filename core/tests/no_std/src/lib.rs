//! Proof that `edgewise-core` needs neither `std` nor an allocator nor anything from its host: this crate has no
//! allocator, its module imports nothing, and [`verify`] reads a ruleset and answers every case of a table.
//!
//! This is also the proof that reading a ruleset and evaluating allocate nothing, never: a crate that links `alloc` does
//! not build without an allocator, as the feature `allocating` shows, and this one builds. (Counting allocations needs
//! an allocator of one's own, which is `unsafe`.)
//!
//! The ruleset is `vectors/golden.edgewise`; the table is written by `vectors/make.py` from the same group of
//! `vectors/assign.json`. `run.mjs` builds and runs it.

#![no_std]

#[cfg(feature = "allocating")]
extern crate alloc;

#[rustfmt::skip]
mod cases;

use cases::CASES;
use core::{num::NonZeroU32, panic::PanicInfo};
use edgewise_core::{Context, Experiment, Ruleset, Silent, Sticky, Unit, Value};

/// One context at one time, and what every experiment and flag answers.
struct Case {
    now: i64,
    user: Unit<'static>,
    device: Unit<'static>,
    /// By canonical name; the others are absent.
    attributes: &'static [(&'static str, Value<'static>)],
    /// Experiment, variant, epoch, iteration.
    sticky: &'static [(&'static str, &'static str, &'static str, u32)],
    /// Experiment, variant.
    forced: &'static [(&'static str, &'static str)],
    /// Empty: none.
    nonce: &'static [u8],
    /// Experiment, number.
    counters: &'static [(&'static str, u64)],
    experiments: &'static [Answer],
    /// Flag, value as JSON text.
    flags: &'static [(&'static str, &'static str)],
}

struct Answer {
    experiment: &'static str,
    variant: Option<&'static str>,
    reason: &'static str,
    bucket: Option<u32>,
    exposure: bool,
    epoch: &'static str,
    holdout: Option<&'static str>,
    fallback: bool,
}

const RULESET: &[u8; include_bytes!("../../../../vectors/golden.edgewise").len()] =
    include_bytes!("../../../../vectors/golden.edgewise");

/// How many cases the table has.
// `no_mangle` counts as unsafe because two exports of one name would clash; the names of this crate differ.
#[unsafe(no_mangle)]
pub extern "C" fn count() -> u32 {
    u32::try_from(CASES.len()).unwrap_or(u32::MAX)
}

/// 0 where every case is answered as the table says, else the number of the first that is not, from 1.
/// `u32::MAX`: the ruleset was refused.
#[unsafe(no_mangle)]
pub extern "C" fn verify() -> u32 {
    let Ok(ruleset) = Ruleset::read(&RULESET[..]) else { return u32::MAX };
    (1..).zip(CASES).find_map(|(number, case)| (!agrees(&ruleset, case)).then_some(number)).unwrap_or(0)
}

/// How many of the ruleset's bytes can be altered without its being refused: none.
#[unsafe(no_mangle)]
pub extern "C" fn unnoticed() -> u32 {
    let mut unnoticed = 0;
    for at in 0..RULESET.len() {
        let mut altered = *RULESET;
        altered[at] ^= 0x10;
        unnoticed += u32::from(Ruleset::read(&altered[..]).is_ok());
    }
    unnoticed
}

/// Gives the number back, and panics for 0: the host can see that a panic does not pass unnoticed.
#[unsafe(no_mangle)]
pub extern "C" fn trap(number: u32) -> u32 {
    NonZeroU32::new(number).expect("a number from 1").get()
}

fn agrees(ruleset: &Ruleset<&[u8]>, case: &Case) -> bool {
    let context = CaseContext { ruleset, case };
    let flags = case.flags.iter().all(|(id, value)| {
        let flag = ruleset.find_flag(id);
        flag.is_some_and(|flag| flag.evaluate(&context, case.now, &mut Silent).json() == *value)
    });
    flags && case.experiments.iter().all(|expected| context.answers(expected))
}

/// A case's names, by their index in the ruleset.
struct CaseContext<'a> {
    ruleset: &'a Ruleset<&'a [u8]>,
    case: &'a Case,
}

impl CaseContext<'_> {
    fn answers(&self, expected: &Answer) -> bool {
        let Some(experiment) = self.ruleset.find_experiment(expected.experiment) else { return false };
        let answer = experiment.assign(self, self.case.now, &mut Silent);
        let variant = answer.variant.and_then(|index| experiment.variant(index));
        let holdout = answer.holdout.and_then(|index| self.ruleset.holdouts().nth(index));
        variant.map(|variant| variant.id()) == expected.variant
            && answer.reason.as_str() == expected.reason
            && answer.bucket.map(|bucket| bucket.get()) == expected.bucket
            && answer.exposure == expected.exposure
            && expected.epoch.parse() == Ok(answer.epoch)
            && holdout.map(|holdout| holdout.id()) == expected.holdout
            && answer.fallback == expected.fallback
    }

    fn is_about(&self, experiment: usize, id: &str) -> bool {
        self.ruleset.experiment(experiment).is_some_and(|experiment| experiment.id() == id)
    }
}

impl Context for CaseContext<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        match self.ruleset.unit_types().nth(unit_type) {
            Some("user") => self.case.user,
            Some("device") => self.case.device,
            _ => Unit::Missing,
        }
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        let Some(asked) = self.ruleset.attributes().nth(attribute) else { return Value::Absent };
        let given = self.case.attributes.iter().find(|(name, _)| *name == asked.name());
        given.map_or(Value::Absent, |(_, value)| *value)
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        let (experiment, variant, epoch, iteration) = *self.case.sticky.get(nth)?;
        let experiment = self.ruleset.find_experiment(experiment)?;
        let variant = variant_index(experiment, variant)?;
        Some(Sticky { experiment: experiment.index(), iteration, variant, epoch: epoch.parse().ok()? })
    }

    fn forced(&self, experiment: usize) -> Option<usize> {
        let (_, variant) = self.case.forced.iter().find(|(id, _)| self.is_about(experiment, id))?;
        variant_index(self.ruleset.experiment(experiment)?, variant)
    }

    fn nonce(&self) -> Option<&[u8]> {
        Some(self.case.nonce).filter(|nonce| !nonce.is_empty())
    }

    fn counter(&self, experiment: usize) -> Option<u64> {
        let found = self.case.counters.iter().find(|(id, _)| self.is_about(experiment, id));
        found.map(|(_, counter)| *counter)
    }
}

fn variant_index(experiment: Experiment<'_>, id: &str) -> Option<usize> {
    experiment.variants().position(|variant| variant.id() == id)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
