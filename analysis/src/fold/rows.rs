//! A batch of events as a plan looks at it.

use super::{
    Stop,
    number::BEYOND,
    plan::{Plan, filter_column},
    texts::Texts,
    units::moments,
};
use crate::{
    decimal::Decimal,
    plan::{Comparator, EventType, Filter, FilterValue},
};
use datafusion::arrow::{
    array::{Array as _, AsArray as _, Decimal128Array, RecordBatch},
    datatypes::{DataType, Decimal128Type, Schema},
};

/// The columns that are read, and what a type and a name of an event mean.
pub(super) struct Layout {
    /// Type, name, unit, the moments of the event and of its arrival; then those of links, numbers and texts.
    columns: Vec<String>,
    links: usize,
    numbers: usize,
    /// The names that somebody asks for.
    names: Vec<String>,
    /// By type and name.
    pub(super) kinds: Vec<Kind>,
    /// What each class's filters ask.
    filters: Vec<Vec<Test>>,
}

/// What an event's type and name make of it.
pub(super) struct Kind {
    pub(super) is_error: bool,
    /// The places of the classes that it is of, where it passes their filters.
    pub(super) classes: Vec<usize>,
}

/// One question of a filter.
struct Test {
    /// The place among the columns of numbers or of texts.
    column: usize,
    is: Comparator,
    value: Value,
}

enum Value {
    Number(i64),
    Text(String),
}

/// The kind of what is no metric event.
const NO_EVENT: u16 = u16::MAX;

const TYPES: [EventType; 3] = [EventType::Track, EventType::Feedback, EventType::Error];

const FIXED: usize = 5;

impl Layout {
    pub(super) fn new(plan: &Plan, unit_column: &str, links: &[(String, String)]) -> Result<Self, Stop> {
        let mut names: Vec<String> = plan.classes.iter().map(|class| class.event.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let (mut numbers, mut texts) = (plan.numbers.clone(), Vec::new());
        let mut test = |filter: &Filter| {
            let (columns, value) = match &filter.value {
                FilterValue::Number(number) => {
                    let number = Decimal::from_json(number).map_err(|_| Stop::Unknown)?;
                    (&mut numbers, Value::Number(number.millionths()))
                }
                FilterValue::Text(text) => (&mut texts, Value::Text(text.clone())),
            };
            let name = filter_column(filter);
            let column = columns.iter().position(|known| *known == name).unwrap_or_else(|| {
                columns.push(name);
                columns.len() - 1
            });
            Ok(Test { column, is: filter.is, value })
        };
        let of_class = |class: &super::plan::Class| class.filters.iter().map(&mut test).collect();
        let filters = plan.classes.iter().map(of_class).collect::<Result<Vec<_>, Stop>>()?;
        let kind = |event_type: EventType, name: Option<&String>| Kind {
            is_error: event_type == EventType::Error,
            classes: (0..plan.classes.len())
                .filter(|class| {
                    let class = &plan.classes[*class];
                    class.event_type == event_type && Some(&class.event) == name
                })
                .collect(),
        };
        // The last of each type is of all names that nobody asks for.
        let of_type = |event_type| {
            let each = names.iter().map(Some).chain([None]);
            each.map(move |name| (event_type, name)).collect::<Vec<_>>()
        };
        let kinds: Vec<Kind> =
            TYPES.into_iter().flat_map(of_type).map(|(event_type, name)| kind(event_type, name)).collect();
        if kinds.len() >= usize::from(NO_EVENT) {
            return Err(Stop::Unknown);
        }
        let fixed = ["type", "name", unit_column, "ts", "received_at"].map(str::to_owned);
        let (linked, counted) = (links.iter().map(|(_, column)| column.clone()), numbers.len());
        let columns = fixed.into_iter().chain(linked).chain(numbers).chain(texts).collect();
        Ok(Self { columns, links: links.len(), numbers: counted, names, kinds, filters })
    }

    pub(super) fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    fn kinds_of(&self, types: &Texts<'_>, names: &Texts<'_>, rows: usize) -> Vec<u16> {
        let each = self.names.len() + 1;
        let type_of = |place: Option<usize>| {
            place.and_then(|place| u16::try_from(place * each).ok()).unwrap_or(NO_EVENT)
        };
        let name_of =
            |place: Option<usize>| u16::try_from(place.unwrap_or(self.names.len())).unwrap_or(NO_EVENT);
        let mut kinds = types.places(rows, &TYPES.map(EventType::as_str), type_of);
        let known: Vec<&str> = self.names.iter().map(String::as_str).collect();
        for (kind, name) in kinds.iter_mut().zip(names.places(rows, &known, name_of)) {
            if *kind != NO_EVENT {
                *kind += name;
            }
        }
        kinds
    }
}

/// Whether a table has columns of these names and types: numbers with six places, and texts.
pub(super) fn has(schema: &Schema, numbers: &[String], texts: &[String]) -> bool {
    let is = |column: &String, wanted: fn(&DataType) -> bool| {
        schema.field_with_name(column).is_ok_and(|field| wanted(field.data_type()))
    };
    numbers.iter().all(|column| {
        is(column, |data_type| matches!(data_type, DataType::Decimal128(_, scale) if *scale == 6))
    }) && texts.iter().all(|column| {
        is(column, |data_type| match data_type {
            DataType::Dictionary(_, values) => values.is_string(),
            data_type => data_type.is_string(),
        })
    })
}

/// A batch of events.
pub(super) struct Rows<'b> {
    layout: &'b Layout,
    kinds: Vec<u16>,
    pub(super) units: Texts<'b>,
    /// The columns of ids that are linked to units.
    pub(super) links: Vec<Texts<'b>>,
    pub(super) ts: &'b [i64],
    pub(super) received: &'b [i64],
    numbers: Vec<&'b Decimal128Array>,
    texts: Vec<Texts<'b>>,
}

