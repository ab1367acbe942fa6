//! One ruleset, a buffer for contexts and a buffer for answers.

use crate::{
    error,
    tables::{self, Tables},
};
use core::mem;
use edgewise_core::{Assignment, EncodedContext, Evaluation, Ruleset, Silent, Source};
use wasm_bindgen::prelude::*;

/// The words of one assignment: variant, reason, bucket, exposure.
const ASSIGNMENT_WORDS: usize = 4;

/// The words of one flag: source, rule, where the value begins in the ruleset, its length, experiment, assignment.
const FLAG_WORDS: usize = 5 + ASSIGNMENT_WORDS;

/// What stands for "none" in every word.
const NONE: i32 = -1;

/// Answers for one ruleset.
#[wasm_bindgen]
pub struct Evaluator {
    pub(crate) ruleset: Ruleset<Vec<u8>>,
    tables: Tables,
    context: Vec<u8>,
    answers: Vec<i32>,
}

#[wasm_bindgen]
impl Evaluator {
    /// Checks the bytes and keeps them.
    ///
    /// # Errors
    ///
    /// An `Error` whose name is the code and whose message is the text of the [`edgewise_core::RulesetError`].
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: Vec<u8>) -> Result<Self, JsValue> {
        let ruleset = Ruleset::read(bytes).map_err(error::refused_ruleset)?;
        let words = FLAG_WORDS.max(ruleset.experiments().len() * ASSIGNMENT_WORDS);
        Ok(Self { tables: tables::write(&ruleset), ruleset, context: Vec::new(), answers: vec![NONE; words] })
    }

    /// All names in one text, for the host to cut by [`Self::take_numbers`]: see `js/tables.ts`. Once: they move out.
    #[wasm_bindgen(js_name = takeText)]
    pub fn take_text(&mut self) -> String {
        mem::take(&mut self.tables.text)
    }

    /// How to cut the text. Once: they move out.
    #[wasm_bindgen(js_name = takeNumbers)]
    pub fn take_numbers(&mut self) -> Vec<u32> {
        mem::take(&mut self.tables.numbers)
    }

    /// Makes the context buffer at least this long, keeps what it holds, and says where it is now.
    #[wasm_bindgen(js_name = reserveContext)]
    pub fn reserve_context(&mut self, bytes: usize) -> usize {
        if self.context.len() < bytes {
            self.context.resize(bytes.next_power_of_two(), 0);
        }
        self.context.as_ptr().addr()
    }

    /// How long the context buffer is.
    #[wasm_bindgen(js_name = contextLength)]
    pub fn context_length(&self) -> usize {
        self.context.len()
    }

    /// Where the answers are. They stay there.
    #[wasm_bindgen(js_name = answersPointer)]
    pub fn answers_pointer(&self) -> usize {
        self.answers.as_ptr().addr()
    }

    /// How many words the answers have.
    #[wasm_bindgen(js_name = answersLength)]
    pub fn answers_length(&self) -> usize {
        self.answers.len()
    }

    /// Asks one experiment. An index beyond the last one answers nothing.
    pub fn assign(&mut self, experiment: usize, now: f64) {
        let context = EncodedContext::new(&self.context, &self.ruleset);
        let Some(experiment) = self.ruleset.experiment(experiment) else { return };
        let answer = experiment.assign(&context, milliseconds(now), &mut Silent);
        if let Some(words) = self.answers.first_chunk_mut() {
            *words = assignment_words(answer);
        }
    }

    /// Asks every experiment, in the order of their indices.
    #[wasm_bindgen(js_name = assignAll)]
    pub fn assign_all(&mut self, now: f64) {
        let context = EncodedContext::new(&self.context, &self.ruleset);
        let now = milliseconds(now);
        let (answers, _) = self.answers.as_chunks_mut();
        for (experiment, words) in self.ruleset.experiments().zip(answers) {
            *words = assignment_words(experiment.assign(&context, now, &mut Silent));
        }
    }

    /// Asks one flag. An index beyond the last one answers nothing.
    pub fn evaluate(&mut self, flag: usize, now: f64) {
        let context = EncodedContext::new(&self.context, &self.ruleset);
        let Some(flag) = self.ruleset.flag(flag) else { return };
        let answer = flag.evaluate(&context, milliseconds(now), &mut Silent);
        let words = flag_words(&answer, self.ruleset.bytes());
        if let Some(answers) = self.answers.first_chunk_mut() {
            *answers = words;
        }
    }
}

impl Evaluator {
    /// What the host wrote last.
    #[cfg(feature = "full")]
    pub(crate) fn context(&self) -> EncodedContext<'_> {
        EncodedContext::new(&self.context, &self.ruleset)
    }
}

/// The host's time, whose numbers are all `f64`: milliseconds since the Unix epoch, checked to be a safe integer there.
#[allow(clippy::cast_possible_truncation, reason = "the cast saturates, and NaN becomes 0")]
pub(crate) fn milliseconds(now: f64) -> i64 {
    now as i64
}

fn assignment_words(answer: Assignment) -> [i32; ASSIGNMENT_WORDS] {
    [
        answer.variant.map_or(NONE, word),
        i32::from(answer.reason.code()),
        answer.bucket.map_or(NONE, |bucket| bucket.get().cast_signed()),
        i32::from(answer.exposure),
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
    let experiment = answer.assignment.map_or(NONE, |(index, _)| word(index));
    let [variant, reason, bucket, exposure] =
        answer.assignment.map_or([NONE, NONE, NONE, 0], |(_, assignment)| assignment_words(assignment));
    [source, rule, word(start), word(answer.value.len()), experiment, variant, reason, bucket, exposure]
}

/// Indices and places in a ruleset are far below 2³¹: the format bounds its bytes.
fn word(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(NONE)
}
