//! Prerequisites: what has to hold of other experiments and flags.

use crate::{
    Context, Experiment, Flag, Silent,
    sections::{ACCEPTED_VALUES, CHOICES, Sections, Slice, u32_at},
};

/// One prerequisite, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Prerequisite<'a> {
    sections: Sections<'a>,
    record: &'a [u8; 16],
}

/// What a prerequisite looks at.
#[derive(Clone, Copy, Debug)]
pub enum Required<'a> {
    /// The experiment has to answer one of the accepted variants.
    Experiment(Experiment<'a>),
    /// The flag has to have one of the accepted values.
    Flag(Flag<'a>),
}

impl<'a> Prerequisite<'a> {
    pub(crate) fn new(sections: Sections<'a>, record: &'a [u8; 16]) -> Self {
        Self { sections, record }
    }

    /// What it looks at.
    pub fn required(self) -> Required<'a> {
        let index = u32_at(self.record, 4) as usize;
        match u32_at(self.record, 0) {
            0 => Required::Experiment(Experiment::new(self.sections, index)),
            _ => Required::Flag(Flag::new(self.sections, index)),
        }
    }

    /// Of an experiment: the accepted variants, by index.
    pub fn variants(self) -> impl ExactSizeIterator<Item = usize> + use<'a> {
        self.sections.records(CHOICES, self.accepted_if(0)).map(|record| u32_at(record, 0) as usize)
    }

    /// Of a flag: the accepted values, as JSON text.
    pub fn values(self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let values = self.sections.records(ACCEPTED_VALUES, self.accepted_if(1));
        values.map(move |record| self.sections.text(record, 0))
    }

    /// Whether it holds for this context at this time. `depth` experiments and flags may still be entered.
    pub(crate) fn holds<C: Context>(self, context: &C, now: i64, depth: u32) -> bool {
        match self.required() {
            Required::Experiment(experiment) => {
                let answer = experiment.assign_within(context, now, &mut Silent, depth);
                answer.variant.is_some_and(|variant| self.variants().any(|accepted| accepted == variant))
            }
            Required::Flag(flag) => {
                let value = flag.evaluate_within(context, now, &mut Silent, depth).value;
                let mut accepted = self.sections.records(ACCEPTED_VALUES, self.accepted_if(1));
                accepted.any(|record| self.sections.text_bytes(record, 0) == value)
            }
        }
    }

    fn accepted_if(self, kind: u32) -> Slice {
        let count_if = u32_at(self.record, 0) == kind;
        let accepted = Slice::at(self.record, 8);
        if count_if { accepted } else { Slice { first: 0, count: 0 } }
    }
}
