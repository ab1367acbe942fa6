//! Proof that `edgewise-core` needs neither `std` nor an allocator nor anything from its host: this crate has no
//! allocator, its module imports nothing, and [`verify`] reads a ruleset and answers every case of a table.
//!
//! The ruleset is `vectors/golden.edgewise`; the table is written by `vectors/make.py` from the same group of
//! `vectors/assign.json`. `run.mjs` builds and runs it.

#![no_std]

#[rustfmt::skip]
mod cases;

use cases::CASES;
use core::{num::NonZeroU32, panic::PanicInfo};
use edgewise_core::{Attributes, Reason, Ruleset, Silent, Unit, Value};

/// One context at one time, and what every experiment and flag answers.
struct Case {
    now: i64,
    user: Unit<'static>,
    device: Unit<'static>,
    /// By canonical name; the others are absent.
    attributes: &'static [(&'static str, Value<'static>)],
    /// Experiment, variant, reason, bucket.
    experiments: &'static [(&'static str, Option<&'static str>, &'static str, Option<u32>)],
    /// Flag, value as JSON text.
    flags: &'static [(&'static str, &'static str)],
}

const RULESET: &[u8; include_bytes!("../../../../vectors/golden.edgewise").len()] =
    include_bytes!("../../../../vectors/golden.edgewise");

/// The most attributes that the ruleset may have here, where nothing can be allocated.
const MAX_ATTRIBUTES: usize = 16;

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
    let mut values = [Value::Absent; MAX_ATTRIBUTES];
    for attribute in ruleset.attributes() {
        let given = case.attributes.iter().find(|(name, _)| *name == attribute.name());
        if let Some((_, value)) = given {
            values[attribute.index()] = *value;
        }
    }
    let context = Attributes { units: &[case.user, case.device], attributes: &values };
    let experiments = case.experiments.iter().all(|(id, variant, reason, bucket)| {
        let Some(experiment) = ruleset.find_experiment(id) else { return false };
        let answer = experiment.assign(&context, case.now, &mut Silent);
        let drawn = answer.variant.and_then(|index| experiment.variant(index));
        drawn.map(|variant| variant.id()) == *variant
            && answer.reason.as_str() == *reason
            && answer.bucket.map(|bucket| bucket.get()) == *bucket
            && answer.exposure == (answer.reason == Reason::Assigned)
    });
    let flags = case.flags.iter().all(|(id, value)| {
        ruleset
            .find_flag(id)
            .is_some_and(|flag| flag.evaluate(&context, case.now, &mut Silent).value == *value)
    });
    experiments && flags
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
