//! Tests: looks at one attribute, each with its operator and operand.

use crate::Truth;
use crate::{
    Attribute, Key, Value,
    condition::code,
    format::{FIRST_UNIT_ATTRIBUTE, NOW_ATTRIBUTE, Section},
    sections::{
        HASHES, NETWORKS, NUMBERS, Sections, Slice, TEXTS, array_at, f64_at, u8_at, u16_at, u32_at, u64_at,
    },
};
#[cfg(feature = "operators")]
use crate::{
    address, pattern,
    sections::{PATTERNS, i64_at},
    semver,
    timestamp::Timestamp,
};
use core::cmp::Ordering;

/// One test of a condition tree, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Test<'a> {
    sections: Sections<'a>,
    record: &'a [u8; 16],
}

/// What a [`Test`] looks at.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// An attribute of the context.
    Attribute(Attribute<'a>),
    /// The context's id of a unit type.
    Unit(&'a str),
    /// The time of the evaluation.
    Now,
}

/// How a [`Test`] looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the operators of `document::Condition`, one for one")]
pub enum TestOperator {
    Present,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    StartsWith,
    EndsWith,
    Contains,
    Matches,
    InNetwork,
    HasAny,
    HasAll,
}

/// What a [`Test`] compares it with.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a> {
    /// Nothing: the test is for presence.
    None,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string; with [`TestOperator::Matches`] a regular expression.
    String(&'a str),
    /// A version in the order of SemVer 2.0.
    Version(&'a str),
    /// An instant: seconds since the Unix epoch and nanoseconds.
    Instant(i64, u32),
    /// These strings, or these numbers.
    List(List<'a>),
    /// Literals that this ruleset holds only the hashes of.
    Hidden(Hidden<'a>),
    /// Ranges of addresses.
    Networks(Networks<'a>),
}

/// Literals of which only the hashes are known, sorted.
#[derive(Clone, Copy, Debug)]
pub struct Hidden<'a> {
    sections: Sections<'a>,
    slice: Slice,
}

impl<'a> Hidden<'a> {
    /// The hashes, under the key of the salt `private:`.
    pub fn hashes(self) -> impl ExactSizeIterator<Item = u64> + use<'a> {
        self.sections.records(HASHES, self.slice).map(|record| u64_at(record, 0))
    }
}

/// Ranges of addresses, sorted and disjoint.
#[derive(Clone, Copy, Debug)]
pub struct Networks<'a> {
    sections: Sections<'a>,
    slice: Slice,
}

impl<'a> Networks<'a> {
    /// The first and the last address of each range, in network order; IPv4 as in IPv6.
    pub fn ranges(self) -> impl ExactSizeIterator<Item = ([u8; 16], [u8; 16])> + use<'a> {
        let records = self.sections.records(NETWORKS, self.slice);
        records.map(|record| (array_at(record, 0), array_at(record, 16)))
    }
}

/// The literals of a membership test, sorted.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    sections: Sections<'a>,
    section: Section,
    slice: Slice,
}

impl<'a> List<'a> {
    /// The items: all [`Operand::String`], or all [`Operand::Number`].
    pub fn items(self) -> impl ExactSizeIterator<Item = Operand<'a>> {
        let item = move |index| match self.section {
            Section::Texts => Operand::String(self.sections.text(self.sections.record(TEXTS, index), 0)),
            _ => Operand::Number(f64_at(self.sections.record(NUMBERS, index), 0)),
        };
        self.slice.indices().map(item)
    }
}

impl<'a> Test<'a> {
    #[inline]
    pub(crate) fn new(sections: Sections<'a>, record: &'a [u8; 16]) -> Self {
        Self { sections, record }
    }

