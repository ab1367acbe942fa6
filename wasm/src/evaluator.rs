//! The ruleset of this instance, a buffer for contexts and a buffer for answers.

use crate::{error, memory, milliseconds};
use core::cell::{Cell, OnceCell};
use edgewise_core::{Assignment, EncodedContext, Evaluation, Ruleset, Silent, Source};
use wasm_bindgen::prelude::*;

/// One word of an answer, little-endian: all that crosses the boundary.
type Word = [u8; 4];

/// The words of one assignment: variant, reason, bucket, holdout. The reason has bit 8 set where using the answer is an
/// exposure, and bit 9 where the unit is one of the fallback's type.
const ASSIGNMENT_WORDS: usize = 4;

/// The words of one flag: source, rule, where the value begins in the ruleset, its length, experiment, assignment.
const FLAG_WORDS: usize = 5 + ASSIGNMENT_WORDS;

/// What stands for "none" in every word.
const NONE: i32 = -1;

struct Evaluator {
    ruleset: Ruleset<&'static [u8]>,
    context: &'static mut [u8],
    // Cells, so that writing an answer needs the evaluator for itself at no time.
    answers: &'static [Cell<Word>],
}

/// What the host fills before it has the ruleset loaded.
struct Room {
    ruleset: &'static mut [u8],
    context: &'static mut [u8],
}

thread_local! {
    static ROOM: Cell<Option<Room>> = const { Cell::new(None) };
    static EVALUATOR: OnceCell<Evaluator> = const { OnceCell::new() };
}

/// Makes room for a ruleset and for contexts of so many bytes, and says where the ruleset is to be written; 0 where the
/// host gives no memory.
#[wasm_bindgen]
pub fn reserve(ruleset: usize, context: usize) -> usize {
    make_room(ruleset, context).unwrap_or(0)
}

fn make_room(ruleset: usize, context: usize) -> Option<usize> {
    let context = context.checked_next_multiple_of(memory::ALIGNMENT)?;
    // Both at once, because what is left of the last page when more are needed stays unused.
    let (context, ruleset) = memory::take(context.checked_add(ruleset)?)?.split_at_mut_checked(context)?;
    let place = address(ruleset);
    ROOM.try_with(|reserved| reserved.set(Some(Room { ruleset, context }))).ok()?;
    Some(place)
}

/// Checks the ruleset that was written, and says where the answers are; 0 where the host gives no memory.
///
/// The first word there is 0, the second says where contexts are to be written, and the third whether any answer can
/// depend on the time. Or the first is the number of what is wrong with the ruleset, and details follow: see
/// `js/error.ts`.
#[wasm_bindgen]
pub fn load() -> usize {
    load_room().unwrap_or(0)
}

fn load_room() -> Option<usize> {
    let Room { ruleset, context } = ROOM.try_with(Cell::take).ok()??;
    let bytes: &'static [u8] = ruleset;
    let read = Ruleset::read(bytes);
    let experiments = read.as_ref().map_or(0, |ruleset| ruleset.experiments().len());
    let answers = take_words(FLAG_WORDS.max(experiments.saturating_mul(ASSIGNMENT_WORDS)))?;
    let answers = Cell::from_mut(answers).as_slice_of_cells();
    let place = address(answers);
    match read {
        Ok(ruleset) => {
            write(answers, [0, word(address(context)), i32::from(ruleset.depends_on_time())]);
            EVALUATOR.try_with(|slot| slot.set(Evaluator { ruleset, context, answers }).ok()).ok()??;
        }
        Err(refusal) => write(answers, error::words(refusal)),
    }
    Some(place)
}

/// Asks so many experiments from this index on. Beyond the last one nobody answers.
#[wasm_bindgen]
pub fn assign(first: usize, count: usize, now: f64) {
    with(|Evaluator { ruleset, context, answers }| {
        let context = EncodedContext::new(context, ruleset);
        let now = milliseconds(now);
        let (answers, _) = answers.as_chunks::<ASSIGNMENT_WORDS>();
        for (index, words) in (first..first.saturating_add(count)).zip(answers) {
            let Some(experiment) = ruleset.experiment(index) else { return };
            write(words, assignment_words(experiment.assign(&context, now, &mut Silent)));
        }
    });
}

