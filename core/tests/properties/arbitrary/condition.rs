//! Random conditions: every kind of test, on attributes, unit ids and the time.

use super::{Choices, PATHS, owned};
use edgewise_core::{
    document::{
        Comparison, Condition, ListOperator, ListTest, Literal, Membership, NetworkTest, Operator,
        PatternTest, TextComparison, TextOperator, TextTest,
    },
    pattern::{MATCH, NO_MATCH},
};

pub(super) const STRINGS: [&str; 9] = ["IN", "", "INDIA", "pro", "2.10", "café", "用户", "u_3", "7"];
pub(super) const NUMBERS: [f64; 7] = [0.0, -1.5, -0.0, 1.0, 17.0, 4.5, 1e300];
pub(super) const VERSIONS: [&str; 7] =
    ["2.10.0", "2.9", "v2", "2.10.0-rc.1", "2.10.0-rc.11", "2.10.0+build.5", "10.0.0"];
/// Instants about 0, some of them the same in other words.
pub(super) const INSTANTS: [&str; 7] = [
    "1970-01-01T00:00:00Z",
    "1970-01-01",
    "1970-01-01T00:00:00.0045Z",
    "1970-01-01 05:30:00.001+05:30",
    "1969-12-31t23:59:59.995z",
    "9999-12-30T12:00:00Z",
    "0001-01-01",
];
const NETWORKS: [&str; 7] = [
    "10.0.0.0/8",
    "10.1.0.0/16",
    "192.0.2.1",
    "::ffff:198.51.100.0/120",
    "2001:db8::/32",
    "2001:DB8:0::1",
    "0.0.0.0/0",
];

/// An expression and its table: columns, the class of a byte, and the rows.
struct Pattern {
    expression: &'static str,
    columns: u16,
    class: fn(u8) -> u8,
    rows: &'static [u16],
}

/// Written by hand from the layout in `src/pattern.rs`; control's builder is held against another implementation in
/// its own tests.
const PATTERNS: [Pattern; 3] = [
    Pattern {
        expression: "^IN",
        columns: 4,
        class: |byte| match byte {
            b'I' => 1,
            b'N' => 2,
            _ => 0,
        },
        rows: &[NO_MATCH, 4, NO_MATCH, NO_MATCH, NO_MATCH, NO_MATCH, MATCH, NO_MATCH],
    },
    Pattern {
        expression: "[0-9]",
        columns: 3,
        class: |byte| u8::from(byte.is_ascii_digit()),
        rows: &[0, MATCH, NO_MATCH],
    },
    Pattern {
        expression: "o$",
        columns: 3,
        class: |byte| u8::from(byte == b'o'),
        rows: &[0, 3, NO_MATCH, 0, 3, MATCH],
    },
];

impl Pattern {
    /// The words of the table; it starts in its first row.
    fn table(&self) -> Vec<u16> {
        let rows = u16::try_from(self.rows.len()).unwrap() / self.columns;
        let classes = (0..=u8::MAX).map(self.class).collect::<Vec<_>>();
        let classes = classes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair));
        [self.columns, rows, 0].into_iter().chain(classes).chain(self.rows.iter().copied()).collect()
    }
}

/// A condition of at most `levels` levels over these unit types and segments.
pub(super) fn condition(
    choices: &mut Choices,
    units: &[String],
    segments: &[String],
    levels: usize,
) -> Condition {
    if levels > 1 && choices.chance(45) {
        let child = |choices: &mut Choices| condition(choices, units, segments, levels - 1);
        return match choices.below(3) {
            0 => Condition::Not(Box::new(child(choices))),
            1 => Condition::And(choices.list(0, 3, child)),
            _ => Condition::Or(choices.list(0, 3, child)),
        };
    }
    if !segments.is_empty() && choices.chance(20) {
        return Condition::Segment(choices.one_of(segments));
    }
    leaf(choices, units)
}

fn leaf(choices: &mut Choices, units: &[String]) -> Condition {
    let attribute =
        if choices.chance(10) { vec![choices.one_of(units)] } else { owned(choices.one_of(&PATHS)) };
    match choices.below(16) {
        0 => Condition::Constant(choices.chance(50)),
        1 | 2 => Condition::Present(attribute),
        3..=5 => Condition::Compare(comparison(choices, attribute)),
        6 | 7 => {
            let strings = choices.chance(60);
            let value = |choices: &mut Choices| if strings { string(choices) } else { number(choices) };
            Condition::In(Membership { attribute, values: choices.list(1, 4, value) })
        }
        8 | 9 => {
            let operators = [TextOperator::StartsWith, TextOperator::EndsWith, TextOperator::Contains];
            let operator = choices.one_of(&operators);
            Condition::Text(TextTest { attribute, operator, value: choices.one_of(&STRINGS).into() })
        }
        10 => {
            let pattern = &PATTERNS[choices.below(PATTERNS.len())];
            let (pattern, table) = (pattern.expression.into(), pattern.table());
            Condition::Matches(PatternTest { attribute, pattern, table })
        }
        11 => {
            let operator = operator(choices);
            let value = choices.one_of(&VERSIONS).into();
            Condition::Semver(TextComparison { attribute, operator, value })
        }
        12 | 13 => {
            let attribute = if choices.chance(60) { Vec::new() } else { attribute };
            let operator = operator(choices);
            let value = choices.one_of(&INSTANTS).into();
            Condition::Timestamp(TextComparison { attribute, operator, value })
        }
        14 => {
            let networks = choices.list(1, 3, |choices| choices.one_of(&NETWORKS).into());
            Condition::Network(NetworkTest { attribute, networks })
        }
        _ => {
            let operator = choices.one_of(&[ListOperator::Any, ListOperator::All]);
            let values = choices.list(1, 3, |choices| choices.one_of(&STRINGS).into());
            Condition::Holds(ListTest { attribute, operator, values })
        }
    }
}

fn comparison(choices: &mut Choices, attribute: Vec<String>) -> Comparison {
    if choices.chance(30) {
        let operator = choices.one_of(&[Operator::Eq, Operator::Ne]);
        return Comparison { attribute, operator, value: Literal::Bool(choices.chance(50)) };
    }
    let operator = operator(choices);
    let value = if choices.chance(50) { number(choices) } else { string(choices) };
    Comparison { attribute, operator, value }
}

fn operator(choices: &mut Choices) -> Operator {
    use Operator::{Eq, Ge, Gt, Le, Lt, Ne};
    choices.one_of(&[Ge, Eq, Ne, Lt, Le, Gt])
}

fn string(choices: &mut Choices) -> Literal {
    Literal::String(choices.one_of(&STRINGS).into())
}

fn number(choices: &mut Choices) -> Literal {
    Literal::Number(choices.one_of(&NUMBERS))
}