    /// What is looked at.
    pub fn subject(&self) -> Subject<'a> {
        match self.attribute_number() {
            NOW_ATTRIBUTE => Subject::Now,
            number if number < FIRST_UNIT_ATTRIBUTE => {
                Subject::Attribute(Attribute::new(self.sections, usize::from(number)))
            }
            number => Subject::Unit(crate::ruleset::unit_type_name(
                self.sections,
                usize::from(number & !FIRST_UNIT_ATTRIBUTE),
            )),
        }
    }

    /// How it is looked at.
    pub fn operator(&self) -> TestOperator {
        let operator = u8_at(self.record, 1);
        match (u8_at(self.record, 0), operator) {
            (code::PRESENT, _) => TestOperator::Present,
            (code::IN_HASHES, 1 | 3) => TestOperator::NotIn,
            (code::IN_STRINGS | code::IN_NUMBERS | code::IN_HASHES, _) => TestOperator::In,
            (code::TEXT, 0) => TestOperator::StartsWith,
            (code::TEXT, 1) => TestOperator::EndsWith,
            (code::TEXT, _) => TestOperator::Contains,
            (code::MATCHES, _) => TestOperator::Matches,
            (code::NETWORK, _) => TestOperator::InNetwork,
            (code::HOLDS, 0) => TestOperator::HasAny,
            (code::HOLDS, _) => TestOperator::HasAll,
            (_, 0) => TestOperator::Eq,
            (_, 1) => TestOperator::Ne,
            (_, 2) => TestOperator::Lt,
            (_, 3) => TestOperator::Le,
            (_, 4) => TestOperator::Gt,
            _ => TestOperator::Ge,
        }
    }

    /// What it is compared with.
    pub fn operand(&self) -> Operand<'a> {
        match u8_at(self.record, 0) {
            code::BOOLEAN => Operand::Bool(u32_at(self.record, 4) == 1),
            code::NUMBER => Operand::Number(f64_at(self.record, 4)),
            code::STRING | code::TEXT => Operand::String(self.sections.text(self.record, 4)),
            code::IN_STRINGS | code::HOLDS => Operand::List(self.list_of(Section::Texts)),
            code::IN_NUMBERS => Operand::List(self.list_of(Section::Numbers)),
            code::IN_HASHES => Operand::Hidden(Hidden { sections: self.sections, slice: self.list() }),
            code::SEMVER => Operand::Version(self.sections.text(self.record, 4)),
            #[cfg(feature = "operators")]
            code::MATCHES => {
                let pattern = self.sections.record(PATTERNS, u32_at(self.record, 4) as usize);
                Operand::String(self.sections.text(pattern, 0))
            }
            #[cfg(feature = "operators")]
            code::TIMESTAMP => Operand::Instant(i64_at(self.record, 4), u32_at(self.record, 12)),
            code::NETWORK => Operand::Networks(Networks { sections: self.sections, slice: self.list() }),
            _ => Operand::None,
        }
    }

    #[inline]
    pub(crate) fn attribute_number(&self) -> u16 {
        u16_at(self.record, 2)
    }

    /// The test's answer about a value. A value of another type than the operand's makes it unknown.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a value that need not pass through memory costs half")]
    pub(crate) fn answer(&self, saw: Value<'_>) -> Truth {
        let operator = u8_at(self.record, 1);
        match (u8_at(self.record, 0), saw) {
            (code::PRESENT, Value::Absent) => Truth::False,
            (code::PRESENT, _) => Truth::True,
            (code::BOOLEAN, Value::Bool(value)) => {
                ordered(operator, value.cmp(&(u32_at(self.record, 4) == 1)))
            }
            (code::NUMBER, Value::Number(value)) => value
                .partial_cmp(&f64_at(self.record, 4))
                .map_or(Truth::Unknown, |ordering| ordered(operator, ordering)),
            (code::STRING, Value::String(value)) => ordered(operator, compare(value, self.text())),
            (code::TEXT, Value::String(value)) => match operator {
                0 => value.starts_with(self.text()),
                1 => value.ends_with(self.text()),
                _ => contains(value, self.text()),
            }
            .into(),
            (code::IN_STRINGS, Value::String(value)) => self.lists_text(value).into(),
            (code::IN_NUMBERS, Value::Number(value)) if !value.is_nan() => {
                let order = |index| {
                    let item = f64_at(self.sections.record(NUMBERS, index), 0);
                    item.partial_cmp(&value).unwrap_or(Ordering::Less)
                };
                self.list().search(order).is_some().into()
            }
            (code::IN_HASHES, Value::String(value)) if operator < 2 => self.lists_hash(value, operator),
            (code::IN_HASHES, Value::Number(value)) if operator >= 2 && !value.is_nan() => {
                // Minus zero equals zero, so both have one hash.
                self.lists_hash(&(value + 0.0).to_le_bytes(), operator)
            }
            #[cfg(feature = "operators")]
            (_, saw) => self.parsed(saw, operator),
            #[cfg(not(feature = "operators"))]
            _ => Truth::Unknown,
        }
    }

    /// The tests that read more out of a value than its bytes say, kept out of the way of those that do not.
    #[cfg(feature = "operators")]
    #[inline(never)]
    fn parsed(&self, saw: Value<'_>, operator: u8) -> Truth {
        let compared = |ordering: Option<Ordering>| {
            ordering.map_or(Truth::Unknown, |ordering| ordered(operator, ordering))
        };
        match (u8_at(self.record, 0), saw) {
            (code::MATCHES, Value::String(value)) => {
                let record = self.sections.record(PATTERNS, u32_at(self.record, 4) as usize);
                pattern::matches(pattern_words(self.sections, record), value).into()
            }
            (code::SEMVER, Value::String(value)) => compared(semver::compare(value, self.text())),
            (code::TIMESTAMP, Value::String(value)) => {
                compared(Timestamp::parse(value).map(|value| value.cmp(&self.instant())))
            }
            (code::TIMESTAMP, Value::Number(value)) => {
                compared(Timestamp::from_number(value).map(|value| value.cmp(&self.instant())))
            }
            (code::NETWORK, Value::String(value)) => {
                address::parse(value).map_or(Truth::Unknown, |address| self.lists_network(address).into())
            }
            (code::HOLDS, Value::List(list)) => self.held_by(list, operator),
            _ => Truth::Unknown,
        }
    }

    #[cfg(feature = "operators")]
    fn instant(&self) -> Timestamp {
        let parts = Timestamp::from_parts(i64_at(self.record, 4), u32_at(self.record, 12));
        parts.unwrap_or(Timestamp::from_millis(0))
    }

    #[cfg(feature = "operators")]
    fn lists_network(&self, address: [u8; 16]) -> bool {
        let order = |index| {
            let network = self.sections.record(NETWORKS, index);
            if address < array_at::<16>(network, 0) {
                Ordering::Greater
            } else if address > array_at::<16>(network, 16) {
                Ordering::Less
            } else {
                Ordering::Equal
            }
        };
        self.list().search(order).is_some()
    }

    /// Any: an item of the value is listed. All: every literal is an item of the value.
    #[cfg(feature = "operators")]
    fn held_by(&self, items: &[u8], operator: u8) -> Truth {
        if operator == 0 {
            return ListItems(items).any(|item| self.lists_text(item)).into();
        }
        let mut literals = self.sections.records(TEXTS, self.list());
        literals
            .all(|literal| {
                let literal = self.sections.text_bytes(literal, 0);
                ListItems(items).any(|item| item == literal)
            })
            .into()
    }

    /// Binary search in the sorted strings.
    fn lists_text(&self, value: &[u8]) -> bool {
        let text = |index| self.sections.text_bytes(self.sections.record(TEXTS, index), 0);
        self.list().search(|index| compare(text(index), value)).is_some()
    }

    fn lists_hash(&self, value: &[u8], operator: u8) -> Truth {
        let hash = Key::derive(self.sections.seed(), PRIVATE_SALT).hash(value).to_u64();
        let order = |index| u64_at(self.sections.record(HASHES, index), 0).cmp(&hash);
        let listed = self.list().search(order).is_some();
        (listed != (operator & 1 == 1)).into()
    }

    #[inline]
    fn list(&self) -> Slice {
        Slice::at(self.record, 4)
    }

    fn list_of(&self, section: Section) -> List<'a> {
        List { sections: self.sections, section, slice: self.list() }
    }

    #[inline]
    fn text(&self) -> &'a [u8] {
        self.sections.text_bytes(self.record, 4)
    }
}

