//! The names behind the integers, in one piece: a text, and the numbers that say how to cut it.
//!
//! A text is its length in UTF-16, a list its count and then its items; `js/tables.ts` reads them in the same order.
//! Two values cross the boundary, however many experiments there are.

use edgewise_core::{Experiment, Reason, Ruleset, ValueType};

/// The flag types, in the order of their codes.
const VALUE_TYPES: [&str; 4] = ["boolean", "number", "string", "object"];

/// All names of a ruleset.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) text: String,
    pub(crate) numbers: Vec<u32>,
}

/// Collects the names.
pub(crate) fn write(ruleset: &Ruleset<Vec<u8>>) -> Tables {
    let mut tables = Tables::default();
    tables.text(&ruleset.digest().to_string());
    tables.list(ruleset.tenant().into_iter(), Tables::text);
    tables.list(ruleset.environment().into_iter(), Tables::text);
    tables.list(Reason::ALL.iter(), |tables, reason| tables.text(reason.as_str()));
    tables.list(VALUE_TYPES.into_iter(), Tables::text);
    tables.list(ruleset.unit_types(), Tables::text);
    tables.list(ruleset.attributes(), |tables, attribute| {
        tables.text(attribute.name());
        tables.list(attribute.path(), Tables::text);
    });
    tables.list(ruleset.experiments(), Tables::experiment);
    tables.list(ruleset.flags(), |tables, flag| {
        tables.text(flag.id());
        tables.number(code(flag.value_type()));
        tables.list(flag.claimed_by(), Tables::number);
    });
    tables
}

impl Tables {
    fn experiment(&mut self, experiment: Experiment<'_>) {
        self.text(experiment.id());
        self.numbers.push(experiment.iteration());
        self.number(experiment.unit_type());
        self.text(&experiment.epoch().to_string());
        self.list(experiment.variants(), |tables, variant| tables.text(variant.id()));
        self.list(experiment.attributes(), Tables::number);
    }

    fn text(&mut self, text: &str) {
        self.text.push_str(text);
        self.number(if text.is_ascii() { text.len() } else { text.encode_utf16().count() });
    }

    fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.number(items.len());
        for item in items {
            write(self, item);
        }
    }

    /// Counts and indices of a ruleset are far below 2³²: the format bounds its bytes.
    fn number(&mut self, number: usize) {
        self.numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
    }
}

fn code(value_type: ValueType) -> usize {
    match value_type {
        ValueType::Boolean => 0,
        ValueType::Number => 1,
        ValueType::String => 2,
        ValueType::Object => 3,
    }
}
