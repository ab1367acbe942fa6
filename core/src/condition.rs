//! Conditions: Kleene's three-valued logic over the attributes of a context.

use crate::{
    Attribute, Context, Step, Value, Visitor,
    format::{MAX_DEPTH, Section, Sections, Slice, f64_at, u8_at, u16_at, u32_at},
};
use core::{cmp::Ordering, fmt};

/// True, false, or cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// An attribute is missing or of another type, so nobody knows.
    Unknown,
}

impl Truth {
    /// `true`, `false` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// The codes of a condition's first byte; see [`format`](crate::format).
pub(crate) mod code {
    pub(crate) const CONSTANT: u8 = 0;
    pub(crate) const AND: u8 = 1;
    pub(crate) const OR: u8 = 2;
    pub(crate) const NOT: u8 = 3;
    pub(crate) const PRESENT: u8 = 4;
    pub(crate) const BOOLEAN: u8 = 5;
    pub(crate) const NUMBER: u8 = 6;
    pub(crate) const STRING: u8 = 7;
    pub(crate) const IN_STRINGS: u8 = 8;
    pub(crate) const IN_NUMBERS: u8 = 9;
    pub(crate) const TEXT: u8 = 10;
}

/// Decides the condition with this index.
pub(crate) fn evaluate<C: Context, V: Visitor>(
    sections: Sections<'_>,
    condition: usize,
    context: &C,
    visitor: &mut V,
) -> Truth {
    decide(sections, condition, context, visitor, MAX_DEPTH)
}

/// `depth` levels may still be entered; a checked ruleset never needs more.
fn decide<C: Context, V: Visitor>(
    sections: Sections<'_>,
    condition: usize,
    context: &C,
    visitor: &mut V,
    depth: u8,
) -> Truth {
    let (Some(record), Some(below)) = (sections.record(Section::Conditions, condition), depth.checked_sub(1))
    else {
        return Truth::Unknown;
    };
    match u8_at(record, 0) {
        code::CONSTANT => (u8_at(record, 1) == 1).into(),
        code::AND => connect(sections, record, Truth::False, Truth::True, |child| {
            decide(sections, child, context, visitor, below)
        }),
        code::OR => connect(sections, record, Truth::True, Truth::False, |child| {
            decide(sections, child, context, visitor, below)
        }),
        code::NOT => decide(sections, u32_at(record, 4) as usize, context, visitor, below).not(),
        _ => {
            let test = Test { sections, record };
            let saw = context.attribute(test.attribute_index());
            let truth = test.answer(saw);
            visitor.visit(Step::Test { test, saw, truth });
            truth
        }
    }
}

/// Kleene's and / or over the children: the first that `decides` ends it; else unknown if any is; else `otherwise`.
fn connect(
    sections: Sections<'_>,
    record: &[u8],
    decides: Truth,
    otherwise: Truth,
    mut decide: impl FnMut(usize) -> Truth,
) -> Truth {
    let mut answer = otherwise;
    for index in Slice::at(record, 4).indices() {
        let child = sections.record(Section::Children, index).unwrap_or_default();
        let truth = decide(u32_at(child, 0) as usize);
        if truth == decides {
            return decides;
        }
        if truth == Truth::Unknown {
            answer = Truth::Unknown;
        }
    }
    answer
}

/// One comparison of a condition tree: a test of one attribute.
#[derive(Clone, Copy, Debug)]
pub struct Test<'a> {
    sections: Sections<'a>,
    record: &'a [u8],
}

/// How a [`Test`] looks at its attribute.
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
    StartsWith,
    EndsWith,
    Contains,
}

/// What a [`Test`] compares its attribute with.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a> {
    /// Nothing: the test is for presence.
    None,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(&'a str),
    /// Any of these strings or numbers.
    List(List<'a>),
}

/// What a membership test looks its attribute up in, sorted.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    sections: Sections<'a>,
    section: Section,
    slice: Slice,
}

impl<'a> List<'a> {
    /// The items: all [`Operand::String`], or all [`Operand::Number`].
    pub fn items(self) -> impl ExactSizeIterator<Item = Operand<'a>> {
        self.slice.indices().map(move |index| {
            let item = self.sections.record(self.section, index).unwrap_or_default();
            match self.section {
                Section::Texts => Operand::String(self.sections.text(item, 0)),
                _ => Operand::Number(f64_at(item, 0)),
            }
        })
    }
}