/// The order of the bytes. Most texts are short or differ early, so that a loop on the spot is quicker than a call.
#[inline]
fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let differing = one.iter().zip(other).find(|(a, b)| a != b);
    differing.map_or_else(|| one.len().cmp(&other.len()), |(a, b)| a.cmp(b))
}

/// What the literals of private attributes are hashed with in a ruleset for browsers.
pub(crate) const PRIVATE_SALT: &str = "private:";

/// The words of a pattern's table.
#[cfg(feature = "operators")]
pub(crate) fn pattern_words<'a>(sections: Sections<'a>, pattern: &[u8; 16]) -> &'a [u8] {
    let words = Slice::at(pattern, 8);
    sections.span(Section::PatternWords, words.first.saturating_mul(2), words.count.saturating_mul(2))
}

/// The strings of a [`Value::List`]. What is cut off at the end is left out.
#[cfg(feature = "operators")]
struct ListItems<'a>(&'a [u8]);

#[cfg(feature = "operators")]
impl<'a> Iterator for ListItems<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let (item, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = rest;
        Some(item)
    }
}

#[cfg_attr(not(feature = "check"), inline(never))]
fn ordered(operator: u8, ordering: Ordering) -> Truth {
    match operator {
        0 => ordering.is_eq(),
        1 => ordering.is_ne(),
        2 => ordering.is_lt(),
        3 => ordering.is_le(),
        4 => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
    .into()
}

/// Whether `needle` lies anywhere in `haystack`. An empty one lies everywhere.
fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || haystack.windows(needle.len()).any(|window| window == needle)
}