/// Asks one flag. An index beyond the last one answers nothing.
#[wasm_bindgen]
pub fn evaluate(flag: usize, now: f64) {
    with(|Evaluator { ruleset, context, answers }| {
        let Some(flag) = ruleset.flag(flag) else { return };
        let context = EncodedContext::new(context, ruleset);
        let answer = flag.evaluate(&context, milliseconds(now), &mut Silent);
        write(answers, flag_words(&answer, ruleset.bytes()));
    });
}

/// With which probability a unit of this experiment draws the variant, 0 to 1.
#[wasm_bindgen]
pub fn propensity(experiment: usize, variant: usize) -> f64 {
    let mut propensity = 0.0;
    with(|Evaluator { ruleset, .. }| {
        if let Some(experiment) = ruleset.experiment(experiment) {
            propensity = experiment.propensity(variant);
        }
    });
    propensity
}

/// The bucket by which a holdout decides on the unit of this type; negative: there is none.
#[cfg(feature = "all-rules")]
#[wasm_bindgen]
pub fn holdout(holdout: usize, unit_type: usize) -> i32 {
    use edgewise_core::{Context as _, Unit};

    let mut bucket = NONE;
    with(|Evaluator { ruleset, context, .. }| {
        let context = EncodedContext::new(context, ruleset);
        if let (Some(holdout), Unit::Id(id)) = (ruleset.holdouts().nth(holdout), context.unit(unit_type)) {
            bucket = holdout.draw(id).0.get().cast_signed();
        }
    });
    bucket
}

/// Lets the loaded evaluator work. There is none only where the memory was damaged: a trap, after which the host makes a
/// new instance.
fn with(task: impl FnOnce(&Evaluator)) {
    let done = EVALUATOR.try_with(|slot| slot.get().map(task));
    if !matches!(done, Ok(Some(()))) {
        std::process::abort();
    }
}

fn take_words(words: usize) -> Option<&'static mut [Word]> {
    let (words, _) = memory::take(words.checked_mul(size_of::<Word>())?)?.as_chunks_mut();
    Some(words)
}

fn address<T>(place: &[T]) -> usize {
    place.as_ptr().expose_provenance()
}

fn write<const WORDS: usize>(words: &[Cell<Word>], values: [i32; WORDS]) {
    let Some(words) = words.first_chunk::<WORDS>() else { return };
    for (word, value) in words.iter().zip(values) {
        word.set(value.to_le_bytes());
    }
}

fn assignment_words(answer: Assignment) -> [i32; ASSIGNMENT_WORDS] {
    let reason = i32::from(answer.reason.code());
    [
        answer.variant.map_or(NONE, word),
        reason | i32::from(answer.exposure) << 8 | i32::from(answer.fallback) << 9,
        answer.bucket.map_or(NONE, |bucket| bucket.get().cast_signed()),
        answer.holdout.map_or(NONE, word),
    ]
}

fn flag_words(answer: &Evaluation<'_>, ruleset: &[u8]) -> [i32; FLAG_WORDS] {
    let (source, rule) = match answer.source {
        Source::Default => (0, NONE),
        Source::Experiment => (1, NONE),
        Source::Rule(index) => (2, word(index)),
    };
    // The value is a slice of the ruleset, of which the host has a copy: its place says it all.
    let start = answer.value.as_ptr().addr().wrapping_sub(ruleset.as_ptr().addr());
    let (experiment, assignment) = match answer.assignment {
        Some((index, assignment)) => (word(index), assignment_words(assignment)),
        None => (NONE, [NONE; ASSIGNMENT_WORDS]),
    };
    let [variant, reason, bucket, holdout] = assignment;
    [source, rule, word(start), word(answer.value.len()), experiment, variant, reason, bucket, holdout]
}

/// Indices and places are far below 2³¹: the format bounds a ruleset's bytes.
fn word(index: usize) -> i32 {
    u32::try_from(index).map_or(NONE, u32::cast_signed)
}