impl<'a> Test<'a> {
    /// The attribute that is looked at.
    pub fn attribute(&self) -> Option<Attribute<'a>> {
        Attribute::new(self.sections, self.attribute_index())
    }

    /// How it is looked at.
    pub fn operator(&self) -> TestOperator {
        match u8_at(self.record, 0) {
            code::PRESENT => TestOperator::Present,
            code::IN_STRINGS | code::IN_NUMBERS => TestOperator::In,
            code::TEXT => match u8_at(self.record, 1) {
                0 => TestOperator::StartsWith,
                1 => TestOperator::EndsWith,
                _ => TestOperator::Contains,
            },
            _ => match u8_at(self.record, 1) {
                0 => TestOperator::Eq,
                1 => TestOperator::Ne,
                2 => TestOperator::Lt,
                3 => TestOperator::Le,
                4 => TestOperator::Gt,
                _ => TestOperator::Ge,
            },
        }
    }

    /// What it is compared with.
    pub fn operand(&self) -> Operand<'a> {
        match u8_at(self.record, 0) {
            code::BOOLEAN => Operand::Bool(u32_at(self.record, 4) == 1),
            code::NUMBER => Operand::Number(f64_at(self.record, 4)),
            code::STRING | code::TEXT => Operand::String(self.sections.text(self.record, 4)),
            code::IN_STRINGS => Operand::List(self.list(Section::Texts)),
            code::IN_NUMBERS => Operand::List(self.list(Section::Numbers)),
            _ => Operand::None,
        }
    }

    fn attribute_index(&self) -> usize {
        usize::from(u16_at(self.record, 2))
    }

    /// The test's answer about a value. A value of another type than the operand's makes it unknown.
    fn answer(&self, saw: Value<'_>) -> Truth {
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
            (code::STRING, Value::String(value)) => ordered(operator, value.cmp(self.text())),
            (code::TEXT, Value::String(value)) => match operator {
                0 => value.starts_with(self.text()),
                1 => value.ends_with(self.text()),
                _ => contains(value, self.text()),
            }
            .into(),
            (code::IN_STRINGS, Value::String(value)) => self
                .is_listed(Section::Texts, |sections, item| sections.text_bytes(item, 0).cmp(value))
                .into(),
            (code::IN_NUMBERS, Value::Number(value)) if !value.is_nan() => self
                .is_listed(Section::Numbers, |_, item| {
                    f64_at(item, 0).partial_cmp(&value).unwrap_or(Ordering::Less)
                })
                .into(),
            _ => Truth::Unknown,
        }
    }

    fn list(&self, section: Section) -> List<'a> {
        List { sections: self.sections, section, slice: Slice::at(self.record, 4) }
    }

    fn text(&self) -> &'a [u8] {
        self.sections.text_bytes(self.record, 4)
    }

    /// Binary search in the operand's sorted list.
    fn is_listed(&self, section: Section, order: impl Fn(Sections<'a>, &'a [u8]) -> Ordering) -> bool {
        let slice = Slice::at(self.record, 4);
        let (mut low, mut high) = (0, slice.count);
        while low < high {
            let middle = low.midpoint(high);
            let Some(item) = slice.nth(middle).and_then(|index| self.sections.record(section, index)) else {
                return false;
            };
            match order(self.sections, item) {
                Ordering::Less => low = middle.saturating_add(1),
                Ordering::Greater => high = middle,
                Ordering::Equal => return true,
            }
        }
        false
    }
}

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

impl TestOperator {
    /// As expressions spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Contains => "contains",
        }
    }
}

/// As expressions spell it; of a long list only the beginning.
impl fmt::Display for Test<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.attribute().map_or("?", |attribute| attribute.name());
        let operator = self.operator();
        match (operator, self.operand()) {
            (TestOperator::Present, _) => write!(f, "present({name})"),
            (
                TestOperator::StartsWith | TestOperator::EndsWith | TestOperator::Contains,
                Operand::String(text),
            ) => {
                write!(f, "{name}.{}({text:?})", operator.as_str())
            }
            (_, operand) => write!(f, "{name} {} {operand}", operator.as_str()),
        }
    }
}

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::String(text) => write!(f, "{text:?}"),
            Self::List(list) => list.fmt(f),
        }
    }
}

/// How many items of a list are written out.
const ITEMS_SHOWN: usize = 8;

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = self.items().len().saturating_sub(ITEMS_SHOWN);
        f.write_str("[")?;
        for (index, item) in self.items().take(ITEMS_SHOWN).enumerate() {
            write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
        }
        if left_out > 0 {
            write!(f, ", and {left_out} more")?;
        }
        f.write_str("]")
    }
}