impl<'b> Rows<'b> {
    /// The batch; none where a column is not of its type, or a moment is missing.
    pub(super) fn of(batch: &'b RecordBatch, layout: &'b Layout) -> Option<Self> {
        let (links, numbers) = (FIXED + layout.links, FIXED + layout.links + layout.numbers);
        let text = |column| Texts::of(batch.column(column));
        let number = |column| {
            let numbers = batch.column(column).as_primitive_opt::<Decimal128Type>()?;
            (numbers.scale() == 6).then_some(numbers)
        };
        Some(Self {
            layout,
            kinds: layout.kinds_of(&text(0)?, &text(1)?, batch.num_rows()),
            units: text(2)?,
            ts: moments(batch.column(3))?,
            received: moments(batch.column(4))?,
            links: (FIXED..links).map(text).collect::<Option<_>>()?,
            numbers: (links..numbers).map(number).collect::<Option<_>>()?,
            texts: (numbers..batch.num_columns()).map(text).collect::<Option<_>>()?,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.kinds.len()
    }

    /// What a row's type and name make of it; none of what is no metric event.
    pub(super) fn kind(&self, row: usize) -> Option<&'b Kind> {
        self.layout.kinds.get(usize::from(self.kinds[row]))
    }

    /// Whether an event of a class's type and name passes its filters.
    pub(super) fn passes(&self, class: usize, row: usize) -> bool {
        self.layout.filters[class].iter().all(|test| match &test.value {
            Value::Number(limit) => {
                let numbers = self.numbers[test.column];
                !numbers.is_null(row) && holds(test.is, &numbers.value(row), &i128::from(*limit))
            }
            Value::Text(wanted) => {
                let text = self.texts[test.column].get(row);
                text.is_some_and(|text| holds(test.is, text, wanted.as_str()))
            }
        })
    }

    /// A row's number in millionths: none where it is null, an error where it is beyond what numbers may be.
    pub(super) fn number(&self, column: usize, row: usize) -> Result<Option<i64>, Beyond> {
        let numbers = self.numbers[column];
        if numbers.is_null(row) {
            return Ok(None);
        }
        let number = i64::try_from(numbers.value(row)).map_err(|_| Beyond)?;
        if -BEYOND < number && number < BEYOND { Ok(Some(number)) } else { Err(Beyond) }
    }
}

/// A number has too many digits.
pub(super) struct Beyond;

fn holds<T: PartialOrd + ?Sized>(is: Comparator, one: &T, other: &T) -> bool {
    match is {
        Comparator::Equal => one == other,
        Comparator::NotEqual => one != other,
        Comparator::Above => one > other,
        Comparator::AtLeast => one >= other,
        Comparator::Below => one < other,
        Comparator::AtMost => one <= other,
    }
}
