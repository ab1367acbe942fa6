//! Conditions of a ruleset as expressions, whole: core's own spelling cuts long lists short.

use super::Expression;
use edgewise_core::{
    Children, Condition, Digest, List, Node, Operand, Ruleset, Test, TestOperator,
    format::{DIRECTORY_ENTRY_BYTES, HEADER_BYTES, Section},
};
use jiff::{Span, Timestamp};
use std::collections::BTreeSet;

/// How the conditions of one ruleset are spelled.
pub(super) struct Spelling {
    /// Names what the ruleset holds in place of literals: hashes and ranges of addresses. Two that differ in any of
    /// them do not read alike.
    unlisted: String,
}

/// How tightly a part of an expression holds together: what binds less needs parentheses inside what binds more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
}

impl Spelling {
    pub(super) fn of<B: AsRef<[u8]>>(ruleset: &Ruleset<B>) -> Self {
        let bytes = ruleset.signed_bytes();
        let digest = Digest::of(&[section(bytes, Section::Hashes), section(bytes, Section::Networks)]);
        Self { unlisted: digest.to_string().chars().take(8).collect() }
    }

    /// The whole tree. Its depth is bounded by the format, so the recursion is.
    pub(super) fn expression(&self, condition: Condition<'_>) -> Expression {
        let mut segments = BTreeSet::new();
        let text = self.tree(condition, Binding::Or, &mut segments);
        Expression { text, segments: segments.into_iter().collect() }
    }

    fn tree(&self, condition: Condition<'_>, around: Binding, segments: &mut BTreeSet<String>) -> String {
        match condition.node() {
            Node::Constant(value) => value.to_string(),
            Node::And(children) => self.connective(children, Binding::And, around, segments),
            Node::Or(children) => self.connective(children, Binding::Or, around, segments),
            Node::Not(inner) => format!("!{}", self.tree(inner, Binding::Not, segments)),
            Node::Segment(segment) => {
                segments.insert(segment.id().to_owned());
                format!("segment({:?})", segment.id())
            }
            Node::Test(test) => {
                let (spelled, is_comparison) = self.spelled(test);
                // A comparison after `!` would read as if it began with the negated attribute.
                if is_comparison && around == Binding::Not { format!("({spelled})") } else { spelled }
            }
        }
    }

    fn connective(
        &self,
        children: Children<'_>,
        own: Binding,
        around: Binding,
        segments: &mut BTreeSet<String>,
    ) -> String {
        let (sign, empty) = if own == Binding::And { (" && ", "true") } else { (" || ", "false") };
        let children: Vec<_> = children.iter().collect();
        match children.as_slice() {
            [] => empty.to_owned(),
            [only] => self.tree(*only, around, segments),
            children => {
                let written: Vec<_> = children.iter().map(|child| self.tree(*child, own, segments)).collect();
                let text = written.join(sign);
                if own < around { format!("({text})") } else { text }
            }
        }
    }

    /// One test, and whether it is a comparison, with an operator between its sides.
    fn spelled(&self, test: Test<'_>) -> (String, bool) {
        use TestOperator::{Contains, EndsWith, HasAll, HasAny, InNetwork, Matches, Present, StartsWith};
        let (subject, operator) = (test.subject(), test.operator());
        let operand = match test.operand() {
            Operand::List(list) => items(list),
            Operand::Instant(seconds, nanoseconds) => instant(seconds, nanoseconds),
            unlisted @ (Operand::Hidden(..) | Operand::Networks(..)) => {
                format!("{unlisted} of {}", self.unlisted)
            }
            operand => operand.to_string(),
        };
        match operator {
            Present => (format!("present({subject})"), false),
            StartsWith | EndsWith | Contains | Matches | InNetwork | HasAny | HasAll => {
                (format!("{subject}.{}({operand})", operator.as_str()), false)
            }
            _ => (format!("{subject} {} {operand}", operator.as_str()), true),
        }
    }
}

fn items(list: List<'_>) -> String {
    let items: Vec<_> = list.items().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(", "))
}

fn instant(seconds: i64, nanoseconds: u32) -> String {
    let whole = Timestamp::from_second(seconds).ok();
    match whole.and_then(|time| time.checked_add(Span::new().nanoseconds(nanoseconds)).ok()) {
        Some(time) => format!("timestamp(\"{time}\")"),
        None => format!("timestamp({seconds}.{nanoseconds:09})"),
    }
}

/// The bytes of a section, as the directory of a checked ruleset has them.
fn section(bytes: &[u8], section: Section) -> &[u8] {
    let entry = HEADER_BYTES + DIRECTORY_ENTRY_BYTES * section as usize;
    let number = |at: usize| {
        let four = bytes.get(entry + at..)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*four)).ok()
    };
    let found = number(4).zip(number(8)).and_then(|(start, length)| bytes.get(start..start + length));
    found.unwrap_or_default()
}
