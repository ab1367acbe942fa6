//! Conditions: Kleene's three-valued logic over the attributes of a context.

use crate::{
    Context, Segment, Step, Test, Unit, Value, Visitor,
    format::{FIRST_UNIT_ATTRIBUTE, MAX_DEPTH, NOW_ATTRIBUTE},
    sections::{CHILDREN, CONDITIONS, Sections, Slice, u8_at, u32_at},
};

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
    pub(crate) const SEGMENT: u8 = 4;
    pub(crate) const PRESENT: u8 = 5;
    pub(crate) const BOOLEAN: u8 = 6;
    pub(crate) const NUMBER: u8 = 7;
    pub(crate) const STRING: u8 = 8;
    pub(crate) const IN_STRINGS: u8 = 9;
    pub(crate) const IN_NUMBERS: u8 = 10;
    pub(crate) const IN_HASHES: u8 = 11;
    pub(crate) const TEXT: u8 = 12;
    pub(crate) const MATCHES: u8 = 13;
    pub(crate) const SEMVER: u8 = 14;
    pub(crate) const TIMESTAMP: u8 = 15;
    pub(crate) const NETWORK: u8 = 16;
    pub(crate) const HOLDS: u8 = 17;
}

/// One node of a condition tree, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a> {
    sections: Sections<'a>,
    record: &'a [u8; 16],
}

/// What a [`Condition`] is made of.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// True or false whatever the context holds.
    Constant(bool),
    /// All of these.
    And(Children<'a>),
    /// Any of these.
    Or(Children<'a>),
    /// Not this.
    Not(Condition<'a>),
    /// What the segment's condition says.
    Segment(Segment<'a>),
    /// A look at one attribute.
    Test(Test<'a>),
}

/// The children of a connective.
#[derive(Clone, Copy, Debug)]
pub struct Children<'a> {
    sections: Sections<'a>,
    slice: Slice,
}

impl<'a> Children<'a> {
    /// The children, in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Condition<'a>> {
        let child = move |record| Condition::new(self.sections, u32_at(record, 0));
        self.sections.records(CHILDREN, self.slice).map(move |record| child(record))
    }
}

impl<'a> Condition<'a> {
    #[inline]
    pub(crate) fn new(sections: Sections<'a>, index: u32) -> Self {
        Self { sections, record: sections.record(CONDITIONS, index as usize) }
    }

    /// What it is made of.
    pub fn node(self) -> Node<'a> {
        let children = Children { sections: self.sections, slice: Slice::at(self.record, 4) };
        match u8_at(self.record, 0) {
            code::CONSTANT => Node::Constant(u8_at(self.record, 1) == 1),
            code::AND => Node::And(children),
            code::OR => Node::Or(children),
            code::NOT => Node::Not(Self::new(self.sections, u32_at(self.record, 4))),
            code::SEGMENT => Node::Segment(Segment::new(self.sections, u32_at(self.record, 4) as usize)),
            _ => Node::Test(Test::new(self.sections, self.record)),
        }
    }

    /// Whether it holds for the context at the time `now`, in milliseconds since the Unix epoch.
    #[inline]
    pub fn evaluate<C: Context, V: Visitor>(self, context: &C, now: i64, visitor: &mut V) -> Truth {
        Evaluation { sections: self.sections, context, now, visitor }.decide(self.record, MAX_DEPTH)
    }
}

/// Decides the condition with this index.
#[inline]
pub(crate) fn evaluate<C: Context, V: Visitor>(
    sections: Sections<'_>,
    condition: u32,
    context: &C,
    now: i64,
    visitor: &mut V,
) -> Truth {
    Condition::new(sections, condition).evaluate(context, now, visitor)
}

/// One walk through a tree.
struct Evaluation<'a, 'c, C, V> {
    sections: Sections<'a>,
    context: &'c C,
    now: i64,
    visitor: &'c mut V,
}

impl<C: Context, V: Visitor> Evaluation<'_, '_, C, V> {
    /// `depth` levels may still be entered; a checked ruleset never needs more.
    fn decide(&mut self, record: &[u8; 16], depth: u8) -> Truth {
        let Some(below) = depth.checked_sub(1) else { return Truth::Unknown };
        let operand = u32_at(record, 4);
        match u8_at(record, 0) {
            code::CONSTANT => (u8_at(record, 1) == 1).into(),
            connective @ (code::AND | code::OR) => {
                self.connect(record, (connective == code::OR).into(), below)
            }
            code::NOT => self.decide(self.sections.record(CONDITIONS, operand as usize), below).not(),
            code::SEGMENT => {
                let segment = Segment::new(self.sections, operand as usize);
                let root = self.sections.record(CONDITIONS, segment.root() as usize);
                let truth = self.decide(root, below);
                self.visitor.visit(Step::Segment { segment, truth });
                truth
            }
            _ => self.test(record),
        }
    }

    /// Kleene's and / or over the children: the first that `decides` ends it; else unknown if any is; else the
    /// opposite.
    #[inline]
    fn connect(&mut self, record: &[u8; 16], decides: Truth, below: u8) -> Truth {
        let mut answer = decides.not();
        for child in self.sections.records(CHILDREN, Slice::at(record, 4)) {
            let child = self.sections.record(CONDITIONS, u32_at(child, 0) as usize);
            let truth = self.decide(child, below);
            if truth == decides {
                return decides;
            }
            if truth == Truth::Unknown {
                answer = Truth::Unknown;
            }
        }
        answer
    }

    #[inline]
    fn test(&mut self, record: &[u8; 16]) -> Truth {
        let test = Test::new(self.sections, record);
        let saw = saw(test.attribute_number(), self.context, self.now);
        let truth = test.answer(saw);
        self.visitor.visit(Step::Test { test, saw, truth });
        truth
    }
}

/// What the context holds under an attribute number: an attribute, a unit id, or the time.
#[inline]
fn saw<C: Context>(attribute: u16, context: &C, now: i64) -> Value<'_> {
    if attribute < FIRST_UNIT_ATTRIBUTE {
        return context.attribute(usize::from(attribute));
    }
    if attribute == NOW_ATTRIBUTE {
        // Times that hosts have (±8.64e15, ECMA-262 21.4.1.1) lie below 2⁵³, so the number is exact.
        #[allow(clippy::cast_precision_loss, reason = "shown above")]
        return Value::Number(now as f64);
    }
    match context.unit(usize::from(attribute & !FIRST_UNIT_ATTRIBUTE)) {
        Unit::Missing => Value::Absent,
        Unit::Invalid => Value::Other,
        Unit::Id(id) => Value::String(id),
    }
}
